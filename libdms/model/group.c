/* Server groups. */
#include <ctype.h>
#include <string.h>

#include "base/secret.h"
#include "model/server.h"
#include "model/shape.h"

#define SG_COLUMNS                                                                        \
	"g.id, g.name::text AS name, g.kind, g.config_dir, "                              \
	"host(g.master_address) AS master_address, "                                      \
	"host(g.master_alt_address) AS master_alt_address, g.tsig_key_id, g.generation, " \
	"g.log_floor, g.announced"
/* Counting the zones takes time that grows with them: only lists for people do. */
#define SG_SELECT "SELECT " SG_COLUMNS ", -1 AS zone_count FROM server_group g "
#define ZONE_COUNT                                                    \
	"(SELECT count(*) FROM zone z WHERE z.state <> 'DELETED' AND" \
	" (g.kind <> 'slave' OR z.sg_id = g.id OR z.alt_sg_id = g.id)) AS zone_count"

static void
sg_from_row(const struct db_result *result, int row, struct server_group *sg)
{
	*sg = (struct server_group){
	    .id = db_int(result, row, "id"),
	    .name = db_text(result, row, "name"),
	    .kind = db_text(result, row, "kind"),
	    .config_dir = db_text(result, row, "config_dir"),
	    .master_address = db_text(result, row, "master_address"),
	    .master_alt_address = db_text(result, row, "master_alt_address"),
	    .tsig_key_id = db_int(result, row, "tsig_key_id"),
	    .generation = db_int(result, row, "generation"),
	    .log_floor = db_int(result, row, "log_floor"),
	    .announced = db_int(result, row, "announced"),
	    .zone_count = db_int(result, row, "zone_count"),
	};
}

/* *sg NULL when there is none. */
static dms_error *
sg_fetch(struct db *db, TALLOC_CTX *mem, const char *sql, struct db_param param,
	 struct server_group **sg)
{
	struct server_group *found = talloc_zero(mem, struct server_group);
	struct db_result *result = NULL;
	dms_error *error = db_query_params(db, found, &result, sql, 1, &param);
	*sg = NULL;
	if (error != NULL || db_rows(result) == 0) {
		talloc_free(found);
		return error;
	}
	sg_from_row(result, 0, found);
	*sg = found;
	return NULL;
}

dms_error *
sg_by_name(struct db *db, TALLOC_CTX *mem, const char *name, struct server_group **sg)
{
	TRY(sg_fetch(db, mem, SG_SELECT "WHERE g.name = $1::citext", P_TEXT(name), sg));
	if (*sg != NULL)
		return NULL;
	return dms_error_put_str(
	    dms_error_new(DMS_E_NO_SG_FOUND, "server group %s is not found", name), "sg_name",
	    name);
}

dms_error *
sg_by_id(struct db *db, TALLOC_CTX *mem, int64_t id, struct server_group **sg)
{
	TRY(sg_fetch(db, mem, SG_SELECT "WHERE g.id = $1::bigint", P_INT(id), sg));
	if (*sg != NULL)
		return NULL;
	return dms_error_put_int(dms_error_new(DMS_E_NO_SG_FOUND,
					       "server group with id %lld is not found",
					       (long long)id),
				 "sg_id", id);
}

dms_error *
sg_list(struct db *db, TALLOC_CTX *mem, struct server_group **sgs, size_t *count)
{
	struct db_result *result = NULL;
	TRY(db_query(db, mem, &result,
		     "SELECT " SG_COLUMNS ", " ZONE_COUNT " FROM server_group g ORDER BY g.name"));
	*count = (size_t)db_rows(result);
	*sgs = talloc_zero_array(mem, struct server_group, *count);
	talloc_steal(*sgs, result);
	for (size_t i = 0; i < *count; i++)
		sg_from_row(result, (int)i, &(*sgs)[i]);
	return NULL;
}

