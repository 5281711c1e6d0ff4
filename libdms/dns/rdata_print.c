/* Octets to text along a type's layout. */
#include "dns/rdata_parts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

/* A quoted string, as RFC 1035 section 5.1 wants it. */
static char *
print_string(char *out, const uint8_t *octets, size_t size)
{
	*out++ = '"';
	for (size_t i = 0; i < size; i++) {
		uint8_t octet = octets[i];
		if (octet < ' ' || octet >= 0x7f) {
			*out++ = '\\';
			*out++ = (char)('0' + octet / 100);
			*out++ = (char)('0' + octet / 10 % 10);
			*out++ = (char)('0' + octet % 10);
			continue;
		}
		if (octet == '"' || octet == '\\')
			*out++ = '\\';
		*out++ = (char)octet;
	}
	*out++ = '"';
	return out;
}

static char *
print_strings(char *out, const uint8_t *rdata, size_t size)
{
	for (size_t at = 0; at < size; at += rdata[at] + 1U) {
		if (at > 0)
			*out++ = ' ';
		out = print_string(out, rdata + at + 1, rdata[at]);
	}
	return out;
}

static char *
print_hex(char *out, const uint8_t *octets, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		*out++ = hex_digits[octets[i] >> 4];
		*out++ = hex_digits[octets[i] & 0xf];
	}
	return out;
}

static char *
print_base64(char *out, const uint8_t *octets, size_t size)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < size; i += 3) {
		uint32_t bits = (uint32_t)octets[i] << 16;
		if (i + 1 < size)
			bits |= (uint32_t)octets[i + 1] << 8;
		if (i + 2 < size)
			bits |= octets[i + 2];
		*out++ = digits[bits >> 18];
		*out++ = digits[bits >> 12 & 0x3f];
		*out++ = i + 1 < size ? digits[bits >> 6 & 0x3f] : '=';
		*out++ = i + 2 < size ? digits[bits & 0x3f] : '=';
	}
	return out;
}

static uint32_t
read_number(const uint8_t *octets, size_t size)
{
	uint32_t number = 0;

	for (size_t i = 0; i < size; i++)
		number = number << 8 | octets[i];
	return number;
}

static char *
print_gateway(char *out, const uint8_t *at, size_t left, const uint8_t *origin, size_t origin_size,
	      size_t *taken)
{
	switch (at[-2]) {
	case 1:
	case 2:
		*taken = at[-2] == 1 ? 4 : 16;
		inet_ntop(at[-2] == 1 ? AF_INET : AF_INET6, at, out, INET6_ADDRSTRLEN);
		return out + strlen(out);
	case 3:
		*taken = name_size(at, left);
		return out + name_print(at, *taken, origin, origin_size, out);
	default:
		*taken = 0;
		*out++ = '.';
		return out;
	}
}

/* `taken`: how many octets the field had. */
static char *
print_field(char *out, char field, const uint8_t *at, size_t left, const uint8_t *origin,
	    size_t origin_size, size_t *taken)
{
	*taken = left;
	switch (field) {
	case 'a':
	case 'q':
		*taken = field == 'a' ? 4 : 16;
		inet_ntop(field == 'a' ? AF_INET : AF_INET6, at, out, INET6_ADDRSTRLEN);
		return out + strlen(out);
	case '1':
	case '2':
	case '4':
	case 't':
		*taken = field == 't' ? 4 : (size_t)(field - '0');
		return out + sprintf(out, "%u", read_number(at, *taken));
	case 'n':
	case 'N':
		*taken = name_size(at, left);
		return out + name_print(at, *taken, origin, origin_size, out);
	case 's':
		*taken = at[0] + 1U;
		return print_string(out, at + 1, at[0]);
	case 'g':
		return print_gateway(out, at, left, origin, origin_size, taken);
	case 'T':
		*taken = at[0] + 1U;
		memcpy(out, at + 1, at[0]);
		return out + at[0];
	case 'L':
		return print_string(out, at, left);
	case 'x':
		return print_hex(out, at, left);
	case 'b':
	case 'B':
		return print_base64(out, at, left);
	default:
		return print_strings(out, at, left);
	}
}

char *
layout_print(TALLOC_CTX *mem, const char *layout, const uint8_t *rdata, size_t size,
	     const uint8_t *origin, size_t origin_size)
{
	/* No octet needs more than four characters, but an address is longer than that, and each
	 * field may bring a blank and quotes; a name may turn into "@" or end in a dot. */
	size_t capacity = size * 4 + strlen(layout) * (INET6_ADDRSTRLEN + 4) + 8, at = 0;
	char *text = talloc_size(mem, capacity), *out = text;

	for (size_t i = 0; layout[i] != '\0'; i++) {
		size_t taken;
		if (layout[i] == 'B' && at == size)
			break;
		if (i > 0)
			*out++ = ' ';
		out =
		    print_field(out, layout[i], rdata + at, size - at, origin, origin_size, &taken);
		at += taken;
	}
	*out = '\0';
	talloc_set_name_const(text, "char");
	return talloc_realloc(mem, text, char, (size_t)(out - text) + 1);
}

char *
generic_print(TALLOC_CTX *mem, const uint8_t *rdata, size_t size)
{
	char *text = talloc_array(mem, char, size * 2 + 16), *out = text;

	out += sprintf(out, "\\# %zu%s", size, size > 0 ? " " : "");
	out = print_hex(out, rdata, size);
	*out = '\0';
	return text;
}
