/* What the state file says, as octets: a first line that names it, and records behind it (state.h).
 */
#pragma once

#include "state.h"

struct state_writer {
	uint8_t *data; /* talloc, without parent */
	size_t size, capacity;
	size_t start; /* of the record being written */
};

/* The file's first line. */
void state_put_magic(struct state_writer *w);
/* A record each. */
void state_put_begin(struct state_writer *w, const char *name, const struct zone_class *class);
void state_put_settled(struct state_writer *w, const struct zone_entry *entry);
void state_put_removed(struct state_writer *w, const char *name);
void state_put_generation(struct state_writer *w, const struct state *state, bool with_settings);

/* A state file whose records mean something else. */
bool state_is_of_another_version(const uint8_t *data, size_t size);
/* Makes the state what all whole records say; returns how far the file is good, 0 when it is none
 * of ours. */
size_t state_read_records(struct state *state, const uint8_t *data, size_t size);

/* In memory alone; copies. `settings` NULL: as before. (state.c) */
void state_set_generation(struct state *state, const char *sg, const char *role, int64_t generation,
			  const uint8_t *settings, size_t settings_size);
