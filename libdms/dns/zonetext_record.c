/* One record of zone text: owner, TTL and class, type, rdata. */
#include "dns/zonetext_parts.h"

#include <string.h>
#include <strings.h>

enum { TYPE_TEXT_MAX = 24, TYPE_SPF = 99 };

/* Sets the label that this record and those with a blank owner after it have. */
static void
read_owner(struct zone_reader *reader, const struct token *owner)
{
	uint8_t wire[NAME_WIRE_MAX];
	size_t size;
	const char *reason = owner->is_quoted ? "an owner is written without quotes"
					      : name_read(owner->at, owner->size, reader->origin,
							  reader->origin_size, wire, &size);

	reader->label_state = LABEL_BAD;
	if (reason != NULL) {
		reader_error(reader, DMS_E_BAD_NAME_OWNER, owner, "owner \"%s\": %s",
			     token_text(reader, owner), reason);
		return;
	}
	name_lower(wire, size);
	if (name_find_suffix(wire, size, reader->zone, reader->zone_size) < 0) {
		reader_error(reader, DMS_E_LABEL_NOT_IN_DOMAIN, owner,
			     "\"%s\" lies outside zone %s", token_text(reader, owner),
			     reader->text->zone);
		return;
	}
	name_print(wire, size, reader->zone, reader->zone_size, reader->label);
	reader->label_state = LABEL_GOOD;
}

/* 0: not a class; otherwise its number, 65535 for those without one here. */
static uint16_t
parse_class(const struct token *token)
{
	static const char *const others[] = {"CH", "HS", "CS", "NONE", "CHAOS", "HESIOD"};

	if (token->is_quoted)
		return 0;
	if (token->size == 2 && strncasecmp(token->at, "IN", 2) == 0)
		return 1;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		if (token->size == strlen(others[i]) &&
		    strncasecmp(token->at, others[i], token->size) == 0)
			return UINT16_MAX;
	}
	/* RFC 3597 section 5 */
	if (token->size > 5 && strncasecmp(token->at, "CLASS", 5) == 0) {
		struct token number = {.at = token->at + 5, .size = token->size - 5};
		uint32_t class;
		if (token_number(&number, UINT16_MAX, &class))
			return class == 1 ? 1 : UINT16_MAX;
	}
	return 0;
}

/* TTL and class, each once at most, in either order; `*at` is left at the type. */
static bool
read_ttl_and_class(struct zone_reader *reader, size_t *at, int64_t *ttl, const char **spelling)
{
	bool has_class = false;

	*ttl = -1;
	*spelling = NULL;
	for (; *at < reader->count; (*at)++) {
		const struct token *token = &reader->tokens[*at];
		uint16_t class = has_class ? 0 : parse_class(token);
		if (class > 1) {
			reader_error(reader, DMS_E_UNHANDLED_CLASS, token,
				     "class %s: only IN is possible", token_text(reader, token));
			return false;
		}
		if (class == 1) {
			has_class = true;
			continue;
		}
		if (*ttl >= 0 || token->is_quoted || token->size == 0 || token->at[0] < '0' ||
		    token->at[0] > '9')
			break;
		uint32_t seconds;
		if (!ttl_read(token->at, token->size, &seconds)) {
			reader_error(reader, DMS_E_RDATA_PARSE, token,
				     "\"%s\" is neither a TTL up to 2147483647 seconds nor a type",
				     token_text(reader, token));
			return false;
		}
		*ttl = seconds;
		*spelling = ttl_spelling(reader, token->at, token->size, seconds);
	}
	/* After another $TTL than the first, which is the zone's (RFC 2308 section 4); that of an
	 * update is its records' alone. */
	bool is_own = reader->ttl != reader->text->zone_ttl ||
		      (reader->source->is_update && reader->ttl >= 0);
	if (*ttl < 0 && is_own) {
		*ttl = reader->ttl;
		*spelling = ttl_spelling(reader, reader->ttl_text, strlen(reader->ttl_text),
					 (uint32_t)reader->ttl);
	}
	return true;
}

/* An update has no SOA, and may delete all of an owner. */
static const char *
refusal_in_update(const struct zone_reader *reader, const char *name, uint16_t *type,
		  const char *reason)
{
	const char *op = reader->flags.update_op;

	if (*type == RR_SOA)
		return "the SOA belongs to the zone as a whole";
	if (strcasecmp(name, "ANY") != 0 || op == NULL || strcmp(op, "DELETE") != 0)
		return reason;
	*type = RR_ANY;
	return NULL;
}

static bool
read_type(struct zone_reader *reader, size_t at, uint16_t *type)
{
	char name[TYPE_TEXT_MAX];

	if (at >= reader->count) {
		const struct token *last = &reader->tokens[reader->count - 1];
		reader_error(reader, DMS_E_RR_NO_TYPE_GIVEN, last, "the record has no type");
		return false;
	}
	const struct token *token = &reader->tokens[at];
	const char *reason = "there is no such record type";
	if (!token->is_quoted && token->size < sizeof name &&
	    memchr(token->at, '\0', token->size) == NULL) {
		memcpy(name, token->at, token->size);
		name[token->size] = '\0';
		*type = rr_type_parse(name);
		reason = rr_type_refusal(name, *type);
		if (reader->source->is_update)
			reason = refusal_in_update(reader, name, type, reason);
	}
	if (reason == NULL)
		return true;
	reader_error(reader, DMS_E_UNHANDLED_TYPE, token, "type %s: %s", token_text(reader, token),
		     reason);
	return false;
}

