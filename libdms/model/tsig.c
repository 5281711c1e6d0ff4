/* Keys that sign DNS messages. */
#include "model/server.h"

/* One key row as a struct on `mem`; its texts and secret live on it. */
static dms_error *
key_fetch(struct db *db, TALLOC_CTX *mem, const char *sql, int count, struct db_param param,
	  const char *what, struct tsig **key)
{
	struct tsig *found = talloc_zero(mem, struct tsig);
	struct db_result *result = NULL;
	dms_error *error = db_query_params(db, found, &result, sql, count, &param);
	if (error == NULL && db_rows(result) == 0)
		error = dms_error_new(DMS_E_DYNDNS_CANT_READ_KEY, "TSIG key %s is not there", what);
	if (error != NULL) {
		talloc_free(found);
		return error;
	}
	found->name = db_text(result, 0, "name");
	found->algorithm = db_text(result, 0, "algorithm");
	found->secret = db_bytes(result, 0, "secret", &found->secret_size);
	*key = found;
	return NULL;
}

dms_error *
tsig_update_key(struct db *db, TALLOC_CTX *mem, struct tsig **key)
{
	return key_fetch(db, mem,
			 "SELECT name, algorithm, secret FROM tsig_key WHERE purpose = 'update'", 0,
			 P_NULL, "for DNS UPDATE", key);
}

dms_error *
tsig_key_by_id(struct db *db, TALLOC_CTX *mem, int64_t id, struct tsig **key)
{
	char what[32];
	snprintf(what, sizeof(what), "with id %lld", (long long)id);
	return key_fetch(db, mem,
			 "SELECT name, algorithm, secret FROM tsig_key WHERE id = $1::bigint", 1,
			 P_INT(id), what, key);
}
