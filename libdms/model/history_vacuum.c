/* Deleting instances. Births and deaths are places on the line of instance ids, not references, so
 * that most records need no look at all when an instance between them goes. */
#include "model/history.h"

/* The instances that must stay whatever is asked. */
#define IN_USE                                                                                  \
	"(SELECT v FROM zone z, unnest(ARRAY[z.zi_id, z.zi_candidate_id, z.publishing_zi_id]) " \
	"AS v WHERE z.id = $1 AND v IS NOT NULL)"

/* The zone's instances with the time of their last publication, or else of their making. */
#define WITH_MTIME                                                                                 \
	"(SELECT i.id, coalesce(p.published_at, i.ctime) AS mtime FROM zone_instance i LEFT JOIN " \
	"(SELECT zi_id, max(published_at) AS published_at FROM publication WHERE zone_id = $1 "    \
	"GROUP BY zi_id) p ON p.zi_id = i.id WHERE i.zone_id = $1) AS dated"

static dms_error *
lock_zone(struct db *db, int64_t zone_id)
{
	return db_exec(db, "SELECT FROM zone WHERE id = $1 FOR NO KEY UPDATE", P_INT(zone_id));
}

/* Records that no kept instance has are nobody's: those born after what is now the newest one, and
 * those whose whole life lies among the deleted, for which they must have died after the first of
 * these and been born before the last. `*groups` is what they stood in. */
static dms_error *
drop_dead_records(struct db *db, TALLOC_CTX *mem, int64_t zone_id, int64_t first, int64_t last,
		  struct db_result **groups)
{
	return db_query(
	    db, mem, groups,
	    "WITH newest AS (SELECT max(id) AS id FROM zone_instance WHERE zone_id = $1), "
	    "unborn AS (DELETE FROM record WHERE zone_id = $1 "
	    "AND born > (SELECT id FROM newest) RETURNING group_id), "
	    "dead AS (DELETE FROM record r WHERE r.zone_id = $1 AND r.gone > $2 AND r.born <= $3 "
	    "AND r.born <= (SELECT id FROM newest) AND NOT EXISTS (SELECT FROM zone_instance i "
	    "WHERE i.zone_id = $1 AND i.id >= r.born AND i.id < r.gone) RETURNING group_id) "
	    "SELECT group_id FROM unborn WHERE group_id IS NOT NULL "
	    "UNION SELECT group_id FROM dead WHERE group_id IS NOT NULL",
	    P_INT(zone_id), P_INT(first), P_INT(last));
}

/* The records of the newest instance are those without a death: what died with a deleted newest one
 * lives again. */
static dms_error *
revive_newest(struct db *db, int64_t zone_id)
{
	return db_exec(db,
		       "UPDATE record SET gone = NULL WHERE zone_id = $1 AND gone > "
		       "(SELECT max(id) FROM zone_instance WHERE zone_id = $1)",
		       P_INT(zone_id));
}

/* Groups that lost their last record with those. */
static dms_error *
drop_empty_groups(struct db *db, TALLOC_CTX *mem, int64_t zone_id, const struct db_result *groups)
{
	size_t count = (size_t)db_rows(groups);
	if (count == 0)
		return NULL;
	int64_t *ids = talloc_array(mem, int64_t, count);
	for (size_t i = 0; i < count; i++)
		ids[i] = db_int(groups, (int)i, "group_id");
	return db_exec(db,
		       "DELETE FROM rr_group g WHERE g.zone_id = $1 AND g.id = ANY($2::bigint[]) "
		       "AND NOT EXISTS (SELECT FROM record r WHERE r.zone_id = g.zone_id "
		       "AND r.group_id = g.id)",
		       P_INT(zone_id), P_INTS(ids, count));
}

static dms_error *
delete_instances(struct db *db, TALLOC_CTX *mem, int64_t zone_id, const int64_t *ids, size_t count)
{
	struct db_result *groups = NULL;
	int64_t first = INT64_MAX, last = 0;
	for (size_t i = 0; i < count; i++) {
		first = ids[i] < first ? ids[i] : first;
		last = ids[i] > last ? ids[i] : last;
	}
	TRY(db_exec(db, "DELETE FROM zone_instance WHERE zone_id = $1 AND id = ANY($2::bigint[])",
		    P_INT(zone_id), P_INTS(ids, count)));
	TRY(drop_dead_records(db, mem, zone_id, first, last, &groups));
	TRY(revive_newest(db, zone_id));
	return drop_empty_groups(db, mem, zone_id, groups);
}

