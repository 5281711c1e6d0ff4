/* Text to octets along a type's layout. Every number and address is held to its range here, because
 * ldns wraps what is too large. */
#include "dns/rdata_codec.h"

#include <arpa/inet.h>
#include <string.h>

enum { STRING_MAX = 255 };

bool
encode_octets(struct encoder *encoder, const void *octets, size_t size)
{
	return rdata_put(encoder->rdata, octets, size, encoder->fault, encoder->token);
}

bool
encode_number(struct encoder *encoder, const struct token *token, size_t octets)
{
	uint32_t most = octets == 4 ? UINT32_MAX : (1U << (8 * octets)) - 1, number;
	uint8_t wire[4];

	if (!token_number(token, most, &number))
		return fault_at(encoder->fault, encoder->token, "not a number from 0 to %u", most);
	for (size_t i = 0; i < octets; i++)
		wire[i] = (uint8_t)(number >> (8 * (octets - 1 - i)));
	return encode_octets(encoder, wire, octets);
}

static bool
encode_seconds(struct encoder *encoder, const struct token *token)
{
	uint32_t seconds;

	if (token->is_quoted || !ttl_read(token->at, token->size, &seconds))
		return fault_at(encoder->fault, encoder->token, "not a time value");
	uint8_t wire[4] = {(uint8_t)(seconds >> 24), (uint8_t)(seconds >> 16),
			   (uint8_t)(seconds >> 8), (uint8_t)seconds};
	return encode_octets(encoder, wire, 4);
}

/* Dotted quad, decimal, no leading zeros. */
static bool
parse_ipv4(const struct token *token, uint8_t *address)
{
	uint32_t at = 0;

	for (int i = 0; i < 4; i++) {
		uint32_t start = at;
		unsigned octet = 0;
		while (at < token->size && token->at[at] >= '0' && token->at[at] <= '9' &&
		       at - start < 3)
			octet = octet * 10 + (unsigned)(token->at[at++] - '0');
		if (at == start || octet > 255 || (token->at[start] == '0' && at - start > 1))
			return false;
		address[i] = (uint8_t)octet;
		if (i < 3 && (at == token->size || token->at[at++] != '.'))
			return false;
	}
	return at == token->size;
}

bool
parse_address(const struct token *token, bool is_ipv6, uint8_t *address)
{
	char text[INET6_ADDRSTRLEN];

	if (token->is_quoted)
		return false;
	if (!is_ipv6)
		return parse_ipv4(token, address);
	if (token->size >= sizeof text)
		return false;
	memcpy(text, token->at, token->size);
	text[token->size] = '\0';
	return strlen(text) == token->size && inet_pton(AF_INET6, text, address) == 1;
}

bool
encode_address(struct encoder *encoder, const struct token *token, bool is_ipv6)
{
	uint8_t address[16];

	if (!parse_address(token, is_ipv6, address))
		return fault_at(encoder->fault, encoder->token, "not an IPv%d address",
				is_ipv6 ? 6 : 4);
	return encode_octets(encoder, address, is_ipv6 ? 16 : 4);
}

bool
encode_name(struct encoder *encoder, const struct token *token, bool is_lower)
{
	uint8_t wire[NAME_WIRE_MAX];
	size_t size;
	const char *reason = token->is_quoted
				 ? "a name is written without quotes"
				 : name_read(token->at, token->size, encoder->text->origin,
					     encoder->text->origin_size, wire, &size);

	if (reason != NULL)
		return fault_at(encoder->fault, encoder->token, "%s", reason);
	if (is_lower)
		name_lower(wire, size);
	return encode_octets(encoder, wire, size);
}

bool
encode_string(struct encoder *encoder, const struct token *token, bool may_split)
{
	uint8_t string[STRING_MAX + 1];
	size_t at = 0, filled = 0, strings = 0;

	for (;;) {
		uint8_t octet = 0;
		int got = token_octet(token, &at, &octet);
		if (got < 0)
			return fault_at(encoder->fault, encoder->token,
					"a quote inside a word, or a backslash without one "
					"character or three digits up to 255 after it");
		if (filled == STRING_MAX && got > 0 && !may_split)
			return fault_at(encoder->fault, encoder->token,
					"a string is longer than 255 octets");
		if ((got == 0 && (filled > 0 || strings == 0)) || filled == STRING_MAX) {
			string[0] = (uint8_t)filled;
			if (!encode_octets(encoder, string, filled + 1))
				return false;
			strings++;
			filled = 0;
		}
		if (got == 0)
			return true;
		string[++filled] = octet;
	}
}

