/* Zones by id and by name, and making new ones. The row lock is one that leaves rows which only
 * refer to the zone (what servers serve) free to come. */
#include "model/zone_row.h"

#include "dns/name.h"

void
zone_from_row(const struct db_result *result, int row, struct zone *zone)
{
	*zone = (struct zone){
	    .id = db_int(result, row, "id"),
	    .name = db_text(result, row, "name"),
	    .zone_type = db_text(result, row, "zone_type"),
	    .state = db_text(result, row, "state"),
	    .sm_version = db_int(result, row, "sm_version"),
	    .zi_id = db_int(result, row, "zi_id"),
	    .zi_candidate_id = db_int(result, row, "zi_candidate_id"),
	    .publishing_zi_id = db_int(result, row, "publishing_zi_id"),
	    .publishing_change = db_int(result, row, "publishing_change"),
	    .published_change = db_int(result, row, "published_change"),
	    .publishing_serial = (uint32_t)db_int(result, row, "publishing_serial"),
	    .soa_serial = (uint32_t)db_int(result, row, "soa_serial"),
	    .published_at = db_text(result, row, "published_at"),
	    .in_sync_at = db_text(result, row, "in_sync_at"),
	    .published_us = db_int(result, row, "published_us"),
	    .is_in_sync = db_bool(result, row, "is_in_sync"),
	    .is_on_master = db_bool(result, row, "is_on_master"),
	    .is_listed = db_bool(result, row, "is_listed"),
	    .is_alt_listed = db_bool(result, row, "is_alt_listed"),
	    .alt_sg_leaves = db_bool(result, row, "alt_sg_leaves"),
	    .is_nuked = db_bool(result, row, "is_nuked"),
	    .use_apex_ns = db_bool(result, row, "use_apex_ns"),
	    .edit_lock = db_bool(result, row, "edit_lock"),
	    .auto_dnssec = db_bool(result, row, "auto_dnssec"),
	    .nsec3 = db_bool(result, row, "nsec3"),
	    .inc_updates = db_bool(result, row, "inc_updates"),
	    .sg_id = db_int(result, row, "sg_id"),
	    .alt_sg_id = db_int(result, row, "alt_sg_id"),
	    .sg_name = db_text(result, row, "sg_name"),
	    .alt_sg_name = db_text(result, row, "alt_sg_name"),
	    .reference = db_text(result, row, "reference"),
	    .last_error = db_text(result, row, "last_error"),
	    .last_error_since = db_text(result, row, "last_error_since"),
	    .deleted_start = db_text(result, row, "deleted_start"),
	    .ctime = db_text(result, row, "ctime"),
	    .mtime = db_text(result, row, "mtime"),
	};
}

/* Runs one of two literal statements, without and with the row lock; *zone NULL when nothing came.
 */
static dms_error *
zone_fetch(struct db *db, TALLOC_CTX *mem, const char *sql, struct db_param param,
	   struct zone **zone)
{
	struct zone *found = talloc_zero(mem, struct zone);
	struct db_result *result = NULL;
	dms_error *error = db_query_params(db, found, &result, sql, 1, &param);
	*zone = NULL;
	if (error != NULL || db_rows(result) == 0) {
		talloc_free(found);
		return error;
	}
	zone_from_row(result, 0, found);
	*zone = found;
	return NULL;
}

static dms_error *
zone_not_found(const char *name)
{
	return dms_error_put_str(dms_error_new(DMS_E_ZONE_NOT_FOUND, "zone %s is not found", name),
				 "name", name);
}

#define LIVE_BY_NAME ZONE_SELECT "WHERE z.name = $1::text AND z.state <> 'DELETED'"

dms_error *
zone_by_name(struct db *db, TALLOC_CTX *mem, const char *name, enum zone_lock lock,
	     struct zone **zone)
{
	TRY(zone_fetch(db, mem,
		       lock == ZONE_FOR_UPDATE ? LIVE_BY_NAME " FOR NO KEY UPDATE OF z"
					       : LIVE_BY_NAME,
		       P_TEXT(name), zone));
	return *zone != NULL ? NULL : zone_not_found(name);
}

#define ANY_BY_ID ZONE_SELECT "WHERE z.id = $1::bigint"

