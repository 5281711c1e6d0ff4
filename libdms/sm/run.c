#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "sm/engine.h"

/* What became of one look at a machine row. */
enum turn {
	TURN_AGAIN, /* an event ran: look for the next */
	TURN_OVER,  /* nothing due, or somebody else is at it */
};

static struct sm_claim *
claim_new(struct sm_engine *engine, const struct sm_room *room, struct worker *worker,
	  int64_t sm_id)
{
	struct sm_claim *claim = talloc_zero(worker->mem, struct sm_claim);

	claim->engine = engine;
	claim->room = room;
	claim->worker = worker->name;
	claim->started_us = monotonic_us();
	claim->work = (struct sm_work){
	    .mem = claim,
	    .db = worker->db,
	    .bus = engine->bus,
	    .config = engine->config,
	    .machine = room->machine,
	    .service = engine->service,
	    .sm_id = sm_id,
	    .claim = claim,
	};
	return claim;
}

static void
claim_free(struct sm_claim *claim)
{
	json_decref(claim->work.parameters);
	json_decref(claim->work.results);
	log_context(0, 0);
	talloc_free(claim);
}

/* Locks the machine row, or for a machine without rows the id itself. `*is_there` false: no such
 * row.
 * `*is_ours` false: another worker's lease is live. */
static dms_error *
lock_row(struct sm_claim *claim, bool *is_there, bool *is_ours, int64_t *version)
{
	struct sm_work *work = &claim->work;
	struct db_result *result;

	*is_there = *is_ours = true;
	*version = 0;
	if (claim->room->machine->table == NULL) {
		work->state = work->next_state = "";
		return db_exec(work->db, "SELECT pg_advisory_xact_lock(hashtextextended($1, $2))",
			       P_TEXT(claim->room->machine->name), P_INT(work->sm_id));
	}
	TRY(db_query(work->db, work->mem, &result, claim->room->lock_sql, P_INT(work->sm_id)));
	*is_there = db_rows(result) == 1;
	if (!*is_there)
		return NULL;
	work->state = work->next_state = db_text(result, 0, "state");
	*version = db_int(result, 0, "sm_version");
	*is_ours = !db_bool(result, 0, "is_leased") ||
		   strcmp(db_text(result, 0, "lease_worker"), claim->worker) == 0;
	return NULL;
}

/* The oldest due event of the row, locked; `*is_due` false when there is none. */
static dms_error *
take_event(struct sm_claim *claim, bool *is_due)
{
	struct sm_work *work = &claim->work;
	struct db_result *result;
	const char *parameters;

	TRY(db_query(work->db, work->mem, &result,
		     "SELECT id, sm_name, type, parameters::text AS parameters, change_id, attempts"
		     " FROM event WHERE processed_at IS NULL AND machine = $1 AND sm_id = $2"
		     " AND due_at <= clock_timestamp() ORDER BY id LIMIT 1 FOR UPDATE",
		     P_TEXT(work->machine->name), P_INT(work->sm_id)));
	*is_due = db_rows(result) == 1;
	if (!*is_due)
		return NULL;
	work->event_id = db_int(result, 0, "id");
	work->sm_name = db_text(result, 0, "sm_name");
	work->event_type = db_text(result, 0, "type");
	work->change_id = db_int(result, 0, "change_id");
	work->attempt = (int)db_int(result, 0, "attempts") + 1;
	parameters = db_text(result, 0, "parameters");
	work->parameters = json_loads(parameters, 0, NULL);
	work->results = json_object();
	log_context(work->change_id, work->event_id);
	return NULL;
}

/* The row is gone: what waits for it can only be ended. */
static dms_error *
end_orphans(struct sm_claim *claim)
{
	return db_exec(claim->work.db,
		       "UPDATE event SET state = 'CANCELLED', processed_at = clock_timestamp(),"
		       " result_code = 220, results = '{\"message\": \"what it was for is gone\"}'"
		       " WHERE processed_at IS NULL AND machine = $1 AND sm_id = $2",
		       P_TEXT(claim->work.machine->name), P_INT(claim->work.sm_id));
}

