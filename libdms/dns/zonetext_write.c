/* The writer of zone text (spec/zone-tool.md section 6.1). */
#include "dns/zonetext_write.h"
#include "dns/rdata_parts.h"

#include <stdlib.h>
#include <string.h>

/* Ranks of groups: the apex, those with comments by comment, the rest. */
enum { RANK_APEX = 0 };

/* A record ready to be sorted and written. */
struct entry {
	const struct zone_text_record *record;
	const char *type, *rdata;
	size_t rank;
};

struct group_order {
	const struct zone_text_group *group;
	size_t index;
};

static int
compare_groups(const void *left, const void *right)
{
	const struct group_order *a = left, *b = right;
	int order = strcmp(a->group->comment, b->group->comment);

	return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static int
compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = (a->rank > b->rank) - (a->rank < b->rank);

	if (order != 0)
		return order;
	order = strcmp(a->record->label, b->record->label);
	if (order == 0)
		order = strcmp(a->type, b->type);
	if (order == 0)
		order = strcmp(a->rdata, b->rdata);
	if (order == 0) /* the same twice, one of them disabled perhaps */
		order = (a->record > b->record) - (a->record < b->record);
	return a->rank == RANK_APEX ? -order : order;
}

static int
find_apex_group(const struct zone_text *text)
{
	for (size_t i = 0; i < text->group_count; i++) {
		if (text->groups[i].tag != NULL && strcmp(text->groups[i].tag, "APEX_RRS") == 0)
			return (int)i;
	}
	return -1;
}

/* The rank of each group by index; groups that share a comment stay apart. */
static size_t *
rank_groups(TALLOC_CTX *mem, const struct zone_text *text, int apex)
{
	size_t *ranks = talloc_array(mem, size_t, text->group_count + 1), count = 0;
	struct group_order *order = talloc_array(mem, struct group_order, text->group_count + 1);

	for (size_t i = 0; i < text->group_count; i++) {
		ranks[i] = text->group_count + 1;
		if ((int)i != apex && text->groups[i].comment != NULL)
			order[count++] = (struct group_order){&text->groups[i], i};
	}
	qsort(order, count, sizeof order[0], compare_groups);
	for (size_t i = 0; i < count; i++)
		ranks[order[i].index] = i + 1;
	if (apex >= 0)
		ranks[apex] = RANK_APEX;
	talloc_free(order);
	return ranks;
}

char *
record_rdata_text(TALLOC_CTX *mem, const struct zone_text_record *record, const char *origin)
{
	char *text;
	dms_error *error =
	    rdata_print(mem, record->type, record->rdata, record->rdata_size, origin, &text);

	if (error == NULL)
		return text;
	dms_error_free(error);
	return generic_print(mem, record->rdata, record->rdata_size);
}

static struct entry *
make_entries(TALLOC_CTX *mem, const struct zone_text *text, const size_t *ranks,
	     bool leave_out_apex, size_t *count)
{
	struct entry *entries = talloc_array(mem, struct entry, text->record_count + 1);

	*count = 0;
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		if (leave_out_apex && record->type == RR_NS && strcmp(record->label, "@") == 0)
			continue;
		bool has_group = record->group >= 0 && (size_t)record->group < text->group_count;
		entries[(*count)++] = (struct entry){
		    .record = record,
		    .type = rr_type_name(record->type),
		    .rdata = record_rdata_text(entries, record, text->zone),
		    .rank = has_group ? ranks[record->group] : text->group_count + 1,
		};
		/* The name of an unknown type is only good for a while. */
		if (strncmp(entries[*count - 1].type, "TYPE", 4) == 0)
			entries[*count - 1].type = talloc_strdup(entries, entries[*count - 1].type);
	}
	qsort(entries, *count, sizeof entries[0], compare_entries);
	return entries;
}

