/* Checks of a zone's content record by record and RRset by RRset. Everything is sorted once; no
 * check looks at more than its neighbours. */
#include "dns/zonetext_check.h"

#include <stdlib.h>
#include <string.h>

static int
compare_numbers(size_t a, size_t b)
{
	return (a > b) - (a < b);
}

/* By owner (parents before what is below them), type, rdata, place in the text. */
static int
compare(const void *left, const void *right)
{
	const struct check_record *a = left, *b = right;
	const struct zone_text_record *x = a->record, *y = b->record;
	int order = a->key == b->key ? 0 : strcmp(a->key, b->key);

	if (order == 0)
		order = compare_numbers(x->type, y->type);
	if (order == 0) {
		size_t common = x->rdata_size < y->rdata_size ? x->rdata_size : y->rdata_size;
		order = memcmp(x->rdata, y->rdata, common);
	}
	if (order == 0)
		order = compare_numbers(x->rdata_size, y->rdata_size);
	return order != 0 ? order : (x > y) - (x < y);
}

char *
check_key(TALLOC_CTX *mem, const char *label)
{
	size_t length = strlen(label);
	char *key = talloc_array(mem, char, length + 1), *out = key + length;

	if (strcmp(label, "@") == 0) {
		key[0] = '\0';
		return key;
	}
	/* Filled from the back, so that labels swap ends and keep their own order. */
	*out = '\0';
	while (*label != '\0') {
		size_t size = 0;
		while (label[size] != '\0' && label[size] != '.')
			size += label[size] == '\\' && label[size + 1] != '\0' ? 2 : 1;
		out -= size;
		memcpy(out, label, size);
		label += size;
		if (*label == '.') {
			*--out = CHECK_SEPARATOR;
			label++;
		}
	}
	return key;
}

void
check_add(struct check *check, const struct zone_text_record *record, int level, enum dms_err id,
	  const char *fmt, ...)
{
	char message[NAME_TEXT_MAX + 256];
	va_list arguments;

	va_start(arguments, fmt);
	vsnprintf(message, sizeof message, fmt, arguments);
	va_end(arguments);
	finding_add(check->findings, (void *)check->text,
		    &(struct finding){
			.level = level,
			.id = id,
			.line = record->line,
			.column = record->line > 0 ? 1 : 0,
			.label = record->label,
			.type = record->type,
		    },
		    "%s %s: %s", record->label, rr_type_name(record->type), message);
}

/* From `first`: how many records have the same owner. */
static size_t
owner_run(const struct check *check, size_t first)
{
	size_t end = first + 1;

	while (end < check->count &&
	       strcmp(check->records[end].key, check->records[first].key) == 0)
		end++;
	return end - first;
}

/* RFC 1034 section 3.6.2: nothing beside a CNAME. What comes after the CNAME in the text is in its
 * way; or the CNAME itself when it comes last. */
static void
check_cname(struct check *check, const struct check_record *run, size_t count)
{
	const struct zone_text_record *first = NULL;
	bool has_later = false;

	for (size_t i = 0; i < count; i++) {
		const struct zone_text_record *record = run[i].record;
		if (record->type == RR_CNAME && (first == NULL || record < first))
			first = record;
	}
	if (first == NULL || count == 1)
		return;
	for (size_t i = 0; i < count; i++) {
		bool is_same = first->type == run[i].record->type &&
			       first->rdata_size == run[i].record->rdata_size &&
			       memcmp(first->rdata, run[i].record->rdata, first->rdata_size) == 0;
		if (run[i].record <= first || is_same)
			continue;
		has_later = true;
		check_add(check, run[i].record, FINDING_ERROR, DMS_E_ZONE_CNAME_EXISTS,
			  "the owner has a CNAME, which must be alone");
	}
	for (size_t i = 0; i < count && !has_later; i++) {
		if (run[i].record->type != RR_CNAME) {
			check_add(check, first, FINDING_ERROR, DMS_E_ZONE_CNAME_LABEL_EXISTS,
				  "the owner has other records, a CNAME must be alone");
			return;
		}
	}
}

static void
check_duplicates(struct check *check, const struct check_record *run, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const struct zone_text_record *a = run[i - 1].record, *b = run[i].record;
		if (a->type == b->type && a->rdata_size == b->rdata_size &&
		    memcmp(a->rdata, b->rdata, a->rdata_size) == 0)
			check_add(check, b, FINDING_ERROR, DMS_E_DUPLICATE_RECORD_IN_ZONE,
				  "the record is there already%s",
				  a->ttl != b->ttl ? " with another TTL" : "");
	}
}

