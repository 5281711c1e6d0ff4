/* A job's row, and what is told of it. */
#include "base/log.h"
#include "jobs/jobs.h"
#include "proto/fact.pb-c.h"

/* More of them would only be counted. */
#define FAILURES_MAX 1000
/* Between two facts about one job. */
#define TELL_MS 500

static int
release_json(json_t **json)
{
	json_decref(*json);
	return 0;
}

dms_error *
job_load(struct sm_work *work, struct job_run *run)
{
	struct service *service = work->service;
	struct db_result *row;
	json_t **holder;

	TRY(db_query(work->db, work->mem, &row,
		     "SELECT j.name, j.parts::text AS parts, j.part, j.position, j.done, j.failed,"
		     " j.change_id, c.access_point, c.actor, c.source,"
		     " coalesce(j.told_at > clock_timestamp() - $2 * interval '1 ms', false)"
		     "  AS is_told"
		     " FROM job j JOIN change c ON c.id = j.change_id WHERE j.id = $1",
		     P_INT(work->sm_id), P_INT(TELL_MS)));
	*run = (struct job_run){
	    .mem = work->mem,
	    .db = work->db,
	    .bus = work->bus,
	    .gateway = service->mine,
	    .id = work->sm_id,
	    .name = db_text(row, 0, "name"),
	    .state = work->state,
	    .parts = json_loads(db_text(row, 0, "parts"), 0, NULL),
	    .part_number = db_int(row, 0, "part"),
	    .position = db_int(row, 0, "position"),
	    .done = db_int(row, 0, "done"),
	    .failed = db_int(row, 0, "failed"),
	    .change_id = db_int(row, 0, "change_id"),
	    .access_point = db_text(row, 0, "access_point"),
	    .actor = db_text(row, 0, "actor"),
	    .source = db_text(row, 0, "source"),
	    .is_told = db_bool(row, 0, "is_told"),
	};
	holder = talloc(work->mem, json_t *);
	*holder = run->parts;
	talloc_set_destructor(holder, release_json);
	return NULL;
}

dms_error *
job_save(struct job_run *run)
{
	return db_exec(run->db,
		       "UPDATE job SET part = $2, position = $3, done = $4, failed = $5"
		       " WHERE id = $1",
		       P_INT(run->id), P_INT(run->part_number), P_INT(run->position),
		       P_INT(run->done), P_INT(run->failed));
}

dms_error *
job_count(struct job_run *run, const char *kind, int64_t amount)
{
	if (amount == 0)
		return NULL;
	return db_exec(run->db,
		       "UPDATE job SET results = jsonb_set(results, ARRAY[$2::text],"
		       " to_jsonb(coalesce((results ->> $2::text)::bigint, 0) + $3::bigint))"
		       " WHERE id = $1",
		       P_INT(run->id), P_TEXT(kind), P_INT(amount));
}

dms_error *
job_note_failure(struct job_run *run, const char *name, const dms_error *error)
{
	log_failure(LOG_NOTICE, "a job could not do one", error, F_STR("job", run->name),
		    F_INT("job_id", run->id), F_STR("name", name));
	if (run->failed++ >= FAILURES_MAX)
		return NULL;
	return db_exec(run->db,
		       "INSERT INTO job_failure (job_id, name, code, error)"
		       " VALUES ($1, $2, $3, $4)",
		       P_INT(run->id), P_TEXT(name), P_INT(dms_err_info(error->id)->code),
		       P_TEXT(error->message));
}

/* The words are those of index event_bulk_pending. */
static const char pending_sql[] =
    "SELECT count(*) FROM event WHERE change_id = $1 AND is_bulk AND machine <> 'job'"
    " AND coalesce(processed_at, 'infinity'::timestamptz) = 'infinity'::timestamptz";

dms_error *
job_moving(struct job_run *run, int64_t *count)
{
	struct db_result *row;
	size_t i;
	const json_t *part;

	TRY(db_query(run->db, run->mem, &row, pending_sql, P_INT(run->change_id)));
	*count = db_int(row, 0, "count");
	json_array_foreach (run->parts, i, part) {
		const struct job_kind *kind =
		    job_kind_find(json_string_value(json_object_get(part, "kind")));

		if (kind == NULL || kind->moving_sql == NULL)
			continue;
		TRY(db_query(run->db, run->mem, &row, kind->moving_sql, P_INT(run->change_id)));
		*count += db_int(row, 0, "count");
	}
	return NULL;
}

dms_error *
job_tell(struct job_run *run, const char *state, bool is_due)
{
	Dms__JobProgress fact = DMS__JOB_PROGRESS__INIT;
	struct db_result *row;

	if (run->is_told && !is_due)
		return NULL;
	TRY(db_query(run->db, run->mem, &row,
		     "UPDATE job SET told_at = clock_timestamp() WHERE id = $1"
		     " RETURNING coalesce(total, -1) AS total",
		     P_INT(run->id)));
	fact.job_id = run->id;
	fact.name = (char *)run->name;
	fact.state = (char *)state;
	fact.total = db_int(row, 0, "total");
	fact.done = run->done;
	fact.failed = run->failed;
	fact.change_id = run->change_id;
	return sm_fact(run->db, run->bus, "system", "JobProgress", &fact.base, run->change_id);
}
