/* The groups' logs. One writer at a time (the master row is locked), so generations have no gaps
 * and an agent that asks for what came after g misses nothing. */
#include "master_sm.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* Appends entries given as JSON [{sg_id, op, zone_id, zone_name}...], in their order. */
static dms_error *
append(struct sm_work *work, const json_t *entries)
{
	char *text;
	dms_error *error;

	if (json_array_size(entries) == 0)
		return NULL;
	text = json_dumps(entries, JSON_COMPACT);
	error = db_exec(
	    work->db,
	    "WITH entry AS (SELECT (e.v->>'sg_id')::bigint AS sg_id, e.v->>'op' AS op,"
	    "  (e.v->>'zone_id')::bigint AS zone_id, e.v->>'zone_name' AS zone_name, e.nr"
	    "  FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS e(v, nr)),"
	    " logged AS (INSERT INTO config_log (sg_id, generation, op, zone_id, zone_name, "
	    "change_id)"
	    "  SELECT n.sg_id, g.generation + row_number() OVER (PARTITION BY n.sg_id ORDER BY "
	    "n.nr),"
	    "   n.op, n.zone_id, n.zone_name, $2 FROM entry n JOIN server_group g ON g.id = n.sg_id"
	    "  RETURNING sg_id, generation)"
	    " UPDATE server_group g SET generation = t.newest"
	    " FROM (SELECT sg_id, max(generation) AS newest FROM logged GROUP BY sg_id) t"
	    " WHERE g.id = t.sg_id",
	    P_TEXT(text), P_ID(work->change_id));
	free(text);
	return error;
}

/* The groups that a change of a zone concerns: those it names, and with scope "all" the master and
 * the replica too, with "sgs" the replica, with "master" the master alone. They are named because
 * the zone may be in others by now. */
static dms_error *
targets(struct sm_work *work, const json_t *change, struct db_result **groups)
{
	const char *scope = json_string_value(json_object_get(change, "scope"));
	char *named = json_dumps(json_object_get(change, "groups"), JSON_COMPACT);
	dms_error *error = db_query(work->db, work->mem, groups,
				    "SELECT g.id FROM server_group g WHERE"
				    " g.id IN (SELECT jsonb_array_elements_text($1::jsonb)::bigint)"
				    " OR (g.kind = 'master' AND $2 IN ('master', 'all'))"
				    " OR (g.kind = 'replica' AND $2 IN ('sgs', 'all'))"
				    " ORDER BY g.kind <> 'master', g.id",
				    P_TEXT(named != NULL ? named : "[]"), P_TEXT(scope));

	free(named);
	return error;
}

/* A zone's stanza names its group's key, or one of its own: servers must know the key before the
 * zone. */
static dms_error *
settings_first(struct sm_work *work, int64_t zone_id)
{
	struct db_result *row;

	TRY(db_query(work->db, work->mem, &row,
		     "SELECT FROM server_group g JOIN zone z ON z.id = $1 AND"
		     " (g.id = z.sg_id OR g.id = z.alt_sg_id OR g.kind IN ('replica', 'master'))"
		     " WHERE g.settings_sha256 IS NULL OR EXISTS (SELECT FROM zone_primary p"
		     "  WHERE p.zone_id = z.id AND p.tsig_key_id IS NOT NULL) LIMIT 1",
		     P_INT(zone_id)));
	return db_rows(row) > 0 ? log_settings(work, 0, false) : NULL;
}

/* What the servers of a group that loses the zone were seen to serve says nothing of the day it
 * comes back. Not done where the zone left: reports lock these rows before the zone's. */
static dms_error *
forget_served(struct sm_work *work, int64_t zone_id, int64_t sg_id)
{
	return db_exec(work->db,
		       "DELETE FROM zone_sync y USING server s WHERE s.id = y.server_id"
		       " AND y.zone_id = $1 AND s.sg_id = $2",
		       P_INT(zone_id), P_INT(sg_id));
}

