/* Zones as JSON: spec/json-rpc.md sections 4.2 and 4.3. */
#include "dns/name.h"
#include "model/zone_row.h"

json_t *
zone_to_brief_json(const struct zone *zone)
{
	json_t *json = json_object();
	json_object_set_new(json, "zone_id", json_integer(zone->id));
	json_object_set_new(json, "zi_id", shape_id(zone->zi_id));
	json_object_set_new(json, "name", json_string(zone->name));
	char *unicode = name_to_unicode(NULL, zone->name);
	if (unicode != NULL) /* the same in letters beyond ASCII */
		json_object_set_new(json, "name_u", json_string(unicode));
	talloc_free(unicode);
	json_object_set_new(json, "state", json_string(zone->state));
	json_object_set_new(json, "soa_serial", shape_id(zone->soa_serial));
	json_object_set_new(json, "ctime", shape_text(zone->ctime));
	json_object_set_new(json, "mtime", shape_text(zone->mtime));
	json_object_set_new(json, "deleted_start", shape_text(zone->deleted_start));
	json_object_set_new(json, "reference", shape_text(zone->reference));
	return json;
}

json_t *
zone_to_json(const struct zone *zone)
{
	json_t *json = zone_to_brief_json(zone);
	json_object_set_new(json, "zone_type", json_string(zone->zone_type));
	json_object_set_new(json, "zi_candidate_id", shape_id(zone->zi_candidate_id));
	json_object_set_new(json, "use_apex_ns", json_boolean(zone->use_apex_ns));
	json_object_set_new(json, "edit_lock", json_boolean(zone->edit_lock));
	json_object_set_new(json, "auto_dnssec", json_boolean(zone->auto_dnssec));
	json_object_set_new(json, "nsec3", json_boolean(zone->nsec3));
	json_object_set_new(json, "inc_updates", json_boolean(zone->inc_updates));
	json_object_set_new(json, "sg_name", shape_text(zone->sg_name));
	json_object_set_new(json, "alt_sg_name", shape_text(zone->alt_sg_name));
	json_object_set_new(json, "alt_sg_leaves", json_boolean(zone->alt_sg_leaves));
	json_object_set_new(json, "is_nuked", json_boolean(zone->is_nuked));
	json_object_set_new(json, "published_at", shape_text(zone->published_at));
	json_object_set_new(json, "published_change", shape_id(zone->published_change));
	json_object_set_new(json, "is_in_sync", json_boolean(zone->is_in_sync));
	json_object_set_new(json, "in_sync_at", shape_text(zone->in_sync_at));
	json_object_set_new(json, "last_error", shape_text(zone->last_error));
	json_object_set_new(json, "last_error_since", shape_text(zone->last_error_since));
	return json;
}
