/* Character-strings with rules of their own: digits, degrees and metres, and one that may be
 * missing. */
#include <stdlib.h>
#include <string.h>

#include "dns/rdata_codec.h"

static int
string_size(const uint8_t *rdata, size_t size)
{
	return size == 0 || rdata[0] + 1U > size ? -1 : rdata[0] + 1;
}

static void
print(struct printer *printer, const uint8_t *rdata, size_t size)
{
	printer->out = print_string(printer->out, rdata + 1, rdata[0]);
}

/* Encodes the next token and holds it to `get_size`. */
static bool
encode(struct encoder *encoder, int (*get_size)(const uint8_t *, size_t), const char *reason)
{
	size_t start = encoder->rdata->size;

	if (!encode_string(encoder, &encoder->text->tokens[encoder->token], false))
		return false;
	if (get_size(encoder->rdata->octets + start, encoder->rdata->size - start) < 0)
		return fault_at(encoder->fault, encoder->token, "%s", reason);
	encoder->token++;
	return true;
}

/* RFC 1183 section 3.1: an address of X.121 is digits only, at least the four of the country or
 * network. */
static int
digits_size(const uint8_t *rdata, size_t size)
{
	int taken = string_size(rdata, size);

	if (taken < 5)
		return -1;
	for (int i = 1; i < taken; i++) {
		if (rdata[i] < '0' || rdata[i] > '9')
			return -1;
	}
	return taken;
}

static bool
encode_digits(struct encoder *encoder)
{
	return encode(encoder, digits_size, "four or more digits and nothing else");
}

/* RFC 1712 section 3: a decimal number with an optional sign and fraction. */
static int
degrees_size(const uint8_t *rdata, size_t size)
{
	int taken = string_size(rdata, size), digits = 0, at = 1;

	if (taken < 2)
		return -1;
	if (rdata[at] == '-' || rdata[at] == '+')
		at++;
	for (; at < taken && rdata[at] >= '0' && rdata[at] <= '9'; at++)
		digits++;
	if (at < taken && rdata[at] == '.') {
		for (at++; at < taken && rdata[at] >= '0' && rdata[at] <= '9'; at++)
			digits++;
	}
	return digits > 0 && at == taken ? taken : -1;
}

static bool
encode_degrees(struct encoder *encoder)
{
	return encode(encoder, degrees_size, "a decimal number of degrees or metres is wanted");
}

static int
optional_size(const uint8_t *rdata, size_t size)
{
	return size == 0 ? 0 : string_size(rdata, size);
}

static bool
encode_optional(struct encoder *encoder)
{
	return encode(encoder, optional_size, "not a string");
}

const struct field_codec field_digits = {'D', 4, false, digits_size, encode_digits, print};
const struct field_codec field_degrees = {'F', 4, false, degrees_size, encode_degrees, print};
const struct field_codec field_optional_string = {'o',  4, true, optional_size, encode_optional,
						  print};
