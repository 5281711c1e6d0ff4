/* TSIG keys agreed with other people (RFC 8945): what transfers of secondary zones are signed with.
 * Secrets go in, and never out. */
#include <string.h>

#include "base/secret.h"
#include "dns/name.h"
#include "methods/methods.h"
#include "methods/zone_peers.h"
#include "model/shape.h"

#define SECRET_MIN 16
#define SECRET_MAX 256

dms_error *
tsig_key_name(const struct rpc_call *call, const char *param, const char *given, char **name)
{
	size_t size = strlen(given);
	const char *dot = size > 0 && given[size - 1] == '.' ? "" : ".";
	dms_error *error =
	    name_normalise(call->mem, talloc_asprintf(call->mem, "%s%s", given, dot), NULL, name);
	if (error == NULL && strcmp(*name, ".") != 0)
		return NULL;
	dms_error_free(error);
	return param_error(call, param, "'%.80s' cannot be the name of a TSIG key", given);
}

static dms_error *
param_key_name(const struct rpc_call *call, char **name)
{
	return tsig_key_name(call, "key_name", call_string(call, "key_name"), name);
}

static dms_error *
param_algorithm(const struct rpc_call *call, const char **algorithm)
{
	static const char *const known[] = {"hmac-sha256", "hmac-sha512", "hmac-sha1"};
	const char *given = call_string(call, "algorithm");
	*algorithm = given == NULL ? known[0] : NULL;
	for (size_t i = 0; given != NULL && i < sizeof(known) / sizeof(known[0]); i++)
		if (strcasecmp(known[i], given) == 0)
			*algorithm = known[i];
	if (*algorithm != NULL)
		return NULL;
	return param_error(call, "algorithm",
			   "'%.40s' is not hmac-sha256, hmac-sha512 or hmac-sha1", given);
}

static dms_error *
param_secret(const struct rpc_call *call, uint8_t **secret, size_t *size)
{
	dms_error *error = base64_decode(call->mem, call_string(call, "secret"), secret, size);
	if (error != NULL) {
		dms_error_free(error);
		return param_error(call, "secret", "it is not base64");
	}
	if (*size >= SECRET_MIN && *size <= SECRET_MAX)
		return NULL;
	return param_error(call, "secret", "%zu octets are not within %d to %d", *size, SECRET_MIN,
			   SECRET_MAX);
}

dms_error *
rpc_create_tsig_key(struct rpc_call *call)
{
	char *name = NULL;
	const char *algorithm = NULL;
	uint8_t *secret = NULL;
	size_t size = 0;
	TRY(param_key_name(call, &name));
	TRY(param_algorithm(call, &algorithm));
	TRY(param_secret(call, &secret, &size));
	dms_error *error = db_exec(call->db,
				   "INSERT INTO tsig_key (name, algorithm, secret, purpose)"
				   " VALUES ($1, $2, $3, 'foreign')",
				   P_TEXT(name), P_TEXT(algorithm), P_BYTES(secret, size));
	if (error != NULL && error->id == DMS_E_DB_UNIQUE) {
		dms_error_free(error);
		return dms_error_put_str(
		    dms_error_new(DMS_E_TSIG_KEY_EXISTS, "TSIG key %s exists already", name),
		    "key_name", name);
	}
	TRY(error);
	TRY(describe(call, "tsig_key", name, NULL, json_pack("{s:s}", "algorithm", algorithm)));
	call->result = json_pack("{s:s,s:s}", "key_name", name, "algorithm", algorithm);
	return NULL;
}

dms_error *
rpc_list_tsig_key(struct rpc_call *call)
{
	struct db_result *result = NULL;
	TRY(db_query(
	    call->db, call->mem, &result,
	    "SELECT k.name, k.algorithm, " UTC_TEXT(
		"k.ctime") " AS ctime,"
			   " (SELECT count(DISTINCT zone_id) FROM zone_primary p"
			   "  WHERE p.tsig_key_id = k.id) AS zones"
			   " FROM tsig_key k WHERE k.purpose = 'foreign' ORDER BY k.name"));
	call->result = json_array();
	for (int i = 0; i < db_rows(result); i++)
		json_array_append_new(call->result,
				      json_pack("{s:s,s:s,s:I,s:s}", "key_name",
						db_text(result, i, "name"), "algorithm",
						db_text(result, i, "algorithm"), "zone_count",
						(json_int_t)db_int(result, i, "zones"), "ctime",
						db_text(result, i, "ctime")));
	return NULL;
}

dms_error *
rpc_delete_tsig_key(struct rpc_call *call)
{
	struct db_result *result = NULL;
	char *name = NULL;
	TRY(param_key_name(call, &name));
	TRY(db_query(call->db, call->mem, &result,
		     "SELECT k.id, (SELECT min(z.name) FROM zone_primary p JOIN zone z"
		     "  ON z.id = p.zone_id WHERE p.tsig_key_id = k.id) AS zone_name"
		     " FROM tsig_key k WHERE k.name = $1 AND k.purpose = 'foreign'",
		     P_TEXT(name)));
	if (db_rows(result) == 0)
		return param_error(call, "key_name", "there is no TSIG key %s", name);
	if (!db_is_null(result, 0, "zone_name"))
		return param_error(call, "key_name", "TSIG key %s is in use by zone %s", name,
				   db_text(result, 0, "zone_name"));
	TRY(db_exec(call->db, "DELETE FROM tsig_key WHERE id = $1",
		    P_INT(db_int(result, 0, "id"))));
	TRY(describe(call, "tsig_key", name, json_object(), NULL));
	call->result = json_pack("{s:s}", "key_name", name);
	return NULL;
}
