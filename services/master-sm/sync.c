/* Proof of delivery: which server serves which serial, and when the last one does. */
#include "master_sm.h"

#include <string.h>

#include "base/log.h"
#include "proto/fact.pb-c.h"

/* The report's served zones as JSON for one statement over all of them. */
static char *
served_json(TALLOC_CTX *mem, const Dms__Report *report)
{
	json_t *list = json_array();
	char *text, *kept;

	for (size_t i = 0; i < report->n_served; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:I, s:I}", "zone", report->served[i]->zone,
						"serial", (json_int_t)report->served[i]->serial,
						"seen_us", (json_int_t)report->served[i]->seen_us));
	text = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	kept = talloc_strdup(mem, text);
	free(text);
	return kept;
}

/* The last line of a change's way, once a server. */
static void
log_served(const Dms__ZoneServed *fact, int64_t change_id)
{
	log_context(change_id, 0);
	log_info("zone served", F_STR("zone", fact->zone), F_INT("serial", fact->serial),
		 F_STR("server", fact->server), F_INT("lag_ms", fact->lag_ms));
	log_context(0, 0);
}

static dms_error *
tell_served(struct worker *worker, struct bus *bus, const struct server *server,
	    const struct db_result *rows)
{
	for (int i = 0; i < db_rows(rows); i++) {
		Dms__ZoneServed fact = DMS__ZONE_SERVED__INIT;

		fact.zone_id = db_int(rows, i, "zone_id");
		fact.zone = (char *)db_text(rows, i, "name");
		fact.serial = (uint32_t)db_int(rows, i, "served_serial");
		fact.server = (char *)server->name;
		fact.lag_ms = db_int(rows, i, "lag_ms");
		int64_t change_id = db_int(rows, i, "published_change");
		log_served(&fact, change_id);
		TRY(sm_fact(worker->db, bus, server->sg_name, "ZoneServed", &fact.base, change_id));
	}
	return NULL;
}

/* Zones that wait for somebody and no longer need to: every server in service of their groups
 * serves what is published. $1: ids of zones whose rows the caller has locked. */
static const char close_sql[] =
    "UPDATE zone z SET is_in_sync = true, in_sync_at = clock_timestamp() WHERE z.id = ANY($1)"
    " AND NOT z.is_in_sync AND (z.zone_type <> 'secondary' OR z.soa_serial IS NOT NULL)"
    " AND NOT EXISTS"
    "  (SELECT FROM server s JOIN server_group g ON g.id = s.sg_id"
    "   LEFT JOIN zone_sync y ON y.zone_id = z.id AND y.server_id = s.id"
    "   WHERE s.state <> 'DISABLED'"
    "   AND (s.sg_id = z.sg_id OR s.sg_id = z.alt_sg_id OR g.kind = 'replica')"
    "   AND serial_is_behind(y.served_serial, z.soa_serial))"
    " RETURNING z.id, z.name, z.soa_serial, z.published_change,"
    "  (SELECT name FROM server_group g WHERE g.id = z.sg_id) AS sg_name,"
    "  (extract(epoch FROM clock_timestamp() - z.published_at) * 1000)::bigint AS lag_ms";

static dms_error *
close_changes(struct db *db, struct bus *bus, TALLOC_CTX *mem, const int64_t *ids, size_t count)
{
	struct db_result *rows;

	TRY(db_query(db, mem, &rows, close_sql, P_INTS(ids, count)));
	for (int i = 0; i < db_rows(rows); i++) {
		Dms__ZoneInSync fact = DMS__ZONE_IN_SYNC__INIT;

		fact.zone_id = db_int(rows, i, "id");
		fact.zone = (char *)db_text(rows, i, "name");
		fact.serial = (uint32_t)db_int(rows, i, "soa_serial");
		fact.change_id = db_int(rows, i, "published_change");
		fact.lag_ms = db_int(rows, i, "lag_ms");
		TRY(db_exec(
		    db,
		    "UPDATE publication SET in_sync_at = clock_timestamp()"
		    " WHERE zone_id = $1 AND in_sync_at IS NULL AND published_at <="
		    " (SELECT published_at FROM publication WHERE zone_id = $1 AND serial = $2)",
		    P_INT(fact.zone_id), P_INT(fact.serial)));
		TRY(sm_fact(db, bus, db_text(rows, i, "sg_name"), "ZoneInSync", &fact.base,
			    fact.change_id));
	}
	return NULL;
}

