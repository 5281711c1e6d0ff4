/* Jobs on many zones (spec/json-rpc.md section 11.1). */
#include <stdlib.h>
#include <string.h>

#include "methods/job_parts.h"

/* A job on the zones of parameter sg_name, or on all. `parameters` (stolen) are of the events that
 * it posts; NULL: none. */
static dms_error *
begin_on_zones(struct rpc_call *call, const char *kind, json_t *parameters)
{
	const char *sg_name = call_string(call, "sg_name");
	struct server_group *sg = NULL;
	json_t *part = json_pack("{s:s,s:o*}", "kind", kind, "parameters", parameters);
	dms_error *error = sg_name != NULL ? sg_by_name(call->db, call->mem, sg_name, &sg) : NULL;
	if (error != NULL) {
		json_decref(part);
		return error;
	}
	if (sg != NULL)
		json_object_set_new(part, "sg_id", json_integer(sg->id));
	return job_begin(call, json_pack("[o]", part), 0);
}

dms_error *
rpc_refresh_all(struct rpc_call *call)
{
	return begin_on_zones(call, "refresh_zones", NULL);
}

dms_error *
rpc_refresh_sg(struct rpc_call *call)
{
	return begin_on_zones(call, "refresh_zones", NULL);
}

dms_error *
rpc_reset_all_zones(struct rpc_call *call)
{
	return begin_on_zones(call, "reset_zones", NULL);
}

dms_error *
rpc_poke_all_zones(struct rpc_call *call)
{
	return begin_on_zones(call, "poke_zones", json_pack("{s:b}", "is_forced", 1));
}

/* In one group, as with all that deletes: the given or the configured one. */
static dms_error *
nuked_group(struct rpc_call *call, json_t *part)
{
	const char *name = call_string(call, "sg_name");
	struct server_group *sg = NULL;
	char *configured = NULL;
	if (name == NULL) {
		TRY(config_value(call->db, call->mem, "default_sg", 0, &configured));
		name = configured;
	}
	TRY(sg_by_name(call->db, call->mem, name, &sg));
	json_object_set_new(part, "sg_id", json_integer(sg->id));
	return NULL;
}

static dms_error *
nuked_reference(struct rpc_call *call, json_t *part)
{
	const char *name = call_string(call, "reference");
	struct db_result *row = NULL;
	if (name == NULL)
		return NULL;
	TRY(db_query(call->db, call->mem, &row,
		     "SELECT id FROM reference WHERE lower(name) = lower($1::text)", P_TEXT(name)));
	if (db_rows(row) == 0)
		return dms_error_put_str(dms_error_new(DMS_E_REFERENCE_DOES_NOT_EXIST,
						       "reference %s is not found", name),
					 "reference", name);
	json_object_set_new(part, "ref_id", json_integer(db_int(row, 0, "id")));
	return NULL;
}

static dms_error *
nuked_names(struct rpc_call *call, json_t *part)
{
	json_t *likes = json_array(), *pattern = NULL;
	size_t i = 0;
	bool is_toggled = call_boolean(call, "toggle_deleted", false);
	json_array_foreach (json_object_get(call->params, "names"), i, pattern) {
		char *lower = zone_pattern(call->mem, json_string_value(pattern));
		json_array_append_new(likes, json_string(wildcard_to_like(call->mem, lower)));
	}
	json_object_set_new(part, "likes", likes);
	json_object_set_new(
	    part, "with_deleted",
	    json_boolean(is_toggled || call_boolean(call, "include_deleted", false)));
	json_object_set_new(part, "with_live", json_boolean(!is_toggled));
	if (json_array_size(likes) == 0)
		return param_error(call, "names", "at least one pattern is wanted");
	TRY(nuked_group(call, part));
	return nuked_reference(call, part);
}

static dms_error *
check_any(struct rpc_call *call, int64_t job_id)
{
	struct db_result *row = NULL;
	TRY(db_query(call->db, call->mem, &row, "SELECT total FROM job WHERE id = $1",
		     P_INT(job_id)));
	if (db_int(row, 0, "total") > 0)
		return NULL;
	return dms_error_new(DMS_E_NO_ZONES_FOUND, "no zone that may be nuked matches");
}

dms_error *
rpc_nuke_zones(struct rpc_call *call)
{
	json_t *part = json_pack("{s:s}", "kind", "nuke_zones");
	int64_t job_id = 0;
	dms_error *error = nuked_names(call, part);
	if (error != NULL) {
		json_decref(part);
		return error;
	}
	TRY(job_make(call, json_pack("[o]", part), false, &job_id));
	TRY(check_any(call, job_id));
	return job_wait(call, job_id, -1, 0);
}
