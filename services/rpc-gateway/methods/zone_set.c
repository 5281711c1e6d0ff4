/* set_zone: what operators set of a zone beside its content. */
#include <string.h>

#include "methods/methods.h"
#include "methods/zone_peers.h"
#include "model/shape.h"
#include "sm/sm.h"

/* What needs more than a new instance is refused, not half done. */
static dms_error *
check_same(const struct rpc_call *call, const char *flag, bool now)
{
	if (call_boolean(call, flag, now) == now)
		return NULL;
	return param_error(call, flag, "it is %s, and cannot be switched for a zone that exists",
			   now ? "true" : "false");
}

static dms_error *
store_flags(struct rpc_call *call, struct zone *zone)
{
	json_t *before = json_pack("{s:b,s:b,s:b}", "use_apex_ns", zone->use_apex_ns, "edit_lock",
				   zone->edit_lock, "inc_updates", zone->inc_updates);
	zone->use_apex_ns = call_boolean(call, "use_apex_ns", zone->use_apex_ns);
	zone->edit_lock = call_boolean(call, "edit_lock", zone->edit_lock);
	zone->inc_updates = call_boolean(call, "inc_updates", zone->inc_updates);
	TRY(describe(call, "zone", zone->name, before,
		     json_pack("{s:b,s:b,s:b}", "use_apex_ns", zone->use_apex_ns, "edit_lock",
			       zone->edit_lock, "inc_updates", zone->inc_updates)));
	return db_exec(call->db,
		       "UPDATE zone SET use_apex_ns = $2, edit_lock = $3, inc_updates = $4 "
		       "WHERE id = $1 AND (use_apex_ns, edit_lock, inc_updates) "
		       "IS DISTINCT FROM ($2::boolean, $3::boolean, $4::boolean)",
		       P_INT(zone->id), P_BOOL(zone->use_apex_ns), P_BOOL(zone->edit_lock),
		       P_BOOL(zone->inc_updates));
}

/* With use_apex_ns switched, the apex is another one: a new instance. */
static dms_error *
renew_apex(struct rpc_call *call, const struct zone *zone, int64_t *zi_id)
{
	struct instance *instance = NULL;
	struct zone_text *text = NULL;
	struct instance_author author;
	TRY(instance_load(call->db, call->mem, zone, *zi_id, &instance, &text));
	text->soa.serial = 0;
	TRY(param_author(call, zone->use_apex_ns ? "apex as configured" : "apex of its own",
			 &author));
	TRY(instance_store(call->db, zone, text, &author, zi_id));
	return *zi_id == zone->zi_candidate_id ? NULL : post_publish(call, zone, *zi_id, false);
}

/* The servers get the zone's definition anew. */
static dms_error *
post_modified(struct rpc_call *call, const struct zone *zone)
{
	json_t *groups = json_pack("[I]", (json_int_t)zone->sg_id);
	json_t *parameters =
	    json_pack("{s:I, s:s, s:s, s:s, s:o}", "zone_id", (json_int_t)zone->id, "zone_name",
		      zone->name, "op", "ZONE_MODIFY", "scope", "sgs", "groups", groups);
	if (zone->alt_sg_id != 0)
		json_array_append_new(groups, json_integer(zone->alt_sg_id));
	struct sm_event event = {
	    .machine = "master",
	    .sm_id = 1,
	    .sm_name = zone->name,
	    .type = "MasterSMPartialReconfig",
	    .parameters = parameters,
	    .change_id = call->change_id,
	};
	dms_error *error = sm_post(call->db, call->bus, &event, NULL);
	json_decref(parameters);
	return error;
}

static dms_error *
check_flags(const struct rpc_call *call, const struct zone *zone)
{
	static const char *const flags[] = {"use_apex_ns", "edit_lock", "auto_dnssec", "nsec3",
					    "inc_updates"};
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (zone_is_secondary(zone) && call_has(call, flags[i]))
			return check_has_content(zone);
	TRY(check_same(call, "auto_dnssec", zone->auto_dnssec));
	return check_same(call, "nsec3", zone->nsec3);
}

dms_error *
rpc_set_zone(struct rpc_call *call)
{
	struct zone *zone = NULL;
	bool is_modified = false;
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), true, ZONE_FOR_UPDATE,
			      &zone));
	int64_t zi_id = zone->zi_candidate_id;
	bool had_apex_ns = zone->use_apex_ns;
	TRY(check_flags(call, zone));
	if (!zone_is_secondary(zone))
		TRY(check_base(call, zone));
	/* A lock must not be there again when the flag is. */
	if (zone->edit_lock && !call_boolean(call, "edit_lock", true))
		TRY(end_edit(call, zone));
	TRY(store_flags(call, zone));
	if (zone->use_apex_ns != had_apex_ns)
		TRY(renew_apex(call, zone, &zi_id));
	TRY(zone_peers_store(call, zone, &is_modified));
	if (is_modified)
		TRY(post_modified(call, zone));
	call->result = json_pack("{s:I,s:s,s:o}", "zone_id", (json_int_t)zone->id, "name",
				 zone->name, "zi_id", shape_id(zi_id));
	return NULL;
}
