/* update_zone: a new content, on the candidate the caller saw (spec/json-rpc.md section 7.4). */
#include <string.h>

#include "methods/methods.h"
#include "model/shape.h"
#include "sm/sm.h"

/* In every state: the zone's machine decides when the candidate goes out. */
dms_error *
post_publish(struct rpc_call *call, const struct zone *zone, int64_t zi_id, bool is_refresh)
{
	json_t *parameters = json_pack("{s:I}", "publish_zi_id", (json_int_t)zi_id);
	if (is_refresh)
		json_object_set_new(parameters, "is_refresh", json_true());
	struct sm_event event = {
	    .machine = "zone",
	    .sm_id = zone->id,
	    .sm_name = zone->name,
	    .type = "ZoneSMUpdate",
	    .parameters = parameters,
	    .change_id = call->change_id,
	    .is_bulk = call->is_bulk,
	};
	dms_error *error = sm_post(call->db, call->bus, &event, NULL);
	json_decref(parameters);
	return error;
}

dms_error *
content_saved(struct rpc_call *call, const struct zone *zone, struct zone_text *text, int64_t zi_id,
	      bool is_refresh)
{
	struct content content = {.text = text};
	bool is_changed = zi_id != zone->zi_candidate_id;
	if (is_changed || is_refresh)
		TRY(post_publish(call, zone, zi_id, is_refresh));
	TRY(content_post_reverse(call, zone, &content, zi_id, is_changed));
	TRY(describe(call, "zone", zone->name,
		     json_pack("{s:o}", "zi_candidate_id", shape_id(zone->zi_candidate_id)),
		     json_pack("{s:I}", "zi_candidate_id", (json_int_t)zi_id)));
	call->result = json_pack("{s:I,s:s,s:I}", "zone_id", (json_int_t)zone->id, "name",
				 zone->name, "zi_id", (json_int_t)zi_id);
	return NULL;
}

dms_error *
rpc_update_zone(struct rpc_call *call)
{
	struct zone *zone = NULL;
	struct content content;
	struct instance_author author;
	int64_t zi_id = 0;
	bool is_merged = false;
	TRY(param_author(call, NULL, &author));
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), true, ZONE_FOR_UPDATE,
			      &zone));
	TRY(check_editable(call, zone));
	TRY(content_read(call, zone->name, &content));
	if (!content.is_given)
		return param_error(call, "zi_data",
				   "the new content is missing: zi_data or zi_text");
	if (call_boolean(call, "merge", false)) {
		TRY(content_readable(&content, zone->name));
		TRY(merge_newer(call, zone, &content, &is_merged));
	}
	content.normalises_ttls = call_boolean(call, "normalize_ttls", false);
	TRY(content_check(call, zone, &content));
	TRY(instance_store_completed(call->db, zone, content.text, &author, &zi_id));
	TRY(content_saved(call, zone, content.text, zi_id, false));
	TRY(end_edit(call, zone));
	json_object_set_new(call->result, "findings", content_findings(&content));
	json_object_set_new(call->result, "merged_with",
			    shape_id(is_merged ? zone->zi_candidate_id : 0));
	return NULL;
}
