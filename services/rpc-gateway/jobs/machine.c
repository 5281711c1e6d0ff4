/* The life of a job. */
#include "jobs/jobs.h"

/* Events and zones of a job that may be on their way at once. More would only stand in line, where
 * a cancelled job has to take them back and an interactive event on the way they share has to wait
 * for them. */
#define MOVING_MAX 200
/* When to look again at what is on its way; not on the way of anything. */
#define LOOK_FIRST_MS   50
#define LOOK_LONGEST_MS 2000

static dms_error *
post_step(struct sm_work *work, int64_t pause_ms)
{
	json_t *parameters = json_pack("{s:I}", "pause_ms", (json_int_t)pause_ms);
	dms_error *error = sm_post_next(work, (struct sm_event){
						  .machine = "job",
						  .sm_id = work->sm_id,
						  .sm_name = work->sm_name,
						  .type = "JobStep",
						  .parameters = parameters,
						  .delay_ms = pause_ms,
						  .is_bulk = true,
					      });

	json_decref(parameters);
	return error;
}

/* Each time twice as long. */
static dms_error *
look_later(struct sm_work *work)
{
	int64_t last = json_integer_value(json_object_get(work->parameters, "pause_ms"));
	int64_t pause = last == 0 ? LOOK_FIRST_MS : last * 2;

	return post_step(work, pause < LOOK_LONGEST_MS ? pause : LOOK_LONGEST_MS);
}

/* What became of the events it posted is known now. */
static dms_error *
count_failures(struct job_run *run)
{
	struct db_result *row;

	TRY(db_query(
	    run->db, run->mem, &row,
	    "WITH failed AS (SELECT id, sm_name, coalesce(last_error, type) AS error"
	    "  FROM event WHERE change_id = $2 AND state = 'FAILURE' AND machine <> 'job'),"
	    " noted AS (INSERT INTO job_failure (job_id, name, code, error)"
	    "  SELECT $1, sm_name, coalesce((SELECT code FROM event_attempt a"
	    "   WHERE a.event_id = f.id ORDER BY attempt DESC LIMIT 1), 0), error"
	    "  FROM failed f ORDER BY id LIMIT 1000)"
	    " SELECT count(*) FROM failed",
	    P_INT(run->id), P_INT(run->change_id)));
	run->failed += db_int(row, 0, "count");
	return job_save(run);
}

static dms_error *
end(struct sm_work *work, struct job_run *run, const char *state)
{
	TRY(db_exec(work->db,
		    "UPDATE job SET state = $2, ended_at = clock_timestamp() WHERE id = $1",
		    P_INT(run->id), P_TEXT(state)));
	TRY(db_exec(work->db, "DELETE FROM job_item WHERE job_id = $1", P_INT(run->id)));
	sm_goto(work, state);
	return job_tell(run, state, true);
}

static dms_error *
step_begin(struct sm_work *work, enum sm_step *step)
{
	struct job_run run;
	int64_t moving = 0;
	bool is_over = false;

	*step = SM_DONE;
	TRY(job_load(work, &run));
	TRY(job_moving(&run, &moving));
	if (moving >= MOVING_MAX) {
		*step = SM_NO_CHANGE;
		return look_later(work);
	}
	TRY(job_step(&run, &is_over));
	if (is_over)
		sm_goto(work, "FINISHING");
	TRY(job_tell(&run, work->next_state, is_over));
	return post_step(work, 0);
}

static dms_error *
finish_begin(struct sm_work *work, enum sm_step *step)
{
	struct job_run run;
	int64_t moving = 0;

	TRY(job_load(work, &run));
	TRY(job_moving(&run, &moving));
	if (moving > 0) {
		*step = SM_NO_CHANGE;
		TRY(job_tell(&run, work->state, false));
		return look_later(work);
	}
	*step = SM_DONE;
	TRY(count_failures(&run));
	return end(work, &run, "DONE");
}

/* What has begun goes its way; what only waits for its turn is taken back, but for new zones, which
 * are there. Those that somebody holds are about to run. */
static dms_error *
cancel_begin(struct sm_work *work, enum sm_step *step)
{
	struct job_run run;

	*step = SM_DONE;
	TRY(job_load(work, &run));
	TRY(db_exec(work->db,
		    "UPDATE event SET state = 'CANCELLED', processed_at = clock_timestamp(),"
		    " result_code = 220, results = '{\"message\": \"its job was cancelled\"}'"
		    " WHERE id IN (SELECT id FROM event WHERE change_id = $1 AND is_bulk"
		    "  AND machine <> 'job' AND type <> 'ZoneSMConfig'"
		    "  AND coalesce(processed_at, 'infinity'::timestamptz) ="
		    "   'infinity'::timestamptz AND state = 'NEW' FOR UPDATE SKIP LOCKED)",
		    P_INT(run.change_id)));
	TRY(count_failures(&run));
	return end(work, &run, "CANCELLED");
}

static dms_error *
failed(struct sm_work *work, const dms_error *error)
{
	struct job_run run;

	(void)error; /* the engine notes it */
	TRY(job_load(work, &run));
	return end(work, &run, "FAILED");
}

static const struct sm_handler on_step = {.begin = step_begin, .failed = failed};
static const struct sm_handler on_finish = {.begin = finish_begin, .failed = failed};
static const struct sm_handler on_cancel = {.begin = cancel_begin, .failed = failed};

#define ENDED "DONE CANCELLED FAILED"

static const struct sm_transition transitions[] = {
    SM_OVERTAKEN("COLLECTING", "JobStep", "it is still being told what to do"),
    SM_ON("RUNNING", "JobStep", on_step, "RUNNING FINISHING FAILED",
	  "some more items, unless too much of it is on its way already"),
    SM_ON("FINISHING", "JobStep", on_finish, "FINISHING DONE FAILED",
	  "whether all that it has posted has ended"),
    SM_OVERTAKEN(ENDED, "JobStep", "it has ended"),

    SM_ON("COLLECTING RUNNING FINISHING", "JobCancel", on_cancel, "CANCELLED FAILED",
	  "no more items; events of it that have not begun are cancelled"),
    SM_OVERTAKEN(ENDED, "JobCancel", "it has ended"),
    {0},
};

static const char revive_sql[] =
    "SELECT j.id, j.name, j.change_id, 'JobStep' AS event_type,"
    " 'state ' || j.state || ', nothing pending' AS why FROM job j"
    " WHERE j.state IN ('RUNNING', 'FINISHING') AND NOT EXISTS (SELECT FROM event e"
    "  WHERE e.machine = 'job' AND e.sm_id = j.id AND e.processed_at IS NULL) LIMIT 1000";

const struct sm_machine job_machine = {
    .name = "job",
    .table = "job",
    .transitions = transitions,
    .states = "COLLECTING RUNNING FINISHING " ENDED,
    .about = "Work on many things at once (`services/rpc-gateway/jobs`).",
    .name_key = "job",
    .revive_sql = revive_sql,
};
