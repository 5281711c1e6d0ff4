/* Checks of a zone's content: everything is sorted once, then each rule of the table sees what its
 * scope gives it, zone, owner, RRset or record. */
#include "dns/zonetext_check.h"

#include <string.h>

enum { RDATA_SHOWN = 120, PREFETCHED = 12 };

static uint64_t
rdata_prefix(const struct zone_text_record *record)
{
	uint64_t prefix = 0;

	for (size_t i = 0; i < sizeof prefix; i++)
		prefix = prefix << 8 | (i < record->rdata_size ? record->rdata[i] : 0);
	return prefix;
}

/* Enabled records with their keys, all in one piece of memory; neighbours of one owner share. */
static void
collect(struct check *check)
{
	const struct zone_text *text = check->text;
	size_t size = 1;

	for (size_t i = 0; i < text->record_count; i++)
		size += text->records[i].is_disabled ? 0 : strlen(text->records[i].label) + 1;
	char *keys = talloc_array(check->scratch, char, size);
	check->records = talloc_array(check->scratch, struct check_record, text->record_count + 1);
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		if (record->is_disabled)
			continue;
		struct check_record *new = &check->records[check->count];
		if (check->count > 0 && strcmp(new[-1].record->label, record->label) == 0) {
			*new = new[-1];
		} else {
			new->key = keys;
			keys += check_key(record->label, keys) + 1;
			new->prefix = check_prefix(new->key);
		}
		new->record = record;
		new->rdata = rdata_prefix(record);
		new->type = record->type;
		check->count++;
	}
	check_sort(check);
}

static uint8_t
has_of_type(uint16_t type)
{
	switch (type) {
	case RR_A:
	case RR_AAAA:
		return HAS_ADDRESS;
	case RR_CNAME:
		return HAS_CNAME;
	case RR_NS:
		return HAS_NS;
	case TYPE_DNAME:
		return HAS_DNAME;
	case RR_DS:
		return HAS_DS;
	default:
		return 0;
	}
}

static void
collect_owners(struct check *check)
{
	struct check_owner *owner = NULL;

	check->owners = talloc_array(check->scratch, struct check_owner, check->count + 1);
	for (size_t i = 0; i < check->count; i++) {
		const struct check_record *record = &check->records[i];
		bool is_same =
		    owner != NULL &&
		    (owner->key == record->key ||
		     (owner->prefix == record->prefix && strcmp(owner->key, record->key) == 0));
		if (!is_same) {
			owner = &check->owners[check->owner_count++];
			*owner = (struct check_owner){.key = record->key,
						      .prefix = record->prefix,
						      .first = i,
						      .alias_of = CHECK_NO_OWNER};
		}
		owner->count++;
		owner->has |= has_of_type(record->type);
	}
}

/* On scratch, which the finding copies from; NULL when it cannot be printed. */
static const char *
show_rdata(const struct check *check, const struct zone_text_record *record)
{
	char *text = NULL;

	if (record->rdata == NULL)
		return NULL;
	dms_error *error = rdata_print(check->scratch, record->type, record->rdata,
				       record->rdata_size, check->text->zone, &text);
	dms_error_free(error);
	if (error == NULL && strlen(text) > RDATA_SHOWN)
		text = talloc_asprintf(check->scratch, "%.*s...", RDATA_SHOWN, text);
	return error == NULL ? text : NULL;
}

static void __attribute__((format(printf, 3, 0)))
add(struct check *check, const struct zone_text_record *record, const char *fmt, va_list arguments)
{
	char message[2 * NAME_TEXT_MAX + 256];
	int level = check->rule->level;

	if (record->is_context)
		return;
	/* Millions may be wrong; only those that are kept are put into words. */
	if (!findings_have_place(check->findings, level)) {
		check->findings->dropped++;
		check->findings->error_count += level == FINDING_ERROR;
		return;
	}
	vsnprintf(message, sizeof message, fmt, arguments);
	finding_add(check->findings, (void *)check->text,
		    &(struct finding){
			.level = level,
			.id = check->rule->id,
			.line = record->line,
			.column = record->column,
			.file = record->file,
			.label = record->label,
			.type = record->type,
			.rdata = show_rdata(check, record),
		    },
		    "%s %s: %s", record->label, rr_type_name(record->type), message);
}

