/* Rdata out of a message: decompressed and canonical. */
#include "dns/wire_message.h"

#include <string.h>

#include "dns/rr.h"

/* The types whose names may be compressed (RFC 1035, and what older software compresses all the
 * same) or compare without case (RFC 4034 section 6.2, RFC 6840 section 5.1), and those of fixed
 * size. Digits: that many octets; n: a name; s: a character-string; *: the rest. */
static const struct layout {
	uint16_t type;
	const char *fields;
} layouts[] = {
    {RR_A, "4"},       {RR_NS, "n"},
    {3 /* MD */, "n"}, {4 /* MF */, "n"},
    {RR_CNAME, "n"},   {RR_SOA, "nn44444"},
    {7 /* MB */, "n"}, {8 /* MG */, "n"},
    {9 /* MR */, "n"}, {RR_PTR, "n"},
    {14, "nn"},        {RR_MX, "2n"},           /* 14: MINFO */
    {17, "nn"},        {18, "2n"},              /* RP, AFSDB */
    {21, "2n"},        {24, "2114442n*"},       /* RT, SIG */
    {26, "2nn"},       {RR_AAAA, "4444"},       /* PX */
    {30, "n*"},        {RR_SRV, "222n"},        /* NXT */
    {35, "22sssn"},    {36, "2n"},              /* NAPTR, KX */
    {39, "n"},         {RR_RRSIG, "2114442n*"}, /* DNAME */
};

static const char *
fields_of(uint16_t type)
{
	for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
		if (layouts[i].type == type)
			return layouts[i].fields;
	}
	return "*";
}

/* Copies one field; false when the output would overflow. */
static bool
copy_field(struct wire_reader *reader, char field, uint8_t *out, size_t capacity, size_t *size)
{
	struct wire_name name;
	const uint8_t *octets;
	size_t count;

	switch (field) {
	case 'n':
		wire_read_name(reader, &name);
		octets = name.octets;
		count = name.size;
		break;
	case 's':
		count = 1U + (reader->at < reader->size ? reader->message[reader->at] : 0);
		octets = wire_read_octets(reader, count);
		break;
	case '*':
		count = reader->size - reader->at;
		octets = wire_read_octets(reader, count);
		break;
	default:
		count = (size_t)(field - '0');
		octets = wire_read_octets(reader, count);
	}
	if (octets == NULL || count > capacity - *size)
		return false;
	memcpy(out + *size, octets, count);
	*size += count;
	return true;
}

bool
wire_read_rdata(struct wire_reader *reader, const struct wire_record *record, uint8_t *out,
		size_t capacity, uint16_t *size)
{
	if (reader->fault != NULL)
		return false;
	/* Names may point back out of the rdata but no field reaches beyond its end. */
	struct wire_reader part = *reader;
	part.at = record->rdata_at;
	part.size = record->rdata_at + record->rdata_size;

	size_t filled = 0;
	if (capacity > WIRE_RDATA_MAX)
		capacity = WIRE_RDATA_MAX;
	for (const char *field = fields_of(record->type); *field != '\0'; field++) {
		if (!copy_field(&part, *field, out, capacity, &filled)) {
			wire_read_fault(reader, part.fault != NULL ? part.fault : "rdata too long");
			return false;
		}
	}
	if (part.fault != NULL || part.at != part.size) {
		wire_read_fault(reader, part.fault != NULL ? part.fault : "rdata of a wrong size");
		return false;
	}
	*size = (uint16_t)filled;
	return true;
}