/* False: it has been found what is wrong. */
static bool
read_rdata(struct zone_reader *reader, size_t first, uint16_t type)
{
	struct rdata_text text = {.tokens = reader->tokens + first,
				  .count = reader->count - first,
				  .origin = reader->origin,
				  .origin_size = reader->origin_size};
	struct rdata_fault fault;

	if (rdata_encode(type, &text, &reader->rdata, &fault))
		return true;
	size_t place = first + fault.token;
	if (place >= reader->count) /* something is missing: after the last token */
		place = reader->count - 1;
	const struct token *token = &reader->tokens[place];
	reader_finding(reader, FINDING_ERROR, DMS_E_RDATA_PARSE, token, type, "%s \"%s\": %s",
		       rr_type_name(type), token_text(reader, token), fault.reason);
	return false;
}

/* What must hold before an SOA's rdata is read. */
static bool
may_be_soa(struct zone_reader *reader, const struct token *type, const struct rdata_text *rdata)
{
	const struct zone_text *text = reader->text;
	uint32_t serial;

	if (reader->label_state == LABEL_GOOD && strcmp(reader->label, "@") != 0)
		reader_finding(reader, FINDING_ERROR, DMS_E_ZONE_SOA_RECORD_NOT_AT_APEX, type,
			       RR_SOA, "the SOA must be at %s", text->zone);
	else if (text->has_soa)
		reader_finding(reader, FINDING_ERROR, DMS_E_ZONE_ALREADY_HAS_SOA_RECORD, type,
			       RR_SOA, "the zone has an SOA already");
	else if (!generic_is(rdata) && rdata->count != 7)
		reader_finding(reader, FINDING_ERROR, DMS_E_NOT7_VALUES_SOA_PARSE, type, RR_SOA,
			       "an SOA needs 7 values, here are %zu", rdata->count);
	else if (!generic_is(rdata) && !token_number(&rdata->tokens[2], UINT32_MAX, &serial))
		reader_finding(reader, FINDING_ERROR, DMS_E_SOA_SERIAL_MUST_BE_INTEGER,
			       &rdata->tokens[2], RR_SOA, "the serial \"%s\" is not a number",
			       token_text(reader, &rdata->tokens[2]));
	else
		return true;
	return false;
}

/* An SOA: its fields go to the zone, not among the records. */
static void
read_soa(struct zone_reader *reader, size_t first, int64_t ttl, const char *spelling)
{
	struct zone_text *text = reader->text;
	struct rdata_text rdata = {.tokens = reader->tokens + first,
				   .count = reader->count - first};

	if (!may_be_soa(reader, &reader->tokens[first - 1], &rdata) ||
	    !read_rdata(reader, first, RR_SOA) || reader->label_state != LABEL_GOOD)
		return;
	dms_error *error =
	    soa_from_rdata(text, reader->rdata.octets, reader->rdata.size, &text->soa);
	dms_error_free(error); /* what was just encoded can be read */
	text->has_soa = error == NULL;
	text->soa_line = reader->tokens[0].line;
	text->soa_column = reader->tokens[0].column;
	text->soa_ttl = ttl;
	text->soa_ttl_text = spelling;
	text->reference = talloc_strdup(text, reader->flags.reference);
	text->soa_comment = talloc_strdup(text, comment_take(reader, &reader->record_comment));
	text->soa_tail = tail_take_soa(reader, first);
	text->soa_remark = talloc_strdup(text, remark_take(reader, &reader->remark, false));
	if (reader->group >= 0)
		text->groups[reader->group].tag = "APEX_RRS";
	reader->has_items = true;
	reader->last_group = reader->group;
}

/* The record at hand joins the group that a comment opens, or else the running one. */
static void
join_group(struct zone_reader *reader)
{
	const char *comment = comment_take(reader, &reader->group_comment);

	if (comment != NULL) {
		reader->group = zone_text_add_group(reader->text, comment, NULL);
		reader->text->groups[reader->group].remark =
		    talloc_strdup(reader->text, remark_take(reader, &reader->group_remark, false));
	}
	reader->group_remark.size = 0;
}

/* Words without quotes become strings of their own, which is seldom what was meant: v=spf1 -all. */
static void
warn_of_bare_words(struct zone_reader *reader, size_t first, uint16_t type)
{
	struct rdata_text text = {.tokens = reader->tokens + first, .count = reader->count - first};

	for (size_t i = 0; i < text.count && text.count > 1 && !generic_is(&text); i++) {
		if (text.tokens[i].is_quoted)
			continue;
		reader_finding(reader, FINDING_WARNING, DMS_E_RDATA_PARSE, &text.tokens[i], type,
			       "%s without quotes: each word becomes a string of its own",
			       rr_type_name(type));
		return;
	}
}

