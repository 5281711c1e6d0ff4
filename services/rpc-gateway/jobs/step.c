/* One step of a job: as many items as fit into a short transaction. */
#include "base/time.h"
#include "jobs/jobs.h"

/* Rows that it locks are locked no longer than this, about; an edit of one of them waits for it. */
#define STEP_US      20000
#define ITEMS_A_STEP 100
#define SWEPT_A_STEP 500

static dms_error *
next_items(struct job_run *run, struct job_items *items)
{
	struct db_result *rows;

	if (run->kind->next != NULL)
		return run->kind->next(run, ITEMS_A_STEP, items);
	TRY(db_query(run->db, run->mem, &rows, run->kind->next_sql, P_INT(run->position),
		     P_INT(ITEMS_A_STEP), P_INT(run->id)));
	items->count = (size_t)db_rows(rows);
	items->ids = talloc_array(run->mem, int64_t, items->count + 1);
	items->names = talloc_array(run->mem, const char *, items->count + 1);
	for (size_t i = 0; i < items->count; i++) {
		items->ids[i] = db_int(rows, (int)i, "id");
		items->names[i] = db_text(rows, (int)i, "name");
	}
	return NULL;
}

dms_error *
job_post(struct job_run *run, const char *event, int64_t id, const char *name)
{
	return sm_post(run->db, run->bus,
		       &(struct sm_event){
			   .machine = "zone",
			   .sm_id = id,
			   .sm_name = name,
			   .type = event,
			   .parameters = json_object_get(run->part, "parameters"),
			   .change_id = run->change_id,
			   .is_bulk = true,
		       },
		       NULL);
}

/* One item that fails leaves nothing of itself behind; messages that it wanted sent are knocks for
 * events that are not there. */
static dms_error *
do_item(struct job_run *run, int64_t id, const char *name)
{
	int64_t amount = 1;
	dms_error *error;

	TRY(db_exec(run->db, "SAVEPOINT item"));
	error = run->kind->item != NULL ? run->kind->item(run, id, name, &amount)
					: job_post(run, run->kind->event, id, name);
	if (error != NULL && error->is_transient)
		return error;
	if (error != NULL) {
		dms_error *undone = db_exec(run->db, "ROLLBACK TO SAVEPOINT item");

		if (undone == NULL)
			undone = job_note_failure(run, name != NULL ? name : "", error);
		dms_error_free(error);
		TRY(undone);
		amount = 0;
	}
	TRY(db_exec(run->db, "RELEASE SAVEPOINT item"));
	run->done++;
	return job_count(run, run->kind->name, amount);
}

static dms_error *
do_items(struct job_run *run, bool *is_part_over)
{
	int64_t started = monotonic_us();
	struct job_items items = {0};
	size_t i;

	TRY(next_items(run, &items));
	for (i = 0; i < items.count && monotonic_us() - started < STEP_US; i++) {
		TRY(do_item(run, items.ids[i], items.names != NULL ? items.names[i] : NULL));
		run->position = items.ids[i];
	}
	*is_part_over = i == items.count && items.count < ITEMS_A_STEP;
	return NULL;
}

static dms_error *
sweep(struct job_run *run, bool *is_part_over)
{
	struct db_result *rows;
	char *part = json_dumps(run->part, JSON_COMPACT);
	dms_error *error = db_query(run->db, run->mem, &rows, run->kind->sweep_sql, P_TEXT(part),
				    P_INT(SWEPT_A_STEP));
	int64_t swept = error == NULL ? db_affected(rows) : 0;

	free(part);
	TRY(error);
	run->done += swept;
	*is_part_over = swept < SWEPT_A_STEP;
	return job_count(run, run->kind->name, swept);
}

dms_error *
job_step(struct job_run *run, bool *is_over)
{
	bool is_part_over;

	run->part = json_array_get(run->parts, (size_t)run->part_number);
	run->kind = job_kind_find(json_string_value(json_object_get(run->part, "kind")));
	if (run->kind == NULL)
		return dms_error_new(DMS_E_INTERNAL, "job %lld: part %lld is of no known kind",
				     (long long)run->id, (long long)run->part_number);
	TRY(run->kind->sweep_sql != NULL ? sweep(run, &is_part_over)
					 : do_items(run, &is_part_over));
	if (is_part_over) {
		run->part_number++;
		run->position = 0;
	}
	*is_over = (size_t)run->part_number >= json_array_size(run->parts);
	return job_save(run);
}
