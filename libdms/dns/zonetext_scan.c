/* Zone text to tokens, in one pass. After something malformed it goes on inside the same record, to
 * the end that its parentheses give it, so that one slip makes one finding. */
#include "dns/zonetext_parts.h"

#include <string.h>

/* What an octet is, outside quotes. */
enum octet_class { WORD, BLANK, NEWLINE, SPECIAL, CONTROL };

static enum octet_class
classify(char c)
{
	switch (c) {
	case ' ':
	case '\t':
	case '\r':
	case '\f':
		return BLANK;
	case '\n':
		return NEWLINE;
	case ';':
	case '(':
	case ')':
		return SPECIAL;
	default:
		return (uint8_t)c < ' ' || c == 0x7f ? CONTROL : WORD;
	}
}

void
scan_next_line(struct zone_reader *reader)
{
	const char *newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));

	reader->at = newline != NULL ? newline + 1 : reader->end;
	reader->line_start = reader->at;
	reader->line++;
}

/* One finding a record. */
static void
break_record(struct zone_reader *reader, const char *at, const char *what)
{
	struct token place = reader_place(reader, at);

	if (!reader->is_broken)
		reader_error(reader, DMS_E_ZI_TEXT_PARSE, &place, "%s", what);
	reader->is_broken = true;
}

static void
add_token(struct zone_reader *reader, const char *at, const char *end, bool is_quoted)
{
	if (reader->count == RDATA_TOKENS_MAX) {
		break_record(reader, at, "more words than a record can have");
		return;
	}
	if (reader->count == reader->capacity) {
		reader->capacity = reader->capacity == 0 ? 16 : reader->capacity * 2;
		reader->tokens =
		    talloc_realloc(reader->scratch, reader->tokens, struct token, reader->capacity);
	}
	reader->tokens[reader->count++] = (struct token){
	    .at = at + is_quoted,
	    .size = (uint32_t)(end - at - is_quoted),
	    .line = reader->line,
	    .column = (int)(at - reader->line_start) + 1,
	    .is_quoted = is_quoted,
	};
}

/* From a quote to the one that closes it, or to the end of the line when none does. */
static const char *
skip_quoted(struct zone_reader *reader, const char *quote)
{
	const char *at = quote + 1;

	for (; at < reader->end && *at != '\n'; at++) {
		if (*at == '"')
			return at;
		if (*at == '\\' && at + 1 < reader->end && at[1] != '\n')
			at++;
		else if ((uint8_t)*at < ' ' && *at != '\t')
			break_record(
			    reader, at,
			    "a control character: write it as \\DDD, its octet in decimal");
	}
	break_record(reader, quote, "a quoted string is not closed on its line");
	return at;
}

/* A word may have a quoted part: alpn="h2,h3". */
static const char *
skip_word(struct zone_reader *reader, const char *at)
{
	while (at < reader->end && classify(*at) == WORD) {
		if (*at == '"') {
			at = skip_quoted(reader, at);
			if (at < reader->end && *at == '"')
				at++;
		} else if (*at == '\\') {
			if (at + 1 == reader->end || at[1] == '\n' || at[1] == '\r') {
				break_record(reader, at, "a backslash at the end of a line");
				return at + 1;
			}
			at += 2;
		} else {
			at++;
		}
	}
	return at;
}

static void
scan_word(struct zone_reader *reader)
{
	const char *at = reader->at, *end;
	bool is_quoted = *at == '"';

	end = is_quoted ? skip_quoted(reader, at) : skip_word(reader, at);
	if (!reader->is_broken)
		add_token(reader, at, end, is_quoted);
	reader->at = end;
	if (is_quoted && end < reader->end && *end == '"')
		reader->at++;
}

/* ';' begins a comment; parentheses join lines (RFC 1035 section 5.1). */
static void
scan_special(struct zone_reader *reader, struct token *open)
{
	const char *newline;

	switch (*reader->at) {
	case ';':
		newline = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
		reader->at = newline != NULL ? newline : reader->end;
		return;
	case '(':
		if (open->at != NULL)
			break_record(reader, reader->at, "a parenthesis inside parentheses");
		else
			*open = reader_place(reader, reader->at);
		break;
	default:
		if (open->at == NULL)
			break_record(reader, reader->at,
				     "a closing parenthesis without an opening one");
		open->at = NULL;
	}
	reader->at++;
}

/* Goes on with the line after the one where the record began, as if the parenthesis had not been
 * there; once, so that hostile text cannot make the reader begin again and again. */
static void
report_open(struct zone_reader *reader, const struct token *open, const char *second_line, int line)
{
	if (!reader->is_broken)
		reader_error(reader, DMS_E_ZI_TEXT_PARSE, open, "a parenthesis is never closed");
	reader->is_broken = true;
	if (reader->has_rewound || second_line == NULL)
		return;
	reader->has_rewound = true;
	reader->at = reader->line_start = second_line;
	reader->line = line;
}

bool
scan_tokens(struct zone_reader *reader)
{
	struct token open = {0};
	const char *second_line = NULL;
	int first = reader->line;

	reader->count = 0;
	reader->is_broken = false;
	while (reader->at < reader->end) {
		switch (classify(*reader->at)) {
		case BLANK:
			reader->at++;
			break;
		case SPECIAL:
			scan_special(reader, &open);
			break;
		case CONTROL:
			break_record(reader, reader->at, "a control character");
			reader->at++;
			break;
		case NEWLINE:
			scan_next_line(reader);
			if (second_line == NULL)
				second_line = reader->at;
			if (open.at == NULL)
				return !reader->is_broken;
			break;
		case WORD:
			scan_word(reader);
		}
	}
	reader->line_start = reader->end;
	if (open.at != NULL)
		report_open(reader, &open, second_line, first + 1);
	return !reader->is_broken;
}
