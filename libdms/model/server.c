/* Servers. */
#include "model/server.h"

#include <string.h>

#include "model/shape.h"

#define SERVER_TIMES                                                                  \
	UTC_COLUMN("s.", "last_reply")                                                \
	UTC_COLUMN("s.", "applied_at")                                                \
	UTC_COLUMN("s.", "ctime")                                                     \
	UTC_COLUMN("s.", "mtime")                                                     \
	"coalesce(extract(epoch FROM clock_timestamp() - s.last_reply), -1)::float8 " \
	"AS reply_age, "
#define SERVER_SELECT                                                                   \
	"SELECT s.id, s.sg_id, s.name, g.name::text AS sg_name, g.kind AS sg_kind, "    \
	"s.server_type, host(s.address) AS address, s.port, "                           \
	"host(s.ssh_address) AS ssh_address, s.state, " SERVER_TIMES                    \
	"s.retry_msg, s.sm_version, s.applied_generation, s.rejected_generation, "      \
	"g.generation AS wanted_generation, coalesce(s.zone_count, -1) AS zone_count, " \
	"s.agent_version FROM server s JOIN server_group g ON g.id = s.sg_id "

static void
server_from_row(const struct db_result *result, int row, struct server *server)
{
	*server = (struct server){
	    .id = db_int(result, row, "id"),
	    .sg_id = db_int(result, row, "sg_id"),
	    .name = db_text(result, row, "name"),
	    .sg_name = db_text(result, row, "sg_name"),
	    .sg_kind = db_text(result, row, "sg_kind"),
	    .server_type = db_text(result, row, "server_type"),
	    .address = db_text(result, row, "address"),
	    .port = (int)db_int(result, row, "port"),
	    .ssh_address = db_text(result, row, "ssh_address"),
	    .state = db_text(result, row, "state"),
	    .last_reply = db_text(result, row, "last_reply"),
	    .retry_msg = db_text(result, row, "retry_msg"),
	    .applied_at = db_text(result, row, "applied_at"),
	    .sm_version = db_int(result, row, "sm_version"),
	    .applied_generation = db_int(result, row, "applied_generation"),
	    .rejected_generation = db_int(result, row, "rejected_generation"),
	    .wanted_generation = db_int(result, row, "wanted_generation"),
	    .zone_count = db_int(result, row, "zone_count"),
	    .agent_version = db_text(result, row, "agent_version"),
	    .ctime = db_text(result, row, "ctime"),
	    .mtime = db_text(result, row, "mtime"),
	    .reply_age_seconds = db_double(result, row, "reply_age"),
	};
}

/* *server NULL when there is none. */
static dms_error *
server_fetch(struct db *db, TALLOC_CTX *mem, const char *sql, int count, struct db_param param,
	     struct server **server)
{
	struct server *found = talloc_zero(mem, struct server);
	struct db_result *result = NULL;
	dms_error *error = db_query_params(db, found, &result, sql, count, &param);
	*server = NULL;
	if (error != NULL || db_rows(result) == 0) {
		talloc_free(found);
		return error;
	}
	server_from_row(result, 0, found);
	*server = found;
	return NULL;
}

#define BY_NAME SERVER_SELECT "WHERE s.name = $1::text"
#define BY_ID   SERVER_SELECT "WHERE s.id = $1::bigint"

dms_error *
server_by_name(struct db *db, TALLOC_CTX *mem, const char *name, bool for_update,
	       struct server **server)
{
	TRY(server_fetch(db, mem, for_update ? BY_NAME " FOR UPDATE OF s" : BY_NAME, 1,
			 P_TEXT(name), server));
	if (*server != NULL)
		return NULL;
	return dms_error_put_str(
	    dms_error_new(DMS_E_NO_SERVER_FOUND, "server %s is not found", name), "server_name",
	    name);
}

