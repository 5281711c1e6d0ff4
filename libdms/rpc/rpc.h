/* The methods of the door: one table (methods.def), from which come dispatch over HTTPS and NATS,
 * parameter checking, zone_tool's help, and the documentation. Handlers are the gateway's. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"

enum rpc_type { /* of a parameter; all checked before the handler runs */
		RPC_STRING,
		RPC_INTEGER,
		RPC_BOOLEAN,
		RPC_OBJECT,
		RPC_STRINGS, /* array of strings */
		RPC_ZONE,    /* zone name, address or network: not empty */
		RPC_LOGIN,   /* login id (spec/json-rpc.md section 2.2): -124, -125 */
		RPC_ADDRESS, /* IPv4 or IPv6 address */
		RPC_TTL,     /* seconds as an integer, or a string in BIND TTL syntax */
		RPC_NUMBER,  /* integer or with fraction */
		RPC_SERIAL,  /* of an SOA: 1 to 4294967295; -121, -120 */
		RPC_ZI, /* an instance: its number, or a selector of spec/json-rpc.md section 6 */
};

struct rpc_param {
	const char *name;
	enum rpc_type type;
	bool is_required;
	const char *help;
};

/* Which access points have it: bits, one per access point of shared spec section 2.1. */
enum rpc_access {
	RPC_LIST_ZONE = 1 << 0,
	RPC_ADMIN = 1 << 1,
	RPC_HELPDESK = 1 << 2,
	RPC_VALUE_RESELLER = 1 << 3,
	RPC_HOSTED = 1 << 4,
};

#define RPC_PARAMS_MAX 24

struct rpc_method {
	const char *name;
	unsigned access;
	bool is_change; /* gets a change id, is written to the change table */
	const char *help;
	const char *result;                      /* what comes back, in words */
	struct rpc_param params[RPC_PARAMS_MAX]; /* ends with name NULL */
};

enum rpc_method_id {
#define RPC_METHOD(name, access, is_change, help, result, ...) RPC_METHOD_##name,
#include "rpc/methods.def"
#undef RPC_METHOD
	RPC_METHOD_COUNT
};

extern const struct rpc_method rpc_methods[RPC_METHOD_COUNT];

/* By name and access point; -1 when there is none. */
int rpc_method_find(const char *name, unsigned access);
/* Checks named parameters against the table: unknown, missing, null for required, wrong type.
 * DMS_E_INVALID_PARAMS names method, parameter, what is wanted and what came. */
dms_error *rpc_params_check(const struct rpc_method *method, const json_t *params);
/* What JSON-RPC `params` may be (absent, null, object, or array in the order of the table) as an
 * object of named parameters, not yet checked; `*named` is a new reference. */
dms_error *rpc_params_named(const struct rpc_method *method, const json_t *given, json_t **named);
/* "admin" of dms.rpc.admin.x, "admin_dms" of /admin_dms -> bit; 0 unknown. */
unsigned rpc_access_by_bus(const char *token);
unsigned rpc_access_by_path(const char *path);
