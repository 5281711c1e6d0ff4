/* Rdata between text and wire: which way each type takes, and the SOA as a struct. */
#include "dns/rdata_codec.h"

#include <string.h>

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

/* RFC 3597 section 5 lets any type be written so; of the types that we know, the octets must fit.
 */
static bool
encode_generic(uint16_t type, const char *layout, const struct rdata_text *text,
	       struct rdata_buffer *rdata, struct rdata_fault *fault)
{
	if (!generic_encode(text, rdata, fault))
		return false;
	if (layout == NULL)
		return true;
	if (!layout_check(layout, rdata->octets, rdata->size))
		return fault_at(fault, 0, "the octets do not fit the type");
	layout_lower(layout, rdata->octets, rdata->size);
	return true;
}

bool
rdata_encode(uint16_t type, const struct rdata_text *text, struct rdata_buffer *rdata,
	     struct rdata_fault *fault)
{
	const char *layout = rdata_layout(type), *reason;

	if (text->count == 0)
		return fault_at(fault, 0, "there is no rdata");
	if (!generic_is(text) && layout == NULL)
		return fault_at(fault, 0,
				"this type needs the form \\# size hexadecimal (RFC 3597)");
	bool is_fine = generic_is(text) ? encode_generic(type, layout, text, rdata, fault)
					: layout_encode(layout, text, rdata, fault);
	if (!is_fine)
		return false;
	reason = layout != NULL ? rdata_rule(type, rdata->octets, rdata->size) : NULL;
	return reason == NULL || fault_at(fault, 0, "%s", reason);
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

	const char *refusal = rr_type_refusal(NULL, type);
	if (refusal != NULL)
		return rdata_error(DMS_E_UNHANDLED_TYPE, type, text, refusal);
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
		/* An empty APL has no words to be written as. */
		if (size == 0) {
			*text = generic_print(mem, rdata, size);
			return NULL;
		}
		*text = layout_print(mem, layout, rdata, size, origin_wire, origin_size);
		return NULL;
	}
	*text = rr_type_is_server_made(type) ? rdata_ldns_print(mem, type, rdata, size) : NULL;
	if (*text == NULL)
		*text = generic_print(mem, rdata, size);
	return NULL;
}
