/* Instances as JSON: spec/json-rpc.md sections 4.4 and 4.5. */
#include <string.h>

#include "dns/name.h"
#include "model/instance.h"
#include "model/shape.h"

/* Rdata as people read it: names in the zone relative. Null when it cannot be printed, which only a
 * row that no parser made can bring about. */
static json_t *
rdata_to_json(const struct zone_text *text, const struct zone_text_record *record)
{
	char *rdata = NULL;
	dms_error *error =
	    rdata_print(NULL, record->type, record->rdata, record->rdata_size, text->zone, &rdata);
	json_t *json = error == NULL ? json_string(rdata) : json_null();
	dms_error_free(error);
	talloc_free(rdata);
	return json;
}

/* Adds `key` with the letters that a name's A-labels stand for (IDNA 2008), if it has any. */
static void
add_unicode(json_t *json, const char *key, const char *name)
{
	char *unicode = name_to_unicode(NULL, name);
	if (unicode != NULL)
		json_object_set_new(json, key, json_string(unicode));
	talloc_free(unicode);
}

/* The same for rdata that is numbers and names, which no other word looks like. */
static void
add_rdata_unicode(json_t *json, uint16_t type)
{
	const struct rr_type_info *info = rr_type_find(type);
	const char *rdata = json_string_value(json_object_get(json, "rdata"));
	if (rdata == NULL || strstr(rdata, "xn--") == NULL || info == NULL ||
	    info->fields == NULL || info->fields[strspn(info->fields, "124nN")] != '\0')
		return;
	/* A blank parts words as a dot does labels; as an octet of a name it is escaped. */
	char *text = talloc_strdup(NULL, "");
	while (*rdata != '\0') {
		size_t size = strcspn(rdata, " ");
		char *word = talloc_strndup(text, rdata, size);
		char *unicode = name_to_unicode(text, word);
		text = talloc_asprintf_append(text, "%s%s", unicode != NULL ? unicode : word,
					      rdata[size] == ' ' ? " " : "");
		rdata += size + (rdata[size] == ' ');
	}
	if (strcmp(text, json_string_value(json_object_get(json, "rdata"))) != 0)
		json_object_set_new(json, "rdata_u", json_string(text));
	talloc_free(text);
}

json_t *
record_to_json(const struct instance *instance, const struct zone_text *text,
	       const struct zone_text_record *record)
{
	json_t *json = json_object();
	json_object_set_new(json, "rr_id", shape_id(record->id));
	json_object_set_new(json, "zi_id", json_integer(instance->id));
	json_object_set_new(json, "label", json_string(record->label));
	add_unicode(json, "label_u", record->label);
	json_object_set_new(json, "ttl", shape_ttl(record->ttl));
	json_object_set_new(json, "class", json_string("IN"));
	json_object_set_new(json, "type", json_string(rr_type_name(record->type)));
	json_object_set_new(json, "rdata", rdata_to_json(text, record));
	add_rdata_unicode(json, record->type);
	json_object_set_new(json, "lock_ptr", json_boolean(record->has_lock_ptr));
	json_object_set_new(json, "disable", json_boolean(record->is_disabled));
	json_object_set_new(json, "track_reverse", json_boolean(record->tracks_reverse));
	json_object_set_new(json, "reference", shape_text(record->reference));
	if (record->comment != NULL) {
		json_object_set_new(json, "comment", json_string(record->comment));
		json_object_set_new(json, "tag", json_null());
	}
	return json;
}

static json_t *
group_to_json(const struct zone_text_group *group)
{
	json_t *json = json_object();
	if (group != NULL && group->comment != NULL)
		json_object_set_new(json, "comment", json_string(group->comment));
	/* A tag without comment must come back with what was edited, too. */
	if (group != NULL && (group->comment != NULL || group->tag != NULL))
		json_object_set_new(json, "tag", shape_text(group->tag));
	json_object_set_new(json, "rrs", json_array());
	return json;
}

/* Groups in the order of the text; records without one come last, in a group without comment. */
static json_t *
groups_to_json(const struct instance *instance, const struct zone_text *text)
{
	size_t count = text->group_count;
	json_t **groups = talloc_zero_array(NULL, json_t *, count + 1);
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		size_t at = record->group < 0 ? count : (size_t)record->group;
		if (groups[at] == NULL)
			groups[at] = group_to_json(at == count ? NULL : &text->groups[at]);
		json_array_append_new(json_object_get(groups[at], "rrs"),
				      record_to_json(instance, text, record));
	}
	json_t *list = json_array();
	for (size_t i = 0; i <= count; i++)
		if (groups[i] != NULL)
			json_array_append_new(list, groups[i]);
	talloc_free(groups);
	return list;
}

json_t *
zi_to_json(const struct zone *zone, const struct instance *instance, const struct zone_text *text,
	   const char *published_at)
{
	const struct soa *soa = &instance->soa;
	json_t *json = json_object();
	json_object_set_new(json, "zi_id", json_integer(instance->id));
	json_object_set_new(json, "zone_id", json_integer(zone->id));
	json_object_set_new(json, "ctime", shape_text(instance->ctime));
	json_object_set_new(json, "mtime",
			    shape_text(published_at == NULL ? instance->ctime : published_at));
	json_object_set_new(json, "ptime", shape_text(published_at));
	json_object_set_new(json, "change_by", json_string(instance->change_by));
	json_object_set_new(json, "change_id", shape_id(instance->change_id));
	json_object_set_new(json, "comment", shape_text(instance->comment));
	json_object_set_new(json, "soa_serial", json_integer(soa->serial));
	json_object_set_new(json, "soa_mname", json_string(soa->mname));
	json_object_set_new(json, "soa_rname", json_string(soa->rname));
	json_object_set_new(json, "soa_refresh", shape_ttl(soa->refresh));
	json_object_set_new(json, "soa_retry", shape_ttl(soa->retry));
	json_object_set_new(json, "soa_expire", shape_ttl(soa->expire));
	json_object_set_new(json, "soa_minimum", shape_ttl(soa->minimum));
	json_object_set_new(json, "soa_ttl", shape_ttl(instance->soa_ttl));
	json_object_set_new(json, "zone_ttl", shape_ttl(instance->zone_ttl));
	if (text != NULL)
		json_object_set_new(json, "rr_groups", groups_to_json(instance, text));
	return json;
}
