/* The reconciler: a machine row in a state that nothing will move out of gets the event that would
 * move it. */
#include "base/log.h"
#include "sm/engine.h"

/* One of several engines at a time, or two would post the same thing. */
static dms_error *
is_ours_to_look(struct db *db, TALLOC_CTX *mem, const char *machine, bool *answer)
{
	struct db_result *result;

	TRY(db_query(db, mem, &result,
		     "SELECT pg_try_advisory_xact_lock(hashtextextended('reconcile ' || $1, 0))"
		     " AS is_ours",
		     P_TEXT(machine)));
	*answer = db_bool(result, 0, "is_ours");
	return NULL;
}

static dms_error *
post_one(struct sm_engine *engine, struct db *db, const char *machine,
	 const struct db_result *result, int row)
{
	int64_t id = 0;
	struct sm_event event = {
	    .machine = machine,
	    .sm_id = db_int(result, row, "id"),
	    .sm_name = db_text(result, row, "name"),
	    .type = db_text(result, row, "event_type"),
	    .change_id = db_int(result, row, "change_id"),
	    .is_single = true,
	};

	TRY(sm_post(db, engine->bus, &event, &id));
	if (id != 0)
		log_notice("reconciled", F_STR("machine", machine), F_STR("name", event.sm_name),
			   F_STR("event", event.type), F_STR("why", db_text(result, row, "why")));
	return NULL;
}

static dms_error *
revive(struct sm_engine *engine, struct db *db, TALLOC_CTX *mem, const struct sm_machine *machine)
{
	struct db_result *result;
	bool is_ours;

	TRY(db_begin(db));
	TRY(is_ours_to_look(db, mem, machine->name, &is_ours));
	if (is_ours) {
		TRY(db_query(db, mem, &result, machine->revive_sql));
		for (int i = 0; i < db_rows(result); i++)
			TRY(post_one(engine, db, machine->name, result, i));
	}
	return db_commit(db);
}

dms_error *
sm_reconcile(struct sm_engine *engine, struct db *db)
{
	for (int i = 0; i < engine->room_count; i++) {
		const struct sm_machine *machine = engine->rooms[i].machine;
		TALLOC_CTX *mem;
		dms_error *error;

		if (machine->revive_sql == NULL)
			continue;
		mem = talloc_new(NULL);
		error = revive(engine, db, mem, machine);
		talloc_free(mem);
		if (error != NULL)
			db_rollback(db);
		TRY(error);
	}
	return NULL;
}