dms_error *
server_by_id(struct db *db, TALLOC_CTX *mem, int64_t id, bool for_update, struct server **server)
{
	TRY(server_fetch(db, mem, for_update ? BY_ID " FOR UPDATE OF s" : BY_ID, 1, P_INT(id),
			 server));
	if (*server != NULL)
		return NULL;
	return dms_error_put_int(
	    dms_error_new(DMS_E_NO_SERVER_FOUND, "server with id %lld is not found", (long long)id),
	    "server_id", id);
}

dms_error *
server_list(struct db *db, TALLOC_CTX *mem, int64_t sg_id, struct server **servers, size_t *count)
{
	struct db_result *result = NULL;
	TRY(db_query(db, mem, &result,
		     SERVER_SELECT "WHERE $1::bigint = 0 OR s.sg_id = $1 ORDER BY s.name",
		     P_INT(sg_id)));
	*count = (size_t)db_rows(result);
	*servers = talloc_zero_array(mem, struct server, *count);
	talloc_steal(*servers, result);
	for (size_t i = 0; i < *count; i++)
		server_from_row(result, (int)i, &(*servers)[i]);
	return NULL;
}

dms_error *
server_insert(struct db *db, struct server *server)
{
	struct db_result *result = NULL;
	dms_error *error =
	    db_query(db, NULL, &result,
		     "INSERT INTO server (name, sg_id, server_type, address, port, ssh_address) "
		     "VALUES ($1, $2, $3, $4::inet, $5, $6::inet) RETURNING id",
		     P_TEXT(server->name), P_INT(server->sg_id), P_TEXT(server->server_type),
		     P_TEXT(server->address), P_INT(server->port), P_TEXT(server->ssh_address));
	if (error != NULL && error->id == DMS_E_DB_UNIQUE) {
		dms_error_free(error);
		error = dms_error_put_str(
		    dms_error_new(DMS_E_SERVER_EXISTS, "server %s exists already", server->name),
		    "server_name", server->name);
	}
	TRY(error);
	server->id = db_int(result, 0, "id");
	server->state = "DISABLED";
	talloc_free(result);
	return NULL;
}

dms_error *
server_master(struct db *db, TALLOC_CTX *mem, struct server **server)
{
	TRY(server_fetch(db, mem,
			 SERVER_SELECT "WHERE g.kind = 'master' AND s.state <> 'DISABLED' "
				       "ORDER BY s.state = 'OK' DESC, s.id LIMIT 1",
			 0, P_NULL, server));
	if (*server != NULL)
		return NULL;
	return dms_error_new(DMS_E_NO_MASTER,
			     "no server of group master is in service: create and enable one");
}

json_t *
server_to_json(const struct server *server)
{
	json_t *json = json_object();
	json_object_set_new(json, "server_id", json_integer(server->id));
	json_object_set_new(json, "server_name", json_string(server->name));
	json_object_set_new(json, "address", json_string(server->address));
	json_object_set_new(json, "port", json_integer(server->port));
	json_object_set_new(json, "state", json_string(server->state));
	json_object_set_new(json, "ctime", shape_text(server->ctime));
	json_object_set_new(json, "mtime", shape_text(server->mtime));
	json_object_set_new(json, "is_master",
			    json_boolean(strcmp(server->sg_kind, "master") == 0));
	json_object_set_new(json, "last_reply", shape_text(server->last_reply));
	json_object_set_new(json, "retry_msg", shape_text(server->retry_msg));
	json_object_set_new(json, "ssh_address", shape_text(server->ssh_address));
	json_object_set_new(json, "server_type", json_string(server->server_type));
	json_object_set_new(json, "sg_id", json_integer(server->sg_id));
	json_object_set_new(json, "sg_name", json_string(server->sg_name));
	json_object_set_new(json, "zone_count",
			    server->zone_count < 0 ? json_null()
						   : json_integer(server->zone_count));
	json_object_set_new(json, "generation", json_integer(server->applied_generation));
	json_object_set_new(json, "wanted_generation", json_integer(server->wanted_generation));
	json_object_set_new(json, "rejected_generation", shape_id(server->rejected_generation));
	json_object_set_new(json, "applied_at", shape_text(server->applied_at));
	json_object_set_new(json, "agent_version", shape_text(server->agent_version));
	return json;
}
