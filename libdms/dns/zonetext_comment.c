/* The comments that mean something: ";|" for a group, ";#" for a record, ";!" flags. */
#include "dns/zonetext_parts.h"

#include <string.h>

/* The line from `at`, without its end. */
static const char *
line_end(const struct zone_reader *reader, const char *at)
{
	const char *newline = memchr(at, '\n', (size_t)(reader->end - at));
	const char *end = newline != NULL ? newline : reader->end;

	return end > at && end[-1] == '\r' ? end - 1 : end;
}

void
comment_clear(struct pending_comment *comment)
{
	talloc_free(comment->lines);
	*comment = (struct pending_comment){0};
}

void
flags_clear(struct pending_flags *flags)
{
	talloc_free(flags->reference);
	*flags = (struct pending_flags){0};
}

/* One more line; what cannot be stored any more is not kept. */
static void
comment_append(struct zone_reader *reader, struct pending_comment *comment, const char *at,
	       const char *end)
{
	size_t size = (size_t)(end - at);

	if (comment->lines == NULL) {
		struct token place = reader_place(reader, at);
		comment->lines = talloc_strdup(reader->scratch, "");
		comment->line = reader->line;
		comment->column = place.column;
		comment->line_start = reader->line_start;
	}
	if (comment->size + size + 1 > (size_t)4 * COMMENT_MAX) {
		comment->is_too_long = true;
		return;
	}
	comment->lines =
	    talloc_realloc(reader->scratch, comment->lines, char, comment->size + size + 2);
	memcpy(comment->lines + comment->size, at, size);
	comment->size += size;
	comment->lines[comment->size++] = '\n';
	comment->lines[comment->size] = '\0';
}

/* Length of the UTF-8 sequence at `at` (RFC 3629), 0: malformed or a control character. */
static size_t
character_size(const uint8_t *at, size_t left)
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

/* NULL, or why the comment cannot be kept. */
static const char *
comment_fault(const struct pending_comment *comment)
{
	size_t characters = 0;

	for (size_t at = 0; at < comment->size; characters++) {
		size_t size =
		    character_size((const uint8_t *)comment->lines + at, comment->size - at);
		if (size == 0)
			return "the comment is not UTF-8 text, or has control characters";
		at += size;
	}
	if (comment->is_too_long || characters > COMMENT_MAX)
		return "the comment is longer than 1024 characters";
	return NULL;
}

const char *
comment_take(struct zone_reader *reader, struct pending_comment *comment)
{
	if (comment->lines == NULL)
		return NULL;
	const char *fault = comment_fault(comment);
	char *text = NULL;
	if (fault != NULL) {
		struct token place = {.at = comment->line_start + comment->column - 1,
				      .line = comment->line,
				      .column = comment->column};
		reader_error(reader, DMS_E_ZI_TEXT_PARSE, &place, "%s", fault);
	} else {
		/* The last newline says "not to be wrapped" where the writer would do that. */
		bool is_wrappable =
		    comment->size - 1 > COMMENT_WIDTH &&
		    strchr(comment->lines, '\n') == comment->lines + comment->size - 1;
		text = talloc_strndup(reader->text, comment->lines, comment->size - !is_wrappable);
	}
	comment_clear(comment);
	return text;
}

/* A reference as spec/zone-data.md section 7 wants it. */
static bool
is_reference(const char *at, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = at[i];
		bool is_alnum =
		    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!is_alnum && (i == 0 || c == '\0' || strchr("-_.@", c) == NULL))
			return false;
	}
	return size > 0 && size <= 1024;
}

static void
apply_flag(struct zone_reader *reader, const struct token *word)
{
	struct pending_flags *flags = &reader->flags;

	if (token_is(word, "LOCKPTR")) {
		flags->has_lock_ptr = true;
	} else if (token_is(word, "FORCEREV")) {
		flags->forces_reverse = true;
	} else if (token_is(word, "TRACKREV")) {
		flags->tracks_reverse = true;
	} else if (token_is(word, "DISABLE")) {
		flags->is_disabled = true;
	} else if (word->size >= 4 && memcmp(word->at, "REF:", 4) == 0) {
		if (!is_reference(word->at + 4, word->size - 4))
			reader_error(reader, DMS_E_REFERENCE_FORMAT, word,
				     "%s: a reference is 1 to 1024 letters, digits, '-', '_', '.' "
				     "and '@', the first a letter or digit",
				     token_text(reader, word));
		else if (flags->reference == NULL)
			flags->reference =
			    talloc_strndup(reader->scratch, word->at + 4, word->size - 4);
	} else if (word->size >= 5 && memcmp(word->at, "RROP:", 5) == 0) {
		reader_error(reader, DMS_E_RROP_NOT_SUPPORTED, word,
			     "RROP: is for update files only");
	} else {
		reader_error(reader, DMS_E_ZI_TEXT_PARSE, word,
			     "%s is not a flag; there are LOCKPTR, FORCEREV, TRACKREV, DISABLE, "
			     "REF:reference and RROP:operation",
			     token_text(reader, word));
	}
}

/* Several lines before a record add up. */
static void
read_flags(struct zone_reader *reader, const char *at, const char *end)
{
	bool is_empty = true;

	while (at < end) {
		if (*at == ' ' || *at == '\t' || *at == '\r') {
			at++;
			continue;
		}
		struct token word = reader_place(reader, at);
		while (at < end && *at != ' ' && *at != '\t' && *at != '\r')
			at++;
		word.size = (uint32_t)(at - word.at);
		apply_flag(reader, &word);
		is_empty = false;
	}
	if (is_empty) {
		struct token place = reader_place(reader, end);
		reader_error(reader, DMS_E_ZI_TEXT_PARSE, &place,
			     "no flag after ;! - there are LOCKPTR, FORCEREV, TRACKREV, DISABLE, "
			     "REF:reference and RROP:operation");
	}
	reader->flags.line = reader->line;
}

void
read_comment_line(struct zone_reader *reader)
{
	const char *at = reader->at, *end = line_end(reader, at);
	char kind = '\0';

	if (end - at >= 2) {
		kind = at[1];
		at += 2;
	}
	if (kind == '!') {
		read_flags(reader, at, end);
	} else if (kind == '|' || kind == '#') {
		if (at < end && *at == ' ')
			at++;
		if (kind == '|')
			reader->group = -1;
		comment_append(reader,
			       kind == '|' ? &reader->group_comment : &reader->record_comment, at,
			       end);
	}
	scan_next_line(reader);
}