/* Serials that are made elsewhere. Of a secondary zone by its primaries: the newest one that a
 * server has got is the one that all should have. Of a signed zone by the hidden master whenever it
 * signs anew: zone-sm's own serial stays what it is, so that it looks at the zone when it comes to
 * change it. Either way the other servers are told at once. */
static dms_error *
follow_serials(struct worker *worker, struct bus *bus, const struct server *server,
	       const int64_t *ids, size_t count)
{
	struct db_result *rows;

	TRY(db_query(
	    worker->db, worker->mem, &rows,
	    "WITH followed AS (UPDATE zone z SET soa_serial = y.served_serial,"
	    "  published_at = y.served_at, is_in_sync = false FROM zone_sync y"
	    "  WHERE z.id = ANY($1) AND z.zone_type = 'secondary'"
	    "  AND y.zone_id = z.id AND y.server_id = $2"
	    "  AND (z.soa_serial IS NULL OR serial_is_behind(z.soa_serial, y.served_serial))"
	    "  RETURNING z.id, z.name, z.published_change, y.served_serial, y.served_at)"
	    " SELECT n.id, n.name, n.served_serial, coalesce(n.published_change, 0) AS change_id,"
	    "  (extract(epoch FROM n.served_at) * 1000000)::bigint AS at_us FROM"
	    " (SELECT * FROM followed UNION ALL SELECT z.id, z.name, z.published_change,"
	    "   y.served_serial, y.served_at FROM zone z JOIN zone_sync y ON y.zone_id = z.id"
	    "  WHERE z.id = ANY($1) AND y.server_id = $2 AND $3 = 'master' AND z.auto_dnssec"
	    "  AND z.soa_serial IS NOT NULL AND serial_is_behind(z.soa_serial, y.served_serial)) n",
	    P_INTS(ids, count), P_INT(server->id), P_TEXT(server->sg_kind)));
	for (int i = 0; i < db_rows(rows); i++) {
		Dms__ZonePublished fact = DMS__ZONE_PUBLISHED__INIT;
		struct zone *zone;
		const char **groups;

		fact.zone_id = db_int(rows, i, "id");
		fact.zone = (char *)db_text(rows, i, "name");
		fact.serial = (uint32_t)db_int(rows, i, "served_serial");
		fact.change_id = db_int(rows, i, "change_id");
		fact.published_us = db_int(rows, i, "at_us");
		TRY(zone_by_id(worker->db, worker->mem, fact.zone_id, ZONE_READ, &zone));
		TRY(zone_groups(worker->db, worker->mem, zone, true, &groups, NULL));
		for (; *groups != NULL; groups++)
			TRY(sm_fact(worker->db, bus, *groups, "ZonePublished", &fact.base,
				    fact.change_id));
	}
	return NULL;
}

/* A group that is to go may, perhaps, now that another server serves the zone. */
static dms_error *
ask_whether_it_may_leave(struct worker *worker, struct bus *bus, const struct db_result *zones,
			 int row)
{
	return sm_post(worker->db, bus,
		       &(struct sm_event){
			   .machine = "zone",
			   .sm_id = db_int(zones, row, "id"),
			   .sm_name = db_text(zones, row, "name"),
			   .type = "ZoneSMSgServed",
			   .is_single = true,
		       },
		       NULL);
}

