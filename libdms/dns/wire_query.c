/* The SOA query over the kept connection. */
#include <ldns/packet.h>

#include "base/time.h"
#include "dns/wire_peer.h"
#include "dns/wire_query.h"

dms_error *
rcode_error(const struct wire_header *header)
{
	int rcode = wire_rcode(header);
	bool is_unknown = rcode == LDNS_RCODE_REFUSED || rcode == LDNS_RCODE_NOTAUTH ||
			  rcode == LDNS_RCODE_NXDOMAIN;
	if (rcode == LDNS_RCODE_NOERROR)
		return NULL;
	dms_error *error = dms_error_new(
	    is_unknown ? DMS_E_NO_SUCH_ZONE_ON_SERVER : DMS_E_DNS_REFUSED,
	    is_unknown ? "the server does not have the zone, or does not give it to us (%s)"
		       : "the server answers %s",
	    dns_rcode_name(rcode));
	return dms_error_put_str(error, "rcode", dns_rcode_name(rcode));
}

dms_error *
read_soa(struct wire_reader *reader, const struct wire_header *header, const struct wire_name *zone,
	 struct wire_record *soa)
{
	if ((header->flags & WIRE_FLAG_AUTHORITATIVE) == 0)
		return dms_error_new(DMS_E_NO_SUCH_ZONE_ON_SERVER,
				     "the server answers without authority");
	if (header->answer == 0)
		return dms_error_new(DMS_E_NO_SUCH_ZONE_ON_SERVER, "the server has no SOA there");
	wire_read_record(reader, soa);
	TRY(wire_read_result(reader));
	if (soa->type != RR_SOA || soa->class != WIRE_CLASS_IN ||
	    !wire_name_equal(&soa->owner, zone))
		return dms_error_new(DMS_E_NO_SUCH_ZONE_ON_SERVER,
				     "the server answers with a %s record instead of the SOA",
				     rr_type_name(soa->type));
	return NULL;
}

/* Exactly one SOA, ours; RRSIGs may stand beside it. */
static dms_error *
parse_soa_answer(TALLOC_CTX *mem, const uint8_t *message, size_t size,
		 const struct wire_request *request, struct soa *soa)
{
	struct wire_reader reader;
	struct wire_header header;
	struct wire_record record;
	uint8_t rdata[2 * NAME_WIRE_MAX + 20];
	uint16_t rdata_size;

	wire_read_start(&reader, message, size);
	TRY(wire_read_answer(&reader, request, false, &header));
	TRY(rcode_error(&header));
	TRY(read_soa(&reader, &header, &request->name, &record));
	if (!wire_read_rdata(&reader, &record, rdata, sizeof rdata, &rdata_size))
		return wire_read_result(&reader);
	return soa_from_rdata(mem, rdata, rdata_size, soa);
}

static dms_error *
ask_soa(struct dns_peer *peer, TALLOC_CTX *scratch, TALLOC_CTX *mem, const char *zone,
	struct soa *soa)
{
	struct wire_request request = {
	    .id = wire_random_id(), .opcode = WIRE_OPCODE_QUERY, .type = RR_SOA};
	struct wire_writer writer = {.mem = scratch};
	struct tsig_session *session;
	uint8_t *answer;
	size_t size;

	TRY(wire_name_parse(zone, &request.name));
	wire_put_header(&writer, request.id, 0);
	wire_put_question(&writer, &request.name, RR_SOA);
	TRY(peer_ask(peer, &writer, true, &session, &answer, &size));
	if (session != NULL)
		TRY(tsig_verify(session, answer, &size, realtime_us() / 1000000));
	return parse_soa_answer(mem, answer, size, &request, soa);
}

dms_error *
dns_soa(struct dns_peer *peer, TALLOC_CTX *mem, const char *zone, struct soa *soa)
{
	TALLOC_CTX *scratch = talloc_new(NULL);
	dms_error *error = ask_soa(peer, scratch, mem, zone, soa);
	talloc_free(scratch);
	return peer_result(peer, zone, error);
}
