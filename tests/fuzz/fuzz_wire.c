/* rooms: dms_dns dms_base */
/* Whatever a name server or a stranger may send: datagrams, transfers, signatures. The first octet
 * of the input chooses the door; for transfers each message follows its length, as over TCP. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rdata_parts.h"
#include "dns/wire.h"
#include "dns/wire_axfr.h"
#include "dns/wire_tsig.h"

#define ZONE "example.org."
#define ID   99
#define NOW  1800000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_notify(TALLOC_CTX *mem, const uint8_t *data, size_t size)
{
	uint8_t answer[512];
	size_t answer_size = 0;
	char *zone = NULL;
	uint32_t serial;
	dms_error *error = dns_notify_parse(mem, data, size, &zone, &serial, answer, &answer_size);
	assert(error != NULL || (zone != NULL && answer_size <= sizeof answer));
	dms_error_free(error);
}

static void
try_soa_answer(const uint8_t *data, size_t size)
{
	uint16_t id;
	bool is_served;
	uint32_t serial;
	dms_error_free(dns_soa_answer(data, size, &id, &is_served, &serial));
}

/* What a transfer let in is inside the zone and can be printed, or at least refused. Types that
 * only ldns can print are left out: it loses memory over some of them. */
static void
check_records(TALLOC_CTX *mem, const struct rr_array *records)
{
	for (size_t i = 0; i < records->count; i++) {
		const struct rr *rr = &records->items[i];
		char *text;
		assert(name_is_within(rr->owner, ZONE));
		if (rdata_layout(rr->type) == NULL)
			continue;
		dms_error_free(rdata_print(mem, rr->type, rr->rdata, rr->rdata_size, ZONE, &text));
	}
}

/* With `session` every message must pass it first. */
static void
try_transfer(TALLOC_CTX *mem, struct tsig_session *session, const uint8_t *data, size_t size)
{
	struct axfr *axfr;
	dms_error *error = axfr_new(mem, ZONE, ID, &axfr);
	while (error == NULL && size >= 2 && !axfr->is_complete) {
		size_t count = wire_u16(data);
		if (count > size - 2)
			count = size - 2;
		/* A copy of its own, so that reading past its end is noticed. */
		uint8_t *message = malloc(count + 1);
		size_t left = count;
		memcpy(message, data + 2, count);
		if (session != NULL)
			error = tsig_verify(session, message, &left, NOW);
		if (error == NULL)
			error = axfr_feed(axfr, message, left);
		free(message);
		data += 2 + count;
		size -= 2 + count;
	}
	check_records(mem, axfr->records);
	dms_error_free(error);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tsig tsig = {"k.", "hmac-sha256", (const uint8_t *)"secret", 6};
	if (size == 0)
		return 0;
	TALLOC_CTX *mem = talloc_new(NULL);
	struct tsig_key *key;
	switch (data[0] & 3) {
	case 0:
		try_notify(mem, data + 1, size - 1);
		break;
	case 1:
		try_soa_answer(data + 1, size - 1);
		break;
	case 2:
		try_transfer(mem, NULL, data + 1, size - 1);
		break;
	default:
		dms_error_free(tsig_key_new(mem, &tsig, &key));
		try_transfer(mem, tsig_session_new(mem, key), data + 1, size - 1);
	}
	talloc_free(mem);
	return 0;
}
