/* Fetching a configuration: dms.pull.<server>, chunk by chunk, and reading what came. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>
#include <talloc.h>

#include "base/error.h"
#include "bus/bus.h"
#include "proto/config.pb-c.h"

struct pull {
	Dms__PullReply__Kind kind; /* never GONE */
	int64_t generation;
	char *sg, *role, *reason;
	uint8_t *data; /* compressed; checked against its digest */
	size_t size;
	int64_t item_count;
};

/* One whole transfer; begins again by itself when master-sm has forgotten it half way. Blocks;
 * gives up with DMS_E_STOPPING soon after `*stopping` becomes true. */
dms_error *pull_fetch(struct bus *bus, TALLOC_CTX *mem, const char *server, int64_t have_generation,
		      const char *have_sg, const atomic_bool *stopping, struct pull **pull);

/* One item; borrowed. */
typedef dms_error *pull_item_fn(void *arg, const Dms__ConfigItem *item);
/* Decompresses as it goes and calls `fn` for every item; may be run several times over one pull.
 * DMS_E_FORMAT when the bytes are not what they should be. */
dms_error *pull_items(const struct pull *pull, pull_item_fn *fn, void *arg);
