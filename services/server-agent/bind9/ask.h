/* One SOA query at a time to the name server on this host, over UDP. One thread at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <talloc.h>

#include "base/error.h"

struct asker;

/* `address` "127.0.0.1:53". */
dms_error *asker_new(TALLOC_CTX *mem, const char *address, int64_t timeout_ms,
		     struct asker **asker);
/* DMS_E_DNS_UNREACHABLE, DMS_E_DNS_TIMEOUT; `*is_served` false when the answer is not the zone's
 * SOA. */
dms_error *asker_soa(struct asker *asker, const char *zone, bool *is_served, uint32_t *serial);
