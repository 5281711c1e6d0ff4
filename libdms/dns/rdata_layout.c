/* What is done to octets along a type's layout. */
#include "dns/rdata_codec.h"

#include <string.h>

const struct field_codec *
field_codec_find(char letter)
{
	static const struct field_codec *const codecs[] = {
	    &field_algorithm,
	    &field_bitmap,
	    &field_certificate_type,
	    &field_degrees,
	    &field_digits,
	    &field_eui48,
	    &field_eui64,
	    &field_hip,
	    &field_locator,
	    &field_nsap,
	    &field_optional_string,
	    &field_place,
	    &field_prefixes,
	    &field_relay,
	    &field_service,
	};

	if (strchr("anNq124tsSxbBgTL", letter) != NULL) /* the plain ones, which fill zones */
		return NULL;
	for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
		if (codecs[i]->letter == letter)
			return codecs[i];
	}
	return NULL;
}

/* RFC 4025 section 2.5: what the gateway is, was said two octets before it. */
static int
gateway_size(const uint8_t *rdata, size_t size)
{
	switch (rdata[-2]) {
	case 0:
		return 0;
	case 1:
		return size < 4 ? -1 : 4;
	case 2:
		return size < 16 ? -1 : 16;
	case 3:
		return name_size(rdata, size) == 0 ? -1 : (int)name_size(rdata, size);
	default:
		return -1;
	}
}

int
field_size(char field, const uint8_t *rdata, size_t size)
{
	size_t taken;

	switch (field) {
	case 'a':
	case '4':
	case 't':
		taken = 4;
		break;
	case 'q':
		taken = 16;
		break;
	case '1':
	case '2':
		taken = (size_t)(field - '0');
		break;
	case 'n':
	case 'N':
		taken = name_size(rdata, size);
		return taken == 0 ? -1 : (int)taken;
	case 'g':
		return gateway_size(rdata, size);
	case 'B':
		return (int)size;
	case 's':
	case 'T':
		taken = size == 0 ? SIZE_MAX : rdata[0] + 1U;
		break;
	case 'L': /* a value may be empty (CAA), an URI's target is not: rdata_rule() */
		return (int)size;
	case 'S':
	case 'x':
	case 'b':
		return size == 0 ? -1 : (int)size;
	default:
		return field_codec_find(field)->size(rdata, size);
	}
	return taken > size ? -1 : (int)taken;
}

static bool
has_only_strings(const uint8_t *rdata, size_t size)
{
	size_t at = 0;

	while (at < size)
		at += rdata[at] + 1U;
	return at == size;
}

static bool
is_tag(const uint8_t *string)
{
	for (size_t i = 1; i <= string[0]; i++) {
		uint8_t c = string[i] | 0x20;
		if ((c < 'a' || c > 'z') && (string[i] < '0' || string[i] > '9'))
			return false;
	}
	return string[0] > 0;
}

bool
layout_check(const char *layout, const uint8_t *rdata, size_t size)
{
	size_t at = 0;

	for (; *layout != '\0'; layout++) {
		int taken = field_size(*layout, rdata + at, size - at);
		if (taken < 0)
			return false;
		if (*layout == 'S' && !has_only_strings(rdata + at, size - at))
			return false;
		if (*layout == 'T' && !is_tag(rdata + at))
			return false;
		at += (size_t)taken;
	}
	return at == size;
}

void
layout_lower(const char *layout, uint8_t *rdata, size_t size)
{
	size_t at = 0;

	for (; *layout != '\0'; layout++) {
		int taken = field_size(*layout, rdata + at, size - at);
		if (taken < 0)
			return;
		if (*layout == 'n')
			name_lower(rdata + at, (size_t)taken);
		at += (size_t)taken;
	}
}
