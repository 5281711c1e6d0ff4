/* Jobs: work on many things at once, such as refresh_all, as one mechanism.
 *
 * A job is a row of table job with a list of parts; a part is of a kind, one row of the table in
 * kinds.c, and goes through items in the order of their ids. The machine `job` (machine.c) does a
 * few of them in one transaction (step.c), in which it also notes how far it has come, so that a
 * crash neither loses nor doubles an item, and posts the event for the next ones. All of it is bulk
 * work: in this process a call always goes first, and the events it posts go behind interactive
 * ones.
 */
#pragma once

#include "call.h"
#include "gateway.h"
#include "sm/sm.h"

extern const struct sm_machine job_machine;

/* A step of a job on its way. */
struct job_run {
	TALLOC_CTX *mem;
	struct db *db;
	struct bus *bus;
	struct gateway *gateway;
	int64_t id;
	const char *name, *state;
	json_t *parts;      /* all; borrowed */
	const json_t *part; /* the one being done: {"kind": ..., ...} */
	const struct job_kind *kind;
	int64_t part_number, position, done, failed;
	int64_t change_id;
	const char *access_point, *actor, *source;
	bool is_told; /* its progress was told a moment ago */
};

struct job_items {
	int64_t *ids;
	const char **names; /* NULL: nobody needs them */
	size_t count;
};

/* What can be done with many things. Either `sweep_sql`, or items and what happens to each. */
struct job_kind {
	const char *name;
	const char *what; /* what its result counts */
	/* Deletes at most $2 rows of those meant by part $1 (jsonb). */
	const char *sweep_sql;
	/* Ids and names of at most $2 items after $1 of job $3, in the order of their ids. */
	const char *next_sql;
	/* How many that is, $1 and $2 being 0; NULL: not known. */
	const char *count_sql;
	/* The same as next_sql; NULL: next_sql does. */
	dms_error *(*next)(struct job_run *run, int limit, struct job_items *items);
	/* Does one; `*amount` is what the result grows by, 1 at first. A permanent error counts as
	 * a failure of this item, a transient one puts the step off. */
	dms_error *(*item)(struct job_run *run, int64_t id, const char *name, int64_t *amount);
	const char *event; /* instead of `item`: is posted to the zone with the part's parameters */
	/* How many zones of change $1 are still on their way, besides pending events; NULL: none.
	 */
	const char *moving_sql;
};

/* kinds.c: NULL when there is none of the name. */
const struct job_kind *job_kind_find(const char *name);

/* load.c */
/* A zone that load_zones was given. */
dms_error *job_load_item(struct job_run *run, int64_t id, const char *name, int64_t *amount);

/* vacuum.c */
dms_error *job_long_zones(struct job_run *run, int limit, struct job_items *items);
dms_error *job_shorten_zone(struct job_run *run, int64_t id, const char *name, int64_t *amount);

/* kinds.c: a method of the door as the one who began the job would call it, in the open
 * transaction. `params` are stolen. */
dms_error *job_call(struct job_run *run, int method, rpc_handler *handler, json_t *params);

/* row.c */
/* The job's row, locked by the engine. Its JSON dies with `work`. */
dms_error *job_load(struct sm_work *work, struct job_run *run);
dms_error *job_save(struct job_run *run);
/* Adds to the result of a kind. */
dms_error *job_count(struct job_run *run, const char *kind, int64_t amount);
dms_error *job_note_failure(struct job_run *run, const char *name, const dms_error *error);
/* How many of its events are pending and how many zones on their way. */
dms_error *job_moving(struct job_run *run, int64_t *count);
/* Says how far it has come, as fact JobProgress; `is_due` false: only if it has not for a while. */
dms_error *job_tell(struct job_run *run, const char *state, bool is_due);

/* step.c */
/* An event for a zone, with the part's "parameters", as bulk work of the job. */
dms_error *job_post(struct job_run *run, const char *event, int64_t id, const char *name);
/* Goes on with the present part: some items, until a time is over. `*is_over`: nothing is left of
 * any part. */
dms_error *job_step(struct job_run *run, bool *is_over);
