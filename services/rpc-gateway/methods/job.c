/* Jobs: list, show, wait, cancel; and how a method begins one. */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "jobs/jobs.h"
#include "methods/job_parts.h"
#include "model/shape.h"

#define LIMIT_MAX      10000
#define FAILURES_SHOWN 100

#define JOB_SELECT                                                                            \
	"SELECT j.id, j.name, j.state, j.parts::text AS parts, j.part,"                       \
	" coalesce(j.total, -1) AS total, j.done, j.failed, j.results::text AS results,"      \
	" (SELECT sum(v::bigint)::bigint FROM jsonb_each_text(j.results) r(k, v)) AS amount," \
	" j.change_id, j.last_error, c.actor, " UTC_TEXT("j.ctime") " AS ctime, " UTC_TEXT(   \
	    "j.ended_at") " AS ended_at FROM job j JOIN change c ON c.id = j.change_id "

bool
job_has_ended(const char *state)
{
	return strcmp(state, "DONE") == 0 || strcmp(state, "CANCELLED") == 0 ||
	       strcmp(state, "FAILED") == 0;
}

/* What the parts are called, in order. */
static json_t *
kinds_of(const json_t *parts)
{
	json_t *kinds = json_array(), *part;
	size_t i;
	json_array_foreach (parts, i, part)
		json_array_append(kinds, json_object_get(part, "kind"));
	return kinds;
}

static json_t *
job_to_json(const struct db_result *rows, int row)
{
	const char *state = db_text(rows, row, "state");
	int64_t total = db_int(rows, row, "total");
	json_t *parts = shape_json(db_text(rows, row, "parts"));
	json_t *kinds = kinds_of(parts);
	json_t *now = json_array_get(kinds, (size_t)db_int(rows, row, "part"));
	json_t *job = json_pack(
	    "{s:I,s:s,s:s,s:b,s:o?,s:o,s:I,s:I,s:I,s:o,s:I,s:o,s:s,s:s,s:o}", "job_id",
	    (json_int_t)db_int(rows, row, "id"), "name", db_text(rows, row, "name"), "state", state,
	    "has_ended", job_has_ended(state), "kind", now == NULL ? json_null() : json_incref(now),
	    "total", total < 0 ? json_null() : json_integer(total), "done",
	    (json_int_t)db_int(rows, row, "done"), "failed",
	    (json_int_t)db_int(rows, row, "failed"), "num_deleted",
	    (json_int_t)db_int(rows, row, "amount"), "results",
	    shape_json(db_text(rows, row, "results")), "change_id",
	    (json_int_t)db_int(rows, row, "change_id"), "last_error",
	    shape_text(db_text(rows, row, "last_error")), "actor", db_text(rows, row, "actor"),
	    "ctime", db_text(rows, row, "ctime"), "ended_at",
	    shape_text(db_text(rows, row, "ended_at")));
	/* Only what deletes has deleted anything. */
	if (strncmp(db_text(rows, row, "name"), "vacuum", strlen("vacuum")) != 0)
		json_object_del(job, "num_deleted");
	json_decref(kinds);
	json_decref(parts);
	return job;
}

static dms_error *
not_found(int64_t job_id)
{
	return dms_error_put_int(
	    dms_error_new(DMS_E_JOB_NOT_FOUND, "there is no job %lld", (long long)job_id), "job_id",
	    job_id);
}

dms_error *
job_state(struct rpc_call *call, int64_t job_id, bool is_change, const char **state)
{
	struct db_result *row = NULL;
	*state = "";
	TRY(db_query(call->db, call->mem, &row,
		     is_change ? "SELECT state FROM job WHERE id = $1 FOR NO KEY UPDATE"
			       : "SELECT state FROM job WHERE id = $1",
		     P_INT(job_id)));
	if (db_rows(row) == 0)
		return not_found(job_id);
	*state = db_text(row, 0, "state");
	return NULL;
}

