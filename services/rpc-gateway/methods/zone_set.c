/* set_zone: what operators set of a zone beside its content. */
#include <string.h>

#include "methods/methods.h"
#include "methods/zone_peers.h"
#include "model/shape.h"
#include "sm/sm.h"

static json_t *
flags_json(const struct zone *zone)
{
	return json_pack("{s:b,s:b,s:b,s:b,s:b}", "use_apex_ns", zone->use_apex_ns, "edit_lock",
			 zone->edit_lock, "auto_dnssec", zone->auto_dnssec, "nsec3", zone->nsec3,
			 "inc_updates", zone->inc_updates);
}

static dms_error *
store_flags(struct rpc_call *call, struct zone *zone)
{
	json_t *before = flags_json(zone);
	zone->use_apex_ns = call_boolean(call, "use_apex_ns", zone->use_apex_ns);
	zone->edit_lock = call_boolean(call, "edit_lock", zone->edit_lock);
	zone->auto_dnssec = call_boolean(call, "auto_dnssec", zone->auto_dnssec);
	zone->nsec3 = call_boolean(call, "nsec3", zone->nsec3);
	zone->inc_updates = call_boolean(call, "inc_updates", zone->inc_updates);
	TRY(describe(call, "zone", zone->name, before, flags_json(zone)));
	return db_exec(
	    call->db,
	    "UPDATE zone SET use_apex_ns = $2, edit_lock = $3, inc_updates = $4, auto_dnssec = $5, "
	    "nsec3 = $6 WHERE id = $1 "
	    "AND (use_apex_ns, edit_lock, inc_updates, auto_dnssec, nsec3) "
	    "IS DISTINCT FROM ($2::boolean, $3::boolean, $4::boolean, $5::boolean, $6::boolean)",
	    P_INT(zone->id), P_BOOL(zone->use_apex_ns), P_BOOL(zone->edit_lock),
	    P_BOOL(zone->inc_updates), P_BOOL(zone->auto_dnssec), P_BOOL(zone->nsec3));
}

/* No longer signed: the master gets definition and content anew, as it would keep its signatures.
 */
static dms_error *
post_reset(struct rpc_call *call, const struct zone *zone)
{
	json_t *parameters = json_pack("{s:b}", "was_signed", true);
	struct sm_event event = {
	    .machine = "zone",
	    .sm_id = zone->id,
	    .sm_name = zone->name,
	    .type = "ZoneSMDoReset",
	    .parameters = parameters,
	    .change_id = call->change_id,
	};
	dms_error *error = sm_post(call->db, call->bus, &event, NULL);
	json_decref(parameters);
	return error;
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

/* Servers get the zone's definition anew: of the groups that serve it (sgs), or the master. */
static dms_error *
post_modified(struct rpc_call *call, const struct zone *zone, const char *scope)
{
	json_t *groups = json_pack("[I]", (json_int_t)zone->sg_id);
	json_t *parameters =
	    json_pack("{s:I, s:s, s:s, s:s, s:o}", "zone_id", (json_int_t)zone->id, "zone_name",
		      zone->name, "op", "ZONE_MODIFY", "scope", scope, "groups", groups);
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

/* A withdrawn zone comes back as its flags say. */
static dms_error *
post_signing(struct rpc_call *call, const struct zone *zone, bool was_signed, bool had_nsec3)
{
	if (strcmp(zone->state, "DISABLED") == 0)
		return NULL;
	if (was_signed && !zone->auto_dnssec)
		return post_reset(call, zone);
	if (zone->auto_dnssec && (!was_signed || zone->nsec3 != had_nsec3))
		return post_modified(call, zone, "master");
	return NULL;
}

static dms_error *
check_flags(const struct rpc_call *call, const struct zone *zone)
{
	static const char *const flags[] = {"use_apex_ns", "edit_lock", "auto_dnssec", "nsec3",
					    "inc_updates"};
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (zone_is_secondary(zone) && call_has(call, flags[i]))
			return check_has_content(zone);
	return NULL;
}

dms_error *
rpc_set_zone(struct rpc_call *call)
{
	struct zone *zone = NULL;
	bool is_modified = false;
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), true, ZONE_FOR_UPDATE,
			      &zone));
	int64_t zi_id = zone->zi_candidate_id;
	bool had_apex_ns = zone->use_apex_ns, was_signed = zone->auto_dnssec,
	     had_nsec3 = zone->nsec3;
	TRY(check_flags(call, zone));
	if (!zone_is_secondary(zone))
		TRY(check_base(call, zone));
	/* A lock must not be there again when the flag is. */
	if (zone->edit_lock && !call_boolean(call, "edit_lock", true))
		TRY(end_edit(call, zone));
	TRY(store_flags(call, zone));
	if (zone->use_apex_ns != had_apex_ns)
		TRY(renew_apex(call, zone, &zi_id));
	TRY(post_signing(call, zone, was_signed, had_nsec3));
	TRY(zone_peers_store(call, zone, &is_modified));
	if (is_modified)
		TRY(post_modified(call, zone, "sgs"));
	call->result = json_pack("{s:I,s:s,s:o}", "zone_id", (json_int_t)zone->id, "name",
				 zone->name, "zi_id", shape_id(zi_id));
	return NULL;
}
