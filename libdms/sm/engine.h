/* What the files of the engine share; nobody else includes this. */
#pragma once

#include <pthread.h>

#include "service/service.h"
#include "sm/sm.h"

/* A machine and the statements that its table's name makes. */
struct sm_room {
	const struct sm_machine *machine;
	const char *lock_sql; /* $1 id -> state, sm_version, lease_worker, is_leased */
	const char *done_sql; /* $1 id, $2 state: settled, lease given up */
	const char
	    *changed_sql; /* $1 id, $2 state: changed under somebody's lease, which is now stale */
	const char *claim_sql; /* $1 id, $2 worker, $3 lease ms -> sm_version */
	const char *error_sql; /* $1 id, $2 text, $3 code: failed, lease given up */
	const char *free_sql;  /* $1 id, $2 worker: gives up that worker's lease */
	int endpoint;          /* bus_count */
	int request_endpoint;
};

struct sm_engine {
	const struct dms_config *config;
	struct bus *bus;
	struct work_pool *pool;
	struct sm_room *rooms;
	int room_count;
	const char *names; /* of the machines, space-separated, for string_to_array */
	void *service;

	/* The janitor: relay and reconciler on a thread of their own. */
	struct db_listener *listener;
	pthread_t janitor;
	bool has_janitor;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;
	bool is_stopping;
	bool must_relay_all;
	int64_t look_us; /* monotonic_us() of the next look */
};

/* One event on its way: what the handler sees, and what only the engine may know. */
struct sm_claim {
	struct sm_work work;
	struct sm_engine *engine;
	const struct sm_room *room;
	const struct sm_transition *transition;
	const char *worker;
	int64_t version;   /* sm_version while the lease is ours */
	int64_t *absorbed; /* ids */
	int absorbed_count;
	int64_t started_us;
};

/* Runs everything due of one machine row; returns when nothing is due or another process is at it.
 */
void sm_run(struct sm_engine *engine, const struct sm_room *room, struct worker *worker,
	    int64_t sm_id);
/* Subscribes to the consumers and requests of the engine's machines. */
dms_error *sm_take_in(struct sm_engine *engine);
/* The janitor thread. */
dms_error *sm_janitor_start(struct sm_engine *engine);
void sm_janitor_stop(struct sm_engine *engine);

/* Sends the knock for a row of table event (id, machine, sm_id, sm_name, type, parameters,
 * change_id, cause_id, relays, is_bulk) in a result. */
void sm_knock(struct bus *bus, const struct db_result *result, int row);
/* Ends the claimed event (and the absorbed ones) well: $state SUCCESS. In the open transaction. */
dms_error *sm_claim_end(struct sm_claim *claim, enum sm_step step);
/* Writes down that the claimed event failed, in a transaction of its own. */
void sm_claim_fail(struct sm_claim *claim, const dms_error *error);
