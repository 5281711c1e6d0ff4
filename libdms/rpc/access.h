/* Access points: the doors a call may come through, and what each one means for the caller
 * (spec/json-rpc.md sections 2.1 and 13.2). The one table of them is in access.c. */
#pragma once

#include "rpc/rpc.h"

enum rpc_privilege { /* what may be changed: spec/json-rpc.md section 13.2 */
		     RPC_PRIVILEGE_READ,
		     RPC_PRIVILEGE_NONE,
		     RPC_PRIVILEGE_HELPDESK,
		     RPC_PRIVILEGE_ADMIN,
};

struct rpc_access_point {
	enum rpc_access bit;
	const char
	    *path; /* "admin_dms": first segment of the URL, and the name in the change table */
	const char *token; /* "admin": dms.rpc.admin.<method> */
	const char *user;  /* the one HTTP basic user it admits */
	const char *realm;
	const char *sectag; /* "Admin" sees every zone */
	enum rpc_privilege privilege;
};

#define RPC_ACCESS_POINT_COUNT 5

extern const struct rpc_access_point rpc_access_points[RPC_ACCESS_POINT_COUNT];

/* By the whole token; NULL when unknown. */
const struct rpc_access_point *rpc_access_point_by_bus(const char *token);
/* By the first segment of a URL path; a leading '/', further segments and a query are ignored:
 * "/admin_dms/x?y". NULL when unknown. */
const struct rpc_access_point *rpc_access_point_by_path(const char *path);
