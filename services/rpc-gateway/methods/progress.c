/* One statement for the zones of a change, one for servers' configuration, one for its events. */
#include "methods/progress.h"

#include <string.h>

#include "model/shape.h"

/* Zones that a change has made instances of, has updates for, or has posted events to. */
#define TOUCHED                                                                                \
	"WITH touched AS (SELECT zone_id, id AS zi_id, false AS waits FROM zone_instance "     \
	"  WHERE change_id = $1"                                                               \
	" UNION ALL SELECT zone_id, zi_id, state = 'WAITING' FROM update_group "               \
	"  WHERE change_id = $1 AND state <> 'REFUSED'"                                        \
	" UNION ALL SELECT sm_id, NULL, false FROM event "                                     \
	"  WHERE change_id = $1 AND machine IN ('zone', 'reverse')),"                          \
	" mine AS (SELECT zone_id, max(zi_id) AS zi_id, bool_or(waits) AS waits FROM touched " \
	"  GROUP BY zone_id),"

/* Publications are in the order of their changes: the first that is no older contains it. A zone
 * with nothing on its way has nothing of it to publish any more, nor has one out of service. */
#define PUBLISHED                                                                                 \
	" published AS (SELECT z.*, m.zi_id AS mine_zi_id, p.serial, p.way, p.in_sync_at AS "     \
	"  served_at, coalesce(p.published_at, z.published_at) AS since,"                         \
	"  z.state IN ('DISABLED', 'DELETED') AS is_out,"                                         \
	"  z.state IN ('DISABLED', 'DELETED') OR NOT m.waits AND (p.serial IS NOT NULL"           \
	"   OR m.zi_id IS NULL OR (z.state = 'PUBLISHED' AND z.publishing_zi_id IS NULL"          \
	"    AND z.zi_candidate_id IS NOT DISTINCT FROM z.zi_id)) AS is_published"                \
	"  FROM mine m JOIN zone z ON z.id = m.zone_id"                                           \
	"  LEFT JOIN LATERAL (SELECT * FROM publication WHERE zone_id = z.id AND change_id >= $1" \
	"   ORDER BY change_id, published_at LIMIT 1) p ON true),"

#define SYNCED                                                                         \
	" synced AS (SELECT p.*, p.is_published AND (p.is_out OR NOT EXISTS (SELECT"   \
	"   FROM server s JOIN server_group g ON g.id = s.sg_id"                       \
	"   LEFT JOIN zone_sync y ON y.zone_id = p.id AND y.server_id = s.id"          \
	"   WHERE s.state <> 'DISABLED'"                                               \
	"   AND (s.sg_id = p.sg_id OR s.sg_id = p.alt_sg_id OR g.kind = 'replica')"    \
	"   AND serial_is_behind(y.served_serial, coalesce(p.serial, p.soa_serial))))" \
	"  AS is_synced FROM published p)"

#define ZONE_TIMES                  \
	UTC_COLUMN("", "since")     \
	UTC_COLUMN("", "served_at") \
	UTC_MICROSECONDS("since") " AS since_us, "

#define ZONE_COUNTS                                                                        \
	"count(*) OVER () AS zone_count, count(*) FILTER (WHERE is_published) OVER () AS " \
	"published_count, count(*) FILTER (WHERE is_synced) OVER () AS in_sync_count, "    \
	"max(id) FILTER (WHERE NOT is_synced) OVER () AS late_zone_id "

#define ZONES_SELECT                                                                     \
	TOUCHED PUBLISHED SYNCED                                                         \
	    " SELECT " ZONE_TIMES                                                        \
	    "id, name, state, last_error, way, is_out, is_published, is_synced, "        \
	    "coalesce(mine_zi_id, 0) AS mine_zi_id, coalesce(serial, soa_serial, 0) AS " \
	    "serial, " ZONE_COUNTS "FROM synced ORDER BY is_synced, is_published, name LIMIT $2"

/* Settings that it changed, and zones of its that were written into the groups' logs for it or, in
 * one go, for a newer change. */
static const char servers_sql[] = TOUCHED
    " wanted AS (SELECT sg_id, generation, at FROM config_log"
    "   WHERE change_id = $1 AND zone_id IS NULL"
    "  UNION ALL SELECT l.sg_id, min(l.generation), min(l.at) FROM mine m"
    "   JOIN config_log l ON l.zone_id = m.zone_id AND l.change_id >= $1"
    "   GROUP BY l.sg_id, l.zone_id),"
    " newest AS (SELECT sg_id, max(generation) AS generation, max(at) AS at FROM wanted"
    "  GROUP BY sg_id)"
    " SELECT g.name::text AS sg_name, s.name, s.state, s.retry_msg, n.generation,"
    " s.applied_generation, s.applied_generation >= n.generation AS is_applied,"
    " coalesce(s.rejected_generation, 0) >= n.generation AS is_rejected,"
    " (extract(epoch FROM clock_timestamp() - n.at) * 1000)::bigint AS late_ms"
    " FROM newest n JOIN server_group g ON g.id = n.sg_id JOIN server s ON s.sg_id = n.sg_id"
    " WHERE s.state <> 'DISABLED' ORDER BY s.applied_generation >= n.generation, g.name, s.name";

