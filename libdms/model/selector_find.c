/* From a selector to the instance it means now. */
#include "model/selector.h"

#include <stdlib.h>

static dms_error *
clock_now(struct db *db, struct zi_clock *now)
{
	struct db_result *result = NULL;
	TRY(db_query(db, NULL, &result,
		     "SELECT extract(year FROM t)::bigint AS year, "
		     "extract(month FROM t)::bigint AS month, extract(day FROM t)::bigint AS day, "
		     "extract(hour FROM t)::bigint AS hour, "
		     "extract(minute FROM t)::bigint AS minute, "
		     "floor(extract(second FROM t))::bigint AS second "
		     "FROM (SELECT clock_timestamp()::timestamp AS t) AS clock"));
	*now = (struct zi_clock){
	    .year = (int)db_int(result, 0, "year"),
	    .month = (int)db_int(result, 0, "month"),
	    .day = (int)db_int(result, 0, "day"),
	    .hour = (int)db_int(result, 0, "hour"),
	    .minute = (int)db_int(result, 0, "minute"),
	    .second = (int)db_int(result, 0, "second"),
	};
	talloc_free(result);
	return NULL;
}

static dms_error *
not_found(const struct zone *zone, const char *text)
{
	dms_error *error =
	    dms_error_new(DMS_E_ZI_NOT_FOUND, "zone %s has no instance '%.80s'", zone->name, text);
	dms_error_put_str(error, "name", zone->name);
	return dms_error_put_str(error, "zi_id", text);
}

/* The id in the first row; 0 when there is none. */
static dms_error *
find_id(struct db *db, const char *sql, int count, const struct db_param *params, int64_t *zi_id)
{
	struct db_result *result = NULL;
	TRY(db_query_params(db, NULL, &result, sql, count, params));
	*zi_id = db_rows(result) == 0 ? 0 : db_int(result, 0, "id");
	talloc_free(result);
	return NULL;
}

#define NEWEST_FIRST " ORDER BY ctime DESC, id DESC LIMIT 1"

static dms_error *
find_base(struct db *db, const struct zone *zone, const struct zi_selector *selector,
	  int64_t *zi_id)
{
	struct db_param of_zone = P_INT(zone->id);
	switch (selector->base) {
	case ZI_PUBLISHED:
		*zi_id = zone->zi_id != 0 ? zone->zi_id : zone->zi_candidate_id;
		return NULL;
	case ZI_ID:
		return find_id(db, "SELECT id FROM zone_instance WHERE zone_id = $1 AND id = $2", 2,
			       (struct db_param[]){of_zone, P_INT(selector->id)}, zi_id);
	case ZI_AGO:
		return find_id(db,
			       "SELECT id FROM zone_instance WHERE zone_id = $1 AND ctime <= "
			       "clock_timestamp() - make_interval(secs => $2::float8)" NEWEST_FIRST,
			       2, (struct db_param[]){of_zone, P_DOUBLE(selector->seconds)}, zi_id);
	case ZI_AT:
		return find_id(db,
			       "SELECT id FROM zone_instance WHERE zone_id = $1 "
			       "AND ctime <= $2::timestamptz" NEWEST_FIRST,
			       2, (struct db_param[]){of_zone, P_TEXT(selector->at)}, zi_id);
	}
	return NULL;
}

static dms_error *
walk(struct db *db, const struct zone *zone, int64_t steps, int64_t *zi_id)
{
	if (steps == 0 || *zi_id == 0)
		return NULL;
	struct db_param params[] = {P_INT(zone->id), P_INT(*zi_id), P_INT(llabs(steps) - 1)};
	if (steps < 0)
		return find_id(db,
			       "SELECT id FROM zone_instance WHERE zone_id = $1 AND (ctime, id) < "
			       "(SELECT ctime, id FROM zone_instance WHERE id = $2) "
			       "ORDER BY ctime DESC, id DESC LIMIT 1 OFFSET $3",
			       3, params, zi_id);
	return find_id(db,
		       "SELECT id FROM zone_instance WHERE zone_id = $1 AND (ctime, id) > "
		       "(SELECT ctime, id FROM zone_instance WHERE id = $2) "
		       "ORDER BY ctime, id LIMIT 1 OFFSET $3",
		       3, params, zi_id);
}

dms_error *
zi_select(struct db *db, const struct zone *zone, const char *text, bool is_admin, int64_t *zi_id)
{
	struct zi_selector selector;
	struct zi_clock now = {.year = 1};
	if (text == NULL)
		text = "";
	bool is_plain = zi_selector_is_plain(text);
	if (!is_plain && !is_admin)
		return not_found(zone, text);
	if (!is_plain)
		TRY(clock_now(db, &now));
	TRY(zi_selector_parse(text, &now, &selector));
	TRY(find_base(db, zone, &selector, zi_id));
	if (*zi_id == 0 && selector.base == ZI_PUBLISHED)
		return dms_error_put_str(
		    dms_error_new(DMS_E_ZONE_HAS_NO_ZI, "zone %s has no instance", zone->name),
		    "name", zone->name);
	TRY(walk(db, zone, selector.steps, zi_id));
	return *zi_id != 0 ? NULL : not_found(zone, text);
}
