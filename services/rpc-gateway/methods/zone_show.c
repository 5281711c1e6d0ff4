/* show_zone and show_zone_text (spec/json-rpc.md section 7.1). */
#include <string.h>

#include "methods/methods.h"
#include "methods/zone_peers.h"
#include "model/edit_lock.h"
#include "model/shape.h"

#define ALL_ZIS_MAX 100

static dms_error *
add_lock(struct rpc_call *call, const struct zone *zone, json_t *json)
{
	struct edit_lock *lock = NULL;
	TRY(edit_lock_get(call->db, call->mem, zone, &lock));
	edit_lock_to_json(lock, json);
	/* Only its digest is kept: whoever holds the lock has the token. */
	json_object_set_new(json, "edit_lock_token", json_null());
	return NULL;
}

static dms_error *
add_sectags(struct rpc_call *call, const struct zone *zone, json_t *json)
{
	struct db_result *result = NULL;
	if (strcmp(call->sectag, "Admin") != 0)
		return NULL;
	TRY(db_query(call->db, call->mem, &result,
		     "SELECT t.label FROM zone_sectag z JOIN sectag t ON t.id = z.sectag_id "
		     "WHERE z.zone_id = $1 ORDER BY t.label",
		     P_INT(zone->id)));
	json_t *list = json_array();
	for (int i = 0; i < db_rows(result); i++)
		json_array_append_new(
		    list, json_pack("{s:s}", "sectag_label", db_text(result, i, "label")));
	json_object_set_new(json, "sectags", list);
	return NULL;
}

static dms_error *
add_sync(struct rpc_call *call, const struct zone *zone, json_t *json)
{
	json_t *servers = NULL;
	TRY(zone_servers_json(call, call->mem, zone, &servers));
	json_object_set_new(json, "sync", servers);
	return NULL;
}

/* Apex NS that come from the configuration are not the zone's to edit: they are not shown. */
static void
leave_out_apex_ns(struct zone_text *text)
{
	size_t kept = 0;
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		if (record->type != RR_NS || strcmp(record->label, "@") != 0)
			text->records[kept++] = *record;
	}
	text->record_count = kept;
}

dms_error *
shown_set_result(struct rpc_call *call, struct shown *shown)
{
	json_t *json = zone_to_json(shown->zone);
	call->result = json;
	if (shown->text != NULL && shown->zone->use_apex_ns)
		leave_out_apex_ns(shown->text);
	json_object_set_new(json, "zi",
			    shown->text == NULL ? json_null()
						: zi_to_json(shown->zone, shown->instance,
							     shown->text, shown->published_at));
	TRY(zone_peers_add(call, shown->zone, json));
	TRY(add_lock(call, shown->zone, json));
	TRY(add_sectags(call, shown->zone, json));
	TRY(add_all_zis(call, shown->zone, 0, ALL_ZIS_MAX, json));
	TRY(add_machine(call, shown->zone, json));
	TRY(add_waiting_updates(call, shown->zone, json));
	return add_sync(call, shown->zone, json);
}

dms_error *
rpc_show_zone(struct rpc_call *call)
{
	struct shown shown = {0};
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), false, ZONE_READ,
			      &shown.zone));
	if (!zone_is_secondary(shown.zone))
		TRY(shown_load(call, &shown));
	return shown_set_result(call, &shown);
}

dms_error *
rpc_show_zone_text(struct rpc_call *call)
{
	struct shown shown;
	TRY(shown_load(call, &shown));
	const struct zone *zone = shown.zone;
	const struct instance *instance = shown.instance;
	struct zone_text_header header = {
	    .reference = zone->reference,
	    .change_by = instance->change_by,
	    .zi_id = talloc_asprintf(call->mem, "%lld", (long long)instance->id),
	    .zi_ctime = instance->ctime,
	    .zi_ptime = shown.published_at,
	};
	bool is_reduced = !call_boolean(call, "all_rrs", true) && zone->use_apex_ns;
	const char *text = zone_text_write(call->mem, shown.text, &header, is_reduced);
	call->result = json_pack(
	    "{s:s,s:s,s:I,s:I,s:s,s:s?,s:s?,s:I}", "zi_text", text, "name", zone->name, "zone_id",
	    (json_int_t)zone->id, "zi_id", (json_int_t)instance->id, "zi_ctime", instance->ctime,
	    "zi_mtime", shown.published_at != NULL ? shown.published_at : instance->ctime,
	    "zi_ptime", shown.published_at, "soa_serial", (json_int_t)instance->soa.serial);
	return NULL;
}
