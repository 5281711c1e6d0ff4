/* Names in wire form, for messages. */
#include "dns/wire_message.h"

#include <string.h>

bool
wire_name_equal(const struct wire_name *a, const struct wire_name *b)
{
	return a->size == b->size && memcmp(a->octets, b->octets, a->size) == 0;
}

bool
wire_name_is_within(const struct wire_name *name, const struct wire_name *zone)
{
	if (name->size < zone->size)
		return false;
	size_t boundary = name->size - zone->size, at = 0;
	while (at < boundary)
		at += name->octets[at] + 1U;
	return at == boundary && memcmp(name->octets + at, zone->octets, zone->size) == 0;
}

dms_error *
wire_name_parse(const char *text, struct wire_name *name)
{
	TRY(name_to_wire(text, name->octets, &name->size));
	for (size_t at = 0; name->octets[at] != 0; at += name->octets[at] + 1U) {
		for (size_t i = at + 1; i <= at + name->octets[at]; i++) {
			if (name->octets[i] >= 'A' && name->octets[i] <= 'Z')
				name->octets[i] += 'a' - 'A';
		}
	}
	return NULL;
}
