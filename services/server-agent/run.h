/* One generation on its way: what plan.c and apply.c share. */
#pragma once

#include "apply.h"

#define BATCH_MAX 200 /* zones between two syncs of the state */

struct run {
	struct applier *applier;
	const struct pull *pull;
	struct applied *applied;
	TALLOC_CTX *mem;
	Dms__Settings *settings; /* that came with this pull; NULL: as before */
	uint8_t *packed;
	size_t packed_size;
	struct driver_target target;
	size_t changes;
	TALLOC_CTX *batch_mem;
	struct wanted_zone batch[BATCH_MAX];
	size_t batch_count, batch_content;
};

static inline const struct driver_ops *
ops_of(const struct run *run)
{
	return run->applier->driver->ops;
}

/* Everything that can be refused as a whole: reads the pull, has the checker see what is new,
 * switches the settings. `*rest`: entries that the pull does not name. Touches no zone. */
dms_error *run_plan(struct run *run, const char ***rest, size_t *rest_count);
/* What an item says of a zone; texts are borrowed from the item. */
dms_error *run_read_zone(struct run *run, const Dms__ZoneConfig *config, struct wanted_zone *zone);
/* The zone is not yet as it should be. */
bool run_needs_work(const struct wanted_zone *zone, const struct zone_entry *entry);
