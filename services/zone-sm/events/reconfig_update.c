#include "zone_sm.h"

#include "dns/serial.h"

/* ZoneSMReconfigUpdate: the master's agent says that it has applied what we sent. Trust, and look.
 */

struct look {
	struct zone *zone;
	struct dns_peer *peer;
	uint32_t serial; /* on the master */
};

static dms_error *
begin(struct sm_work *work, enum sm_step *step)
{
	struct look *look = talloc_zero(work->mem, struct look);

	TRY(load_zone(work, &look->zone));
	/* What the log entry did not achieve in a few tries is worth another entry. */
	if (work->attempt > 1 && work->attempt % 4 == 0)
		TRY(ask_master_sm(work, look->zone,
				  look->zone->is_on_master ? "ZONE_CONTENT" : "ZONE_ADD",
				  "master"));
	TRY(master_peer(work, &look->peer));
	work->mine = look;
	*step = SM_WORK;
	return NULL;
}

static dms_error *
look_at_master(struct sm_work *work)
{
	const char *refused = json_string_value(json_object_get(work->parameters, "refused"));
	struct look *look = work->mine;
	struct soa soa;
	dms_error *error = dns_soa(look->peer, work->mem, look->zone->name, &soa);

	if (error != NULL && refused != NULL && error->id == DMS_E_NO_SUCH_ZONE_ON_SERVER) {
		dms_error_free(error);
		return dms_error_new(DMS_E_SERVER_AGENT, "the master did not take zone '%s': %s",
				     look->zone->name, refused);
	}
	TRY(error);
	if (look->zone->publishing_serial != 0 &&
	    serial_lt(soa.serial, look->zone->publishing_serial))
		return dms_error_new(DMS_E_SERVER_AGENT,
				     "the master has zone '%s' with serial %u, and not yet %u",
				     look->zone->name, soa.serial, look->zone->publishing_serial);
	look->serial = soa.serial;
	return NULL;
}

static dms_error *
settle(struct sm_work *work, enum sm_step *step)
{
	struct look *look = work->mine;
	struct zone *zone = look->zone;
	bool is_told;

	if (zone->publishing_zi_id == 0) {
		sm_goto(work, "PUBLISHED");
		*step = SM_NO_CHANGE;
		return NULL;
	}
	TRY(zone_published(work, zone, zone->publishing_zi_id, zone->publishing_change,
			   look->serial, BY_FILE));
	/* Only now may slaves ask for it: the master knows the zone. */
	TRY(zone_list_groups(work, zone, &is_told));
	sm_goto(work, "PUBLISHED");
	*step = SM_DONE;
	return NULL;
}

/* In PUBLISHED: the master has heard that another group serves the zone too. */
static dms_error *
look_at_groups(struct sm_work *work, enum sm_step *step)
{
	struct zone *zone;
	bool is_told;

	TRY(load_zone(work, &zone));
	TRY(zone_list_groups(work, zone, &is_told));
	*step = is_told ? SM_DONE : SM_NO_CHANGE;
	return NULL;
}

const struct sm_handler on_group_update = {.begin = look_at_groups};

const struct sm_handler on_reconfig_update = {
    .begin = begin, .work = look_at_master, .settle = settle};
