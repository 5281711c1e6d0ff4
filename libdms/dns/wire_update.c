/* Dynamic update (RFC 2136) conditional on the SOA; order as in spec/zone-data.md section 17.3. */
#include <string.h>

#include "base/time.h"
#include "dns/wire_peer.h"

/* An UPDATE while it is written. */
struct builder {
	const struct dns_update *update;
	struct wire_name zone;
	struct wire_writer *out;
	unsigned count; /* records in the update section */
	uint8_t *old_soa, *new_soa;
	size_t old_soa_size, new_soa_size;
};

/* Which records a pass over an array takes. */
enum part { APEX_NS, ALL_ELSE };

/* The owner, with the zone's part as a pointer to the zone section (RFC 1035 4.1.4). */
static dms_error *
put_owner(struct builder *builder, const char *owner)
{
	struct wire_name name;
	TRY(wire_name_parse(owner, &name));
	if (builder->zone.size == 1 || !wire_name_is_within(&name, &builder->zone)) {
		wire_put(builder->out, name.octets, name.size);
		return NULL;
	}
	wire_put(builder->out, name.octets, name.size - builder->zone.size);
	wire_put_u16(builder->out, 0xc000 | WIRE_HEADER_SIZE);
	return NULL;
}

static void
put_body(struct wire_writer *out, uint16_t type, uint16_t class, uint32_t ttl, const uint8_t *rdata,
	 size_t rdata_size)
{
	wire_put_u16(out, type);
	wire_put_u16(out, class);
	wire_put_u32(out, ttl);
	wire_put_u16(out, (uint16_t)rdata_size);
	wire_put(out, rdata, rdata_size);
}

static bool
is_apex_ns(const struct builder *builder, const struct rr *rr)
{
	return rr->type == RR_NS && strcmp(rr->owner, builder->update->zone) == 0;
}

/* "Delete an RR from an RRset" (RFC 2136 2.5.4). */
static dms_error *
put_removal(struct builder *builder, const struct rr *rr)
{
	TRY(put_owner(builder, rr->owner));
	put_body(builder->out, rr->type, WIRE_CLASS_NONE, 0, rr->rdata, rr->rdata_size);
	builder->count++;
	return NULL;
}

/* "Add to an RRset" (RFC 2136 2.5.1). */
static dms_error *
put_addition(struct builder *builder, const struct rr *rr)
{
	TRY(put_owner(builder, rr->owner));
	put_body(builder->out, rr->type, WIRE_CLASS_IN, rr->ttl, rr->rdata, rr->rdata_size);
	builder->count++;
	return NULL;
}

/* A changed TTL shows as removal and addition; for an apex NS, added first, the removal would take
 * away what was just added. The addition alone sets the new TTL. */
static bool
is_added_again(const struct builder *builder, const struct rr *removed)
{
	const struct rr_array *added = builder->update->added;
	for (size_t i = 0; added != NULL && i < added->count; i++) {
		const struct rr *rr = &added->items[i];
		if (is_apex_ns(builder, rr) && rr->rdata_size == removed->rdata_size &&
		    memcmp(rr->rdata, removed->rdata, rr->rdata_size) == 0)
			return true;
	}
	return false;
}

static dms_error *
put_removals(struct builder *builder)
{
	const struct rr_array *removed = builder->update->removed;
	for (size_t i = 0; removed != NULL && i < removed->count; i++) {
		const struct rr *rr = &removed->items[i];
		if (rr->type == RR_SOA || (is_apex_ns(builder, rr) && is_added_again(builder, rr)))
			continue;
		TRY(put_removal(builder, rr));
	}
	return NULL;
}

static dms_error *
put_additions(struct builder *builder, enum part part)
{
	const struct rr_array *added = builder->update->added;
	for (size_t i = 0; added != NULL && i < added->count; i++) {
		const struct rr *rr = &added->items[i];
		enum part its_part = is_apex_ns(builder, rr) ? APEX_NS : ALL_ELSE;
		if (rr->type != RR_SOA && its_part == part)
			TRY(put_addition(builder, rr));
	}
	return NULL;
}

