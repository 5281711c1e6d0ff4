/* What people write around their data, kept as it is: plain comments, empty lines, and comments
 * behind records. */
#include "dns/zonetext_parts.h"

#include <string.h>

const char *const soa_words[7] = {
    "Master NS", "RP email", "Serial yyyymmddnn", "Refresh", "Retry", "Expire", "Minimum/Ncache",
};

void
gather(struct zone_reader *reader, struct gathered *lines, const char *at, size_t size)
{
	if (lines->size + size + 1 > lines->capacity) {
		while (lines->size + size + 1 > lines->capacity)
			lines->capacity = lines->capacity == 0 ? 256 : lines->capacity * 2;
		lines->text = talloc_realloc(reader->scratch, lines->text, char, lines->capacity);
	}
	if (size > 0)
		memcpy(lines->text + lines->size, at, size);
	lines->size += size;
	lines->text[lines->size] = '\0';
}

/* Room for one more line, or an error at its place. */
static bool
has_room(struct zone_reader *reader, const struct gathered *lines, const char *at, const char *end)
{
	/* An octet that is not UTF-8 becomes two. */
	if (lines->size + 2 * (size_t)(end - at) + 2 <= REMARK_MAX)
		return true;
	struct token place = reader_place(reader, at);
	reader_error(reader, DMS_E_ZI_TEXT_PARSE, &place,
		     "the comments at this place are longer than 65536 octets");
	return false;
}

static bool
is_plain(const char *at, const char *end)
{
	for (; at < end; at++) {
		if ((uint8_t)*at < ' ' || (uint8_t)*at >= 0x7f)
			return false;
	}
	return true;
}

/* A comment in another encoding is no reason to refuse a zone: its octets are taken as Latin-1.
 * A NUL is: it means that this is no text at all. */
static void
gather_odd(struct zone_reader *reader, struct gathered *lines, const char *at, const char *end)
{
	const char *odd = NULL, *nul = memchr(at, '\0', (size_t)(end - at));

	while (at < end) {
		const uint8_t *octet = (const uint8_t *)at;
		size_t size = utf8_size(octet, (size_t)(end - at));
		char latin[2] = {(char)(0xc0 | *octet >> 6), (char)(0x80 | (*octet & 0x3f))};
		if (size > 0) {
			gather(reader, lines, at, size);
		} else if (*octet < 0x80) {
			gather(reader, lines, " ", 1);
		} else {
			gather(reader, lines, latin, 2);
		}
		if (size == 0 && odd == NULL)
			odd = at;
		at += size > 0 ? size : 1;
	}
	struct token place = reader_place(reader, nul != NULL ? nul : odd != NULL ? odd : at);
	if (nul != NULL)
		reader_error(reader, DMS_E_BINARY_FILE, &place, "a NUL octet: this is not text");
	else if (odd != NULL)
		reader_finding(reader, FINDING_WARNING, DMS_E_ZI_TEXT_PARSE, &place, 0,
			       "the comment is not UTF-8, or has control characters: it is kept as "
			       "Latin-1, with blanks for those");
}

static void
gather_line(struct zone_reader *reader, struct gathered *lines, const char *lead, const char *at,
	    const char *end)
{
	if (!has_room(reader, lines, at, end))
		return;
	gather(reader, lines, lead, strlen(lead));
	if (is_plain(at, end))
		gather(reader, lines, at, (size_t)(end - at));
	else
		gather_odd(reader, lines, at, end);
	gather(reader, lines, "\n", 1);
}

