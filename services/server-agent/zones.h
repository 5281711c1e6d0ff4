/* The zones this server should have: a hash table of a few dozen octets a zone beside the name.
 *
 * Two threads know it. Only the applier (the one worker that pulls and applies) adds, changes and
 * removes; it reads without a lock, being the only writer. The loop asks and notes serials through
 * the functions marked (loop), which lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

struct zone_words {
	size_t count;
	const char *const *items; /* none holds a line break */
};

/* What many zones have in common; kept once. Lists are in the order given. */
struct zone_class {
	bool auto_dnssec, nsec3;
	const char *zone_type;
	struct zone_words sgs;            /* groups that may transfer it (master) */
	struct zone_words primaries;      /* secondary: "address port" or "address port key" */
	struct zone_words allow_transfer; /* others that may transfer it: "192.0.2.0/24" */
};

struct zone_entry {
	struct zone_entry *next;
	const struct zone_class *class;
	int64_t zone_id;            /* 0: unsure, something was begun and never settled */
	int64_t content_generation; /* master: newest content that went by file, 0 = none */
	uint64_t digest;            /* of the stanza the name server has; 0: unsure */
	uint32_t hash;
	uint32_t mark;    /* the applier's: number of the run that last saw it */
	uint32_t retry_s; /* the applier's: not to be repaired before this monotonic second */
	uint32_t serial;  /* the loop's: last one seen served; 0 = none */
	char name[];      /* absolute, normalised */
};

struct zones;

struct zones *zones_new(TALLOC_CTX *mem);
/* The class with these facts, copied when it is new; lives as long as the table. Applier only. */
const struct zone_class *zones_class(struct zones *zones, const struct zone_class *facts);
/* The entry or NULL. Applier only. */
struct zone_entry *zones_find(struct zones *zones, const char *name);
/* Adds or changes; the serial seen is forgotten when the zone is another one. Applier only. */
struct zone_entry *zones_put(struct zones *zones, const char *name, int64_t zone_id,
			     const struct zone_class *class, uint64_t digest,
			     int64_t content_generation);
/* Applier only. */
void zones_remove(struct zones *zones, const char *name);
void zones_clear(struct zones *zones);
/* The entry behind `after` (NULL: the first), NULL at the end. Nothing may be added or removed
 * during a walk. Applier only. */
struct zone_entry *zones_next(struct zones *zones, const struct zone_entry *after);

/* How many. (loop) */
size_t zones_count(struct zones *zones);
/* (loop) */
bool zones_have(struct zones *zones, const char *name);
/* Whether the zone is ours and the hidden master signs it. (loop) */
bool zones_are_signed(struct zones *zones, const char *name);
/* Notes that `name` is served with `serial`; true when the zone is ours and the serial is news.
 * 0 forgets. (loop) */
bool zones_note_serial(struct zones *zones, const char *name, uint32_t serial);
/* Up to `max` (at least 16) names on `mem`, going round: `*cursor` starts as 0. All zones come by,
 * also while the table changes. (loop) */
size_t zones_sample(struct zones *zones, TALLOC_CTX *mem, size_t max, size_t *cursor,
		    const char **names);
