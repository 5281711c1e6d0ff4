/* How an event ends: well, not yet, or badly.
 *
 * Statements about events whose ids are known say NOT_ENDED: in other words the planner might
 * prefer an index of all pending events to the primary key. */
#include "base/log.h"
#include "base/time.h"
#include "proto/fact.pb-c.h"
#include "sm/engine.h"

#define NOT_ENDED "state NOT IN ('SUCCESS', 'FAILURE', 'CANCELLED')"

/* An event that had nothing to do says nothing about the trouble of another one. */
static bool
clears_error(const struct sm_claim *claim, enum sm_step step)
{
	return step != SM_NO_CHANGE || claim->work.attempt > 1 || claim->absorbed_count > 0;
}

/* Ends the event itself, and looks for the next in one go: what is committed later than this
 * statement sees has a knock of its own on the way. */
static dms_error *
end_event(struct sm_claim *claim, enum sm_step step)
{
	struct sm_work *work = &claim->work;
	char *results = json_dumps(work->results, JSON_COMPACT);
	struct db_result *result;
	dms_error *error;

	error = db_query(work->db, work->mem, &result,
			 "UPDATE event SET state = 'SUCCESS', processed_at = clock_timestamp(),"
			 " attempts = greatest(attempts, $2), result_code = $3, results = $4::jsonb"
			 " WHERE id = $1 RETURNING EXISTS (SELECT FROM event AS other"
			 "  WHERE processed_at IS NULL AND machine = $5 AND sm_id = $6 AND id <> $1"
			 "  AND due_at <= clock_timestamp()) AS has_more",
			 P_INT(work->event_id), P_INT(work->attempt),
			 P_INT(step == SM_NO_CHANGE ? 220 : 200), P_TEXT(results),
			 P_TEXT(work->machine->name), P_INT(work->sm_id));
	free(results);
	if (error == NULL)
		claim->has_more = db_rows(result) == 1 && db_bool(result, 0, "has_more");
	return error;
}

/* For who waits for it: facts tell what has happened, not that nothing more will. */
static dms_error *
tell_ended(struct sm_claim *claim)
{
	struct sm_work *work = &claim->work;
	char *subject = talloc_asprintf(work->mem, "dms.ended.%s.%lld", work->machine->name,
					(long long)work->sm_id);

	return sm_publish(work->db, work->bus, subject, "", 0, work->change_id);
}

dms_error *
sm_claim_end(struct sm_claim *claim, enum sm_step step)
{
	struct sm_work *work = &claim->work;

	TRY(end_event(claim, step));
	TRY(tell_ended(claim));
	if (claim->absorbed_count > 0)
		TRY(db_exec(
		    work->db,
		    "UPDATE event SET state = 'SUCCESS', processed_at = clock_timestamp(),"
		    " result_code = 200, results = jsonb_build_object('absorbed_by', $2::bigint)"
		    " WHERE id = ANY($1) AND " NOT_ENDED,
		    P_INTS(claim->absorbed, (size_t)claim->absorbed_count), P_INT(work->event_id)));
	if (work->machine->table == NULL)
		return NULL;
	return db_exec(work->db,
		       clears_error(claim, step) ? claim->room->done_sql : claim->room->kept_sql,
		       P_INT(work->sm_id), P_TEXT(work->next_state));
}

/* The poster's grace again: the worker who puts it back looks at the row next. */
dms_error *
sm_claim_put_back(struct sm_claim *claim)
{
	struct sm_work *work = &claim->work;

	if (!claim->is_leased)
		return NULL; /* it still waits as it did */
	TRY(db_exec(work->db,
		    "UPDATE event SET state = 'RETRY',"
		    " relay_at = clock_timestamp() + $3 * interval '1 ms'"
		    " WHERE id = $1 AND attempts = $2 AND " NOT_ENDED,
		    P_INT(work->event_id), P_INT(work->attempt), P_INT(SM_RELAY_GRACE_MS)));
	return db_exec(work->db, claim->room->free_sql, P_INT(work->sm_id), P_TEXT(claim->worker));
}

/* Somebody should look: said once when patience ends, and again at every doubling. */
static dms_error *
alert(struct sm_claim *claim, const dms_error *error, const char *text)
{
	struct sm_work *work = &claim->work;
	int patience = (int)claim->engine->config->alert_attempts;
	Dms__Alert fact = DMS__ALERT__INIT;
	int nth = work->attempt / patience;

	if (error->is_transient && (work->attempt % patience != 0 || (nth & (nth - 1)) != 0))
		return NULL;
	fact.machine = (char *)work->machine->name;
	fact.sm_id = work->sm_id;
	fact.sm_name = (char *)work->sm_name;
	fact.event_type = (char *)work->event_type;
	fact.attempts = work->attempt;
	fact.error = (char *)text;
	fact.code = dms_err_info(error->id)->code;
	return sm_fact(work->db, work->bus, "system", "Alert", &fact.base, work->change_id);
}

dms_error *
sm_note_attempt(struct sm_claim *claim, const dms_error *error, const char *text)
{
	return db_exec(claim->work.db,
		       "INSERT INTO event_attempt (event_id, attempt, worker, code, error)"
		       " VALUES ($1, $2, $3, $4, $5)",
		       P_INT(claim->work.event_id), P_INT(claim->work.attempt),
		       P_TEXT(claim->worker), P_INT(dms_err_info(error->id)->code), P_TEXT(text));
}

