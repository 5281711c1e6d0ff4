/* Incremental updates after update_rrs has taken them: what waits, what became of the others, and
 * taking one back (spec/zone-data.md section 15.4). */
#include <string.h>

#include "dns/rr.h"
#include "methods/methods.h"
#include "model/shape.h"

#define LIMIT_MAX   10000
#define WAITING_MAX 100

/* The newest groups of zone $1, $3: only those that wait; each with its operations. */
static const char updates_sql[] = "SELECT g.*, " UTC_TEXT(
    "g.ctime") " AS created, o.op, o.label, o.type, o.outcome FROM"
	       " (SELECT * FROM update_group WHERE zone_id = $1"
	       "   AND (NOT $3 OR state = 'WAITING') ORDER BY id DESC LIMIT $2) g"
	       " LEFT JOIN update_op o ON o.group_id = g.id ORDER BY g.id DESC, o.rank";

static json_t *
group_to_json(const struct db_result *rows, int row)
{
	return json_pack(
	    "{s:I,s:s?,s:s,s:s?,s:b,s:s,s:s?,s:o,s:s,s:o,s:[]}", "update_id",
	    (json_int_t)db_int(rows, row, "id"), "update_type", db_text(rows, row, "update_type"),
	    "state", db_text(rows, row, "state"), "reason", db_text(rows, row, "reason"),
	    "is_ptr_only", db_bool(rows, row, "is_ptr_only"), "change_by",
	    db_text(rows, row, "change_by"), "comment", db_text(rows, row, "comment"), "change_id",
	    shape_id(db_int(rows, row, "change_id")), "ctime", db_text(rows, row, "created"),
	    "zi_id", shape_id(db_int(rows, row, "zi_id")), "operations");
}

static dms_error *
updates_json(struct rpc_call *call, const struct zone *zone, int64_t limit, bool only_waiting,
	     json_t *list)
{
	struct db_result *rows = NULL;
	json_t *group = NULL;
	TRY(db_query(call->db, call->mem, &rows, updates_sql, P_INT(zone->id), P_INT(limit),
		     P_BOOL(only_waiting)));
	for (int i = 0; i < db_rows(rows); i++) {
		if (i == 0 || db_int(rows, i, "id") != db_int(rows, i - 1, "id")) {
			group = group_to_json(rows, i);
			json_array_append_new(list, group);
		}
		if (db_is_null(rows, i, "op"))
			continue;
		json_array_append_new(json_object_get(group, "operations"),
				      json_pack("{s:s,s:s,s:s,s:s?}", "update_op",
						db_text(rows, i, "op"), "label",
						db_text(rows, i, "label"), "type",
						rr_type_name((uint16_t)db_int(rows, i, "type")),
						"outcome", db_text(rows, i, "outcome")));
	}
	return NULL;
}

dms_error *
add_waiting_updates(struct rpc_call *call, const struct zone *zone, json_t *json)
{
	json_t *list = json_array();
	json_object_set_new(json, "waiting_updates", list);
	return updates_json(call, zone, WAITING_MAX, true, list);
}

dms_error *
rpc_list_updates(struct rpc_call *call)
{
	const char *only = call_string(call, "only");
	bool only_waiting = only != NULL && strcmp(only, "waiting") == 0;
	struct zone *zone = NULL;
	int64_t limit = 0;
	if (only != NULL && !only_waiting && strcmp(only, "all") != 0)
		return param_error(call, "only", "'%s' is not waiting or all", only);
	TRY(param_range(call, "last_limit", 25, 1, LIMIT_MAX, &limit));
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), false, ZONE_READ,
			      &zone));
	call->result = json_array();
	return updates_json(call, zone, limit, only_waiting, call->result);
}

/* The row that waited, as it is now; an error when there is none. */
static dms_error *
refuse(struct rpc_call *call, const struct zone *zone, int64_t update_id, struct db_result **row)
{
	TRY(db_query(call->db, call->mem, row,
		     "UPDATE update_group SET state = 'REFUSED', reason = 'cancelled by ' || $3"
		     " WHERE id = $1 AND zone_id = $2 AND state = 'WAITING'"
		     " RETURNING update_type, change_id",
		     P_INT(update_id), P_INT(zone->id), P_TEXT(call->actor)));
	if (db_rows(*row) == 1)
		return NULL;
	return dms_error_put_int(dms_error_put_str(dms_error_new(DMS_E_UPDATE_NOT_WAITING,
								 "zone %s: no update %lld waits",
								 zone->name, (long long)update_id),
						   "name", zone->name),
				 "update_id", update_id);
}

/* The zone's row lock keeps whoever applies updates out. Its event tells those who wait for the
 * change, and lets go on what had waited with it. */
dms_error *
rpc_cancel_update(struct rpc_call *call)
{
	int64_t update_id = call_integer(call, "update_id", 0);
	struct zone *zone = NULL;
	struct db_result *row = NULL;
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), false,
			      ZONE_FOR_UPDATE, &zone));
	TRY(refuse(call, zone, update_id, &row));
	TRY(describe(call, "zone", zone->name,
		     json_pack("{s:I,s:s?,s:o}", "update_id", (json_int_t)update_id, "update_type",
			       db_text(row, 0, "update_type"), "change_id",
			       shape_id(db_int(row, 0, "change_id"))),
		     NULL));
	call->result = json_pack("{s:I,s:s,s:I,s:s?}", "zone_id", (json_int_t)zone->id, "name",
				 zone->name, "update_id", (json_int_t)update_id, "update_type",
				 db_text(row, 0, "update_type"));
	return post_publish(call, zone, zone->zi_candidate_id, false);
}
