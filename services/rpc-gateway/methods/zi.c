/* Instances one by one: list_zi, list_resolv_zi_id, show_zi, show_zi_byid, copy_zi, delete_zi
 * (spec/json-rpc.md sections 7.1 to 7.3 and 11.1). */
#include <stdlib.h>
#include <string.h>

#include "methods/methods.h"
#include "model/history.h"
#include "model/shape.h"

/* What was published when: newest publication beside all its serials. */
#define ALL_ZIS_SELECT                                                                            \
	"SELECT " UTC_COLUMN("i.", "ctime") UTC_TEXT(                                             \
	    "p.published_at") " AS ptime, "                                                       \
			      "i.id, coalesce(p.serial, i.soa_serial) AS soa_serial, "            \
			      "i.change_by, "                                                     \
			      "i.change_id, i.comment, coalesce(p.serials, '[]') AS serials "     \
			      "FROM (SELECT * FROM zone_instance WHERE zone_id = $1 "             \
			      "AND ($2::bigint IS NULL OR id = $2) ORDER BY ctime DESC, id DESC " \
			      "LIMIT $3) i LEFT JOIN LATERAL (SELECT max(published_at) AS "       \
			      "published_at, (array_agg(serial ORDER BY published_at DESC))[1] "  \
			      "AS "                                                               \
			      "serial, json_agg(serial ORDER BY published_at)::text AS serials "  \
			      "FROM publication WHERE zone_id = $1 AND zi_id = i.id) p ON true "  \
			      "ORDER BY i.ctime, i.id"

static json_t *
brief_json(const struct zone *zone, const struct db_result *result, int row)
{
	const char *ctime = db_text(result, row, "ctime");
	const char *ptime = db_text(result, row, "ptime");
	json_t *json = json_object();
	json_object_set_new(json, "zi_id", json_integer(db_int(result, row, "id")));
	json_object_set_new(json, "zone_id", json_integer(zone->id));
	json_object_set_new(json, "ctime", json_string(ctime));
	json_object_set_new(json, "mtime", json_string(ptime == NULL ? ctime : ptime));
	json_object_set_new(json, "ptime", shape_text(ptime));
	json_object_set_new(json, "soa_serial", json_integer(db_int(result, row, "soa_serial")));
	json_object_set_new(json, "serials", json_loads(db_text(result, row, "serials"), 0, NULL));
	json_object_set_new(json, "change_by", json_string(db_text(result, row, "change_by")));
	json_object_set_new(json, "change_id", shape_id(db_int(result, row, "change_id")));
	json_object_set_new(json, "comment", shape_text(db_text(result, row, "comment")));
	return json;
}

dms_error *
add_all_zis(struct rpc_call *call, const struct zone *zone, int64_t zi_id, int limit, json_t *json)
{
	struct db_result *result = NULL;
	TRY(db_query(call->db, call->mem, &result, ALL_ZIS_SELECT, P_INT(zone->id), P_ID(zi_id),
		     P_ID(limit)));
	json_t *list = json_array();
	for (int i = 0; i < db_rows(result); i++)
		json_array_append_new(list, brief_json(zone, result, i));
	json_object_set_new(json, "all_zis", list);
	return NULL;
}

/* "" and "*" are all of them here, and so is 0. */
static bool
is_all(const json_t *zi)
{
	const char *text = json_string_value(zi);
	if (text == NULL)
		return json_integer_value(zi) == 0;
	return text[0] == '\0' || strcmp(text, "*") == 0 || strcmp(text, "0") == 0;
}

dms_error *
rpc_list_zi(struct rpc_call *call)
{
	struct shown shown = {0};
	int64_t only = 0;
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), false, ZONE_READ,
			      &shown.zone));
	if (!is_all(json_object_get(call->params, "zi_id")))
		TRY(param_zi(call, shown.zone, "zi_id", &only));
	call->result = zone_to_json(shown.zone);
	TRY(add_all_zis(call, shown.zone, only, 0, call->result));
	if (shown.zone->zi_id == 0)
		return NULL;
	TRY(shown_load_instance(call, &shown, shown.zone->zi_id, false));
	json_object_set_new(call->result, "zi",
			    zi_to_json(shown.zone, shown.instance, NULL, shown.published_at));
	return NULL;
}

dms_error *
rpc_show_zi(struct rpc_call *call)
{
	struct shown shown;
	TRY(shown_load_head(call, &shown));
	call->result = zi_to_json(shown.zone, shown.instance, NULL, shown.published_at);
	return NULL;
}

