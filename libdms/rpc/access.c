#include "rpc/access.h"

#include <string.h>

const struct rpc_access_point rpc_access_points[RPC_ACCESS_POINT_COUNT] = {
    {RPC_LIST_ZONE, "list_zone", "list_zone", "admin-dms", "Admin DMS list_zone", "Admin",
     RPC_PRIVILEGE_READ},
    {RPC_ADMIN, "admin_dms", "admin", "admin-dms", "Admin DMS", "Admin", RPC_PRIVILEGE_ADMIN},
    {RPC_HELPDESK, "helpdesk_dms", "helpdesk", "helpdesk-dms", "Helpdesk DMS", "Admin",
     RPC_PRIVILEGE_HELPDESK},
    {RPC_VALUE_RESELLER, "value_reseller_dms", "value_reseller", "value-reseller-dms",
     "Value Reseller DMS", "VALUE_RESELLER", RPC_PRIVILEGE_NONE},
    {RPC_HOSTED, "hosted_dms", "hosted", "hosted-dms", "Hosted DMS", "HOSTED", RPC_PRIVILEGE_NONE},
};

const struct rpc_access_point *
rpc_access_point_by_bus(const char *token)
{
	for (int i = 0; i < RPC_ACCESS_POINT_COUNT; i++)
		if (strcmp(token, rpc_access_points[i].token) == 0)
			return &rpc_access_points[i];
	return NULL;
}

const struct rpc_access_point *
rpc_access_point_by_path(const char *path)
{
	if (*path == '/')
		path++;
	size_t length = strcspn(path, "/?");
	for (int i = 0; i < RPC_ACCESS_POINT_COUNT; i++) {
		const char *known = rpc_access_points[i].path;
		if (strlen(known) == length && memcmp(path, known, length) == 0)
			return &rpc_access_points[i];
	}
	return NULL;
}

unsigned
rpc_access_by_bus(const char *token)
{
	const struct rpc_access_point *point = rpc_access_point_by_bus(token);
	return point != NULL ? point->bit : 0;
}

unsigned
rpc_access_by_path(const char *path)
{
	const struct rpc_access_point *point = rpc_access_point_by_path(path);
	return point != NULL ? point->bit : 0;
}