/* An event that is only due later looks after something; a failed one is forgiven when the zone was
 * published all the same. Automatic PTR records may be refused: nobody has asked for them. */
static const char events_sql[] =
    "SELECT count(*) FILTER (WHERE is_pending) AS pending, count(*) FILTER (WHERE is_failed) AS "
    "failed, max(sm_id) FILTER (WHERE is_pending AND machine IN ('zone', 'reverse')) AS zone_id,"
    " (array_agg(last_error ORDER BY id) FILTER (WHERE is_failed))[1] AS error,"
    " (SELECT count(*) FROM update_group WHERE change_id = $1 AND state = 'REFUSED'"
    "  AND NOT is_ptr_only) AS refused,"
    " (SELECT min(reason) FROM update_group WHERE change_id = $1 AND state = 'REFUSED'"
    "  AND NOT is_ptr_only) AS reason"
    " FROM (SELECT e.*, processed_at IS NULL AND (due_at <= clock_timestamp() OR state <> 'NEW')"
    "   AS is_pending, state IN ('FAILURE', 'CANCELLED') AND NOT (machine = 'zone' AND EXISTS"
    "   (SELECT FROM publication p WHERE p.zone_id = e.sm_id AND p.change_id >= $1)) AS is_failed"
    "  FROM event e WHERE change_id = $1) e";

static dms_error *
load_events(struct rpc_call *call, TALLOC_CTX *mem, struct progress *progress)
{
	struct db_result *result = NULL;
	TRY(db_query(call->db, mem, &result, events_sql, P_INT(progress->change_id)));
	progress->pending_events = db_int(result, 0, "pending");
	progress->failed_events = db_int(result, 0, "failed");
	progress->refused_updates = db_int(result, 0, "refused");
	progress->error = db_text(result, 0, "error");
	if (progress->error == NULL)
		progress->error = db_text(result, 0, "reason");
	progress->late_zone_id = db_int(result, 0, "zone_id");
	return NULL;
}

static dms_error *
load_zones(struct rpc_call *call, TALLOC_CTX *mem, struct progress *progress)
{
	struct db_result *zones = NULL;
	TRY(db_query(call->db, mem, &zones, ZONES_SELECT, P_INT(progress->change_id),
		     P_INT(PROGRESS_ZONES_MAX)));
	progress->zones = zones;
	if (db_rows(zones) == 0)
		return NULL;
	progress->zone_count = db_int(zones, 0, "zone_count");
	progress->published_count = db_int(zones, 0, "published_count");
	progress->in_sync_count = db_int(zones, 0, "in_sync_count");
	if (progress->in_sync_count < progress->zone_count)
		progress->late_zone_id = db_int(zones, 0, "late_zone_id");
	return NULL;
}

static dms_error *
load_servers(struct rpc_call *call, TALLOC_CTX *mem, struct progress *progress)
{
	TRY(db_query(call->db, mem, &progress->servers, servers_sql, P_INT(progress->change_id)));
	for (int i = 0; i < db_rows(progress->servers); i++)
		progress->late_configurations += !db_bool(progress->servers, i, "is_applied");
	return NULL;
}

static enum progress_state
judge(const struct progress *progress)
{
	if (progress->failed_events > 0 || progress->refused_updates > 0)
		return PROGRESS_FAILED;
	if (progress->pending_events > 0 || progress->published_count < progress->zone_count)
		return PROGRESS_PENDING;
	if (progress->in_sync_count < progress->zone_count || progress->late_configurations > 0)
		return PROGRESS_PUBLISHED;
	return PROGRESS_IN_SYNC;
}

dms_error *
progress_load(struct rpc_call *call, TALLOC_CTX *mem, int64_t change_id, struct progress *progress)
{
	*progress = (struct progress){.change_id = change_id};
	/* Events first: what ends them is written before they end. */
	TRY(load_events(call, mem, progress));
	TRY(load_zones(call, mem, progress));
	TRY(load_servers(call, mem, progress));
	progress->state = judge(progress);
	return NULL;
}

const char *
progress_name(enum progress_state state)
{
	static const char *const names[] = {"PENDING", "PUBLISHED", "IN_SYNC", "FAILED"};
	return names[state];
}