static dms_error *
load(struct rpc_call *call, TALLOC_CTX *mem, int64_t job_id, json_t **job)
{
	struct db_result *rows = NULL;
	TRY(db_query(call->db, mem, &rows, JOB_SELECT "WHERE j.id = $1", P_INT(job_id)));
	if (db_rows(rows) == 0)
		return not_found(job_id);
	*job = job_to_json(rows, 0);
	return NULL;
}

dms_error *
rpc_list_jobs(struct rpc_call *call)
{
	struct db_result *rows = NULL;
	int64_t limit = 0;
	TRY(param_range(call, "last_limit", 25, 1, LIMIT_MAX, &limit));
	TRY(db_query(call->db, call->mem, &rows,
		     JOB_SELECT "WHERE NOT $2::boolean OR j.ended_at IS NULL "
				"ORDER BY j.id DESC LIMIT $1",
		     P_INT(limit), P_BOOL(call_boolean(call, "show_active", false))));
	call->result = json_array();
	for (int i = 0; i < db_rows(rows); i++)
		json_array_append_new(call->result, job_to_json(rows, i));
	return NULL;
}

dms_error *
rpc_show_job(struct rpc_call *call)
{
	int64_t job_id = call_integer(call, "job_id", 0);
	struct db_result *rows = NULL;
	TRY(load(call, call->mem, job_id, &call->result));
	json_t *failures = json_array();
	json_object_set_new(call->result, "failures", failures);
	TRY(db_query(call->db, call->mem, &rows,
		     "SELECT name, code, error FROM job_failure WHERE job_id = $1 "
		     "ORDER BY id LIMIT $2",
		     P_INT(job_id), P_INT(FAILURES_SHOWN)));
	for (int i = 0; i < db_rows(rows); i++)
		json_array_append_new(failures,
				      json_pack("{s:s,s:I,s:s}", "name", db_text(rows, i, "name"),
						"code", (json_int_t)db_int(rows, i, "code"),
						"message", db_text(rows, i, "error")));
	return NULL;
}

/* What a parked call waits for. */
struct waiting {
	int64_t job_id;
	int64_t seen_done; /* -1: only its end */
};

static dms_error *
look(struct rpc_call *call)
{
	const struct waiting *waiting = call->mine;
	TALLOC_CTX *mem = talloc_new(call->mem);
	json_t *job = NULL;
	dms_error *error = load(call, mem, waiting->job_id, &job);
	talloc_free(mem);
	TRY(error);
	int64_t done = json_integer_value(json_object_get(job, "done"));
	bool is_news = waiting->seen_done >= 0 && done != waiting->seen_done;
	if (!is_news && !json_is_true(json_object_get(job, "has_ended")) && !call->is_deadline) {
		json_decref(job);
		return NULL;
	}
	json_object_set_new(job, "waited_ms", json_integer(elapsed_ms(call->started_us)));
	call->result = job;
	return NULL;
}

dms_error *
job_wait(struct rpc_call *call, int64_t job_id, int64_t seen_done, int64_t otherwise_ms)
{
	struct waiting *waiting = talloc_zero(call->mem, struct waiting);
	int64_t timeout_ms = 0;
	TRY(param_range(call, "timeout_ms", otherwise_ms, 0, 300000, &timeout_ms));
	*waiting = (struct waiting){.job_id = job_id, .seen_done = seen_done};
	call->mine = waiting;
	call->wait = talloc_zero(call->mem, struct rpc_wait);
	call->wait->zone_id = RPC_WAIT_JOB(job_id);
	call->wait->deadline_us = call->started_us + timeout_ms * 1000;
	call->is_deadline = timeout_ms == 0;
	call->again = look;
	return look(call);
}

dms_error *
rpc_wait_job(struct rpc_call *call)
{
	return job_wait(call, call_integer(call, "job_id", 0), call_integer(call, "seen_done", -1),
			30000);
}

