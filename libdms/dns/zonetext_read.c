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
	    .line = reader->in.line,
	    .column = (int)(at - reader->in.line_start) + 1,
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

/* The line that the token is in, cut. */
static void
copy_line(const struct zone_reader *reader, const struct token *token,
	  char line[INPUT_LINE_SHOWN + 1])
{
	/* The place of a quoted string is its quote, its text begins after that. */
	const char *start = token->at - token->is_quoted - (token->column - 1);
	size_t size = (size_t)(reader->in.end - start);

	if (size > INPUT_LINE_SHOWN)
		size = INPUT_LINE_SHOWN;
	const char *newline = memchr(start, '\n', size);
	if (newline != NULL)
		size = (size_t)(newline - start);
	memcpy(line, start, size);
	line[size] = '\0';
}

void
reader_finding(struct zone_reader *reader, int level, enum dms_err id, const struct token *token,
	       uint16_t type, const char *fmt, ...)
{
	char message[512], line[INPUT_LINE_SHOWN + 1];
	const struct token *made_by = reader->in.made_by;
	const struct token *place = made_by != NULL ? made_by : token;
	va_list arguments;

	copy_line(reader, token, line);
	va_start(arguments, fmt);
	vsnprintf(message, sizeof message, fmt, arguments);
	va_end(arguments);
	finding_add(
	    reader->findings, reader->text,
	    &(struct finding){
		.level = level,
		.id = id,
		.line = place->line,
		.column = place->column,
		.file = reader->in.name,
		.label = type != 0 && reader->label_state == LABEL_GOOD ? reader->label : NULL,
		.type = type,
		.input_line = made_by == NULL ? line : NULL,
	    },
	    "%s%s%s", message, made_by == NULL ? "" : ", in the line that $GENERATE makes: ",
	    made_by == NULL ? "" : line);
}

static void
read_line(struct zone_reader *reader)
{
	struct zone_input *in = &reader->in;
	const char *at = in->line_start;

	reader->record_start = NULL;
	while (at < in->end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\f'))
		at++;
	if (at == in->end || *at == '\n') {
		remark_add_blank(reader);
		scan_next_line(reader);
		return;
	}
	reader->has_owner = at == in->line_start && *at != '(' && *at != ')';
	in->at = at;
	if (*at == ';')
		read_comment_line(reader);
	else if (*at == '$')
		read_directive(reader);
	else
		read_record(reader);
}

void
read_lines(struct zone_reader *reader)
{
	reader->in.at = reader->in.line_start;
	while (reader->in.line_start < reader->in.end)
		read_line(reader);
}

/* What was said about a record that did not come. */
static void
warn_of_leftovers(struct zone_reader *reader)
{
	int line = reader->flags.line > 0            ? reader->flags.line
		   : reader->record_comment.is_there ? reader->record_comment.place.line
						     : 0;

	if (line == 0)
		return;
	finding_add(reader->findings, reader->text,
		    &(struct finding){.level = FINDING_WARNING,
				      .id = DMS_E_ZI_TEXT_PARSE,
				      .line = line,
				      .column = 1,
				      .file = reader->in.name},
		    "flags or a comment, but no record comes after them");
}

/* Plain comments behind the last record. */
static void
take_end(struct zone_reader *reader)
{
	if (reader->group_comment.is_there)
		remark_add_blank(reader);
	const char *end = remark_take(reader, &reader->remark, false);
	size_t size = end == NULL ? 0 : strlen(end);
	while (size > 0 && end[size - 1] == '\n')
		size--;
	if (size > 0)
		reader->text->end_remark = talloc_strndup(reader->text, end, size);
}

static bool
open_source(struct zone_reader *reader, const struct zone_text_source *source)
{
	struct zone_text *text = reader->text;
	struct zone_input *in = &reader->in;
	const char *reason =
	    name_read(text->zone, strlen(text->zone), NULL, 0, reader->zone, &reader->zone_size);

	if (reason != NULL || source->size > INPUT_MAX) {
		finding_add(reader->findings, text,
			    &(struct finding){.level = FINDING_ERROR,
					      .id = reason != NULL ? DMS_E_BAD_INITIAL_ZONE_NAME
								   : DMS_E_TOO_LARGE},
			    "%s", reason != NULL ? reason : "the text is larger than 1 GiB");
		return false;
	}
	memcpy(reader->origin, reader->zone, reader->zone_size);
	reader->origin_size = reader->zone_size;
	*in = (struct zone_input){.line = 1, .stream = source->stream};
	in->name = talloc_strdup(text, source->name);
	if (source->stream == NULL) {
		in->at = source->input;
		in->end = source->input + source->size;
	}
	input_fill(reader);
	/* A byte order mark is what some editors put before UTF-8. */
	if (in->end - in->at >= 3 && memcmp(in->at, "\xef\xbb\xbf", 3) == 0)
		in->at += 3;
	in->line_start = in->at;
	return true;
}

void
zone_text_read_source(TALLOC_CTX *mem, const char *zone, const struct zone_text_source *source,
		      struct zone_text **text, struct findings *findings)
{
	*text = zone_text_new(mem, zone);
	(*text)->has_layout = true;
	struct zone_reader *reader = talloc_zero(NULL, struct zone_reader);
	reader->text = *text;
	reader->findings = findings;
	reader->scratch = reader;
	reader->source = source;
	reader->group = reader->last_group = -1;
	reader->ttl = -1;
	if (open_source(reader, source)) {
		read_lines(reader);
		take_end(reader);
		warn_of_leftovers(reader);
	}
	findings->is_incomplete = findings->error_count > 0;
	talloc_free(reader);
}

void
zone_text_read(TALLOC_CTX *mem, const char *zone, const char *input, size_t size,
	       struct zone_text **text, struct findings *findings)
{
	const struct zone_text_source source = {.input = input, .size = size};

	zone_text_read_source(mem, zone, &source, text, findings);
}