static dms_error *
check_deletable(struct db *db, TALLOC_CTX *mem, int64_t zone_id, int64_t zi_id)
{
	struct db_result *result = NULL;
	TRY(db_query(db, mem, &result,
		     "SELECT CASE i.id WHEN z.zi_id THEN 'the published one' "
		     "WHEN z.zi_candidate_id THEN 'the next to be published' "
		     "WHEN z.publishing_zi_id THEN 'being published' END AS why "
		     "FROM zone_instance i JOIN zone z ON z.id = i.zone_id "
		     "WHERE i.zone_id = $1 AND i.id = $2",
		     P_INT(zone_id), P_INT(zi_id)));
	dms_error *error = NULL;
	if (db_rows(result) == 0)
		error = dms_error_new(DMS_E_ZI_NOT_FOUND, "the zone has no instance %lld",
				      (long long)zi_id);
	else if (!db_is_null(result, 0, "why"))
		error = dms_error_new(DMS_E_ZI_IN_USE, "instance %lld is %s", (long long)zi_id,
				      db_text(result, 0, "why"));
	return error == NULL ? NULL : dms_error_put_int(error, "zi_id", zi_id);
}

dms_error *
history_delete(struct db *db, int64_t zone_id, int64_t zi_id)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	dms_error *error = NULL;
	TRY_GOTO(lock_zone(db, zone_id), out);
	TRY_GOTO(check_deletable(db, mem, zone_id, zi_id), out);
	TRY_GOTO(delete_instances(db, mem, zone_id, &zi_id, 1), out);
out:
	talloc_free(mem);
	return error;
}

/* One column of ids. */
static dms_error *
take_ids(TALLOC_CTX *mem, const struct db_result *result, int64_t **ids, size_t *count)
{
	*count = (size_t)db_rows(result);
	*ids = talloc_array(mem, int64_t, *count + 1);
	for (size_t i = 0; i < *count; i++)
		(*ids)[i] = db_int(result, (int)i, "id");
	return NULL;
}

dms_error *
history_long_zones(struct db *db, TALLOC_CTX *mem, const struct history_limits *limits,
		   bool is_deleted, int64_t after, int batch, int64_t **ids, size_t *count)
{
	struct db_result *result = NULL;
	if (is_deleted)
		TRY(db_query(
		    db, mem, &result,
		    "SELECT z.id FROM zone z WHERE z.state = 'DELETED' AND z.id > $1 "
		    "AND z.deleted_start < clock_timestamp() - make_interval(secs => $2::float8 * "
		    "86400) "
		    "AND EXISTS (SELECT FROM zone_instance i WHERE i.zone_id = z.id "
		    "AND i.id IS DISTINCT FROM z.zi_id AND i.id IS DISTINCT FROM z.zi_candidate_id "
		    "AND i.id IS DISTINCT FROM z.publishing_zi_id) ORDER BY z.id LIMIT $3",
		    P_INT(after), P_DOUBLE(limits->age_days), P_INT(batch)));
	else
		TRY(db_query(db, mem, &result,
			     "SELECT i.zone_id AS id FROM zone_instance i JOIN zone z "
			     "ON z.id = i.zone_id AND z.state <> 'DELETED' WHERE i.zone_id > $1 "
			     "GROUP BY i.zone_id HAVING count(*) > $2 "
			     "ORDER BY i.zone_id LIMIT $3",
			     P_INT(after), P_INT(limits->max_num), P_INT(batch)));
	return take_ids(mem, result, ids, count);
}

/* The oldest first, so that what a crash leaves is a shorter history, not one with holes. */
static dms_error *
select_victims(struct db *db, TALLOC_CTX *mem, int64_t zone_id, const struct history_limits *limits,
	       bool is_deleted, int batch, int64_t **ids, size_t *count)
{
	struct db_result *result = NULL;
	if (is_deleted)
		TRY(db_query(db, mem, &result,
			     "SELECT i.id FROM zone_instance i WHERE i.zone_id = $1 "
			     "AND i.id NOT IN " IN_USE " ORDER BY i.id LIMIT $2",
			     P_INT(zone_id), P_INT(batch)));
	else
		TRY(db_query(
		    db, mem, &result,
		    "SELECT i.id FROM (SELECT id, mtime, row_number() OVER "
		    "(ORDER BY mtime DESC, id DESC) AS rank FROM " WITH_MTIME ") i "
		    "WHERE i.rank > $2 "
		    "AND i.mtime < clock_timestamp() - make_interval(secs => $3::float8 * 86400) "
		    "AND i.id NOT IN " IN_USE " ORDER BY i.id LIMIT $4",
		    P_INT(zone_id), P_INT(limits->max_num), P_DOUBLE(limits->age_days),
		    P_INT(batch)));
	return take_ids(mem, result, ids, count);
}

dms_error *
history_shorten(struct db *db, int64_t zone_id, const struct history_limits *limits,
		bool is_deleted, int batch, int64_t *deleted)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	dms_error *error = NULL;
	int64_t *ids = NULL;
	size_t count = 0;
	*deleted = 0;
	TRY_GOTO(lock_zone(db, zone_id), out);
	TRY_GOTO(select_victims(db, mem, zone_id, limits, is_deleted, batch, &ids, &count), out);
	if (count > 0)
		TRY_GOTO(delete_instances(db, mem, zone_id, ids, count), out);
	*deleted = (int64_t)count;
out:
	talloc_free(mem);
	return error;
}
