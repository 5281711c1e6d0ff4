/* Reading DNS messages (RFC 1035 section 4). */
#include "dns/wire_message.h"

/* As many as a name can have labels; more is an attempt to keep us busy. */
#define JUMPS_MAX 127

void
wire_read_start(struct wire_reader *reader, const uint8_t *message, size_t size)
{
	*reader = (struct wire_reader){.message = message, .size = size};
}

void
wire_read_fault(struct wire_reader *reader, const char *fault)
{
	if (reader->fault == NULL)
		reader->fault = fault;
}

dms_error *
wire_read_result(const struct wire_reader *reader)
{
	if (reader->fault == NULL)
		return NULL;
	return dms_error_new(DMS_E_DNS_BAD_ANSWER, "malformed DNS message: %s at octet %zu of %zu",
			     reader->fault, reader->at, reader->size);
}

const uint8_t *
wire_read_octets(struct wire_reader *reader, size_t size)
{
	if (reader->fault != NULL || size > reader->size - reader->at) {
		wire_read_fault(reader, "cut short");
		return NULL;
	}
	const uint8_t *octets = reader->message + reader->at;
	reader->at += size;
	return octets;
}

uint8_t
wire_read_u8(struct wire_reader *reader)
{
	const uint8_t *octets = wire_read_octets(reader, 1);
	return octets != NULL ? octets[0] : 0;
}

uint16_t
wire_read_u16(struct wire_reader *reader)
{
	const uint8_t *octets = wire_read_octets(reader, 2);
	return octets != NULL ? wire_u16(octets) : 0;
}

uint32_t
wire_read_u32(struct wire_reader *reader)
{
	uint32_t high = wire_read_u16(reader);
	return high << 16 | wire_read_u16(reader);
}

/* Appends one label, its length octet included. */
static bool
add_label(struct wire_name *name, const uint8_t *label, size_t size)
{
	if (name->size + size > NAME_WIRE_MAX)
		return false;
	uint8_t *out = name->octets + name->size;
	out[0] = label[0];
	for (size_t i = 1; i < size; i++)
		out[i] = label[i] >= 'A' && label[i] <= 'Z' ? label[i] + ('a' - 'A') : label[i];
	name->size += size;
	return true;
}

void
wire_read_name(struct wire_reader *reader, struct wire_name *name)
{
	struct wire_reader walk = *reader;
	size_t run_start = walk.at, end = 0;
	int jumps = 0;

	name->size = 0;
	for (;;) {
		const uint8_t *label = wire_read_octets(&walk, 1);
		if (label == NULL)
			break;
		if (label[0] >= 0xc0) {
			size_t target = (label[0] & 0x3fU) << 8 | wire_read_u8(&walk);
			if (end == 0)
				end = walk.at;
			if (target < WIRE_HEADER_SIZE || target >= run_start ||
			    ++jumps > JUMPS_MAX) {
				wire_read_fault(&walk, "compression pointer that leads astray");
				break;
			}
			walk.at = run_start = target;
			continue;
		}
		if (label[0] > 63 || wire_read_octets(&walk, label[0]) == NULL) {
			wire_read_fault(&walk, "label of an unknown kind");
			break;
		}
		if (!add_label(name, label, label[0] + 1U)) {
			wire_read_fault(&walk, "name of more than 255 octets");
			break;
		}
		if (label[0] == 0)
			break;
	}
	reader->at = end != 0 ? end : walk.at;
	reader->fault = walk.fault;
	if (reader->fault != NULL)
		*name = (struct wire_name){.size = 1};
}

void
wire_skip_name(struct wire_reader *reader)
{
	for (;;) {
		uint8_t length = wire_read_u8(reader);
		if (length >= 0xc0) {
			wire_read_u8(reader);
			return;
		}
		if (length > 63)
			wire_read_fault(reader, "label of an unknown kind");
		if (length == 0 || wire_read_octets(reader, length) == NULL)
			return;
	}
}

void
wire_read_header(struct wire_reader *reader, struct wire_header *header)
{
	header->id = wire_read_u16(reader);
	header->flags = wire_read_u16(reader);
	header->question = wire_read_u16(reader);
	header->answer = wire_read_u16(reader);
	header->authority = wire_read_u16(reader);
	header->additional = wire_read_u16(reader);
}

void
wire_read_question(struct wire_reader *reader, struct wire_question *question)
{
	wire_read_name(reader, &question->name);
	question->type = wire_read_u16(reader);
	question->class = wire_read_u16(reader);
}

/* Everything behind the owner. */
static void
read_record_body(struct wire_reader *reader, struct wire_record *record)
{
	record->type = wire_read_u16(reader);
	record->class = wire_read_u16(reader);
	record->ttl = wire_read_u32(reader);
	record->rdata_size = wire_read_u16(reader);
	record->rdata_at = reader->at;
	wire_read_octets(reader, record->rdata_size);
}

void
wire_read_record(struct wire_reader *reader, struct wire_record *record)
{
	wire_read_name(reader, &record->owner);
	read_record_body(reader, record);
}

void
wire_skip_record(struct wire_reader *reader, uint16_t *type)
{
	struct wire_record record;
	wire_skip_name(reader);
	read_record_body(reader, &record);
	*type = record.type;
}

static bool
is_question(const struct wire_question *question, const struct wire_request *request)
{
	return question->type == request->type && question->class == WIRE_CLASS_IN &&
	       wire_name_equal(&question->name, &request->name);
}

dms_error *
wire_read_answer(struct wire_reader *reader, const struct wire_request *request,
		 bool may_lack_question, struct wire_header *header)
{
	wire_read_header(reader, header);
	TRY(wire_read_result(reader));
	if (header->id != request->id)
		return dms_error_new(DMS_E_DNS_BAD_ANSWER,
				     "answer with id %u to a request with id %u", header->id,
				     request->id);
	if ((header->flags & WIRE_FLAG_ANSWER) == 0)
		return dms_error_new(DMS_E_DNS_BAD_ANSWER,
				     "a request came where an answer was due");
	unsigned opcode = header->flags >> 11 & 0xf;
	if (opcode != request->opcode)
		return dms_error_new(DMS_E_DNS_BAD_ANSWER, "answer with opcode %u to opcode %u",
				     opcode, request->opcode);
	if ((header->flags & WIRE_FLAG_TRUNCATED) != 0)
		return dms_error_new(DMS_E_DNS_BAD_ANSWER, "truncated answer");

	if (header->question == 0 &&
	    (may_lack_question || wire_rcode(header) != 0 || request->opcode == WIRE_OPCODE_UPDATE))
		return NULL;
	if (header->question != 1)
		return dms_error_new(DMS_E_DNS_BAD_ANSWER, "answer with %u questions",
				     header->question);
	struct wire_question question;
	wire_read_question(reader, &question);
	TRY(wire_read_result(reader));
	if (!is_question(&question, request))
		return dms_error_new(DMS_E_DNS_BAD_ANSWER, "answer to another question");
	return NULL;
}
