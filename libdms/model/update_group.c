/* Update groups in the database: waiting, and what became of them. */
#include <stdlib.h>
#include <string.h>

#include "model/update_group.h"

static void
op_from_row(const struct zone *zone, const struct db_result *result, int row, struct update_op *op)
{
	*op = (struct update_op){
	    .op = db_text(result, row, "op"),
	    .has_rdata = !db_is_null(result, row, "rdata"),
	    .record = {.label = db_text(result, row, "label"),
		       .type = (uint16_t)db_int(result, row, "type"),
		       .ttl = db_int(result, row, "ttl"),
		       .group = -1,
		       .is_disabled = db_bool(result, row, "is_disabled"),
		       .has_lock_ptr = db_bool(result, row, "has_lock_ptr"),
		       .tracks_reverse = db_bool(result, row, "tracks_reverse"),
		       .forces_reverse = db_bool(result, row, "forces_reverse"),
		       .comment = db_text(result, row, "comment"),
		       .reference = db_text(result, row, "reference")},
	};
	op->keeps_apex_ns = zone->use_apex_ns && strcmp(op->record.label, "@") == 0;
	if (op->has_rdata)
		op->record.rdata = db_bytes(result, row, "rdata", &op->record.rdata_size);
}

static struct update_group
group_from_row(const struct db_result *result, int row)
{
	return (struct update_group){.id = db_int(result, row, "id"),
				     .change_id = db_int(result, row, "change_id"),
				     .update_type = db_text(result, row, "update_type"),
				     .change_by = db_text(result, row, "change_by"),
				     .comment = db_text(result, row, "group_comment"),
				     .sectag = db_text(result, row, "sectag"),
				     .is_ptr_only = db_bool(result, row, "is_ptr_only"),
				     .rows = result,
				     .first_row = row};
}

dms_error *
update_groups_load(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
		   struct update_group **groups, size_t *count)
{
	struct db_result *result = NULL;
	TRY(db_query(db, mem, &result,
		     "SELECT g.id, g.change_id, g.update_type, g.change_by, "
		     "g.comment AS group_comment, g.sectag, g.is_ptr_only, o.rank, o.op, o.label, "
		     "o.type, coalesce(o.ttl, -1) AS ttl, o.rdata, o.is_disabled, o.has_lock_ptr, "
		     "o.tracks_reverse, o.forces_reverse, o.comment, ref.name AS reference "
		     "FROM update_group g LEFT JOIN update_op o ON o.group_id = g.id "
		     "LEFT JOIN reference ref ON ref.id = o.ref_id "
		     "WHERE g.zone_id = $1 AND g.state = 'WAITING' ORDER BY g.id, o.rank",
		     P_INT(zone->id)));
	int rows = db_rows(result);
	struct update_op *ops = talloc_zero_array(mem, struct update_op, rows + 1);
	*groups = talloc_zero_array(mem, struct update_group, rows + 1);
	*count = 0;
	for (int i = 0; i < rows; i++) {
		if (*count == 0 || (*groups)[*count - 1].id != db_int(result, i, "id")) {
			(*groups)[*count] = group_from_row(result, i);
			(*groups)[(*count)++].ops = &ops[i];
		}
		struct update_group *group = &(*groups)[*count - 1];
		if (!db_is_null(result, i, "rank"))
			op_from_row(zone, result, i, &group->ops[group->op_count++]);
	}
	return NULL;
}

/* What became of a group, and of its operations. */
static void
add_outcomes(const struct update_group *group, json_t *groups, json_t *ops)
{
	json_t *findings = group->findings == NULL ? NULL : findings_to_json(group->findings);
	json_array_append_new(groups, json_pack("{s:I,s:b,s:s?,s:o?}", "id", (json_int_t)group->id,
						"is_refused", group->is_refused, "reason",
						group->reason, "findings", findings));
	for (int o = 0; o < group->op_count; o++)
		json_array_append_new(
		    ops, json_pack("{s:I,s:I,s:s}", "id", (json_int_t)group->id, "rank",
				   (json_int_t)db_int(group->rows, group->first_row + o, "rank"),
				   "outcome", group->ops[o].outcome));
}

