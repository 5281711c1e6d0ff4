/* delete_zone: the zone's owner decides and does it, at once. */
#include "methods/methods.h"

static json_t *
state_json(const struct zone *zone)
{
	return json_pack("{s:I,s:s}", "zone_id", (json_int_t)zone->id, "state", zone->state);
}

dms_error *
rpc_delete_zone(struct rpc_call *call)
{
	struct zone *zone = NULL, *after = NULL;
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), true, ZONE_READ,
			      &zone));
	TRY(describe(call, "zone", zone->name, state_json(zone), NULL));
	TRY(owner_request(call, "zone", zone->id, zone->name, "ZoneSMDelete", NULL));
	TRY(zone_by_id(call->db, call->mem, zone->id, ZONE_READ, &after));
	TRY(describe(call, "zone", zone->name, state_json(zone), state_json(after)));
	call->result = json_pack("{s:I,s:s}", "zone_id", (json_int_t)zone->id, "name", zone->name);
	return NULL;
}
