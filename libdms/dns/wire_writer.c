/* Writing DNS messages (RFC 1035 section 4). */
#include "dns/wire_message.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

uint16_t
wire_u16(const uint8_t *octets)
{
	return (uint16_t)(octets[0] << 8 | octets[1]);
}

void
wire_set_u16(uint8_t *octets, uint16_t value)
{
	octets[0] = (uint8_t)(value >> 8);
	octets[1] = (uint8_t)value;
}

/* Unguessable, so that an answer can't be forged ahead of time (RFC 5452). */
uint16_t
wire_random_id(void)
{
	uint16_t id;
	random_bytes(&id, sizeof id);
	return id;
}

void
wire_put(struct wire_writer *writer, const void *octets, size_t size)
{
	if (!writer->is_counting && size > 0) {
		if (size > writer->capacity - writer->size) {
			size_t capacity = 2 * (writer->size + size) + 512;
			writer->octets =
			    talloc_realloc(writer->mem, writer->octets, uint8_t, capacity);
			if (writer->octets == NULL)
				abort();
			writer->capacity = capacity;
		}
		memcpy(writer->octets + writer->size, octets, size);
	}
	writer->size += size;
}

void
wire_put_u16(struct wire_writer *writer, uint16_t value)
{
	uint8_t octets[2];
	wire_set_u16(octets, value);
	wire_put(writer, octets, sizeof octets);
}

void
wire_put_u32(struct wire_writer *writer, uint32_t value)
{
	wire_put_u16(writer, (uint16_t)(value >> 16));
	wire_put_u16(writer, (uint16_t)value);
}

void
wire_put_header(struct wire_writer *writer, uint16_t id, uint16_t flags)
{
	static const uint8_t no_counts[8];
	wire_put_u16(writer, id);
	wire_put_u16(writer, flags);
	wire_put(writer, no_counts, sizeof no_counts);
}

void
wire_put_question(struct wire_writer *writer, const struct wire_name *name, uint16_t type)
{
	wire_put(writer, name->octets, name->size);
	wire_put_u16(writer, type);
	wire_put_u16(writer, WIRE_CLASS_IN);
	wire_count(writer, WIRE_QUESTION);
}

void
wire_count(struct wire_writer *writer, enum wire_section section)
{
	if (!writer->is_counting)
		wire_set_u16(writer->octets + section, wire_u16(writer->octets + section) + 1);
}
