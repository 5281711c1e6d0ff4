/* Which groups serve a zone (spec/json-rpc.md sections 7.9 and 11.1). */
#include "methods/methods.h"

static dms_error *
group_event(struct rpc_call *call, const char *sg_name, const char *event)
{
	struct zone *zone = NULL;
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), true, ZONE_READ,
			      &zone));
	return zone_event(call, zone, event,
			  json_pack("{s:s?,s:s}", "sg_name", sg_name, "change_by", call->actor));
}

dms_error *
rpc_set_zone_sg(struct rpc_call *call)
{
	const char *sg_name = call_string(call, "sg_name");
	char *configured = NULL;
	if (sg_name == NULL) {
		TRY(config_value(call->db, call->mem, "default_sg", 0, &configured));
		sg_name = configured;
	}
	return group_event(call, sg_name, "ZoneSMDoSetSg");
}

dms_error *
rpc_set_zone_alt_sg(struct rpc_call *call)
{
	return group_event(call, call_string(call, "sg_name"), "ZoneSMDoSetAltSg");
}

dms_error *
rpc_swap_zone_sg(struct rpc_call *call)
{
	return group_event(call, NULL, "ZoneSMDoSgSwap");
}
