/* Zone transfer (RFC 5936): every message checked, every record inside the zone. */
#include "dns/wire_axfr.h"

#include <string.h>

#include "base/time.h"
#include "dns/wire_peer.h"
#include "dns/wire_query.h"

dms_error *
axfr_new(TALLOC_CTX *mem, const char *zone, uint16_t id, struct axfr **out)
{
	struct axfr *axfr = talloc_zero(mem, struct axfr);
	axfr->request =
	    (struct wire_request){.id = id, .opcode = WIRE_OPCODE_QUERY, .type = WIRE_TYPE_AXFR};
	dms_error *error = wire_name_parse(zone, &axfr->request.name);
	if (error != NULL) {
		talloc_free(axfr);
		return error;
	}
	axfr->records = rr_array_new(axfr);
	*out = axfr;
	return NULL;
}

/* Text of the owner; a run of records with the same owner shares the work. */
static dms_error *
set_owner(struct axfr *axfr, const struct wire_name *owner)
{
	if (axfr->owner_text != NULL && wire_name_equal(owner, &axfr->owner))
		return NULL;
	size_t used;
	char *text;
	TRY(name_from_wire(axfr, owner->octets, owner->size, &text, &used));
	talloc_free(axfr->owner_text);
	axfr->owner_text = text;
	axfr->owner = *owner;
	return NULL;
}

static dms_error *
check_record(const struct axfr *axfr, const struct wire_record *record)
{
	const char *fault = NULL;
	if (record->class != WIRE_CLASS_IN)
		fault = "of another class than IN";
	else if (!wire_name_is_within(&record->owner, &axfr->request.name))
		fault = "outside the zone";
	else if (record->type == 0 || record->type == WIRE_TYPE_TSIG || record->type == 41 ||
		 (record->type >= 249 && record->type <= 255))
		fault = "that no zone can hold";
	else if (axfr->is_complete)
		fault = "behind the closing SOA";
	if (fault == NULL)
		return NULL;
	return dms_error_new(DMS_E_DNS_BAD_ANSWER, "transfer with a %s record %s",
			     rr_type_name(record->type), fault);
}

/* The first SOA opens, the second closes, and they must be the same (RFC 5936 2.2). */
static dms_error *
take_soa(struct axfr *axfr, const struct wire_record *record, uint16_t rdata_size, bool *is_closing)
{
	if (!wire_name_equal(&record->owner, &axfr->request.name))
		return dms_error_new(DMS_E_DNS_BAD_ANSWER, "transfer with a SOA below the apex");
	*is_closing = axfr->soa != NULL;
	if (!*is_closing) {
		axfr->soa = talloc_memdup(axfr, axfr->rdata, rdata_size);
		axfr->soa_size = rdata_size;
		return NULL;
	}
	if (rdata_size != axfr->soa_size || memcmp(axfr->rdata, axfr->soa, rdata_size) != 0)
		return dms_error_new(DMS_E_DNS_BAD_ANSWER, "the zone changed during the transfer");
	axfr->is_complete = true;
	return NULL;
}

static dms_error *
take_record(struct axfr *axfr, struct wire_reader *reader, const struct wire_record *record)
{
	uint16_t rdata_size;
	bool is_closing = false;

	TRY(check_record(axfr, record));
	if (!wire_read_rdata(reader, record, axfr->rdata, sizeof axfr->rdata, &rdata_size))
		return wire_read_result(reader);
	if (record->type == RR_SOA)
		TRY(take_soa(axfr, record, rdata_size, &is_closing));
	if (is_closing)
		return NULL;
	axfr->octets += record->owner.size + rdata_size;
	if (axfr->octets > AXFR_OCTETS_MAX)
		return dms_error_new(DMS_E_DNS_BAD_ANSWER, "transfer of more than %zu octets",
				     AXFR_OCTETS_MAX);
	TRY(set_owner(axfr, &record->owner));
	rr_array_add(axfr->records, &(struct rr){.owner = axfr->owner_text,
						 .type = record->type,
						 .ttl = record->ttl >> 31 ? 0 : record->ttl,
						 .rdata = axfr->rdata,
						 .rdata_size = rdata_size});
	return NULL;
}

dms_error *
axfr_feed(struct axfr *axfr, const uint8_t *message, size_t size)
{
	struct wire_reader reader;
	struct wire_header header;
	struct wire_record record;
	bool is_first = axfr->soa == NULL;

	wire_read_start(&reader, message, size);
	TRY(wire_read_answer(&reader, &axfr->request, !is_first, &header));
	TRY(rcode_error(&header));
	unsigned left = header.answer;
	if (is_first) {
		TRY(read_soa(&reader, &header, &axfr->request.name, &record));
		TRY(take_record(axfr, &reader, &record));
		left--;
	}
	for (; left > 0; left--) {
		wire_read_record(&reader, &record);
		TRY(wire_read_result(&reader));
		TRY(take_record(axfr, &reader, &record));
	}
	return NULL;
}

/* Message by message until the closing SOA. */
static dms_error *
transfer(struct dns_peer *peer, TALLOC_CTX *scratch, struct axfr *axfr)
{
	struct wire_writer writer = {.mem = scratch};
	struct tsig_session *session;
	uint8_t *message;
	size_t size;
	int64_t end_us = monotonic_us() + PEER_TRANSFER_FACTOR * peer->timeout_ms * 1000;

	wire_put_header(&writer, axfr->request.id, 0);
	wire_put_question(&writer, &axfr->request.name, WIRE_TYPE_AXFR);
	TRY(peer_ask(peer, &writer, true, &session, &message, &size));
	for (;;) {
		if (session != NULL)
			TRY(tsig_verify(session, message, &size, realtime_us() / 1000000));
		TRY(axfr_feed(axfr, message, size));
		if (axfr->is_complete)
			break;
		int64_t deadline_us = peer_deadline(peer);
		TRY(peer_read(peer, deadline_us < end_us ? deadline_us : end_us, &message, &size));
	}
	return session != NULL ? tsig_finish(session) : NULL;
}

static dms_error *
receive_zone(struct dns_peer *peer, TALLOC_CTX *scratch, TALLOC_CTX *mem, const char *zone,
	     struct soa *soa, struct rr_array **records)
{
	struct axfr *axfr;
	TRY(axfr_new(scratch, zone, wire_random_id(), &axfr));
	TRY(transfer(peer, scratch, axfr));
	TRY(soa_from_rdata(mem, axfr->soa, axfr->soa_size, soa));
	*records = talloc_steal(mem, axfr->records);
	return NULL;
}

dms_error *
dns_axfr(struct dns_peer *peer, TALLOC_CTX *mem, const char *zone, struct soa *soa,
	 struct rr_array **records)
{
	TALLOC_CTX *scratch = talloc_new(NULL);
	dms_error *error = receive_zone(peer, scratch, mem, zone, soa, records);
	talloc_free(scratch);
	return peer_result(peer, zone, error);
}
