/* Instances as name servers see them: enabled records with effective TTLs, and what differs. */
#include "dns/name.h"
#include "model/instance.h"

/* A stored record as it goes to a name server. */
static void
add_row(struct rr_array *array, TALLOC_CTX *scratch, const char *zone,
	const struct db_result *result, int row, int64_t zone_ttl)
{
	size_t size = 0;
	const uint8_t *rdata = db_bytes(result, row, "rdata", &size);
	rr_array_add(
	    array,
	    &(struct rr){
		.owner = name_absolute(scratch, db_text(result, row, "label"), zone),
		.type = (uint16_t)db_int(result, row, "type"),
		.ttl = (uint32_t)(db_is_null(result, row, "ttl") ? zone_ttl
								 : db_int(result, row, "ttl")),
		.rdata = rdata,
		.rdata_size = (uint16_t)size,
	    });
}

dms_error *
instance_records(struct db *db, TALLOC_CTX *mem, const struct zone *zone, int64_t zi_id,
		 struct rr_array **records)
{
	TALLOC_CTX *scratch = talloc_new(mem);
	struct instance *instance = NULL;
	struct db_result *result = NULL;
	TRY(instance_get(db, scratch, zone->id, zi_id, &instance));
	TRY(db_query(db, scratch, &result,
		     "SELECT label, type, ttl, rdata FROM record WHERE zone_id = $1 AND born <= $2 "
		     "AND (gone IS NULL OR gone > $2) AND NOT is_disabled",
		     P_INT(zone->id), P_INT(zi_id)));
	*records = rr_array_new(mem);
	for (int i = 0; i < db_rows(result); i++)
		add_row(*records, scratch, zone->name, result, i, instance->zone_ttl);
	talloc_free(scratch);
	return NULL;
}

/* Rows that live in only one of the two instances; "is_early" tells in which. */
#define BIRTHS_AND_DEATHS                                                                     \
	"SELECT true AS is_early, label, type, ttl, rdata FROM record "                       \
	"WHERE zone_id = $1 AND gone > $2 AND gone <= $3 AND born <= $2 AND NOT is_disabled " \
	"UNION ALL "                                                                          \
	"SELECT false, label, type, ttl, rdata FROM record "                                  \
	"WHERE zone_id = $1 AND born > $2 AND born <= $3 AND (gone IS NULL OR gone > $3) "    \
	"AND NOT is_disabled"

static dms_error *
diff_rows(struct db *db, TALLOC_CTX *scratch, const struct zone *zone, const struct instance *early,
	  const struct instance *late, struct rr_array *only_early, struct rr_array *only_late)
{
	struct db_result *result = NULL;
	TRY(db_query(db, scratch, &result, BIRTHS_AND_DEATHS, P_INT(zone->id), P_INT(early->id),
		     P_INT(late->id)));
	for (int i = 0; i < db_rows(result); i++) {
		if (db_bool(result, i, "is_early"))
			add_row(only_early, scratch, zone->name, result, i, early->zone_ttl);
		else
			add_row(only_late, scratch, zone->name, result, i, late->zone_ttl);
	}
	return NULL;
}

/* Another zone TTL: the records of both that have none of their own change too. */
static dms_error *
diff_zone_ttl(struct db *db, TALLOC_CTX *scratch, const struct zone *zone,
	      const struct instance *early, const struct instance *late,
	      struct rr_array *only_early, struct rr_array *only_late)
{
	struct db_result *result = NULL;
	TRY(db_query(db, scratch, &result,
		     "SELECT label, type, ttl, rdata FROM record WHERE zone_id = $1 AND born <= $2 "
		     "AND (gone IS NULL OR gone > $3) AND ttl IS NULL AND NOT is_disabled",
		     P_INT(zone->id), P_INT(early->id), P_INT(late->id)));
	for (int i = 0; i < db_rows(result); i++) {
		add_row(only_early, scratch, zone->name, result, i, early->zone_ttl);
		add_row(only_late, scratch, zone->name, result, i, late->zone_ttl);
	}
	return NULL;
}

static dms_error *
diff_gather(struct db *db, TALLOC_CTX *scratch, const struct zone *zone, int64_t from_zi,
	    int64_t to_zi, struct rr_array *only_from, struct rr_array *only_to)
{
	struct instance *from = NULL, *to = NULL;
	TRY(instance_get(db, scratch, zone->id, from_zi, &from));
	TRY(instance_get(db, scratch, zone->id, to_zi, &to));
	if (from_zi == to_zi)
		return NULL;
	bool is_forward = from_zi < to_zi;
	const struct instance *early = is_forward ? from : to, *late = is_forward ? to : from;
	struct rr_array *only_early = is_forward ? only_from : only_to;
	struct rr_array *only_late = is_forward ? only_to : only_from;
	TRY(diff_rows(db, scratch, zone, early, late, only_early, only_late));
	if (early->zone_ttl == late->zone_ttl)
		return NULL;
	return diff_zone_ttl(db, scratch, zone, early, late, only_early, only_late);
}

dms_error *
instance_diff(struct db *db, TALLOC_CTX *mem, const struct zone *zone, int64_t from_zi,
	      int64_t to_zi, struct rr_array **removed, struct rr_array **added)
{
	TALLOC_CTX *scratch = talloc_new(mem);
	struct rr_array *only_from = rr_array_new(scratch), *only_to = rr_array_new(scratch);
	dms_error *error = diff_gather(db, scratch, zone, from_zi, to_zi, only_from, only_to);
	/* A row that was only commented, moved to another group or given an equal TTL of its own is
	 * the same record to a name server: the merge drops such pairs. */
	if (error == NULL)
		rr_array_diff(mem, only_from, only_to, removed, added);
	talloc_free(scratch);
	return error;
}
