/* Update groups on a draft of the content, or of the part of it that they can change. Private to
 * the model. */
#pragma once

#include "model/draft.h"
#include "model/update_group.h"

/* Applies one operation to the draft (spec/zone-data.md section 15.2). */
void update_op_apply(struct draft *draft, struct update_op *op);
/* Whether a DELETE or UPDATE_RRTYPE takes that record away. */
bool update_op_removes(const struct update_op *op, const struct zone_text_record *record);
/* Tries the groups one after the other on the draft; what is refused leaves no trace in it. */
void update_groups_apply(TALLOC_CTX *mem, struct draft *draft, struct update_group *groups,
			 size_t count);
/* The same with one group that is not waiting yet. */
void update_group_try(TALLOC_CTX *mem, struct draft *draft, struct update_group *group);

/* The part of a zone that a set of groups can change, and what the checks must see to judge it: the
 * outcome is that of the whole zone, the cost that of the part. */
struct region {
	struct content *content; /* the rows; NULL: the region is the whole zone */
	struct zone_text *text;  /* their records, first and in their order */
};
/* The region around the operations in the zone's newest instance `base`. On `mem`. */
dms_error *region_load(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
		       const struct instance *base, const struct update_group *groups, size_t count,
		       struct region *region);
