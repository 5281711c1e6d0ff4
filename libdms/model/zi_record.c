/* The record groups of ZI data (spec/json-rpc.md section 4.6). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dns/name.h"
#include "model/zi_data.h"

#define COMMENT_MAX 1024
#define TAG_MAX     60
#define TYPE_SPF    99

/* One record on its way in. */
struct reading {
	struct zone_text *text;
	struct findings *findings;
	int number; /* of the record over all groups, from 1 */
	const json_t *rr;
	struct zone_text_record record;
	int soa_count; /* SOA records met so far */
	bool is_soa;
	bool is_update; /* the records say what to do with them */
};

static void __attribute__((format(printf, 3, 4)))
complain(struct reading *reading, enum dms_err id, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	char *message = talloc_vasprintf(reading->text, fmt, arguments);
	va_end(arguments);
	finding_add(reading->findings, reading->text,
		    &(struct finding){
			.level = FINDING_ERROR,
			.id = id,
			.line = reading->number,
			.label = reading->record.label,
			.type = reading->record.type,
			.rdata = json_string_value(json_object_get(reading->rr, "rdata")),
		    },
		    "%s", message);
	talloc_free(message);
}

/* UTF-8 characters: what the limits count. */
static size_t
character_count(const char *text)
{
	size_t count = 0;
	for (; *text != '\0'; text++)
		count += ((uint8_t)*text & 0xc0) != 0x80;
	return count;
}

/* A comment becomes lines of zone text, which has no control characters. CR LF, as web forms send
 * it, becomes the end of a line; on `mem` then. NULL: there are other ones. */
static const char *
comment_lines(TALLOC_CTX *mem, const char *given)
{
	char *lines = strchr(given, '\r') == NULL ? NULL : talloc_strdup(mem, given), *to = lines;

	for (const char *at = given; *at != '\0'; at++) {
		bool is_line_end = at[0] == '\r' && at[1] == '\n';
		bool is_control = ((uint8_t)*at < ' ' && *at != '\n' && *at != '\t') || *at == 0x7f;
		if (is_control && !is_line_end)
			return NULL;
		if (lines != NULL && !is_line_end)
			*to++ = *at;
	}
	if (lines == NULL)
		return given;
	*to = '\0';
	return lines;
}

static enum key_use
record_key(const char *key)
{
	static const char *const taken[] = {
	    "label",         "type",          "class",    "rdata",     "ttl",     "disable",
	    "force_reverse", "track_reverse", "lock_ptr", "reference", "comment", "update_op"};
	static const char *const ignored[] = {"rr_id",
					      "label_u",
					      "rdata_u",
					      "zi_id",
					      "tag",
					      "zone_id",
					      "zone_ttl",
					      "comment_rr_id",
					      "comment_group_id",
					      "rrs_index",
					      "rr_groups_index",
					      "rdata_pyparsing"};
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (strcmp(taken[i], key) == 0)
			return KEY_TAKEN;
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (strcmp(ignored[i], key) == 0)
			return KEY_IGNORED;
	return KEY_UNKNOWN;
}

/* update_op belongs to every record of an update, and to no other. */
static bool
check_operation(struct reading *reading)
{
	const json_t *value = json_object_get(reading->rr, "update_op");
	if (!reading->is_update) {
		if (value == NULL || json_is_null(value))
			return true;
		complain(reading, DMS_E_INVALID_UPDATE_OPERATION,
			 "update_op belongs to incremental updates, not to a whole zone");
		return false;
	}
	if (json_is_string(value))
		reading->record.update_op =
		    zone_text_update_op(json_string_value(value), json_string_length(value));
	if (reading->record.update_op == NULL)
		complain(reading, DMS_E_INVALID_UPDATE_OPERATION,
			 "update_op: ADD, DELETE or UPDATE_RRTYPE is wanted");
	return reading->record.update_op != NULL;
}

static bool
check_keys(struct reading *reading)
{
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach ((json_t *)reading->rr, key, value) {
		if (record_key(key) != KEY_UNKNOWN)
			continue;
		complain(reading, DMS_E_RDATA_PARSE, "unknown record key '%s'", key);
		return false;
	}
	return check_operation(reading);
}

/* An optional string; false after a complaint. */
static bool
take_string(struct reading *reading, const char *key, size_t max, const char **value)
{
	const json_t *given = json_object_get(reading->rr, key);
	*value = NULL;
	if (given == NULL || json_is_null(given))
		return true;
	if (!json_is_string(given)) {
		complain(reading, DMS_E_RDATA_PARSE, "%s: a string is wanted", key);
		return false;
	}
	if (character_count(json_string_value(given)) > max) {
		complain(reading, DMS_E_RDATA_PARSE, "%s: more than %zu characters", key, max);
		return false;
	}
	*value = json_string_value(given);
	return true;
}

static bool
take_flag(struct reading *reading, const char *key, bool *flag)
{
	const json_t *given = json_object_get(reading->rr, key);
	if (given != NULL && !json_is_null(given) && !json_is_boolean(given)) {
		complain(reading, DMS_E_RDATA_PARSE, "%s: true or false is wanted", key);
		return false;
	}
	*flag = json_is_true(given);
	return true;
}

