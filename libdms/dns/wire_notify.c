/* Datagrams: NOTIFY (RFC 1996) and the SOA query that follows it. */
#include <errno.h>
#include <ldns/packet.h>
#include <string.h>

#include "dns/wire_peer.h"
#include "dns/wire_query.h"

/* Two names and five numbers. */
#define SOA_RDATA_MAX (2 * NAME_WIRE_MAX + 20)

dms_error *
dns_notify(int socket, const struct sockaddr_storage *to, const char *zone)
{
	TALLOC_CTX *scratch = talloc_new(NULL);
	struct wire_writer out = {.mem = scratch};
	struct wire_name name;
	dms_error *error = wire_name_parse(zone, &name);

	if (error == NULL) {
		wire_put_header(&out, wire_random_id(),
				WIRE_OPCODE_NOTIFY << 11 | WIRE_FLAG_AUTHORITATIVE);
		wire_put_question(&out, &name, RR_SOA);
		ssize_t sent = sendto(socket, out.octets, out.size, MSG_NOSIGNAL,
				      (const struct sockaddr *)to, endpoint_size(to));
		if (sent < 0)
			error = dms_error_new(DMS_E_DNS_UNREACHABLE,
					      "NOTIFY for %s to %s can't be sent: %s", zone,
					      endpoint_print(scratch, to), strerror(errno));
	}
	talloc_free(scratch);
	return error;
}

/* The serial of the first answer record if that is the SOA of `zone`, else 0. Reads the whole
 * record. */
static uint32_t
read_serial(struct wire_reader *reader, const struct wire_name *zone, bool *is_soa)
{
	struct wire_record record;
	uint8_t rdata[SOA_RDATA_MAX];
	uint16_t size;

	*is_soa = false;
	wire_read_record(reader, &record);
	if (record.type != RR_SOA || record.class != WIRE_CLASS_IN ||
	    !wire_name_equal(&record.owner, zone) ||
	    !wire_read_rdata(reader, &record, rdata, sizeof rdata, &size))
		return 0;
	*is_soa = true;
	const uint8_t *serial = rdata + size - 20;
	return (uint32_t)wire_u16(serial) << 16 | wire_u16(serial + 2);
}

static void
skip_records(struct wire_reader *reader, unsigned count)
{
	uint16_t type;
	for (; count > 0 && reader->fault == NULL; count--)
		wire_skip_record(reader, &type);
}

/* Header and one question about a SOA; anything else is not for us. */
static dms_error *
read_start(struct wire_reader *reader, bool is_answer, unsigned opcode, struct wire_header *header,
	   struct wire_question *question)
{
	wire_read_header(reader, header);
	TRY(wire_read_result(reader));
	bool has_answer_flag = (header->flags & WIRE_FLAG_ANSWER) != 0;
	if (has_answer_flag != is_answer || (header->flags >> 11 & 0xf) != opcode ||
	    header->question != 1)
		return dms_error_new(DMS_E_DNS_BAD_ANSWER,
				     "datagram of another kind: flags %04x, %u questions",
				     header->flags, header->question);
	wire_read_question(reader, question);
	TRY(wire_read_result(reader));
	if (question->type != RR_SOA || question->class != WIRE_CLASS_IN)
		return dms_error_new(DMS_E_DNS_BAD_ANSWER, "datagram about another type than SOA");
	return NULL;
}

dms_error *
dns_notify_parse(TALLOC_CTX *mem, const uint8_t *datagram, size_t size, char **zone,
		 uint32_t *serial, uint8_t *answer, size_t *answer_size)
{
	struct wire_reader reader;
	struct wire_header header;
	struct wire_question question = {0}; /* the analyzer cannot see that it is read */
	size_t used;
	bool is_soa;

	wire_read_start(&reader, datagram, size);
	TRY(read_start(&reader, false, WIRE_OPCODE_NOTIFY, &header, &question));
	size_t question_end = reader.at;
	*serial = header.answer > 0 ? read_serial(&reader, &question.name, &is_soa) : 0;
	skip_records(&reader, header.answer > 0 ? header.answer - 1U : 0);
	skip_records(&reader, (unsigned)header.authority + header.additional);
	if (reader.at != size)
		wire_read_fault(&reader, "octets behind the last record");
	TRY(wire_read_result(&reader));
	TRY(name_from_wire(mem, question.name.octets, question.name.size, zone, &used));

	/* The question goes back as it came, case and all. It holds no compression: there is
	 * nothing before it to point at. */
	memcpy(answer, datagram, question_end);
	wire_set_u16(answer + 2,
		     WIRE_FLAG_ANSWER | WIRE_OPCODE_NOTIFY << 11 | WIRE_FLAG_AUTHORITATIVE);
	memset(answer + WIRE_ANSWER, 0, 6);
	*answer_size = question_end;
	return NULL;
}

size_t
dns_soa_query(uint16_t id, const char *zone, uint8_t *out, size_t capacity)
{
	struct wire_name name;
	dms_error *error = wire_name_parse(zone, &name);
	if (error != NULL || WIRE_HEADER_SIZE + name.size + 4 > capacity) {
		dms_error_free(error);
		return 0;
	}
	memset(out, 0, WIRE_HEADER_SIZE);
	wire_set_u16(out, id);
	wire_set_u16(out + WIRE_QUESTION, 1);
	memcpy(out + WIRE_HEADER_SIZE, name.octets, name.size);
	wire_set_u16(out + WIRE_HEADER_SIZE + name.size, RR_SOA);
	wire_set_u16(out + WIRE_HEADER_SIZE + name.size + 2, WIRE_CLASS_IN);
	return WIRE_HEADER_SIZE + name.size + 4;
}

dms_error *
dns_soa_answer(const uint8_t *datagram, size_t size, uint16_t *id, bool *is_served,
	       uint32_t *serial)
{
	struct wire_reader reader;
	struct wire_header header;
	struct wire_question question;

	*is_served = false;
	*serial = 0;
	wire_read_start(&reader, datagram, size);
	TRY(read_start(&reader, true, WIRE_OPCODE_QUERY, &header, &question));
	*id = header.id;
	int rcode = wire_rcode(&header);
	if (rcode == LDNS_RCODE_FORMERR || rcode == LDNS_RCODE_NOTIMPL)
		return dms_error_new(DMS_E_DNS_BAD_ANSWER, "the server answers %s to a SOA query",
				     dns_rcode_name(rcode));
	if ((header.flags & WIRE_FLAG_TRUNCATED) != 0)
		return dms_error_new(DMS_E_DNS_BAD_ANSWER, "truncated answer to a SOA query");
	if (rcode != LDNS_RCODE_NOERROR || (header.flags & WIRE_FLAG_AUTHORITATIVE) == 0 ||
	    header.answer == 0)
		return NULL;
	*serial = read_serial(&reader, &question.name, is_served);
	return wire_read_result(&reader);
}
