/* One event on its way: the row it is for, and the other events it takes along. */
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "sm/engine.h"

struct sm_claim *
sm_claim_new(struct sm_engine *engine, const struct sm_room *room, struct worker *worker,
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

void
sm_claim_free(struct sm_claim *claim)
{
	sm_lease_ends(claim);
	json_decref(claim->work.parameters);
	json_decref(claim->work.results);
	log_context(0, 0);
	talloc_free(claim);
}

dms_error *
sm_claim_lock(struct sm_claim *claim, struct sm_row *row)
{
	struct sm_work *work = &claim->work;
	struct db_result *result;

	*row = (struct sm_row){.is_there = true, .is_ours = true};
	if (claim->room->machine->table == NULL) {
		work->state = work->next_state = "";
		return db_exec(work->db, "SELECT pg_advisory_xact_lock(hashtextextended($1, $2))",
			       P_TEXT(claim->room->machine->name), P_INT(work->sm_id));
	}
	TRY(db_query(work->db, work->mem, &result, claim->room->lock_sql, P_INT(work->sm_id)));
	row->is_there = db_rows(result) == 1;
	if (!row->is_there)
		return NULL;
	work->state = work->next_state = db_text(result, 0, "state");
	row->version = db_int(result, 0, "sm_version");
	row->is_ours = !db_bool(result, 0, "is_leased") ||
		       strcmp(db_text(result, 0, "lease_worker"), claim->worker) == 0;
	return NULL;
}

/* Says no in the words of the table. */
static dms_error *
refuse(const struct sm_work *work, const struct sm_transition *transition)
{
	const char *key = work->machine->name_key;
	dms_error *error;

	if (transition == NULL) {
		error = dms_error_new(DMS_E_ILLEGAL_EVENT, "%s %s: %s is not possible in state %s",
				      work->machine->name, work->sm_name, work->event_type,
				      work->state);
	} else {
		error =
		    dms_error_new(transition->refusal, "%s %s in state %s: %s", work->machine->name,
				  work->sm_name, work->state, transition->what);
		dms_error_put_str(error, "reason", transition->reason);
	}
	if (key != NULL)
		dms_error_put_str(error, key, work->sm_name);
	dms_error_put_str(error, "event_type", work->event_type);
	return dms_error_put_str(error, "state", work->state);
}

dms_error *
sm_claim_check(struct sm_claim *claim)
{
	struct sm_work *work = &claim->work;
	const struct sm_transition *transition =
	    sm_find(work->machine, work->state, work->event_type);

	if (transition == NULL || transition->refusal != DMS_OK)
		return refuse(work, transition);
	claim->transition = transition;
	return NULL;
}

dms_error *
sm_claim_begin(struct sm_claim *claim, enum sm_step *step)
{
	const struct sm_transition *transition = claim->transition;

	if (transition->handler != NULL)
		return transition->handler->begin(&claim->work, step);
	*step = SM_NO_CHANGE;
	json_object_set_new(claim->work.results, "message", json_string(transition->what));
	return NULL;
}

/* Remembers what a query of pending events found; the newest change is the one that counts. */
static void
take_along(struct sm_claim *claim, const struct db_result *result, json_t *list)
{
	struct sm_work *work = &claim->work;
	int count = db_rows(result);

	if (count == 0)
		return;
	claim->absorbed = talloc_realloc(claim, claim->absorbed, int64_t,
					 (unsigned)(claim->absorbed_count + count));
	for (int i = 0; i < count; i++) {
		int64_t change_id = db_int(result, i, "change_id");

		claim->absorbed[claim->absorbed_count++] = db_int(result, i, "id");
		if (change_id > work->change_id)
			work->change_id = change_id;
		if (list != NULL)
			json_array_append_new(
			    list, json_loads(db_text(result, i, "parameters"), 0, NULL));
	}
}

dms_error *
sm_absorb(struct sm_work *work, const char *type, json_t **parameters)
{
	struct db_result *result;

	TRY(db_query(work->db, work->mem, &result,
		     "SELECT id, change_id, parameters::text AS parameters FROM event"
		     " WHERE processed_at IS NULL AND machine = $1 AND sm_id = $2 AND type = $3"
		     " AND id <> $4 AND (due_at <= clock_timestamp() OR state = 'RETRY')"
		     " ORDER BY id FOR UPDATE",
		     P_TEXT(work->machine->name), P_INT(work->sm_id), P_TEXT(type),
		     P_INT(work->event_id)));
	if (parameters != NULL)
		*parameters = json_array();
	take_along(work->claim, result, parameters != NULL ? *parameters : NULL);
	return NULL;
}

dms_error *
sm_is_mine(struct sm_work *work, bool *is_mine)
{
	const struct sm_claim *claim = work->claim;
	struct db_result *row;

	TRY(db_query(work->db, work->mem, &row, claim->room->version_sql, P_INT(work->sm_id)));
	*is_mine = db_rows(row) == 1 && db_int(row, 0, "sm_version") == claim->version;
	return NULL;
}

void
sm_claim_report(const struct sm_claim *claim, const dms_error *error)
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
