/* Text that passes through a buffer: whole lines are looked at where they lie, and what is behind
 * the reader makes room for what comes. */
#include "dns/zonetext_parts.h"

#include <string.h>

enum { BUFFER_FIRST = 256 << 10 };

static void
shift(const char **pointer, const char *from, const char *to)
{
	if (*pointer != NULL)
		*pointer = to + (*pointer - from);
}

/* What lies from `from` on lies from `to` on now. */
static void
move_pointers(struct zone_reader *reader, const char *from, const char *to)
{
	struct zone_input *in = &reader->in;

	shift(&in->at, from, to);
	shift(&in->end, from, to);
	shift(&in->line_start, from, to);
	shift(&reader->record_start, from, to);
	shift(&reader->second_line, from, to);
	shift(&reader->open.at, from, to);
	for (size_t i = 0; i < reader->count && reader->record_start != NULL; i++)
		shift(&reader->tokens[i].at, from, to);
}

/* Room at the end of the buffer: what is no longer needed goes, or the buffer grows. False: it is
 * as large as it may be. */
static bool
make_room(struct zone_reader *reader)
{
	struct zone_input *in = &reader->in;

	if (in->buffer == NULL) {
		in->buffer = talloc_array(reader->scratch, char, BUFFER_FIRST);
		in->capacity = BUFFER_FIRST;
		in->at = in->end = in->line_start = in->buffer;
		return true;
	}
	const char *kept = reader->record_start != NULL ? reader->record_start : in->at;
	size_t size = (size_t)(in->end - kept), capacity = in->capacity;

	if (size > capacity / 2)
		capacity *= 2;
	if (capacity > 2 * (size_t)RECORD_TEXT_MAX)
		return false;
	if (capacity == in->capacity) {
		memmove(in->buffer, kept, size);
		move_pointers(reader, kept, in->buffer);
		return true;
	}
	char *buffer = talloc_array(reader->scratch, char, capacity);
	if (size > 0)
		memcpy(buffer, kept, size);
	move_pointers(reader, kept, buffer);
	talloc_free(in->buffer);
	in->buffer = buffer;
	in->capacity = capacity;
	return true;
}

static void
end_stream(struct zone_reader *reader, const char *why)
{
	struct token place = reader_place(reader, reader->in.at);

	if (why != NULL)
		reader_error(reader, DMS_E_ZI_TEXT_PARSE, &place, "%s: reading ends here", why);
	reader->in.stream = NULL;
}

void
input_fill(struct zone_reader *reader)
{
	struct zone_input *in = &reader->in;
	size_t looked_at = 0;

	while (in->stream != NULL) {
		size_t left = (size_t)(in->end - in->at);
		if (left > looked_at && memchr(in->at + looked_at, '\n', left - looked_at) != NULL)
			return;
		looked_at = left;
		if (!make_room(reader)) {
			end_stream(reader, "a line is longer than 4 MiB");
			in->end = in->at;
			return;
		}
		size_t used = (size_t)(in->end - in->buffer);
		size_t got = fread(in->buffer + used, 1, in->capacity - used, in->stream);
		in->end += got;
		if (got == 0)
			end_stream(reader, ferror(in->stream) ? "the file cannot be read" : NULL);
	}
}

void
scan_next_line(struct zone_reader *reader)
{
	struct zone_input *in = &reader->in;
	const char *newline = memchr(in->at, '\n', (size_t)(in->end - in->at));

	in->at = newline != NULL ? newline + 1 : in->end;
	in->line_start = in->at;
	in->line++;
	if (in->stream != NULL)
		input_fill(reader);
}