/* The entries of one change. */
static dms_error *
add_entries(struct sm_work *work, const json_t *change, json_t *entries)
{
	int64_t zone_id = json_integer_value(json_object_get(change, "zone_id"));
	const char *op = json_string_value(json_object_get(change, "op"));
	struct db_result *groups;

	if (zone_id == 0)
		return NULL;
	TRY(settings_first(work, zone_id));
	TRY(targets(work, change, &groups));
	for (int g = 0; g < db_rows(groups); g++) {
		int64_t sg_id = db_int(groups, g, "id");

		json_array_append_new(entries,
				      json_pack("{s:I, s:O, s:I, s:O}", "sg_id", (json_int_t)sg_id,
						"op", json_object_get(change, "op"), "zone_id",
						(json_int_t)zone_id, "zone_name",
						json_object_get(change, "zone_name")));
		if (op != NULL && strcmp(op, "ZONE_REMOVE") == 0)
			TRY(forget_served(work, zone_id, sg_id));
	}
	return NULL;
}

dms_error *
log_zone_changes(struct sm_work *work, const json_t *changes)
{
	json_t *entries = json_array();
	dms_error *error = NULL;
	json_t *change;
	size_t i;

	json_array_foreach (changes, i, change)
		TRY_GOTO(add_entries(work, change, entries), out);
	error = append(work, entries);
out:
	json_decref(entries);
	return error;
}

/* Writes a SETTINGS entry if the group's settings came out different from what they were. */
static dms_error *
log_if_changed(struct sm_work *work, const struct server_group *sg)
{
	uint8_t digest[32];
	struct db_result *row;
	json_t *entries;
	dms_error *error = settings_digest(work->db, work->mem, sg, digest);

	/* Slaves cannot be told anything before there is a master to point them at. */
	if (error != NULL && error->id == DMS_E_NO_MASTER) {
		dms_error_free(error);
		return NULL;
	}
	TRY(error);
	TRY(db_query(work->db, work->mem, &row,
		     "UPDATE server_group SET settings_sha256 = $2 WHERE id = $1"
		     " AND settings_sha256 IS DISTINCT FROM $2 RETURNING id",
		     P_INT(sg->id), P_BYTES(digest, sizeof(digest))));
	if (db_rows(row) == 0)
		return NULL;
	log_info("settings of a group changed", F_STR("sg", sg->name));
	entries = json_pack("[{s:I, s:s}]", "sg_id", (json_int_t)sg->id, "op", "SETTINGS");
	error = append(work, entries);
	json_decref(entries);
	return error;
}

dms_error *
log_settings(struct sm_work *work, int64_t sg_id, bool must_read_templates)
{
	struct db_result *groups;

	TRY(db_query(
	    work->db, work->mem, &groups,
	    "SELECT id, NOT EXISTS (SELECT FROM template t WHERE t.sg_id = g.id) AS has_none"
	    " FROM server_group g ORDER BY kind <> 'master', id"));
	for (int i = 0; i < db_rows(groups); i++) {
		int64_t id = db_int(groups, i, "id");
		bool is_meant = sg_id == 0 || sg_id == id;
		struct server_group *sg;

		TRY(sg_by_id(work->db, work->mem, id, &sg));
		if ((must_read_templates && is_meant) || db_bool(groups, i, "has_none"))
			TRY(templates_read(work->db, work->mem, work->config, sg));
		TRY(log_if_changed(work, sg));
	}
	return NULL;
}

dms_error *
announce(struct sm_work *work, int *told)
{
	struct db_result *groups;

	TRY(db_query(work->db, work->mem, &groups,
		     "UPDATE server_group SET announced = generation WHERE announced < generation"
		     " RETURNING name, generation"));
	*told = db_rows(groups);
	for (int i = 0; i < db_rows(groups); i++) {
		Dms__Announcement news = DMS__ANNOUNCEMENT__INIT;
		uint8_t *data;
		size_t size;

		news.sg = (char *)db_text(groups, i, "name");
		news.generation = db_int(groups, i, "generation");
		news.change_id = work->change_id;
		size = dms__announcement__get_packed_size(&news);
		data = talloc_size(work->mem, size);
		dms__announcement__pack(&news, data);
		TRY(sm_publish(work->db, work->bus,
			       talloc_asprintf(work->mem, "dms.config.%s", news.sg), data, size,
			       work->change_id));
	}
	return NULL;
}

dms_error *
trim_logs(struct sm_work *work)
{
	TRY(db_exec(work->db,
		    "UPDATE server_group SET log_floor = generation - $1"
		    " WHERE generation - log_floor > $1 * 11 / 10",
		    P_INT(work->config->log_keep)));
	return db_exec(work->db, "DELETE FROM config_log c USING server_group g"
				 " WHERE c.sg_id = g.id AND c.generation <= g.log_floor"
				 " AND g.log_floor > 0");
}
