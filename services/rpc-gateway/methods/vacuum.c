/* Ageing as jobs: what is deleted, and how old it must be (spec/state-machines.md section 4.16). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "methods/job_parts.h"
#include "model/shape.h"

#define AGE_DAYS_MAX 1e6
/* Whoever asks for a vacuum wants to hear what it did. */
#define PATIENCE_MS 30000

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

/* The moment before which things are old. */
static dms_error *
add_cutoff(struct rpc_call *call, json_t *part, double age_days)
{
	struct db_result *row = NULL;
	TRY(db_query(call->db, call->mem, &row,
		     "SELECT " UTC_TEXT("(clock_timestamp() - make_interval(secs => $1::float8 * "
					"86400))") " AS cutoff",
		     P_DOUBLE(age_days)));
	json_object_set_new(part, "cutoff", json_string(db_text(row, 0, "cutoff")));
	return NULL;
}

static dms_error *
add_part(struct rpc_call *call, json_t *parts, const char *kind, const char *key)
{
	double age_days = 0;
	TRY(limit_chosen(call, "age_days", key, &age_days));
	json_t *part = json_pack("{s:s,s:f}", "kind", kind, "age_days", age_days);
	json_array_append_new(parts, part);
	return add_cutoff(call, part, age_days);
}

static dms_error *
add_events(struct rpc_call *call, json_t *parts)
{
	TRY(add_part(call, parts, "vacuum_event_queue", "event_max_age"));
	TRY(add_part(call, parts, "vacuum_updates", "event_max_age"));
	return add_part(call, parts, "vacuum_jobs", "event_max_age");
}

/* With age 0, the configured one at first, only those that were nuked. */
static dms_error *
add_zones(struct rpc_call *call, json_t *parts)
{
	double age_days = 0;
	TRY(limit_chosen(call, "age_days", "zone_del_age", &age_days));
	if (age_days > 0)
		return add_part(call, parts, "vacuum_zones", "zone_del_age");
	json_array_append_new(parts, json_pack("{s:s}", "kind", "vacuum_zones"));
	return NULL;
}

static dms_error *
add_zis(struct rpc_call *call, json_t *parts)
{
	double max_num = 0;
	TRY(add_part(call, parts, "vacuum_zis", "zi_max_age"));
	TRY(limit_chosen(call, "zi_max_num", "zi_max_num", &max_num));
	json_object_set_new(json_array_get(parts, json_array_size(parts) - 1), "max_num",
			    json_integer((json_int_t)max_num));
	return NULL;
}

/* 0 is never. */
static dms_error *
add_pared(struct rpc_call *call, json_t *parts)
{
	double age_days = 0;
	TRY(limit_chosen(call, "age_days", "zone_del_pare_age", &age_days));
	return age_days > 0
		   ? add_part(call, parts, "vacuum_pare_deleted_zone_zis", "zone_del_pare_age")
		   : NULL;
}

static dms_error *
add_syslog(struct rpc_call *call, json_t *parts)
{
	return add_part(call, parts, "vacuum_syslog", "syslog_max_age");
}

typedef dms_error *add_fn(struct rpc_call *call, json_t *parts);

/* A job of what `adders` (ends with NULL) add. */
static dms_error *
vacuum(struct rpc_call *call, add_fn *const *adders)
{
	json_t *parts = json_array();
	dms_error *error = NULL;
	for (; error == NULL && *adders != NULL; adders++)
		error = (*adders)(call, parts);
	if (error != NULL) {
		json_decref(parts);
		return error;
	}
	if (json_array_size(parts) > 0)
		return job_begin(call, parts, PATIENCE_MS);
	json_decref(parts);
	call->result = json_pack("{s:n,s:s,s:b,s:i}", "job_id", "state", "DONE", "has_ended", 1,
				 "num_deleted", 0);
	return NULL;
}

dms_error *
rpc_vacuum_event_queue(struct rpc_call *call)
{
	return vacuum(call, (add_fn *const[]){add_events, NULL});
}

dms_error *
rpc_vacuum_zones(struct rpc_call *call)
{
	return vacuum(call, (add_fn *const[]){add_zones, NULL});
}

dms_error *
rpc_vacuum_zis(struct rpc_call *call)
{
	return vacuum(call, (add_fn *const[]){add_zis, NULL});
}

dms_error *
rpc_vacuum_pare_deleted_zone_zis(struct rpc_call *call)
{
	return vacuum(call, (add_fn *const[]){add_pared, NULL});
}

dms_error *
rpc_vacuum_syslog(struct rpc_call *call)
{
	return vacuum(call, (add_fn *const[]){add_syslog, NULL});
}

/* In the order of spec/operations.md section 4.6. */
dms_error *
rpc_vacuum_all(struct rpc_call *call)
{
	return vacuum(
	    call, (add_fn *const[]){add_events, add_zones, add_zis, add_pared, add_syslog, NULL});
}
