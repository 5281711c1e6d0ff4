#include "model/edit_lock.h"
#include "zone_sm.h"

#include <string.h>

/* Out of service: ZoneSMDisable, ZoneSMDelete, ZoneSMNukeStart. */

/* From every group that may have it, alternates included, and from the master. What was on its way
 * counts as gone out: the next serial is beyond it. What is newest is what comes back. */
static dms_error *
withdraw(struct sm_work *work, const struct zone *zone, const char *state)
{
	TRY(db_exec(work->db,
		    "UPDATE zone SET state = $2, zi_id = coalesce(zi_candidate_id, zi_id),"
		    " deleted_start = CASE WHEN $2 = 'DELETED' THEN clock_timestamp() END,"
		    " soa_serial = coalesce(publishing_serial, soa_serial),"
		    " publishing_zi_id = NULL, publishing_serial = NULL, publishing_change = NULL,"
		    " is_listed = false, is_alt_listed = false, is_in_sync = true,"
		    " alt_sg_id = CASE WHEN alt_sg_leaves THEN NULL ELSE alt_sg_id END,"
		    " alt_sg_leaves = false WHERE id = $1",
		    P_INT(zone->id), P_TEXT(state)));
	sm_goto(work, state);
	return ask_master_sm(work, zone, "ZONE_REMOVE", "all");
}

static dms_error *
disable(struct sm_work *work, enum sm_step *step)
{
	struct zone *zone;

	TRY(load_known_zone(work, &zone));
	*step = SM_DONE;
	return withdraw(work, zone, "DISABLED");
}

const struct sm_handler on_disable = {.begin = disable};

/* `is_nuked`: for good, at the next vacuum. */
static dms_error *
delete_zone(struct sm_work *work, enum dms_err locked, bool is_nuked)
{
	struct zone *zone;

	TRY(load_known_zone(work, &zone));
	TRY(edit_lock_check_free(work->db, work->mem, zone, locked));
	TRY(withdraw(work, zone, "DELETED"));
	TRY(db_exec(work->db, "UPDATE zone SET is_nuked = $2 WHERE id = $1", P_INT(zone->id),
		    P_BOOL(is_nuked)));
	return db_exec(work->db,
		       "UPDATE update_group SET state = 'REFUSED', reason = 'the zone was deleted'"
		       " WHERE zone_id = $1 AND state = 'WAITING'",
		       P_INT(zone->id));
}

/* A zone that never was on a server is not worth keeping. */
static dms_error *
begin_delete(struct sm_work *work, enum sm_step *step)
{
	*step = SM_DONE;
	return delete_zone(work, DMS_E_ZONE_BEING_CREATED,
			   strcmp(work->state, "BATCH_CREATE_1") == 0);
}

const struct sm_handler on_delete = {.begin = begin_delete};

static dms_error *
nuke(struct sm_work *work, enum sm_step *step)
{
	*step = SM_DONE;
	return delete_zone(work, DMS_E_ZONE_SM_FAILURE, true);
}

const struct sm_handler on_nuke = {.begin = nuke};

static dms_error *
nuke_deleted(struct sm_work *work, enum sm_step *step)
{
	*step = SM_DONE;
	return db_exec(work->db, "UPDATE zone SET is_nuked = true WHERE id = $1",
		       P_INT(work->sm_id));
}

const struct sm_handler on_nuke_deleted = {.begin = nuke_deleted};
