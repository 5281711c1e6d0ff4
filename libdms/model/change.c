#include "model/change.h"

dms_error *
change_begin(struct db *db, const struct change *change, int64_t *change_id)
{
	struct db_result *result = NULL;
	TRY(db_query(db, NULL, &result,
		     "INSERT INTO change (access_point, method, actor, source, request_id) "
		     "VALUES ($1, $2, $3, $4, $5) RETURNING id",
		     P_TEXT(change->access_point), P_TEXT(change->method), P_TEXT(change->actor),
		     P_TEXT(change->source), P_TEXT(change->request_id)));
	*change_id = db_int(result, 0, "id");
	talloc_free(result);
	return NULL;
}

/* JSON as a parameter: text on `mem`, or NULL. */
static const char *
dumped(TALLOC_CTX *mem, const json_t *json)
{
	if (json == NULL)
		return NULL;
	char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
	char *copy = text == NULL ? NULL : talloc_strdup(mem, text);
	free(text);
	return copy;
}

dms_error *
change_describe(struct db *db, int64_t change_id, const char *object_kind, const char *object_name,
		const json_t *before, const json_t *after)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	dms_error *error =
	    db_exec(db,
		    "UPDATE change SET object_kind = $2, object_name = $3, before = $4::jsonb, "
		    "after = $5::jsonb WHERE id = $1",
		    P_INT(change_id), P_TEXT(object_kind), P_TEXT(object_name),
		    P_TEXT(dumped(mem, before)), P_TEXT(dumped(mem, after)));
	talloc_free(mem);
	return error;
}
