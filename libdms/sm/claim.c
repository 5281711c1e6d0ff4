#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "proto/fact.pb-c.h"
#include "sm/engine.h"

dms_error *
sm_absorb(struct sm_work *work, const char *type, json_t **parameters)
{
	struct sm_claim *claim = work->claim;
	struct db_result *result;
	json_t *list = json_array();

	TRY(db_query(work->db, work->mem, &result,
		     "SELECT id, change_id, parameters::text AS parameters FROM event"
		     " WHERE processed_at IS NULL AND machine = $1 AND sm_id = $2 AND type = $3"
		     " AND id <> $4 AND due_at <= clock_timestamp() ORDER BY id FOR UPDATE",
		     P_TEXT(work->machine->name), P_INT(work->sm_id), P_TEXT(type),
		     P_INT(work->event_id)));
	claim->absorbed = talloc_realloc(claim, claim->absorbed, int64_t,
					 (unsigned)(claim->absorbed_count + db_rows(result)));
	for (int i = 0; i < db_rows(result); i++) {
		int64_t change_id = db_int(result, i, "change_id");

		claim->absorbed[claim->absorbed_count++] = db_int(result, i, "id");
		if (change_id > work->change_id)
			work->change_id = change_id;
		json_array_append_new(list, json_loads(db_text(result, i, "parameters"), 0, NULL));
	}
	if (parameters != NULL)
		*parameters = list;
	else
		json_decref(list);
	return NULL;
}

dms_error *
sm_claim_end(struct sm_claim *claim, enum sm_step step)
{
	struct sm_work *work = &claim->work;
	char *results = json_dumps(work->results, JSON_COMPACT);
	dms_error *error;

	error = db_exec(work->db,
			"UPDATE event SET state = 'SUCCESS', processed_at = clock_timestamp(),"
			" attempts = greatest(attempts, $2), result_code = $3, results = $4::jsonb"
			" WHERE id = $1",
			P_INT(work->event_id), P_INT(work->attempt),
			P_INT(step == SM_NO_CHANGE ? 220 : 200), P_TEXT(results));
	free(results);
	TRY(error);
	if (claim->absorbed_count > 0)
		TRY(db_exec(
		    work->db,
		    "UPDATE event SET state = 'SUCCESS', processed_at = clock_timestamp(),"
		    " result_code = 200, results = jsonb_build_object('absorbed_by', $2::bigint)"
		    " WHERE id = ANY($1) AND processed_at IS NULL",
		    P_INTS(claim->absorbed, (size_t)claim->absorbed_count), P_INT(work->event_id)));
	if (work->machine->table == NULL)
		return NULL;
	return db_exec(work->db, claim->room->done_sql, P_INT(work->sm_id),
		       P_TEXT(work->next_state));
}

/* Somebody should look: said once when patience ends, and again at every doubling. */
static dms_error *
alert(struct sm_claim *claim, const dms_error *error)
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
	fact.error = error->message;
	fact.code = dms_err_info(error->id)->code;
	return sm_fact(work->db, work->bus, "system", "Alert", &fact.base, work->change_id);
}

/* The event is tried again later, or has failed for good. */
static dms_error *
put_off_or_fail(struct sm_claim *claim, const dms_error *error)
{
	struct sm_work *work = &claim->work;
	const struct dms_config *config = claim->engine->config;
	int64_t delay_ms = backoff_ms(config->retry_first, config->retry_max, work->attempt);
	json_t *results = dms_error_to_json(error);
	char *text = json_dumps(results, JSON_COMPACT);
	dms_error *failure;

	failure = db_exec(
	    work->db,
	    "UPDATE event SET state = CASE WHEN $2 THEN 'RETRY' ELSE 'FAILURE' END,"
	    " attempts = greatest(attempts, $3), last_error = $4, results = $5::jsonb,"
	    " result_code = CASE WHEN $2 THEN 450 ELSE 550 END,"
	    " due_at = CASE WHEN $2 THEN clock_timestamp() + $6 * interval '1 ms' ELSE due_at END,"
	    " relay_at = CASE WHEN $2 THEN clock_timestamp() + $6 * interval '1 ms' ELSE relay_at "
	    "END,"
	    " processed_at = CASE WHEN $2 THEN NULL ELSE clock_timestamp() END"
	    " WHERE id = $1",
	    P_INT(work->event_id), P_BOOL(error->is_transient), P_INT(work->attempt),
	    P_TEXT(error->message), P_TEXT(text), P_INT(delay_ms));
	free(text);
	json_decref(results);
	TRY(failure);
	return db_exec(work->db,
		       "INSERT INTO event_attempt (event_id, attempt, worker, code, error)"
		       " VALUES ($1, $2, $3, $4, $5)",
		       P_INT(work->event_id), P_INT(work->attempt), P_TEXT(claim->worker),
		       P_INT(dms_err_info(error->id)->code), P_TEXT(error->message));
}

static dms_error *
write_failure(struct sm_claim *claim, const dms_error *error)
{
	struct sm_work *work = &claim->work;
	const struct sm_handler *handler =
	    claim->transition != NULL ? claim->transition->handler : NULL;
	struct db_result *result;

	TRY(db_begin(work->db));
	if (claim->room->machine->table != NULL) {
		TRY(db_query(work->db, work->mem, &result, claim->room->lock_sql,
			     P_INT(work->sm_id)));
		if (db_rows(result) == 0)
			return NULL;
		work->next_state = db_text(result, 0, "state");
		/* Overtaken while it failed: the row is somebody else's now; the event runs anew.
		 */
		if (db_int(result, 0, "sm_version") != claim->version) {
			TRY(db_exec(work->db,
				    "UPDATE event SET state = 'RETRY', relay_at = clock_timestamp()"
				    " WHERE id = $1 AND processed_at IS NULL",
				    P_INT(work->event_id)));
			return db_commit(work->db);
		}
	}
	TRY(put_off_or_fail(claim, error));
	TRY(alert(claim, error));
	if (claim->room->machine->table != NULL)
		TRY(db_exec(work->db, claim->room->error_sql, P_INT(work->sm_id),
			    P_TEXT(error->message), P_INT(dms_err_info(error->id)->code)));
	if (!error->is_transient && handler != NULL && handler->failed != NULL) {
		work->state = work->next_state;
		TRY(handler->failed(work, error));
		if (claim->room->machine->table != NULL && work->next_state != work->state)
			TRY(db_exec(work->db, claim->room->changed_sql, P_INT(work->sm_id),
				    P_TEXT(work->next_state)));
	}
	return db_commit(work->db);
}

void
sm_claim_fail(struct sm_claim *claim, const dms_error *error)
{
	dms_error *failure = write_failure(claim, error);

	if (failure != NULL)
		log_failure(LOG_ERR, "a failure could not be written down", failure,
			    F_STR("event", claim->work.event_type));
	dms_error_free(failure);
	db_rollback(claim->work.db);
}
