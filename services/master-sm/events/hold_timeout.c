#include "master_sm.h"

#include <string.h>

/* MasterSMHoldTimeout: tells what gathered. While changes keep coming the next window is twice as
 * long, up to hold_max; a window in which nothing came ends the hold. */
static dms_error *
begin(struct sm_work *work, enum sm_step *step)
{
	struct db_result *row;
	int64_t hold_ms;
	int told;

	*step = SM_DONE;
	TRY(sm_absorb(work, work->event_type, NULL));
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
	TRY(db_query(work->db, work->mem, &row,
		     "UPDATE master SET hold_start = clock_timestamp(), hold_scope = 'NONE',"
		     " hold_sg_id = NULL, hold_ms = least(hold_ms * 2, $1),"
		     " hold_stop = clock_timestamp() + least(hold_ms * 2, $1) * interval '1 ms'"
		     " RETURNING hold_ms",
		     P_INT(work->config->hold_max)));
	hold_ms = db_int(row, 0, "hold_ms");
	sm_goto(work, "HOLD");
	return sm_post_next(work, (struct sm_event){
				      .machine = "master",
				      .sm_id = 1,
				      .sm_name = "master",
				      .type = "MasterSMHoldTimeout",
				      .delay_ms = hold_ms,
				  });
}

const struct sm_handler on_hold_timeout = {.begin = begin};
