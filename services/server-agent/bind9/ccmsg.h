/* Messages of BIND's control channel (what rndc speaks): tables of keyed values, signed with an
 * HMAC.
 *
 * On the wire: 4-byte length of all that follows, 4-byte version 1, then elements. An element is a
 * key (length octet and text), a type octet, a 4-byte length and the value; all numbers big-endian.
 * The first element of a message is the table "_auth"; its HMAC covers everything behind it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/error.h"
#include "keyfile.h"

#define CCMSG_HEADER_SIZE 4
#define CCMSG_SIZE_MAX    (4 * 1024 * 1024)

struct ccmsg_request {
	uint32_t serial;     /* one up with each message of a connection */
	int64_t now, expire; /* seconds since 1970 */
	const char *nonce;   /* as the server gave it; NULL in the first message */
	const char *command; /* "null" asks for the nonce */
};

struct ccmsg_reply {
	uint32_t serial;
	const char *nonce;
	int64_t result;    /* 0 = done */
	const char *error; /* the server's word for the result, or NULL */
	const char *text;  /* what it has to say, or NULL */
};

/* Encodes and signs, the length included. DMS_E_CONFIG for an algorithm that the channel lacks. */
dms_error *ccmsg_encode(TALLOC_CTX *mem, const struct control_key *key,
			const struct ccmsg_request *request, uint8_t **message, size_t *size);
/* Checks and reads what follows the length. DMS_E_DNS_BAD_ANSWER when it is malformed, DMS_E_TSIG
 * when it is not signed with `key`. */
dms_error *ccmsg_decode(TALLOC_CTX *mem, const struct control_key *key, const uint8_t *message,
			size_t size, struct ccmsg_reply *reply);