static dms_error *
check_legal(struct sm_claim *claim)
{
	struct sm_work *work = &claim->work;

	claim->transition = sm_find(work->machine, work->state, work->event_type);
	if (claim->transition != NULL)
		return NULL;
	return dms_error_put_str(
	    dms_error_put_str(
		dms_error_new(DMS_E_ILLEGAL_EVENT, "%s %s: %s is not possible in state %s",
			      work->machine->name, work->sm_name, work->event_type, work->state),
		"event_type", work->event_type),
	    "state", work->state);
}

/* Marks event and row as being worked at outside the database. */
static dms_error *
take_lease(struct sm_claim *claim)
{
	struct sm_work *work = &claim->work;
	struct db_result *result;

	TRY(db_query(work->db, work->mem, &result, claim->room->claim_sql, P_INT(work->sm_id),
		     P_TEXT(claim->worker), P_INT(claim->engine->config->lease)));
	claim->version = db_int(result, 0, "sm_version");
	return db_exec(work->db,
		       "UPDATE event SET state = 'RUNNING', attempts = attempts + 1,"
		       " relay_at = clock_timestamp() + $2 * interval '1 ms' WHERE id = $1",
		       P_INT(work->event_id), P_INT(claim->engine->config->lease));
}

/* First transaction: lock, take the event, begin. */
static dms_error *
claim_and_begin(struct sm_claim *claim, enum turn *turn, enum sm_step *step)
{
	struct sm_work *work = &claim->work;
	bool is_there, is_ours, is_due;

	*turn = TURN_OVER;
	TRY(db_begin(work->db));
	TRY(lock_row(claim, &is_there, &is_ours, &claim->version));
	if (!is_there) {
		TRY(end_orphans(claim));
		return db_commit(work->db);
	}
	if (!is_ours) {
		db_rollback(work->db);
		return NULL;
	}
	TRY(take_event(claim, &is_due));
	if (!is_due) {
		db_rollback(work->db);
		return NULL;
	}
	*turn = TURN_AGAIN;
	TRY(check_legal(claim));
	*step = SM_DONE;
	TRY(claim->transition->handler->begin(work, step));
	if (*step == SM_WORK)
		TRY(take_lease(claim));
	else
		TRY(sm_claim_end(claim, *step));
	return db_commit(work->db);
}

/* Work that was overtaken is thrown away: the event runs anew from the start. */
static dms_error *
run_anew(struct sm_claim *claim)
{
	struct sm_work *work = &claim->work;

	log_info("overtaken, runs anew", F_STR("event", work->event_type),
		 F_STR("name", work->sm_name));
	TRY(db_exec(work->db,
		    "UPDATE event SET state = 'RETRY', relay_at = clock_timestamp()"
		    " WHERE id = $1 AND processed_at IS NULL",
		    P_INT(work->event_id)));
	TRY(db_exec(work->db, claim->room->free_sql, P_INT(work->sm_id), P_TEXT(claim->worker)));
	return db_commit(work->db);
}

/* Second transaction: settle, if nobody has moved the row since the claim. */
static dms_error *
settle(struct sm_claim *claim)
{
	struct sm_work *work = &claim->work;
	enum sm_step step = SM_DONE;
	bool is_there, is_ours;
	int64_t version;

	TRY(db_begin(work->db));
	TRY(lock_row(claim, &is_there, &is_ours, &version));
	if (!is_there) {
		TRY(end_orphans(claim));
		return db_commit(work->db);
	}
	if (version != claim->version)
		return run_anew(claim);
	TRY(claim->transition->handler->settle(work, &step));
	TRY(sm_claim_end(claim, step));
	return db_commit(work->db);
}

static void
report(const struct sm_claim *claim, const dms_error *error)
{
	const struct sm_work *work = &claim->work;
	int64_t took_us = monotonic_us() - claim->started_us;

	bus_count(claim->engine->bus, claim->room->endpoint, took_us, error);
	if (error == NULL)
		log_info("event", F_STR("event", work->event_type), F_STR("name", work->sm_name),
			 F_STR("from", work->state), F_STR("to", work->next_state),
			 F_INT("attempt", work->attempt), F_MS("ms", (double)took_us / 1000));
	else
		log_failure(error->is_transient ? LOG_WARNING : LOG_ERR, "event failed", error,
			    F_STR("event", work->event_type), F_STR("name", work->sm_name),
			    F_STR("state", work->state), F_INT("attempt", work->attempt));
}

