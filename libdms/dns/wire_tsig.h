/* Transaction signatures (RFC 8945): one request and the messages that answer it. */
#pragma once

#include <openssl/evp.h>

#include "dns/wire.h"
#include "dns/wire_message.h"

#define TSIG_FUDGE_SECONDS 300
/* So many messages of a transfer may come unsigned between two signed ones (RFC 8945 5.3.1). */
#define TSIG_UNSIGNED_MAX 99

struct tsig_key {
	const char *text; /* the name, for messages */
	struct wire_name name, algorithm;
	const char *digest; /* OpenSSL's name */
	size_t mac_size;
	uint8_t *secret;
	size_t secret_size;
};
/* A copy in the form that signing needs; the secret is wiped when it is freed. DMS_E_CONFIG names
 * the key when its algorithm is unknown or its secret empty. */
dms_error *tsig_key_new(TALLOC_CTX *mem, const struct tsig *tsig, struct tsig_key **key);
/* Octets that signing adds to a message. */
size_t tsig_size(const struct tsig_key *key);

struct tsig_session {
	const struct tsig_key *key;
	uint8_t mac[EVP_MAX_MD_SIZE]; /* the last one, which the next signature covers */
	size_t mac_size;
	EVP_MAC_CTX *digest; /* over what came since that one; NULL: nothing yet */
	int unsigned_count;
	bool has_answer; /* the first signed answer was seen */
};
struct tsig_session *tsig_session_new(TALLOC_CTX *mem, const struct tsig_key *key);
/* Signs a finished request, at `now_seconds` since 1970. */
dms_error *tsig_sign(struct tsig_session *session, struct wire_writer *request,
		     int64_t now_seconds);
/* Checks the next answer message and takes its signature off, so that `*size` shrinks. DMS_E_TSIG
 * with data "tsig_error" when the server said BADSIG, BADKEY, BADTIME or BADTRUNC; DMS_E_TSIG when
 * the first answer is unsigned, a MAC is wrong, or the time is off. */
dms_error *tsig_verify(struct tsig_session *session, uint8_t *message, size_t *size,
		       int64_t now_seconds);
/* After the last message: it was a signed one. */
dms_error *tsig_finish(const struct tsig_session *session);
