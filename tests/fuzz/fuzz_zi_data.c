/* rooms: dms_model dms_db dms_dns dms_base */
/* ZI data, JSON of any kind, is parsed, checked and shown; what was taken must be taken again from
 * what is shown of it, as the same records, and be shown the same then; and as zone text it must
 * read back as the same records. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/instance.h"

#define ZONE "example.org."

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool claim)
{
	if (!claim)
		abort();
}

/* What instance_apply_apex does with what was not given. */
static void
complete_soa(struct soa *soa)
{
	uint32_t *numbers[] = {&soa->refresh, &soa->retry, &soa->expire, &soa->minimum};

	soa->mname = soa->mname == NULL ? "ns1." ZONE : soa->mname;
	soa->rname = soa->rname == NULL ? "hostmaster." ZONE : soa->rname;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		if (*numbers[i] == SOA_FIELD_MISSING)
			*numbers[i] = 3600;
	}
}

static json_t *
show(struct zone_text *text)
{
	const struct zone zone = {.id = 7, .name = ZONE};

	text->has_soa = true;
	complete_soa(&text->soa);
	if (text->zone_ttl < 0)
		text->zone_ttl = 86400;
	const struct instance instance = {.id = 9,
					  .zone_id = 7,
					  .change_by = "fuzz/Admin",
					  .soa = text->soa,
					  .soa_ttl = text->soa_ttl,
					  .zone_ttl = (uint32_t)text->zone_ttl};
	return zi_to_json(&zone, &instance, text, NULL);
}

static void
require_same_record(const struct zone_text_record *a, const struct zone_text_record *b)
{
	require(strcmp(a->label, b->label) == 0 && a->type == b->type && a->ttl == b->ttl);
	require(a->rdata_size == b->rdata_size && memcmp(a->rdata, b->rdata, a->rdata_size) == 0);
	require(a->is_disabled == b->is_disabled && a->has_lock_ptr == b->has_lock_ptr &&
		a->tracks_reverse == b->tracks_reverse);
	require((a->comment == NULL) == (b->comment == NULL));
	require(a->comment == NULL || strcmp(a->comment, b->comment) == 0);
}

/* Groups without records are not shown, and those without comment come last: the second time there
 * is nothing to move any more. */
static void
show_and_take_again(TALLOC_CTX *mem, struct zone_text *text)
{
	json_t *shown = show(text), *again;
	struct zone_text *second = NULL, *third = NULL;
	struct findings *findings = talloc_zero(mem, struct findings);

	require(zi_data_parse(mem, ZONE, shown, &second, findings) == NULL);
	require(findings->error_count == 0);
	require(second->record_count == text->record_count);
	again = show(second);
	require(json_equal(shown, again));
	require(zi_data_parse(mem, ZONE, again, &third, findings) == NULL);
	require(findings->error_count == 0 && third->record_count == second->record_count);
	for (size_t i = 0; i < third->record_count; i++)
		require_same_record(&second->records[i], &third->records[i]);
	json_decref(again);
	json_decref(shown);
}

/* Words may be wrapped into other lines; nothing else of a comment changes. */
static void
require_same_words(const char *a, const char *b)
{
	static const char blanks[] = " \t\n";

	require((a == NULL) == (b == NULL));
	if (a == NULL)
		return;
	for (a += strspn(a, blanks), b += strspn(b, blanks); *a != '\0' && *a == *b;
	     a += strspn(a, blanks), b += strspn(b, blanks))
		a++, b++;
	require(*a == '\0' && *b == '\0');
}

static const char *
group_comment(const struct zone_text *text, const struct zone_text_record *record)
{
	return record->group < 0 ? NULL : text->groups[record->group].comment;
}

static char *
normal_form(TALLOC_CTX *mem, const struct zone_text *text)
{
	char *form = NULL, *copy;
	size_t size = 0;
	FILE *out = open_memstream(&form, &size);

	zone_text_normal_form(out, text);
	fclose(out);
	copy = talloc_strdup(mem, form);
	free(form);
	return copy;
}

/* Whether the records stand as the writer will put them: by group. */
static bool
is_ordered(const struct zone_text *text)
{
	for (size_t i = 1; i < text->record_count; i++) {
		if (text->records[i].group != text->records[i - 1].group &&
		    (text->records[i].group == -1 ||
		     text->records[i].group < text->records[i - 1].group))
			return false;
	}
	return true;
}

/* References are held to their form by those who look them up, not by the parser. */
static void
forget_references(struct zone_text *text)
{
	for (size_t i = 0; i < text->record_count; i++)
		text->records[i].reference = NULL;
}

static void
write_and_read_again(TALLOC_CTX *mem, struct zone_text *text)
{
	struct findings *findings = talloc_zero(mem, struct findings);
	struct zone_text *again;
	char *written = zone_text_write(mem, text, NULL, false);

	zone_text_read(mem, ZONE, written, strlen(written), &again, findings);
	require(findings->error_count == 0);
	require(again->record_count == text->record_count);
	require(strcmp(normal_form(mem, text), normal_form(mem, again)) == 0);
	for (size_t i = 0; i < text->record_count && is_ordered(text); i++) {
		require_same_words(text->records[i].comment, again->records[i].comment);
		require_same_words(group_comment(text, &text->records[i]),
				   group_comment(again, &again->records[i]));
	}
}

static void
try_data(TALLOC_CTX *mem, const json_t *zi_data)
{
	struct findings *findings = talloc_zero(mem, struct findings);
	struct zone_text *text = NULL;
	dms_error *error = zi_data_parse(mem, ZONE, zi_data, &text, findings);

	if (error != NULL) {
		dms_error_free(error);
		return;
	}
	bool was_read = findings->error_count == 0;
	zone_text_check(text, findings);
	zone_text_check_apex(text, findings);
	json_decref(zi_data_findings(findings, zi_data));
	dms_error_free(zi_data_error(findings, ZONE, zi_data));
	if (!was_read)
		return;
	show_and_take_again(mem, text);
	forget_references(text);
	write_and_read_again(mem, text);
	zone_text_unify_ttls(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* As the gateway loads requests. */
	json_t *zi_data = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	TALLOC_CTX *mem = talloc_new(NULL);

	if (zi_data != NULL)
		try_data(mem, zi_data);
	talloc_free(mem);
	json_decref(zi_data);
	return 0;
}
