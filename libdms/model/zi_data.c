/* ZI data, the JSON form of a zone's content (spec/json-rpc.md section 4.6): the fields of the
 * instance. */
#include "model/zi_data.h"

#include <string.h>

#include "dns/name.h"

dms_error *
zi_ttl(const json_t *value, uint32_t *ttl)
{
	if (json_is_string(value)) {
		if (strlen(json_string_value(value)) > 20)
			return dms_error_new(DMS_E_TTL_ZI_PARSE, "more than 20 characters");
		return ttl_parse(json_string_value(value), ttl);
	}
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > INT32_MAX)
		return dms_error_new(
		    DMS_E_TTL_ZI_PARSE,
		    "a string like \"3600\" or \"1h\" is wanted, or 0 to 2147483647");
	*ttl = (uint32_t)json_integer_value(value);
	return NULL;
}

static dms_error *
field_error(dms_error *error, enum dms_err id, const char *field)
{
	dms_error *outer = dms_error_new(id, "zi_data.%s: %s", field, error->message);
	dms_error_free(error);
	return dms_error_put_str(outer, "zi_field", field);
}

/* Missing, null and "" say nothing: the configuration's value is taken. */
static bool
says_nothing(const json_t *value)
{
	return value == NULL || json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0);
}

/* A mailbox has its local part as first label, in which anything goes (RFC 1035 section 8). */
static bool
is_host_or_mailbox(const char *name, bool is_mailbox)
{
	const char *host = is_mailbox ? name_parent(name) : name;
	return host != NULL && strcmp(host, ".") != 0 && name_is_host(host, false);
}

static dms_error *
take_name(struct zone_text *text, const json_t *zi_data, const char *field, const char **name)
{
	const json_t *value = json_object_get(zi_data, field);
	if (says_nothing(value))
		return NULL;
	char *normal = NULL;
	dms_error *error = json_is_string(value)
			       ? name_normalise(text, json_string_value(value), text->zone, &normal)
			       : dms_error_new(DMS_E_HOSTNAME_ZI_PARSE, "a string is wanted");
	if (error == NULL && !is_host_or_mailbox(normal, strcmp(field, "soa_rname") == 0))
		error = dms_error_new(DMS_E_HOSTNAME_ZI_PARSE, "%s is not a host name", normal);
	if (error != NULL)
		return field_error(error, DMS_E_HOSTNAME_ZI_PARSE, field);
	*name = normal;
	text->has_soa = true;
	return NULL;
}

static dms_error *
take_number(struct zone_text *text, const json_t *zi_data, const char *field, uint32_t *number)
{
	const json_t *value = json_object_get(zi_data, field);
	*number = SOA_FIELD_MISSING;
	if (says_nothing(value))
		return NULL;
	dms_error *error = zi_ttl(value, number);
	if (error != NULL)
		return field_error(error, DMS_E_TTL_ZI_PARSE, field);
	text->has_soa = true;
	return NULL;
}

static dms_error *
take_ttl(const json_t *zi_data, const char *field, int64_t *ttl)
{
	const json_t *value = json_object_get(zi_data, field);
	uint32_t seconds = 0;
	if (says_nothing(value))
		return NULL;
	dms_error *error = zi_ttl(value, &seconds);
	if (error != NULL)
		return field_error(error, DMS_E_TTL_ZI_PARSE, field);
	*ttl = seconds;
	return NULL;
}

static dms_error *
take_serial(struct zone_text *text, const json_t *zi_data)
{
	const json_t *value = json_object_get(zi_data, "soa_serial");
	if (value == NULL || json_is_null(value))
		return NULL;
	if (!json_is_integer(value))
		return dms_error_put_str(dms_error_new(DMS_E_SOA_SERIAL_TYPE,
						       "zi_data.soa_serial: an integer is wanted"),
					 "zi_field", "soa_serial");
	json_int_t serial = json_integer_value(value);
	if (serial < 0 || serial > UINT32_MAX)
		return dms_error_put_int(dms_error_new(DMS_E_SOA_SERIAL_RANGE,
						       "zi_data.soa_serial: %lld is not within "
						       "1 to 4294967295",
						       (long long)serial),
					 "soa_serial", serial);
	text->soa.serial = (uint32_t)serial; /* 0: none, like a missing one */
	return NULL;
}

static dms_error *
take_fields(struct zone_text *text, const json_t *zi_data)
{
	TRY(take_name(text, zi_data, "soa_mname", &text->soa.mname));
	TRY(take_name(text, zi_data, "soa_rname", &text->soa.rname));
	TRY(take_number(text, zi_data, "soa_refresh", &text->soa.refresh));
	TRY(take_number(text, zi_data, "soa_retry", &text->soa.retry));
	TRY(take_number(text, zi_data, "soa_expire", &text->soa.expire));
	TRY(take_number(text, zi_data, "soa_minimum", &text->soa.minimum));
	TRY(take_ttl(zi_data, "soa_ttl", &text->soa_ttl));
	TRY(take_ttl(zi_data, "zone_ttl", &text->zone_ttl));
	return take_serial(text, zi_data);
}

