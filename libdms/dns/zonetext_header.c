/* The block over a zone that is shown: what it is, and its names in the letters they stand for. */
#include "dns/zonetext_write.h"

#include <stdlib.h>
#include <string.h>

#include "dns/name.h"

static void
write_both_forms(FILE *out, const char *name)
{
	char *unicode = name_to_unicode(NULL, name);

	if (unicode != NULL)
		fprintf(out, "%-14s%s = %s\n", "; IDN:", name, unicode);
	talloc_free(unicode);
}

static int
compare(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* The zone and each owner that has A-labels, once (IDNA 2008). */
static void
write_idn(FILE *out, const struct zone_text *text)
{
	const char **labels = talloc_array(NULL, const char *, text->record_count + 1);
	size_t count = 0;

	for (size_t i = 0; i < text->record_count; i++) {
		if (strstr(text->records[i].label, "xn--") != NULL)
			labels[count++] = text->records[i].label;
	}
	qsort(labels, count, sizeof labels[0], compare);
	write_both_forms(out, text->zone);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || strcmp(labels[i - 1], labels[i]) != 0)
			write_both_forms(out, labels[i]);
	}
	talloc_free(labels);
}

void
write_header(FILE *out, const struct zone_text *text, const struct zone_text_header *header)
{
	const struct {
		const char *name, *value;
	} lines[] = {
	    {"; Zone:", text->zone},
	    {"; Reference:", header->reference},
	    {"; change_by:", header->change_by},
	    {"; zi_id:", header->zi_id},
	    {"; zi_ctime:", header->zi_ctime},
	    {"; zi_ptime:", header->zi_ptime},
	};

	fputs(";\n", out);
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		if (lines[i].value != NULL)
			fprintf(out, "%-14s%s\n", lines[i].name, lines[i].value);
	}
	write_idn(out, text);
	fputs(";\n\n\n", out);
}
