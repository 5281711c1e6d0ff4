#include "master_sm.h"

#include <string.h>

/* So many log entries in one window are bulk work: the agents had better pull them in larger lots.
 */
#define BULK_ENTRIES 32

/* Log entries that have gathered since the last announcement. */
static dms_error *
count_gathered(struct sm_work *work, int64_t *entries)
{
	struct db_result *row;

	TRY(db_query(work->db, work->mem, &row,
		     "SELECT coalesce(sum(generation - announced), 0)::bigint AS entries"
		     " FROM server_group WHERE announced < generation"));
	*entries = db_int(row, 0, "entries");
	return NULL;
}

/* The next window: twice as long while changes come in bulk, else as short as the first, so that a
 * zone made now and then waits for little. */
static dms_error *
hold_again(struct sm_work *work, bool is_bulk, int64_t *hold_ms)
{
	struct db_result *row;

	TRY(db_query(work->db, work->mem, &row,
		     "UPDATE master SET hold_start = clock_timestamp(), hold_scope = 'NONE',"
		     " hold_sg_id = NULL, hold_ms = h.ms,"
		     " hold_stop = clock_timestamp() + h.ms * interval '1 ms'"
		     " FROM (SELECT CASE WHEN $1 THEN least(greatest(hold_ms, 1) * 2,"
		     "  greatest($2::bigint, $3)) ELSE $3::bigint END AS ms FROM master) h"
		     " RETURNING master.hold_ms",
		     P_BOOL(is_bulk), P_INT(work->config->hold_max), P_INT(work->config->hold)));
	*hold_ms = db_int(row, 0, "hold_ms");
	return NULL;
}

dms_error *
hold_for(struct sm_work *work, int64_t hold_ms)
{
	sm_goto(work, "HOLD");
	return sm_post_next(work, (struct sm_event){
				      .machine = "master",
				      .sm_id = 1,
				      .sm_name = "master",
				      .type = "MasterSMHoldTimeout",
				      .delay_ms = hold_ms,
				  });
}

/* MasterSMHoldTimeout: tells what gathered; a window in which nothing came ends the hold. */
static dms_error *
begin(struct sm_work *work, enum sm_step *step)
{
	int64_t entries, hold_ms;
	int told;

	*step = SM_DONE;
	TRY(sm_absorb(work, work->event_type, NULL));
	TRY(count_gathered(work, &entries));
	TRY(announce(work, &told));
	if (told == 0) {
		sm_goto(work, "READY");
		return db_exec(work->db,
			       "UPDATE master SET hold_start = NULL, hold_stop = NULL, hold_ms = 0,"
			       " hold_scope = 'NONE', hold_sg_id = NULL");
	}
	if (strcmp(work->state, "READY") == 0)
		return NULL;
	TRY(trim_logs(work));
	TRY(hold_again(work, entries >= BULK_ENTRIES, &hold_ms));
	return hold_for(work, hold_ms);
}

const struct sm_handler on_hold_timeout = {.begin = begin};