static bool
encode_tag(struct encoder *encoder, const struct token *token)
{
	if (token->is_quoted)
		return fault_at(encoder->fault, encoder->token, "a tag is written without quotes");
	for (uint32_t i = 0; i < token->size; i++) {
		char c = token->at[i];
		if (!(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
			return fault_at(encoder->fault, encoder->token,
					"a tag is letters and digits");
	}
	if (token->size == 0)
		return fault_at(encoder->fault, encoder->token, "the tag is empty");
	return encode_string(encoder, token, false);
}

static bool
encode_long_text(struct encoder *encoder, const struct token *token, bool may_be_empty)
{
	size_t at = 0;
	uint8_t octet;
	int got;

	if (token->size == 0 && !may_be_empty)
		return fault_at(encoder->fault, encoder->token, "the text is empty");
	while ((got = token_octet(token, &at, &octet)) > 0) {
		if (!encode_octets(encoder, &octet, 1))
			return false;
	}
	return got == 0 || fault_at(encoder->fault, encoder->token, "malformed escape");
}

/* RFC 4025 section 3.1: "." for none, an address, or a name. */
static bool
encode_gateway(struct encoder *encoder, const struct token *token)
{
	switch (encoder->rdata->octets[1]) {
	case 0:
		return (token->size == 1 && token->at[0] == '.' && !token->is_quoted) ||
		       fault_at(encoder->fault, encoder->token, "no gateway is written \".\"");
	case 1:
	case 2:
		return encode_address(encoder, token, encoder->rdata->octets[1] == 2);
	case 3:
		return encode_name(encoder, token, false);
	default:
		return fault_at(encoder->fault, 1, "the gateway's type is a number from 0 to 3");
	}
}

/* The fields that take every token that is left. */
static bool
encode_rest(struct encoder *encoder, char field)
{
	const struct rdata_text *text = encoder->text;
	size_t first = encoder->token, before = encoder->rdata->size;

	encoder->token = text->count;
	if (field == 'x' || field == 'b' || field == 'B') {
		bool is_fine = field == 'x'
				   ? tokens_hex(text, first, encoder->rdata, encoder->fault)
				   : tokens_base64(text, first, encoder->rdata, encoder->fault);
		if (is_fine && field != 'B' && encoder->rdata->size == before)
			return fault_at(encoder->fault, first, "there are no octets");
		return is_fine;
	}
	for (encoder->token = first; encoder->token < text->count; encoder->token++) {
		if (!encode_string(encoder, &text->tokens[encoder->token], true))
			return false;
	}
	return true;
}

static bool
encode_plain(struct encoder *encoder, char field, char before)
{
	const struct token *token = &encoder->text->tokens[encoder->token];

	switch (field) {
	case 'a':
	case 'q':
		return encode_address(encoder, token, field == 'q');
	case '1':
	case '2':
	case '4':
		return encode_number(encoder, token, (size_t)(field - '0'));
	case 't':
		return encode_seconds(encoder, token);
	case 'n':
	case 'N':
		return encode_name(encoder, token, field == 'n');
	case 'g':
		return encode_gateway(encoder, token);
	case 's':
		return encode_string(encoder, token, false);
	case 'T':
		return encode_tag(encoder, token);
	case 'L':
		return encode_long_text(encoder, token, before == 'T');
	default:
		return encode_rest(encoder, field);
	}
}

/* One field, from the next token to behind its last one. */
static bool
encode_field(struct encoder *encoder, const char *layout, size_t i)
{
	size_t count = encoder->text->count;
	const struct field_codec *codec = field_codec_find(layout[i]);
	bool may_be_missing = codec != NULL ? codec->may_be_missing : layout[i] == 'B';

	if (encoder->token >= count && may_be_missing)
		return true;
	if (encoder->token >= count)
		return fault_at(encoder->fault, count, "%zu of %zu fields are missing",
				strlen(layout) - i, strlen(layout));
	if (codec != NULL)
		return codec->encode(encoder);
	if (!encode_plain(encoder, layout[i], i > 0 ? layout[i - 1] : '\0'))
		return false;
	if (encoder->token < count)
		encoder->token++;
	return true;
}

bool
layout_encode(const char *layout, const struct rdata_text *text, struct rdata_buffer *rdata,
	      struct rdata_fault *fault)
{
	struct encoder encoder = {.text = text, .rdata = rdata, .fault = fault};

	rdata->size = 0;
	for (size_t i = 0; layout[i] != '\0'; i++) {
		if (!encode_field(&encoder, layout, i))
			return false;
	}
	if (encoder.token < text->count)
		return fault_at(fault, encoder.token, "more words than the type has fields");
	return true;
}