static bool
take_label(struct reading *reading)
{
	const char *label = NULL;
	if (!take_string(reading, "label", NAME_TEXT_MAX, &label))
		return false;
	if (label == NULL) {
		complain(reading, DMS_E_RDATA_PARSE, "label: a string is wanted");
		return false;
	}
	const char *zone = reading->text->zone;
	char *name = NULL;
	dms_error *error =
	    name_normalise(reading->text, label[0] == '\0' ? "@" : label, zone, &name);
	if (error != NULL) {
		complain(reading, DMS_E_RDATA_PARSE, "label %s: %s", label, error->message);
		dms_error_free(error);
		return false;
	}
	reading->record.label = name_relative(reading->text, name, zone);
	if (reading->record.label == NULL)
		complain(reading, DMS_E_LABEL_NOT_IN_DOMAIN, "label %s lies outside %s", label,
			 zone);
	return reading->record.label != NULL;
}

static bool
is_delete(const struct reading *reading)
{
	const char *op = reading->record.update_op;
	return op != NULL && strcmp(op, "DELETE") == 0;
}

static bool
take_class_and_type(struct reading *reading)
{
	const char *class = NULL, *type = NULL;
	if (!take_string(reading, "class", 20, &class) || !take_string(reading, "type", 20, &type))
		return false;
	if (class != NULL && strcasecmp(class, "IN") != 0) {
		complain(reading, DMS_E_UNHANDLED_CLASS, "class %s is not IN", class);
		return false;
	}
	if (type == NULL || type[0] == '\0') {
		complain(reading, DMS_E_RR_NO_TYPE_GIVEN, "the record has no type");
		return false;
	}
	uint16_t number = rr_type_parse(type);
	const char *reason = rr_type_refusal(type, number);
	if (reading->is_update && number == RR_SOA)
		reason = "the SOA belongs to the zone as a whole";
	if (is_delete(reading) && strcasecmp(type, "ANY") == 0) {
		number = RR_ANY;
		reason = NULL;
	}
	if (reason != NULL) {
		complain(reading, DMS_E_UNHANDLED_TYPE, "type %s: %s", type, reason);
		return false;
	}
	reading->record.type = number;
	return true;
}

static bool
take_ttl(struct reading *reading)
{
	const json_t *given = json_object_get(reading->rr, "ttl");
	uint32_t ttl = 0;
	reading->record.ttl = -1;
	if (given == NULL || json_is_null(given))
		return true;
	dms_error *error = zi_ttl(given, &ttl);
	if (error != NULL) {
		complain(reading, DMS_E_RDATA_PARSE, "ttl: %s", error->message);
		dms_error_free(error);
		return false;
	}
	reading->record.ttl = ttl;
	return true;
}

/* Whether there are several words and one of them stands without quotes. */
static bool
has_bare_words(const char *text)
{
	size_t words = 0;
	bool has_bare = false;
	for (text += strspn(text, " \t"); *text != '\0'; text += strspn(text, " \t")) {
		bool is_quoted = *text == '"';
		words++;
		has_bare = has_bare || !is_quoted;
		for (text += is_quoted; *text != '\0'; text++) {
			if (is_quoted ? *text == '"' : *text == ' ' || *text == '\t')
				break;
			text += *text == '\\' && text[1] != '\0';
		}
		text += is_quoted && *text != '\0';
	}
	return has_bare && words > 1;
}

/* As zone text is warned of (v=spf1 -all): it is taken, and seldom what was meant. */
static void
warn_of_bare_words(struct reading *reading, const char *text)
{
	const struct zone_text_record *record = &reading->record;
	bool is_text = record->type == RR_TXT || record->type == TYPE_SPF;
	if (!is_text || strncmp(text, "\\#", 2) == 0 || !has_bare_words(text))
		return;
	finding_add(reading->findings, reading->text,
		    &(struct finding){
			.level = FINDING_WARNING,
			.id = DMS_E_RDATA_PARSE,
			.line = reading->number,
			.label = record->label,
			.type = record->type,
			.rdata = text,
		    },
		    "%s without quotes: each word becomes a string of its own",
		    rr_type_name(record->type));
}

static bool
take_rdata(struct reading *reading)
{
	const json_t *given = json_object_get(reading->rr, "rdata");
	bool is_none = given == NULL || json_is_null(given) || json_string_length(given) == 0;
	reading->record.is_whole_rrset = is_delete(reading) && is_none;
	if (reading->record.is_whole_rrset)
		return true;
	if (reading->record.type == RR_ANY) {
		complain(reading, DMS_E_RDATA_PARSE, "rdata: type ANY has none");
		return false;
	}
	if (!json_is_string(given)) {
		complain(reading, DMS_E_RDATA_PARSE, "rdata: a string is wanted");
		return false;
	}
	uint8_t *rdata = NULL;
	dms_error *error =
	    rdata_parse(reading->text, reading->record.type, json_string_value(given),
			reading->text->zone, &rdata, &reading->record.rdata_size);
	if (error != NULL) {
		complain(reading, error->id, "%s", error->message);
		dms_error_free(error);
		return false;
	}
	reading->record.rdata = rdata;
	warn_of_bare_words(reading, json_string_value(given));
	return true;
}

