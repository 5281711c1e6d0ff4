/* Running events: begin, work, settle. */
#include "base/fault.h"
#include "base/log.h"
#include "base/time.h"
#include "sm/engine.h"

/* Events of one row that a worker runs before it serves another row. */
#define EVENTS_A_TURN 8

/* The oldest due event of the row, locked; `*is_due` false when there is none. */
static dms_error *
take_event(struct sm_claim *claim, bool *is_due)
{
	struct sm_work *work = &claim->work;
	struct db_result *result;

	TRY(db_query(
	    work->db, work->mem, &result,
	    "SELECT id, sm_name, type, parameters::text AS parameters, change_id, attempts,"
	    " is_bulk FROM event WHERE processed_at IS NULL AND machine = $1 AND sm_id = $2"
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
	work->is_bulk = db_bool(result, 0, "is_bulk");
	work->parameters = json_loads(db_text(result, 0, "parameters"), 0, NULL);
	work->results = json_object();
	log_context(work->change_id, work->event_id);
	return NULL;
}

/* The row is gone: what waits for it can only be ended. */
static dms_error *
end_orphans(struct sm_claim *claim)
{
	TRY(db_exec(claim->work.db,
		    "UPDATE event SET state = 'CANCELLED', processed_at = clock_timestamp(),"
		    " result_code = 220, results = '{\"message\": \"what it was for is gone\"}'"
		    " WHERE processed_at IS NULL AND machine = $1 AND sm_id = $2",
		    P_TEXT(claim->work.machine->name), P_INT(claim->work.sm_id)));
	return db_commit(claim->work.db);
}

/* Marks event and row as being worked at outside the database. */
static dms_error *
take_lease(struct sm_claim *claim)
{
	struct sm_work *work = &claim->work;
	struct db_result *result;

	if (work->machine->table == NULL || claim->transition->handler->work == NULL)
		return dms_error_new(DMS_E_INTERNAL, "%s of %s cannot be worked at outside",
				     work->event_type, work->machine->name);
	TRY(db_query(work->db, work->mem, &result, claim->room->claim_sql, P_INT(work->sm_id),
		     P_TEXT(claim->worker), P_INT(claim->engine->config->lease)));
	claim->version = db_int(result, 0, "sm_version");
	sm_lease_begins(claim);
	return db_exec(work->db,
		       "UPDATE event SET state = 'RUNNING', attempts = attempts + 1,"
		       " relay_at = clock_timestamp() + $2 * interval '1 ms' WHERE id = $1",
		       P_INT(work->event_id), P_INT(claim->engine->config->lease));
}

/* First transaction: lock, take the event, begin. `*is_taken` false: nothing due, or somebody else
 * is at it. */
static dms_error *
claim_and_begin(struct sm_claim *claim, bool *is_taken, enum sm_step *step)
{
	struct sm_work *work = &claim->work;
	struct sm_row row;

	*is_taken = false;
	TRY(db_begin(work->db));
	TRY(sm_claim_lock(claim, &row));
	if (!row.is_there)
		return end_orphans(claim);
	claim->version = row.version;
	if (row.is_ours)
		TRY(take_event(claim, is_taken));
	if (!*is_taken) {
		db_rollback(work->db);
		return NULL;
	}
	claim->has_more = true;
	TRY(sm_claim_check(claim));
	*step = SM_DONE;
	TRY(sm_claim_begin(claim, step));
	if (*step == SM_WORK)
		TRY(take_lease(claim));
	else
		TRY(sm_claim_end(claim, *step));
	FAULT_TRY(BEGIN, work->event_type);
	return db_commit(work->db);
}

/* Locks the event; false when it was cancelled while it was worked at. */
static dms_error *
is_wanted(const struct sm_work *work, bool *answer)
{
	struct db_result *result;

	TRY(db_query(work->db, work->mem, &result,
		     "SELECT processed_at IS NULL AS is_wanted FROM event WHERE id = $1 FOR UPDATE",
		     P_INT(work->event_id)));
	*answer = db_rows(result) == 1 && db_bool(result, 0, "is_wanted");
	return NULL;
}

/* Second transaction: settle, if nobody has moved the row since the claim. What was overtaken is
 * thrown away: the event runs anew from the start. */
static dms_error *
settle(struct sm_claim *claim)
{
	struct sm_work *work = &claim->work;
	enum sm_step step = SM_DONE;
	struct sm_row row;
	bool may_settle = false;

	TRY(db_begin(work->db));
	TRY(sm_claim_lock(claim, &row));
	if (!row.is_there)
		return end_orphans(claim);
	if (row.version == claim->version)
		TRY(is_wanted(work, &may_settle));
	if (!may_settle) {
		log_info("overtaken or cancelled", F_STR("event", work->event_type),
			 F_STR("name", work->sm_name));
		TRY(sm_claim_put_back(claim));
		return db_commit(work->db);
	}
	TRY(claim->transition->handler->settle(work, &step));
	TRY(sm_claim_end(claim, step));
	FAULT_TRY(SETTLE, work->event_type);
	return db_commit(work->db);
}

static dms_error *
work_and_settle(struct sm_claim *claim)
{
	FAULT_TRY(CLAIMED, claim->work.event_type);
	TRY(claim->transition->handler->work(&claim->work));
	FAULT_TRY(WORKED, claim->work.event_type);
	return settle(claim);
}

/* Whether to look for more. Without the database nothing can be written down, and nothing is lost:
 * the relay comes back to what is pending. */
static bool
run_one(struct sm_engine *engine, const struct sm_room *room, struct worker *worker, int64_t sm_id)
{
	struct sm_claim *claim = sm_claim_new(engine, room, worker, sm_id);
	enum sm_step step = SM_DONE;
	bool is_taken;
	bool has_more;
	dms_error *error = claim_and_begin(claim, &is_taken, &step);

	if (error == NULL && is_taken && step == SM_WORK)
		error = work_and_settle(claim);
	if (is_taken || error != NULL)
		sm_claim_report(claim, error);
	if (is_taken && error == NULL)
		FAULT_RUN(ENDED, claim->work.event_type);
	has_more = claim->has_more;
	if (error != NULL) {
		db_rollback(worker->db);
		has_more = is_taken && sm_claim_fail(claim, error);
	}
	dms_error_free(error);
	sm_claim_free(claim);
	return has_more;
}

bool
sm_run(struct sm_engine *engine, const struct sm_room *room, struct worker *worker, int64_t sm_id)
{
	for (int i = 0; i < EVENTS_A_TURN; i++)
		if (!run_one(engine, room, worker, sm_id))
			return false;
	return true;
}
