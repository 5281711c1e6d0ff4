/* load_zones: zones by the thousand (spec/json-rpc.md section 11.1, create_zone_batch). */
#include <stdlib.h>
#include <string.h>

#include "methods/job_parts.h"

/* The parameters of create_zone for one of them. */
static json_t *
creation(const struct rpc_call *call, const char *name, const json_t *text)
{
	static const char *const passed[] = {"reference", "sg_name", "inc_updates", "comment",
					     "login_id"};
	json_t *params = json_pack("{s:s,s:O}", "name", name, "zi_text", text);
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		if (call_has(call, passed[i]))
			json_object_set(params, passed[i],
					json_object_get(call->params, passed[i]));
	return params;
}

static dms_error *
add_items(struct rpc_call *call, int64_t job_id)
{
	json_t *zones = json_object_get(call->params, "zones"), *text = NULL;
	struct db_result *row = NULL;
	const char *name = NULL;
	TRY(db_query(call->db, call->mem, &row,
		     "SELECT coalesce(max(number), 0) AS last FROM job_item WHERE job_id = $1",
		     P_INT(job_id)));
	int64_t number = db_int(row, 0, "last");
	TRY(db_copy_begin(call->db, "COPY job_item (job_id, number, name, parameters) FROM STDIN"));
	json_object_foreach (zones, name, text) {
		json_t *params = creation(call, name, text);
		char *packed = json_dumps(params, JSON_COMPACT);
		struct db_param values[] = {P_INT(job_id), P_INT(++number), P_TEXT(name),
					    P_TEXT(packed)};
		dms_error *error = db_copy_row(call->db, 4, values);
		free(packed);
		json_decref(params);
		TRY(error);
	}
	TRY(db_copy_end(call->db));
	return db_exec(call->db, "UPDATE job SET total = $2 WHERE id = $1", P_INT(job_id),
		       P_INT(number));
}

/* Adds to a job that is still collecting, or begins one. */
static dms_error *
collecting_job(struct rpc_call *call, int64_t *job_id)
{
	const char *state = NULL;
	*job_id = call_integer(call, "job_id", 0);
	if (*job_id == 0)
		return job_make(call, json_pack("[{s:s}]", "kind", "load_zones"), true, job_id);
	TRY(job_state(call, *job_id, true, &state));
	if (strcmp(state, "COLLECTING") == 0)
		return NULL;
	return dms_error_put_str(
	    dms_error_put_int(dms_error_new(DMS_E_JOB_ENDED, "job %lld takes no more zones: %s",
					    (long long)*job_id, state),
			      "job_id", *job_id),
	    "state", state);
}

static dms_error *
check_texts(const struct rpc_call *call)
{
	json_t *zones = json_object_get(call->params, "zones"), *text = NULL;
	const char *name = NULL;
	json_object_foreach (zones, name, text)
		if (name[0] == '\0' || !json_is_string(text))
			return param_error(call, "zones", "zone '%.80s' wants zone text", name);
	return NULL;
}

dms_error *
rpc_load_zones(struct rpc_call *call)
{
	int64_t job_id = 0;
	bool is_more = call_boolean(call, "more", false);
	TRY(check_texts(call));
	TRY(collecting_job(call, &job_id));
	TRY(add_items(call, job_id));
	if (!is_more) {
		TRY(db_exec(call->db, "UPDATE job SET state = 'RUNNING' WHERE id = $1",
			    P_INT(job_id)));
		TRY(job_post_step(call, job_id, call->method->name));
	}
	return job_wait(call, job_id, -1, 0);
}
