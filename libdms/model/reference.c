/* References: whose a zone or a record is (spec/json-rpc.md section 13.3). */
#include <ctype.h>
#include <string.h>

#include "model/server.h"

static bool
is_reference(const char *name)
{
	size_t size = strlen(name);
	if (size == 0 || size > 1024 || !isalnum((unsigned char)name[0]))
		return false;
	for (const char *at = name; *at != '\0'; at++)
		if (!isalnum((unsigned char)*at) && strchr("-_.@", *at) == NULL)
			return false;
	return true;
}

static dms_error *
reference_find(struct db *db, const char *name, int64_t *id)
{
	struct db_result *result = NULL;
	TRY(db_query(db, NULL, &result, "SELECT id FROM reference WHERE lower(name) = lower($1)",
		     P_TEXT(name)));
	*id = db_rows(result) == 0 ? 0 : db_int(result, 0, "id");
	talloc_free(result);
	return NULL;
}

dms_error *
reference_get(struct db *db, const char *name, int64_t *id)
{
	*id = 0;
	if (name == NULL)
		return NULL;
	if (!is_reference(name))
		return dms_error_put_str(
		    dms_error_new(DMS_E_REFERENCE_FORMAT,
				  "reference '%s' is malformed: up to 1024 of A-Z a-z 0-9 - _ . @, "
				  "first a letter or digit",
				  name),
		    "reference", name);
	TRY(reference_find(db, name, id));
	if (*id != 0)
		return NULL;
	TRY(db_exec(db, "INSERT INTO reference (name) VALUES ($1) ON CONFLICT DO NOTHING",
		    P_TEXT(name)));
	return reference_find(db, name, id);
}
