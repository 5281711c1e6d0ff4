/* The comments that mean something: ";|" for a group, ";#" for a record; ";!" goes to the flags. */
#include "dns/zonetext_parts.h"

#include <string.h>

const char *
line_end(const struct zone_reader *reader, const char *at)
{
	const char *newline = memchr(at, '\n', (size_t)(reader->in.end - at));
	const char *end = newline != NULL ? newline : reader->in.end;

	return end > at && end[-1] == '\r' ? end - 1 : end;
}

void
comment_clear(struct pending_comment *comment)
{
	comment->lines.size = 0;
	comment->is_there = comment->is_bad = false;
}

size_t
utf8_size(const uint8_t *at, size_t left)
{
	size_t size = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;

	if (size == 1)
		return (at[0] >= ' ' && at[0] != 0x7f) || at[0] == '\n' || at[0] == '\t';
	if (at[0] < 0xc2 || at[0] > 0xf4 || size > left)
		return 0;
	for (size_t i = 1; i < size; i++) {
		if (at[i] < 0x80 || at[i] > 0xbf)
			return 0;
	}
	bool is_overlong = (at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xf0 && at[1] < 0x90);
	bool is_outside = (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf4 && at[1] > 0x8f);
	return is_overlong || is_outside ? 0 : size;
}

/* Where the line cannot be text, or NULL. */
static const char *
find_fault(const char *at, const char *end)
{
	while (at < end) {
		size_t size = utf8_size((const uint8_t *)at, (size_t)(end - at));
		if (size == 0)
			return at;
		at += size;
	}
	return NULL;
}

static void
spoil(struct zone_reader *reader, struct pending_comment *comment, const struct token *place,
      enum dms_err id, const char *why)
{
	if (!comment->is_bad)
		reader_error(reader, id, place, "%s", why);
	comment->is_bad = true;
}

/* One more line; what cannot be stored any more is not kept. */
static void
comment_append(struct zone_reader *reader, struct pending_comment *comment, const char *at,
	       const char *end)
{
	if (!comment->is_there)
		comment->place = reader_place(reader, at);
	comment->is_there = true;
	const char *fault = find_fault(at, end);
	if (fault != NULL) {
		struct token place = reader_place(reader, fault);
		spoil(reader, comment, &place,
		      *fault == '\0' ? DMS_E_BINARY_FILE : DMS_E_ZI_TEXT_PARSE,
		      "the comment is not UTF-8 text, or has control characters");
		return;
	}
	if (comment->lines.size + (size_t)(end - at) > (size_t)4 * COMMENT_MAX) {
		spoil(reader, comment, &comment->place, DMS_E_ZI_TEXT_PARSE,
		      "the comment is longer than 1024 characters");
		return;
	}
	gather(reader, &comment->lines, at, (size_t)(end - at));
	gather(reader, &comment->lines, "\n", 1);
}

static size_t
count_characters(const struct gathered *lines)
{
	size_t count = 0;

	for (size_t i = 0; i < lines->size; i++)
		count += ((uint8_t)lines->text[i] & 0xc0) != 0x80;
	return count;
}

const char *
comment_take(struct zone_reader *reader, struct pending_comment *comment)
{
	const struct gathered *lines = &comment->lines;
	char *text = NULL;

	if (!comment->is_there)
		return NULL;
	if (!comment->is_bad && count_characters(lines) > COMMENT_MAX)
		spoil(reader, comment, &comment->place, DMS_E_ZI_TEXT_PARSE,
		      "the comment is longer than 1024 characters");
	if (!comment->is_bad) {
		/* The last newline says "not to be wrapped" where the writer would do that. */
		bool is_wrappable = lines->size - 1 > COMMENT_WIDTH &&
				    strchr(lines->text, '\n') == lines->text + lines->size - 1;
		text = lines->text;
		text[lines->size - !is_wrappable] = '\0';
	}
	comment_clear(comment);
	return text;
}

void
read_comment_line(struct zone_reader *reader)
{
	const char *at = reader->in.at, *end = line_end(reader, at);
	char kind = end - at >= 2 ? at[1] : '\0';

	if (kind == '!') {
		read_flags(reader, at + 2, end);
	} else if (kind == '|' || kind == '#') {
		at += 2;
		if (at < end && *at == ' ')
			at++;
		if (kind == '|' && !reader->group_comment.is_there)
			remark_begin_group(reader);
		if (kind == '|')
			reader->group = -1;
		comment_append(reader,
			       kind == '|' ? &reader->group_comment : &reader->record_comment, at,
			       end);
	} else {
		remark_add_line(reader, at, end);
	}
	scan_next_line(reader);
}
