/* create_zone, copy_zone and create_zi_zone (spec/json-rpc.md sections 5.3, 5.4, 7.2 and 11.1). */
#include <string.h>

#include "base/time.h"
#include "dns/name.h"
#include "dns/serial.h"
#include "methods/methods.h"
#include "methods/zone_peers.h"
#include "model/history.h"
#include "sm/sm.h"

/* What a zone that does not exist yet is going to be. */
struct creation {
	struct zone zone;
	char *network; /* of a reverse zone; NULL: not one, or none that is known */
	int64_t ref_id;
	struct content content;
	struct instance_author author;
	struct zone *source; /* copied from; NULL: made anew */
};

/* An arpa name that is to be given as its network. A classless one may be given as it is, for there
 * are several ways to write it, and they are different zones. */
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
		new->network = classless_network(call->mem, name);
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
	if (reference == NULL && new->content.text != NULL)
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

/* Given, or the source's, or the configured one. */
static dms_error *
flag_chosen(const struct rpc_call *call, const char *key, const bool *source, bool *flag)
{
	if (!call_has(call, key) && source == NULL)
		return config_flag(call->db, key, flag);
	*flag = call_boolean(call, key, source != NULL && *source);
	return NULL;
}

static dms_error *
flags_chosen(const struct rpc_call *call, struct creation *new)
{
	struct zone *zone = &new->zone;
	const struct zone *from = new->source;
#define FROM(flag) (from == NULL ? NULL : &from->flag)
	TRY(flag_chosen(call, "use_apex_ns", FROM(use_apex_ns), &zone->use_apex_ns));
	TRY(flag_chosen(call, "edit_lock", FROM(edit_lock), &zone->edit_lock));
	TRY(flag_chosen(call, "auto_dnssec", FROM(auto_dnssec), &zone->auto_dnssec));
	TRY(flag_chosen(call, "nsec3", FROM(nsec3), &zone->nsec3));
	TRY(flag_chosen(call, "inc_updates", FROM(inc_updates), &zone->inc_updates));
#undef FROM
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
	uint32_t last = 0;
	TRY(zone_last_serial(call->db, new->zone.name, &last));
	*serial = serial_first(*serial, last, serial_of_day(realtime_us()));
	return NULL;
}

static dms_error *
zone_made(struct rpc_call *call, struct creation *new, int64_t *zi_id)
{
	struct zone *zone = &new->zone;
	TRY(content_check(call, zone, &new->content));
	TRY(serial_chosen(call, new));
	TRY(zone_insert(call->db, zone, new->ref_id, new->network));
	return instance_store_completed(call->db, zone, new->content.text, &new->author, zi_id);
}

static dms_error *
post_config(struct rpc_call *call, const struct zone *zone)
{
	struct sm_event event = {
	    .machine = "zone",
	    .sm_id = zone->id,
	    .sm_name = zone->name,
	    .type = "ZoneSMConfig",
	    .change_id = call->change_id,
	    .is_bulk = strcmp(zone->state, "BATCH_CREATE_1") == 0,
	};
	return sm_post(call->db, call->bus, &event, NULL);
}

/* What the content of the new zone is, is known: the rest of both methods. */
static dms_error *
create(struct rpc_call *call, struct creation *new)
{
	struct zone *zone = &new->zone;
	int64_t zi_id = 0;
	TRY(reference_chosen(call, new));
	TRY(flags_chosen(call, new));
	TRY(group_chosen(call, new));
	TRY(zone_made(call, new, &zi_id));
	TRY(post_config(call, zone));
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

/* A zone without content of its own. */
static dms_error *
create_secondary(struct rpc_call *call, struct creation *new)
{
	struct zone *zone = &new->zone;
	bool is_modified = false;
	TRY(reference_chosen(call, new));
	TRY(group_chosen(call, new));
	TRY(zone_insert(call->db, zone, new->ref_id, new->network));
	TRY(zone_peers_store(call, zone, &is_modified));
	TRY(post_config(call, zone));
	TRY(describe(call, "zone", zone->name, NULL,
		     json_pack("{s:I,s:s,s:s?,s:s,s:O}", "zone_id", (json_int_t)zone->id, "sg_name",
			       zone->sg_name, "reference", zone->reference, "zone_type",
			       zone->zone_type, "primaries",
			       json_object_get(call->params, "primaries"))));
	call->result = json_pack("{s:I,s:s,s:n,s:[]}", "zone_id", (json_int_t)zone->id, "name",
				 zone->name, "zi_id", "findings");
	return NULL;
}

/* `state`: the one it begins in. */
static dms_error *
create_in(struct rpc_call *call, const char *state)
{
	struct creation *new = talloc_zero(call->mem, struct creation);
	bool is_modified = false;
	new->zone.state = state;
	TRY(param_author(call, NULL, &new->author));
	TRY(name_taken(call, new));
	TRY(zone_type_of_call(call, &new->zone.zone_type));
	if (zone_is_secondary(&new->zone))
		return create_secondary(call, new);
	TRY(content_read(call, new->zone.name, &new->content));
	new->content.normalises_ttls = true;
	TRY(create(call, new));
	return zone_peers_store(call, &new->zone, &is_modified);
}

dms_error *
rpc_create_zone(struct rpc_call *call)
{
	return create_in(call, "CREATE");
}

dms_error *
rpc_create_zone_batch(struct rpc_call *call)
{
	return create_in(call, "BATCH_CREATE_1");
}

/* The source's content under the new name. */
static dms_error *
source_read(struct rpc_call *call, struct creation *new, int64_t zi_id)
{
	struct instance *instance = NULL;
	TRY(check_has_content(new->source));
	new->zone.zone_type = new->source->zone_type;
	TRY(instance_load(call->db, call->mem, new->source, zi_id, &instance, &new->content.text));
	new->content.findings = talloc_zero(call->mem, struct findings);
	new->content.is_given = true;
	TRY(text_move(new->content.text, new->zone.name));
	return param_author(call,
			    talloc_asprintf(call->mem, "copy of %s, instance %lld",
					    new->source->name, (long long)zi_id),
			    &new->author);
}

static dms_error *
copy(struct rpc_call *call, struct creation *new, int64_t zi_id)
{
	TRY(source_read(call, new, zi_id));
	TRY(create(call, new));
	/* Who sees the source sees the copy, as long as nobody says otherwise. */
	return db_exec(call->db,
		       "INSERT INTO zone_sectag (zone_id, sectag_id) "
		       "SELECT $1, sectag_id FROM zone_sectag WHERE zone_id = $2 "
		       "ON CONFLICT DO NOTHING",
		       P_INT(new->zone.id), P_INT(new->source->id));
}

dms_error *
rpc_copy_zone(struct rpc_call *call)
{
	struct creation *new = talloc_zero(call->mem, struct creation);
	int64_t zi_id = 0;
	TRY(name_taken(call, new));
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "src_name"), true, ZONE_READ,
			      &new->source));
	TRY(param_zi(call, new->source, "zi_id", &zi_id));
	return copy(call, new, zi_id);
}

/* The same from any instance there is, also one of a deleted zone. */
dms_error *
rpc_create_zi_zone(struct rpc_call *call)
{
	struct creation *new = talloc_zero(call->mem, struct creation);
	int64_t zi_id = 0;
	TRY(name_taken(call, new));
	TRY(param_zi_number(call, "zi_id", &zi_id));
	TRY(zone_of_zi(call, zi_id, &new->source));
	return copy(call, new, zi_id);
}