void
check_add(struct check *check, const struct zone_text_record *record, const char *fmt, ...)
{
	va_list arguments;

	va_start(arguments, fmt);
	add(check, record, fmt, arguments);
	va_end(arguments);
}

void
check_add_soa(struct check *check, const char *fmt, ...)
{
	const struct zone_text_record soa = {.label = "@",
					     .type = RR_SOA,
					     .line = check->text->soa_line,
					     .column = check->text->soa_column};
	va_list arguments;

	va_start(arguments, fmt);
	add(check, &soa, fmt, arguments);
	va_end(arguments);
}

static bool
has_type(const struct check_rule *rule, uint16_t type)
{
	if (rule->types[0] == 0)
		return true;
	for (size_t i = 0; i < CHECK_TYPES_MAX && rule->types[i] != 0; i++) {
		if (rule->types[i] == type)
			return true;
	}
	return false;
}

static bool
is_asked(const struct check *check, const struct check_rule *rule)
{
	return !rule->is_absence || !check->findings->is_incomplete;
}

static void
run_scope(struct check *check, enum check_scope scope, const struct check_record *records,
	  size_t count)
{
	for (size_t i = 0; i < check_rule_count; i++) {
		check->rule = &check_rules[i];
		if (check->rule->scope == scope && is_asked(check, check->rule))
			check->rule->run(check, records, count);
	}
}

static void
run_rrset(struct check *check, const struct check_record *records, size_t count)
{
	for (size_t i = 0; i < check_rule_count; i++) {
		const struct check_rule *rule = &check_rules[i];
		bool is_for_records = rule->scope == CHECK_RECORD;
		if ((!is_for_records && rule->scope != CHECK_RRSET) ||
		    !has_type(rule, records[0].type) || !is_asked(check, rule))
			continue;
		check->rule = rule;
		if (!is_for_records)
			rule->run(check, records, count);
		for (size_t r = 0; r < count && is_for_records; r++)
			rule->run(check, &records[r], 1);
	}
}

static void
run_owner(struct check *check, const struct check_owner *owner)
{
	const struct check_record *records = &check->records[owner->first];

	run_scope(check, CHECK_OWNER, records, owner->count);
	for (size_t first = 0, end = 0; first < owner->count; first = end) {
		while (end < owner->count && records[end].type == records[first].type)
			end++;
		run_rrset(check, &records[first], end - first);
	}
}

/* False: not even the zone's name is one. */
static bool
prepare(struct check *check, const struct zone_text *text, struct findings *findings)
{
	*check = (struct check){.text = text, .findings = findings, .scratch = talloc_new(NULL)};
	const char *reason =
	    name_read(text->zone, strlen(text->zone), NULL, 0, check->zone, &check->zone_size);
	name_lower(check->zone, reason == NULL ? check->zone_size : 0);
	check->is_reverse = name_is_within(text->zone, "in-addr.arpa.") ||
			    name_is_within(text->zone, "ip6.arpa.") ||
			    name_is_within(text->zone, "ip6.int.");
	return reason == NULL;
}

void
zone_text_check(const struct zone_text *text, struct findings *findings)
{
	struct check check;

	if (prepare(&check, text, findings)) {
		collect(&check);
		collect_owners(&check);
		check_collect_cuts(&check);
		check_collect_glue(&check);
		run_scope(&check, CHECK_ZONE, check.records, check.count);
		for (size_t i = 0; i < check.owner_count; i++) {
			/* The text's order is another one: what comes soon is fetched now. */
			size_t soon = check.owners[i].first + PREFETCHED;
			if (soon < check.count)
				__builtin_prefetch(check.records[soon].record);
			run_owner(&check, &check.owners[i]);
		}
		findings_sort(findings);
	}
	talloc_free(check.scratch);
}

void
zone_text_check_apex(const struct zone_text *text, struct findings *findings)
{
	struct check check;

	/* What is asked of the apex needs no order. */
	if (prepare(&check, text, findings)) {
		check.records =
		    talloc_array(check.scratch, struct check_record, text->record_count + 1);
		for (size_t i = 0; i < text->record_count; i++) {
			const struct zone_text_record *record = &text->records[i];
			if (!record->is_disabled && strcmp(record->label, "@") == 0)
				check.records[check.count++] = (struct check_record){
				    .record = record, .key = "", .type = record->type};
		}
		run_scope(&check, CHECK_APEX, check.records, check.count);
		findings_sort(findings);
	}
	talloc_free(check.scratch);
}
