/* Rdata out of a message: decompressed and canonical. */
#include "dns/wire_message.h"

#include <string.h>

#include "dns/rdata_parts.h"

/* Besides the fields of rdata_layout(): * is the rest as it is. */
#define RRSIG_FIELDS "2114442n*"

/* What to copy field by field: types whose names older software compresses, or that compare without
 * case (RFC 4034 section 6.2, RFC 6840 section 5.1), and those of fixed size. All else is copied
 * whole, which RFC 3597 section 4 makes safe. */
static const char *
fields_of(uint16_t type)
{
	switch (type) {
	case 24: /* SIG */
	case RR_RRSIG:
		return RRSIG_FIELDS;
	case 30: /* NXT */
		return "n*";
	default:
		break;
	}
	const char *layout = rdata_layout(type);
	bool is_plain = layout != NULL && strspn(layout, "naq124ts") == strlen(layout);
	return is_plain ? layout : "*";
}

/* Octets of a field other than a name. */
static size_t
field_size(const struct wire_reader *reader, char field)
{
	switch (field) {
	case 'a':
	case 't':
		return 4;
	case 'q':
		return 16;
	case 's':
		return 1U + (reader->at < reader->size ? reader->message[reader->at] : 0);
	case '*':
		return reader->size - reader->at;
	default:
		return (size_t)(field - '0');
	}
}

/* Copies one field; false when it does not fit in or out. */
static bool
copy_field(struct wire_reader *reader, char field, uint8_t *out, size_t capacity, size_t *size)
{
	struct wire_name name;
	const uint8_t *octets = name.octets;
	size_t count;

	if (field == 'n') {
		wire_read_name(reader, &name);
		count = name.size;
	} else {
		count = field_size(reader, field);
		octets = wire_read_octets(reader, count);
	}
	if (reader->fault != NULL || count > capacity - *size)
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
	if (part.at != part.size) {
		wire_read_fault(reader, "rdata of a wrong size");
		return false;
	}
	*size = (uint16_t)filled;
	return true;
}
