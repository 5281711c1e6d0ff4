#include "model/edit_lock.h"
#include "zone_sm.h"

#include "base/time.h"
#include "dns/serial.h"

/* ZoneSMPokeSerial {soa_serial} or {is_forced} or {is_wrapped}: the zone is published with another
 * serial though nothing else may have changed (spec/zone-data.md section 16). */

/* A serial that would not be used is refused before anything is done. */
static dms_error *
check_serial(const struct zone *zone, uint32_t wanted)
{
	uint32_t serial;
	dms_error *error;

	TRY(serial_next(zone->name, zone->soa_serial, zone->publishing_serial, wanted,
			serial_of_day(realtime_us()), &serial));
	if (serial == wanted)
		return NULL;
	error =
	    dms_error_new(DMS_E_SOA_SERIAL_CANDIDATE_IGNORED,
			  "zone %s: serial %u is not one that secondaries take for newer than %u "
			  "(RFC 1982)",
			  zone->name, wanted, zone->soa_serial);
	dms_error_put_str(error, "name", zone->name);
	dms_error_put_int(error, "soa_serial", wanted);
	return dms_error_put_int(error, "published_serial", zone->soa_serial);
}

static dms_error *
begin(struct sm_work *work, enum sm_step *step)
{
	uint32_t wanted =
	    (uint32_t)json_integer_value(json_object_get(work->parameters, "soa_serial"));
	struct zone *zone;

	TRY(load_known_zone(work, &zone));
	TRY(edit_lock_check_free(work->db, work->mem, zone, DMS_E_UPDATE_ZONE));
	if (zone_is_secondary(zone))
		return dms_error_put_str(
		    dms_error_new(DMS_E_ZONE_IS_SECONDARY,
				  "zone %s is secondary: its serials are its primaries'",
				  zone->name),
		    "name", zone->name);
	if (wanted != 0)
		TRY(check_serial(zone, wanted));
	*step = SM_DONE;
	return sm_post_next(work, (struct sm_event){.machine = "zone",
						    .sm_id = zone->id,
						    .sm_name = zone->name,
						    .type = "ZoneSMUpdate",
						    .parameters = work->parameters});
}

const struct sm_handler on_poke_serial = {.begin = begin};
