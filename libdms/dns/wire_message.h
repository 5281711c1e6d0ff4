/* DNS messages octet by octet (RFC 1035 section 4): a reader that trusts nothing and a growing
 * writer. Shared by the wire_*.c files; not for other rooms. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/error.h"
#include "dns/name.h"

enum {
	WIRE_HEADER_SIZE = 12,
	WIRE_MESSAGE_MAX = 65535,
	WIRE_DATAGRAM_MAX = 512,

	WIRE_TYPE_TSIG = 250,
	WIRE_TYPE_AXFR = 252,
	WIRE_CLASS_IN = 1,
	WIRE_CLASS_NONE = 254,
	WIRE_CLASS_ANY = 255,

	WIRE_OPCODE_QUERY = 0,
	WIRE_OPCODE_NOTIFY = 4,
	WIRE_OPCODE_UPDATE = 5,

	WIRE_FLAG_ANSWER = 0x8000,
	WIRE_FLAG_AUTHORITATIVE = 0x0400,
	WIRE_FLAG_TRUNCATED = 0x0200,
};

/* Where the four counts of a header are. UPDATE calls them zone, prerequisite, update, additional.
 */
enum wire_section {
	WIRE_QUESTION = 4,
	WIRE_ANSWER = 6,
	WIRE_AUTHORITY = 8,
	WIRE_ADDITIONAL = 10,
};

/* Reads forward. The first fault sticks: later reads give zeros, so a caller may read on and ask
 * once at the end. */
struct wire_reader {
	const uint8_t *message;
	size_t size, at;
	const char *fault; /* what is wrong, NULL: nothing */
};

struct wire_name {
	uint8_t octets[NAME_WIRE_MAX]; /* uncompressed, lower case */
	size_t size;
};

struct wire_header {
	uint16_t id, flags, question, answer, authority, additional;
};

struct wire_question {
	struct wire_name name;
	uint16_t type, class;
};

/* A record; the rdata stays in the message. */
struct wire_record {
	struct wire_name owner;
	uint16_t type, class;
	uint32_t ttl;
	size_t rdata_at;
	uint16_t rdata_size;
};

void wire_read_start(struct wire_reader *reader, const uint8_t *message, size_t size);
/* Says that something is wrong here; the first fault stays. */
void wire_read_fault(struct wire_reader *reader, const char *fault);
uint8_t wire_read_u8(struct wire_reader *reader);
uint16_t wire_read_u16(struct wire_reader *reader);
uint32_t wire_read_u32(struct wire_reader *reader);
/* The octets, in place, or NULL when the message ends before. */
const uint8_t *wire_read_octets(struct wire_reader *reader, size_t size);
/* Decompresses and lower-cases. Pointers may only lead backward, so it always ends. */
void wire_read_name(struct wire_reader *reader, struct wire_name *name);
void wire_skip_name(struct wire_reader *reader);
void wire_read_header(struct wire_reader *reader, struct wire_header *header);
void wire_read_question(struct wire_reader *reader, struct wire_question *question);
/* Leaves the reader behind the rdata. */
void wire_read_record(struct wire_reader *reader, struct wire_record *record);
void wire_skip_record(struct wire_reader *reader, uint16_t *type);
/* NULL, or DMS_E_DNS_BAD_ANSWER with the fault and the octet where it is. */
dms_error *wire_read_result(const struct wire_reader *reader);

bool wire_name_equal(const struct wire_name *a, const struct wire_name *b);
/* At or below, on label boundaries. */
bool wire_name_is_within(const struct wire_name *name, const struct wire_name *zone);
dms_error *wire_name_parse(const char *text, struct wire_name *name);

/* What an answer must be an answer to. */
struct wire_request {
	uint16_t id;
	uint8_t opcode;
	struct wire_name name;
	uint16_t type;
};
/* Reads header and question of an answer, and checks id, opcode, QR, TC and the question, which may
 * be missing in an error, in an UPDATE's answer and, with `may_lack_question`, anywhere. Leaves the
 * reader at the first record. DMS_E_DNS_BAD_ANSWER. */
dms_error *wire_read_answer(struct wire_reader *reader, const struct wire_request *request,
			    bool may_lack_question, struct wire_header *header);

/* The rdata of a record as rr.h wants it: names decompressed and in lower case (RFC 4034 section
 * 6.2), the rest as it came. False: malformed, or more than `capacity`; the reader says how. */
#define WIRE_RDATA_MAX 65535
bool wire_read_rdata(struct wire_reader *reader, const struct wire_record *record, uint8_t *out,
		     size_t capacity, uint16_t *size);

/* Grows as needed; with `is_counting` it only counts. */
struct wire_writer {
	TALLOC_CTX *mem;
	uint8_t *octets;
	size_t size, capacity;
	bool is_counting;
};
void wire_put(struct wire_writer *writer, const void *octets, size_t size);
void wire_put_u16(struct wire_writer *writer, uint16_t value);
void wire_put_u32(struct wire_writer *writer, uint32_t value);
void wire_put_header(struct wire_writer *writer, uint16_t id, uint16_t flags);
/* Question, or the zone section of an UPDATE; counts itself. */
void wire_put_question(struct wire_writer *writer, const struct wire_name *name, uint16_t type);
/* One more record in this section. */
void wire_count(struct wire_writer *writer, enum wire_section section);

uint16_t wire_u16(const uint8_t *octets);
void wire_set_u16(uint8_t *octets, uint16_t value);
uint16_t wire_random_id(void);
static inline int
wire_rcode(const struct wire_header *header)
{
	return header->flags & 0xf;
}
