/* list_events (spec/json-rpc.md sections 4.9 and 11.4). */
#include <string.h>

#include "methods/methods.h"
#include "model/shape.h"

#define LIMIT_MAX         10000
#define CHANGE_EVENTS_MAX 500

#define EVENT_TIMES                                                    \
	UTC_TEXT("created_at")                                         \
	" AS created, " UTC_TEXT("due_at") " AS scheduled, " UTC_TEXT( \
	    "processed_at") " AS processed "
#define EVENT_SELECT                                                                        \
	"SELECT id, machine, sm_id, sm_name, type, state, parameters::text AS parameters, " \
	"results::text AS results, coalesce(result_code, 0) AS result_code, change_id, "    \
	"cause_id, attempts, last_error, " EVENT_TIMES "FROM event "

#define OF_ZONE "($2::bigint = 0 OR (machine IN ('zone', 'reverse') AND sm_id = $2)) "

static json_t *
event_to_json(const struct db_result *result, int row)
{
	const char *machine = db_text(result, row, "machine");
	bool is_zone = strcmp(machine, "zone") == 0 || strcmp(machine, "reverse") == 0;
	int64_t sm_id = db_int(result, row, "sm_id");
	json_t *json = json_object();
	json_object_set_new(json, "event_id", json_integer(db_int(result, row, "id")));
	json_object_set_new(json, "event_type", json_string(db_text(result, row, "type")));
	json_object_set_new(json, "state", json_string(db_text(result, row, "state")));
	json_object_set_new(json, "zone_id", shape_id(is_zone ? sm_id : 0));
	json_object_set_new(json, "parameters", shape_json(db_text(result, row, "parameters")));
	json_object_set_new(json, "result_code", shape_id(db_int(result, row, "result_code")));
	json_object_set_new(json, "created", shape_text(db_text(result, row, "created")));
	json_object_set_new(json, "scheduled", shape_text(db_text(result, row, "scheduled")));
	json_object_set_new(json, "processed", shape_text(db_text(result, row, "processed")));
	json_object_set_new(json, "results", shape_json(db_text(result, row, "results")));
	json_object_set_new(json, "machine", json_string(machine));
	json_object_set_new(json, "sm_id", json_integer(sm_id));
	json_object_set_new(json, "name", json_string(db_text(result, row, "sm_name")));
	json_object_set_new(json, "change_id", shape_id(db_int(result, row, "change_id")));
	json_object_set_new(json, "cause_id", shape_id(db_int(result, row, "cause_id")));
	json_object_set_new(json, "attempts", json_integer(db_int(result, row, "attempts")));
	json_object_set_new(json, "last_error", shape_text(db_text(result, row, "last_error")));
	return json;
}

dms_error *
change_events_json(struct rpc_call *call, int64_t change_id, json_t **events)
{
	struct db_result *result = NULL;
	TRY(db_query(call->db, call->mem, &result,
		     EVENT_SELECT "WHERE change_id = $1 ORDER BY id LIMIT $2", P_INT(change_id),
		     P_INT(CHANGE_EVENTS_MAX)));
	*events = json_array();
	for (int i = 0; i < db_rows(result); i++)
		json_array_append_new(*events, event_to_json(result, i));
	return NULL;
}

/* The statement for `only`; NULL: no such word. */
static const char *
statement_for(const char *only)
{
	if (only == NULL || strcmp(only, "all") == 0)
		return EVENT_SELECT "WHERE " OF_ZONE "ORDER BY id DESC LIMIT $1";
	if (strcmp(only, "pending") == 0)
		return EVENT_SELECT "WHERE state IN ('NEW', 'RUNNING', 'RETRY') AND " OF_ZONE
				    "ORDER BY id DESC LIMIT $1";
	if (strcmp(only, "failed") == 0)
		return EVENT_SELECT "WHERE state = 'FAILURE' AND " OF_ZONE
				    "ORDER BY id DESC LIMIT $1";
	return NULL;
}

dms_error *
rpc_list_events(struct rpc_call *call)
{
	const char *only = call_string(call, "only"), *zone_name = call_string(call, "zone_name");
	const char *sql = statement_for(only);
	struct zone *zone = NULL;
	struct db_result *result = NULL;
	int64_t limit = 0;
	if (sql == NULL)
		return param_error(call, "only", "'%s' is not pending, failed or all", only);
	TRY(param_range(call, "last_limit", 25, 1, LIMIT_MAX, &limit));
	if (zone_name != NULL)
		TRY(zone_by_user_name(call->db, call->mem, zone_name, false, ZONE_READ, &zone));
	struct db_param params[] = {P_INT(limit), P_INT(zone == NULL ? 0 : zone->id)};
	TRY(db_query_params(call->db, call->mem, &result, sql, 2, params));
	call->result = json_array();
	for (int i = 0; i < db_rows(result); i++)
		json_array_append_new(call->result, event_to_json(result, i));
	return NULL;
}
