/* How far a change has come: from rows alone, so that every copy of the gateway says the same. */
#pragma once

#include "methods/methods.h"

enum progress_state {
	PROGRESS_PENDING,   /* something of it is still to be done before the master serves it */
	PROGRESS_PUBLISHED, /* the master has all of it, some servers have not */
	PROGRESS_IN_SYNC,   /* nothing is left to be done */
	PROGRESS_FAILED,    /* some of it will not be done unless somebody acts */
};

struct progress {
	int64_t change_id;
	enum progress_state state;
	int64_t zone_count, published_count, in_sync_count; /* zones it touches */
	int64_t pending_events, failed_events;
	int64_t refused_updates;
	int64_t late_configurations; /* servers that have not applied what it changed for them */
	const char *error;           /* of the first event that failed; NULL: none */
	/* The newest zone that is not in sync, or has an event pending: of many, it is likely to be
	 * among the last. 0: none. */
	int64_t late_zone_id;
	struct db_result *zones;   /* late ones first, at most PROGRESS_ZONES_MAX */
	struct db_result *servers; /* whose configuration it changed */
};

#define PROGRESS_ZONES_MAX 100

dms_error *progress_load(struct rpc_call *call, TALLOC_CTX *mem, int64_t change_id,
			 struct progress *progress);
const char *progress_name(enum progress_state state);
/* state, error, counts, zones [{..., servers}], updates, configuration [...] into `object`. */
dms_error *progress_to_json(struct rpc_call *call, TALLOC_CTX *mem, const struct progress *progress,
			    json_t *object);
