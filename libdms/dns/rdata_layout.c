/* What the rdata of each type is made of: the one table, and what is done along it to octets. */
#include "dns/rdata_parts.h"

#include <string.h>

/* Names in lower case here are those of RFC 4034 section 6.2 (as RFC 6840 section 5.1 corrects it).
 */
static const struct {
	uint16_t type;
	const char *fields;
} layouts[] = {
    {RR_A, "a"},     {RR_NS, "n"},        {3, "n"},       /* MD */
    {4, "n"},                                             /* MF */
    {RR_CNAME, "n"}, {RR_SOA, "nn4tttt"}, {7, "n"},       /* MB */
    {8, "n"},                                             /* MG */
    {9, "n"},                                             /* MR */
    {RR_PTR, "n"},   {13, "ss"},                          /* HINFO */
    {14, "nn"},                                           /* MINFO */
    {RR_MX, "2n"},   {RR_TXT, "S"},       {17, "nn"},     /* RP */
    {18, "2n"},                                           /* AFSDB */
    {19, "s"},                                            /* X25 */
    {21, "2n"},                                           /* RT */
    {26, "2nn"},                                          /* PX */
    {RR_AAAA, "q"},  {RR_SRV, "222n"},    {35, "22sssn"}, /* NAPTR */
    {36, "2n"},                                           /* KX */
    {39, "n"},                                            /* DNAME */
    {RR_DS, "211x"}, {44, "11x"},                         /* SSHFP */
    {45, "111gB"},                                        /* IPSECKEY */
    {52, "111x"},                                         /* TLSA */
    {53, "111x"},                                         /* SMIMEA */
    {58, "NN"},                                           /* TALINK */
    {61, "b"},                                            /* OPENPGPKEY */
    {99, "S"},                                            /* SPF */
    {107, "2N"},                                          /* LP */
    {256, "22L"},                                         /* URI */
    {257, "1TL"},                                         /* CAA */
};

const char *
rdata_layout(uint16_t type)
{
	size_t low = 0, high = sizeof layouts / sizeof layouts[0];

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (layouts[middle].type == type)
			return layouts[middle].fields;
		if (layouts[middle].type < type)
			low = middle + 1;
		else
			high = middle;
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

/* Size of one field at the start of `rdata`, -1: it does not fit. */
static int
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
	default: /* to the end */
		return size == 0 ? -1 : (int)size;
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
		/* A value may be empty (CAA), an URI's target may not. */
		if (layout[0] == 'L' && at == size && layout[-1] == 'T')
			continue;
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
