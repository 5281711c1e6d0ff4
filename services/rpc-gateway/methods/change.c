/* show_change and wait_change: who did what, and how far it has come. */
#include <string.h>

#include "base/time.h"
#include "methods/progress.h"
#include "model/shape.h"

static dms_error *
load_change(struct rpc_call *call, int64_t change_id, json_t **change)
{
	struct db_result *rows = NULL;
	TRY(db_query(call->db, call->mem, &rows,
		     "SELECT " UTC_COLUMN("", "at") "access_point, method, actor, source, "
						    "request_id, object_kind, object_name, "
						    "before::text, after::text "
						    "FROM change WHERE id = $1",
		     P_INT(change_id)));
	if (db_rows(rows) == 0)
		return dms_error_put_int(dms_error_new(DMS_E_CHANGE_NOT_FOUND,
						       "there is no change %lld",
						       (long long)change_id),
					 "change_id", change_id);
	json_t *json = json_pack("{s:I}", "change_id", (json_int_t)change_id);
	static const char *const texts[] = {"at",     "access_point", "method",      "actor",
					    "source", "request_id",   "object_kind", "object_name"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		json_object_set_new(json, texts[i], shape_text(db_text(rows, 0, texts[i])));
	json_object_set_new(json, "before", shape_json(db_text(rows, 0, "before")));
	json_object_set_new(json, "after", shape_json(db_text(rows, 0, "after")));
	*change = json;
	return NULL;
}

dms_error *
rpc_show_change(struct rpc_call *call)
{
	struct progress progress;
	int64_t change_id = call_integer(call, "change_id", 0);
	json_t *events = NULL;
	TRY(load_change(call, change_id, &call->result));
	TRY(progress_load(call, call->mem, change_id, &progress));
	TRY(progress_to_json(call, call->mem, &progress, call->result));
	TRY(change_events_json(call, change_id, &events));
	json_object_set_new(call->result, "events", events);
	return NULL;
}

/* What the caller waits for. */
struct waiting {
	int64_t change_id;
	enum progress_state until;
};

/* What to be told of next: the zone that is late; servers and their configuration otherwise. */
static int64_t
news_wanted(const struct progress *progress)
{
	return progress->late_zone_id != 0 ? progress->late_zone_id : RPC_WAIT_SERVERS;
}

static dms_error *
look(struct rpc_call *call, TALLOC_CTX *mem)
{
	const struct waiting *waiting = call->mine;
	struct progress progress;
	TRY(progress_load(call, mem, waiting->change_id, &progress));
	call->wait->zone_id = news_wanted(&progress);
	if (progress.state < waiting->until && !call->is_deadline)
		return NULL;
	call->result = json_pack("{s:I,s:b,s:I}", "change_id", (json_int_t)waiting->change_id,
				 "is_in_sync", progress.state == PROGRESS_IN_SYNC, "waited_ms",
				 (json_int_t)elapsed_ms(call->started_us));
	return progress_to_json(call, mem, &progress, call->result);
}

static dms_error *
look_again(struct rpc_call *call)
{
	TALLOC_CTX *mem = talloc_new(call->mem);
	dms_error *error = look(call, mem);
	talloc_free(mem);
	return error;
}

static dms_error *
param_until(const struct rpc_call *call, enum progress_state *until)
{
	const char *name = call_string(call, "until");
	*until = PROGRESS_IN_SYNC;
	if (name == NULL || strcmp(name, "IN_SYNC") == 0)
		return NULL;
	*until = PROGRESS_PUBLISHED;
	if (strcmp(name, "PUBLISHED") == 0)
		return NULL;
	return param_error(call, "until", "'%.40s' is not PUBLISHED or IN_SYNC", name);
}

dms_error *
rpc_wait_change(struct rpc_call *call)
{
	struct waiting *waiting = talloc_zero(call->mem, struct waiting);
	json_t *change = NULL;
	int64_t timeout_ms = 0;
	TRY(param_range(call, "timeout_ms", 30000, 0, 300000, &timeout_ms));
	TRY(param_until(call, &waiting->until));
	waiting->change_id = call_integer(call, "change_id", 0);
	TRY(load_change(call, waiting->change_id, &change));
	json_decref(change);
	call->mine = waiting;
	call->wait = talloc_zero(call->mem, struct rpc_wait);
	call->wait->deadline_us = call->started_us + timeout_ms * 1000;
	call->is_deadline = timeout_ms == 0;
	call->again = look_again;
	return look_again(call);
}
