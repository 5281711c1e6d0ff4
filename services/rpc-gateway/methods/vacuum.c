/* Ageing of instances (spec/zone-data.md section 12.5): zone by zone, a few instances at a time,
 * each in a transaction of its own, so that edits wait for no more than that. */
#include <math.h>
#include <stdlib.h>

#include "methods/methods.h"
#include "model/history.h"

#define ZONES_AT_ONCE     500
#define INSTANCES_AT_ONCE 50
#define AGE_DAYS_MAX      1e6

/* The parameter, or the central default of the name `key`. */
static dms_error *
limit_chosen(const struct rpc_call *call, const char *param, const char *key, double *limit)
{
	const json_t *given = json_object_get(call->params, param);
	char *text = NULL;
	*limit = json_number_value(given);
	if (given == NULL) {
		TRY(config_value(call->db, call->mem, key, 0, &text));
		*limit = strtod(text, NULL);
	}
	if (isfinite(*limit) && *limit >= 0 && *limit <= AGE_DAYS_MAX)
		return NULL;
	return param_error(call, param, "a number from 0 to %.0f is wanted", AGE_DAYS_MAX);
}

static dms_error *
next_transaction(struct rpc_call *call)
{
	TRY(db_commit(call->db));
	return db_begin(call->db);
}

static dms_error *
shorten_zone(struct rpc_call *call, int64_t zone_id, const struct history_limits *limits,
	     bool is_deleted, int64_t *total)
{
	int64_t deleted = 0;
	do {
		TRY(history_shorten(call->db, zone_id, limits, is_deleted, INSTANCES_AT_ONCE,
				    &deleted));
		*total += deleted;
		if (deleted > 0)
			TRY(next_transaction(call));
	} while (deleted == INSTANCES_AT_ONCE);
	return NULL;
}

static dms_error *
shorten_all(struct rpc_call *call, const struct history_limits *limits, bool is_deleted)
{
	int64_t after = 0, total = 0;
	size_t count = 0;
	do {
		TALLOC_CTX *mem = talloc_new(call->mem);
		int64_t *ids = NULL;
		TRY(history_long_zones(call->db, mem, limits, is_deleted, after, ZONES_AT_ONCE,
				       &ids, &count));
		for (size_t i = 0; i < count; i++)
			TRY(shorten_zone(call, after = ids[i], limits, is_deleted, &total));
		talloc_free(mem);
	} while (count == ZONES_AT_ONCE);
	TRY(describe(call, "zone", "*", NULL,
		     json_pack("{s:I}", "num_deleted", (json_int_t)total)));
	call->result = json_pack("{s:I}", "num_deleted", (json_int_t)total);
	return NULL;
}

dms_error *
rpc_vacuum_zis(struct rpc_call *call)
{
	struct history_limits limits = {0};
	double max_num = 0;
	TRY(limit_chosen(call, "age_days", "zi_max_age", &limits.age_days));
	TRY(limit_chosen(call, "zi_max_num", "zi_max_num", &max_num));
	limits.max_num = (int64_t)max_num;
	return shorten_all(call, &limits, false);
}

dms_error *
rpc_vacuum_pare_deleted_zone_zis(struct rpc_call *call)
{
	struct history_limits limits = {0};
	TRY(limit_chosen(call, "age_days", "zone_del_pare_age", &limits.age_days));
	if (limits.age_days > 0)
		return shorten_all(call, &limits, true);
	call->result = json_pack("{s:i}", "num_deleted", 0);
	return NULL;
}