dms_error *
zone_of_zi(struct rpc_call *call, int64_t zi_id, struct zone **zone)
{
	struct db_result *result = NULL;
	TRY(db_query(call->db, call->mem, &result,
		     "SELECT zone_id FROM zone_instance WHERE id = $1", P_INT(zi_id)));
	if (db_rows(result) == 0)
		return dms_error_put_int(
		    dms_error_put_str(dms_error_new(DMS_E_ZI_NOT_FOUND,
						    "no zone has an instance %lld",
						    (long long)zi_id),
				      "name", "*"),
		    "zi_id", zi_id);
	return zone_by_id(call->db, call->mem, db_int(result, 0, "zone_id"), ZONE_READ, zone);
}

dms_error *
rpc_show_zi_byid(struct rpc_call *call)
{
	struct shown shown = {0};
	int64_t zi_id = 0;
	TRY(param_zi_number(call, "zi_id", &zi_id));
	TRY(zone_of_zi(call, zi_id, &shown.zone));
	TRY(shown_load_instance(call, &shown, zi_id, false));
	call->result = zi_to_json(shown.zone, shown.instance, NULL, shown.published_at);
	return NULL;
}

/* What a selector means now, without anything of the zone's content. */
dms_error *
rpc_list_resolv_zi_id(struct rpc_call *call)
{
	struct zone *zone = NULL;
	int64_t zi_id = 0;
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), false, ZONE_READ,
			      &zone));
	TRY(param_zi(call, zone, "zi_id", &zi_id));
	call->result = json_pack("{s:s,s:o}", "name", zone->name, "zi_id", shape_id(zone->zi_id));
	return add_all_zis(call, zone, zi_id, 0, call->result);
}

/* The instance goes into the history with the time it was made; what is published, and what is to
 * be published next, stays as it is. */
static dms_error *
set_aside(const struct rpc_call *call, const struct zone *zone, int64_t source_zi, int64_t zi_id)
{
	TRY(db_exec(call->db,
		    "UPDATE zone_instance SET ctime = (SELECT ctime FROM zone_instance "
		    "WHERE id = $2) WHERE id = $1",
		    P_INT(zi_id), P_INT(source_zi)));
	return db_exec(call->db, "UPDATE zone SET zi_candidate_id = $2, zi_id = $3 WHERE id = $1",
		       P_INT(zone->id), P_ID(zone->zi_candidate_id), P_ID(zone->zi_id));
}

dms_error *
rpc_copy_zi(struct rpc_call *call)
{
	struct zone *source = NULL, *zone = NULL;
	struct instance *instance = NULL;
	struct zone_text *text = NULL;
	struct instance_author author;
	int64_t source_zi = 0, zi_id = 0;
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "src_name"), true, ZONE_READ,
			      &source));
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), true, ZONE_FOR_UPDATE,
			      &zone));
	TRY(check_base(call, zone));
	TRY(param_zi(call, source, "zi_id", &source_zi));
	TRY(param_author(call,
			 talloc_asprintf(call->mem, "copy of %s, instance %lld", source->name,
					 (long long)source_zi),
			 &author));
	TRY(instance_load(call->db, call->mem, source, source_zi, &instance, &text));
	TRY(text_move(text, zone->name));
	text->soa.serial = 0;
	TRY(instance_store(call->db, zone, text, &author, &zi_id));
	if (zi_id != zone->zi_candidate_id)
		TRY(set_aside(call, zone, source_zi, zi_id));
	TRY(describe(call, "zone", zone->name, NULL,
		     json_pack("{s:I,s:s,s:I}", "zi_id", (json_int_t)zi_id, "src_name",
			       source->name, "src_zi_id", (json_int_t)source_zi)));
	call->result = json_pack("{s:I,s:s,s:I}", "zone_id", (json_int_t)zone->id, "name",
				 zone->name, "zi_id", (json_int_t)zi_id);
	return NULL;
}

dms_error *
rpc_delete_zi(struct rpc_call *call)
{
	struct zone *zone = NULL;
	int64_t zi_id = 0;
	TRY(param_zi_number(call, "zi_id", &zi_id));
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), true, ZONE_FOR_UPDATE,
			      &zone));
	TRY(check_base(call, zone));
	dms_error *error = history_delete(call->db, zone->id, zi_id);
	if (error != NULL)
		dms_error_put_str(dms_error_wrap(error, "%s", zone->name), "name", zone->name);
	TRY(error);
	TRY(describe(call, "zone", zone->name, json_pack("{s:I}", "zi_id", (json_int_t)zi_id),
		     NULL));
	call->result = json_pack("{s:I,s:s,s:I}", "zone_id", (json_int_t)zone->id, "name",
				 zone->name, "zi_id", (json_int_t)zi_id);
	return NULL;
}