static bool
take_comment(struct reading *reading)
{
	const char *given = NULL;
	if (!take_string(reading, "comment", COMMENT_MAX, &given))
		return false;
	reading->record.comment = given == NULL ? NULL : comment_lines(reading->text, given);
	if (given != NULL && reading->record.comment == NULL)
		complain(reading, DMS_E_RDATA_PARSE, "comment: it has control characters");
	return given == NULL || reading->record.comment != NULL;
}

static bool
take_reference(struct reading *reading)
{
	const char **reference = &reading->record.reference;
	if (!take_string(reading, "reference", 1024, reference))
		return false;
	if (*reference == NULL || zone_text_is_reference(*reference, strlen(*reference)))
		return true;
	complain(reading, DMS_E_REFERENCE_FORMAT,
		 "reference %s: 1 to 1024 letters, digits, '-', '_', '.' and '@' are wanted, the "
		 "first a letter or digit",
		 *reference);
	return false;
}

static bool
take_rest(struct reading *reading)
{
	struct zone_text_record *record = &reading->record;
	return take_flag(reading, "disable", &record->is_disabled) &&
	       take_flag(reading, "force_reverse", &record->forces_reverse) &&
	       take_flag(reading, "track_reverse", &record->tracks_reverse) &&
	       take_flag(reading, "lock_ptr", &record->has_lock_ptr) && take_reference(reading) &&
	       take_comment(reading);
}

/* A SOA record is made from the instance's own fields; one that is listed must at least be legal.
 */
static bool
take_soa(struct reading *reading)
{
	if (++reading->soa_count > 1) {
		complain(reading, DMS_E_ZONE_ALREADY_HAS_SOA_RECORD, "the zone has a SOA already");
		return false;
	}
	if (strcmp(reading->record.label, "@") != 0) {
		complain(reading, DMS_E_ZONE_SOA_RECORD_NOT_AT_APEX, "the SOA is not at the apex");
		return false;
	}
	return true;
}

static void
read_record(struct reading *reading, const json_t *rr, int group)
{
	reading->number++;
	reading->rr = rr;
	reading->record = (struct zone_text_record){.group = group, .line = reading->number};
	if (!json_is_object(rr)) {
		complain(reading, DMS_E_RDATA_PARSE, "an object is wanted");
		return;
	}
	if (!check_keys(reading) || !take_label(reading) || !take_class_and_type(reading) ||
	    !take_ttl(reading) || !take_rdata(reading) || !take_rest(reading))
		return;
	if (reading->record.type == RR_SOA)
		take_soa(reading);
	else
		zone_text_add(reading->text, &reading->record);
}

static dms_error *
group_error(size_t index, const char *what)
{
	return dms_error_put_int(
	    dms_error_new(DMS_E_INVALID_PARAMS, "zi_data.rr_groups[%zu]%s", index, what),
	    "rr_groups_index", (json_int_t)index);
}

/* Comment and tag of a group; -1 when it has neither. */
static dms_error *
read_group(struct zone_text *text, const json_t *group, size_t index, int *number)
{
	const json_t *comment = json_object_get(group, "comment");
	const json_t *tag = json_object_get(group, "tag");
	*number = -1;
	if (comment != NULL && !json_is_null(comment) && !json_is_string(comment))
		return group_error(index, ".comment: a string is wanted");
	if (tag != NULL && !json_is_null(tag) && !json_is_string(tag))
		return group_error(index, ".tag: a string is wanted");
	const char *comment_text = json_string_value(comment), *tag_text = json_string_value(tag);
	if (comment_text != NULL && character_count(comment_text) > COMMENT_MAX)
		return group_error(index, ".comment: more than 1024 characters");
	if (comment_text != NULL && (comment_text = comment_lines(text, comment_text)) == NULL)
		return group_error(index, ".comment: it has control characters");
	if (tag_text != NULL && character_count(tag_text) > TAG_MAX)
		return group_error(index, ".tag: more than 60 characters");
	if (comment_text != NULL || tag_text != NULL)
		*number = zone_text_add_group(text, comment_text, tag_text);
	return NULL;
}

dms_error *
zi_groups_parse(struct zone_text *text, const json_t *groups, bool is_update,
		struct findings *findings)
{
	struct reading reading = {.text = text, .findings = findings, .is_update = is_update};
	size_t group_index = 0, index = 0;
	const json_t *group = NULL, *rr = NULL;
	json_array_foreach (groups, group_index, group) {
		const json_t *rrs = json_object_get(group, "rrs");
		int number = -1;
		if (!json_is_array(rrs))
			return group_error(group_index, ".rrs: an array is wanted");
		TRY(read_group(text, group, group_index, &number));
		json_array_foreach (rrs, index, rr) {
			read_record(&reading, rr, number);
		}
	}
	return NULL;
}
