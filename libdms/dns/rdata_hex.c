/* Hexadecimal with a punctuation of its own: hardware addresses (RFC 7043), locators of ILNP
 * (RFC 6742), OSI addresses (RFC 1706). */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dns/rdata_codec.h"

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* `octets` octets, two digits each, with `mark` between every `group` octets. */
static bool
read_marked(const struct token *token, size_t octets, char mark, size_t group, uint8_t *wire)
{
	uint32_t at = 0;

	if (token->is_quoted || token->size != octets * 2 + octets / group - 1)
		return false;
	for (size_t i = 0; i < octets; i++) {
		if (i > 0 && i % group == 0 && token->at[at++] != mark)
			return false;
		int high = digit(token->at[at++]), low = digit(token->at[at++]);
		if (high < 0 || low < 0)
			return false;
		wire[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static void
print_marked(struct printer *printer, const uint8_t *rdata, size_t octets, char mark, size_t group)
{
	for (size_t i = 0; i < octets; i++) {
		if (i > 0 && i % group == 0)
			*printer->out++ = mark;
		printer->out = print_hex(printer->out, rdata + i, 1);
	}
}

static bool
encode_marked(struct encoder *encoder, size_t octets, char mark, size_t group, const char *form)
{
	uint8_t wire[8];

	if (!read_marked(&encoder->text->tokens[encoder->token], octets, mark, group, wire))
		return fault_at(encoder->fault, encoder->token, "not of the form %s", form);
	if (!encode_octets(encoder, wire, octets))
		return false;
	encoder->token++;
	return true;
}

static bool
encode_eui48(struct encoder *encoder)
{
	return encode_marked(encoder, 6, '-', 1, "00-00-5e-00-53-2a");
}

static bool
encode_eui64(struct encoder *encoder)
{
	return encode_marked(encoder, 8, '-', 1, "00-00-5e-ef-10-00-00-2a");
}

/* RFC 6742 section 2.1.2: four groups without "::"; leading zeros of a group may be left out. */
static bool
encode_locator(struct encoder *encoder)
{
	const struct token *token = &encoder->text->tokens[encoder->token];
	uint8_t wire[8];
	uint32_t at = 0;

	for (int i = 0; i < 4; i++) {
		unsigned group = 0;
		uint32_t start = at;
		while (at < token->size && at - start < 4 && digit(token->at[at]) >= 0)
			group = group << 4 | (unsigned)digit(token->at[at++]);
		bool has_end =
		    i == 3 ? at == token->size : at < token->size && token->at[at++] == ':';
		if (token->is_quoted || at == start || !has_end || (i < 3 && at == start + 1))
			return fault_at(encoder->fault, encoder->token,
					"not of the form 0014:4fff:ff20:ee64");
		wire[2 * i] = (uint8_t)(group >> 8);
		wire[2 * i + 1] = (uint8_t)group;
	}
	if (!encode_octets(encoder, wire, sizeof wire))
		return false;
	encoder->token++;
	return true;
}

static int
six(const uint8_t *rdata, size_t size)
{
	return size < 6 ? -1 : 6;
}

static int
eight(const uint8_t *rdata, size_t size)
{
	return size < 8 ? -1 : 8;
}

static void
print_eui(struct printer *printer, const uint8_t *rdata, size_t size)
{
	print_marked(printer, rdata, size, '-', 1);
}

static void
print_locator(struct printer *printer, const uint8_t *rdata, size_t size)
{
	print_marked(printer, rdata, size, ':', 2);
}

/* "0x", then digits with dots wherever one likes. */
static bool
encode_nsap(struct encoder *encoder)
{
	const struct token *token = &encoder->text->tokens[encoder->token];
	int high = -1;

	if (token->is_quoted || token->size < 4 || strncasecmp(token->at, "0x", 2) != 0)
		return fault_at(encoder->fault, encoder->token, "not hexadecimal after 0x");
	for (uint32_t at = 2; at < token->size; at++) {
		int value = digit(token->at[at]);
		if (token->at[at] == '.')
			continue;
		if (value < 0)
			return fault_at(encoder->fault, encoder->token, "not hexadecimal after 0x");
		if (high < 0) {
			high = value;
			continue;
		}
		uint8_t octet = (uint8_t)(high << 4 | value);
		if (!encode_octets(encoder, &octet, 1))
			return false;
		high = -1;
	}
	if (high >= 0)
		return fault_at(encoder->fault, encoder->token,
				"an odd number of hexadecimal digits");
	encoder->token++;
	return true;
}

static int
nsap_size(const uint8_t *rdata, size_t size)
{
	return size == 0 ? -1 : (int)size;
}

static void
print_nsap(struct printer *printer, const uint8_t *rdata, size_t size)
{
	printer->out = print_hex(stpcpy(printer->out, "0x"), rdata, size);
}

const struct field_codec field_eui48 = {'e', 4, false, six, encode_eui48, print_eui};
const struct field_codec field_eui64 = {'E', 4, false, eight, encode_eui64, print_eui};
const struct field_codec field_locator = {'l', 4, false, eight, encode_locator, print_locator};
const struct field_codec field_nsap = {'p', 4, false, nsap_size, encode_nsap, print_nsap};