static void
write_header(FILE *out, const char *zone, const struct zone_text_header *header)
{
	const struct {
		const char *name, *value;
	} lines[] = {
	    {"; Zone:", zone},
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
	fputs(";\n\n\n", out);
}

static void
write_flags(FILE *out, const struct zone_text_record *record)
{
	const char *lead = ";!";

	if (record->has_lock_ptr) {
		fprintf(out, "%sLOCKPTR", lead);
		lead = " ";
	}
	if (record->is_disabled) {
		fprintf(out, "%sDISABLE", lead);
		lead = " ";
	}
	if (record->tracks_reverse) {
		fprintf(out, "%sTRACKREV", lead);
		lead = " ";
	}
	if (record->reference != NULL) {
		fprintf(out, "%sREF:%s", lead, record->reference);
		lead = " ";
	}
	if (*lead == ' ')
		fputc('\n', out);
}

/* `label` empty: as in the line before. */
static void
write_columns(FILE *out, const char *label, int64_t ttl, const char *type)
{
	char seconds[TTL_TEXT_SIZE] = "";

	if (ttl >= 0)
		ttl_print((uint32_t)ttl, seconds);
	fprintf(out, "%-15s %-7s %-7s %-15s ", label, seconds, "IN", type);
}

static void
write_entry(FILE *out, const struct entry *entry, const char *label_before)
{
	const struct zone_text_record *record = entry->record;
	bool is_repeated = label_before != NULL && strcmp(record->label, label_before) == 0;

	write_comment(out, ";#", record->comment);
	write_flags(out, record);
	write_columns(out, is_repeated ? "" : record->label, record->ttl, entry->type);
	fprintf(out, "%s\n", entry->rdata);
}

static char *
relative_name(TALLOC_CTX *mem, const char *name, const char *zone)
{
	char *relative = name_relative(mem, name, zone);

	return relative != NULL ? relative : talloc_strdup(mem, name);
}

static void
write_soa(FILE *out, TALLOC_CTX *mem, const struct zone_text *text)
{
	const struct soa *soa = &text->soa;
	const struct {
		uint32_t value;
		const char *what;
	} numbers[] = {
	    {soa->serial, "Serial yyyymmddnn"},
	    {soa->refresh, "Refresh"},
	    {soa->retry, "Retry"},
	    {soa->expire, "Expire"},
	    {soa->minimum, "Minimum/Ncache"},
	};

	if (text->reference != NULL)
		fprintf(out, ";!REF:%s\n", text->reference);
	write_columns(out, "@", text->soa_ttl, "SOA");
	fprintf(out, "( %-12s ;Master NS\n", relative_name(mem, soa->mname, text->zone));
	fprintf(out, "%48s%-12s ;RP email\n", "", relative_name(mem, soa->rname, text->zone));
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		fprintf(out, "%48s%-12u ;%s\n", "", numbers[i].value, numbers[i].what);
	fprintf(out, "%48s%-12s\n", "", ")");
}

/* One group: entries of one rank. */
static void
write_group(FILE *out, const struct entry *entries, size_t count, const char *label_before)
{
	for (size_t i = 0; i < count; i++) {
		write_entry(out, &entries[i], label_before);
		label_before = entries[i].record->label;
	}
	fputs("\n\n", out);
}

static void
write_groups(FILE *out, TALLOC_CTX *mem, const struct zone_text *text, bool leave_out_apex)
{
	int apex = find_apex_group(text);
	size_t count, first = 0;
	struct entry *entries =
	    make_entries(mem, text, rank_groups(mem, text, apex), leave_out_apex, &count);
	bool has_soa = text->has_soa && !leave_out_apex;

	while (first < count && entries[first].rank == RANK_APEX)
		first++;
	if (has_soa || first > 0) {
		write_comment(out, ";|", apex >= 0 ? text->groups[apex].comment : NULL);
		if (has_soa)
			write_soa(out, mem, text);
		write_group(out, entries, first, has_soa ? "@" : NULL);
	}
	while (first < count) {
		const struct entry *entry = &entries[first];
		size_t end = first;
		while (end < count && entries[end].rank == entry->rank)
			end++;
		if (entry->rank <= text->group_count)
			write_comment(out, ";|", text->groups[entry->record->group].comment);
		write_group(out, entry, end - first, NULL);
		first = end;
	}
}

char *
zone_text_write(TALLOC_CTX *mem, const struct zone_text *text,
		const struct zone_text_header *header, bool leave_out_apex)
{
	TALLOC_CTX *scratch = talloc_new(NULL);
	char seconds[TTL_TEXT_SIZE];
	struct text_stream stream;
	FILE *out = text_stream_open(&stream);

	if (text->zone_ttl >= 0) {
		ttl_print((uint32_t)text->zone_ttl, seconds);
		fprintf(out, "$TTL %s\n", seconds);
	}
	fprintf(out, "$ORIGIN %s\n\n", text->zone);
	if (header != NULL)
		write_header(out, text->zone, header);
	write_groups(out, scratch, text, leave_out_apex);
	talloc_free(scratch);
	return text_stream_take(mem, &stream);
}