/* The key that will sign transfers to the group's servers: "sg-one." for group "One". */
static dms_error *
sg_key_insert(struct db *db, const char *sg_name, int64_t *key_id)
{
	uint8_t secret[32];
	random_bytes(secret, sizeof(secret));
	char *name = talloc_asprintf(NULL, "sg-%s.", sg_name);
	for (char *at = name; *at != '\0'; at++)
		*at = (char)tolower((unsigned char)*at);
	struct db_result *result = NULL;
	dms_error *error = db_query(db, NULL, &result,
				    "INSERT INTO tsig_key (name, secret, purpose) "
				    "VALUES ($1, $2, 'transfer') RETURNING id",
				    P_TEXT(name), P_BYTES(secret, sizeof(secret)));
	explicit_bzero(secret, sizeof(secret));
	talloc_free(name);
	TRY(error);
	*key_id = db_int(result, 0, "id");
	talloc_free(result);
	return NULL;
}

/* Refuses a second group of a name, and a second replica group, by name. */
static dms_error *
sg_check_new(struct db *db, TALLOC_CTX *mem, const struct server_group *sg)
{
	struct server_group *other = NULL;
	TRY(sg_fetch(db, mem, SG_SELECT "WHERE g.name = $1::citext", P_TEXT(sg->name), &other));
	if (other != NULL)
		return dms_error_put_str(
		    dms_error_new(DMS_E_SG_EXISTS, "server group %s exists already", other->name),
		    "sg_name", other->name);
	if (strcmp(sg->kind, "replica") != 0)
		return NULL;
	TRY(sg_fetch(db, mem, SG_SELECT "WHERE g.kind = $1::text", P_TEXT("replica"), &other));
	if (other == NULL)
		return NULL;
	return dms_error_put_str(dms_error_new(DMS_E_REPLICA_SG_EXISTS,
					       "%s is the replica server group already",
					       other->name),
				 "replica_sg_name", other->name);
}

dms_error *
sg_insert(struct db *db, struct server_group *sg)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	dms_error *error = NULL;
	struct db_result *result = NULL;
	TRY_GOTO(sg_check_new(db, mem, sg), out);
	TRY_GOTO(sg_key_insert(db, sg->name, &sg->tsig_key_id), out);
	TRY_GOTO(db_query(db, mem, &result,
			  "INSERT INTO server_group (name, kind, config_dir, master_address, "
			  "master_alt_address, tsig_key_id) "
			  "VALUES ($1::citext, $2, $3, $4::inet, $5::inet, $6) RETURNING id",
			  P_TEXT(sg->name), P_TEXT(sg->kind), P_TEXT(sg->config_dir),
			  P_TEXT(sg->master_address), P_TEXT(sg->master_alt_address),
			  P_INT(sg->tsig_key_id)),
		 out);
	sg->id = db_int(result, 0, "id");
out:
	talloc_free(mem);
	/* Two creators at once: the index told the second. */
	if (error != NULL && error->id == DMS_E_DB_UNIQUE) {
		dms_error_free(error);
		error = dms_error_put_str(
		    dms_error_new(DMS_E_SG_EXISTS, "server group %s exists already", sg->name),
		    "sg_name", sg->name);
	}
	return error;
}

json_t *
sg_to_json(const struct server_group *sg)
{
	json_t *json = json_object();
	json_object_set_new(json, "sg_id", json_integer(sg->id));
	json_object_set_new(json, "sg_name", json_string(sg->name));
	json_object_set_new(json, "kind", json_string(sg->kind));
	json_object_set_new(json, "config_dir", shape_text(sg->config_dir));
	json_object_set_new(json, "master_address", shape_text(sg->master_address));
	json_object_set_new(json, "master_alt_address", shape_text(sg->master_alt_address));
	json_object_set_new(json, "replica_sg", json_boolean(strcmp(sg->kind, "replica") == 0));
	json_object_set_new(json, "zone_count", json_integer(sg->zone_count));
	json_object_set_new(json, "generation", json_integer(sg->generation));
	json_object_set_new(json, "announced", json_integer(sg->announced));
	return json;
}