/* "RRset exists, value dependent" (RFC 2136 2.4.2): the zone is still as we believe. */
static dms_error *
put_prerequisite(struct builder *builder)
{
	TRY(put_owner(builder, builder->update->zone));
	put_body(builder->out, RR_SOA, WIRE_CLASS_IN, 0, builder->old_soa, builder->old_soa_size);
	wire_count(builder->out, WIRE_ANSWER);
	return NULL;
}

static dms_error *
put_message(struct builder *builder, uint16_t id)
{
	const struct dns_update *update = builder->update;
	wire_put_header(builder->out, id, WIRE_OPCODE_UPDATE << 11);
	wire_put_question(builder->out, &builder->zone, RR_SOA);
	TRY(put_prerequisite(builder));
	TRY(put_additions(builder, APEX_NS));
	TRY(put_removals(builder));
	TRY(put_additions(builder, ALL_ELSE));
	return put_addition(builder, &(struct rr){.owner = update->zone,
						  .type = RR_SOA,
						  .ttl = update->new_soa_ttl,
						  .rdata = builder->new_soa,
						  .rdata_size = (uint16_t)builder->new_soa_size});
}

/* The whole message without TSIG; with a counting writer just its size. */
static dms_error *
build(TALLOC_CTX *scratch, const struct dns_update *update, uint16_t id, struct wire_writer *out,
      struct wire_name *zone)
{
	struct builder builder = {.update = update, .out = out};

	if (update->new_soa->serial == 0)
		return dms_error_new(DMS_E_SOA_SERIAL_RANGE,
				     "an UPDATE can't set serial 0 (RFC 2136 4.2)");
	TRY(wire_name_parse(update->zone, &builder.zone));
	TRY(soa_to_rdata(scratch, update->old_soa, &builder.old_soa, &builder.old_soa_size));
	TRY(soa_to_rdata(scratch, update->new_soa, &builder.new_soa, &builder.new_soa_size));
	TRY(put_message(&builder, id));
	*zone = builder.zone;
	if (!out->is_counting && out->size <= WIRE_MESSAGE_MAX)
		wire_set_u16(out->octets + WIRE_AUTHORITY, (uint16_t)builder.count);
	return NULL;
}

size_t
dns_update_size(const struct dns_peer *peer, const struct dns_update *update)
{
	TALLOC_CTX *scratch = talloc_new(NULL);
	struct wire_writer out = {.mem = scratch, .is_counting = true};
	struct wire_name zone;
	dms_error *error = build(scratch, update, 0, &out, &zone);
	talloc_free(scratch);
	if (error != NULL) {
		dms_error_free(error);
		return SIZE_MAX;
	}
	return out.size + (peer->key != NULL ? tsig_size(peer->key) : 0);
}

static dms_error *
send_update(struct dns_peer *peer, TALLOC_CTX *scratch, const struct dns_update *update, int *rcode)
{
	struct wire_request request = {
	    .id = wire_random_id(), .opcode = WIRE_OPCODE_UPDATE, .type = RR_SOA};
	struct wire_writer out = {.mem = scratch};
	struct wire_reader reader;
	struct wire_header header;
	struct tsig_session *session;
	uint8_t *answer;
	size_t size;

	TRY(build(scratch, update, request.id, &out, &request.name));
	TRY(peer_ask(peer, &out, false, &session, &answer, &size));
	if (session != NULL)
		TRY(tsig_verify(session, answer, &size, realtime_us() / 1000000));
	wire_read_start(&reader, answer, size);
	TRY(wire_read_answer(&reader, &request, false, &header));
	*rcode = wire_rcode(&header);
	return NULL;
}

dms_error *
dns_update(struct dns_peer *peer, const struct dns_update *update, int *rcode)
{
	TALLOC_CTX *scratch = talloc_new(NULL);
	dms_error *error = send_update(peer, scratch, update, rcode);
	talloc_free(scratch);
	return peer_result(peer, update->zone, error);
}
