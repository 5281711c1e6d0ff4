#include "zone_sm.h"

#include <string.h>

#include "base/time.h"
#include "dns/serial.h"

/* ZoneSMConfig: the zone is new to the master (or is to be rebuilt there). Its definition and its
 * whole content go to the master's agent as one, so that it is served complete at once. */
static dms_error *
begin(struct sm_work *work, enum sm_step *step)
{
	uint32_t today = serial_of_day(realtime_us());
	struct instance *instance;
	struct zone *zone;
	uint32_t known, serial;

	TRY(load_zone(work, &zone));
	TRY(instance_get(work->db, work->mem, zone->id, zone->zi_candidate_id, &instance));
	known = zone->soa_serial;
	if (known == 0)
		TRY(zone_last_serial(work->db, zone->name, &known));
	/* A name that was served before goes on from there; else the serial it came with moves on
	 * once (spec/zone-data.md section 16). */
	TRY(serial_next(zone->name, known != 0 ? known : instance->soa.serial,
			zone->publishing_serial, 0, today, &serial));
	TRY(zone_set_publishing(work, zone, zone->zi_candidate_id, serial));
	TRY(ask_master_sm(work, zone, zone->is_on_master ? "ZONE_CONTENT" : "ZONE_ADD", "master"));
	sm_goto(work, strcmp(work->state, "BATCH_CREATE_1") == 0 ? "BATCH_CREATE_2" : "UNCONFIG");
	*step = SM_DONE;
	return NULL;
}

const struct sm_handler on_config = {.begin = begin};
