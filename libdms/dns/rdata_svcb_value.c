/* Service parameters (RFC 9460 sections 7 and 8): their names, what must hold for their octets, and
 * the way to text. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dns/rdata_svcb.h"

static const char *const names[SVCB_KEYS] = {
    "mandatory", "alpn",     "no-default-alpn", "port",  "ipv4hint",
    "ech",       "ipv6hint", "dohpath",         "ohttp",
};

bool
svcb_key_read(const char *text, size_t size, uint16_t *key)
{
	struct token number;
	uint32_t value;

	for (unsigned i = 0; i < SVCB_KEYS; i++) {
		if (strlen(names[i]) == size && strncasecmp(names[i], text, size) == 0) {
			*key = (uint16_t)i;
			return true;
		}
	}
	/* "key667": no leading zeros; 65535 is kept out of use (section 14.3.2). */
	if (size < 4 || strncasecmp(text, "key", 3) != 0 || (size > 4 && text[3] == '0'))
		return false;
	number = (struct token){.at = text + 3, .size = (uint32_t)size - 3};
	if (!token_number(&number, UINT16_MAX - 1, &value))
		return false;
	*key = (uint16_t)value;
	return true;
}

void
svcb_key_print(uint16_t key, char text[SVCB_KEY_TEXT_SIZE])
{
	if (key < SVCB_KEYS)
		snprintf(text, SVCB_KEY_TEXT_SIZE, "%s", names[key]);
	else
		snprintf(text, SVCB_KEY_TEXT_SIZE, "key%u", key);
}

static bool
has_only_items(const uint8_t *value, size_t size)
{
	size_t at = 0;

	while (at < size && value[at] > 0)
		at += value[at] + 1U;
	return at == size;
}

/* A URI template that begins in a path and has a variable "dns" (RFC 9461 section 5). */
static bool
is_doh_path(const uint8_t *value, size_t size)
{
	static const char variable[] = "{?dns}";

	return size > 0 && value[0] == '/' &&
	       memmem(value, size, variable, sizeof variable - 1) != NULL;
}

static bool
is_rising(const uint8_t *keys, size_t size)
{
	for (size_t at = 2; at < size; at += 2) {
		if (memcmp(keys + at - 2, keys + at, 2) >= 0)
			return false;
	}
	return size > 0 && size % 2 == 0;
}

const char *
svcb_value_fault(uint16_t key, const uint8_t *value, size_t size)
{
	switch (key) {
	case SVCB_MANDATORY:
		return is_rising(value, size) && (value[0] != 0 || value[1] != 0)
			   ? NULL
			   : "mandatory lists other keys, each once";
	case SVCB_ALPN:
		return size > 0 && has_only_items(value, size) ? NULL
							       : "alpn needs one protocol or more";
	case SVCB_NO_DEFAULT_ALPN:
	case SVCB_OHTTP:
		return size == 0 ? NULL : "this parameter has no value";
	case SVCB_PORT:
		return size == 2 ? NULL : "port needs a number from 0 to 65535";
	case SVCB_IPV4HINT:
		return size > 0 && size % 4 == 0 ? NULL : "ipv4hint needs IPv4 addresses";
	case SVCB_ECH:
		return size > 0 ? NULL : "ech needs a configuration in base64";
	case SVCB_IPV6HINT:
		return size > 0 && size % 16 == 0 ? NULL : "ipv6hint needs IPv6 addresses";
	case SVCB_DOHPATH:
		return is_doh_path(value, size) ? NULL : "dohpath needs a path with {?dns}";
	default:
		return key == UINT16_MAX ? "key65535 is kept out of use" : NULL;
	}
}

/* The parameter with this key, NULL: none. */
static const uint8_t *
find(const uint8_t *params, size_t size, unsigned key)
{
	for (size_t at = 0; at < size;) {
		if (((unsigned)params[at] << 8 | params[at + 1]) == key)
			return params + at;
		at += SVCB_HEAD + ((size_t)params[at + 2] << 8 | params[at + 3]);
	}
	return NULL;
}

