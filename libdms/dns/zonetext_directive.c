/* $TTL and $ORIGIN; the other directives go on to their own files. */
#include "dns/zonetext_parts.h"

#include <string.h>

#include "dns/zonetext_write.h"

const char *
ttl_spelling(struct zone_reader *reader, const char *typed, size_t size, uint32_t ttl)
{
	char usual[TTL_TEXT_SIZE];

	if (size > TTL_TEXT_MAX)
		return NULL;
	ttl_print(ttl, usual);
	if (strlen(usual) == size && memcmp(usual, typed, size) == 0)
		return NULL;
	/* Records that come one after the other are mostly written alike. */
	const struct zone_text *text = reader->text;
	const char *last =
	    text->record_count > 0 ? text->records[text->record_count - 1].ttl_text : NULL;
	if (last != NULL && strlen(last) == size && memcmp(last, typed, size) == 0)
		return last;
	return talloc_strndup(reader->text, typed, size);
}

/* Records before the first $TTL, when there are any, are not under it: theirs is the SOA's minimum
 * (RFC 2308 section 4), if that is known. */
static void
settle_earlier(struct zone_text *text)
{
	if (!text->has_soa)
		return;
	if (text->soa_ttl < 0)
		text->soa_ttl = text->soa.minimum;
	for (size_t i = 0; i < text->record_count; i++) {
		if (text->records[i].ttl < 0)
			text->records[i].ttl = text->soa.minimum;
	}
}

static void
read_ttl(struct zone_reader *reader, const struct token *value)
{
	struct zone_text *text = reader->text;
	uint32_t ttl;

	if (value->is_quoted || value->size > TTL_TEXT_MAX ||
	    !ttl_read(value->at, value->size, &ttl)) {
		reader_error(
		    reader, DMS_E_TTL_PARSE, value,
		    "\"%s\" is not a TTL: seconds, or numbers with units like 1w2d3h4m5s, at "
		    "most 2147483647 seconds",
		    token_text(reader, value));
		return;
	}
	reader->ttl = ttl;
	memcpy(reader->ttl_text, value->at, value->size);
	reader->ttl_text[value->size] = '\0';
	if (text->zone_ttl >= 0)
		return;
	settle_earlier(text);
	text->zone_ttl = ttl;
	text->zone_ttl_text = ttl_spelling(reader, value->at, value->size, ttl);
}

static void
read_origin(struct zone_reader *reader, const struct token *value)
{
	uint8_t wire[NAME_WIRE_MAX];
	size_t size;
	const char *reason = value->is_quoted ? "a name is written without quotes"
					      : name_read(value->at, value->size, reader->origin,
							  reader->origin_size, wire, &size);

	if (reason != NULL) {
		reader_error(reader, DMS_E_HOSTNAME_PARSE, value, "$ORIGIN \"%s\": %s",
			     token_text(reader, value), reason);
		return;
	}
	memcpy(reader->origin, wire, size);
	reader->origin_size = size;
}

/* $TTL and $ORIGIN. */
static void
read_setting(struct zone_reader *reader, bool is_ttl)
{
	if (reader->count != 2)
		reader_error(reader, is_ttl ? DMS_E_TTL_PARSE : DMS_E_HOSTNAME_PARSE,
			     &reader->tokens[reader->count > 2 ? 2 : 0],
			     "%s takes exactly one value", is_ttl ? "$TTL" : "$ORIGIN");
	else if (is_ttl)
		read_ttl(reader, &reader->tokens[1]);
	else
		read_origin(reader, &reader->tokens[1]);
}

static void
read_update_type(struct zone_reader *reader)
{
	const struct token *value = &reader->tokens[reader->count > 1];

	if (!reader->source->is_update)
		reader_error(reader, DMS_E_UPDATE_TYPE_NOT_SUPPORTED, &reader->tokens[0],
			     "$UPDATE_TYPE is for update files only");
	else if (reader->count != 2 || !zone_text_is_update_type(value->at, value->size))
		reader_error(reader, DMS_E_UPDATE_TYPE_REQUIRED, value,
			     "$UPDATE_TYPE takes one value of 1 to 60 letters, digits, '-', '_' "
			     "and '.'");
	else if (reader->text->update_type != NULL)
		reader_error(reader, DMS_E_UPDATE_TYPE_REQUIRED, value,
			     "the update has a type already");
	else
		reader->text->update_type = talloc_strndup(reader->text, value->at, value->size);
}

void
read_directive(struct zone_reader *reader)
{
	bool is_fine = scan_tokens(reader);

	tail_to_remark(reader);
	if (!is_fine || reader->count == 0)
		return;
	const struct token *word = &reader->tokens[0];
	if (token_is(word, "$TTL") || token_is(word, "$ORIGIN"))
		read_setting(reader, token_is(word, "$TTL"));
	else if (token_is(word, "$INCLUDE"))
		read_include(reader);
	else if (token_is(word, "$GENERATE"))
		read_generate(reader);
	else if (token_is(word, "$UPDATE_TYPE"))
		read_update_type(reader);
	else
		reader_error(reader, DMS_E_ZI_TEXT_PARSE, word,
			     "%s is not a directive; there are $TTL, $ORIGIN, $INCLUDE and "
			     "$GENERATE",
			     token_text(reader, word));
}