static int64_t
effective_ttl(const struct check *check, const struct zone_text_record *record)
{
	return record->ttl >= 0 ? record->ttl : check->text->zone_ttl;
}

/* Once an RRset: a name server keeps one TTL for all of it (RFC 2181 section 5.2). */
static void
check_ttls(struct check *check, const struct check_record *run, size_t count)
{
	bool is_reported = false;

	for (size_t i = 1; i < count; i++) {
		const struct zone_text_record *a = run[i - 1].record, *b = run[i].record;
		if (a->type != b->type) {
			is_reported = false;
			continue;
		}
		if (is_reported || effective_ttl(check, a) == effective_ttl(check, b))
			continue;
		is_reported = true;
		check_add(check, b, FINDING_WARNING, DMS_E_TTL_MISMATCH,
			  "records of one owner and type have different TTLs");
	}
}

/* The counterpart of BIND's check-names for owners. */
static void
check_owner(struct check *check, const struct zone_text_record *record)
{
	bool is_for_hosts =
	    record->type == RR_A || record->type == RR_AAAA || record->type == RR_MX;

	if (is_for_hosts && !name_is_host(record->label, true))
		check_add(check, record, FINDING_ERROR, DMS_E_BAD_NAME_OWNER,
			  "the owner is not a host name");
}

/* Enabled records, sorted; keys are shared by neighbours of one owner. */
static void
collect(struct check *check)
{
	const struct zone_text *text = check->text;

	check->records = talloc_array(check->scratch, struct check_record, text->record_count + 1);
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		if (record->is_disabled)
			continue;
		struct check_record *new = &check->records[check->count];
		new->record = record;
		new->key = check->count > 0 && strcmp(new[-1].record->label, record->label) == 0
			       ? new[-1].key
			       : check_key(check->scratch, record->label);
		check->count++;
	}
	qsort(check->records, check->count, sizeof check->records[0], compare);
}

static void
check_soa_names(struct check *check)
{
	const struct zone_text *text = check->text;
	const struct zone_text_record apex = {.label = "@", .type = RR_SOA};

	if (!text->has_soa)
		return;
	if (!name_is_host(text->soa.mname, false))
		check_add(check, &apex, FINDING_ERROR, DMS_E_BAD_NAME_RDATA,
			  "master name %s is not a host name", text->soa.mname);
	/* The first label is a mailbox, which may hold what it likes (RFC 1035 section 8). */
	const char *domain = name_parent(text->soa.rname);
	if (domain != NULL && strcmp(domain, ".") != 0 && !name_is_host(domain, false))
		check_add(check, &apex, FINDING_ERROR, DMS_E_BAD_NAME_RDATA,
			  "mailbox %s is not at a host name", text->soa.rname);
}

void
zone_text_check(const struct zone_text *text, struct findings *findings)
{
	struct check check = {.text = text, .findings = findings, .scratch = talloc_new(NULL)};

	collect(&check);
	check_soa_names(&check);
	for (size_t first = 0; first < check.count;) {
		size_t count = owner_run(&check, first);
		const struct check_record *run = &check.records[first];
		check_cname(&check, run, count);
		check_duplicates(&check, run, count);
		check_ttls(&check, run, count);
		first += count;
	}
	for (size_t i = 0; i < check.count; i++) {
		check_owner(&check, check.records[i].record);
		check_targets(&check, check.records[i].record);
	}
	talloc_free(check.scratch);
}

void
zone_text_check_apex(const struct zone_text *text, struct findings *findings)
{
	const struct finding missing_soa = {.level = FINDING_ERROR,
					    .id = DMS_E_ZONE_HAS_NO_SOA_RECORD,
					    .label = "@",
					    .type = RR_SOA};
	const struct finding missing_ns = {
	    .level = FINDING_ERROR, .id = DMS_E_ZONE_HAS_NO_NS_RECORD, .label = "@", .type = RR_NS};

	if (!text->has_soa)
		finding_add(findings, (void *)text, &missing_soa, "zone %s has no SOA", text->zone);
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		if (record->type == RR_NS && !record->is_disabled &&
		    strcmp(record->label, "@") == 0)
			return;
	}
	finding_add(findings, (void *)text, &missing_ns, "zone %s has no NS at its apex",
		    text->zone);
}
