/* The list of types in a CSYNC (RFC 7477 section 2.1.1.2), in windows as RFC 4034 section 4.1.2
 * has them. */
#include <stdio.h>
#include <string.h>

#include "dns/rdata_codec.h"

enum { TYPE_TEXT_MAX = 24, WINDOW_MAX = 32 };

static int
bitmap_size(const uint8_t *rdata, size_t size)
{
	size_t at = 0;
	int window = -1;

	while (at < size) {
		if (size - at < 3 || rdata[at] <= window)
			return -1;
		size_t length = rdata[at + 1];
		/* No empty windows, and no octets of zero at their ends. */
		if (length == 0 || length > WINDOW_MAX || length > size - at - 2 ||
		    rdata[at + 1 + length] == 0)
			return -1;
		window = rdata[at];
		at += 2 + length;
	}
	return (int)size;
}

static bool
read_type(const struct token *token, uint16_t *type)
{
	char name[TYPE_TEXT_MAX];

	if (token->is_quoted || token->size >= sizeof name)
		return false;
	memcpy(name, token->at, token->size);
	name[token->size] = '\0';
	*type = strlen(name) == token->size ? rr_type_parse(name) : 0;
	return *type != 0;
}

static bool
put_windows(struct encoder *encoder, const uint8_t *bits)
{
	for (unsigned window = 0; window < 256; window++) {
		uint8_t length = WINDOW_MAX;
		while (length > 0 && bits[window * WINDOW_MAX + length - 1U] == 0)
			length--;
		uint8_t head[2] = {(uint8_t)window, length};
		if (length > 0 &&
		    (!encode_octets(encoder, head, 2) ||
		     !encode_octets(encoder, bits + (size_t)window * WINDOW_MAX, length)))
			return false;
	}
	return true;
}

static bool
encode(struct encoder *encoder)
{
	uint8_t bits[256 * WINDOW_MAX] = {0};

	for (; encoder->token < encoder->text->count; encoder->token++) {
		uint16_t type;
		if (!read_type(&encoder->text->tokens[encoder->token], &type))
			return fault_at(encoder->fault, encoder->token, "not a record type");
		bits[type / 8] |= (uint8_t)(0x80 >> type % 8);
	}
	return put_windows(encoder, bits);
}

static void
print(struct printer *printer, const uint8_t *rdata, size_t size)
{
	char *start = printer->out;

	for (size_t at = 0; at < size; at += 2U + rdata[at + 1]) {
		for (unsigned bit = 0; bit < rdata[at + 1] * 8U; bit++) {
			if ((rdata[at + 2 + bit / 8] & 0x80 >> bit % 8) == 0)
				continue;
			if (printer->out > start)
				*printer->out++ = ' ';
			printer->out =
			    stpcpy(printer->out, rr_type_name((uint16_t)(rdata[at] << 8 | bit)));
		}
	}
}

/* Eight types an octet, at most a blank and "NSEC3PARAM" each. */
const struct field_codec field_bitmap = {'w', 8 * 11, true, bitmap_size, encode, print};
