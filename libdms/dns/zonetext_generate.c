/* $GENERATE start-stop[/step] owner [ttl] [class] type rdata: as BIND has it. Each turn becomes a
 * line of text, which is read as if it stood there. */
#include "dns/zonetext_parts.h"

#include <string.h>

enum { GENERATE_TEXT_MAX = 1 << 16 }; /* of the directive itself */

struct range {
	int64_t start, stop, step;
};

/* How a number is written for ${offset,width,base}. */
struct number_form {
	int64_t offset;
	uint32_t width;
	char base;
};

/* Digits up to what is no digit; false: none, or more than 2^31 - 1. */
static bool
read_number(const char **at, const char *end, int64_t *number)
{
	const char *first = *at;

	for (*number = 0; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
		*number = *number * 10 + (**at - '0');
		if (*number > INT32_MAX)
			return false;
	}
	return *at > first;
}

static bool
read_range(const struct token *token, struct range *range)
{
	const char *at = token->at, *end = at + token->size;

	range->step = 1;
	if (token->is_quoted || !read_number(&at, end, &range->start) || at == end ||
	    *at++ != '-' || !read_number(&at, end, &range->stop))
		return false;
	if (at < end && (*at++ != '/' || !read_number(&at, end, &range->step)))
		return false;
	return at == end && range->start <= range->stop && range->step > 0;
}

/* What stands in "${...}", from behind the brace; behind it afterwards. */
static bool
read_form(const char **at, const char *end, struct number_form *form)
{
	int64_t width = 0;
	bool is_negative = *at < end && **at == '-';

	*form = (struct number_form){.base = 'd'};
	*at += is_negative;
	if (!read_number(at, end, &form->offset))
		return false;
	if (is_negative)
		form->offset = -form->offset;
	if (*at < end && **at == ',') {
		(*at)++;
		if (!read_number(at, end, &width) || width > NAME_WIRE_MAX)
			return false;
		form->width = (uint32_t)width;
	}
	if (*at + 1 < end && **at == ',') {
		form->base = (*at)[1];
		*at += 2;
	}
	return *at < end && *(*at)++ == '}' && strchr("doxXnN", form->base) != NULL;
}

/* Hexadecimal digits from the lowest on, with dots between them; `width` counts those too. */
static void
put_nibbles(FILE *out, uint64_t value, uint32_t width, const char *digits)
{
	do {
		fputc(digits[value & 15], out);
		value >>= 4;
		width -= width > 0;
		if (width > 0 || value > 0) {
			fputc('.', out);
			width -= width > 0;
		}
	} while (width > 0 || value > 0);
}

static void
put_number(FILE *out, int64_t value, const struct number_form *form)
{
	int width = (int)form->width;

	switch (form->base) {
	case 'o':
		fprintf(out, "%0*llo", width, (unsigned long long)(uint32_t)value);
		break;
	case 'x':
		fprintf(out, "%0*llx", width, (unsigned long long)(uint32_t)value);
		break;
	case 'X':
		fprintf(out, "%0*llX", width, (unsigned long long)(uint32_t)value);
		break;
	case 'n':
		put_nibbles(out, (uint32_t)value, form->width, "0123456789abcdef");
		break;
	case 'N':
		put_nibbles(out, (uint32_t)value, form->width, "0123456789ABCDEF");
		break;
	default:
		fprintf(out, "%0*lld", width, (long long)value);
	}
}

/* The token with the number at every "$"; "$$" and "\$" are a dollar sign. */
static bool
put_token(FILE *out, const struct token *token, int64_t number)
{
	const char *at = token->at, *end = at + token->size;

	while (at < end) {
		struct number_form form = {.base = 'd'};
		if (*at == '\\' && at + 1 < end) {
			fputc(*at++, out);
			fputc(*at++, out);
		} else if (*at != '$') {
			fputc(*at++, out);
		} else if (at + 1 < end && at[1] == '$') {
			fputs("\\$", out);
			at += 2;
		} else {
			at++;
			if (at < end && *at == '{') {
				at++;
				if (!read_form(&at, end, &form))
					return false;
			}
			put_number(out, number + form.offset, &form);
		}
	}
	return true;
}

