/* Talking to name servers: query, transfer, update, NOTIFY, with TSIG (RFC 8945). Blocking calls
 * for worker threads; every one has a time limit. Messages and signatures are our own: ldns
 * verifies neither the TSIG of a transfer nor the time of any, takes REFUSED for an empty zone, and
 * makes an object of every record. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <talloc.h>

#include "base/error.h"
#include "dns/rr.h"

struct tsig {
	const char *name;      /* absolute */
	const char *algorithm; /* hmac-sha1, hmac-sha256, hmac-sha512 */
	const uint8_t *secret;
	size_t secret_size;
};

/* "127.0.0.1:53", "[2001:db8::1]:53" -> socket address. DMS_E_CONFIG on anything else. */
dms_error *endpoint_parse(const char *text, struct sockaddr_storage *address, socklen_t *size);
char *endpoint_print(TALLOC_CTX *mem, const struct sockaddr_storage *address);

/* One name server over one kept TCP connection, which reopens when needed. One thread at a time. */
struct dns_peer;
dms_error *dns_peer_new(TALLOC_CTX *mem, const struct sockaddr_storage *address,
			const struct tsig *tsig /* NULL: unsigned; copied */, int64_t timeout_ms,
			struct dns_peer **peer);

/* The zone's SOA as that server has it. DMS_E_NO_SUCH_ZONE_ON_SERVER when it answers without
 * authority or REFUSED; DMS_E_DNS_UNREACHABLE, DMS_E_DNS_TIMEOUT, DMS_E_DNS_BAD_ANSWER otherwise.
 */
dms_error *dns_soa(struct dns_peer *peer, TALLOC_CTX *mem, const char *zone, struct soa *soa);
/* The whole zone by AXFR, TSIG verified over every message and the time checked (RFC 8945 5.3).
 * `records` has the SOA too, once. REFUSED and NOTAUTH are DMS_E_NO_SUCH_ZONE_ON_SERVER, other
 * rcodes DMS_E_DNS_REFUSED; both with data "rcode". May take 12 times the peer's time limit. */
dms_error *dns_axfr(struct dns_peer *peer, TALLOC_CTX *mem, const char *zone, struct soa *soa,
		    struct rr_array **records);

struct dns_update {
	const char *zone;
	const struct soa *old_soa; /* prerequisite: exactly this SOA is there (RFC 2136 2.4.2) */
	const struct soa *new_soa;
	uint32_t new_soa_ttl;
	const struct rr_array *removed;
	const struct rr_array *added;
};
/* Encoded size in octets of the message that dns_update would send, TSIG included; exact. At most
 * 65535 can be sent. SIZE_MAX when it can't be encoded: dns_update says why. */
size_t dns_update_size(const struct dns_peer *peer, const struct dns_update *update);
/* Order: apex NS additions first, deletions, other additions, SOA (spec/zone-data.md 17.3).
 * `*rcode` is the server's answer (LDNS_RCODE_*); an answer is success here, also NXRRSET. A bad
 * signature or clock is DMS_E_TSIG, with data "tsig_error" if it has a name. When the connection
 * breaks or time runs out after the whole message was sent, the error has data "was_sent" true: the
 * outcome is unknown, and the SOA tells. DMS_E_SOA_SERIAL_RANGE for serial 0, DMS_E_TOO_LARGE. */
dms_error *dns_update(struct dns_peer *peer, const struct dns_update *update, int *rcode);
const char *dns_rcode_name(int rcode);

/* One NOTIFY (RFC 1996) over UDP from `socket`, no wait for the answer. */
dms_error *dns_notify(int socket, const struct sockaddr_storage *to, const char *zone);
/* Reads a datagram: a NOTIFY request for which zone, with the serial if it carried a SOA (else 0).
 * Writes the acknowledging answer to `answer` (512 bytes). DMS_E_DNS_BAD_ANSWER for anything else.
 */
dms_error *dns_notify_parse(TALLOC_CTX *mem, const uint8_t *datagram, size_t size, char **zone,
			    uint32_t *serial, uint8_t *answer, size_t *answer_size);
/* A SOA query over UDP, asynchronous: build with an id, parse what comes back. */
size_t dns_soa_query(uint16_t id, const char *zone, uint8_t *out, size_t capacity);
/* `*is_served` false: the server does not have the zone (or it is expired). */
dms_error *dns_soa_answer(const uint8_t *datagram, size_t size, uint16_t *id, bool *is_served,
			  uint32_t *serial);
