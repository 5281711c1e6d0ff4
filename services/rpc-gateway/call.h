/* One call of one method, as its handler sees it.
 *
 * The dispatcher (dispatch.c) checks the parameters against the table, takes a worker, opens a
 * transaction, makes the change row for changing methods, runs the handler, commits, and gives the
 * result to whoever asked: an HTTPS connection or a NATS request. An error rolls everything back.
 * When the commit fails because two transactions met (DMS_E_DB_CONFLICT) the call runs again.
 */
#pragma once

#include <jansson.h>

#include "bus/bus.h"
#include "db/db.h"
#include "rpc/rpc.h"

/* A handler that must wait for something sets this and returns success without a result; the call
 * is parked without holding a worker and `again` runs (in a new read transaction) whenever there is
 * news about the zone, and once more at the deadline: it sets call->result when it is satisfied,
 * and must set it when call->is_deadline. It may choose another zone each time. */
struct rpc_wait {
	int64_t zone_id;     /* or RPC_WAIT_SERVERS, RPC_WAIT_JOB */
	int64_t deadline_us; /* monotonic_us() */
};

/* News about servers, their configuration, and what does not belong to one zone. */
#define RPC_WAIT_SERVERS (-1)
/* News about a job. */
#define RPC_WAIT_JOB(id) (-1000 - (id))

struct gateway;

struct rpc_call {
	TALLOC_CTX *mem; /* freed after the reply */
	struct gateway *gateway;
	struct db *db; /* in a transaction */
	struct bus *bus;
	const struct rpc_method *method;
	json_t *params;           /* checked object; borrowed */
	const char *access_point; /* "admin_dms" */
	const char *sectag;       /* "Admin" */
	const char *user;   /* who authenticated: HTTPS user or NATS user; may be NULL over NATS */
	const char *source; /* peer address, or "nats" */
	const char *actor;  /* login_id (or user) + "/" + sectag: change_by, locked_by */
	const char *request_id; /* JSON-RPC id or Dms-Request header as text; may be NULL */
	int64_t change_id;      /* 0 for methods that change nothing */
	bool is_bulk; /* one of many that a job makes: its events give way, its change tells all */
	int64_t started_us;    /* monotonic_us() at arrival */
	json_t *result;        /* handler sets; stolen */
	struct rpc_wait *wait; /* handler sets, on call->mem */
	dms_error *(*again)(struct rpc_call *call);
	bool is_deadline;
	void *mine; /* handler's own between calls of `again` */
};

typedef dms_error *rpc_handler(struct rpc_call *call);

/* One handler per method of methods.def: rpc_create_zone, ... in methods/<subject>.c */
#define RPC_METHOD(name, ...) rpc_handler rpc_##name;
#include "rpc/methods.def"
#undef RPC_METHOD

/* Parameters that the table has already checked; absent optional ones give NULL, `otherwise`. */
const char *call_string(const struct rpc_call *call, const char *name);
int64_t call_integer(const struct rpc_call *call, const char *name, int64_t otherwise);
bool call_boolean(const struct rpc_call *call, const char *name, bool otherwise);
bool call_has(const struct rpc_call *call, const char *name);