/* Our own replies carry more than may be set; what is only theirs is passed over. */
static dms_error *
check_keys(const json_t *zi_data)
{
	static const char *const known[] = {
	    "rr_groups",  "zone_ttl",    "soa_mname", "soa_rname",  "soa_refresh", "soa_retry",
	    "soa_expire", "soa_minimum", "soa_ttl",   "soa_serial", "zi_id",       "zone_id",
	    "ctime",      "mtime",       "ptime",     "change_by",  "change_id",   "comment"};
	const char *key = NULL;
	const json_t *value = NULL;
	json_object_foreach ((json_t *)zi_data, key, value) {
		size_t i = 0;
		while (i < sizeof(known) / sizeof(known[0]) && strcmp(known[i], key) != 0)
			i++;
		if (i == sizeof(known) / sizeof(known[0]))
			return dms_error_put_str(dms_error_new(DMS_E_INVALID_PARAMS,
							       "zi_data has an unknown key '%s'",
							       key),
						 "zi_field", key);
	}
	return NULL;
}

/* `is_update`: the fields of the instance are passed over. */
static dms_error *
parse(TALLOC_CTX *mem, const char *zone, const json_t *zi_data, bool is_update,
      struct zone_text **text, struct findings *findings)
{
	if (!json_is_object(zi_data))
		return dms_error_new(DMS_E_INVALID_PARAMS, "zi_data: an object is wanted");
	TRY(check_keys(zi_data));
	const json_t *groups = json_object_get(zi_data, "rr_groups");
	if (!json_is_array(groups))
		return dms_error_new(DMS_E_INVALID_PARAMS, "zi_data.rr_groups: an array is wanted");
	struct zone_text *parsed = zone_text_new(mem, zone);
	parsed->zone_ttl = parsed->soa_ttl = -1;
	dms_error *error = is_update ? NULL : take_fields(parsed, zi_data);
	if (error == NULL)
		error = zi_groups_parse(parsed, groups, is_update, findings);
	if (error != NULL) {
		talloc_free(parsed);
		return error;
	}
	findings->is_incomplete = findings->error_count > 0;
	*text = parsed;
	return NULL;
}

dms_error *
zi_data_parse(TALLOC_CTX *mem, const char *zone, const json_t *zi_data, struct zone_text **text,
	      struct findings *findings)
{
	return parse(mem, zone, zi_data, false, text, findings);
}

dms_error *
update_data_parse(TALLOC_CTX *mem, const char *zone, const json_t *update_data,
		  struct zone_text **text, struct findings *findings)
{
	return parse(mem, zone, update_data, true, text, findings);
}

/* A record's place in the submitted arrays, from its number; false: it is about no record. */
static bool
find_place(const json_t *zi_data, int number, json_int_t *group_index, json_int_t *index)
{
	size_t at = 0;
	const json_t *group = NULL;
	*index = number - 1;
	json_array_foreach (json_object_get(zi_data, "rr_groups"), at, group) {
		json_int_t count = (json_int_t)json_array_size(json_object_get(group, "rrs"));
		*group_index = (json_int_t)at;
		if (number > 0 && *index < count)
			return true;
		*index -= count;
	}
	return false;
}

static void
put_place(json_t *object, json_int_t group_index, json_int_t index)
{
	json_object_set_new(object, "rr_groups_index", json_integer(group_index));
	json_object_set_new(object, "rrs_index", json_integer(index));
}

json_t *
zi_data_findings(const struct findings *findings, const json_t *zi_data)
{
	json_int_t group_index = 0, index = 0;
	json_t *list = findings_to_json(findings);
	for (size_t i = 0; i < json_array_size(list) && i < findings->count; i++) {
		json_t *item = json_array_get(list, i);
		json_object_del(item, "line");
		json_object_del(item, "column");
		if (find_place(zi_data, findings->items[i].line, &group_index, &index))
			put_place(item, group_index, index);
	}
	return list;
}

dms_error *
zi_data_error(const struct findings *findings, const char *zone, const json_t *zi_data)
{
	size_t first = 0;
	json_int_t group_index = 0, index = 0;
	while (first < findings->count && findings->items[first].level != FINDING_ERROR)
		first++;
	if (first == findings->count)
		return NULL;
	const struct finding *finding = &findings->items[first];
	bool has_place = find_place(zi_data, finding->line, &group_index, &index);
	dms_error *error =
	    has_place ? dms_error_new(finding->id, "zone %s, rr_groups[%lld].rrs[%lld]: %s", zone,
				      (long long)group_index, (long long)index, finding->message)
		      : dms_error_new(finding->id, "zone %s: %s", zone, finding->message);
	dms_error_put_str(error, "name", zone);
	dms_error_put_int(error, "error_count", (json_int_t)findings->error_count);
	dms_error_put(error, "findings", zi_data_findings(findings, zi_data));
	if (!has_place)
		return error;
	put_place(error->data, group_index, index);
	json_t *group = json_array_get(json_object_get(zi_data, "rr_groups"), (size_t)group_index);
	json_t *rr = json_array_get(json_object_get(group, "rrs"), (size_t)index);
	dms_error_put(error, "rr_data", json_deep_copy(rr));
	return error;
}
