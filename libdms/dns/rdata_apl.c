/* Address prefixes (RFC 3123). */
#include <stdio.h>
#include <string.h>

#include "dns/rdata_codec.h"

enum { FAMILY_IPV4 = 1, FAMILY_IPV6 = 2, HEAD = 4, NEGATION = 0x80 };

/* Size of the item at `rdata`, 0: it does not fit, or has not the one form of section 4: no zero
 * octets at the end, no bits beyond what its family has. */
static size_t
item_size(const uint8_t *rdata, size_t size)
{
	if (size < HEAD)
		return 0;
	unsigned family = (unsigned)rdata[0] << 8 | rdata[1], length = rdata[3] & ~NEGATION;
	unsigned most = family == FAMILY_IPV4 ? 4 : 16;

	if ((family != FAMILY_IPV4 && family != FAMILY_IPV6) || rdata[2] > most * 8 ||
	    length > most || length > size - HEAD || (length > 0 && rdata[HEAD + length - 1] == 0))
		return 0;
	return HEAD + length;
}

static int
prefixes_size(const uint8_t *rdata, size_t size)
{
	size_t at = 0;

	while (at < size) {
		size_t taken = item_size(rdata + at, size - at);
		if (taken == 0)
			return -1;
		at += taken;
	}
	return (int)size;
}

/* "!1:192.0.2.0/24" -> address and prefix. */
static bool
read_item(const struct token *token, uint8_t head[HEAD], uint8_t address[16])
{
	struct token part = *token;
	bool is_negated = part.size > 0 && part.at[0] == '!';

	part.at += is_negated;
	part.size -= is_negated;
	const char *slash = memchr(part.at, '/', part.size);
	if (token->is_quoted || part.size < 2 || part.at[1] != ':' || slash == NULL ||
	    (part.at[0] != '0' + FAMILY_IPV4 && part.at[0] != '0' + FAMILY_IPV6))
		return false;
	bool is_ipv6 = part.at[0] == '0' + FAMILY_IPV6;
	struct token number = {.at = slash + 1,
			       .size = (uint32_t)(part.at + part.size - slash - 1)};
	struct token host = {.at = part.at + 2, .size = (uint32_t)(slash - part.at - 2)};
	uint32_t prefix;
	if (slash < part.at + 2 || !token_number(&number, is_ipv6 ? 128 : 32, &prefix) ||
	    !parse_address(&host, is_ipv6, address))
		return false;
	uint8_t length = is_ipv6 ? 16 : 4;
	while (length > 0 && address[length - 1] == 0)
		length--;
	head[0] = 0;
	head[1] = is_ipv6 ? FAMILY_IPV6 : FAMILY_IPV4;
	head[2] = (uint8_t)prefix;
	head[3] = (uint8_t)((is_negated ? NEGATION : 0) | length);
	return true;
}

static bool
encode(struct encoder *encoder)
{
	for (; encoder->token < encoder->text->count; encoder->token++) {
		uint8_t head[HEAD], address[16];
		if (!read_item(&encoder->text->tokens[encoder->token], head, address))
			return fault_at(encoder->fault, encoder->token,
					"not of the form 1:192.0.2.0/24 or !2:2001:db8::/32");
		if (!encode_octets(encoder, head, HEAD) ||
		    !encode_octets(encoder, address, head[3] & ~NEGATION))
			return false;
	}
	return true;
}

static void
print(struct printer *printer, const uint8_t *rdata, size_t size)
{
	for (size_t at = 0; at < size;) {
		uint8_t address[16] = {0};
		size_t length = rdata[at + 3] & ~NEGATION;
		memcpy(address, rdata + at + HEAD, length);
		printer->out += sprintf(printer->out, "%s%s%u:", at > 0 ? " " : "",
					rdata[at + 3] & NEGATION ? "!" : "", rdata[at + 1]);
		printer->out = print_address(printer->out, address, rdata[at + 1] == FAMILY_IPV6);
		printer->out += sprintf(printer->out, "/%u", rdata[at + 2]);
		at += HEAD + length;
	}
}

/* An item of four octets may print as " !1:0.0.0.0/32". */
const struct field_codec field_prefixes = {'P', 8, true, prefixes_size, encode, print};
