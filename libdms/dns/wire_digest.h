/* The digest behind a TSIG, between signing and verifying. Not for other rooms. */
#pragma once

#include "dns/wire_tsig.h"

/* The fields of a TSIG record that its MAC covers. */
struct tsig_variables {
	uint64_t time; /* seconds since 1970, 48 bits */
	uint16_t fudge, error, other_size;
	const uint8_t *other;
	bool is_timers_only;
};

dms_error *tsig_digest_start(struct tsig_session *session);
void tsig_digest_add(struct tsig_session *session, const void *octets, size_t size);
void tsig_digest_add_variables(struct tsig_session *session,
			       const struct tsig_variables *variables);
/* Leaves the MAC in the session. */
dms_error *tsig_digest_finish(struct tsig_session *session);
void tsig_put_timers(struct wire_writer *out, const struct tsig_variables *variables);
