/* Zones that are created by the thousand. */
#include "jobs/jobs.h"

dms_error *
job_load_item(struct job_run *run, int64_t id, const char *name, int64_t *amount)
{
	struct db_result *row;
	json_t *params;

	(void)name;
	(void)amount;
	TRY(db_query(run->db, run->mem, &row,
		     "SELECT parameters::text AS parameters FROM job_item"
		     " WHERE job_id = $1 AND number = $2",
		     P_INT(run->id), P_INT(id)));
	params = json_loads(db_text(row, 0, "parameters"), 0, NULL);
	talloc_free(row);
	return job_call(run, RPC_METHOD_create_zone_batch, rpc_create_zone_batch, params);
}
