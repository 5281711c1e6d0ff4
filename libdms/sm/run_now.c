/* An event posted and run at once, for a caller who waits for the answer. */
#include <string.h>

#include "base/log.h"
#include "sm/engine.h"

/* Claims the event that is about to be posted. */
static struct sm_claim *
claim_for(struct sm_engine *engine, const struct sm_room *room, struct worker *worker,
	  const struct sm_event *event)
{
	struct sm_claim *claim = sm_claim_new(engine, room, worker, event->sm_id);
	struct sm_work *work = &claim->work;

	work->event_type = event->type;
	work->sm_name = event->sm_name;
	work->change_id = event->change_id;
	work->attempt = 1;
	work->parameters =
	    event->parameters != NULL ? json_deep_copy(event->parameters) : json_object();
	work->results = json_object();
	return claim;
}

/* Inserts the event as ended, so that nobody else takes it and no relay wakes. */
static dms_error *
insert_ended(struct sm_claim *claim, const struct sm_event *event, const char *state, int code,
	     const dms_error *failure)
{
	struct sm_work *work = &claim->work;
	char *parameters = json_dumps(work->parameters, JSON_COMPACT);
	json_t *object = failure != NULL ? dms_error_to_json(failure) : json_object();
	char *results = json_dumps(object, JSON_COMPACT);
	const char *text = json_string_value(json_object_get(object, "message"));
	struct db_result *result;
	dms_error *error;

	error = db_query(
	    work->db, work->mem, &result,
	    "INSERT INTO event (machine, sm_id, sm_name, type, state, parameters, change_id,"
	    " cause_id, is_bulk, attempts, result_code, last_error, results, relay_at,"
	    " processed_at)"
	    " VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, 1, $10, $11, $12::jsonb,"
	    "  clock_timestamp(), clock_timestamp()) RETURNING id",
	    P_TEXT(event->machine), P_INT(event->sm_id), P_TEXT(event->sm_name),
	    P_TEXT(event->type), P_TEXT(state), P_TEXT(parameters), P_ID(event->change_id),
	    P_ID(event->cause_id), P_BOOL(event->is_bulk), P_INT(code), P_TEXT(text),
	    P_TEXT(results));
	if (error == NULL) {
		work->event_id = db_int(result, 0, "id");
		log_context(work->change_id, work->event_id);
		if (failure != NULL)
			error = sm_note_attempt(claim, failure, text);
	}
	free(parameters);
	free(results);
	json_decref(object);
	return error;
}

/* A live lease stays where it is; the version tells its holder that the row has moved. */
static dms_error *
write_end(struct sm_claim *claim, enum sm_step step)
{
	struct sm_work *work = &claim->work;
	char *results;
	dms_error *error;

	if (work->machine->table != NULL) {
		json_object_set_new(work->results, "pre_event_sm_state", json_string(work->state));
		json_object_set_new(work->results, "post_event_sm_state",
				    json_string(work->next_state));
	}
	results = json_dumps(work->results, JSON_COMPACT);
	error = db_exec(work->db,
			"UPDATE event SET result_code = $2, results = $3::jsonb,"
			" processed_at = clock_timestamp() WHERE id = $1",
			P_INT(work->event_id), P_INT(step == SM_NO_CHANGE ? 220 : 200),
			P_TEXT(results));

	free(results);
	TRY(error);
	if (work->machine->table == NULL)
		return NULL;
	return db_exec(work->db, claim->room->changed_sql, P_INT(work->sm_id),
		       P_TEXT(work->next_state));
}

static dms_error *
run(struct sm_claim *claim, const struct sm_event *event)
{
	struct sm_work *work = &claim->work;
	enum sm_step step = SM_DONE;
	struct sm_row row;

	TRY(sm_claim_lock(claim, &row));
	if (!row.is_there)
		return dms_error_new(DMS_E_ILLEGAL_EVENT, "%s %s is gone", event->machine,
				     event->sm_name);
	TRY(sm_claim_check(claim));
	TRY(insert_ended(claim, event, "SUCCESS", 200, NULL));
	TRY(sm_claim_begin(claim, &step));
	if (step == SM_WORK)
		return dms_error_new(DMS_E_INTERNAL,
				     "%s needs work outside and can't be run at once", event->type);
	TRY(write_end(claim, step));
	return db_commit(work->db);
}

/* What the handler had to say goes along with the refusal. */
static void
add_results(dms_error *error, json_t *results)
{
	const char *key;
	json_t *value;

	json_object_foreach (results, key, value)
		if (json_object_get(error->data, key) == NULL)
			dms_error_put(error, key, json_incref(value));
}

/* Everything was rolled back, the event's row too: it is written again, as refused. */
static void
write_refusal(struct sm_claim *claim, const struct sm_event *event, const dms_error *error)
{
	struct db *db = claim->work.db;
	dms_error *failure = db_begin(db);

	if (failure == NULL)
		failure = insert_ended(claim, event, "FAILURE", 550, error);
	if (failure == NULL)
		failure = db_commit(db);
	if (failure != NULL) {
		db_rollback(db);
		log_failure(LOG_WARNING, "a refused event leaves no row", failure,
			    F_STR("event", event->type));
	}
	dms_error_free(failure);
}

dms_error *
sm_run_now(struct sm_engine *engine, struct worker *worker, const struct sm_event *event,
	   json_t **results)
{
	const struct sm_room *room = sm_room_named(engine, event->machine, strlen(event->machine));
	struct sm_claim *claim;
	dms_error *error;

	if (room == NULL)
		return dms_error_new(DMS_E_ILLEGAL_EVENT, "no machine '%s' here", event->machine);
	TRY(db_begin(worker->db));
	claim = claim_for(engine, room, worker, event);
	error = run(claim, event);
	if (error != NULL) {
		db_rollback(worker->db);
		add_results(error, claim->work.results);
		write_refusal(claim, event, error);
	} else if (results != NULL) {
		*results = json_incref(claim->work.results);
	}
	sm_claim_report(claim, error);
	sm_claim_free(claim);
	return error;
}
