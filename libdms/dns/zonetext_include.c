/* $INCLUDE file [origin] (RFC 1035 section 5.1): only where the caller says which files may be
 * read. */
#include "dns/zonetext_parts.h"

#include <string.h>

/* A token's characters, escapes undone; NULL: they are no file name. */
static const char *
file_name(struct zone_reader *reader, const struct token *token)
{
	char *name = talloc_array(reader->scratch, char, token->size + 1);
	size_t at = 0, size = 0;
	uint8_t octet;
	int found;

	while ((found = token_octet(token, &at, &octet)) > 0 && octet != '\0')
		name[size++] = (char)octet;
	name[size] = '\0';
	return found == 0 && size > 0 ? name : NULL;
}

/* NULL with a finding when it cannot be opened. */
static FILE *
open_file(struct zone_reader *reader, const char **path)
{
	const struct token *word = &reader->tokens[0], *file = &reader->tokens[1];
	const struct zone_text_source *source = reader->source;
	const char *name, *reason = NULL;

	if (reader->in.depth >= INCLUDE_DEPTH_MAX)
		reason = "files include each other more than 16 deep";
	else if (reader->included >= INCLUDE_FILES_MAX)
		reason = "more than 1000 files are included";
	else if ((name = file_name(reader, file)) == NULL)
		reason = "this is no file name";
	FILE *stream = reason != NULL ? NULL
				      : source->include(source->context, reader->text, name,
							reader->in.name, path, &reason);
	if (stream == NULL)
		reader_error(reader, DMS_E_INCLUDE_NOT_SUPPORTED, file, "%s %s: %s",
			     token_text(reader, word), token_text(reader, file), reason);
	return stream;
}

/* The origin and the owner at hand are the file's own: what it does to them ends with it. Its $TTL
 * goes on, as it does for name servers. */
static void
read_file(struct zone_reader *reader, FILE *stream, const char *path)
{
	struct zone_input outer = reader->in;
	uint8_t origin[NAME_WIRE_MAX];
	size_t origin_size = reader->origin_size;
	char label[NAME_TEXT_MAX + 1];
	int label_state = reader->label_state;

	memcpy(origin, reader->origin, origin_size);
	memcpy(label, reader->label, sizeof label);
	if (reader->count == 3) {
		const struct token *given = &reader->tokens[2];
		const char *reason = name_read(given->at, given->size, origin, origin_size,
					       reader->origin, &reader->origin_size);
		if (reason != NULL) {
			reader_error(reader, DMS_E_HOSTNAME_PARSE, given,
				     "$INCLUDE: origin \"%s\": %s", token_text(reader, given),
				     reason);
			memcpy(reader->origin, origin, origin_size);
			reader->origin_size = origin_size;
		}
	}
	reader->group = -1;
	reader->record_start = reader->second_line = reader->open.at = NULL;
	reader->count = 0;
	reader->in = (struct zone_input){
	    .line = 1, .stream = stream, .name = path, .depth = outer.depth + 1};
	input_fill(reader);
	reader->in.line_start = reader->in.at;
	read_lines(reader);
	talloc_free(reader->in.buffer);
	reader->in = outer;
	reader->group = -1;
	reader->record_start = reader->second_line = reader->open.at = NULL;
	reader->count = 0;
	memcpy(reader->origin, origin, origin_size);
	reader->origin_size = origin_size;
	memcpy(reader->label, label, sizeof label);
	reader->label_state = label_state;
}

void
read_include(struct zone_reader *reader)
{
	const struct token *word = &reader->tokens[0];
	const char *path = NULL;

	if (reader->source->include == NULL) {
		reader_error(reader, DMS_E_INCLUDE_NOT_SUPPORTED, word,
			     "$INCLUDE is not possible here: the text must hold all of its zone");
		return;
	}
	if (reader->count < 2 || reader->count > 3) {
		reader_error(reader, DMS_E_ZI_TEXT_PARSE,
			     &reader->tokens[reader->count > 3 ? 3 : 0],
			     "$INCLUDE takes a file and, if need be, an origin");
		return;
	}
	FILE *stream = open_file(reader, &path);
	if (stream == NULL)
		return;
	reader->included++;
	read_file(reader, stream, path);
	fclose(stream);
}
