/* What a region consists of, while it is being found out: private to region*.c. */
#pragma once

#include "model/update_trial.h"

/* Names are labels relative to the zone. Sets are JSON objects: their order is nobody's business.
 */
struct region_work {
	struct db *db;
	TALLOC_CTX *mem;
	const struct zone *zone;
	uint8_t zone_wire[256];
	size_t zone_size;
	const struct update_group *groups;
	size_t group_count;
	json_t *touched;          /* owners that operations name */
	json_t *loaded;           /* owners of which every row is here */
	json_t *wanted;           /* owners that must be */
	json_t *focus;            /* owners whose findings may change */
	json_t *pointed_at;       /* names: what points to one or below it must be here, in focus */
	json_t *subtrees;         /* names: what is below one must be here, in focus */
	bool is_whole;            /* all of the zone */
	struct content_row *rows; /* in any order, some more than once */
	size_t count, capacity;
};

/* --- region_query.c: rows from the database --- */

/* The names of a set as an array (new reference). */
json_t *region_keys(const json_t *set);
/* Every row of the owners that are wanted and not loaded; and of each of these names one row below
 * it, if there is any that no operation touches, to know that it exists. */
dms_error *region_fetch_owners(struct region_work *work);
/* Rows that point to one of the names, a JSON array, or below it. */
dms_error *region_fetch_pointers(struct region_work *work, const json_t *names);
/* Rows whose owner is below one of the names. */
dms_error *region_fetch_subtrees(struct region_work *work, const json_t *names);
