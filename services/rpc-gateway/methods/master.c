/* The master state machine as operators see it, and asking it to read configuration anew. */
#include <string.h>

#include "methods/methods.h"
#include "model/shape.h"
#include "sm/sm.h"

static dms_error *
post_to_master(struct rpc_call *call, const char *type, const json_t *parameters)
{
	struct sm_event event = {
	    .machine = "master",
	    .sm_id = 1,
	    .sm_name = "master",
	    .type = type,
	    .parameters = parameters,
	    .change_id = call->change_id,
	};
	return sm_post(call->db, call->bus, &event, NULL);
}

dms_error *
rpc_reconfig_sg(struct rpc_call *call)
{
	struct server_group *sg = NULL;
	TRY(sg_by_name(call->db, call->mem, call_string(call, "sg_name"), &sg));
	json_t *parameters =
	    json_pack("{s:I,s:s}", "sg_id", (json_int_t)sg->id, "sg_name", sg->name);
	dms_error *error = post_to_master(call, "MasterSMPartialReconfig", parameters);
	json_decref(parameters);
	TRY(error);
	TRY(describe(call, "server_group", sg->name, NULL, NULL));
	call->result = json_pack("{s:s}", "sg_name", sg->name);
	return NULL;
}

dms_error *
rpc_reconfig_all(struct rpc_call *call)
{
	TRY(post_to_master(call, "MasterSMAllReconfig", NULL));
	TRY(describe(call, "master", "master", NULL, NULL));
	call->result = json_object();
	return NULL;
}

/* "HOLD_SG_NONE", "HOLD_SG_MASTER", "HOLD_SG_ALL", or a group's id as text. */
static json_t *
hold_sg_json(const struct db_result *result)
{
	const char *scope = db_text(result, 0, "hold_scope");
	if (strcmp(scope, "SG") == 0)
		return json_sprintf("%lld", (long long)db_int(result, 0, "hold_sg_id"));
	return json_sprintf("HOLD_SG_%s", scope);
}

#define MASTER_SELECT                                                                              \
	"SELECT m.state, " UTC_COLUMN("m.", "hold_start") UTC_COLUMN("m.", "hold_stop")            \
	    UTC_COLUMN("m.", "last_error_since") "m.hold_scope, m.hold_sg_id, m.last_error, "      \
						 "g.name::text AS hold_sg_name "                   \
						 "FROM master m LEFT JOIN server_group g ON g.id " \
						 "= m.hold_sg_id WHERE m.id = 1"

static dms_error *
add_master(struct rpc_call *call, json_t *json)
{
	struct db_result *result = NULL;
	TRY(db_query(call->db, call->mem, &result, MASTER_SELECT));
	if (db_rows(result) == 0)
		return dms_error_new(DMS_E_SCHEMA,
				     "the row of the master state machine is missing");
	json_object_set_new(json, "master_id", json_integer(1));
	json_object_set_new(json, "state", json_string(db_text(result, 0, "state")));
	json_object_set_new(json, "hold_start", shape_text(db_text(result, 0, "hold_start")));
	json_object_set_new(json, "hold_stop", shape_text(db_text(result, 0, "hold_stop")));
	json_object_set_new(json, "hold_sg", hold_sg_json(result));
	json_object_set_new(json, "hold_sg_name", shape_text(db_text(result, 0, "hold_sg_name")));
	json_object_set_new(json, "last_error", shape_text(db_text(result, 0, "last_error")));
	json_object_set_new(json, "last_error_since",
			    shape_text(db_text(result, 0, "last_error_since")));
	return NULL;
}

static dms_error *
add_master_server(struct rpc_call *call, json_t *json)
{
	struct server *server = NULL;
	dms_error *error = server_master(call->db, call->mem, &server);
	if (error != NULL && error->id != DMS_E_NO_MASTER)
		return error;
	dms_error_free(error);
	json_object_set_new(json, "master_server_id", shape_id(server == NULL ? 0 : server->id));
	json_object_set_new(json, "master_server",
			    shape_text(server == NULL ? NULL : server->name));
	return NULL;
}

/* servers_ok and servers_total of one group; only those in service count. */
static void
count_servers(const struct server *servers, size_t count, json_t *group, int64_t sg_id)
{
	json_int_t ok = 0, total = 0;
	for (size_t i = 0; i < count; i++) {
		if (servers[i].sg_id != sg_id || strcmp(servers[i].state, "DISABLED") == 0)
			continue;
		total++;
		ok += strcmp(servers[i].state, "OK") == 0;
	}
	json_object_set_new(group, "servers_ok", json_integer(ok));
	json_object_set_new(group, "servers_total", json_integer(total));
}

static dms_error *
add_groups(struct rpc_call *call, json_t *json)
{
	struct server_group *sgs = NULL;
	struct server *servers = NULL;
	size_t sg_count = 0, server_count = 0;
	TRY(sg_list(call->db, call->mem, &sgs, &sg_count));
	TRY(server_list(call->db, call->mem, 0, &servers, &server_count));
	json_t *list = json_array();
	const struct server_group *replica = NULL;
	for (size_t i = 0; i < sg_count; i++) {
		json_t *group = sg_to_json(&sgs[i]);
		count_servers(servers, server_count, group, sgs[i].id);
		json_array_append_new(list, group);
		if (strcmp(sgs[i].kind, "replica") == 0)
			replica = &sgs[i];
	}
	json_object_set_new(json, "replica_sg_id", shape_id(replica == NULL ? 0 : replica->id));
	json_object_set_new(json, "replica_sg_name",
			    shape_text(replica == NULL ? NULL : replica->name));
	json_object_set_new(json, "groups", list);
	return NULL;
}

static dms_error *
add_counts(struct rpc_call *call, json_t *json)
{
	struct db_result *result = NULL;
	TRY(db_query(
	    call->db, call->mem, &result,
	    "SELECT (SELECT count(*) FROM event WHERE state IN ('NEW', 'RUNNING', 'RETRY')) "
	    "AS events, "
	    "(SELECT count(*) FROM zone WHERE NOT is_in_sync "
	    "AND state NOT IN ('DISABLED', 'DELETED')) AS zones"));
	json_object_set_new(json, "pending_events", json_integer(db_int(result, 0, "events")));
	json_object_set_new(json, "zones_behind", json_integer(db_int(result, 0, "zones")));
	return NULL;
}

dms_error *
rpc_show_master_status(struct rpc_call *call)
{
	call->result = json_object();
	TRY(add_master(call, call->result));
	TRY(add_master_server(call, call->result));
	TRY(add_groups(call, call->result));
	TRY(add_counts(call, call->result));
	return add_trouble(call, call->result);
}
