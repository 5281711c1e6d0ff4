/* Name servers of other people that a zone has to do with: the primaries of a secondary zone, and
 * who may transfer a zone from our servers. */
#include "methods/zone_peers.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "methods/methods.h"
#include "model/zone_row.h"

#define PRIMARIES_MAX 16
#define TRANSFERS_MAX 256

struct primary {
	const char *address;
	int port;
	int64_t key_id; /* 0: unsigned */
};

static bool
is_address(const char *text)
{
	uint8_t octets[16];
	return inet_pton(AF_INET, text, octets) == 1 || inet_pton(AF_INET6, text, octets) == 1;
}

static dms_error *
key_by_name(struct rpc_call *call, const char *given, int64_t *id)
{
	struct db_result *result = NULL;
	char *name = NULL;
	TRY(tsig_key_name(call, "primaries", given, &name));
	TRY(db_query(call->db, call->mem, &result,
		     "SELECT id FROM tsig_key WHERE name = $1 AND purpose = 'foreign'",
		     P_TEXT(name)));
	if (db_rows(result) == 0)
		return param_error(call, "primaries",
				   "there is no TSIG key %s: create_tsig_key makes it known", name);
	*id = db_int(result, 0, "id");
	return NULL;
}

/* "192.0.2.1", "192.0.2.1@5353", "2001:db8::1@53 key.example." */
static dms_error *
primary_read(struct rpc_call *call, const char *text, struct primary *primary)
{
	char *save = NULL, *words = talloc_strdup(call->mem, text), *end = NULL;
	char *address = strtok_r(words, " ", &save), *key = strtok_r(NULL, " ", &save);
	char *at = address != NULL ? strchr(address, '@') : NULL;
	long port = 53;
	if (at != NULL) {
		*at = '\0';
		port = strtol(at + 1, &end, 10);
		if (at[1] < '0' || at[1] > '9' || *end != '\0')
			port = 0;
	}
	if (address == NULL || !is_address(address) || port < 1 || port > 65535 ||
	    strtok_r(NULL, " ", &save) != NULL)
		return param_error(call, "primaries",
				   "'%.80s' is not ADDRESS[@PORT] [TSIG-KEY], as in 192.0.2.1@53",
				   text);
	*primary = (struct primary){.address = address, .port = (int)port};
	return key != NULL ? key_by_name(call, key, &primary->key_id) : NULL;
}

static dms_error *
primaries_store(struct rpc_call *call, const struct zone *zone, const json_t *list)
{
	const json_t *item;
	size_t i;
	if (json_array_size(list) == 0 || json_array_size(list) > PRIMARIES_MAX)
		return param_error(call, "primaries", "1 to %d are wanted, %zu came", PRIMARIES_MAX,
				   json_array_size(list));
	TRY(db_exec(call->db, "DELETE FROM zone_primary WHERE zone_id = $1", P_INT(zone->id)));
	json_array_foreach (list, i, item) {
		const char *text = json_string_value(item);
		struct primary primary = {0};
		TRY(primary_read(call, text, &primary));
		dms_error *error =
		    db_exec(call->db,
			    "INSERT INTO zone_primary (zone_id, rank, address, port, tsig_key_id)"
			    " VALUES ($1, $2, $3::inet, $4, $5)",
			    P_INT(zone->id), P_INT((int64_t)i), P_TEXT(primary.address),
			    P_INT(primary.port), P_ID(primary.key_id));
		if (error != NULL && error->id == DMS_E_DB_UNIQUE) {
			dms_error_free(error);
			return param_error(call, "primaries", "'%.80s' is there twice", text);
		}
		TRY(error);
	}
	return NULL;
}

static dms_error *
transfers_store(struct rpc_call *call, const struct zone *zone, const json_t *list)
{
	const json_t *item;
	size_t i;
	if (json_array_size(list) > TRANSFERS_MAX)
		return param_error(call, "allow_transfer", "%zu are more than %d",
				   json_array_size(list), TRANSFERS_MAX);
	TRY(db_exec(call->db, "DELETE FROM zone_allow_transfer WHERE zone_id = $1",
		    P_INT(zone->id)));
	json_array_foreach (list, i, item) {
		const char *text = json_string_value(item);
		const char *network = is_address(text) ? text : network_text(call->mem, text);
		if (network == NULL)
			return param_error(call, "allow_transfer",
					   "'%.80s' is neither an address nor a prefix like "
					   "192.0.2.0/24 or 2001:db8::/32",
					   text);
		/* With bits beyond the prefix set it means the network all the same. */
		TRY(db_exec(call->db,
			    "INSERT INTO zone_allow_transfer (zone_id, network)"
			    " VALUES ($1, network($2::inet)) ON CONFLICT DO NOTHING",
			    P_INT(zone->id), P_TEXT(network)));
	}
	return NULL;
}

