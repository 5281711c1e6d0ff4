/* The agent's last good state on disk: one file of records that only grows, rewritten whole when it
 * has become mostly history.
 *
 * A record is a 4-byte length, the first 8 octets of its SHA-256, and a tagged body. Reading stops
 * at the first record that is cut short or damaged and the file is cut there, so a crash at any
 * instant costs at most what had not been synced. Because one change of a zone is at most two small
 * records, nothing is rewritten for it. A rewrite goes to another file that replaces the first by
 * rename. What is recorded as begun (state_zone_begin) and never settled comes back as an unsure
 * entry: digest 0. Belongs to the applier thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <talloc.h>

#include "base/error.h"
#include "zones.h"

struct state {
	const char *path;
	char *sg;           /* "" = none yet */
	char *role;         /* "master", "slave", "replica", "" */
	int64_t generation; /* 0 = nothing applied */
	uint8_t *settings;  /* packed Settings of the last good generation, NULL = none */
	size_t settings_size;
	struct zones *zones;

	int fd;
	uint64_t size;      /* of the file */
	uint64_t live_size; /* of the file when it was last whole */
	uint8_t *pending;   /* records not yet written */
	size_t pending_size;
};

/* Opens and reads `dir`/agent.state, or begins an empty one. A file that is not ours at all is an
 * error (DMS_E_FORMAT); a damaged end is cut off. */
dms_error *state_open(TALLOC_CTX *mem, const char *dir, struct state **state);
/* Before a zone of the server is touched: the entry becomes unsure in memory and on disk. Buffered.
 */
void state_zone_begin(struct state *state, const char *name, const struct zone_class *class);
/* The server has the zone so. Buffered. */
void state_zone_settled(struct state *state, const char *name, int64_t zone_id,
			const struct zone_class *class, uint64_t digest,
			int64_t content_generation);
void state_zone_removed(struct state *state, const char *name);
/* A whole generation has been applied. `settings` NULL: as before. Buffered. */
void state_generation(struct state *state, const char *sg, const char *role, int64_t generation,
		      const uint8_t *settings, size_t settings_size);
/* Writes what is buffered and waits for the disk; rewrites the file when that pays. */
dms_error *state_sync(struct state *state);
