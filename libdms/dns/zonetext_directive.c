/* $TTL, $ORIGIN, and those that are refused by name. */
#include "dns/zonetext_parts.h"

#include <string.h>

enum { TTL_TEXT_MAX = 20 };

static void
read_ttl(struct zone_reader *reader, const struct token *value)
{
	uint32_t ttl;

	if (reader->has_records || reader->text->zone_ttl >= 0) {
		reader_error(reader, DMS_E_TTL_IN_WRONG_PLACE, &reader->tokens[0],
			     "$TTL is possible once, before all records");
		return;
	}
	if (value->is_quoted || value->size > TTL_TEXT_MAX ||
	    !ttl_read(value->at, value->size, &ttl)) {
		reader_error(
		    reader, DMS_E_TTL_PARSE, value,
		    "\"%s\" is not a TTL: seconds, or numbers with units like 1w2d3h4m5s, at "
		    "most 2147483647 seconds",
		    token_text(reader, value));
		return;
	}
	reader->text->zone_ttl = ttl;
}

/* Whether the last dot is a real one. */
static bool
is_absolute(const struct token *name)
{
	uint32_t at = name->size;

	if (at == 0 || name->at[at - 1] != '.')
		return false;
	uint32_t backslashes = 0;
	while (at >= 2 + backslashes && name->at[at - 2 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2 == 0;
}

static void
read_origin(struct zone_reader *reader, const struct token *value)
{
	char text[NAME_TEXT_MAX + 1], *name;
	size_t size;

	if (value->is_quoted || value->size > NAME_TEXT_MAX || !is_absolute(value)) {
		reader_error(reader, DMS_E_HOSTNAME_PARSE, value,
			     "$ORIGIN needs an absolute name, with a dot at its end, not \"%s\"",
			     token_text(reader, value));
		return;
	}
	memcpy(text, value->at, value->size);
	text[value->size] = '\0';
	dms_error *error = zone_name_normalise(reader->scratch, text, &name);
	if (error != NULL) {
		reader_error(reader, DMS_E_HOSTNAME_PARSE, value, "%s", error->message);
		dms_error_free(error);
		return;
	}
	name_read(name, strlen(name), NULL, 0, reader->origin, &size);
	reader->origin_size = size;
	talloc_free(name);
}

void
read_directive(struct zone_reader *reader)
{
	if (!scan_tokens(reader))
		return;
	const struct token *word = &reader->tokens[0];
	bool is_ttl = token_is(word, "$TTL"), is_origin = token_is(word, "$ORIGIN");

	if (token_is(word, "$INCLUDE")) {
		reader_error(reader, DMS_E_INCLUDE_NOT_SUPPORTED, word, "$INCLUDE is not possible");
	} else if (token_is(word, "$GENERATE")) {
		reader_error(reader, DMS_E_GENERATE_NOT_SUPPORTED, word,
			     "$GENERATE is not possible");
	} else if (token_is(word, "$UPDATE_TYPE")) {
		reader_error(reader, DMS_E_UPDATE_TYPE_NOT_SUPPORTED, word,
			     "$UPDATE_TYPE is for update files only");
	} else if (!is_ttl && !is_origin) {
		reader_error(reader, DMS_E_ZI_TEXT_PARSE, word,
			     "%s is not a directive; there are $TTL and $ORIGIN",
			     token_text(reader, word));
	} else if (reader->count != 2) {
		reader_error(reader, is_ttl ? DMS_E_TTL_PARSE : DMS_E_HOSTNAME_PARSE,
			     reader->count > 2 ? &reader->tokens[2] : word,
			     "%s takes exactly one value", is_ttl ? "$TTL" : "$ORIGIN");
	} else if (is_ttl) {
		read_ttl(reader, &reader->tokens[1]);
	} else {
		read_origin(reader, &reader->tokens[1]);
	}
}
