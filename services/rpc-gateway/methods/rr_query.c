/* rr_query_db: records by owner, type and rdata (spec/json-rpc.md section 11, spec/zone-data.md
 * section 19). */
#include <string.h>

#include "dns/name.h"
#include "methods/methods.h"
#include "model/shape.h"

/* Where the question leads; zone NULL: nowhere. */
struct place {
	struct zone *zone;
	const char *label; /* as stored, or with * and ? */
};

/* With a zone: relative to it, or absolute within it. */
static dms_error *
in_named_zone(struct rpc_call *call, const char *name, struct place *place)
{
	const char *label = call_string(call, "label");
	if (name[0] == '.')
		return dms_error_put_str(dms_error_new(DMS_E_RR_QUERY_DOMAIN,
						       "the zone's name '%s' begins with a dot",
						       name),
					 "name", name);
	dms_error *error =
	    zone_by_user_name(call->db, call->mem, name, true, ZONE_READ, &place->zone);
	if (error != NULL && error->id == DMS_E_ZONE_NOT_FOUND) {
		dms_error_free(error);
		return NULL;
	}
	TRY(error);
	char *absolute = NULL;
	TRY(name_normalise(call->mem, label, place->zone->name, &absolute));
	place->label = name_relative(call->mem, absolute, place->zone->name);
	if (place->label == NULL)
		place->zone = NULL;
	return NULL;
}

/* Without one: the most specific live zone on the name's path, and the rest. */
static dms_error *
on_the_path(struct rpc_call *call, struct place *place)
{
	char *name = NULL;
	TRY(name_normalise(call->mem, call_string(call, "label"), NULL, &name));
	TRY(zone_parent(call->db, call->mem, talloc_asprintf(call->mem, "x.%s", name),
			&place->zone));
	if (place->zone != NULL)
		place->label = name_relative(call->mem, name, place->zone->name);
	return NULL;
}

static dms_error *
param_types(struct rpc_call *call, struct record_query *query)
{
	char *save = NULL, *words = talloc_strdup(call->mem, call_string(call, "type"));
	int64_t *types = talloc_array(call->mem, int64_t, words != NULL ? strlen(words) + 1 : 1);
	query->types = types;
	for (char *word = words != NULL ? strtok_r(words, " ,", &save) : NULL; word != NULL;
	     word = strtok_r(NULL, " ,", &save)) {
		uint16_t type = rr_type_parse(word);
		if (strcasecmp(word, "ANY") == 0)
			continue;
		if (type == 0)
			return param_error(call, "type", "'%.40s' is no record type", word);
		types[query->type_count++] = type;
	}
	return NULL;
}

/* What was asked, as front ends know it. */
static json_t *
query_json(const struct rpc_call *call)
{
	return json_pack("{s:s?,s:s?,s:s?,s:s?,s:O?,s:b}", "label", call_string(call, "label"),
			 "name", call_string(call, "name"), "type", call_string(call, "type"),
			 "rdata", call_string(call, "rdata"), "zi_id",
			 json_object_get(call->params, "zi_id"), "include_disabled",
			 call_boolean(call, "show_all", false));
}

/* The instance is one of this zone's, whoever asks. */
static dms_error *
find(struct rpc_call *call, const struct place *place, json_t **records, int64_t *zi_id)
{
	struct record_query query = {
	    .label = place->label,
	    .rdata = call_string(call, "rdata"),
	    .is_pattern = strpbrk(place->label, "*?") != NULL,
	    .with_disabled = call_boolean(call, "show_all", false),
	};
	if (query.is_pattern)
		query.label = wildcard_to_like(call->mem, place->label);
	TRY(param_types(call, &query));
	TRY(param_zi(call, place->zone, "zi_id", zi_id));
	return instance_find_records(call->db, call->mem, place->zone, *zi_id, &query, records);
}

dms_error *
rpc_rr_query_db(struct rpc_call *call)
{
	const char *name = call_string(call, "name");
	struct place place = {0};
	json_t *records = NULL;
	int64_t zi_id = 0;
	TRY(name != NULL ? in_named_zone(call, name, &place) : on_the_path(call, &place));
	call->result = json_null();
	bool is_disabled = place.zone != NULL && strcmp(place.zone->state, "DISABLED") == 0;
	if (place.zone == NULL || zone_is_secondary(place.zone) ||
	    (is_disabled && !call_boolean(call, "show_all", false)) ||
	    (place.zone->zi_id == 0 && !call_has(call, "zi_id")))
		return NULL;
	TRY(find(call, &place, &records, &zi_id));
	if (json_array_size(records) == 0) {
		json_decref(records);
		return NULL;
	}
	call->result = json_pack("{s:o,s:s,s:s,s:I,s:b,s:o}", "query", query_json(call), "label",
				 place.label, "name", place.zone->name, "zi_id", (json_int_t)zi_id,
				 "zone_disabled", is_disabled, "rrs", records);
	return NULL;
}
