#include "zone_sm.h"

#include "model/edit_lock.h"

/* Updates wait and no event that would look at the lock again when it has ended. */
static const char must_return_sql[] =
    "SELECT EXISTS (SELECT FROM update_group WHERE zone_id = $1 AND state = 'WAITING')"
    " AND NOT EXISTS (SELECT FROM event WHERE machine = 'zone' AND sm_id = $1"
    "  AND type = 'ZoneSMUpdate' AND processed_at IS NULL AND id <> $2"
    "  AND due_at > clock_timestamp()"
    "  AND due_at < clock_timestamp() + ($3 + 1000) * interval '1 ms') AS must_return";

/* His save, his leaving and a broken lock post an event; here is the one for a lock that only
 * expires. */
static dms_error *
return_when_free(struct sm_work *work, const struct edit_lock *lock)
{
	struct db_result *result;

	if (lock->left_ms < 0)
		return NULL;
	TRY(db_query(work->db, work->mem, &result, must_return_sql, P_INT(work->sm_id),
		     P_INT(work->event_id), P_INT(lock->left_ms)));
	if (!db_bool(result, 0, "must_return"))
		return NULL;
	return sm_post_next(work, (struct sm_event){.machine = "zone",
						    .sm_id = work->sm_id,
						    .sm_name = work->sm_name,
						    .type = "ZoneSMUpdate",
						    .delay_ms = lock->left_ms});
}

/* Lets the reverse automation look at the addresses that came with the updates. */
static dms_error *
post_reverse(struct sm_work *work, const struct applied_updates *applied)
{
	bool is_on = false;

	if (applied->reverse_count > 0)
		TRY(config_flag(work->db, "auto_reverse", &is_on));
	for (size_t i = 0; i < applied->reverse_count && is_on; i++)
		TRY(sm_post_next(work, (struct sm_event){
					   .machine = "reverse",
					   .sm_id = work->sm_id,
					   .sm_name = work->sm_name,
					   .type = "ReverseZoneSaved",
					   .parameters = applied->reverse[i].parameters,
					   .change_id = applied->reverse[i].change_id,
				       }));
	return NULL;
}

dms_error *
apply_waiting_updates(struct sm_work *work, struct zone **zone)
{
	struct applied_updates applied;
	struct edit_lock *lock;

	TRY(edit_lock_get(work->db, work->mem, *zone, &lock));
	if (lock != NULL)
		return return_when_free(work, lock);
	TRY(instance_apply_updates(work->db, work->mem, *zone, &applied));
	if (applied.count == 0)
		return NULL;
	json_object_set_new(work->results, "updates", json_integer(applied.count));
	json_object_set_new(work->results, "updates_refused", json_integer(applied.refused_count));
	TRY(post_reverse(work, &applied));
	return applied.zi_id == 0 ? NULL : load_zone(work, zone);
}
