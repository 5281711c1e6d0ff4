/* A kept TCP connection to a name server (RFC 7766) with absolute deadlines. Not for other rooms.
 */
#pragma once

#include "dns/wire.h"
#include "dns/wire_tsig.h"

/* A whole transfer may take so many times the limit of one answer. */
#define PEER_TRANSFER_FACTOR 12

struct dns_peer {
	struct sockaddr_storage address;
	char *label;          /* "127.0.0.1:53" */
	struct tsig_key *key; /* NULL: unsigned */
	int64_t timeout_ms;
	int fd; /* -1: closed */
	bool
	    is_proven; /* an answer came over this connection: if it breaks, it may just be stale */
	uint8_t *message; /* length and octets of the message on its way, or of the last answer */
};

/* Signs (when the peer has a key: `*session` else NULL, on `request->mem`), sends, and waits for
 * the first answer message, which stays in the peer until the next call; it is not verified yet. A
 * kept connection that turns out to be closed is opened anew, once: always while the request is not
 * fully sent, later only with `is_repeatable`. */
dms_error *peer_ask(struct dns_peer *peer, struct wire_writer *request, bool is_repeatable,
		    struct tsig_session **session, uint8_t **answer, size_t *size);
/* The next message, of a transfer. */
dms_error *peer_read(struct dns_peer *peer, int64_t deadline_us, uint8_t **answer, size_t *size);
/* When one answer must be here, counted from now. */
int64_t peer_deadline(const struct dns_peer *peer);
/* Says which server and zone an error is about. Whatever left the connection in doubt closes it. */
dms_error *peer_result(struct dns_peer *peer, const char *zone, dms_error *error);

socklen_t endpoint_size(const struct sockaddr_storage *address);
