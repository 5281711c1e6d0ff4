/* The flags of a record: the words behind ";!". */
#include "dns/zonetext_parts.h"

#include <string.h>
#include <strings.h>

void
flags_clear(struct pending_flags *flags)
{
	talloc_free(flags->reference);
	*flags = (struct pending_flags){0};
}

bool
zone_text_is_reference(const char *at, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = at[i];
		bool is_alnum =
		    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!is_alnum && (i == 0 || c == '\0' || strchr("-_.@", c) == NULL))
			return false;
	}
	return size > 0 && size <= 1024;
}

const char *
zone_text_update_op(const char *name, size_t size)
{
	static const char *const ops[] = {"ADD", "DELETE", "UPDATE_RRTYPE"};

	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
		if (strlen(ops[i]) == size && strncasecmp(ops[i], name, size) == 0)
			return ops[i];
	}
	return NULL;
}

bool
zone_text_is_update_type(const char *name, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = name[i];
		bool is_alnum =
		    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!is_alnum && (c == '\0' || strchr("-_.", c) == NULL))
			return false;
	}
	return size > 0 && size <= 60;
}

static void
apply_reference(struct zone_reader *reader, const struct token *word)
{
	struct pending_flags *flags = &reader->flags;

	if (!zone_text_is_reference(word->at + 4, word->size - 4))
		reader_error(reader, DMS_E_REFERENCE_FORMAT, word,
			     "%s: a reference is 1 to 1024 letters, digits, '-', '_', '.' "
			     "and '@', the first a letter or digit",
			     token_text(reader, word));
	else if (flags->reference != NULL)
		reader_error(reader, DMS_E_REFERENCE_FORMAT, word,
			     "%s: a record has one reference, here is another already",
			     token_text(reader, word));
	else
		flags->reference = talloc_strndup(reader->scratch, word->at + 4, word->size - 4);
}

static void
apply_operation(struct zone_reader *reader, const struct token *word)
{
	if (!reader->source->is_update) {
		reader_error(reader, DMS_E_RROP_NOT_SUPPORTED, word,
			     "RROP: is for update files only");
		return;
	}
	reader->flags.update_op = zone_text_update_op(word->at + 5, word->size - 5);
	if (reader->flags.update_op == NULL)
		reader_error(reader, DMS_E_INVALID_UPDATE_OPERATION, word,
			     "%s: there are ADD, DELETE and UPDATE_RRTYPE",
			     token_text(reader, word));
}

static void
apply_flag(struct zone_reader *reader, const struct token *word)
{
	struct pending_flags *flags = &reader->flags;

	if (token_is(word, "LOCKPTR")) {
		flags->has_lock_ptr = true;
	} else if (token_is(word, "FORCEREV")) {
		flags->forces_reverse = true;
	} else if (token_is(word, "TRACKREV")) {
		flags->tracks_reverse = true;
	} else if (token_is(word, "DISABLE")) {
		flags->is_disabled = true;
	} else if (word->size >= 4 && memcmp(word->at, "REF:", 4) == 0) {
		apply_reference(reader, word);
	} else if (word->size >= 5 && memcmp(word->at, "RROP:", 5) == 0) {
		apply_operation(reader, word);
	} else {
		reader_error(reader, DMS_E_ZI_TEXT_PARSE, word,
			     "%s is not a flag; there are LOCKPTR, FORCEREV, TRACKREV, DISABLE, "
			     "REF:reference and RROP:operation",
			     token_text(reader, word));
	}
}

/* Several lines before a record add up. */
void
read_flags(struct zone_reader *reader, const char *at, const char *end)
{
	bool is_empty = true;

	while (at < end) {
		if (*at == ' ' || *at == '\t' || *at == '\r') {
			at++;
			continue;
		}
		struct token word = reader_place(reader, at);
		while (at < end && *at != ' ' && *at != '\t' && *at != '\r')
			at++;
		word.size = (uint32_t)(at - word.at);
		apply_flag(reader, &word);
		is_empty = false;
	}
	if (is_empty) {
		struct token place = reader_place(reader, end);
		reader_error(reader, DMS_E_ZI_TEXT_PARSE, &place,
			     "no flag after ;! - there are LOCKPTR, FORCEREV, TRACKREV, DISABLE, "
			     "REF:reference and RROP:operation");
	}
	reader->flags.line = reader->in.line;
}
