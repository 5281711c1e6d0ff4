#include "zone_sm.h"

/* The zone has moved on since the event was posted: what it asked for is done, under way, or no
 * longer wanted. */
static dms_error *
begin(struct sm_work *work, enum sm_step *step)
{
	*step = SM_NO_CHANGE;
	return NULL;
}

const struct sm_handler on_nothing = {.begin = begin};
