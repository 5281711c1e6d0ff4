/* Going back: refresh_zone, restore_rrset. And refresh_zone_ttl, which makes a new instance without
 * new records. */
#include <string.h>

#include "dns/name.h"
#include "methods/methods.h"
#include "methods/zone_peers.h"
#include "model/history.h"

static dms_error *
zone_named(struct rpc_call *call, struct zone **zone)
{
	return zone_by_user_name(call->db, call->mem, call_string(call, "name"), true,
				 ZONE_FOR_UPDATE, zone);
}

static dms_error *
zone_to_change(struct rpc_call *call, struct zone **zone)
{
	TRY(zone_named(call, zone));
	TRY(check_has_content(*zone));
	if ((*zone)->zi_candidate_id != 0)
		return NULL;
	return dms_error_put_str(
	    dms_error_new(DMS_E_ZONE_HAS_NO_ZI, "zone %s has no instance", (*zone)->name), "name",
	    (*zone)->name);
}

/* The content of an instance as the start of a new one, whose serial goes on from the newest. */
static dms_error *
content_of(struct rpc_call *call, const struct zone *zone, int64_t zi_id,
	   struct instance **instance, struct zone_text **text)
{
	TRY(instance_load(call->db, call->mem, zone, zi_id, instance, text));
	(*text)->soa.serial = 0;
	return NULL;
}

/* A secondary zone's refresh: its servers look whether their primaries have something newer. */
static dms_error *
ask_primaries(struct rpc_call *call, const struct zone *zone)
{
	TRY(post_publish(call, zone, 0, true));
	TRY(describe(call, "zone", zone->name, NULL, NULL));
	call->result = json_pack("{s:I,s:s,s:n}", "zone_id", (json_int_t)zone->id, "name",
				 zone->name, "zi_id");
	return NULL;
}

dms_error *
rpc_refresh_zone(struct rpc_call *call)
{
	struct zone *zone = NULL;
	struct instance *instance = NULL;
	struct zone_text *text = NULL;
	struct instance_author author;
	int64_t source = 0, zi_id = 0;
	bool is_return = call_has(call, "zi_id");
	TRY(zone_named(call, &zone));
	if (zone_is_secondary(zone) && !is_return)
		return ask_primaries(call, zone);
	TRY(zone_to_change(call, &zone));
	source = zone->zi_candidate_id;
	TRY(is_return ? check_writable(call, zone) : check_base(call, zone));
	if (is_return) {
		TRY(param_zi(call, zone, "zi_id", &source));
	}
	TRY(content_of(call, zone, source, &instance, &text));
	TRY(param_author(call,
			 is_return ? talloc_asprintf(call->mem, "as instance %lld of %.19s",
						     (long long)source, instance->ctime)
				   : "apex as configured",
			 &author));
	TRY(instance_store(call->db, zone, text, &author, &zi_id));
	return content_saved(call, zone, text, zi_id, !is_return);
}

/* A label as people give one: relative, "@", or with the zone's name. */
static dms_error *
param_label(struct rpc_call *call, const struct zone *zone, char **label)
{
	char *name = NULL;
	TRY(name_normalise(call->mem, call_string(call, "label"), zone->name, &name));
	*label = name_relative(call->mem, name, zone->name);
	if (*label != NULL)
		return NULL;
	return dms_error_put_str(
	    dms_error_new(DMS_E_LABEL_NOT_IN_DOMAIN, "%s is not in zone %s", name, zone->name),
	    "label", name);
}

static dms_error *
param_type(const struct rpc_call *call, uint16_t *type)
{
	const char *name = call_string(call, "type");
	*type = strcasecmp(name, "ANY") == 0 ? RR_ANY : rr_type_parse(name);
	if (*type == 0)
		return param_error(call, "type", "'%.40s' is no record type", name);
	if (*type == RR_SOA)
		return param_error(call, "type",
				   "the SOA belongs to the zone as a whole: use refresh_zone");
	return NULL;
}

static dms_error *
restore(struct rpc_call *call, const struct zone *zone, int64_t source, const char *label,
	uint16_t type, struct content *content)
{
	struct instance *then = NULL, *now = NULL;
	struct zone_text *old = NULL;
	bool is_changed = false;
	TRY(content_of(call, zone, source, &then, &old));
	TRY(content_of(call, zone, zone->zi_candidate_id, &now, &content->text));
	text_restore_rrset(content->text, old, label, type, &is_changed);
	if (!is_changed)
		return param_error(call, "label",
				   "neither instance %lld nor the newest one has %s records at %s",
				   (long long)source, call_string(call, "type"), label);
	content->findings = talloc_zero(call->mem, struct findings);
	return content_check(call, zone, content);
}

dms_error *
rpc_restore_rrset(struct rpc_call *call)
{
	struct zone *zone = NULL;
	struct content content = {0};
	struct instance_author author;
	char *label = NULL;
	uint16_t type = 0;
	int64_t source = 0, zi_id = 0;
	TRY(zone_to_change(call, &zone));
	TRY(check_writable(call, zone));
	TRY(param_zi(call, zone, "zi_id", &source));
	TRY(param_label(call, zone, &label));
	TRY(param_type(call, &type));
	TRY(restore(call, zone, source, label, type, &content));
	TRY(param_author(call,
			 talloc_asprintf(call->mem, "%s %s as in instance %lld", label,
					 call_string(call, "type"), (long long)source),
			 &author));
	TRY(instance_store_completed(call->db, zone, content.text, &author, &zi_id));
	return content_saved(call, zone, content.text, zi_id, false);
}

/* Given, or the configured one of the zone's group. */
static dms_error *
zone_ttl_chosen(struct rpc_call *call, const struct zone *zone, uint32_t *ttl)
{
	const json_t *given = json_object_get(call->params, "zone_ttl");
	char *value = NULL;
	if (json_is_integer(given)) {
		*ttl = (uint32_t)json_integer_value(given);
		return NULL;
	}
	if (json_is_string(given))
		return ttl_parse(json_string_value(given), ttl);
	TRY(config_value(call->db, call->mem, "zone_ttl", zone->sg_id, &value));
	return dms_error_wrap(ttl_parse(value, ttl), "configuration key zone_ttl");
}

/* Records with a TTL of their own keep it. */
dms_error *
rpc_refresh_zone_ttl(struct rpc_call *call)
{
	struct zone *zone = NULL;
	struct instance *instance = NULL;
	struct content content = {0};
	struct instance_author author;
	int64_t zi_id = 0;
	uint32_t ttl = 0;
	TRY(zone_to_change(call, &zone));
	TRY(check_writable(call, zone));
	TRY(zone_ttl_chosen(call, zone, &ttl));
	TRY(content_of(call, zone, zone->zi_candidate_id, &instance, &content.text));
	if (content.text->zone_ttl != ttl)
		content.text->zone_ttl_text = NULL;
	content.text->zone_ttl = ttl;
	content.findings = talloc_zero(call->mem, struct findings);
	TRY(content_check(call, zone, &content));
	TRY(param_author(call, talloc_asprintf(call->mem, "zone TTL %u", ttl), &author));
	TRY(instance_store_completed(call->db, zone, content.text, &author, &zi_id));
	TRY(content_saved(call, zone, content.text, zi_id, true));
	json_object_set_new(call->result, "zone_ttl", json_sprintf("%u", ttl));
	json_object_set_new(call->result, "findings", content_findings(&content));
	return NULL;
}
