/* Discovery and relay of an AMTRELAY (RFC 8777 section 4): what comes behind the precedence. */
#include <stdio.h>
#include <string.h>

#include "dns/rdata_codec.h"

enum { NONE, IPV4, IPV6, NAME, DISCOVERY = 0x80 };

static int
relay_size(const uint8_t *rdata, size_t size)
{
	if (size < 1)
		return -1;
	switch (rdata[0] & ~DISCOVERY) {
	case NONE:
		return 1;
	case IPV4:
		return size < 5 ? -1 : 5;
	case IPV6:
		return size < 17 ? -1 : 17;
	case NAME:
		return name_size(rdata + 1, size - 1) == 0
			   ? -1
			   : 1 + (int)name_size(rdata + 1, size - 1);
	default:
		return -1;
	}
}

static bool
encode_host(struct encoder *encoder, uint32_t type)
{
	const struct token *token = &encoder->text->tokens[encoder->token];

	switch (type) {
	case NONE:
		return (token->size == 1 && token->at[0] == '.' && !token->is_quoted) ||
		       fault_at(encoder->fault, encoder->token, "no relay is written \".\"");
	case NAME:
		return encode_name(encoder, token, false);
	default:
		return encode_address(encoder, token, type == IPV6);
	}
}

static bool
encode(struct encoder *encoder)
{
	const struct token *tokens = &encoder->text->tokens[encoder->token];
	uint32_t discovery, type;

	if (encoder->text->count < encoder->token + 3)
		return fault_at(encoder->fault, encoder->text->count,
				"precedence, 0 or 1, type and relay are wanted");
	if (!token_number(&tokens[0], 1, &discovery))
		return fault_at(encoder->fault, encoder->token, "discovery is 0 or 1");
	if (!token_number(&tokens[1], NAME, &type))
		return fault_at(encoder->fault, encoder->token + 1,
				"the relay's type is a number from 0 to 3");
	uint8_t octet = (uint8_t)((discovery ? DISCOVERY : 0) | type);
	encoder->token += 2;
	if (!encode_octets(encoder, &octet, 1) || !encode_host(encoder, type))
		return false;
	encoder->token++;
	return true;
}

static void
print(struct printer *printer, const uint8_t *rdata, size_t size)
{
	unsigned type = rdata[0] & ~(unsigned)DISCOVERY;

	printer->out += sprintf(printer->out, "%u %u ", rdata[0] >> 7, type);
	if (type == NONE)
		*printer->out++ = '.';
	else if (type == NAME)
		print_name(printer, rdata + 1, size - 1);
	else
		printer->out = print_address(printer->out, rdata + 1, type == IPV6);
}

const struct field_codec field_relay = {'M', 5, false, relay_size, encode, print};