/* What is served is noted before the zones are locked, and judged after: of two reports, or a
 * report and a publication, that come at once, whoever locks last sees what the other has written.
 * The rows are locked in the order of their ids, so that two reports never wait for each other in a
 * circle. */
dms_error *
sync_note(struct worker *worker, struct bus *bus, const struct server *server,
	  const Dms__Report *report)
{
	struct db_result *locked, *noted;
	bool has_own_serials = false;
	int64_t *ids;
	char *served;

	if (report->n_served == 0)
		return NULL;
	served = served_json(worker->mem, report);
	TRY(db_query(
	    worker->db, worker->mem, &noted,
	    "INSERT INTO zone_sync AS y (zone_id, server_id, served_serial, served_at, lag_ms)"
	    " SELECT DISTINCT ON (z.id) z.id, $2, r.serial, to_timestamp(r.seen_us / 1000000.0),"
	    "  greatest(0, (r.seen_us - extract(epoch FROM z.published_at) * 1000000) / "
	    "1000)::bigint"
	    " FROM jsonb_to_recordset($1::jsonb) AS r(zone text, serial bigint, seen_us bigint)"
	    " JOIN zone z ON z.name = r.zone AND z.state NOT IN ('DISABLED', 'DELETED')"
	    "  AND ($3 <> 'slave' OR $4 IN (z.sg_id, z.alt_sg_id))"
	    " ORDER BY z.id, r.seen_us DESC"
	    " ON CONFLICT (zone_id, server_id) DO UPDATE SET served_serial = "
	    "EXCLUDED.served_serial,"
	    "  served_at = EXCLUDED.served_at, lag_ms = EXCLUDED.lag_ms"
	    "  WHERE y.served_at <= EXCLUDED.served_at"
	    " RETURNING zone_id, served_serial, lag_ms,"
	    "  (SELECT name FROM zone WHERE id = zone_id) AS name,"
	    "  (SELECT published_change FROM zone WHERE id = zone_id) AS published_change",
	    P_TEXT(served), P_INT(server->id), P_TEXT(server->sg_kind), P_INT(server->sg_id)));
	TRY(tell_served(worker, bus, server, noted));
	TRY(db_query(worker->db, worker->mem, &locked,
		     "SELECT id, name, alt_sg_leaves,"
		     " zone_type = 'secondary' OR auto_dnssec AS has_own_serials"
		     " FROM zone WHERE state <> 'DELETED' AND name IN"
		     " (SELECT r.zone FROM jsonb_to_recordset($1::jsonb) AS r(zone text))"
		     " ORDER BY id FOR NO KEY UPDATE",
		     P_TEXT(served)));
	ids = talloc_array(worker->mem, int64_t, (unsigned)db_rows(locked) + 1);
	for (int i = 0; i < db_rows(locked); i++) {
		ids[i] = db_int(locked, i, "id");
		has_own_serials |= db_bool(locked, i, "has_own_serials");
		if (db_bool(locked, i, "alt_sg_leaves"))
			TRY(ask_whether_it_may_leave(worker, bus, locked, i));
	}
	if (has_own_serials)
		TRY(follow_serials(worker, bus, server, ids, (size_t)db_rows(locked)));
	return close_changes(worker->db, bus, worker->mem, ids, (size_t)db_rows(locked));
}

dms_error *
sync_recheck(struct db *db, struct bus *bus, TALLOC_CTX *mem)
{
	struct db_result *rows;
	int64_t *ids;

	TRY(db_query(db, mem, &rows,
		     "SELECT id FROM zone WHERE NOT is_in_sync ORDER BY id FOR NO KEY UPDATE"));
	ids = talloc_array(mem, int64_t, (unsigned)db_rows(rows) + 1);
	for (int i = 0; i < db_rows(rows); i++)
		ids[i] = db_int(rows, i, "id");
	return close_changes(db, bus, mem, ids, (size_t)db_rows(rows));
}
