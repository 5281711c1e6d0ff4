/* Rdata between text and wire: which way each type takes, and the SOA as a struct. */
#include "dns/rdata_parts.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

bool
rr_type_is_refused(uint16_t type)
{
	/* RFC 6895 section 3.1: 128 to 255 are for questions and messages. */
	bool is_meta = type == 0 || type == LDNS_RR_TYPE_OPT || (type >= 128 && type <= 255) ||
		       type == UINT16_MAX;

	return is_meta || rr_type_is_server_made(type);
}

bool
generic_is(const struct rdata_text *text)
{
	return text->count > 0 && !text->tokens[0].is_quoted && text->tokens[0].size == 2 &&
	       memcmp(text->tokens[0].at, "\\#", 2) == 0;
}

bool
generic_encode(const struct rdata_text *text, struct rdata_buffer *rdata, struct rdata_fault *fault)
{
	uint32_t size;

	rdata->size = 0;
	if (text->count < 2 || !token_number(&text->tokens[1], RDATA_MAX, &size))
		return fault_at(fault, 1, "\\# needs the size in octets after it");
	if (text->count > 2 && !tokens_hex(text, 2, rdata, fault))
		return false;
	if (rdata->size != size)
		return fault_at(fault, 1, "\\# says %u octets, but %zu follow", size, rdata->size);
	return true;
}

/* Whether ldns has more than the number of this type. */
static bool
is_known_to_ldns(uint16_t type)
{
	const ldns_rr_descriptor *descriptor = ldns_rr_descript(type);

	return descriptor->_type == (ldns_rr_type)type && descriptor->_name != NULL &&
	       type != LDNS_RR_TYPE_NULL && strncmp(descriptor->_name, "TYPE", 4) != 0;
}

bool
rdata_encode(uint16_t type, const struct rdata_text *text, struct rdata_buffer *rdata,
	     struct rdata_fault *fault)
{
	const char *layout = rdata_layout(type);

	if (text->count == 0)
		return fault_at(fault, 0, "there is no rdata");
	if (generic_is(text)) {
		if (!generic_encode(text, rdata, fault))
			return false;
		bool is_fine = layout != NULL
				   ? layout_check(layout, rdata->octets, rdata->size)
				   : !is_known_to_ldns(type) ||
					 rdata_ldns_check(type, rdata->octets, rdata->size);
		if (!is_fine)
			return fault_at(fault, 0, "the octets do not fit the type");
		if (layout != NULL)
			layout_lower(layout, rdata->octets, rdata->size);
		return true;
	}
	if (layout != NULL)
		return layout_encode(layout, text, rdata, fault);
	if (is_known_to_ldns(type))
		return rdata_ldns_encode(type, text, rdata, fault);
	return fault_at(fault, 0, "this type needs the form \\# size hexadecimal (RFC 3597)");
}

static dms_error *
rdata_error(enum dms_err id, uint16_t type, const char *text, const char *reason)
{
	char *shown = quote_octets(NULL, text, strlen(text));
	dms_error *error =
	    dms_error_new(id, "%s rdata \"%s\": %s", rr_type_name(type), shown, reason);

	dms_error_put_str(error, "type", rr_type_name(type));
	dms_error_put_str(error, "rdata", shown);
	dms_error_put_str(error, "reason", reason);
	talloc_free(shown);
	return error;
}

/* Text to octets, with everything temporary on `scratch`. */
static dms_error *
parse(TALLOC_CTX *scratch, uint16_t type, const char *text, const char *origin,
      struct rdata_buffer *rdata)
{
	uint8_t origin_wire[NAME_WIRE_MAX];
	struct rdata_text split = {0};
	struct rdata_fault fault;
	struct token *tokens;

	if (rr_type_is_refused(type))
		return rdata_error(DMS_E_UNHANDLED_TYPE, type, text,
				   rr_type_is_server_made(type)
				       ? "the name server makes records of this type itself"
				       : "this type cannot be in a zone");
	if (origin != NULL) {
		TRY(name_to_wire(origin, origin_wire, &split.origin_size));
		split.origin = origin_wire;
	}
	if (!rdata_split(scratch, text, &tokens, &split.count, &fault))
		return rdata_error(DMS_E_RDATA_PARSE, type, text, fault.reason);
	split.tokens = tokens;
	if (!rdata_encode(type, &split, rdata, &fault))
		return rdata_error(DMS_E_RDATA_PARSE, type, text, fault.reason);
	return NULL;
}

dms_error *
rdata_parse(TALLOC_CTX *mem, uint16_t type, const char *text, const char *origin, uint8_t **rdata,
	    size_t *size)
{
	TALLOC_CTX *scratch = talloc_new(NULL);
	struct rdata_buffer *buffer = talloc_size(scratch, sizeof *buffer);
	dms_error *error = parse(scratch, type, text, origin, buffer);

	if (error == NULL) {
		*rdata = talloc_memdup(mem, buffer->octets, buffer->size);
		*size = buffer->size;
	}
	talloc_free(scratch);
	return error;
}

/* ldns's text is only good when it reads back as the same octets. */
static char *
print_by_ldns(TALLOC_CTX *mem, uint16_t type, const uint8_t *rdata, size_t size)
{
	struct rdata_fault fault;
	struct rdata_text split = {0};
	struct token *tokens;
	char *text = rdata_ldns_print(mem, type, rdata, size);

	if (text == NULL)
		return NULL;
	struct rdata_buffer *back = talloc_size(text, sizeof *back);
	bool is_same = rdata_split(back, text, &tokens, &split.count, &fault);
	split.tokens = tokens;
	is_same = is_same && rdata_encode(type, &split, back, &fault) && back->size == size &&
		  memcmp(back->octets, rdata, size) == 0;
	talloc_free(back);
	if (is_same)
		return text;
	talloc_free(text);
	return NULL;
}

dms_error *
rdata_print(TALLOC_CTX *mem, uint16_t type, const uint8_t *rdata, size_t size, const char *origin,
	    char **text)
{
	uint8_t origin_wire[NAME_WIRE_MAX];
	size_t origin_size = 0;
	const char *layout = rdata_layout(type);

	if (origin != NULL)
		TRY(name_to_wire(origin, origin_wire, &origin_size));
	if (size > RDATA_MAX)
		return dms_error_new(DMS_E_FORMAT, "%s rdata of %zu octets is too long",
				     rr_type_name(type), size);
	if (layout != NULL) {
		if (!layout_check(layout, rdata, size))
			return dms_error_new(DMS_E_FORMAT, "%zu octets do not fit type %s", size,
					     rr_type_name(type));
		*text = layout_print(mem, layout, rdata, size, origin_wire, origin_size);
		return NULL;
	}
	*text = is_known_to_ldns(type) ? print_by_ldns(mem, type, rdata, size) : NULL;
	if (*text == NULL)
		*text = generic_print(mem, rdata, size);
	return NULL;
}
