/* What the files of the engine share; nobody else includes this.
 *
 *   engine.c   an engine and the statements of its machines' tables
 *   table.c    transition tables;  print.c  their pages
 *   post.c     new events, and messages after the commit
 *   take_in.c  knocks from the bus to the workers;  request.c  requests likewise
 *   run.c      begin, work, settle;  run_now.c  the same at once, for a caller who waits
 *   claim.c    one event on its way;  end.c  how it ends
 *   janitor.c  the engine's own thread, and what it does: relay.c, lease.c, revive.c
 *
 * Lock order in the database: machine row, then events. Whoever needs only events, and many of
 * them, passes by those that are locked.
 */
#pragma once

#include <pthread.h>

#include "service/service.h"
#include "sm/sm.h"

/* How long a poster has to publish its own event before the relays do. */
#define SM_RELAY_GRACE_MS 400

/* A machine and the statements that its table's name makes. */
struct sm_room {
	const struct sm_machine *machine;
	const char *lock_sql;    /* $1 id -> state, sm_version, lease_worker, is_leased */
	const char *version_sql; /* $1 id -> sm_version */
	const char *done_sql;    /* $1 id, $2 state: settled, lease given up, no error stands */
	const char *kept_sql;    /* the same, but the error of another event still stands */
	const char *changed_sql; /* $1 id, $2 state: changed, perhaps under somebody's lease, which
				    is now stale */
	const char *claim_sql;   /* $1 id, $2 worker, $3 lease ms -> sm_version */
	const char *renew_sql;   /* $1 id, $2 sm_version, $3 lease ms, $4 event */
	const char *error_sql;   /* $1 id, $2 text, $3 code: failed, lease given up */
	const char *free_sql;    /* $1 id, $2 worker: gives up that worker's lease */
	const char *leases_sql;  /* -> id, lease_worker, sm_version of live leases */
	const char *unlease_sql; /* $1 id, $2 worker, $3 sm_version: as free_sql, for one lease */
	int endpoint;            /* bus_count */
	int request_endpoint;
};

/* A machine row's place in line for a worker. */
struct sm_knock {
	struct sm_engine *engine;
	const struct sm_room *room;
	struct bus_message *message; /* NULL: acknowledged */
	int64_t sm_id;
	enum work_class class;
	struct sm_knock *next; /* in its bucket while it waits */
};

#define SM_KNOCK_BUCKETS 256

struct sm_engine {
	const struct dms_config *config;
	struct bus *bus;
	struct work_pool *pool;
	struct sm_room *rooms;
	int room_count;
	void *service;

	pthread_mutex_t knocks_mutex;              /* guards the next two */
	struct sm_knock *knocks[SM_KNOCK_BUCKETS]; /* waiting, not begun */
	int waiting[WORK_CLASS_COUNT];

	/* The janitor: relay, leases and reconciler on a thread of their own. */
	struct db_listener *listener;
	pthread_t janitor;
	bool has_janitor;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;
	bool is_stopping;
	bool must_relay_all;
	bool must_free;          /* leases that nobody is at may be about */
	bool is_patient;         /* the relay waits until fewer rows stand in line */
	int64_t look_us;         /* monotonic_us() of the next look */
	struct sm_claim *leased; /* claims that work outside the database now */
};

/* One event on its way: what the handler sees, and what only the engine may know. */
struct sm_claim {
	struct sm_work work;
	struct sm_engine *engine;
	const struct sm_room *room;
	const struct sm_transition *transition;
	const char *worker;
	int64_t version;   /* sm_version while the row is ours */
	int64_t *absorbed; /* ids */
	int absorbed_count;
	int64_t started_us;
	bool has_more; /* more of the row was due when this event ended */

	struct sm_claim *next; /* in engine->leased; with what follows under engine->mutex */
	bool is_leased;
	int renewals;
	int64_t renew_us; /* monotonic_us() of the next renewal */
};

/* table.c */
/* Whether `word` is one of the space-separated `words`; the empty word is in the empty list alone.
 */
bool sm_has_word(const char *words, const char *word);

