/* Servers: creating, listing, in and out of service (spec/json-rpc.md section 11.3). */
#include <ctype.h>
#include <string.h>

#include "methods/methods.h"

/* Lower case, without final dot. */
static dms_error *
server_name_read(const struct rpc_call *call, const char **name)
{
	char *lower = talloc_strdup(call->mem, call_string(call, "server_name"));
	size_t size = strlen(lower);
	if (size > 0 && lower[size - 1] == '.')
		lower[--size] = '\0';
	bool is_good = size >= 1 && size <= 255;
	for (size_t i = 0; i < size; i++) {
		lower[i] = (char)tolower((unsigned char)lower[i]);
		is_good &=
		    isalnum((unsigned char)lower[i]) || (i > 0 && strchr("-_.", lower[i]) != NULL);
	}
	if (!is_good)
		return param_error(
		    call, "server_name",
		    "'%s' is not up to 255 of a-z 0-9 . - _, first a letter or digit", lower);
	*name = lower;
	return NULL;
}

static dms_error *
check_address(struct rpc_call *call, const struct server *server)
{
	struct db_result *result = NULL;
	TRY(db_query(call->db, call->mem, &result,
		     "SELECT name FROM server WHERE address = $1::inet AND port = $2",
		     P_TEXT(server->address), P_INT(server->port)));
	if (db_rows(result) == 0)
		return NULL;
	const char *other = db_text(result, 0, "name");
	return dms_error_put_str(
	    dms_error_put_str(dms_error_new(DMS_E_SERVER_ADDRESS_EXISTS,
					    "server %s has address %s port %d already", other,
					    server->address, server->port),
			      "address", server->address),
	    "server_name", other);
}

static dms_error *
group_and_type(struct rpc_call *call, struct server *server)
{
	const char *sg_name = call_string(call, "sg_name");
	const char *type = call_string(call, "server_type");
	char *value = NULL;
	struct server_group *sg = NULL;
	if (sg_name == NULL) {
		TRY(config_value(call->db, call->mem, "default_sg", 0, &value));
		sg_name = value;
	}
	TRY(sg_by_name(call->db, call->mem, sg_name, &sg));
	if (type == NULL) {
		TRY(config_value(call->db, call->mem, "default_stype", 0, &value));
		type = value;
	}
	static const char *const types[] = {"bind9", "nsd", "knot", "pdns"};
	size_t i = 0;
	while (i < 4 && strcmp(types[i], type) != 0)
		i++;
	if (i == 4)
		return param_error(call, "server_type", "'%s' is not bind9, nsd, knot or pdns",
				   type);
	server->sg_id = sg->id;
	server->sg_name = sg->name;
	server->server_type = type;
	return NULL;
}

dms_error *
rpc_create_server(struct rpc_call *call)
{
	struct server server = {.address = call_string(call, "address"),
				.ssh_address = call_string(call, "ssh_address")};
	int64_t port = 0;
	TRY(server_name_read(call, &server.name));
	TRY(param_range(call, "port", 53, 1, 65535, &port));
	server.port = (int)port;
	TRY(group_and_type(call, &server));
	TRY(check_address(call, &server));
	TRY(server_insert(call->db, &server));
	TRY(describe(call, "server", server.name, NULL,
		     json_pack("{s:I,s:s,s:i,s:s,s:s}", "server_id", (json_int_t)server.id,
			       "address", server.address, "port", server.port, "sg_name",
			       server.sg_name, "server_type", server.server_type)));
	call->result =
	    json_pack("{s:I,s:s}", "server_id", (json_int_t)server.id, "server_name", server.name);
	return NULL;
}

static json_t *
state_json(const struct server *server)
{
	return json_pack("{s:s}", "state", server->state);
}

/* Both ways into and out of service: the server's owner decides. */
static dms_error *
switch_server(struct rpc_call *call, const char *event)
{
	const char *name = NULL;
	struct server *server = NULL, *after = NULL;
	TRY(server_name_read(call, &name));
	TRY(server_by_name(call->db, call->mem, name, false, &server));
	TRY(describe(call, "server", name, state_json(server), NULL));
	TRY(owner_request(call, "server", server->id, server->name, event, NULL, NULL));
	TRY(server_by_id(call->db, call->mem, server->id, false, &after));
	TRY(describe(call, "server", name, state_json(server), state_json(after)));
	call->result = json_pack("{s:I,s:s,s:s}", "server_id", (json_int_t)server->id,
				 "server_name", server->name, "state", after->state);
	return NULL;
}

dms_error *
rpc_enable_server(struct rpc_call *call)
{
	return switch_server(call, "ServerSMEnable");
}

dms_error *
rpc_disable_server(struct rpc_call *call)
{
	return switch_server(call, "ServerSMDisable");
}

static bool
is_asked_for(const struct rpc_call *call, const struct server *server)
{
	const json_t *names = json_object_get(call->params, "names"), *item = NULL;
	size_t index = 0;
	if (call_boolean(call, "show_active", false) && strcmp(server->state, "DISABLED") == 0)
		return false;
	if (json_array_size(names) == 0)
		return true;
	json_array_foreach (names, index, item) {
		if (wildcard_match(json_string_value(item), server->name))
			return true;
	}
	return false;
}

dms_error *
rpc_list_server(struct rpc_call *call)
{
	const char *sg_name = call_string(call, "sg_name");
	struct server_group *sg = NULL;
	struct server *servers = NULL;
	size_t count = 0;
	if (sg_name != NULL)
		TRY(sg_by_name(call->db, call->mem, sg_name, &sg));
	TRY(server_list(call->db, call->mem, sg == NULL ? 0 : sg->id, &servers, &count));
	call->result = json_array();
	for (size_t i = 0; i < count; i++)
		if (is_asked_for(call, &servers[i]))
			json_array_append_new(call->result, server_to_json(&servers[i]));
	if (json_array_size(call->result) > 0)
		return NULL;
	return dms_error_put_str(dms_error_new(DMS_E_NO_SERVER_FOUND, "no such server is there"),
				 "server_name", "*");
}
