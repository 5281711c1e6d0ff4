/* The writer of zone text (spec/zone-tool.md section 6.1). Everything comes in the order it has,
 * but the apex comes first, and what belongs to one group comes together. */
#include "dns/zonetext_write.h"

#include <stdlib.h>
#include <string.h>

#include "dns/zonetext_parts.h"

/* One run of the writer. */
struct writer {
	FILE *out;
	TALLOC_CTX *scratch;
	const struct zone_text *text;
	bool leaves_out_apex;
	int apex;          /* index of the apex group, -1: none */
	int *first, *next; /* records of each group as a chain, -1: end */
	const char *label; /* of the record before in this block; NULL: none */
	bool is_in_block;  /* something stands before, without the empty lines that part groups */
};

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

static int
find_apex_group(const struct zone_text *text)
{
	for (size_t i = 0; i < text->group_count; i++) {
		if (text->groups[i].tag != NULL && strcmp(text->groups[i].tag, "APEX_RRS") == 0)
			return (int)i;
	}
	return -1;
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

/* `label` empty: as in the line before. A spelling that says another TTL is none. */
static void
write_columns(FILE *out, const char *label, int64_t ttl, const char *spelling, const char *type)
{
	char seconds[TTL_TEXT_SIZE] = "";
	uint32_t spelled;

	if (ttl >= 0)
		ttl_print((uint32_t)ttl, seconds);
	bool is_spelled = ttl >= 0 && spelling != NULL &&
			  ttl_read(spelling, strlen(spelling), &spelled) && spelled == ttl;
	fprintf(out, "%-15s %-7s %-7s %-15s ", label, is_spelled ? spelling : seconds, "IN", type);
}

/* Comments behind a record; more than one line of them needs parentheses. */
static void
write_rdata(FILE *out, const char *rdata, const char *tail)
{
	bool has_lines = tail != NULL && strchr(tail, '\n') != NULL;

	fprintf(out, has_lines ? "( %s" : "%s", rdata);
	if (tail != NULL)
		write_tail(out, " ;", tail, "\n\t\t;");
	fputs(has_lines ? "\n\t\t)\n" : "\n", out);
}

static void
write_record(struct writer *writer, const struct zone_text_record *record, bool is_in_group)
{
	FILE *out = writer->out;
	bool is_repeated = writer->label != NULL && strcmp(record->label, writer->label) == 0;
	char *rdata = record_rdata_text(writer->scratch, record, writer->text->zone);

	write_remark(out, record->remark, is_in_group, writer->is_in_block);
	write_comment(out, ";#", record->comment);
	write_flags(out, record);
	write_columns(out, is_repeated ? "" : record->label, record->ttl, record->ttl_text,
		      rr_type_name(record->type));
	write_rdata(out, rdata, record->tail);
	talloc_free(rdata);
	writer->label = record->label;
	writer->is_in_block = true;
}

/* Empty lines, behind which a group or what has none begins. */
static void
end_block(struct writer *writer)
{
	if (writer->is_in_block)
		fputs("\n\n", writer->out);
	writer->is_in_block = false;
	writer->label = NULL;
}

static char *
relative_name(TALLOC_CTX *mem, const char *name, const char *zone)
{
	char *relative = name_relative(mem, name, zone);

	return relative != NULL ? relative : talloc_strdup(mem, name);
}

static void
write_soa(struct writer *writer, bool is_in_group)
{
	FILE *out = writer->out;
	const struct zone_text *text = writer->text;
	const struct soa *soa = &text->soa;
	const uint32_t numbers[] = {soa->serial, soa->refresh, soa->retry, soa->expire,
				    soa->minimum};
	const char *tail = text->soa_tail;

	write_remark(out, text->soa_remark, is_in_group, false);
	write_comment(out, ";#", text->soa_comment);
	if (text->reference != NULL)
		fprintf(out, ";!REF:%s\n", text->reference);
	write_columns(out, "@", text->soa_ttl, text->soa_ttl_text, "SOA");
	for (size_t i = 0; i < 7; i++) {
		char value[NAME_TEXT_MAX + 1];
		if (i < 2)
			snprintf(value, sizeof value, "%s",
				 relative_name(writer->scratch, i == 0 ? soa->mname : soa->rname,
					       text->zone));
		else
			snprintf(value, sizeof value, "%u", numbers[i - 2]);
		fprintf(out, i == 0 ? "%s%-12s ;" : "%48s%-12s ;", i == 0 ? "( " : "", value);
		tail = write_soa_word(out, tail, soa_words[i]);
	}
	if (tail != NULL && *tail != '\0') {
		fprintf(out, "%48s", "");
		write_tail(out, ";", tail, "\n\t\t;");
		fputc('\n', out);
	}
	fprintf(out, "%48s%-12s\n", "", ")");
	writer->label = "@";
	writer->is_in_block = true;
}

static bool
is_left_out(const struct writer *writer, const struct zone_text_record *record)
{
	return writer->leaves_out_apex && record->type == RR_NS && strcmp(record->label, "@") == 0;
}

/* The group that the record is written in, -1: none. Without a word about it a group is none. */
static int
group_of(const struct writer *writer, const struct zone_text_record *record)
{
	if (record->group < 0 || (size_t)record->group >= writer->text->group_count)
		return -1;
	const struct zone_text_group *group = &writer->text->groups[record->group];
	return group->comment != NULL || group->remark != NULL || record->group == writer->apex
		   ? record->group
		   : -1;
}

/* False: nothing shows that a group begins here. */
static bool
write_group_head(struct writer *writer, const struct zone_text_group *group)
{
	if (group->comment == NULL && group->remark == NULL)
		return false;
	write_remark(writer->out, group->remark, false, false);
	write_comment(writer->out, ";|", group->comment != NULL ? group->comment : "");
	return true;
}

/* SOA, and the group that it leads. */
static void
write_apex(struct writer *writer)
{
	bool has_soa = writer->text->has_soa && !writer->leaves_out_apex, is_group = false;
	int first = writer->apex >= 0 ? writer->first[writer->apex] : -1;

	if (!has_soa && first < 0)
		return;
	if (writer->apex >= 0)
		is_group = write_group_head(writer, &writer->text->groups[writer->apex]);
	if (has_soa)
		write_soa(writer, is_group);
	for (int i = first; i >= 0; i = writer->next[i])
		write_record(writer, &writer->text->records[i], is_group);
	if (is_group)
		end_block(writer);
}

static void
write_group(struct writer *writer, int group)
{
	end_block(writer);
	write_group_head(writer, &writer->text->groups[group]);
	for (int i = writer->first[group]; i >= 0; i = writer->next[i])
		write_record(writer, &writer->text->records[i], true);
	end_block(writer);
}

/* Chains the records of each group in their order. */
static void
chain_groups(struct writer *writer)
{
	const struct zone_text *text = writer->text;

	writer->first = talloc_array(writer->scratch, int, text->group_count + 1);
	writer->next = talloc_array(writer->scratch, int, text->record_count + 1);
	for (size_t i = 0; i < text->group_count; i++)
		writer->first[i] = -1;
	for (size_t i = text->record_count; i-- > 0;) {
		int group = group_of(writer, &text->records[i]);
		if (group < 0 || is_left_out(writer, &text->records[i]))
			continue;
		writer->next[i] = writer->first[group];
		writer->first[group] = (int)i;
	}
}

static void
write_content(struct writer *writer)
{
	const struct zone_text *text = writer->text;

	chain_groups(writer);
	write_apex(writer);
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		int group = group_of(writer, record);
		if (is_left_out(writer, record) || (group >= 0 && group == writer->apex))
			continue;
		if (group < 0)
			write_record(writer, record, false);
		else if (writer->first[group] == (int)i)
			write_group(writer, group);
	}
	end_block(writer);
	if (text->end_remark != NULL)
		write_remark(writer->out, text->end_remark, false, false);
}

