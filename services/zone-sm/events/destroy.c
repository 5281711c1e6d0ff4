#include "zone_sm.h"

/* ZoneSMDoDestroy: the row goes, and with it all that is the zone's; events and changes stay. */
static dms_error *
destroy(struct sm_work *work, enum sm_step *step)
{
	struct zone *zone;
	dms_error *error;

	TRY(load_known_zone(work, &zone));
	*step = SM_DONE;
	if (!zone->is_on_master)
		return db_exec(work->db, "DELETE FROM zone WHERE id = $1", P_INT(zone->id));
	error = dms_error_new(DMS_E_ZONE_FILES_STILL_EXIST,
			      "zone %s with id %lld is not removed from the master yet", zone->name,
			      (long long)zone->id);
	dms_error_put_str(error, "name", zone->name);
	return dms_error_put_str(error, "reason", "ZoneNotDestroyedFilesExist");
}

const struct sm_handler on_destroy = {.begin = destroy};

/* ZoneSMRemoveZoneFiles: the master's agent has not said that it removed a withdrawn zone. */
struct removal {
	struct zone *zone;
	struct dns_peer *peer;
	bool is_there;
};

static dms_error *
begin_removal(struct sm_work *work, enum sm_step *step)
{
	struct removal *removal = talloc_zero(work->mem, struct removal);

	TRY(load_zone(work, &removal->zone));
	*step = removal->zone->is_on_master ? SM_WORK : SM_NO_CHANGE;
	if (*step == SM_NO_CHANGE)
		return NULL;
	TRY(master_peer(work, &removal->peer));
	work->mine = removal;
	return NULL;
}

static dms_error *
look_at_master(struct sm_work *work)
{
	struct removal *removal = work->mine;
	struct soa soa;
	dms_error *error = dns_soa(removal->peer, work->mem, removal->zone->name, &soa);

	removal->is_there = error == NULL;
	if (error == NULL || error->id != DMS_E_NO_SUCH_ZONE_ON_SERVER)
		return error;
	dms_error_free(error);
	return NULL;
}

/* What is there under the name may be another zone's by now. */
static dms_error *
settle_removal(struct sm_work *work, enum sm_step *step)
{
	struct removal *removal = work->mine;
	struct db_result *other;

	*step = SM_DONE;
	TRY(db_query(work->db, work->mem, &other,
		     "SELECT FROM zone WHERE name = $1::text AND id <> $2 AND state <> 'DELETED'",
		     P_TEXT(removal->zone->name), P_INT(removal->zone->id)));
	if (removal->is_there && db_rows(other) == 0)
		return ask_master_sm(work, removal->zone, "ZONE_REMOVE", "all");
	return db_exec(work->db, "UPDATE zone SET is_on_master = false WHERE id = $1",
		       P_INT(removal->zone->id));
}

const struct sm_handler on_remove_files = {
    .begin = begin_removal, .work = look_at_master, .settle = settle_removal};
