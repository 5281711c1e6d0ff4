/* Service parameters (RFC 9460 section 2.1 and appendix A): text to octets. */
#include <string.h>
#include <strings.h>

#include "dns/rdata_svcb.h"

enum { PARAMS_MAX = 256, VALUE_MAX = 4096 };

/* The characters that a value spells. */
struct value {
	size_t size;
	uint8_t octets[VALUE_MAX];
};

static bool
read_value(struct encoder *encoder, const char *at, size_t size, struct value *value)
{
	bool is_quoted = size >= 2 && at[0] == '"' && at[size - 1] == '"';
	struct token token = {.at = at + is_quoted, .size = (uint32_t)(size - 2U * is_quoted)};
	size_t from = 0;
	uint8_t octet;
	int got;

	value->size = 0;
	while ((got = token_octet(&token, &from, &octet)) > 0) {
		if (value->size == VALUE_MAX)
			return fault_at(encoder->fault, encoder->token,
					"a value is longer than %d octets", VALUE_MAX);
		value->octets[value->size++] = octet;
	}
	return got == 0 ||
	       fault_at(encoder->fault, encoder->token, "a quote or an escape is malformed");
}

/* The next item of a comma-separated list, with "\," and "\\" for what they stand for (appendix
 * A.1). False: there is none, or it is empty (`*is_bad`). */
static bool
next_item(const struct value *value, size_t *at, uint8_t *item, size_t *size, bool *is_bad)
{
	if (*at > value->size)
		return false;
	for (*size = 0; *at < value->size && value->octets[*at] != ','; (*at)++) {
		if (value->octets[*at] == '\\' && *at + 1 < value->size)
			(*at)++;
		item[(*size)++] = value->octets[*at];
	}
	(*at)++;
	*is_bad = *size == 0;
	return !*is_bad;
}

static bool
encode_alpn(struct encoder *encoder, const struct value *value)
{
	uint8_t item[VALUE_MAX];
	size_t at = 0, size;
	bool is_bad = false;

	while (next_item(value, &at, item, &size, &is_bad)) {
		uint8_t length = (uint8_t)size;
		if (size > UINT8_MAX)
			return fault_at(encoder->fault, encoder->token,
					"a protocol is longer than 255 octets");
		if (!encode_octets(encoder, &length, 1) || !encode_octets(encoder, item, size))
			return false;
	}
	return !is_bad || fault_at(encoder->fault, encoder->token, "alpn has an empty item");
}

/* Keys in rising order, whatever order they came in. */
static bool
encode_mandatory(struct encoder *encoder, const struct value *value)
{
	uint8_t item[VALUE_MAX];
	uint16_t keys[PARAMS_MAX];
	size_t at = 0, size, count = 0;
	bool is_bad = false;

	while (next_item(value, &at, item, &size, &is_bad)) {
		uint16_t key;
		size_t place = count;
		if (count == PARAMS_MAX || !svcb_key_read((const char *)item, size, &key))
			return fault_at(encoder->fault, encoder->token,
					"mandatory has something that is no key");
		for (; place > 0 && keys[place - 1] > key; place--)
			keys[place] = keys[place - 1];
		keys[place] = key;
		count++;
	}
	for (size_t i = 0; i < count; i++) {
		uint8_t octets[2] = {(uint8_t)(keys[i] >> 8), (uint8_t)keys[i]};
		if (!encode_octets(encoder, octets, 2))
			return false;
	}
	return !is_bad || fault_at(encoder->fault, encoder->token, "mandatory has an empty item");
}

static bool
encode_hints(struct encoder *encoder, const struct value *value, bool is_ipv6)
{
	uint8_t item[VALUE_MAX];
	size_t at = 0, size;
	bool is_bad = false;

	while (next_item(value, &at, item, &size, &is_bad)) {
		struct token token = {.at = (const char *)item, .size = (uint32_t)size};
		if (!encode_address(encoder, &token, is_ipv6))
			return false;
	}
	return !is_bad || fault_at(encoder->fault, encoder->token, "a hint is empty");
}

