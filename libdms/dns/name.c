/* Names between text and wire. */
#include "dns/name_parts.h"

#include <string.h>

enum { LABEL_MAX = 63 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static uint8_t
lower(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? octet + ('a' - 'A') : octet;
}

/* One octet of a label, escaped or not; says how many characters it took, 0: malformed. */
static size_t
read_octet(const char *text, size_t size, uint8_t *octet)
{
	if (text[0] != '\\') {
		*octet = (uint8_t)text[0];
		return *octet > ' ' && *octet < 0x7f && strchr("\"();", *octet) == NULL ? 1 : 0;
	}
	if (size < 2 || !is_digit(text[1])) {
		*octet = size < 2 ? 0 : (uint8_t)text[1];
		return *octet >= ' ' && *octet < 0x7f ? 2 : 0;
	}
	if (size < 4 || !is_digit(text[2]) || !is_digit(text[3]))
		return 0;
	int value = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
	*octet = (uint8_t)value;
	return value <= 255 ? 4 : 0;
}

static const char *
octet_fault(const char *text)
{
	if (text[0] == '\\')
		return "a backslash needs one character or three digits up to 255 after it";
	if ((uint8_t)text[0] >= 0x80)
		return "a label has both letters beyond ASCII and escapes";
	if (text[0] > ' ' && text[0] < 0x7f)
		return "quotes, parentheses and semicolons need a backslash before them";
	return "a blank or control character inside the name";
}

/* The label that begins at `text`, with letters beyond ASCII, whose octets go to `label`; says how
 * many characters it took in `taken`. NULL, or what is wrong. */
static const char *
read_u_label(const char *text, size_t size, uint8_t *label, size_t *label_size, size_t *taken)
{
	const char *dot = memchr(text, '.', size);

	*taken = dot != NULL ? (size_t)(dot - text) : size;
	return label_to_ascii(text, *taken, label, label_size);
}

/* A name that is one sign: "@" is the origin, "." the root. False: it is neither. */
static bool
read_sign(char sign, const uint8_t *origin, size_t origin_size, uint8_t *wire, size_t *wire_size)
{
	if (sign == '@')
		memcpy(wire, origin, origin_size);
	else if (sign == '.')
		wire[0] = 0;
	else
		return false;
	*wire_size = sign == '@' ? origin_size : 1;
	return true;
}

/* The end of a name whose last label begins at `label`: the origin, or the root, stands behind it.
 */
static const char *
end_name(const uint8_t *origin, size_t origin_size, uint8_t *wire, size_t label, size_t filled,
	 size_t *wire_size)
{
	static const uint8_t root[1] = {0};

	if (filled == label + 1) { /* ended in a dot: `label` is where the root goes */
		wire[label] = 0;
		*wire_size = filled;
		return NULL;
	}
	wire[label] = (uint8_t)(filled - label - 1);
	if (origin_size == 0) {
		origin = root;
		origin_size = 1;
	}
	if (filled + origin_size > NAME_WIRE_MAX)
		return "the name is longer than 255 octets";
	memcpy(wire + filled, origin, origin_size);
	*wire_size = filled + origin_size;
	return NULL;
}

const char *
name_read(const char *text, size_t size, const uint8_t *origin, size_t origin_size, uint8_t *wire,
	  size_t *wire_size)
{
	size_t label = 0, filled = 1, label_at = 0;

	if (size == 0)
		return "the name is empty";
	if (size == 1 && text[0] == '@' && origin_size == 0)
		return "\"@\" without an origin";
	if (size == 1 && read_sign(text[0], origin, origin_size, wire, wire_size))
		return NULL;
	for (size_t at = 0; at < size;) {
		if (text[at] == '.') {
			if (filled == label + 1)
				return "an empty label";
			wire[label] = (uint8_t)(filled - label - 1);
			label = filled++;
			label_at = ++at;
			if (filled > NAME_WIRE_MAX)
				return "the name is longer than 255 octets";
			continue;
		}
		uint8_t octet;
		size_t taken = read_octet(text + at, size - at, &octet);
		if (taken == 0 && (uint8_t)text[at] >= 0x80) {
			uint8_t ascii[LABEL_MAX];
			size_t ascii_size;
			const char *reason = read_u_label(text + label_at, size - label_at, ascii,
							  &ascii_size, &taken);
			if (reason != NULL)
				return reason;
			filled = label + 1 + ascii_size;
			if (filled > NAME_WIRE_MAX)
				return "the name is longer than 255 octets";
			memcpy(wire + label + 1, ascii, ascii_size);
			at = label_at + taken;
			continue;
		}
		if (taken == 0)
			return octet_fault(text + at);
		if (filled - label > LABEL_MAX)
			return "a label is longer than 63 octets";
		if (filled >= NAME_WIRE_MAX)
			return "the name is longer than 255 octets";
		wire[filled++] = octet;
		at += taken;
	}
	return end_name(origin, origin_size, wire, label, filled, wire_size);
}

void
name_lower(uint8_t *wire, size_t size)
{
	for (size_t i = 0; i < size; i++)
		wire[i] = lower(wire[i]);
}

size_t
name_size(const uint8_t *wire, size_t size)
{
	size_t at = 0;

	while (at < size && at < NAME_WIRE_MAX) {
		if (wire[at] == 0)
			return at + 1;
		if (wire[at] > LABEL_MAX)
			return 0;
		at += wire[at] + 1U;
	}
	return 0;
}

int
name_find_suffix(const uint8_t *wire, size_t size, const uint8_t *zone, size_t zone_size)
{
	size_t at = 0;

	if (size < zone_size)
		return -1;
	while (at < size - zone_size)
		at += wire[at] + 1U;
	if (at != size - zone_size)
		return -1;
	for (size_t i = 0; i < zone_size; i++) {
		if (lower(wire[at + i]) != lower(zone[i]))
			return -1;
	}
	return (int)at;
}

/* Escapes what means something in zone text, as "\x", and what cannot be seen, as "\DDD". */
static char *
print_octet(char *out, uint8_t octet)
{
	if (octet <= ' ' || octet >= 0x7f) {
		*out++ = '\\';
		*out++ = (char)('0' + octet / 100);
		*out++ = (char)('0' + octet / 10 % 10);
		*out++ = (char)('0' + octet % 10);
		return out;
	}
	if (octet == '.' || octet == '\\' || octet == '"' || octet == ';' || octet == '(' ||
	    octet == ')' || octet == '@' || octet == '$')
		*out++ = '\\';
	*out++ = (char)octet;
	return out;
}

size_t
name_print(const uint8_t *wire, size_t size, const uint8_t *origin, size_t origin_size, char *text)
{
	char *out = text;
	int suffix = origin_size > 0 ? name_find_suffix(wire, size, origin, origin_size) : -1;
	size_t end = suffix >= 0 ? (size_t)suffix : size - 1;

	if (end == 0)
		*out++ = suffix == 0 ? '@' : '.';
	for (size_t at = 0; at < end; at += wire[at] + 1U) {
		for (size_t i = 1; i <= wire[at]; i++)
			out = print_octet(out, wire[at + i]);
		if (suffix < 0 || at + wire[at] + 1U < end)
			*out++ = '.';
	}
	*out = '\0';
	return (size_t)(out - text);
}

char *
quote_octets(TALLOC_CTX *mem, const char *octets, size_t size)
{
	enum { SHOWN_MAX = 80 };
	char buffer[SHOWN_MAX * 4 + 4], *out = buffer;

	for (size_t i = 0; i < size && i < SHOWN_MAX; i++) {
		uint8_t octet = (uint8_t)octets[i];
		if (octet >= ' ' && octet < 0x7f)
			*out++ = (char)octet;
		else
			out = print_octet(out, octet);
	}
	if (size > SHOWN_MAX)
		out = stpcpy(out, "...");
	return talloc_strndup(mem, buffer, (size_t)(out - buffer));
}

static dms_error *
invalid_name(const char *text, const char *reason)
{
	char *shown = quote_octets(NULL, text, strlen(text));
	dms_error *error = dms_error_new(DMS_E_INVALID_DOMAIN_NAME,
					 "\"%s\" is not a domain name: %s", shown, reason);

	dms_error_put_str(error, "name", shown);
	talloc_free(shown);
	return error;
}

dms_error *
name_to_wire(const char *name, uint8_t *wire, size_t *size)
{
	const char *reason = name_read(name, strlen(name), NULL, 0, wire, size);

	return reason == NULL ? NULL : invalid_name(name, reason);
}

dms_error *
name_normalise(TALLOC_CTX *mem, const char *text, const char *origin, char **name)
{
	uint8_t wire[NAME_WIRE_MAX], origin_wire[NAME_WIRE_MAX];
	size_t size, origin_size = 0;
	char printed[NAME_TEXT_MAX + 1];

	if (origin != NULL)
		TRY(name_to_wire(origin, origin_wire, &origin_size));
	const char *reason = name_read(text, strlen(text), origin_wire, origin_size, wire, &size);
	if (reason != NULL)
		return invalid_name(text, reason);
	name_lower(wire, size);
	*name = talloc_strndup(mem, printed, name_print(wire, size, NULL, 0, printed));
	return NULL;
}

dms_error *
name_from_wire(TALLOC_CTX *mem, const uint8_t *wire, size_t size, char **name, size_t *used)
{
	char printed[NAME_TEXT_MAX + 1];

	*used = name_size(wire, size);
	if (*used == 0)
		return dms_error_new(DMS_E_FORMAT,
				     "a name in wire form is cut, compressed or too long");
	*name = talloc_strndup(mem, printed, name_print(wire, *used, NULL, 0, printed));
	return NULL;
}
