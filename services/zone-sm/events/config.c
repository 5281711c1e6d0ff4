#include "zone_sm.h"

#include <string.h>

#include "base/time.h"
#include "dns/serial.h"

/* A secondary zone does not pass the hidden master: its servers transfer it from elsewhere, and
 * what they get is its serial. */
static dms_error *
begin_secondary(struct sm_work *work, const struct zone *zone)
{
	TRY(db_exec(work->db,
		    "UPDATE zone SET published_at = clock_timestamp(), is_in_sync = false,"
		    " published_change = greatest(published_change, $2) WHERE id = $1",
		    P_INT(zone->id), P_ID(work->change_id)));
	TRY(ask_master_sm(work, zone, "ZONE_ADD", "sgs"));
	sm_goto(work, "PUBLISHED");
	return NULL;
}

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
	*step = SM_DONE;
	if (zone_is_secondary(zone))
		return begin_secondary(work, zone);
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
	return NULL;
}

const struct sm_handler on_config = {.begin = begin};
