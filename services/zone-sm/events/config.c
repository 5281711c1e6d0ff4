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
		    " is_listed = true, is_alt_listed = alt_sg_id IS NOT NULL,"
		    " published_change = greatest(published_change, $2) WHERE id = $1",
		    P_INT(zone->id), P_ID(work->change_id)));
	TRY(ask_master_sm(work, zone, "ZONE_ADD", "sgs"));
	sm_goto(work, "PUBLISHED");
	return NULL;
}

/* A name that was served before goes on from there, also when another zone had it since; else the
 * serial it came with moves on once (spec/zone-data.md section 16). */
static dms_error *
choose_serial(struct sm_work *work, const struct zone *zone, uint32_t *serial)
{
	uint32_t known = zone->soa_serial, of_another;
	struct instance *instance;

	TRY(instance_get(work->db, work->mem, zone->id, zone->zi_candidate_id, &instance));
	TRY(zone_last_serial(work->db, zone->name, &of_another));
	if (known == 0 || (of_another != 0 && serial_lt(known, of_another)))
		known = of_another;
	return serial_next(zone->name, known != 0 ? known : instance->soa.serial,
			   zone->publishing_serial, 0, serial_of_day(realtime_us()), serial);
}

/* ZoneSMConfig: the zone is new to the master (or is to be rebuilt there). Its definition and its
 * whole content go to the master's agent as one, so that it is served complete at once. */
static dms_error *
begin(struct sm_work *work, enum sm_step *step)
{
	struct zone *zone;
	uint32_t serial;

	TRY(load_zone(work, &zone));
	*step = SM_DONE;
	if (zone_is_secondary(zone))
		return begin_secondary(work, zone);
	TRY(choose_serial(work, zone, &serial));
	TRY(zone_set_publishing(work, zone, zone->zi_candidate_id, serial));
	TRY(ask_master_sm(work, zone, zone->is_on_master ? "ZONE_CONTENT" : "ZONE_ADD", "master"));
	sm_goto(work, strcmp(work->state, "BATCH_CREATE_1") == 0 ? "BATCH_CREATE_2" : "UNCONFIG");
	return NULL;
}

const struct sm_handler on_config = {.begin = begin};
