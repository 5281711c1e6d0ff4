/* The reader of zone text: line by line to whoever knows that kind of line. */
#include "dns/zonetext_parts.h"

#include <stdarg.h>
#include <string.h>

enum { INPUT_MAX = 1 << 30, INPUT_LINE_SHOWN = 200 };

struct token
reader_place(const struct zone_reader *reader, const char *at)
{
	return (struct token){
	    .at = at,
	    .line = reader->line,
	    .column = (int)(at - reader->line_start) + 1,
	};
}

bool
token_is(const struct token *token, const char *word)
{
	if (token->is_quoted || token->size != strlen(word))
		return false;
	for (uint32_t i = 0; i < token->size; i++) {
		char c = token->at[i];
		if ((c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c) != word[i])
			return false;
	}
	return true;
}

const char *
token_text(struct zone_reader *reader, const struct token *token)
{
	/* Nobody will read it once the findings are full of errors. */
	if (reader->findings->dropped > ZONE_TEXT_FINDINGS_MAX)
		return "";
	return quote_octets(reader->scratch, token->at, token->size);
}

void
reader_finding(struct zone_reader *reader, int level, enum dms_err id, const struct token *token,
	       uint16_t type, const char *fmt, ...)
{
	char message[512], line[INPUT_LINE_SHOWN + 1];
	/* The place of a quoted string is its quote, its text begins after that. */
	const char *start = token->at - token->is_quoted - (token->column - 1);
	va_list arguments;

	size_t size = (size_t)(reader->end - start);
	if (size > INPUT_LINE_SHOWN)
		size = INPUT_LINE_SHOWN;
	const char *newline = memchr(start, '\n', size);
	if (newline != NULL)
		size = (size_t)(newline - start);
	memcpy(line, start, size);
	line[size] = '\0';
	va_start(arguments, fmt);
	vsnprintf(message, sizeof message, fmt, arguments);
	va_end(arguments);
	finding_add(
	    reader->findings, reader->text,
	    &(struct finding){
		.level = level,
		.id = id,
		.line = token->line,
		.column = token->column,
		.label = type != 0 && reader->label_state == LABEL_GOOD ? reader->label : NULL,
		.type = type,
		.input_line = line,
	    },
	    "%s", message);
}

/* A blank line ends the group; a group comment right before it opens none. */
static void
end_group(struct zone_reader *reader)
{
	reader->group = -1;
	comment_clear(&reader->group_comment);
}

static void
read_line(struct zone_reader *reader)
{
	const char *at = reader->line_start;

	while (at < reader->end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\f'))
		at++;
	if (at == reader->end || *at == '\n') {
		end_group(reader);
		scan_next_line(reader);
		return;
	}
	reader->has_owner = at == reader->line_start && *at != '(' && *at != ')';
	reader->at = at;
	if (*at == ';')
		read_comment_line(reader);
	else if (*at == '$')
		read_directive(reader);
	else
		read_record(reader);
}

/* What was said about a record that did not come. */
static void
warn_of_leftovers(struct zone_reader *reader)
{
	int line = reader->flags.line > 0 ? reader->flags.line : reader->record_comment.line;

	if (line == 0)
		return;
	finding_add(
	    reader->findings, reader->text,
	    &(struct finding){
		.level = FINDING_WARNING, .id = DMS_E_ZI_TEXT_PARSE, .line = line, .column = 1},
	    "flags or a comment, but no record comes after them");
}

static void
read_all(struct zone_reader *reader)
{
	reader->at = reader->line_start;
	reader->line = 1;
	while (reader->line_start < reader->end)
		read_line(reader);
	warn_of_leftovers(reader);
}

void
zone_text_read(TALLOC_CTX *mem, const char *zone, const char *input, size_t size,
	       struct zone_text **text, struct findings *findings)
{
	*text = zone_text_new(mem, zone);
	struct zone_reader *reader = talloc_zero(NULL, struct zone_reader);
	reader->text = *text;
	reader->findings = findings;
	reader->scratch = reader;
	reader->group = -1;
	const char *reason =
	    name_read(zone, strlen(zone), NULL, 0, reader->zone, &reader->zone_size);
	if (reason != NULL || size > INPUT_MAX) {
		finding_add(findings, *text,
			    &(struct finding){.level = FINDING_ERROR,
					      .id = reason != NULL ? DMS_E_BAD_INITIAL_ZONE_NAME
								   : DMS_E_TOO_LARGE},
			    "%s", reason != NULL ? reason : "the text is larger than 1 GiB");
		talloc_free(reader);
		return;
	}
	memcpy(reader->origin, reader->zone, reader->zone_size);
	reader->origin_size = reader->zone_size;
	/* A byte order mark is what some editors put before UTF-8. */
	if (size >= 3 && memcmp(input, "\xef\xbb\xbf", 3) == 0) {
		input += 3;
		size -= 3;
	}
	reader->line_start = input;
	reader->end = input + size;
	read_all(reader);
	talloc_free(reader);
}
