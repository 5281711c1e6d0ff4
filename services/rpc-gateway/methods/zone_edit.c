/* Edits under a lock: edit_zone, tickle_editlock, cancel_edit_zone, break_edit_lock
 * (spec/json-rpc.md section 8). The save that ends one is update_zone. */
#include "gateway.h"
#include "methods/methods.h"
#include "methods/zone_peers.h"
#include "model/edit_lock.h"
#include "model/shape.h"
#include "sm/sm.h"

static dms_error *
find_zone(struct rpc_call *call, bool is_exact, struct zone **zone)
{
	return zone_by_user_name(call->db, call->mem, call_string(call, "name"), is_exact,
				 ZONE_FOR_UPDATE, zone);
}

static int64_t
timeout_ms(const struct rpc_call *call)
{
	return call->gateway->service->config->edit_lock_timeout;
}

/* Content and lock in one transaction: whoever does not get the one does not keep the other. */
dms_error *
rpc_edit_zone(struct rpc_call *call)
{
	struct shown shown = {0};
	int64_t zi_id = 0;
	char *token = NULL;
	TRY(find_zone(call, false, &shown.zone));
	TRY(check_has_content(shown.zone));
	if (shown.zone->edit_lock)
		TRY(edit_lock_take(call->db, call->mem, shown.zone, call->actor, timeout_ms(call),
				   &token));
	zi_id = shown.zone->zi_candidate_id;
	if (call_has(call, "zi_id"))
		TRY(param_zi(call, shown.zone, "zi_id", &zi_id));
	TRY(shown_load_instance(call, &shown, zi_id, true));
	TRY(shown_set_result(call, &shown));
	TRY(describe(
	    call, "zone", shown.zone->name, NULL,
	    json_pack("{s:O}", "lock_state", json_object_get(call->result, "lock_state"))));
	call->result = json_pack("[o,o]", call->result, shape_text(token));
	return NULL;
}

dms_error *
rpc_tickle_editlock(struct rpc_call *call)
{
	struct zone *zone = NULL;
	struct edit_lock *lock = NULL;
	TRY(find_zone(call, true, &zone));
	if (zone->edit_lock)
		TRY(edit_lock_extend(call->db, call->mem, zone,
				     call_string(call, "edit_lock_token"), timeout_ms(call)));
	TRY(edit_lock_get(call->db, call->mem, zone, &lock));
	call->result = json_pack("{s:s}", "name", zone->name);
	edit_lock_to_json(lock, call->result);
	return NULL;
}

/* They wait for the end of the lock; before the first publish, and while the zone is disabled, they
 * wait for more than that. */
static dms_error *
post_waiting_updates(struct rpc_call *call, const struct zone *zone)
{
	struct db_result *result = NULL;
	TRY(db_query(call->db, call->mem, &result,
		     "SELECT 1 FROM update_group WHERE zone_id = $1 AND state = 'WAITING' LIMIT 1",
		     P_INT(zone->id)));
	return db_rows(result) == 0 ? NULL : post_publish(call, zone, zone->zi_candidate_id, false);
}

dms_error *
end_edit(struct rpc_call *call, const struct zone *zone)
{
	if (!zone->edit_lock)
		return NULL;
	TRY(edit_lock_end(call->db, zone));
	return post_waiting_updates(call, zone);
}

/* A zone that nobody edits is as the caller wants it. */
dms_error *
rpc_cancel_edit_zone(struct rpc_call *call)
{
	struct zone *zone = NULL;
	struct edit_lock *lock = NULL;
	TRY(find_zone(call, true, &zone));
	TRY(edit_lock_get(call->db, call->mem, zone, &lock));
	if (lock != NULL) {
		TRY(edit_lock_check(call->db, call->mem, zone, call_string(call, "edit_lock_token"),
				    DMS_E_CANCEL_EDIT_LOCK));
		TRY(end_edit(call, zone));
	}
	call->result = json_pack("{s:s,s:b}", "name", zone->name, "was_locked", lock != NULL);
	return NULL;
}

dms_error *
rpc_break_edit_lock(struct rpc_call *call)
{
	struct zone *zone = NULL;
	struct edit_lock *lock = NULL;
	TRY(find_zone(call, true, &zone));
	TRY(edit_lock_get(call->db, call->mem, zone, &lock));
	json_t *before = json_object();
	edit_lock_to_json(lock, before);
	call->result = json_pack("{s:s,s:b,s:O,s:O}", "name", zone->name, "was_locked",
				 lock != NULL, "locked_by", json_object_get(before, "locked_by"),
				 "locked_at", json_object_get(before, "locked_at"));
	TRY(describe(call, "zone", zone->name, before, NULL));
	if (lock == NULL)
		return NULL;
	TRY(edit_lock_break(call->db, zone, call->actor));
	return post_waiting_updates(call, zone);
}
