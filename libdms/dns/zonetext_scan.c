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

/* One finding a record. */
static void
break_record(struct zone_reader *reader, const char *at, const char *what)
{
	struct token place = reader_place(reader, at);

	if (!reader->is_broken)
		reader_error(reader, *at == '\0' ? DMS_E_BINARY_FILE : DMS_E_ZI_TEXT_PARSE, &place,
			     "%s", what);
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
	    .line = reader->in.line,
	    .column = (int)(at - reader->in.line_start) + 1,
	    .is_quoted = is_quoted,
	};
}

/* From a quote to the one that closes it, or to the end of the line when none does. */
static const char *
skip_quoted(struct zone_reader *reader, const char *quote)
{
	const char *at = quote + 1;

	for (; at < reader->in.end && *at != '\n'; at++) {
		if (*at == '"')
			return at;
		if (*at == '\\' && at + 1 < reader->in.end && at[1] != '\n')
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
	while (at < reader->in.end && classify(*at) == WORD) {
		if (*at == '"') {
			at = skip_quoted(reader, at);
			if (at < reader->in.end && *at == '"')
				at++;
		} else if (*at == '\\') {
			if (at + 1 == reader->in.end || at[1] == '\n' || at[1] == '\r') {
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
	const char *at = reader->in.at, *end;
	bool is_quoted = *at == '"';

	end = is_quoted ? skip_quoted(reader, at) : skip_word(reader, at);
	if (!reader->is_broken)
		add_token(reader, at, end, is_quoted);
	reader->in.at = end;
	if (is_quoted && end < reader->in.end && *end == '"')
		reader->in.at++;
}

/* ';' begins a comment; parentheses join lines (RFC 1035 section 5.1). */
static void
scan_special(struct zone_reader *reader)
{
	struct token *open = &reader->open;
	const char *newline;

	switch (*reader->in.at) {
	case ';':
		newline = memchr(reader->in.at, '\n', (size_t)(reader->in.end - reader->in.at));
		if (newline == NULL)
			newline = reader->in.end;
		tail_add(reader, reader->in.at + 1, newline);
		reader->in.at = newline;
		return;
	case '(':
		if (open->at != NULL)
			break_record(reader, reader->in.at, "a parenthesis inside parentheses");
		else
			*open = reader_place(reader, reader->in.at);
		break;
	default:
		if (open->at == NULL)
			break_record(reader, reader->in.at,
				     "a closing parenthesis without an opening one");
		open->at = NULL;
	}
	reader->in.at++;
}

/* Goes on with the line after the one where the record began, as if the parenthesis had not been
 * there; once, so that hostile text cannot make the reader begin again and again. */
static void
report_open(struct zone_reader *reader, int line)
{
	struct zone_input *in = &reader->in;

	if (!reader->is_broken)
		reader_error(reader, DMS_E_ZI_TEXT_PARSE, &reader->open,
			     "a parenthesis is never closed");
	reader->is_broken = true;
	if (in->has_rewound || reader->second_line == NULL)
		return;
	in->has_rewound = true;
	in->at = in->line_start = reader->second_line;
	in->line = line;
}

/* The next line belongs to the record too, unless it has become too long to be one. */
static bool
has_next_line(struct zone_reader *reader)
{
	struct zone_input *in = &reader->in;

	scan_next_line(reader);
	if (reader->second_line == NULL)
		reader->second_line = in->at;
	return reader->open.at != NULL && in->at - reader->record_start < RECORD_TEXT_MAX;
}

static void
scan_record(struct zone_reader *reader)
{
	struct zone_input *in = &reader->in;

	while (in->at < in->end) {
		switch (classify(*in->at)) {
		case BLANK:
			in->at++;
			break;
		case SPECIAL:
			scan_special(reader);
			break;
		case CONTROL:
			break_record(reader, in->at, "a control character");
			in->at++;
			break;
		case NEWLINE:
			if (!has_next_line(reader))
				return;
			break;
		case WORD:
			scan_word(reader);
		}
	}
	in->line_start = in->end;
}

bool
scan_tokens(struct zone_reader *reader)
{
	int first = reader->in.line;

	reader->count = 0;
	reader->is_broken = false;
	reader->record_start = reader->in.line_start;
	reader->second_line = NULL;
	reader->open.at = NULL;
	scan_record(reader);
	if (reader->open.at != NULL)
		report_open(reader, first + 1);
	return !reader->is_broken;
}