dms_error *
update_groups_settle(struct db *db, const struct update_group *groups, size_t count, int64_t zi_id)
{
	json_t *group_list = json_array(), *op_list = json_array();
	for (size_t i = 0; i < count; i++)
		add_outcomes(&groups[i], group_list, op_list);
	char *ops = json_dumps(op_list, JSON_COMPACT);
	char *all = json_dumps(group_list, JSON_COMPACT);
	json_decref(op_list);
	json_decref(group_list);
	dms_error *error =
	    db_exec(db,
		    "UPDATE update_op o SET outcome = d.outcome FROM "
		    "json_to_recordset($1::json) AS d (id bigint, rank integer, outcome text) "
		    "WHERE o.group_id = d.id AND o.rank = d.rank",
		    P_TEXT(ops));
	if (error == NULL)
		error =
		    db_exec(db,
			    "UPDATE update_group g SET reason = d.reason, findings = d.findings, "
			    "state = CASE WHEN d.is_refused THEN 'REFUSED' ELSE 'APPLIED' END, "
			    "zi_id = CASE WHEN d.is_refused THEN NULL ELSE $2::bigint END "
			    "FROM json_to_recordset($1::json) AS d (id bigint, is_refused boolean, "
			    "reason text, findings jsonb) WHERE g.id = d.id",
			    P_TEXT(all), P_INT(zi_id));
	free(ops);
	free(all);
	return error;
}

static dms_error *
queue_op(struct db *db, int64_t group_id, int rank, const struct update_op *op)
{
	const struct zone_text_record *record = &op->record;
	struct db_result *result = NULL;
	TRY(db_query(
	    db, NULL, &result,
	    "INSERT INTO update_op (group_id, rank, op, label, type, ttl, rdata, is_disabled, "
	    "has_lock_ptr, tracks_reverse, forces_reverse, comment, ref_id) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, "
	    "(SELECT id FROM reference WHERE lower(name) = lower($13))) "
	    "RETURNING ref_id IS NOT NULL AS has_reference",
	    P_INT(group_id), P_INT(rank), P_TEXT(op->op), P_TEXT(record->label),
	    P_INT(record->type), record->ttl < 0 ? P_NULL : P_INT(record->ttl),
	    op->has_rdata ? P_BYTES(record->rdata, record->rdata_size) : P_NULL,
	    P_BOOL(record->is_disabled), P_BOOL(record->has_lock_ptr),
	    P_BOOL(record->tracks_reverse), P_BOOL(record->forces_reverse), P_TEXT(record->comment),
	    P_TEXT(record->reference)));
	bool has_reference = db_bool(result, 0, "has_reference");
	talloc_free(result);
	if (has_reference || record->reference == NULL)
		return NULL;
	return dms_error_put_str(
	    dms_error_new(DMS_E_NO_REFERENCE_FOUND, "reference %s is not known", record->reference),
	    "reference", record->reference);
}

dms_error *
update_group_queue(struct db *db, const struct zone *zone, struct update_group *group)
{
	struct db_result *result = NULL;
	TRY(db_query(
	    db, NULL, &result,
	    "INSERT INTO update_group (zone_id, update_type, sectag, change_by, change_id, "
	    "comment) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
	    P_INT(zone->id), P_TEXT(group->update_type), P_TEXT(group->sectag),
	    P_TEXT(group->change_by), P_ID(group->change_id), P_TEXT(group->comment)));
	group->id = db_int(result, 0, "id");
	talloc_free(result);
	for (int i = 0; i < group->op_count; i++)
		TRY(queue_op(db, group->id, i, &group->ops[i]));
	return NULL;
}
