/* Types of records: numbers, names, and whose they are. */
#include "dns/rr.h"

#include <ldns/ldns.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The ones that fill zones, found without a walk through the whole table of ldns. */
static const struct {
	const char *name;
	uint16_t type;
} common_types[] = {
    {"A", RR_A},     {"AAAA", RR_AAAA}, {"MX", RR_MX},   {"TXT", RR_TXT}, {"CNAME", RR_CNAME},
    {"PTR", RR_PTR}, {"NS", RR_NS},     {"SRV", RR_SRV}, {"SOA", RR_SOA},
};

/* "TYPE1234" (RFC 3597 section 5): digits to the end, 1..65535; 0 when it is not that. */
static uint16_t
parse_generic(const char *text)
{
	uint32_t type = 0;

	if (strncasecmp(text, "TYPE", 4) != 0 || text[4] == '\0')
		return 0;
	for (text += 4; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		type = type * 10 + (uint32_t)(*text - '0');
		if (type > UINT16_MAX)
			return 0;
	}
	return (uint16_t)type;
}

uint16_t
rr_type_parse(const char *text)
{
	for (size_t i = 0; i < sizeof common_types / sizeof common_types[0]; i++) {
		if (strcasecmp(text, common_types[i].name) == 0)
			return common_types[i].type;
	}
	/* ldns reads TYPE12abc as 12 and wraps TYPE99999. */
	if (strncasecmp(text, "TYPE", 4) == 0)
		return parse_generic(text);
	return (uint16_t)ldns_get_rr_type_by_name(text);
}

const char *
rr_type_name(uint16_t type)
{
	enum { SLOTS = 8, SLOT_SIZE = 12 };
	static _Thread_local char slots[SLOTS][SLOT_SIZE];
	static _Thread_local unsigned next;

	for (size_t i = 0; i < sizeof common_types / sizeof common_types[0]; i++) {
		if (type == common_types[i].type)
			return common_types[i].name;
	}
	const ldns_rr_descriptor *descriptor = ldns_rr_descript(type);
	if (descriptor->_type == (ldns_rr_type)type && descriptor->_name != NULL && type != 0)
		return descriptor->_name;
	char *slot = slots[next++ % SLOTS];
	snprintf(slot, SLOT_SIZE, "TYPE%u", type);
	return slot;
}

bool
rr_type_is_server_made(uint16_t type)
{
	switch (type) {
	case RR_RRSIG:
	case RR_NSEC:
	case RR_DNSKEY:
	case RR_NSEC3:
	case RR_NSEC3PARAM:
	case RR_CDS:
	case RR_CDNSKEY:
	case 63: /* ZONEMD */
	case RR_PRIVATE_SIGNING:
		return true;
	default:
		return false;
	}
}