static void
write_zone_ttl(FILE *out, const struct zone_text *text)
{
	char seconds[TTL_TEXT_SIZE];
	const char *spelling = text->zone_ttl_text;
	uint32_t spelled;

	ttl_print((uint32_t)text->zone_ttl, seconds);
	bool is_spelled = spelling != NULL && ttl_read(spelling, strlen(spelling), &spelled) &&
			  spelled == text->zone_ttl;
	fprintf(out, "$TTL %s\n", is_spelled ? spelling : seconds);
}

char *
zone_text_write(TALLOC_CTX *mem, const struct zone_text *text,
		const struct zone_text_header *header, bool leave_out_apex)
{
	TALLOC_CTX *scratch = talloc_new(NULL);
	struct text_stream stream;
	FILE *out = text_stream_open(&stream);
	struct writer writer = {.out = out,
				.scratch = scratch,
				.text = text,
				.leaves_out_apex = leave_out_apex,
				.apex = find_apex_group(text)};

	if (text->zone_ttl >= 0)
		write_zone_ttl(out, text);
	fprintf(out, "$ORIGIN %s\n\n", text->zone);
	if (header != NULL)
		write_header(out, text, header);
	write_content(&writer);
	talloc_free(scratch);
	return text_stream_take(mem, &stream);
}
