/* The relay: publishes events whose knock got lost, whose time has come, or that wait for another
 * try. What is due says its row in the database; when to look, NOTIFY tells. */
#include "base/log.h"
#include "sm/engine.h"

#define RELAY_BATCH 500

/* The words of index event_relay. */
#define PENDING "state IN ('NEW', 'RUNNING', 'RETRY')"

/* While rows stand in line the knocks of later ones are most likely on their way; only what is as
 * late as this gets another. Else every flood would be answered with a flood. */
#define PATIENCE_MS 30000

/* Nothing was due but what somebody holds locked: it is being handled. */
#define LOCKED_MS 50

/* What is locked is being handled. */
dms_error *
sm_call_in_all(struct sm_engine *engine, struct db *db)
{
	for (int i = 0; i < engine->room_count; i++)
		TRY(db_exec(
		    db,
		    "WITH due AS MATERIALIZED (SELECT id FROM event WHERE state IN ('NEW', 'RETRY')"
		    "  AND machine = $1 AND relay_at > clock_timestamp()"
		    "  AND due_at <= clock_timestamp()"
		    "  FOR UPDATE SKIP LOCKED)"
		    " UPDATE event SET relay_at = clock_timestamp() FROM due"
		    " WHERE event.id = due.id",
		    P_TEXT(engine->rooms[i].machine->name)));
	return NULL;
}

/* Each further knock waits twice as long, up to 32 s. No index is searched for what a volatile
 * function says, as clock_timestamp() is. */
static dms_error *
relay_batch(struct sm_engine *engine, struct db *db, const char *machine, enum work_class class,
	    int64_t patience_ms, int *count)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct db_result *result;
	dms_error *error;

	*count = 0;
	error = db_query(
	    db, mem, &result,
	    "WITH late AS MATERIALIZED (SELECT id FROM event WHERE " PENDING
	    "  AND machine = $1 AND is_bulk = $2"
	    "  AND relay_at <= statement_timestamp() - $3 * interval '1 ms'"
	    "  ORDER BY relay_at LIMIT $4 FOR UPDATE SKIP LOCKED)"
	    " UPDATE event SET relays = relays + 1,"
	    "  relay_at = clock_timestamp() + interval '1 s' * (2 ^ least(relays, 5))"
	    " FROM late WHERE event.id = late.id"
	    " RETURNING event.id, machine, sm_id, sm_name, type, parameters::text AS parameters,"
	    "  change_id, cause_id, relays, is_bulk",
	    P_TEXT(machine), P_BOOL(class == WORK_BULK), P_INT(patience_ms), P_INT(RELAY_BATCH));
	if (error == NULL) {
		*count = db_rows(result);
		for (int i = 0; i < *count; i++)
			sm_knock_out(engine->bus, result, i);
		if (*count > 0)
			log_debug("relayed", F_STR("machine", machine), F_INT("events", *count));
	}
	talloc_free(mem);
	return error;
}

/* `*milliseconds` shrinks to when the next event wants to be looked at. */
static dms_error *
next_look(struct db *db, const char *machine, enum work_class class, int64_t patience_ms,
	  int64_t *milliseconds)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct db_result *result;
	dms_error *error;

	error =
	    db_query(db, mem, &result,
		     "SELECT ceil(extract(epoch FROM relay_at - clock_timestamp()) * 1000)::bigint"
		     " + $3::bigint AS ms FROM event WHERE " PENDING " AND machine = $1"
		     " AND is_bulk = $2 ORDER BY relay_at LIMIT 1",
		     P_TEXT(machine), P_BOOL(class == WORK_BULK), P_INT(patience_ms));
	if (error == NULL && db_rows(result) == 1 && db_int(result, 0, "ms") < *milliseconds)
		*milliseconds = db_int(result, 0, "ms");
	talloc_free(mem);
	return error;
}

static dms_error *
relay_class(struct sm_engine *engine, struct db *db, const char *machine, enum work_class class,
	    int64_t *milliseconds)
{
	int64_t patience_ms;
	int64_t wait_ms;
	int empty = 0;
	int count;

	/* What becomes due between the two queries is no reason to wait. */
	do {
		patience_ms = sm_has_backlog(engine, class) ? PATIENCE_MS : 0;
		TRY(relay_batch(engine, db, machine, class, patience_ms, &count));
		empty += count == 0;
		wait_ms = INT64_MAX;
		if (count < RELAY_BATCH)
			TRY(next_look(db, machine, class, patience_ms, &wait_ms));
	} while (count == RELAY_BATCH || (wait_ms <= 0 && empty < 2));
	if (wait_ms <= 0)
		wait_ms = LOCKED_MS;
	if (patience_ms > 0)
		sm_wait_for_backlog(engine, class);
	if (wait_ms < *milliseconds)
		*milliseconds = wait_ms;
	return NULL;
}

dms_error *
sm_relay(struct sm_engine *engine, struct db *db, int64_t *milliseconds)
{
	for (int i = 0; i < engine->room_count; i++)
		for (int class = 0; class < WORK_CLASS_COUNT; class ++)
			TRY(relay_class(engine, db, engine->rooms[i].machine->name, class,
					milliseconds));
	return NULL;
}
