/* The groups that serve a zone: who is told of it when, and who may go. */
#include "zone_sm.h"

#include <string.h>

/* What the master has still to apply of the zone, and, $2, what master-sm has still to log of it:
 * of a new zone there is nothing, and while thousands are created the line of what waits is long.
 */
static const char applied_sql[] =
    "SELECT NOT EXISTS (SELECT FROM config_log c JOIN server_group g ON g.id = c.sg_id"
    "  WHERE g.kind = 'master' AND c.zone_id = $1 AND c.generation >"
    "   coalesce((SELECT max(s.applied_generation) FROM server s WHERE s.sg_id = g.id), 0))"
    " AND (NOT $2 OR NOT EXISTS (SELECT FROM event e WHERE e.processed_at IS NULL"
    "  AND e.machine = 'master' AND e.sm_id = 1 AND e.type = 'MasterSMPartialReconfig'"
    "  AND (e.parameters->>'zone_id')::bigint = $1)) AS is_applied";

dms_error *
zone_list_groups(struct sm_work *work, const struct zone *zone, bool *is_told)
{
	bool is_new = !zone->is_listed;
	bool is_alt_new = zone->alt_sg_id != 0 && !zone->is_alt_listed;
	struct db_result *row;

	*is_told = false;
	if (!is_new && !is_alt_new)
		return NULL;
	TRY(db_query(work->db, work->mem, &row, applied_sql, P_INT(zone->id), P_BOOL(is_alt_new)));
	if (!db_bool(row, 0, "is_applied") && !zone_is_secondary(zone))
		return NULL;
	*is_told = true;
	TRY(db_exec(work->db,
		    "UPDATE zone SET is_listed = true, is_alt_listed = alt_sg_id IS NOT NULL"
		    " WHERE id = $1",
		    P_INT(zone->id)));
	return is_new ? ask_master_sm(work, zone, "ZONE_ADD", "sgs")
		      : ask_for_group(work, zone, "ZONE_ADD", zone->alt_sg_id);
}

dms_error *
zone_is_served_by_primary(struct sm_work *work, const struct zone *zone, bool *answer)
{
	struct db_result *row;

	TRY(db_query(work->db, work->mem, &row,
		     "SELECT coalesce(bool_or(y.served_serial IS NOT NULL), false)"
		     " AND NOT bool_or(s.state = 'OK' AND serial_is_behind(y.served_serial, $3))"
		     " AS is_served FROM server s"
		     " LEFT JOIN zone_sync y ON y.server_id = s.id AND y.zone_id = $1"
		     " WHERE s.sg_id = $2 AND s.state <> 'DISABLED'",
		     P_INT(zone->id), P_INT(zone->sg_id), P_ID(zone->soa_serial)));
	*answer = db_bool(row, 0, "is_served");
	return NULL;
}

dms_error *
zone_judge_sync(struct sm_work *work)
{
	return db_exec(
	    work->db,
	    "UPDATE zone z SET is_in_sync = " IS_SERVED_BY_ALL(
		"z.soa_serial") " WHERE id = $1 AND state NOT IN ('DISABLED', 'DELETED')",
	    P_INT(work->sm_id));
}

dms_error *
zone_drop_alt_sg(struct sm_work *work, const struct zone *zone)
{
	TRY(db_exec(work->db,
		    "UPDATE zone SET alt_sg_id = NULL, is_alt_listed = false, alt_sg_leaves = false"
		    " WHERE id = $1",
		    P_INT(zone->id)));
	if (zone->is_alt_listed)
		TRY(ask_for_group(work, zone, "ZONE_REMOVE", zone->alt_sg_id));
	if (zone->is_on_master)
		TRY(ask_master_sm(work, zone, "ZONE_MODIFY", "master"));
	return zone_judge_sync(work);
}

dms_error *
zone_renew_apex(struct sm_work *work)
{
	const char *by = json_string_value(json_object_get(work->parameters, "change_by"));
	struct instance_author author = {.change_by = by != NULL ? by : "zone-sm",
					 .change_id = work->change_id};
	struct instance *instance;
	struct zone_text *text;
	struct zone *zone;
	int64_t zi_id;

	TRY(load_zone(work, &zone));
	if (!zone->use_apex_ns || zone->zi_candidate_id == 0 || zone_is_secondary(zone))
		return NULL;
	author.comment = talloc_asprintf(work->mem, "apex of group %s", zone->sg_name);
	TRY(instance_load(work->db, work->mem, zone, zone->zi_candidate_id, &instance, &text));
	text->soa.serial = 0;
	TRY(instance_store(work->db, zone, text, &author, &zi_id));
	if (zi_id == zone->zi_candidate_id)
		return NULL;
	return sm_post_next(work, (struct sm_event){.machine = "zone",
						    .sm_id = zone->id,
						    .sm_name = zone->name,
						    .type = "ZoneSMUpdate",
						    .is_single = true});
}
