/* Which instance a caller gets to see, and how it stands on the servers. */
#include <string.h>

#include "dns/serial.h"
#include "methods/methods.h"
#include "methods/zone_peers.h"
#include "model/shape.h"

#define PUBLICATION_SELECT                                                                        \
	"SELECT " UTC_COLUMN("p.", "published_at") "p.serial FROM publication p "                 \
						   "WHERE p.zone_id = $1 AND p.zi_id = $2 ORDER " \
						   "BY p.published_at DESC LIMIT 1"

/* When and with which serial the instance was last published. */
static dms_error *
add_publication(struct rpc_call *call, struct shown *shown)
{
	struct db_result *result = NULL;
	TRY(db_query(call->db, call->mem, &result, PUBLICATION_SELECT, P_INT(shown->zone->id),
		     P_INT(shown->instance->id)));
	if (db_rows(result) == 0)
		return NULL;
	shown->published_at = db_text(result, 0, "published_at");
	shown->instance->soa.serial = (uint32_t)db_int(result, 0, "serial");
	if (shown->text != NULL)
		shown->text->soa.serial = shown->instance->soa.serial;
	return NULL;
}

dms_error *
shown_load_instance(struct rpc_call *call, struct shown *shown, int64_t zi_id, bool with_text)
{
	const struct zone *zone = shown->zone;
	dms_error *error =
	    with_text
		? instance_load(call->db, call->mem, zone, zi_id, &shown->instance, &shown->text)
		: instance_get(call->db, call->mem, zone->id, zi_id, &shown->instance);
	if (error != NULL && error->id == DMS_E_ZI_NOT_FOUND)
		dms_error_put_str(dms_error_wrap(error, "%s", zone->name), "name", zone->name);
	TRY(error);
	return add_publication(call, shown);
}

static dms_error *
load_named(struct rpc_call *call, struct shown *shown, bool with_text)
{
	int64_t zi_id = 0;
	*shown = (struct shown){0};
	TRY(zone_by_user_name(call->db, call->mem, call_string(call, "name"), false, ZONE_READ,
			      &shown->zone));
	TRY(check_has_content(shown->zone));
	TRY(param_zi(call, shown->zone, "zi_id", &zi_id));
	return shown_load_instance(call, shown, zi_id, with_text);
}

dms_error *
shown_load(struct rpc_call *call, struct shown *shown)
{
	return load_named(call, shown, true);
}

dms_error *
shown_load_head(struct rpc_call *call, struct shown *shown)
{
	return load_named(call, shown, false);
}

/* Why a server does not have the newest content yet; NULL when there is nothing to say. */
static const char *
server_reason(TALLOC_CTX *mem, const struct zone *zone, const struct db_result *result, int row)
{
	const char *state = db_text(result, row, "state");
	const char *why = db_text(result, row, "retry_msg");
	if (zone->published_at == NULL || strcmp(zone->state, "PUBLISHED") != 0)
		return zone->last_error != NULL
			   ? talloc_asprintf(mem, "not published: %s", zone->last_error)
			   : talloc_asprintf(mem, "not published yet: the zone is in %s",
					     zone->state);
	if (strcmp(state, "OK") != 0)
		return why != NULL ? talloc_asprintf(mem, "server is in %s: %s", state, why)
				   : talloc_asprintf(mem, "server is in %s", state);
	return "no report of this serial yet";
}

static json_t *
server_to_sync(TALLOC_CTX *mem, const struct zone *zone, const struct db_result *result, int row)
{
	uint32_t served = (uint32_t)db_int(result, row, "served_serial");
	/* A name server that signs raises the serial by itself. */
	bool is_in_sync = served != 0 && zone->soa_serial != 0 &&
			  (served == zone->soa_serial || serial_lt(zone->soa_serial, served));
	json_t *json = json_object();
	json_object_set_new(json, "server_name", json_string(db_text(result, row, "name")));
	json_object_set_new(json, "served_serial", shape_id(served));
	json_object_set_new(json, "lag_ms",
			    !is_in_sync || db_is_null(result, row, "lag_ms")
				? json_null()
				: json_integer(db_int(result, row, "lag_ms")));
	json_object_set_new(json, "is_in_sync", json_boolean(is_in_sync));
	json_object_set_new(
	    json, "late_ms",
	    is_in_sync || zone->published_us == 0
		? json_null()
		: json_integer((db_int(result, row, "now_us") - zone->published_us) / 1000));
	json_object_set_new(json, "reason",
			    is_in_sync ? json_null()
				       : shape_text(server_reason(mem, zone, result, row)));
	return json;
}

dms_error *
zone_servers_json(struct rpc_call *call, TALLOC_CTX *mem, const struct zone *zone, json_t **servers)
{
	struct db_result *result = NULL;
	TRY(db_query(call->db, mem, &result,
		     "SELECT s.name, s.state, s.retry_msg, coalesce(y.served_serial, 0) AS "
		     "served_serial, y.lag_ms, " UTC_MICROSECONDS(
			 "clock_timestamp()") " AS now_us FROM server s JOIN server_group g ON "
					      "g.id = s.sg_id "
					      "LEFT JOIN zone_sync y ON y.zone_id = $1 AND "
					      "y.server_id = s.id "
					      "WHERE s.state <> 'DISABLED' "
					      "AND (g.id = $2 OR g.id = $3 OR g.kind = 'replica') "
					      "ORDER BY s.name",
		     P_INT(zone->id), P_INT(zone->sg_id), P_INT(zone->alt_sg_id)));
	*servers = json_array();
	for (int i = 0; i < db_rows(result); i++)
		json_array_append_new(*servers, server_to_sync(mem, zone, result, i));
	return NULL;
}
