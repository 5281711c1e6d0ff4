/* Octets to text along a type's layout. */
#include "dns/rdata_codec.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

char *
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

char *
print_hex(char *out, const uint8_t *octets, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		*out++ = hex_digits[octets[i] >> 4];
		*out++ = hex_digits[octets[i] & 0xf];
	}
	return out;
}

char *
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

char *
print_address(char *out, const uint8_t *address, bool is_ipv6)
{
	/* glibc's text is that of RFC 5952. */
	inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, address, out, INET6_ADDRSTRLEN);
	return out + strlen(out);
}

void
print_name(struct printer *printer, const uint8_t *name, size_t size)
{
	printer->out += name_print(name, size, printer->origin, printer->origin_size, printer->out);
}

static void
print_gateway(struct printer *printer, const uint8_t *at, size_t left)
{
	switch (at[-2]) {
	case 1:
	case 2:
		printer->out = print_address(printer->out, at, at[-2] == 2);
		break;
	case 3:
		print_name(printer, at, left);
		break;
	default:
		*printer->out++ = '.';
	}
}

/* A plain field of `size` octets. */
static void
print_plain(struct printer *printer, char field, const uint8_t *at, size_t size)
{
	switch (field) {
	case 'a':
	case 'q':
		printer->out = print_address(printer->out, at, field == 'q');
		break;
	case '1':
	case '2':
	case '4':
	case 't':
		printer->out += sprintf(printer->out, "%u", read_number(at, size));
		break;
	case 'n':
	case 'N':
		print_name(printer, at, size);
		break;
	case 's':
		printer->out = print_string(printer->out, at + 1, at[0]);
		break;
	case 'g':
		print_gateway(printer, at, size);
		break;
	case 'T':
		memcpy(printer->out, at + 1, at[0]);
		printer->out += at[0];
		break;
	case 'L':
		printer->out = print_string(printer->out, at, size);
		break;
	case 'x':
		printer->out = print_hex(printer->out, at, size);
		break;
	case 'b':
	case 'B':
		printer->out = print_base64(printer->out, at, size);
		break;
	default:
		printer->out = print_strings(printer->out, at, size);
	}
}

/* No plain octet needs more than four characters; a codec says what it needs. Each field may bring
 * a blank, quotes, or an address, which is longer than its octets. */
static size_t
text_capacity(const char *layout, size_t size)
{
	size_t expansion = 4, fields = 1;

	for (; *layout != '\0'; layout++, fields++) {
		const struct field_codec *codec = field_codec_find(*layout);
		if (codec != NULL && codec->expansion > expansion)
			expansion = codec->expansion;
	}
	return size * expansion + fields * FIELD_TEXT_MIN;
}

char *
layout_print(TALLOC_CTX *mem, const char *layout, const uint8_t *rdata, size_t size,
	     const uint8_t *origin, size_t origin_size)
{
	char *text = talloc_size(mem, text_capacity(layout, size));
	struct printer printer = {.out = text, .origin = origin, .origin_size = origin_size};
	size_t at = 0;

	for (; *layout != '\0'; layout++) {
		const struct field_codec *codec = field_codec_find(*layout);
		int taken = field_size(*layout, rdata + at, size - at);
		if (taken == 0 && (codec != NULL || *layout == 'B'))
			continue;
		if (printer.out > text)
			*printer.out++ = ' ';
		if (codec != NULL)
			codec->print(&printer, rdata + at, (size_t)taken);
		else
			print_plain(&printer, *layout, rdata + at, (size_t)taken);
		at += (size_t)taken;
	}
	*printer.out = '\0';
	talloc_set_name_const(text, "char");
	return talloc_realloc(mem, text, char, (size_t)(printer.out - text) + 1);
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
