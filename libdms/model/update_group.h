/* Incremental updates: groups of operations that wait, are tried, and are applied as one
 * (spec/zone-data.md section 15).
 *
 * A group goes in whole or not at all. It is refused when the zone would have an error that it has
 * not without it; what is wrong already stays the business of others. Groups of automatic PTRs are
 * the exception: each of their operations stands alone. */
#pragma once

#include "dns/zonetext.h"
#include "model/zone.h"

/* One operation. */
struct update_op {
	const char *op; /* "ADD" */
	struct zone_text_record record;
	bool has_rdata;
	bool keeps_apex_ns;  /* the apex NS are not the caller's to remove */
	const char *outcome; /* what became of it; static text */
	bool is_refused;
};

struct update_group {
	int64_t id, change_id; /* 0: not stored yet; none */
	const char *update_type, *change_by, *comment, *sectag;
	bool is_ptr_only;
	struct update_op *ops;
	int op_count;
	const struct db_result
	    *rows; /* its operations there, from first_row on; NULL: not stored */
	int first_row;
	bool is_refused;
	const char *reason;        /* all there is to say against it, one a line */
	struct findings *findings; /* what was not found without it; NULL: not tried */
};

/* All waiting groups of the zone with their operations, in the order of their ids; the array has
 * room for one more. On `mem`. */
dms_error *update_groups_load(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
			      struct update_group **groups, size_t *count);
/* Outcomes of all operations and states of all groups, which went into instance `zi_id`. */
dms_error *update_groups_settle(struct db *db, const struct update_group *groups, size_t count,
				int64_t zi_id);
/* Tries a group that is to wait behind those that wait already, on the zone's candidate; zone's row
 * locked. What it newly finds is in group->findings; with errors among it it is refused. The error
 * is something else: DMS_E_UPDATE_TYPE_ALREADY_QUEUED, DMS_E_ZONE_HAS_NO_ZI. */
dms_error *update_group_admit(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
			      struct update_group *group);
/* Stores it, waiting; fills its id. DMS_E_NO_REFERENCE_FOUND. */
dms_error *update_group_queue(struct db *db, const struct zone *zone, struct update_group *group);