static enum turn
run_one(struct sm_engine *engine, const struct sm_room *room, struct worker *worker, int64_t sm_id)
{
	struct sm_claim *claim = claim_new(engine, room, worker, sm_id);
	enum sm_step step = SM_DONE;
	enum turn turn;
	dms_error *error = claim_and_begin(claim, &turn, &step);

	if (error == NULL && turn == TURN_AGAIN && step == SM_WORK) {
		error = claim->transition->handler->work(&claim->work);
		if (error == NULL)
			error = settle(claim);
	}
	if (error != NULL) {
		db_rollback(worker->db);
		if (claim->work.event_id != 0)
			sm_claim_fail(claim, error);
	}
	if (turn == TURN_AGAIN || error != NULL)
		report(claim, error);
	/* Without the database nothing can be written down, and nothing is lost: the relay comes
	 * back to what is pending. */
	if (error != NULL && !db_is_connected(worker->db))
		turn = TURN_OVER;
	dms_error_free(error);
	claim_free(claim);
	return turn;
}

void
sm_run(struct sm_engine *engine, const struct sm_room *room, struct worker *worker, int64_t sm_id)
{
	while (run_one(engine, room, worker, sm_id) == TURN_AGAIN)
		;
}

dms_error *
sm_run_now(struct sm_engine *engine, struct worker *worker, const struct sm_event *event,
	   json_t **results)
{
	const struct sm_room *room = NULL;
	struct sm_claim *claim;
	enum sm_step step = SM_DONE;
	bool is_there, is_ours;
	dms_error *error;

	for (int i = 0; i < engine->room_count; i++)
		if (strcmp(engine->rooms[i].machine->name, event->machine) == 0)
			room = &engine->rooms[i];
	if (room == NULL)
		return dms_error_new(DMS_E_ILLEGAL_EVENT, "no machine '%s' here", event->machine);
	claim = claim_new(engine, room, worker, event->sm_id);
	claim->work.event_type = event->type;
	claim->work.sm_name = event->sm_name;
	claim->work.change_id = event->change_id;
	claim->work.attempt = 1;
	claim->work.parameters =
	    event->parameters != NULL ? json_deep_copy(event->parameters) : json_object();
	claim->work.results = json_object();

	TRY_GOTO(db_begin(worker->db), out);
	TRY_GOTO(lock_row(claim, &is_there, &is_ours, &claim->version), out);
	if (!is_there) {
		error = dms_error_new(DMS_E_ILLEGAL_EVENT, "%s %s is gone", event->machine,
				      event->sm_name);
		goto out;
	}
	TRY_GOTO(check_legal(claim), out);
	/* Nobody else is to take it: it ends in this very transaction. */
	TRY_GOTO(sm_post(worker->db, NULL, event, &claim->work.event_id), out);
	log_context(event->change_id, claim->work.event_id);
	TRY_GOTO(claim->transition->handler->begin(&claim->work, &step), out);
	if (step == SM_WORK) {
		error = dms_error_new(
		    DMS_E_INTERNAL, "%s needs work outside and can't be run at once", event->type);
		goto out;
	}
	/* A live lease stays where it is; the version tells its holder that the row has moved. */
	if (room->machine->table != NULL)
		TRY_GOTO(db_exec(worker->db, room->changed_sql, P_INT(event->sm_id),
				 P_TEXT(claim->work.next_state)),
			 out);
	TRY_GOTO(db_exec(worker->db,
			 "UPDATE event SET state = 'SUCCESS', attempts = 1, result_code = $2,"
			 " processed_at = clock_timestamp() WHERE id = $1",
			 P_INT(claim->work.event_id), P_INT(step == SM_NO_CHANGE ? 220 : 200)),
		 out);
	error = db_commit(worker->db);
	if (error == NULL && results != NULL)
		*results = json_incref(claim->work.results);
out:
	if (error != NULL)
		db_rollback(worker->db);
	report(claim, error);
	claim_free(claim);
	return error;
}
