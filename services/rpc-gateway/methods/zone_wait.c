/* wait_zone_sync: until every server in service serves what was asked for. */
#include <string.h>

#include "base/time.h"
#include "methods/methods.h"
#include "model/shape.h"

#define UPDATES_SHOWN_MAX 500

struct waiting {
	int64_t zone_id;
	int64_t change_id; /* 0: the newest */
};

/* Incremental updates are changes before they are part of any instance. */
static dms_error *
find_waiting(struct rpc_call *call, TALLOC_CTX *mem, int64_t zone_id, int64_t change_id,
	     bool *is_waiting)
{
	struct db_result *result = NULL;
	TRY(db_query(call->db, mem, &result,
		     "SELECT 1 FROM update_group WHERE zone_id = $1 AND state = 'WAITING' "
		     "AND ($2 = 0 OR change_id = $2) LIMIT 1",
		     P_INT(zone_id), P_INT(change_id)));
	*is_waiting = db_rows(result) > 0;
	return NULL;
}

/* With nothing on its way, the newest change is published; so is one that changed nothing. What
 * waits is asked before the zone is read: an update that is applied between the two is then in the
 * zone, and not in neither. */
static dms_error *
judge(struct rpc_call *call, TALLOC_CTX *mem, const struct waiting *waiting, struct zone **zone,
      bool *is_in_sync)
{
	int64_t change_id = waiting->change_id;
	bool is_waiting = false;
	TRY(find_waiting(call, mem, waiting->zone_id, change_id, &is_waiting));
	TRY(zone_by_id(call->db, mem, waiting->zone_id, ZONE_READ, zone));
	const struct zone *now = *zone;
	bool is_quiet = strcmp(now->state, "PUBLISHED") == 0 &&
			now->zi_candidate_id == now->zi_id && now->publishing_zi_id == 0;
	bool is_published = is_quiet || (change_id != 0 && now->published_change >= change_id);
	*is_in_sync = is_published && now->is_in_sync && !is_waiting;
	return NULL;
}

dms_error *
change_updates_json(struct rpc_call *call, TALLOC_CTX *mem, int64_t zone_id, int64_t change_id,
		    json_t **updates)
{
	struct db_result *result = NULL;
	TRY(db_query(
	    call->db, mem, &result,
	    "SELECT update_type, state, reason, coalesce(findings, '[]')::text AS findings, "
	    "(SELECT name FROM zone WHERE id = zone_id) AS name "
	    "FROM update_group WHERE change_id = $2 AND ($1 = 0 OR zone_id = $1) ORDER BY id "
	    "LIMIT $3",
	    P_INT(zone_id), P_ID(change_id), P_INT(UPDATES_SHOWN_MAX)));
	*updates = json_array();
	for (int i = 0; i < db_rows(result); i++)
		json_array_append_new(
		    *updates,
		    json_pack("{s:s,s:s?,s:s,s:s?,s:o?}", "name", db_text(result, i, "name"),
			      "update_type", db_text(result, i, "update_type"), "state",
			      db_text(result, i, "state"), "reason", db_text(result, i, "reason"),
			      "findings", json_loads(db_text(result, i, "findings"), 0, NULL)));
	return NULL;
}

static dms_error *
set_result(struct rpc_call *call, TALLOC_CTX *mem, const struct zone *zone, bool is_in_sync)
{
	const struct waiting *waiting = call->mine;
	json_t *servers = NULL, *updates = NULL;
	TRY(change_updates_json(call, mem, zone->id, waiting->change_id, &updates));
	dms_error *error = zone_servers_json(call, mem, zone, &servers);
	if (error != NULL)
		json_decref(updates);
	TRY(error);
	call->result =
	    json_pack("{s:s,s:b,s:o,s:I,s:s,s:s?,s:o,s:o}", "name", zone->name, "is_in_sync",
		      is_in_sync, "soa_serial", shape_id(zone->soa_serial), "waited_ms",
		      (json_int_t)elapsed_ms(call->started_us), "state", zone->state, "last_error",
		      zone->last_error, "updates", updates, "servers", servers);
	return NULL;
}

/* Looks; the result is set when there is nothing more to wait for. */
static dms_error *
look(struct rpc_call *call, TALLOC_CTX *mem)
{
	const struct waiting *waiting = call->mine;
	struct zone *zone = NULL;
	bool is_in_sync = false;
	TRY(judge(call, mem, waiting, &zone, &is_in_sync));
	if (!is_in_sync && !call->is_deadline)
		return NULL;
	return set_result(call, mem, zone, is_in_sync);
}

static dms_error *
look_again(struct rpc_call *call)
{
	TALLOC_CTX *mem = talloc_new(call->mem);
	dms_error *error = look(call, mem);
	talloc_free(mem);
	return error;
}

dms_error *
rpc_wait_zone_sync(struct rpc_call *call)
{
	struct zone *zone = NULL;
	int64_t timeout_ms = 0;
	TRY(param_range(call, "timeout_ms", 30000, 0, 300000, &timeout_ms));
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), false, ZONE_READ,
			      &zone));
	struct waiting *waiting = talloc_zero(call->mem, struct waiting);
	*waiting = (struct waiting){zone->id, call_integer(call, "change_id", 0)};
	call->mine = waiting;
	bool is_in_sync = false;
	TRY(judge(call, call->mem, waiting, &zone, &is_in_sync));
	if (is_in_sync || timeout_ms == 0)
		return set_result(call, call->mem, zone, is_in_sync);
	call->wait = talloc_zero(call->mem, struct rpc_wait);
	call->wait->zone_id = zone->id;
	call->wait->deadline_us = call->started_us + timeout_ms * 1000;
	call->again = look_again;
	return NULL;
}