/* A list as an array of strings. */
static dms_error *
list_of(const struct rpc_call *call, TALLOC_CTX *mem, const char *sql, const struct zone *zone,
	json_t **list)
{
	struct db_result *result = NULL;
	TRY(db_query_params(call->db, mem, &result, sql, 1, &P_INT(zone->id)));
	*list = json_array();
	for (int i = 0; i < db_rows(result); i++)
		json_array_append_new(*list, json_string(db_text(result, i, "word")));
	return NULL;
}

dms_error *
zone_peers_add(const struct rpc_call *call, const struct zone *zone, json_t *json)
{
	json_t *primaries = NULL, *transfers = NULL;
	TRY(list_of(call, call->mem,
		    "SELECT host(p.address) || '@' || p.port || coalesce(' ' || k.name, '') AS word"
		    " FROM zone_primary p LEFT JOIN tsig_key k ON k.id = p.tsig_key_id"
		    " WHERE p.zone_id = $1::bigint ORDER BY p.rank",
		    zone, &primaries));
	json_object_set_new(json, "primaries", primaries);
	/* An address alone has no prefix. */
	TRY(list_of(call, call->mem,
		    "SELECT CASE WHEN network = host(network)::cidr THEN host(network)"
		    " ELSE network::text END AS word"
		    " FROM zone_allow_transfer WHERE zone_id = $1::bigint ORDER BY network",
		    zone, &transfers));
	json_object_set_new(json, "allow_transfer", transfers);
	return NULL;
}

dms_error *
zone_peers_store(struct rpc_call *call, const struct zone *zone, bool *is_changed)
{
	const json_t *primaries = json_object_get(call->params, "primaries");
	const json_t *transfers = json_object_get(call->params, "allow_transfer");
	*is_changed = primaries != NULL || transfers != NULL;
	if (primaries != NULL && !zone_is_secondary(zone))
		return param_error(call, "primaries",
				   "zone %s is %s: only a secondary zone has them", zone->name,
				   zone->zone_type);
	if (primaries != NULL)
		TRY(primaries_store(call, zone, primaries));
	if (transfers != NULL)
		TRY(transfers_store(call, zone, transfers));
	return NULL;
}

dms_error *
zone_type_of_call(const struct rpc_call *call, const char **zone_type)
{
	static const char *const types[] = {"dynamic", "static", "secondary"};
	static const char *const not_theirs[] = {"zi_data",    "zi_text",     "use_apex_ns",
						 "edit_lock",  "auto_dnssec", "nsec3",
						 "inc_updates"};
	const char *given = call_string(call, "zone_type");
	*zone_type = NULL;
	for (size_t i = 0; given != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i], given) == 0)
			*zone_type = types[i];
	if (given == NULL)
		*zone_type = types[0];
	if (*zone_type == NULL)
		return param_error(call, "zone_type", "'%.40s' is not dynamic, static or secondary",
				   given);
	if (strcmp(*zone_type, "secondary") != 0)
		return NULL;
	if (!call_has(call, "primaries"))
		return param_error(call, "primaries", "a secondary zone needs at least one");
	for (size_t i = 0; i < sizeof(not_theirs) / sizeof(not_theirs[0]); i++)
		if (call_has(call, not_theirs[i]))
			return param_error(call, not_theirs[i],
					   "a secondary zone's content comes from its primaries");
	return NULL;
}

dms_error *
check_has_content(const struct zone *zone)
{
	if (!zone_is_secondary(zone))
		return NULL;
	return dms_error_put_str(
	    dms_error_new(DMS_E_ZONE_IS_SECONDARY,
			  "zone %s is secondary: its content comes from its primaries", zone->name),
	    "name", zone->name);
}
