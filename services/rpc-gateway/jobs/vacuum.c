/* Ageing of instances (spec/zone-data.md section 12.5), zone by zone. */
#include <string.h>

#include "jobs/jobs.h"
#include "model/history.h"

#define INSTANCES_AT_ONCE 50

static void
read_limits(const struct job_run *run, struct history_limits *limits, bool *is_deleted)
{
	limits->age_days = json_number_value(json_object_get(run->part, "age_days"));
	limits->max_num = json_integer_value(json_object_get(run->part, "max_num"));
	*is_deleted = strcmp(run->kind->name, "vacuum_pare_deleted_zone_zis") == 0;
}

dms_error *
job_long_zones(struct job_run *run, int limit, struct job_items *items)
{
	struct history_limits limits;
	bool is_deleted;

	read_limits(run, &limits, &is_deleted);
	return history_long_zones(run->db, run->mem, &limits, is_deleted, run->position, limit,
				  &items->ids, &items->count);
}

dms_error *
job_shorten_zone(struct job_run *run, int64_t id, const char *name, int64_t *amount)
{
	struct history_limits limits;
	int64_t deleted;
	bool is_deleted;

	(void)name;
	*amount = 0;
	read_limits(run, &limits, &is_deleted);
	do {
		TRY(history_shorten(run->db, id, &limits, is_deleted, INSTANCES_AT_ONCE, &deleted));
		*amount += deleted;
	} while (deleted == INSTANCES_AT_ONCE);
	return NULL;
}
