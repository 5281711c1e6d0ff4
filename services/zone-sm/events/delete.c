#include "model/edit_lock.h"
#include "zone_sm.h"

/* ZoneSMDelete: out of service everywhere, content kept for undelete. */
static dms_error *
begin(struct sm_work *work, enum sm_step *step)
{
	struct zone *zone;

	TRY(load_zone(work, &zone));
	TRY(edit_lock_check_free(work->db, work->mem, zone, DMS_E_ZONE_BEING_CREATED));
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