static const char *
trim_end(const char *at, const char *end)
{
	while (end > at && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
		end--;
	return end;
}

void
remark_add_line(struct zone_reader *reader, const char *at, const char *end)
{
	gather_line(reader, &reader->remark, "", at, trim_end(at, end));
}

/* The comment of a group that no record joined stays as the lines that it was. */
static void
return_group_comment(struct zone_reader *reader)
{
	struct gathered rest = reader->remark;
	const struct gathered *comment = &reader->group_comment.lines;

	reader->remark = reader->group_remark;
	reader->group_remark = (struct gathered){0};
	for (const char *at = comment->text, *end; at < comment->text + comment->size; at = end) {
		end = (char *)memchr(at, '\n', (size_t)(comment->text + comment->size - at)) + 1;
		gather_line(reader, &reader->remark, end - at > 1 ? ";| " : ";|", at,
			    trim_end(at, end - 1));
	}
	gather(reader, &reader->remark, rest.text, rest.size);
	talloc_free(rest.text);
	comment_clear(&reader->group_comment);
}

void
remark_add_blank(struct zone_reader *reader)
{
	struct gathered *remark = &reader->remark;

	reader->group = -1;
	if (reader->group_comment.is_there && !reader->group_comment.is_bad)
		return_group_comment(reader);
	comment_clear(&reader->group_comment);
	bool is_blank = remark->size > 0 && remark->text[remark->size - 1] == '\n' &&
			(remark->size == 1 || remark->text[remark->size - 2] == '\n');
	if (!is_blank)
		gather(reader, remark, "\n", 1);
}

void
remark_begin_group(struct zone_reader *reader)
{
	struct gathered free_room = reader->group_remark;

	reader->group_remark = reader->remark;
	reader->remark = free_room;
	reader->remark.size = 0;
}

/* The block that the writer puts over a zone that is shown is no comment of anybody: from a line
 * with nothing but a semicolon over "; Zone:" and its like to the next such line. */
static void
drop_header(struct gathered *lines)
{
	static const char *const names[] = {
	    "Zone:", "Reference:", "change_by:", "zi_id:", "zi_ctime:", "zi_ptime:"};
	char *start = strstr(lines->text, ";\n; Zone:");

	if (start == NULL || (start > lines->text && start[-1] != '\n'))
		return;
	char *at = start + 2;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strncmp(at, "; ", 2) == 0 && strncmp(at + 2, names[i], strlen(names[i])) == 0)
			at = strchr(at, '\n') + 1;
	}
	while (strncmp(at, "; IDN:", 6) == 0)
		at = strchr(at, '\n') + 1;
	if (strncmp(at, ";\n", 2) != 0)
		return;
	at += 2;
	bool is_after_blank = start - lines->text < 2 || start[-2] == '\n';
	if (*at == '\n' && is_after_blank)
		at++;
	lines->size -= (size_t)(at - start);
	memmove(start, at, strlen(at) + 1);
}

const char *
remark_take(struct zone_reader *reader, struct gathered *lines, bool is_joined)
{
	const char *kept = NULL;

	if (lines->size > 0) {
		if (!reader->has_items)
			drop_header(lines);
		bool drops_blank = lines->size > 0 && lines->text[0] == '\n' && !is_joined;
		/* The last line's newline is not of what is between lines. */
		if (lines->size > drops_blank) {
			kept = lines->text + drops_blank;
			lines->text[lines->size - 1] = '\0';
		}
	}
	lines->size = 0;
	return kept;
}

void
tail_add(struct zone_reader *reader, const char *at, const char *end)
{
	struct pending_tail *tail = &reader->tail;

	end = trim_end(at, end);
	if (at == end)
		return;
	if (tail->count < TAIL_PLACES)
		tail->places[tail->count] = reader->count;
	tail->count++;
	gather_line(reader, &tail->lines, "", at, end);
}

const char *
tail_take(struct zone_reader *reader)
{
	struct pending_tail *tail = &reader->tail;
	const char *kept = tail->lines.size == 0 ? NULL : tail->lines.text;

	if (kept != NULL)
		tail->lines.text[tail->lines.size - 1] = '\0';
	tail->lines.size = tail->count = 0;
	return kept;
}

/* The line at `*at`, which goes on to the next; NULL: that was all. */
static const char *
next_line(const struct gathered *lines, size_t *at, size_t *size)
{
	if (*at >= lines->size)
		return NULL;
	const char *line = lines->text + *at;
	*size = (size_t)((const char *)memchr(line, '\n', lines->size - *at) - line);
	*at += *size + 1;
	return line;
}

/* Which of the SOA's values a comment stands behind: from 0, 7: none of them. */
static size_t
soa_value(const struct pending_tail *tail, size_t n, size_t first)
{
	size_t place = n < TAIL_PLACES ? tail->places[n] : 0;

	return place > first && place - first <= 7 ? place - first - 1 : 7;
}

const char *
tail_take_soa(struct zone_reader *reader, size_t first)
{
	struct pending_tail *tail = &reader->tail;
	struct gathered words[7] = {{0}}, others = {0}, kept = {0};
	const char *line;
	size_t at = 0, size;

	for (size_t i = 0; (line = next_line(&tail->lines, &at, &size)) != NULL; i++) {
		size_t value = soa_value(tail, i, first);
		if (value < 7 && words[value].size == 0) {
			gather(reader, &words[value], line, size);
			continue;
		}
		gather(reader, &others, "\n", 1);
		gather(reader, &others, line, size);
	}
	tail->lines.size = tail->count = 0;
	for (size_t i = 0; i < 7; i++) {
		gather(reader, &kept, "\n", i > 0);
		if (words[i].size > 0 && strcmp(words[i].text, soa_words[i]) != 0)
			gather(reader, &kept, words[i].text, words[i].size);
	}
	if (kept.size == 6 && others.size == 0)
		return NULL;
	gather(reader, &kept, others.text, others.size);
	return talloc_strndup(reader->text, kept.text, kept.size);
}

void
tail_to_remark(struct zone_reader *reader)
{
	struct pending_tail *tail = &reader->tail;
	const char *line;
	size_t at = 0, size;

	while ((line = next_line(&tail->lines, &at, &size)) != NULL)
		gather_line(reader, &reader->remark, ";", line, line + size);
	tail->lines.size = tail->count = 0;
}
