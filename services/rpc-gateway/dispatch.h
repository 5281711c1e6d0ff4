/* One call on its way: checked, run in a transaction on a worker, answered. */
#pragma once

#include "call.h"
#include "gateway.h"

/* Its place among the parked calls; waits.c alone touches it. */
struct parked {
	struct ticket *previous, *next;
	int64_t zone_id; /* call.wait->zone_id as it was when it was put in its place */
	int64_t due_us;  /* monotonic_us(): when to look without being told */
	bool is_running, is_dirty;
};

struct ticket {
	struct rpc_call call;
	const struct rpc_access_point *access;
	const char *name; /* of the method, as asked */
	dms_error *error; /* how it ended; owned */
	/* Called on a worker once a parked call has ended; `worker` NULL when the pool is closed.
	 */
	void (*done)(struct worker *worker, struct ticket *ticket);
	void *owner;
	struct parked parked;
};

struct ticket_origin {
	const struct rpc_access_point *access;
	const char *user; /* NULL: unknown */
	const char *source;
	const char *request_id; /* NULL: none */
	int64_t started_us;
};

/* A call of `method` with `params` (borrowed: named, positional or NULL). Texts are copied. Without
 * such a method at the access point, or with wrong parameters, it carries the error already. Freed
 * with `mem`, but its end is ticket_end. */
struct ticket *ticket_new(TALLOC_CTX *mem, struct gateway *gateway,
			  const struct ticket_origin *origin, const char *method,
			  const json_t *params);
/* Runs it on this thread: true when it has ended (call.result or error), false when it is parked
 * and `done` will be called. */
bool ticket_run(struct worker *worker, struct ticket *ticket);
/* Looks again at a parked call, in a read transaction: true when it has ended. */
bool ticket_again(struct worker *worker, struct ticket *ticket);
/* Writes the log line, counts at `endpoint`; then the ticket may be freed. */
void ticket_end(struct ticket *ticket, int endpoint);