/* claim.c */
struct sm_claim *sm_claim_new(struct sm_engine *engine, const struct sm_room *room,
			      struct worker *worker, int64_t sm_id);
void sm_claim_free(struct sm_claim *claim);
/* The machine row as sm_claim_lock finds it. */
struct sm_row {
	bool is_there;
	bool is_ours; /* no other worker's lease is live */
	int64_t version;
};
/* Locks the machine row, or for a machine without rows the id itself. */
dms_error *sm_claim_lock(struct sm_claim *claim, struct sm_row *row);
/* Finds the transition; a refusal is the error, and DMS_E_ILLEGAL_EVENT when there is none. */
dms_error *sm_claim_check(struct sm_claim *claim);
/* Lets the handler begin, or notes where the event's wish is kept. */
dms_error *sm_claim_begin(struct sm_claim *claim, enum sm_step *step);
void sm_claim_report(const struct sm_claim *claim, const dms_error *error);

/* run.c */
/* Runs what is due of one machine row. True: more may be due, but others are to have their turn. */
bool sm_run(struct sm_engine *engine, const struct sm_room *room, struct worker *worker,
	    int64_t sm_id);

/* end.c; the first two in the open transaction, row locked */
/* The claimed event, and the absorbed ones, end well. */
dms_error *sm_claim_end(struct sm_claim *claim, enum sm_step step);
/* The claim is given up and the event waits again, unless it is no longer ours or has ended. */
dms_error *sm_claim_put_back(struct sm_claim *claim);
/* Writes down that the claimed event failed, in a transaction of its own. False: could not. */
bool sm_claim_fail(struct sm_claim *claim, const dms_error *error);
/* Every failed try leaves a line. */
dms_error *sm_note_attempt(struct sm_claim *claim, const dms_error *error, const char *text);

/* post.c */
/* Sends the knock for a row of table event (id, machine, sm_id, sm_name, type, parameters,
 * change_id, cause_id, relays, is_bulk) in a result. */
void sm_knock_out(struct bus *bus, const struct db_result *result, int row);

/* take_in.c, request.c */
/* Subscribes to the consumers and requests of the engine's machines. */
dms_error *sm_take_in(struct sm_engine *engine);
const struct sm_room *sm_room_named(const struct sm_engine *engine, const char *name,
				    size_t length);
/* Whether so many rows of a class stand in line that knocks are certainly on their way. */
bool sm_has_backlog(struct sm_engine *engine, enum work_class class);
/* A request on dms.sm.<machine>.<event>. */
void sm_on_request(void *arg, struct bus_message *message);

/* janitor.c */
dms_error *sm_janitor_start(struct sm_engine *engine);
void sm_janitor_stop(struct sm_engine *engine);
void sm_look_within(struct sm_engine *engine, int64_t milliseconds);
/* The relay holds back until the class's line is short; then look again. */
void sm_wait_for_backlog(struct sm_engine *engine, enum work_class class);
void sm_backlog_is_over(struct sm_engine *engine);

/* relay.c */
/* Everything that is due knocks again: the bus may have forgotten what it had. */
dms_error *sm_call_in_all(struct sm_engine *engine, struct db *db);
/* Publishes what nobody has taken, and says in how many milliseconds to come back. */
dms_error *sm_relay(struct sm_engine *engine, struct db *db, int64_t *milliseconds);

/* revive.c */
/* Posts again what machine rows in a state that nothing will move out of need. */
dms_error *sm_reconcile(struct sm_engine *engine, struct db *db);

/* lease.c */
void sm_lease_begins(struct sm_claim *claim);
void sm_lease_ends(struct sm_claim *claim);
/* Keeps the leases of work that takes its time; `*milliseconds` shrinks to the next renewal. */
dms_error *sm_renew_leases(struct sm_engine *engine, struct db *db, int64_t *milliseconds);
/* Gives up the leases of workers of this host that are no more, and of our own that aren't at it:
 * what they had begun runs at once instead of when the lease ends. */
dms_error *sm_free_leases(struct sm_engine *engine, struct db *db);