/* Nothing, "", or \# 0 behind the type. */
static bool
is_without_rdata(const struct zone_reader *reader, size_t first)
{
	const struct token *tokens = reader->tokens + first;
	size_t count = reader->count - first;

	return count == 0 || (count == 1 && tokens[0].is_quoted && tokens[0].size == 0) ||
	       (count == 2 && token_is(&tokens[0], "\\#") && token_is(&tokens[1], "0"));
}

/* In an update: what to do, and whether that needs rdata. False: it has been found what is wrong.
 */
static bool
read_operation(struct zone_reader *reader, size_t first, uint16_t type, bool *is_whole_rrset)
{
	const char *op = reader->flags.update_op;

	*is_whole_rrset = false;
	if (!reader->source->is_update)
		return true;
	if (op == NULL) {
		reader_finding(reader, FINDING_ERROR, DMS_E_INVALID_UPDATE_OPERATION,
			       &reader->tokens[0], type,
			       "there is no operation: ;!RROP: with ADD, DELETE or UPDATE_RRTYPE "
			       "must stand before the record");
		return false;
	}
	*is_whole_rrset = strcmp(op, "DELETE") == 0 && is_without_rdata(reader, first);
	if (type != RR_ANY || *is_whole_rrset)
		return true;
	reader_finding(reader, FINDING_ERROR, DMS_E_RDATA_PARSE, &reader->tokens[first], 0,
		       "type ANY has no rdata");
	return false;
}

static void
add_record(struct zone_reader *reader, size_t first, uint16_t type, int64_t ttl,
	   const char *spelling)
{
	const struct token *place =
	    reader->in.made_by != NULL ? reader->in.made_by : &reader->tokens[0];

	bool is_whole_rrset;
	if (!read_operation(reader, first, type, &is_whole_rrset))
		return;
	reader->rdata.size = is_whole_rrset ? 0 : reader->rdata.size;
	if ((!is_whole_rrset && !read_rdata(reader, first, type)) ||
	    reader->label_state != LABEL_GOOD)
		return;
	if (type == RR_TXT || type == TYPE_SPF)
		warn_of_bare_words(reader, first, type);
	const struct pending_flags *flags = &reader->flags;
	bool is_joined = reader->has_items && reader->group == -1 && reader->last_group == -1;
	struct zone_text_record record = {
	    .label = reader->label,
	    .type = type,
	    .ttl = ttl,
	    .rdata = reader->rdata.octets,
	    .rdata_size = reader->rdata.size,
	    .group = reader->group,
	    .is_disabled = flags->is_disabled,
	    .has_lock_ptr = flags->has_lock_ptr,
	    .tracks_reverse = flags->tracks_reverse,
	    .forces_reverse = flags->forces_reverse,
	    .reference = flags->reference,
	    .comment = comment_take(reader, &reader->record_comment),
	    .ttl_text = spelling,
	    .remark = remark_take(reader, &reader->remark, is_joined),
	    .tail = tail_take(reader),
	    .line = place->line,
	    .column = place->column,
	    .file = reader->in.name,
	    .update_op = flags->update_op,
	    .is_whole_rrset = is_whole_rrset,
	};
	zone_text_add(reader->text, &record);
	reader->has_items = true;
	reader->last_group = reader->group;
}

static void
interpret(struct zone_reader *reader)
{
	size_t at = 0;
	const char *spelling;
	int64_t ttl;
	uint16_t type;

	if (reader->has_owner)
		read_owner(reader, &reader->tokens[at++]);
	if (reader->label_state == LABEL_NONE) {
		reader_error(reader, DMS_E_NO_PREVIOUS_LABEL_PARSE, &reader->tokens[0],
			     "the first record has no owner");
		reader->label_state = LABEL_BAD;
	}
	if (!read_ttl_and_class(reader, &at, &ttl, &spelling) || !read_type(reader, at, &type))
		return;
	at++;
	if (type != RR_SOA) {
		add_record(reader, at, type, ttl, spelling);
		return;
	}
	if (reader->flags.is_disabled) {
		reader_finding(reader, FINDING_WARNING, DMS_E_ZI_TEXT_PARSE,
			       &reader->tokens[at - 1], RR_SOA, "a disabled SOA is left out");
		return;
	}
	read_soa(reader, at, ttl, spelling);
}

void
read_record(struct zone_reader *reader)
{
	bool is_fine = scan_tokens(reader);

	join_group(reader);
	if (is_fine && reader->count > 0)
		interpret(reader);
	else if (reader->has_owner && reader->count > 0) /* for the records that inherit it */
		read_owner(reader, &reader->tokens[0]);
	else if (reader->has_owner)
		reader->label_state = LABEL_BAD;
	/* Whether or not it could be read, what was meant for it is used up. */
	comment_clear(&reader->record_comment);
	flags_clear(&reader->flags);
	reader->remark.size = 0;
	reader->tail.lines.size = reader->tail.count = 0;
}
