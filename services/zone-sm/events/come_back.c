#include "zone_sm.h"

#include "dns/serial.h"

#define SIGNING_STEPS 100

/* Into service again: ZoneSMEnable, ZoneSMUndelete, ZoneSMDoReset. */

static dms_error *
begin_anew(struct sm_work *work, const struct zone *zone, const char *state)
{
	sm_goto(work, state);
	return sm_post_next(work, (struct sm_event){.machine = "zone",
						    .sm_id = zone->id,
						    .sm_name = zone->name,
						    .type = "ZoneSMConfig"});
}

static dms_error *
enable(struct sm_work *work, enum sm_step *step)
{
	struct zone *zone;

	TRY(load_known_zone(work, &zone));
	*step = SM_DONE;
	return begin_anew(work, zone, "CREATE");
}

const struct sm_handler on_enable = {.begin = enable};

static dms_error *
name_is_taken(const struct zone *zone)
{
	dms_error *error = dms_error_new(
	    DMS_E_ACTIVE_ZONE_EXISTS,
	    "zone %s with id %lld cannot come back: another zone of that name is there", zone->name,
	    (long long)zone->id);

	dms_error_put_str(error, "name", zone->name);
	return dms_error_put_str(error, "reason", "ZoneSMUndeleteFailure");
}

/* The index of live names decides, also between two of a name that come back at once. */
static dms_error *
undelete(struct sm_work *work, enum sm_step *step)
{
	struct zone *zone;
	dms_error *error;

	TRY(load_known_zone(work, &zone));
	error = db_exec(work->db,
			"UPDATE zone SET state = 'CREATE', deleted_start = NULL, is_nuked = false"
			" WHERE id = $1",
			P_INT(zone->id));
	if (error != NULL && error->id == DMS_E_DB_UNIQUE) {
		dms_error_free(error);
		return name_is_taken(zone);
	}
	TRY(error);
	*step = SM_DONE;
	return begin_anew(work, zone, "CREATE");
}

const struct sm_handler on_undelete = {.begin = undelete};

/* An older instance comes back as a new one equal to it: history only grows. */
static dms_error *
return_to(struct sm_work *work, const struct zone *zone, int64_t zi_id)
{
	const char *by = json_string_value(json_object_get(work->parameters, "change_by"));
	struct instance_author author = {.change_by = by != NULL ? by : "zone-sm",
					 .change_id = work->change_id};
	struct instance *instance;
	struct zone_text *text;
	int64_t new_zi_id;

	TRY(instance_load(work->db, work->mem, zone, zi_id, &instance, &text));
	text->soa.serial = 0;
	author.comment = talloc_asprintf(work->mem, "reset to instance %lld of %.19s",
					 (long long)zi_id, instance->ctime);
	return instance_store(work->db, zone, text, &author, &new_zi_id);
}

/* A master that signs makes serials of its own, one a step: what is published next is beyond the
 * last one that it has told of, and beyond those that are still to come. */
static dms_error *
leave_room(struct sm_work *work, const struct zone *zone)
{
	struct db_result *row;
	uint32_t last = zone->soa_serial;

	if (last == 0)
		return NULL;
	TRY(db_query(work->db, work->mem, &row,
		     "SELECT y.served_serial FROM zone_sync y JOIN server s ON s.id = y.server_id"
		     " JOIN server_group g ON g.id = s.sg_id AND g.kind = 'master'"
		     " WHERE y.zone_id = $1 ORDER BY y.served_at DESC LIMIT 1",
		     P_INT(zone->id)));
	if (db_rows(row) > 0 && serial_lt(last, (uint32_t)db_int(row, 0, "served_serial")))
		last = (uint32_t)db_int(row, 0, "served_serial");
	return db_exec(work->db, "UPDATE zone SET soa_serial = $2 WHERE id = $1", P_INT(zone->id),
		       P_INT((uint32_t)(last + SIGNING_STEPS)));
}

/* ZoneSMDoReset {zi_id, change_by, was_signed}: definition and content are sent to the master anew;
 * the servers go on serving what they have. */
static dms_error *
reset(struct sm_work *work, enum sm_step *step)
{
	int64_t zi_id = json_integer_value(json_object_get(work->parameters, "zi_id"));
	struct zone *zone;

	TRY(load_known_zone(work, &zone));
	if (zi_id != 0)
		TRY(return_to(work, zone, zi_id));
	if (json_is_true(json_object_get(work->parameters, "was_signed")))
		TRY(leave_room(work, zone));
	*step = SM_DONE;
	return begin_anew(work, zone, "RESET");
}

const struct sm_handler on_reset = {.begin = reset};
