/* Records of one instance by owner, type and rdata. */
#include <string.h>

#include "model/content.h"

/* By indexes, whether a record is alive or gone: its label first. */
#define AT_LABEL                                                                             \
	"r.id IN (SELECT id FROM record WHERE zone_id = $1 AND gone IS NULL AND label = $3 " \
	"UNION ALL SELECT id FROM record WHERE zone_id = $1 AND gone > $2 AND label = $3) "  \
	"AND r.born <= $2 "
#define LIKE_LABEL                                                             \
	"r.zone_id = $1 AND r.born <= $2 AND (r.gone IS NULL OR r.gone > $2) " \
	"AND r.label LIKE $3 "
#define THE_REST                                                             \
	"AND (cardinality($4::bigint[]) = 0 OR r.type = ANY($4::bigint[])) " \
	"AND ($5::boolean OR NOT r.is_disabled) ORDER BY r.position, r.id LIMIT $6"

/* Rdata is compared as octets: however it is written, it is the same. */
static bool
has_rdata(TALLOC_CTX *mem, const struct zone *zone, const struct zone_text_record *record,
	  const char *rdata)
{
	uint8_t *octets = NULL;
	size_t size = 0;
	dms_error *error = rdata_parse(mem, record->type, rdata, zone->name, &octets, &size);
	bool is_same =
	    error == NULL && size == record->rdata_size && memcmp(octets, record->rdata, size) == 0;
	dms_error_free(error);
	talloc_free(octets);
	return is_same;
}

dms_error *
instance_find_records(struct db *db, TALLOC_CTX *mem, const struct zone *zone, int64_t zi_id,
		      const struct record_query *query, json_t **records)
{
	struct db_result *result = NULL;
	const struct instance instance = {.id = zi_id};
	const struct zone_text text = {.zone = zone->name};
	const struct db_param params[] = {
	    P_INT(zone->id),
	    P_INT(zi_id),
	    P_TEXT(query->label),
	    P_INTS(query->types, query->type_count),
	    P_BOOL(query->with_disabled),
	    P_INT(RECORDS_FOUND_MAX),
	};
	TRY(db_query_params(db, mem, &result,
			    query->is_pattern ? CONTENT_SELECT "WHERE " LIKE_LABEL THE_REST
					      : CONTENT_SELECT "WHERE " AT_LABEL THE_REST,
			    sizeof(params) / sizeof(params[0]), params));
	struct content_row *rows = content_rows(mem, result);
	*records = json_array();
	for (int i = 0; i < db_rows(result); i++) {
		const struct content_row *row = &rows[i];
		if (query->rdata != NULL && !has_rdata(mem, zone, &row->record, query->rdata))
			continue;
		json_t *json = record_to_json(&instance, &text, &row->record);
		json_object_set_new(json, "comment_group_id",
				    row->group_id != 0 ? json_integer(row->group_id) : json_null());
		json_array_append_new(*records, json);
	}
	return NULL;
}
