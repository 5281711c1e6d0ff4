/* What machines are at, and whether they get on by themselves: parts of show_zone and of
 * show_master_status. */
#include "gateway.h"
#include "methods/methods.h"
#include "model/shape.h"

#define WAITING_MAX 100
#define TROUBLE_MAX 100

/* A failure that stands, and that is no matter of time: the same would fail the same way again, or
 * has been tried so often that somebody was alerted (libdms/sm/end.c). */
static bool
needs_human(const struct rpc_call *call, int64_t error_code, int64_t most_attempts)
{
	enum dms_err error;

	if (error_code == 0)
		return false;
	if (most_attempts >= call->gateway->service->config->alert_attempts)
		return true;
	error = dms_err_by_code((int)error_code, "");
	return error != DMS_OK && dms_err_info(error)->manner == DMS_PERMANENT;
}

static json_t *
event_to_json(const struct db_result *result, int row)
{
	return json_pack("{s:I, s:s, s:s, s:I, s:s, s:s?, s:o}", "event_id",
			 (json_int_t)db_int(result, row, "id"), "event_type",
			 db_text(result, row, "type"), "state", db_text(result, row, "state"),
			 "attempts", (json_int_t)db_int(result, row, "attempts"), "scheduled",
			 db_text(result, row, "scheduled"), "last_error",
			 db_text(result, row, "last_error"), "change_id",
			 shape_id(db_int(result, row, "change_id")));
}

dms_error *
add_machine(struct rpc_call *call, const struct zone *zone, json_t *json)
{
	struct db_result *row, *events;
	json_t *list = json_array();
	int64_t most = 0;

	json_object_set_new(json, "waiting_events", list);
	TRY(db_query(call->db, call->mem, &row,
		     "SELECT coalesce(last_error_code, 0) AS code FROM zone WHERE id = $1",
		     P_INT(zone->id)));
	TRY(db_query(
	    call->db, call->mem, &events,
	    "SELECT id, type, state, attempts, last_error, change_id, " UTC_TEXT(
		"due_at") " AS scheduled FROM event WHERE processed_at IS NULL AND machine = 'zone'"
			  " AND sm_id = $1 ORDER BY id LIMIT $2",
	    P_INT(zone->id), P_INT(WAITING_MAX)));
	for (int i = 0; i < db_rows(events); i++) {
		if (db_int(events, i, "attempts") > most)
			most = db_int(events, i, "attempts");
		json_array_append_new(list, event_to_json(events, i));
	}
	json_object_set_new(json, "last_error_code", shape_id(db_int(row, 0, "code")));
	json_object_set_new(json, "needs_human",
			    json_boolean(needs_human(call, db_int(row, 0, "code"), most)));
	return NULL;
}

/* Rows of a machine whose last try failed, longest first; attempts: of the events that wait. */
#define FAILING(machine, table, name)                                                            \
	"(SELECT '" machine "' AS machine, " name " AS name, state, last_error, "                \
	"last_error_code, " UTC_TEXT(                                                            \
	    "last_error_since") " AS since, "                                                    \
				"(SELECT coalesce(max(attempts), 0) FROM event WHERE "           \
				"processed_at IS NULL"                                           \
				" AND machine = '" machine                                       \
				"' AND sm_id = t.id) AS attempts FROM " table " t"               \
				" WHERE last_error IS NOT NULL ORDER BY last_error_since LIMIT " \
				"$1)"

dms_error *
add_trouble(struct rpc_call *call, json_t *json)
{
	struct db_result *rows;
	json_t *list = json_array();

	json_object_set_new(json, "trouble", list);
	TRY(db_query(call->db, call->mem, &rows,
		     FAILING("master", "master", "'master'") " UNION ALL " FAILING(
			 "server", "server", "name") " UNION ALL " FAILING("zone", "zone", "name"),
		     P_INT(TROUBLE_MAX)));
	for (int i = 0; i < db_rows(rows); i++) {
		int64_t code = db_int(rows, i, "last_error_code");

		json_array_append_new(
		    list,
		    json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:b}", "machine",
			      db_text(rows, i, "machine"), "name", db_text(rows, i, "name"),
			      "state", db_text(rows, i, "state"), "last_error",
			      db_text(rows, i, "last_error"), "last_error_since",
			      db_text(rows, i, "since"), "last_error_code", (json_int_t)code,
			      "needs_human", needs_human(call, code, db_int(rows, i, "attempts"))));
	}
	return NULL;
}