/* The zone as it was when the change reached the master: whoever serves that or newer has it. */
static dms_error *
zone_as_published(struct rpc_call *call, TALLOC_CTX *mem, const struct db_result *rows, int row,
		  struct zone **zone)
{
	TRY(zone_by_id(call->db, mem, db_int(rows, row, "id"), ZONE_READ, zone));
	if (!db_bool(rows, row, "is_published"))
		return NULL;
	(*zone)->state = "PUBLISHED";
	(*zone)->soa_serial = (uint32_t)db_int(rows, row, "serial");
	(*zone)->published_at = db_text(rows, row, "since");
	(*zone)->published_us = db_int(rows, row, "since_us");
	return NULL;
}

static dms_error *
zone_progress(struct rpc_call *call, TALLOC_CTX *mem, const struct db_result *rows, int row,
	      json_t *list)
{
	bool is_out = db_bool(rows, row, "is_out"),
	     is_published = db_bool(rows, row, "is_published");
	bool has_publication = is_published && !is_out && db_text(rows, row, "way") != NULL;
	struct zone *zone = NULL;
	json_t *servers = json_array();
	if (!is_out) {
		json_decref(servers);
		TRY(zone_as_published(call, mem, rows, row, &zone));
		TRY(zone_servers_json(call, mem, zone, &servers));
	}
	json_array_append_new(
	    list,
	    json_pack("{s:I,s:s,s:s,s:o,s:b,s:b,s:o,s:o,s:o,s:o,s:s?,s:o}", "zone_id",
		      (json_int_t)db_int(rows, row, "id"), "name", db_text(rows, row, "name"),
		      "state", db_text(rows, row, "state"), "zi_id",
		      shape_id(db_int(rows, row, "mine_zi_id")), "is_published", is_published,
		      "is_in_sync", db_bool(rows, row, "is_synced"), "soa_serial",
		      shape_id(has_publication ? db_int(rows, row, "serial") : 0), "published_at",
		      shape_text(has_publication ? db_text(rows, row, "since") : NULL),
		      "in_sync_at", shape_text(db_text(rows, row, "served_at")), "way",
		      shape_text(db_text(rows, row, "way")), "last_error",
		      db_text(rows, row, "last_error"), "servers", servers));
	return NULL;
}

static json_t *
server_progress(TALLOC_CTX *mem, const struct db_result *rows, int row)
{
	const char *state = db_text(rows, row, "state"), *why = db_text(rows, row, "retry_msg");
	bool is_applied = db_bool(rows, row, "is_applied");
	const char *reason = NULL;
	if (!is_applied && db_bool(rows, row, "is_rejected"))
		reason = talloc_asprintf(mem, "refused: %s", why != NULL ? why : "no reason given");
	else if (!is_applied && strcmp(state, "OK") != 0)
		reason = talloc_asprintf(mem, "server is in %s%s%s", state, why != NULL ? ": " : "",
					 why != NULL ? why : "");
	else if (!is_applied)
		reason = "not applied yet";
	return json_pack("{s:s,s:s,s:I,s:I,s:b,s:o,s:s?}", "sg_name", db_text(rows, row, "sg_name"),
			 "server_name", db_text(rows, row, "name"), "generation",
			 (json_int_t)db_int(rows, row, "generation"), "applied_generation",
			 (json_int_t)db_int(rows, row, "applied_generation"), "is_applied",
			 is_applied, "late_ms",
			 is_applied ? json_null() : json_integer(db_int(rows, row, "late_ms")),
			 "reason", reason);
}

dms_error *
progress_to_json(struct rpc_call *call, TALLOC_CTX *mem, const struct progress *progress,
		 json_t *object)
{
	json_t *zones = json_array(), *servers = json_array(), *updates = NULL;
	json_object_set_new(object, "state", json_string(progress_name(progress->state)));
	json_object_set_new(object, "error", shape_text(progress->error));
	json_object_set_new(object, "zone_count", json_integer(progress->zone_count));
	json_object_set_new(object, "published_count", json_integer(progress->published_count));
	json_object_set_new(object, "in_sync_count", json_integer(progress->in_sync_count));
	json_object_set_new(object, "pending_events", json_integer(progress->pending_events));
	json_object_set_new(object, "zones", zones);
	json_object_set_new(object, "configuration", servers);
	for (int i = 0; i < db_rows(progress->zones); i++)
		TRY(zone_progress(call, mem, progress->zones, i, zones));
	TRY(change_updates_json(call, mem, 0, progress->change_id, &updates));
	json_object_set_new(object, "updates", updates);
	for (int i = 0; i < db_rows(progress->servers); i++)
		json_array_append_new(servers, server_progress(mem, progress->servers, i));
	return NULL;
}
