#include "zone_sm.h"

#include <string.h>

/* The events that change which groups serve a zone. */

/* The group that the parameters name; the hidden master's serves nobody. */
static dms_error *
named_group(struct sm_work *work, struct server_group **sg)
{
	const char *name = json_string_value(json_object_get(work->parameters, "sg_name"));

	TRY(sg_by_name(work->db, work->mem, name != NULL ? name : "", sg));
	if (strcmp((*sg)->kind, "master") != 0)
		return NULL;
	return dms_error_put_str(
	    dms_error_new(DMS_E_NO_SG_FOUND,
			  "server group %s is the hidden master's: it holds all zones and serves "
			  "none",
			  (*sg)->name),
	    "sg_name", (*sg)->name);
}

/* The zone's definition is with the master, or on its way there. */
static bool
is_sent(const struct sm_work *work)
{
	static const char *const states[] = {"BATCH_CREATE_2", "UNCONFIG", "PUBLISHED", "UPDATE"};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(work->state, states[i]) == 0)
			return true;
	return false;
}

/* ZoneSMDoSetSg {sg_name, change_by}: of a zone that nobody serves. */
static dms_error *
set_sg(struct sm_work *work, enum sm_step *step)
{
	struct server_group *sg;
	struct zone *zone;

	TRY(load_known_zone(work, &zone));
	TRY(named_group(work, &sg));
	*step = sg->id == zone->sg_id ? SM_NO_CHANGE : SM_DONE;
	if (*step == SM_NO_CHANGE)
		return NULL;
	TRY(db_exec(work->db,
		    "UPDATE zone SET sg_id = $2, alt_sg_id = nullif(alt_sg_id, $2) WHERE id = $1",
		    P_INT(zone->id), P_INT(sg->id)));
	return zone_renew_apex(work);
}

const struct sm_handler on_set_sg = {.begin = set_sg};

/* The wish to drop the alternate group waits until nobody would miss it. */
static dms_error *
let_alt_go(struct sm_work *work, const struct zone *zone, enum sm_step *step)
{
	bool is_served = true;

	*step = SM_DONE;
	if (zone->is_alt_listed)
		TRY(zone_is_served_by_primary(work, zone, &is_served));
	if (is_served)
		return zone_drop_alt_sg(work, zone);
	json_object_set_new(work->results, "message",
			    json_sprintf("%s goes as soon as the servers of %s serve the zone",
					 zone->alt_sg_name, zone->sg_name));
	return db_exec(work->db, "UPDATE zone SET alt_sg_leaves = true WHERE id = $1",
		       P_INT(zone->id));
}

static dms_error *
check_alt(const struct zone *zone, const struct server_group *sg)
{
	const char *why = sg->id == zone->sg_id ? "is its primary group already"
			  : zone->alt_sg_id != 0 && sg->id != zone->alt_sg_id
			      ? "cannot become a third one"
			      : NULL;
	dms_error *error;

	if (why == NULL)
		return NULL;
	error = dms_error_new(DMS_E_ZONE_SM_FAILURE, "zone %s: %s %s (it has %s%s%s)", zone->name,
			      sg->name, why, zone->sg_name, zone->alt_sg_id != 0 ? " and " : "",
			      zone->alt_sg_id != 0 ? zone->alt_sg_name : "");
	dms_error_put_str(error, "name", zone->name);
	return dms_error_put_str(error, "reason", "ZoneNoAltSg");
}

/* The master must let the group transfer the zone first; a secondary zone's primaries are not ours.
 */
static dms_error *
tell_of_alt(struct sm_work *work, struct zone *zone)
{
	bool is_told;

	if (!zone_is_secondary(zone))
		return ask_master_sm(work, zone, "ZONE_MODIFY", "master");
	TRY(load_zone(work, &zone));
	return zone_list_groups(work, zone, &is_told);
}

/* ZoneSMDoSetAltSg {sg_name}: a second group serves the zone too; without a name, no more. The
 * master hears of a new one first, then the group itself. */
static dms_error *
set_alt_sg(struct sm_work *work, enum sm_step *step)
{
	struct server_group *sg;
	struct zone *zone;

	TRY(load_known_zone(work, &zone));
	*step = SM_NO_CHANGE;
	if (!json_is_string(json_object_get(work->parameters, "sg_name")))
		return zone->alt_sg_id != 0 ? let_alt_go(work, zone, step) : NULL;
	TRY(named_group(work, &sg));
	TRY(check_alt(zone, sg));
	if (sg->id == zone->alt_sg_id && !zone->alt_sg_leaves)
		return NULL;
	*step = SM_DONE;
	TRY(db_exec(work->db, "UPDATE zone SET alt_sg_id = $2, alt_sg_leaves = false WHERE id = $1",
		    P_INT(zone->id), P_INT(sg->id)));
	if (is_sent(work) && sg->id != zone->alt_sg_id)
		TRY(tell_of_alt(work, zone));
	return zone_judge_sync(work);
}

const struct sm_handler on_set_alt_sg = {.begin = set_alt_sg};

/* ZoneSMDoSgSwap {change_by}: the groups stay the same two; the apex follows the new primary one.
 */
static dms_error *
swap(struct sm_work *work, enum sm_step *step)
{
	struct zone *zone;

	TRY(load_known_zone(work, &zone));
	if (zone->alt_sg_id == 0)
		return dms_error_put_str(
		    dms_error_put_str(dms_error_new(DMS_E_ZONE_NO_ALT_SG_FOR_SWAP,
						    "zone %s has no alternate group to swap %s "
						    "with",
						    zone->name, zone->sg_name),
				      "name", zone->name),
		    "reason", "ZoneNoAltSg");
	TRY(db_exec(work->db,
		    "UPDATE zone SET sg_id = alt_sg_id, alt_sg_id = sg_id,"
		    " is_listed = is_alt_listed, is_alt_listed = is_listed, alt_sg_leaves = false"
		    " WHERE id = $1",
		    P_INT(zone->id)));
	*step = SM_DONE;
	return zone_renew_apex(work);
}

const struct sm_handler on_swap_sg = {.begin = swap};

/* ZoneSMSgServed: a server serves a zone whose alternate group waits to go. */
static dms_error *
sg_served(struct sm_work *work, enum sm_step *step)
{
	struct zone *zone;
	bool is_served = false;

	TRY(load_zone(work, &zone));
	*step = SM_NO_CHANGE;
	if (zone->alt_sg_leaves)
		TRY(zone_is_served_by_primary(work, zone, &is_served));
	if (!is_served)
		return NULL;
	*step = SM_DONE;
	return zone_drop_alt_sg(work, zone);
}

const struct sm_handler on_sg_served = {.begin = sg_served};