/* What must hold between parameters. */
static const char *
relation_fault(const uint8_t *params, size_t size)
{
	const uint8_t *mandatory = find(params, size, SVCB_MANDATORY);

	if (find(params, size, SVCB_NO_DEFAULT_ALPN) != NULL &&
	    find(params, size, SVCB_ALPN) == NULL)
		return "no-default-alpn without alpn";
	for (size_t at = 0; mandatory != NULL; at += 2) {
		if (at == ((size_t)mandatory[2] << 8 | mandatory[3]))
			break;
		const uint8_t *key = mandatory + SVCB_HEAD + at;
		if (find(params, size, (unsigned)key[0] << 8 | key[1]) == NULL)
			return "a mandatory parameter is missing";
	}
	return NULL;
}

const char *
svcb_list_fault(const uint8_t *params, size_t size)
{
	int before = -1;

	for (size_t at = 0; at < size;) {
		if (size - at < SVCB_HEAD)
			return "a parameter is cut";
		uint16_t key = (uint16_t)(params[at] << 8 | params[at + 1]);
		size_t length = (size_t)params[at + 2] << 8 | params[at + 3];
		if (length > size - at - SVCB_HEAD)
			return "a parameter is cut";
		if (key <= before)
			return "parameters are not in rising order";
		const char *fault = svcb_value_fault(key, params + at + SVCB_HEAD, length);
		if (fault != NULL)
			return fault;
		before = key;
		at += SVCB_HEAD + length;
	}
	return relation_fault(params, size);
}

/* Whether text can stand without quotes. */
static bool
is_plain(const uint8_t *octets, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t c = octets[i], letter = c | 0x20;
		bool is_alnum = (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9');
		if (!is_alnum && (c == '\0' || strchr("-_./+:,{}?=&", c) == NULL))
			return false;
	}
	return size > 0;
}

static void
print_text(struct printer *printer, const uint8_t *octets, size_t size)
{
	if (!is_plain(octets, size)) {
		printer->out = print_string(printer->out, octets, size);
		return;
	}
	memcpy(printer->out, octets, size);
	printer->out += size;
}

/* Items with commas between them, commas and backslashes inside them escaped; then all that as one
 * text, which escapes again (appendix A.1). */
static void
print_alpn(struct printer *printer, const uint8_t *value, size_t size)
{
	uint8_t *list = talloc_size(NULL, size * 2), *out = list;

	for (size_t at = 0; at < size; at += value[at] + 1U) {
		if (at > 0)
			*out++ = ',';
		for (size_t i = 1; i <= value[at]; i++) {
			if (value[at + i] == ',' || value[at + i] == '\\')
				*out++ = '\\';
			*out++ = value[at + i];
		}
	}
	print_text(printer, list, (size_t)(out - list));
	talloc_free(list);
}

static void
print_keys(struct printer *printer, const uint8_t *value, size_t size)
{
	for (size_t at = 0; at < size; at += 2) {
		char name[SVCB_KEY_TEXT_SIZE];
		svcb_key_print((uint16_t)(value[at] << 8 | value[at + 1]), name);
		printer->out += sprintf(printer->out, "%s%s", at > 0 ? "," : "", name);
	}
}

static void
print_value(struct printer *printer, uint16_t key, const uint8_t *value, size_t size)
{
	size_t step = key == SVCB_IPV6HINT ? 16 : 4;

	switch (key) {
	case SVCB_MANDATORY:
		print_keys(printer, value, size);
		break;
	case SVCB_ALPN:
		print_alpn(printer, value, size);
		break;
	case SVCB_PORT:
		printer->out += sprintf(printer->out, "%u", (unsigned)value[0] << 8 | value[1]);
		break;
	case SVCB_IPV4HINT:
	case SVCB_IPV6HINT:
		for (size_t at = 0; at < size; at += step) {
			if (at > 0)
				*printer->out++ = ',';
			printer->out = print_address(printer->out, value + at, step == 16);
		}
		break;
	case SVCB_ECH:
		printer->out = print_base64(printer->out, value, size);
		break;
	default:
		print_text(printer, value, size);
	}
}

void
svcb_print(struct printer *printer, const uint8_t *params, size_t size)
{
	for (size_t at = 0; at < size;) {
		uint16_t key = (uint16_t)(params[at] << 8 | params[at + 1]);
		size_t length = (size_t)params[at + 2] << 8 | params[at + 3];
		if (at > 0)
			*printer->out++ = ' ';
		svcb_key_print(key, printer->out);
		printer->out += strlen(printer->out);
		if (length > 0) {
			*printer->out++ = '=';
			print_value(printer, key, params + at + SVCB_HEAD, length);
		}
		at += SVCB_HEAD + length;
	}
}