static bool
encode_value(struct encoder *encoder, uint16_t key, bool is_generic, const struct value *value)
{
	struct token token = {.at = (const char *)value->octets, .size = (uint32_t)value->size};
	struct rdata_text text = {.tokens = &token, .count = 1};

	if (is_generic)
		return encode_octets(encoder, value->octets, value->size);
	switch (key) {
	case SVCB_MANDATORY:
		return encode_mandatory(encoder, value);
	case SVCB_ALPN:
		return encode_alpn(encoder, value);
	case SVCB_PORT:
		return encode_number(encoder, &token, 2);
	case SVCB_IPV4HINT:
	case SVCB_IPV6HINT:
		return encode_hints(encoder, value, key == SVCB_IPV6HINT);
	case SVCB_ECH:
		return tokens_base64(&text, 0, encoder->rdata, encoder->fault);
	default:
		return encode_octets(encoder, value->octets, value->size);
	}
}

/* The last parameter, which began at `last`, goes to where its key belongs in the list that begins
 * at `first`. */
static bool
sort_in(struct encoder *encoder, size_t first, size_t last)
{
	struct rdata_buffer *rdata = encoder->rdata;
	const uint8_t *added = rdata->octets + last;
	size_t at = first, size = rdata->size - last;

	while (at < last && memcmp(rdata->octets + at, added, 2) < 0)
		at += SVCB_HEAD + ((size_t)rdata->octets[at + 2] << 8 | rdata->octets[at + 3]);
	if (at < last && memcmp(rdata->octets + at, added, 2) == 0)
		return fault_at(encoder->fault, encoder->token, "a parameter twice");
	uint8_t *copy = talloc_memdup(NULL, added, size);
	memmove(rdata->octets + at + size, rdata->octets + at, last - at);
	memcpy(rdata->octets + at, copy, size);
	talloc_free(copy);
	return true;
}

/* "key" or "key=value". */
static bool
encode_param(struct encoder *encoder, size_t first)
{
	const struct token *token = &encoder->text->tokens[encoder->token];
	const char *equals = memchr(token->at, '=', token->size);
	size_t key_size = equals != NULL ? (size_t)(equals - token->at) : token->size;
	size_t last = encoder->rdata->size;
	struct value value = {0};
	uint16_t key;

	if (token->is_quoted || !svcb_key_read(token->at, key_size, &key))
		return fault_at(encoder->fault, encoder->token, "not the name of a parameter");
	if (equals != NULL && !read_value(encoder, equals + 1, token->size - key_size - 1, &value))
		return false;
	bool is_generic = strncasecmp(token->at, "key", 3) == 0;
	uint8_t head[SVCB_HEAD] = {(uint8_t)(key >> 8), (uint8_t)key};
	if (!encode_octets(encoder, head, SVCB_HEAD))
		return false;
	/* A list without items, or a port without number, is found below. */
	if (value.size > 0 && !encode_value(encoder, key, is_generic, &value))
		return false;
	size_t size = encoder->rdata->size - last - SVCB_HEAD;
	encoder->rdata->octets[last + 2] = (uint8_t)(size >> 8);
	encoder->rdata->octets[last + 3] = (uint8_t)size;
	const char *fault = svcb_value_fault(key, encoder->rdata->octets + last + SVCB_HEAD, size);
	if (fault != NULL)
		return fault_at(encoder->fault, encoder->token, "%s", fault);
	return sort_in(encoder, first, last);
}

static bool
encode(struct encoder *encoder)
{
	size_t first = encoder->rdata->size, first_token = encoder->token;

	for (; encoder->token < encoder->text->count; encoder->token++) {
		if (encoder->token - first_token == PARAMS_MAX)
			return fault_at(encoder->fault, encoder->token, "more than %d parameters",
					PARAMS_MAX);
		if (!encode_param(encoder, first))
			return false;
	}
	const char *fault =
	    svcb_list_fault(encoder->rdata->octets + first, encoder->rdata->size - first);
	return fault == NULL || fault_at(encoder->fault, first_token, "%s", fault);
}

static int
params_size(const uint8_t *rdata, size_t size)
{
	return svcb_list_fault(rdata, size) == NULL ? (int)size : -1;
}

/* A key in a list of mandatory ones prints as "no-default-alpn,", for two octets. */
const struct field_codec field_service = {'V', 10, true, params_size, encode, svcb_print};
