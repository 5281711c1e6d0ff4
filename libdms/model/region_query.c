/* The rows of a region, each question with the index that answers it. */
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "model/region.h"

static void
take_rows(struct region_work *work, const struct db_result *result)
{
	size_t count = (size_t)db_rows(result);
	struct content_row *rows = content_rows(work->mem, result);
	if (work->count + count > work->capacity) {
		work->capacity = (work->count + count) * 2;
		work->rows =
		    talloc_realloc(work->mem, work->rows, struct content_row, work->capacity);
	}
	if (count > 0)
		memcpy(work->rows + work->count, rows, count * sizeof(*rows));
	work->count += count;
	talloc_free(rows);
}

/* As a JSON text on work->mem. */
static char *
dump(struct region_work *work, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT);
	char *kept = talloc_strdup(work->mem, text);
	free(text);
	return kept;
}

json_t *
region_keys(const json_t *set)
{
	json_t *list = json_array();
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach ((json_t *)set, key, value)
		json_array_append_new(list, json_string(key));
	return list;
}

/* Whether a label ends in "." and $name, the dot not being escaped. */
#define IS_BELOW(name)                                                             \
	"r.label LIKE '%.%' AND reverse(r.label) ~>=~ (reverse(" name ") || '.') " \
	"AND reverse(r.label) ~<~ (reverse(" name ") || '/')"
#define IS_NO_ESCAPE                                                \
	"(length(rtrim(left(r.label, -1 - length(n.name)), '\\')) " \
	"- length(r.label) + 1 + length(n.name)) % 2 = 0"

/* Name by name: without statistics, which a zone has not right after it was loaded, PostgreSQL
 * looks through the whole zone for a list of labels. */
dms_error *
region_fetch_owners(struct region_work *work)
{
	json_t *new = json_array();
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach (work->wanted, key, value)
		if (json_object_get(work->loaded, key) == NULL)
			json_array_append_new(new, json_string(key));
	json_object_update(work->loaded, work->wanted);
	json_object_clear(work->wanted);
	if (json_array_size(new) == 0) {
		json_decref(new);
		return NULL;
	}
	json_t *touched = region_keys(work->touched);
	const char *names = dump(work, new), *others = dump(work, touched);
	json_decref(new);
	json_decref(touched);
	struct db_result *result = NULL;
	TRY(db_query(work->db, work->mem, &result,
		     CONTENT_SELECT
		     "WHERE r.id = ANY(ARRAY(SELECT o.id "
		     "FROM json_array_elements_text($2::json) AS n(name) CROSS JOIN LATERAL "
		     "(SELECT r.id FROM record r WHERE r.zone_id = $1 AND r.gone IS NULL "
		     "AND r.label = n.name OFFSET 0) o))",
		     P_INT(work->zone->id), P_TEXT(names)));
	take_rows(work, result);
	TRY(db_query(
	    work->db, work->mem, &result,
	    CONTENT_SELECT
	    "WHERE r.id = ANY(ARRAY(SELECT w.id "
	    "FROM json_array_elements_text($2::json) AS n(name) CROSS JOIN LATERAL "
	    "(SELECT r.id FROM record r WHERE r.zone_id = $1 AND r.gone IS NULL "
	    "AND NOT r.is_disabled AND " IS_BELOW(
		"n.name") " AND " IS_NO_ESCAPE
			  " AND r.label <> ALL(ARRAY(SELECT json_array_elements_text($3::json))) "
			  "LIMIT 1) w WHERE n.name <> '@'))",
	    P_INT(work->zone->id), P_TEXT(names), P_TEXT(others)));
	take_rows(work, result);
	return NULL;
}

/* The beginning of record_target of what points to the name or below it. */
static dms_error *
target_prefix(struct region_work *work, const char *label, char *prefix)
{
	static const char digits[] = "0123456789abcdef";
	char *name = name_absolute(work->mem, label, work->zone->name);
	uint8_t wire[NAME_WIRE_MAX];
	size_t size = 0;
	TRY(name_to_wire(name, wire, &size));
	for (size_t i = size; i > 0; i--) {
		*prefix++ = digits[wire[i - 1] & 15];
		*prefix++ = digits[wire[i - 1] >> 4];
	}
	*prefix = '\0';
	return NULL;
}

dms_error *
region_fetch_pointers(struct region_work *work, const json_t *names)
{
	json_t *prefixes = json_array();
	size_t i = 0;
	const json_t *name = NULL;
	struct db_result *result = NULL;
	dms_error *error = NULL;
	json_array_foreach (names, i, name) {
		char prefix[2 * NAME_WIRE_MAX + 1];
		TRY_GOTO(target_prefix(work, json_string_value(name), prefix), out);
		json_array_append_new(prefixes, json_string(prefix));
	}
	TRY_GOTO(db_query(work->db, work->mem, &result,
			  CONTENT_SELECT
			  "WHERE r.id = ANY(ARRAY(SELECT p.id "
			  "FROM json_array_elements_text($2::json) AS n(prefix) CROSS JOIN LATERAL "
			  "(SELECT r.id FROM record r WHERE r.zone_id = $1 AND r.gone IS NULL "
			  "AND r.type IN (2, 5, 15, 33, 64, 65) "
			  "AND record_target(r.type, r.rdata) ~>=~ n.prefix "
			  "AND record_target(r.type, r.rdata) ~<~ (n.prefix || 'g')) p))",
			  P_INT(work->zone->id), P_TEXT(dump(work, prefixes))),
		 out);
	take_rows(work, result);
out:
	json_decref(prefixes);
	return error;
}

dms_error *
region_fetch_subtrees(struct region_work *work, const json_t *names)
{
	struct db_result *result = NULL;
	TRY(db_query(work->db, work->mem, &result,
		     CONTENT_SELECT
		     "WHERE r.id = ANY(ARRAY(SELECT b.id "
		     "FROM json_array_elements_text($2::json) AS n(name) CROSS JOIN LATERAL "
		     "(SELECT r.id FROM record r WHERE r.zone_id = $1 AND r.gone IS NULL "
		     "AND " IS_BELOW("n.name") ") b))",
		     P_INT(work->zone->id), P_TEXT(dump(work, names))));
	take_rows(work, result);
	return NULL;
}
