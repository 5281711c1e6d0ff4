#include "zone_sm.h"

/* ZoneSMDelete: out of service everywhere, content kept for undelete. */
static dms_error *
begin(struct sm_work *work, enum sm_step *step)
{
	struct db_result *lock;
	struct zone *zone;

	TRY(load_zone(work, &zone));
	TRY(db_query(work->db, work->mem, &lock,
		     "SELECT locked_by, locked_at FROM edit_lock WHERE zone_id = $1"
		     " AND (expires_at IS NULL OR expires_at > clock_timestamp())",
		     P_INT(zone->id)));
	if (db_rows(lock) > 0)
		return dms_error_put_str(
		    dms_error_put_str(
			dms_error_put_str(dms_error_new(DMS_E_ZONE_SM_FAILURE,
							"zone '%s' is being edited by %s since %s",
							zone->name, db_text(lock, 0, "locked_by"),
							db_text(lock, 0, "locked_at")),
					  "name", zone->name),
			"locked_by", db_text(lock, 0, "locked_by")),
		    "locked_at", db_text(lock, 0, "locked_at"));
	TRY(db_exec(work->db,
		    "UPDATE zone SET state = 'DELETED', deleted_start = clock_timestamp(),"
		    " publishing_zi_id = NULL, publishing_serial = NULL, publishing_change = NULL,"
		    " is_in_sync = true WHERE id = $1",
		    P_INT(zone->id)));
	TRY(db_exec(work->db,
		    "UPDATE update_group SET state = 'REFUSED', reason = 'the zone was deleted'"
		    " WHERE zone_id = $1 AND state = 'WAITING'",
		    P_INT(zone->id)));
	TRY(ask_master_sm(work, zone, "ZONE_REMOVE", "all"));
	sm_goto(work, "DELETED");
	*step = SM_DONE;
	return NULL;
}

const struct sm_handler on_delete = {.begin = begin};