dms_error *
zone_by_id(struct db *db, TALLOC_CTX *mem, int64_t id, enum zone_lock lock, struct zone **zone)
{
	TRY(zone_fetch(db, mem,
		       lock == ZONE_FOR_UPDATE ? ANY_BY_ID " FOR NO KEY UPDATE OF z" : ANY_BY_ID,
		       P_INT(id), zone));
	if (*zone != NULL)
		return NULL;
	return dms_error_put_int(dms_error_new(DMS_E_ZONE_NOT_FOUND_BY_ZONE_ID,
					       "zone id %lld is not found", (long long)id),
				 "zone_id", id);
}

dms_error *
zone_parent(struct db *db, TALLOC_CTX *mem, const char *name, struct zone **zone)
{
	json_t *above = json_array();
	for (const char *at = name_parent(name); at != NULL; at = name_parent(at))
		json_array_append_new(above, json_string(at));
	char *list = json_dumps(above, JSON_COMPACT);
	json_decref(above);
	dms_error *error =
	    zone_fetch(db, mem,
		       ZONE_SELECT "WHERE z.name IN (SELECT json_array_elements_text($1::json)) "
				   "AND z.state <> 'DELETED' ORDER BY length(z.name) DESC LIMIT 1",
		       P_TEXT(list), zone);
	free(list);
	return error;
}

/* The flags and places of a new zone; its id comes back. */
static dms_error *
zone_insert_row(struct db *db, struct zone *zone, int64_t ref_id)
{
	struct db_result *result = NULL;
	zone->state = zone->state != NULL ? zone->state : "CREATE";
	dms_error *error = db_query(
	    db, NULL, &result,
	    "INSERT INTO zone (name, state, use_apex_ns, edit_lock, auto_dnssec, nsec3, "
	    "inc_updates, sg_id, alt_sg_id, ref_id, zone_type) "
	    "VALUES ($1, $11, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
	    P_TEXT(zone->name), P_BOOL(zone->use_apex_ns), P_BOOL(zone->edit_lock),
	    P_BOOL(zone->auto_dnssec), P_BOOL(zone->nsec3), P_BOOL(zone->inc_updates),
	    P_INT(zone->sg_id), P_ID(zone->alt_sg_id), P_ID(ref_id),
	    P_TEXT(zone->zone_type != NULL ? zone->zone_type : "dynamic"), P_TEXT(zone->state));
	if (error != NULL && error->id == DMS_E_DB_UNIQUE) {
		dms_error_free(error);
		error = dms_error_put_str(
		    dms_error_new(DMS_E_ZONE_EXISTS, "zone %s exists already", zone->name), "name",
		    zone->name);
	}
	TRY(error);
	zone->id = db_int(result, 0, "id");
	talloc_free(result);
	return NULL;
}

dms_error *
zone_insert(struct db *db, struct zone *zone, int64_t ref_id, const char *network)
{
	TRY(zone_insert_row(db, zone, ref_id));
	if (network == NULL)
		return NULL;
	return db_exec(db, "INSERT INTO reverse_network (zone_id, network) VALUES ($1, $2::cidr)",
		       P_INT(zone->id), P_TEXT(network));
}

dms_error *
zone_last_serial(struct db *db, const char *name, uint32_t *serial)
{
	struct db_result *result = NULL;
	TRY(db_query(db, NULL, &result,
		     "SELECT soa_serial FROM zone WHERE name = $1::text AND state = 'DELETED' "
		     "AND soa_serial IS NOT NULL ORDER BY id DESC LIMIT 1",
		     P_TEXT(name)));
	*serial = db_rows(result) == 0 ? 0 : (uint32_t)db_int(result, 0, "soa_serial");
	talloc_free(result);
	return NULL;
}

dms_error *
zone_groups(struct db *db, TALLOC_CTX *mem, const struct zone *zone, bool with_master_and_replica,
	    const char ***names, int64_t **ids)
{
	struct db_result *result = NULL;
	TRY(db_query(db, mem, &result,
		     "SELECT id, name::text AS name FROM server_group "
		     "WHERE id = $1 OR id = $2 OR ($3::boolean AND kind IN ('master', 'replica')) "
		     "ORDER BY id = $1 DESC, id",
		     P_INT(zone->sg_id), P_INT(zone->alt_sg_id), P_BOOL(with_master_and_replica)));
	int count = db_rows(result);
	*names = talloc_zero_array(mem, const char *, count + 1);
	talloc_steal(*names, result);
	int64_t *group_ids = talloc_zero_array(*names, int64_t, count + 1);
	for (int i = 0; i < count; i++) {
		(*names)[i] = db_text(result, i, "name");
		group_ids[i] = db_int(result, i, "id");
	}
	if (ids != NULL)
		*ids = group_ids;
	return NULL;
}