/* The event is tried again later. `*is_ours` false: it has ended meanwhile, or another worker has
 * taken it up. */
static dms_error *
put_off(struct sm_claim *claim, const char *text, const char *results, bool *is_ours)
{
	struct sm_work *work = &claim->work;
	const struct dms_config *config = claim->engine->config;
	struct db_result *result;

	TRY(db_query(work->db, work->mem, &result,
		     "UPDATE event SET state = 'RETRY', attempts = $2, last_error = $3,"
		     " results = $4::jsonb, result_code = 450,"
		     " due_at = clock_timestamp() + $5 * interval '1 ms',"
		     " relay_at = clock_timestamp() + $5 * interval '1 ms'"
		     " WHERE id = $1 AND attempts BETWEEN $2 - 1 AND $2 AND " NOT_ENDED,
		     P_INT(work->event_id), P_INT(work->attempt), P_TEXT(text), P_TEXT(results),
		     P_INT(backoff_ms(config->retry_first, config->retry_max, work->attempt))));
	*is_ours = db_affected(result) == 1;
	return NULL;
}

/* The event has failed for good, and what it absorbed with it. */
static dms_error *
give_up(struct sm_claim *claim, const char *text, const char *results, bool *is_ours)
{
	struct sm_work *work = &claim->work;
	struct db_result *result;

	TRY(db_query(work->db, work->mem, &result,
		     "UPDATE event SET state = 'FAILURE', attempts = $2, last_error = $3,"
		     " results = $4::jsonb, result_code = 550, processed_at = clock_timestamp()"
		     " WHERE id = $1 AND attempts BETWEEN $2 - 1 AND $2 AND " NOT_ENDED,
		     P_INT(work->event_id), P_INT(work->attempt), P_TEXT(text), P_TEXT(results)));
	*is_ours = db_affected(result) == 1;
	if (!*is_ours)
		return NULL;
	TRY(tell_ended(claim));
	if (claim->absorbed_count == 0)
		return NULL;
	return db_exec(work->db,
		       "UPDATE event SET state = 'FAILURE', processed_at = clock_timestamp(),"
		       " last_error = $3, result_code = 550,"
		       " results = jsonb_build_object('absorbed_by', $2::bigint)"
		       " WHERE id = ANY($1) AND " NOT_ENDED,
		       P_INTS(claim->absorbed, (size_t)claim->absorbed_count),
		       P_INT(work->event_id), P_TEXT(text));
}

/* What failed stands on the machine row; an event that is not for its state is not the row's
 * trouble. */
static dms_error *
mark_row(struct sm_claim *claim, const dms_error *error, const char *text)
{
	struct sm_work *work = &claim->work;

	if (work->machine->table == NULL || claim->transition == NULL)
		return NULL;
	return db_exec(work->db, claim->room->error_sql, P_INT(work->sm_id), P_TEXT(text),
		       P_INT(dms_err_info(error->id)->code));
}

/* The handler leaves the machine in a state from which it can go on. */
static dms_error *
call_failed(struct sm_claim *claim, const dms_error *error)
{
	struct sm_work *work = &claim->work;
	const char *before = work->next_state;

	if (error->is_transient || claim->transition == NULL ||
	    claim->transition->handler == NULL || claim->transition->handler->failed == NULL)
		return NULL;
	TRY(claim->transition->handler->failed(work, error));
	if (work->machine->table == NULL || work->next_state == before)
		return NULL;
	return db_exec(work->db, claim->room->changed_sql, P_INT(work->sm_id),
		       P_TEXT(work->next_state));
}

/* Row locked and unchanged, so that event and row tell the same story. */
static dms_error *
write_down(struct sm_claim *claim, const dms_error *error, const char *text, const char *results,
	   bool has_say)
{
	struct sm_work *work = &claim->work;
	struct sm_row row;
	bool is_ours;

	TRY(db_begin(work->db));
	TRY(sm_claim_lock(claim, &row));
	if (!row.is_there)
		return NULL; /* the next look ends what waits for it */
	if (row.version != claim->version || !row.is_ours) {
		TRY(sm_claim_put_back(claim));
		return db_commit(work->db);
	}
	if (error->is_transient)
		TRY(put_off(claim, text, results, &is_ours));
	else
		TRY(give_up(claim, text, results, &is_ours));
	if (!is_ours) {
		TRY(sm_claim_put_back(claim));
		return db_commit(work->db);
	}
	TRY(sm_note_attempt(claim, error, text));
	TRY(alert(claim, error, text));
	TRY(mark_row(claim, error, text));
	if (has_say)
		TRY(call_failed(claim, error));
	return db_commit(work->db);
}

/* A handler whose `failed` fails itself must not keep its event alive for ever: the second try goes
 * without it. */
bool
sm_claim_fail(struct sm_claim *claim, const dms_error *error)
{
	struct db *db = claim->work.db;
	json_t *object = dms_error_to_json(error); /* valid UTF-8, whatever a peer said */
	const char *text = json_string_value(json_object_get(object, "message"));
	char *results = json_dumps(object, JSON_COMPACT);
	bool is_written = false;

	for (int i = 0; i < 2 && !is_written; i++) {
		dms_error *failure = write_down(claim, error, text, results, i == 0);

		is_written = failure == NULL;
		if (failure != NULL)
			log_failure(LOG_ERR, "a failure could not be written down", failure,
				    F_STR("event", claim->work.event_type));
		dms_error_free(failure);
		db_rollback(db);
	}
	free(results);
	json_decref(object);
	return is_written;
}
