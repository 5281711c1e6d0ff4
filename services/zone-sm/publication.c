#include "zone_sm.h"

#include <string.h>

#include "proto/fact.pb-c.h"

dms_error *
load_zone(struct sm_work *work, struct zone **zone)
{
	return zone_by_id(work->db, work->mem, work->sm_id, ZONE_READ, zone);
}

dms_error *
load_known_zone(struct sm_work *work, struct zone **zone)
{
	const json_t *known = json_object_get(work->parameters, "if_zi_id");
	json_int_t zi_id = json_integer_value(known);

	TRY(load_zone(work, zone));
	if (known == NULL || zi_id == (*zone)->zi_candidate_id)
		return NULL;
	return dms_error_put_int(
	    dms_error_put_str(
		dms_error_new(DMS_E_STALE_INSTANCE,
			      "zone %s: instance %lld has come since %lld, which the caller knew",
			      (*zone)->name, (long long)(*zone)->zi_candidate_id, (long long)zi_id),
		"name", (*zone)->name),
	    "zi_candidate_id", (*zone)->zi_candidate_id);
}

dms_error *
zone_set_publishing(struct sm_work *work, const struct zone *zone, int64_t zi_id, uint32_t serial)
{
	return db_exec(work->db,
		       "UPDATE zone SET publishing_zi_id = $2, publishing_serial = $3,"
		       " publishing_change = greatest(publishing_change, $4) WHERE id = $1",
		       P_INT(zone->id), P_INT(zi_id), P_INT(serial), P_ID(work->change_id));
}

/* Takes `groups` over. */
static dms_error *
post_reconfig(struct sm_work *work, const struct zone *zone, const char *op, const char *scope,
	      json_t *groups)
{
	bool is_foreign = zone_is_secondary(zone);
	json_t *parameters;
	dms_error *error;

	if (is_foreign && strcmp(scope, "master") == 0) {
		json_decref(groups);
		return NULL;
	}
	if (is_foreign && strcmp(scope, "all") == 0)
		scope = "sgs";
	parameters = json_pack("{s:I, s:s, s:s, s:s, s:o}", "zone_id", (json_int_t)zone->id,
			       "zone_name", zone->name, "op", op, "scope", scope, "groups", groups);
	error = sm_post_next(work, (struct sm_event){
				       .machine = "master",
				       .sm_id = 1,
				       .sm_name = zone->name,
				       .type = "MasterSMPartialReconfig",
				       .parameters = parameters,
				   });
	json_decref(parameters);
	return error;
}

dms_error *
ask_master_sm(struct sm_work *work, const struct zone *zone, const char *op, const char *scope)
{
	json_t *groups = json_array();

	if (strcmp(scope, "master") != 0) {
		json_array_append_new(groups, json_integer(zone->sg_id));
		if (zone->alt_sg_id != 0)
			json_array_append_new(groups, json_integer(zone->alt_sg_id));
	}
	return post_reconfig(work, zone, op, scope, groups);
}

dms_error *
ask_for_group(struct sm_work *work, const struct zone *zone, const char *op, int64_t sg_id)
{
	return post_reconfig(work, zone, op, "group", json_pack("[I]", (json_int_t)sg_id));
}

dms_error *
zone_tell(struct sm_work *work, const struct zone *zone, uint32_t serial, int64_t zi_id,
	  int64_t change_id, int64_t published_us)
{
	Dms__ZonePublished fact = DMS__ZONE_PUBLISHED__INIT;
	const char **groups;

	TRY(zone_groups(work->db, work->mem, zone, true, &groups, NULL));
	fact.zone_id = zone->id;
	fact.zone = (char *)zone->name;
	fact.serial = serial;
	fact.zi_id = zi_id;
	fact.change_id = change_id;
	fact.published_us = published_us;
	for (; *groups != NULL; groups++)
		TRY(sm_fact(work->db, work->bus, *groups, "ZonePublished", &fact.base, change_id));
	return NULL;
}

/* In sync at once when there is nobody to serve it, or when servers were quicker than this commit:
 * they look at the master by themselves too. */
dms_error *
zone_published(struct sm_work *work, struct zone *zone, int64_t zi_id, int64_t change_id,
	       uint32_t serial, enum publish_way way)
{
	static const char *const ways[] = {"file", "update", "transfer"};
	struct db_result *result;

	TRY(db_query(work->db, work->mem, &result,
		     "UPDATE zone z SET zi_id = $2, soa_serial = $3::bigint, published_at = "
		     "clock_timestamp(),"
		     " published_change = greatest(published_change, $4),"
		     " publishing_zi_id = NULL, publishing_serial = NULL, publishing_change = NULL,"
		     " is_on_master = true,"
		     " is_in_sync = " IS_SERVED_BY_ALL(
			 "$3::bigint") " WHERE id = $1 RETURNING zi_candidate_id, is_in_sync,"
				       " EXISTS (SELECT FROM update_group u WHERE u.zone_id = z.id "
				       "AND u.state = 'WAITING')"
				       " AS has_updates,"
				       " (extract(epoch FROM published_at) * 1000000)::bigint AS "
				       "published_us",
		     P_INT(zone->id), P_INT(zi_id), P_INT(serial), P_ID(change_id)));
	/* A second settle of one serial (a crash between two commits) finds it there. */
	TRY(db_exec(work->db,
		    "INSERT INTO publication (zone_id, serial, zi_id, change_id, way, in_sync_at)"
		    " VALUES ($1, $2, $3, $4, $5, CASE WHEN $6 THEN clock_timestamp() END)"
		    " ON CONFLICT (zone_id, serial) DO NOTHING",
		    P_INT(zone->id), P_INT(serial), P_INT(zi_id), P_ID(change_id),
		    P_TEXT(ways[way]), P_BOOL(db_bool(result, 0, "is_in_sync"))));
	json_object_set_new(work->results, "soa_serial", json_integer(serial));
	json_object_set_new(work->results, "zi_id", json_integer(zi_id));
	TRY(zone_tell(work, zone, serial, zi_id, change_id, db_int(result, 0, "published_us")));
	/* Saved meanwhile: the next round. */
	if (db_int(result, 0, "zi_candidate_id") != zi_id || db_bool(result, 0, "has_updates"))
		TRY(sm_post_next(work, (struct sm_event){
					   .machine = "zone",
					   .sm_id = zone->id,
					   .sm_name = zone->name,
					   .type = "ZoneSMUpdate",
					   .is_single = true,
				       }));
	return NULL;
}
