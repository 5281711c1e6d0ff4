/* The applier: turns a pulled configuration into what the name server is. Runs on one worker thread
 * at a time and owns driver and state; the loop hears of it through struct applied only. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <talloc.h>

#include "arrivals.h"
#include "driver.h"
#include "pull.h"
#include "state.h"

struct applier {
	const struct dms_config *config;
	struct bus *bus;
	struct driver *driver;
	struct state *state;
	Dms__Settings *settings; /* the target's, unpacked */
	struct arrivals *arrivals;
	const atomic_bool *stopping;
	uint32_t run;              /* number of the run: marks what it has seen */
	bool wants_snapshot;       /* content is missing here: the next pull asks for everything */
	int64_t snapshot_asked_us; /* monotonic; 0 = never */
	int64_t excess;            /* of the server's count over ours, see repair.c */
	char boot[64];
};

struct zone_news {
	const char *name;
	uint32_t serial;    /* served with; 0: added, not yet served */
	const char *reason; /* refused: why; NULL otherwise */
};

/* What a run did; handed to the loop, which frees it. */
struct applied {
	dms_error *error;            /* why it has to be tried again; NULL */
	char *sg, *role;             /* as now */
	int64_t generation;          /* as now */
	bool has_news;               /* a generation was applied, or zones were repaired */
	bool is_refused;             /* master-sm has nothing for this server: `reason` */
	int64_t rejected_generation; /* 0 = none */
	char *rejected_sg;
	char *reason;
	bool wants_pull; /* something is missing that only a pull brings */
	struct zone_news *news;
	size_t news_count;
};

/* Opens driver and state in the last good condition; talks to nobody. */
dms_error *applier_open(TALLOC_CTX *mem, const struct dms_config *config, struct bus *bus,
			struct arrivals *arrivals, const atomic_bool *stopping,
			struct applier **applier);
/* Pulls, and applies what comes. Never NULL. */
struct applied *applier_pull(struct applier *applier);
/* Asks the server how it is; when it was restarted or has fewer zones than it should, looks at each
 * zone and adds what is missing. */
struct applied *applier_inspect(struct applier *applier);
/* Adds those of these zones that the server does not have though it should. */
struct applied *applier_heal(struct applier *applier, size_t count, const char *const *names);

/* Between the files of the applier. */
void applied_news(struct applied *applied, const char *name, uint32_t serial, const char *reason);
/* One zone as the configuration wants it. */
struct wanted_zone {
	const char *name;
	int64_t zone_id;
	const struct zone_class *class;
	uint64_t digest;
	const uint8_t *content; /* NULL: none came with it */
	size_t content_size;
	uint32_t content_serial;
	int64_t content_generation;
	bool is_removal;
};
/* Makes one zone so. `before`: its entry as it was before the run began it, NULL when there was
 * none. An error only when the server is away; a refusal is noted in `applied`, the entry stays
 * unsure. */
dms_error *apply_zone(struct applier *applier, const struct wanted_zone *zone,
		      const struct zone_entry *before, struct applied *applied);
struct applied *applied_new(void);
/* Generation and group as the state has them now. */
struct applied *applied_finish(struct applier *applier, struct applied *applied, dms_error *error);
