/* create_zone (spec/json-rpc.md sections 5.3, 5.4 and 7.2). */
#include <string.h>

#include "base/time.h"
#include "dns/name.h"
#include "dns/serial.h"
#include "methods/methods.h"
#include "sm/sm.h"

/* What a zone that does not exist yet is going to be. */
struct creation {
	struct zone zone;
	char *network; /* NULL: not a reverse zone named by its block */
	int64_t ref_id;
	struct content content;
};

/* An arpa name that a network could have named. Classless ones (RFC 2317) have no such network. */
static bool
is_plain_reverse(const char *name)
{
	if (!name_is_within(name, "in-addr.arpa.") && !name_is_within(name, "ip6.arpa."))
		return false;
	size_t digits = strspn(name, "0123456789abcdef");
	return name[digits] == '.' || strcmp(name, "in-addr.arpa.") == 0 ||
	       strcmp(name, "ip6.arpa.") == 0;
}

static dms_error *
name_taken(const struct rpc_call *call, struct creation *new)
{
	const char *given = call_string(call, "name");
	char *name = NULL;
	if (is_network(given)) {
		TRY(network_to_zone(call->mem, given, &name, &new->network));
	} else {
		TRY(zone_name_normalise(call->mem, given, &name));
		if (is_plain_reverse(name))
			return dms_error_put_str(
			    dms_error_new(
				DMS_E_REVERSE_NAMES_NOT_ACCEPTED,
				"%s: name a reverse zone by its network, like 192.0.2.0/24", name),
			    "name", name);
	}
	new->zone.name = name;
	struct zone *other = NULL;
	dms_error *error = zone_by_name(call->db, call->mem, name, ZONE_READ, &other);
	if (error != NULL && error->id == DMS_E_ZONE_NOT_FOUND) {
		dms_error_free(error);
		return NULL;
	}
	TRY(error);
	return dms_error_put_str(dms_error_new(DMS_E_ZONE_EXISTS, "zone %s exists already", name),
				 "name", name);
}

/* Given, or the parent's, or the text's own, or the configured one; a system without any has zones
 * without. */
static dms_error *
reference_chosen(struct rpc_call *call, struct creation *new)
{
	const char *reference = call_string(call, "reference");
	struct zone *parent = NULL;
	if (reference == NULL) {
		TRY(zone_parent(call->db, call->mem, new->zone.name, &parent));
		reference = parent != NULL ? parent->reference : NULL;
	}
	if (reference == NULL)
		reference = new->content.text->reference;
	if (reference == NULL) {
		char *value = NULL;
		dms_error *error = config_value(call->db, call->mem, "default_ref", 0, &value);
		if (error != NULL && error->id != DMS_E_ZONE_CFG_ITEM_NOT_FOUND)
			return error;
		dms_error_free(error);
		reference = value;
	}
	new->zone.reference = reference;
	return reference_get(call->db, reference, &new->ref_id);
}

static dms_error *
group_chosen(struct rpc_call *call, struct creation *new)
{
	char *configured = NULL;
	const char *name = call_string(call, "sg_name");
	struct server_group *sg = NULL;
	if (name == NULL) {
		TRY(config_value(call->db, call->mem, "default_sg", 0, &configured));
		name = configured;
	}
	TRY(sg_by_name(call->db, call->mem, name, &sg));
	if (strcmp(sg->kind, "master") == 0)
		return dms_error_put_str(dms_error_new(DMS_E_NO_SG_FOUND,
						       "server group %s is the hidden master's: it "
						       "holds all zones and serves none",
						       sg->name),
					 "sg_name", sg->name);
	new->zone.sg_id = sg->id;
	new->zone.sg_name = sg->name;
	return NULL;
}

static dms_error *
flag_chosen(const struct rpc_call *call, const char *key, bool *flag)
{
	if (!call_has(call, key))
		return config_flag(call->db, key, flag);
	*flag = call_boolean(call, key, false);
	return NULL;
}

static dms_error *
flags_chosen(const struct rpc_call *call, struct creation *new)
{
	struct zone *zone = &new->zone;
	TRY(flag_chosen(call, "use_apex_ns", &zone->use_apex_ns));
	TRY(flag_chosen(call, "edit_lock", &zone->edit_lock));
	TRY(flag_chosen(call, "auto_dnssec", &zone->auto_dnssec));
	TRY(flag_chosen(call, "nsec3", &zone->nsec3));
	TRY(flag_chosen(call, "inc_updates", &zone->inc_updates));
	if (new->network != NULL)
		zone->inc_updates = call_boolean(call, "inc_updates", true);
	return NULL;
}

/* A zone begins with today's serial; after a given one, and after the last of a zone of its name
 * that secondaries may still remember. */
static dms_error *
serial_chosen(const struct rpc_call *call, struct creation *new)
{
	uint32_t *serial = &new->content.text->soa.serial;
	uint32_t last = 0, today = serial_of_day(realtime_us());
	TRY(zone_last_serial(call->db, new->zone.name, &last));
	uint32_t current = *serial != 0 ? *serial : last;
	uint32_t known = *serial != 0 ? last : 0;
	if (current == 0) {
		*serial = today;
		return NULL;
	}
	return serial_next(new->zone.name, current, known, 0, today, serial);
}

static dms_error *
zone_made(struct rpc_call *call, struct creation *new, int64_t *zi_id)
{
	struct zone *zone = &new->zone;
	struct instance_author author = {.change_by = call->actor, .change_id = call->change_id};
	TRY(content_check(call, zone, &new->content));
	TRY(serial_chosen(call, new));
	TRY(zone_insert(call->db, zone, new->ref_id, new->network));
	return instance_store_completed(call->db, zone, new->content.text, &author, zi_id);
}

dms_error *
rpc_create_zone(struct rpc_call *call)
{
	struct creation *new = talloc_zero(call->mem, struct creation);
	struct zone *zone = &new->zone;
	int64_t zi_id = 0;
	TRY(name_taken(call, new));
	TRY(content_read(call, zone->name, &new->content));
	TRY(reference_chosen(call, new));
	TRY(flags_chosen(call, new));
	TRY(group_chosen(call, new));
	TRY(zone_made(call, new, &zi_id));
	struct sm_event event = {
	    .machine = "zone",
	    .sm_id = zone->id,
	    .sm_name = zone->name,
	    .type = "ZoneSMConfig",
	    .change_id = call->change_id,
	};
	TRY(sm_post(call->db, call->bus, &event, NULL));
	TRY(content_post_reverse(call, zone, &new->content, zi_id, true));
	TRY(describe(call, "zone", zone->name, NULL,
		     json_pack("{s:I,s:I,s:s,s:s?}", "zone_id", (json_int_t)zone->id, "zi_id",
			       (json_int_t)zi_id, "sg_name", zone->sg_name, "reference",
			       zone->reference)));
	call->result =
	    json_pack("{s:I,s:s,s:I,s:o}", "zone_id", (json_int_t)zone->id, "name", zone->name,
		      "zi_id", (json_int_t)zi_id, "findings", content_findings(&new->content));
	return NULL;
}
