/* rooms: dms_dns dms_base */
/* Zone text of any octets is read, checked and written, and reads the same when it comes through a
 * stream; what was read without errors must read back from its own text as the same records, and
 * then be written as the same text. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/zonetext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool claim)
{
	if (!claim)
		abort();
}

static int
compare(const void *left, const void *right)
{
	const struct zone_text_record *a = left, *b = right;
	int order = strcmp(a->label, b->label);

	if (order == 0)
		order = (a->type > b->type) - (a->type < b->type);
	if (order == 0)
		order = (a->rdata_size > b->rdata_size) - (a->rdata_size < b->rdata_size);
	if (order == 0)
		order = memcmp(a->rdata, b->rdata, a->rdata_size);
	return order != 0 ? order : (a->ttl > b->ttl) - (a->ttl < b->ttl);
}

static void
write_and_read_again(TALLOC_CTX *mem, struct zone_text *text)
{
	struct findings findings = {0};
	struct zone_text *again;
	char *written = zone_text_write(mem, text, NULL, false);

	zone_text_read(mem, text->zone, written, strlen(written), &again, &findings);
	require(findings.error_count == 0);
	require(again->record_count == text->record_count);
	require(again->has_soa == text->has_soa && again->zone_ttl == text->zone_ttl);
	char *second = zone_text_write(mem, again, NULL, false);
	require(strcmp(second, written) == 0);
	if (text->record_count == 0)
		return;
	qsort(text->records, text->record_count, sizeof text->records[0], compare);
	qsort(again->records, again->record_count, sizeof again->records[0], compare);
	for (size_t i = 0; i < text->record_count; i++)
		require(compare(&text->records[i], &again->records[i]) == 0);
}

/* A file that includes itself whatever its name, as deep as the reader lets it. */
struct self {
	const uint8_t *data;
	size_t size;
	int opened;
};

static FILE *
include_self(void *context, TALLOC_CTX *mem, const char *name, const char *from, const char **path,
	     const char **reason)
{
	struct self *self = context;

	*path = talloc_strdup(mem, name);
	*reason = "enough";
	/* Few, or one input could take minutes. */
	return self->opened++ < 20 && self->size > 0 ? fmemopen((void *)self->data, self->size, "r")
						     : NULL;
}

static void
read_stream(TALLOC_CTX *mem, const uint8_t *data, size_t size, const struct zone_text *wanted)
{
	struct self self = {data, size, 0};
	struct findings findings = {0};
	struct zone_text *text;
	FILE *stream = size > 0 ? fmemopen((void *)data, size, "r") : NULL;
	struct zone_text_source source = {.stream = stream};

	if (stream == NULL)
		return;
	zone_text_read_source(mem, "example.org.", &source, &text, &findings);
	require(text->record_count == wanted->record_count);
	rewind(stream);
	source.include = include_self;
	source.context = &self;
	findings = (struct findings){0};
	zone_text_read_source(mem, "example.org.", &source, &text, &findings);
	fclose(stream);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct findings findings = {0};
	struct zone_text *text;

	zone_text_read(mem, "example.org.", (const char *)data, size, &text, &findings);
	bool has_errors = findings.error_count > 0;
	read_stream(mem, data, size, text);
	zone_text_check(text, &findings);
	zone_text_check_apex(text, &findings);
	zone_text_master_file(mem, text, 1);
	json_decref(findings_to_json(&findings));
	dms_error_free(findings_error(&findings, "example.org."));
	if (!has_errors)
		write_and_read_again(mem, text);
	talloc_free(mem);
	return 0;
}
