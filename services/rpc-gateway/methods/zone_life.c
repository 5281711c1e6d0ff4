/* In and out of service, away and back: the zone's owner decides and does it, at once
 * (spec/json-rpc.md sections 7.3 and 7.6). */
#include "methods/methods.h"

static json_t *
life_json(const struct zone *zone)
{
	return json_pack("{s:I,s:s,s:s?,s:s?}", "zone_id", (json_int_t)zone->id, "state",
			 zone->state, "sg_name", zone->sg_name, "alt_sg_name", zone->alt_sg_name);
}

/* What has become of it; a destroyed zone is no more. */
static dms_error *
tell_after(struct rpc_call *call, const struct zone *zone, const json_t *results)
{
	const char *message = json_string_value(json_object_get(results, "message"));
	struct zone *after = NULL;
	dms_error *error = zone_by_id(call->db, call->mem, zone->id, ZONE_READ, &after);
	if (error != NULL && error->id == DMS_E_ZONE_NOT_FOUND_BY_ZONE_ID) {
		dms_error_free(error);
		call->result =
		    json_pack("{s:I,s:s}", "zone_id", (json_int_t)zone->id, "name", zone->name);
		return NULL;
	}
	TRY(error);
	call->result =
	    json_pack("{s:I,s:s,s:O}", "zone_id", (json_int_t)zone->id, "name", zone->name, "state",
		      json_object_get(results, "post_event_sm_state"));
	if (message != NULL)
		json_object_set_new(call->result, "message", json_string(message));
	return describe(call, "zone", zone->name, life_json(zone), life_json(after));
}

dms_error *
zone_event(struct rpc_call *call, const struct zone *zone, const char *event, json_t *parameters)
{
	json_t *results = NULL;
	/* With the difference; that nothing comes between here and there, the owner sees to. */
	dms_error *error = call_has(call, "if_zi_id") ? check_base(call, zone) : NULL;
	if (call_has(call, "if_zi_id")) {
		parameters = parameters != NULL ? parameters : json_object();
		json_object_set(parameters, "if_zi_id", json_object_get(call->params, "if_zi_id"));
	}
	if (error == NULL)
		error = describe(call, "zone", zone->name, life_json(zone), NULL);
	if (error == NULL)
		error =
		    owner_request(call, "zone", zone->id, zone->name, event, parameters, &results);
	json_decref(parameters);
	if (error == NULL)
		error = tell_after(call, zone, results);
	json_decref(results);
	return error;
}

static dms_error *
named_zone_event(struct rpc_call *call, const char *event)
{
	struct zone *zone = NULL;
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), true, ZONE_READ,
			      &zone));
	return zone_event(call, zone, event, NULL);
}

/* Deleted zones are known by their numbers: several may have had one name. */
static dms_error *
numbered_zone_event(struct rpc_call *call, const char *event)
{
	struct zone *zone = NULL;
	TRY(zone_by_id(call->db, call->mem, call_integer(call, "zone_id", 0), ZONE_READ, &zone));
	return zone_event(call, zone, event, NULL);
}

dms_error *
rpc_delete_zone(struct rpc_call *call)
{
	return named_zone_event(call, "ZoneSMDelete");
}

dms_error *
rpc_disable_zone(struct rpc_call *call)
{
	return named_zone_event(call, "ZoneSMDisable");
}

dms_error *
rpc_enable_zone(struct rpc_call *call)
{
	return named_zone_event(call, "ZoneSMEnable");
}

dms_error *
rpc_undelete_zone(struct rpc_call *call)
{
	return numbered_zone_event(call, "ZoneSMUndelete");
}

dms_error *
rpc_destroy_zone(struct rpc_call *call)
{
	return numbered_zone_event(call, "ZoneSMDoDestroy");
}

dms_error *
rpc_nuke_zone(struct rpc_call *call)
{
	struct zone *zone = NULL;
	if (call_has(call, "zone_id") == call_has(call, "name"))
		return param_error(call, "name", "either a name or a zone_id is wanted");
	if (call_has(call, "zone_id"))
		return numbered_zone_event(call, "ZoneSMNukeStart");
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), true, ZONE_READ,
			      &zone));
	return zone_event(call, zone, "ZoneSMNukeStart", NULL);
}

dms_error *
rpc_reset_zone(struct rpc_call *call)
{
	struct zone *zone = NULL;
	int64_t zi_id = 0;
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), true, ZONE_READ,
			      &zone));
	if (call_has(call, "zi_id"))
		TRY(param_zi(call, zone, "zi_id", &zi_id));
	return zone_event(
	    call, zone, "ZoneSMDoReset",
	    json_pack("{s:I,s:s}", "zi_id", (json_int_t)zi_id, "change_by", call->actor));
}

/* The serial: set, moved on, or wrapped; without either of the first two a refresh. */
dms_error *
rpc_poke_zone_set_serial(struct rpc_call *call)
{
	struct zone *zone = NULL;
	json_t *parameters = NULL;
	if (call_has(call, "soa_serial"))
		parameters = json_pack("{s:I}", "soa_serial",
				       (json_int_t)call_integer(call, "soa_serial", 0));
	else if (call_boolean(call, "force_soa_serial_update", false))
		parameters = json_pack("{s:b}", "is_forced", true);
	else
		parameters = json_pack("{s:b}", "is_refresh", true);
	dms_error *error = zone_by_user_name(call->db, call->mem, call_string(call, "name"), true,
					     ZONE_READ, &zone);
	if (error != NULL)
		json_decref(parameters);
	TRY(error);
	return zone_event(call, zone, "ZoneSMPokeSerial", parameters);
}

dms_error *
rpc_poke_zone_wrap_serial(struct rpc_call *call)
{
	struct zone *zone = NULL;
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), true, ZONE_READ,
			      &zone));
	return zone_event(call, zone, "ZoneSMPokeSerial", json_pack("{s:b}", "is_wrapped", true));
}