static dms_error *
post(struct rpc_call *call, int64_t job_id, const char *name, const char *type)
{
	struct sm_event event = {
	    .machine = "job",
	    .sm_id = job_id,
	    .sm_name = name,
	    .type = type,
	    .change_id = call->change_id,
	    .is_bulk = true,
	};
	return sm_post(call->db, call->bus, &event, NULL);
}

dms_error *
job_post_step(struct rpc_call *call, int64_t job_id, const char *name)
{
	return post(call, job_id, name, "JobStep");
}

dms_error *
rpc_cancel_job(struct rpc_call *call)
{
	int64_t job_id = call_integer(call, "job_id", 0);
	const char *state = NULL;
	TRY(job_state(call, job_id, true, &state));
	if (job_has_ended(state))
		return dms_error_put_str(
		    dms_error_put_int(dms_error_new(DMS_E_JOB_ENDED, "job %lld has ended: %s",
						    (long long)job_id, state),
				      "job_id", job_id),
		    "state", state);
	char *name = talloc_asprintf(call->mem, "%lld", (long long)job_id);
	TRY(post(call, job_id, name, "JobCancel"));
	TRY(describe(call, "job", name, json_pack("{s:s}", "state", state), NULL));
	return job_wait(call, job_id, -1, 30000);
}

/* How many items all parts have; -1 when that is not known of one. */
static dms_error *
count_items(struct rpc_call *call, int64_t job_id, const json_t *parts, int64_t *total)
{
	const json_t *part = NULL;
	size_t i = 0;
	*total = 0;
	json_array_foreach (parts, i, part) {
		const char *name = json_string_value(json_object_get(part, "kind"));
		const struct job_kind *kind = job_kind_find(name);
		struct db_result *row = NULL;
		if (kind->count_sql == NULL) {
			*total = -1;
			return NULL;
		}
		TRY(db_query(call->db, call->mem, &row, kind->count_sql, P_INT(0), P_INT(0),
			     P_INT(job_id)));
		*total += db_int(row, 0, "count");
	}
	return NULL;
}

static dms_error *
insert(struct rpc_call *call, const json_t *parts, bool is_collecting, int64_t *job_id)
{
	struct db_result *row = NULL;
	int64_t total = 0;
	char *text = json_dumps(parts, JSON_COMPACT);
	dms_error *error =
	    db_query(call->db, call->mem, &row,
		     "INSERT INTO job (name, state, parts, change_id) "
		     "VALUES ($1, $2, $3::jsonb, $4) RETURNING id",
		     P_TEXT(call->method->name), P_TEXT(is_collecting ? "COLLECTING" : "RUNNING"),
		     P_TEXT(text), P_INT(call->change_id));
	free(text);
	TRY(error);
	*job_id = db_int(row, 0, "id");
	TRY(count_items(call, *job_id, parts, &total));
	return db_exec(call->db, "UPDATE job SET total = $2 WHERE id = $1 AND $2 >= 0",
		       P_INT(*job_id), P_INT(total));
}

static dms_error *
make(struct rpc_call *call, const json_t *parts, bool is_collecting, int64_t *job_id)
{
	TRY(insert(call, parts, is_collecting, job_id));
	if (!is_collecting)
		TRY(job_post_step(call, *job_id, call->method->name));
	return describe(call, "job", talloc_asprintf(call->mem, "%lld", (long long)*job_id), NULL,
			json_pack("{s:O}", "parts", parts));
}

dms_error *
job_make(struct rpc_call *call, json_t *parts, bool is_collecting, int64_t *job_id)
{
	dms_error *error = make(call, parts, is_collecting, job_id);
	json_decref(parts);
	return error;
}

dms_error *
job_begin(struct rpc_call *call, json_t *parts, int64_t otherwise_ms)
{
	int64_t job_id = 0;
	TRY(job_make(call, parts, false, &job_id));
	return job_wait(call, job_id, -1, otherwise_ms);
}
