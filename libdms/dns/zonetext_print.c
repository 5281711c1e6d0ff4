/* Pieces of written zone text. */
#include "dns/zonetext_write.h"

#include <stdlib.h>
#include <string.h>

#include "dns/zonetext_parts.h"

FILE *
text_stream_open(struct text_stream *stream)
{
	*stream = (struct text_stream){0};
	stream->out = open_memstream(&stream->text, &stream->size);
	if (stream->out == NULL)
		abort(); /* out of memory, as talloc has it too */
	return stream->out;
}

char *
text_stream_take(TALLOC_CTX *mem, struct text_stream *stream)
{
	if (fclose(stream->out) != 0)
		abort();
	char *text = talloc_strndup(mem, stream->text, stream->size);
	free(stream->text);
	return text;
}

void
ttl_print(uint32_t ttl, char text[TTL_TEXT_SIZE])
{
	static const struct {
		uint32_t seconds;
		char unit;
	} units[] = {{604800, 'w'}, {86400, 'd'}, {3600, 'h'}, {60, 'm'}};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		if (ttl > 0 && ttl % units[i].seconds == 0) {
			snprintf(text, TTL_TEXT_SIZE, "%u%c", ttl / units[i].seconds,
				 units[i].unit);
			return;
		}
	}
	snprintf(text, TTL_TEXT_SIZE, "%u", ttl);
}

/* Control characters would not be read again. */
static void
write_comment_line(FILE *out, const char *lead, const char *line, size_t size)
{
	fputs(lead, out);
	if (size > 0)
		fputc(' ', out);
	for (size_t i = 0; i < size; i++)
		fputc((uint8_t)line[i] < ' ' && line[i] != '\t' ? ' ' : line[i], out);
	fputc('\n', out);
}

void
write_remark(FILE *out, const char *remark, bool is_in_group, bool is_joined)
{
	const char *at = remark;

	while (at != NULL) {
		size_t size = strcspn(at, "\n");
		/* What means something must not come in between, nor an empty line in a group. */
		bool is_plain =
		    size > 0 && at[0] == ';' && (size < 2 || strchr("!#|", at[1]) == NULL);
		bool is_group_line = size > 1 && memcmp(at, ";|", 2) == 0 && !is_in_group;
		if (size > 0 && !is_plain && !is_group_line)
			fputs("; ", out);
		if (size > 0 || (!is_in_group && (at > remark || is_joined)))
			fprintf(out, "%.*s\n", (int)size, at);
		at = at[size] == '\n' ? at + size + 1 : NULL;
	}
}

void
write_tail(FILE *out, const char *lead, const char *tail, const char *next_lead)
{
	fputs(lead, out);
	for (; *tail != '\0'; tail++) {
		if (*tail == '\n')
			fputs(next_lead, out);
		else
			fputc(*tail, out);
	}
}

const char *
write_soa_word(FILE *out, const char *words, const char *usual)
{
	size_t size = words == NULL ? 0 : strcspn(words, "\n");

	if (size == 0)
		fprintf(out, "%s\n", usual);
	else
		fprintf(out, "%.*s\n", (int)size, words);
	return words == NULL || words[size] == '\0' ? NULL : words + size + 1;
}

/* How much of the words goes on a line: up to the last blank that fits, or a whole long word. */
static size_t
wrap_at(const char *text)
{
	size_t fits = 0, at = 0;

	while (text[at] != '\0' && (at <= COMMENT_WIDTH || fits == 0)) {
		if (text[at] == ' ' && at > 0 && at <= COMMENT_WIDTH)
			fits = at;
		else if (text[at] == ' ' && at > COMMENT_WIDTH)
			return at;
		at++;
	}
	return text[at] == '\0' && at <= COMMENT_WIDTH ? at : fits > 0 ? fits : at;
}

void
write_comment(FILE *out, const char *lead, const char *comment)
{
	if (comment == NULL)
		return;
	if (strchr(comment, '\n') == NULL) {
		do {
			size_t size = wrap_at(comment);
			write_comment_line(out, lead, comment, size);
			comment += size;
			if (*comment == ' ')
				comment++;
		} while (*comment != '\0');
		return;
	}
	while (*comment != '\0') {
		size_t size = strcspn(comment, "\n");
		write_comment_line(out, lead, comment, size);
		comment += size + (comment[size] == '\n');
	}
}
