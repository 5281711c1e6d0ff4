#include "master_sm.h"

#include <string.h>

/* The requests for new configuration. Each is written into the groups' logs at once, so none is
 * ever lost; only the telling waits for the hold. */

/* What a request covers, as operators see it in show_master_status. */
static const char *
widen(const char *scope, const json_t *change, int64_t *sg_id)
{
	const char *wanted = json_string_value(json_object_get(change, "scope"));
	int64_t group = json_integer_value(json_object_get(change, "sg_id"));

	if (strcmp(scope, "ALL") == 0)
		return scope;
	if (wanted != NULL && strcmp(wanted, "master") == 0)
		return strcmp(scope, "NONE") == 0 ? "MASTER" : scope;
	if (group == 0 || (strcmp(scope, "SG") == 0 && *sg_id != group)) {
		*sg_id = 0;
		return "ALL";
	}
	*sg_id = group;
	return "SG";
}

/* In READY the news goes out now and the hold begins; in HOLD it widens what the end of the hold
 * tells. */
static dms_error *
tell_or_hold(struct sm_work *work, const json_t *changes)
{
	const char *scope = "NONE";
	int64_t sg_id = 0;
	struct db_result *row;
	size_t i;
	json_t *change;
	int told;

	if (strcmp(work->state, "READY") == 0) {
		TRY(announce(work, &told));
		if (told == 0)
			return NULL;
		TRY(db_exec(work->db,
			    "UPDATE master SET hold_start = clock_timestamp(), hold_ms = $1,"
			    " hold_stop = clock_timestamp() + $1::bigint * interval '1 ms',"
			    " hold_scope = 'NONE', hold_sg_id = NULL",
			    P_INT(work->config->hold)));
		return hold_for(work, work->config->hold);
	}
	TRY(db_query(work->db, work->mem, &row, "SELECT hold_scope, hold_sg_id FROM master"));
	scope = db_text(row, 0, "hold_scope");
	sg_id = db_int(row, 0, "hold_sg_id");
	json_array_foreach (changes, i, change)
		scope = widen(scope, change, &sg_id);
	return db_exec(work->db, "UPDATE master SET hold_scope = $1, hold_sg_id = $2",
		       P_TEXT(scope), P_ID(strcmp(scope, "SG") == 0 ? sg_id : 0));
}

/* MasterSMPartialReconfig: a zone came, went or changed ({zone_id, zone_name, op, scope}), or a
 * group's templates are to be read anew ({sg_id, sg_name}). All that wait are taken together. */
static dms_error *
partial(struct sm_work *work, enum sm_step *step)
{
	json_t *changes;
	dms_error *error;
	size_t i;
	json_t *change;

	TRY(sm_absorb(work, work->event_type, &changes));
	json_array_insert(changes, 0, work->parameters);
	error = log_zone_changes(work, changes);
	json_array_foreach (changes, i, change) {
		int64_t sg_id = json_integer_value(json_object_get(change, "sg_id"));

		if (error == NULL && sg_id != 0 && json_object_get(change, "zone_id") == NULL)
			error = log_settings(work, sg_id, true);
	}
	if (error == NULL)
		error = tell_or_hold(work, changes);
	json_object_set_new(work->results, "changes",
			    json_integer((json_int_t)json_array_size(changes)));
	json_decref(changes);
	*step = SM_DONE;
	return error;
}

const struct sm_handler on_partial_reconfig = {.begin = partial};

/* MasterSMAllReconfig: every group's templates and settings anew. */
static dms_error *
all(struct sm_work *work, enum sm_step *step)
{
	json_t *changes = json_pack("[{s:s}]", "scope", "all");
	dms_error *error = sm_absorb(work, work->event_type, NULL);

	if (error == NULL)
		error = log_settings(work, 0, true);
	if (error == NULL)
		error = tell_or_hold(work, changes);
	json_decref(changes);
	*step = SM_DONE;
	return error;
}

const struct sm_handler on_all_reconfig = {.begin = all};
