/* Whole zones out of transfer messages (RFC 5936), apart from the connection they come over. */
#pragma once

#include "dns/wire.h"
#include "dns/wire_message.h"

/* All rdata and owners of one zone together; far above any zone we serve. */
#define AXFR_OCTETS_MAX ((size_t)1 << 30)

struct axfr {
	struct wire_request request;
	struct rr_array *records; /* the SOA first, then the rest without the closing SOA */
	bool is_complete;
	uint8_t *soa; /* rdata of the first SOA; the last must be the same */
	uint16_t soa_size;
	struct wire_name owner; /* of the record before: often the same again */
	char *owner_text;
	size_t octets;
	uint8_t rdata[WIRE_RDATA_MAX];
};

dms_error *axfr_new(TALLOC_CTX *mem, const char *zone, uint16_t id, struct axfr **axfr);
/* Takes the next message, verified already and without its TSIG. */
dms_error *axfr_feed(struct axfr *axfr, const uint8_t *message, size_t size);