/* One turn's line. The rdata may be one quoted string, which is no string of the record then, or
 * words. */
static bool
put_line(FILE *out, const struct token *tokens, size_t count, size_t rdata, int64_t number)
{
	for (size_t i = 2; i < count; i++) {
		bool is_string = tokens[i].is_quoted && (i != rdata || count > rdata + 1);
		if (i > 2)
			fputc(' ', out);
		if (is_string)
			fputc('"', out);
		if (!put_token(out, &tokens[i], number))
			return false;
		if (is_string)
			fputc('"', out);
	}
	fputc('\n', out);
	return true;
}

/* Reads the line as if it stood where the directive is. */
static void
read_made_line(struct zone_reader *reader, const char *line, size_t size, const struct token *place)
{
	struct zone_input outer = reader->in;

	reader->in = (struct zone_input){.at = line,
					 .end = line + size,
					 .line_start = line,
					 .line = 1,
					 .name = outer.name,
					 .depth = outer.depth,
					 .made_by = place};
	reader->has_owner = true;
	read_record(reader);
	reader->in = outer;
	reader->record_start = reader->second_line = reader->open.at = NULL;
}

/* The directive's words are copied: reading what they make needs the room of the tokens. */
static void
run(struct zone_reader *reader, const struct range *range, size_t rdata)
{
	size_t count = reader->count, errors = reader->findings->error_count;
	struct token *tokens =
	    talloc_memdup(reader->scratch, reader->tokens, count * sizeof tokens[0]);
	int64_t number = range->start;
	bool is_fine = true;

	for (; number <= range->stop && is_fine; number += range->step) {
		char *line = NULL;
		size_t size = 0;
		FILE *out = open_memstream(&line, &size);
		is_fine = put_line(out, tokens, count, rdata, number);
		fclose(out);
		if (!is_fine) {
			reader_error(reader, DMS_E_ZI_TEXT_PARSE, &tokens[2],
				     "after a $ sign is meant ${offset[,width[,base]]} with a base "
				     "of d, o, x, X, n or N");
		} else if (++reader->generated > GENERATE_MAX ||
			   (reader->generated_octets += size) > GENERATE_OCTETS_MAX) {
			reader_error(reader, DMS_E_TOO_LARGE, &tokens[0],
				     "all $GENERATE make more than 65536 records or 32 MiB");
			is_fine = false;
		} else {
			read_made_line(reader, line, size, &tokens[0]);
			is_fine = reader->findings->error_count == errors;
		}
		free(line);
	}
	talloc_free(tokens);
}

/* Where the rdata begins: behind the type, which stands behind TTL and class. */
static size_t
find_rdata(const struct zone_reader *reader)
{
	size_t at = 3;
	uint32_t ttl;

	while (at < reader->count && at < 5) {
		const struct token *token = &reader->tokens[at];
		if (!token_is(token, "IN") && !ttl_read(token->at, token->size, &ttl))
			break;
		at++;
	}
	return at + 1;
}

void
read_generate(struct zone_reader *reader)
{
	struct range range;
	size_t rdata = find_rdata(reader);

	size_t size = 0;

	for (size_t i = 0; i < reader->count; i++)
		size += reader->tokens[i].size;
	if (size > GENERATE_TEXT_MAX) {
		reader_error(reader, DMS_E_TOO_LARGE, &reader->tokens[0],
			     "a $GENERATE of more than 64 KiB");
	} else if (reader->count <= rdata) {
		reader_error(reader, DMS_E_ZI_TEXT_PARSE, &reader->tokens[0],
			     "$GENERATE takes a range, an owner, a type and rdata");
	} else if (!read_range(&reader->tokens[1], &range)) {
		reader_error(
		    reader, DMS_E_ZI_TEXT_PARSE, &reader->tokens[1],
		    "\"%s\" is not a range: start-stop or start-stop/step, up to 2147483647",
		    token_text(reader, &reader->tokens[1]));
	} else {
		run(reader, &range, rdata);
	}
}
