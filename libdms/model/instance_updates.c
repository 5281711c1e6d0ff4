/* Waiting update groups become one new instance (spec/zone-data.md section 15.4). */
#include <stdlib.h>
#include <string.h>

#include "model/draft.h"

struct waiting_group {
	int64_t id, change_id;
	const char *change_by;
	bool is_ptr_only;
	struct update_op *ops;
	int op_count;
	int first_row;      /* of its operations in the result */
	const char *reason; /* why REFUSED; NULL: applied */
};

struct waiting {
	struct waiting_group *groups;
	int count;
	const struct db_result *rows;
};

static void
op_from_row(const struct db_result *result, int row, struct update_op *op)
{
	*op = (struct update_op){
	    .op = db_text(result, row, "op"),
	    .has_rdata = !db_is_null(result, row, "rdata"),
	    .record = {.label = db_text(result, row, "label"),
		       .type = (uint16_t)db_int(result, row, "type"),
		       .ttl = db_int(result, row, "ttl"),
		       .group = -1,
		       .is_disabled = db_bool(result, row, "is_disabled"),
		       .reference = db_text(result, row, "reference")},
	};
	if (op->has_rdata)
		op->record.rdata = db_bytes(result, row, "rdata", &op->record.rdata_size);
}

/* All waiting groups of the zone with their operations, in the order of their ids. On `mem`. */
static dms_error *
waiting_load(struct db *db, TALLOC_CTX *mem, int64_t zone_id, struct waiting *waiting)
{
	struct db_result *result = NULL;
	TRY(db_query(db, mem, &result,
		     "SELECT g.id, g.change_id, g.change_by, g.is_ptr_only, o.rank, o.op, o.label, "
		     "o.type, coalesce(o.ttl, -1) AS ttl, o.rdata, o.is_disabled, "
		     "ref.name AS reference FROM update_group g "
		     "LEFT JOIN update_op o ON o.group_id = g.id "
		     "LEFT JOIN reference ref ON ref.id = o.ref_id "
		     "WHERE g.zone_id = $1 AND g.state = 'WAITING' ORDER BY g.id, o.rank",
		     P_INT(zone_id)));
	int rows = db_rows(result);
	struct update_op *ops = talloc_zero_array(mem, struct update_op, rows + 1);
	*waiting = (struct waiting){
	    .groups = talloc_zero_array(mem, struct waiting_group, rows + 1), .rows = result};
	for (int i = 0; i < rows; i++) {
		int64_t id = db_int(result, i, "id");
		if (waiting->count == 0 || waiting->groups[waiting->count - 1].id != id)
			waiting->groups[waiting->count++] =
			    (struct waiting_group){.id = id,
						   .change_id = db_int(result, i, "change_id"),
						   .change_by = db_text(result, i, "change_by"),
						   .is_ptr_only = db_bool(result, i, "is_ptr_only"),
						   .ops = &ops[i],
						   .first_row = i};
		struct waiting_group *group = &waiting->groups[waiting->count - 1];
		if (!db_is_null(result, i, "rank"))
			op_from_row(result, i, &group->ops[group->op_count++]);
	}
	return NULL;
}

/* How many errors the content has now, and what the last of them says (on `mem`). */
static size_t
errors_now(TALLOC_CTX *mem, const struct draft *draft, const char **message)
{
	TALLOC_CTX *scratch = talloc_new(mem);
	struct findings *findings = talloc_zero(scratch, struct findings);
	const struct zone_text *text = draft_snapshot(scratch, draft);
	zone_text_check(text, findings);
	zone_text_check_apex(text, findings);
	for (size_t i = 0; i < findings->count && message != NULL; i++)
		if (findings->items[i].level == FINDING_ERROR)
			*message = talloc_strdup(mem, findings->items[i].message);
	size_t count = findings->error_count;
	talloc_free(scratch);
	return count;
}

/* PTR operations stand alone: one that is refused does not spoil its neighbours. */
static void
apply_ptr_group(struct draft *draft, struct waiting_group *group)
{
	bool is_any_taken = group->op_count == 0;
	for (int i = 0; i < group->op_count; i++) {
		update_op_apply(draft, &group->ops[i]);
		is_any_taken |= !group->ops[i].is_refused;
	}
	if (!is_any_taken)
		group->reason = group->ops[0].outcome;
}

/* Other groups go in whole, and only if they leave the zone no worse than it was. */
static void
apply_group(TALLOC_CTX *mem, struct draft *draft, struct waiting_group *group, size_t *errors)
{
	size_t mark = draft_mark(draft);
	const char *message = "the zone would not be consistent";
	for (int i = 0; i < group->op_count && group->reason == NULL; i++) {
		update_op_apply(draft, &group->ops[i]);
		if (group->ops[i].is_refused)
			group->reason = group->ops[i].outcome;
	}
	if (group->reason == NULL) {
		size_t after = errors_now(mem, draft, &message);
		if (after <= *errors) {
			*errors = after;
			return;
		}
		group->reason = message;
	}
	draft_undo(draft, mark);
	for (int i = 0; i < group->op_count; i++)
		group->ops[i].outcome = "not done: the group was refused";
}

static void
apply_all(TALLOC_CTX *mem, struct zone_text *text, struct waiting *waiting)
{
	struct draft *draft = draft_new(mem, text);
	size_t errors = SIZE_MAX;
	for (int i = 0; i < waiting->count; i++) {
		struct waiting_group *group = &waiting->groups[i];
		if (group->is_ptr_only) {
			apply_ptr_group(draft, group);
			errors = SIZE_MAX; /* counted anew when it matters */
			continue;
		}
		if (errors == SIZE_MAX)
			errors = errors_now(mem, draft, NULL);
		apply_group(mem, draft, group, &errors);
	}
	draft_finish(draft);
}

/* Outcomes of all operations and states of all groups, in two statements. */
static dms_error *
waiting_settle(struct db *db, const struct waiting *waiting, int64_t zi_id)
{
	json_t *ops = json_array(), *groups = json_array();
	for (int i = 0; i < waiting->count; i++) {
		const struct waiting_group *group = &waiting->groups[i];
		json_array_append_new(groups, json_pack("{s:I,s:s?}", "id", (json_int_t)group->id,
							"reason", group->reason));
		for (int o = 0; o < group->op_count; o++)
			json_array_append_new(
			    ops, json_pack("{s:I,s:I,s:s}", "id", (json_int_t)group->id, "rank",
					   (json_int_t)db_int(waiting->rows, group->first_row + o,
							      "rank"),
					   "outcome", group->ops[o].outcome));
	}
	char *ops_text = json_dumps(ops, JSON_COMPACT);
	char *groups_text = json_dumps(groups, JSON_COMPACT);
	json_decref(ops);
	json_decref(groups);
	dms_error *error =
	    db_exec(db,
		    "UPDATE update_op o SET outcome = d.outcome FROM "
		    "json_to_recordset($1::json) AS d (id bigint, rank integer, outcome text) "
		    "WHERE o.group_id = d.id AND o.rank = d.rank",
		    P_TEXT(ops_text));
	if (error == NULL)
		error =
		    db_exec(db,
			    "UPDATE update_group g SET reason = d.reason, "
			    "state = CASE WHEN d.reason IS NULL THEN 'APPLIED' ELSE 'REFUSED' END, "
			    "zi_id = CASE WHEN d.reason IS NULL THEN $2::bigint END "
			    "FROM json_to_recordset($1::json) AS d (id bigint, reason text) "
			    "WHERE g.id = d.id",
			    P_TEXT(groups_text), P_INT(zi_id));
	free(ops_text);
	free(groups_text);
	return error;
}

/* Who the new instance is by: the last group that was applied, and the newest change. */
static struct instance_author
author_of(const struct waiting *waiting, const struct instance *base)
{
	struct instance_author author = {.change_by = base->change_by};
	for (int i = 0; i < waiting->count; i++) {
		if (waiting->groups[i].reason != NULL)
			continue;
		author.change_by = waiting->groups[i].change_by;
		if (waiting->groups[i].change_id > author.change_id)
			author.change_id = waiting->groups[i].change_id;
	}
	return author;
}

static bool
is_any_applied(const struct waiting *waiting)
{
	for (int i = 0; i < waiting->count; i++)
		if (waiting->groups[i].reason == NULL)
			return true;
	return false;
}

static dms_error *
apply_waiting(struct db *db, TALLOC_CTX *mem, const struct zone *zone, struct waiting *waiting,
	      int64_t *zi_id)
{
	struct db_result *result = NULL;
	struct instance *base = NULL;
	struct zone_text *text = NULL;
	TRY(db_query(db, mem, &result,
		     "SELECT zi_candidate_id FROM zone WHERE id = $1 FOR NO KEY UPDATE",
		     P_INT(zone->id)));
	int64_t base_id = db_rows(result) == 0 ? 0 : db_int(result, 0, "zi_candidate_id");
	if (base_id == 0)
		return dms_error_put_str(dms_error_new(DMS_E_ZONE_HAS_NO_ZI,
						       "zone %s has no instance to update",
						       zone->name),
					 "name", zone->name);
	TRY(instance_load(db, mem, zone, base_id, &base, &text));
	apply_all(mem, text, waiting);
	int64_t stored = base_id;
	if (is_any_applied(waiting)) {
		struct instance_author author = author_of(waiting, base);
		TRY(instance_store(db, zone, text, &author, &stored));
	}
	*zi_id = stored == base_id ? 0 : stored;
	return waiting_settle(db, waiting, stored);
}

dms_error *
instance_apply_updates(struct db *db, const struct zone *zone, int64_t *zi_id)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct waiting waiting;
	*zi_id = 0;
	dms_error *error = waiting_load(db, mem, zone->id, &waiting);
	if (error == NULL && waiting.count > 0)
		error = apply_waiting(db, mem, zone, &waiting, zi_id);
	talloc_free(mem);
	return error;
}
