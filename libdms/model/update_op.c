/* What each update operation does to a zone's content (spec/zone-data.md section 15.2). */
#include <string.h>

#include "model/update_trial.h"

static bool
same_rdata(const struct zone_text_record *a, const struct zone_text_record *b)
{
	return a->type == b->type && a->rdata_size == b->rdata_size &&
	       memcmp(a->rdata, b->rdata, a->rdata_size) == 0;
}

bool
update_op_removes(const struct update_op *op, const struct zone_text_record *record)
{
	bool is_delete = strcmp(op->op, "DELETE") == 0;
	if (!is_delete && strcmp(op->op, "UPDATE_RRTYPE") != 0)
		return false;
	if (op->record.type == RR_ANY)
		return !op->keeps_apex_ns || record->type != RR_NS;
	if (is_delete && op->has_rdata)
		return same_rdata(record, &op->record);
	return record->type == op->record.type;
}

/* A new record stands behind its RRset, or else behind what its owner has already, unless that is
 * in a group with a purpose of its own. */
static int
place_of(const struct draft *draft, const struct update_op *op)
{
	int same_type = -1, same_owner = -1;
	for (int i = draft_first(draft, op->record.label); i >= 0; i = draft_next(draft, i)) {
		if (draft_record(draft, i)->type == op->record.type)
			same_type = i;
		else if (!draft_is_tagged(draft, i))
			same_owner = i;
	}
	return same_type >= 0 ? same_type : same_owner;
}

static void
add_at(struct draft *draft, const struct update_op *op, int place)
{
	struct zone_text_record record = op->record;
	record.group = place < 0 ? -1 : draft_record(draft, place)->group;
	draft_add(draft, &record, place);
}

static void
op_add(struct draft *draft, struct update_op *op)
{
	for (int i = draft_first(draft, op->record.label); i >= 0; i = draft_next(draft, i)) {
		if (!same_rdata(draft_record(draft, i), &op->record))
			continue;
		op->outcome = "already there";
		return;
	}
	add_at(draft, op, place_of(draft, op));
	op->outcome = "added";
}

/* Removes what matches; the first record that went, -1: none. */
static int
remove_matching(struct draft *draft, const struct update_op *op)
{
	int first = -1;
	for (int i = draft_first(draft, op->record.label); i >= 0; i = draft_next(draft, i)) {
		if (!update_op_removes(op, draft_record(draft, i)))
			continue;
		draft_remove(draft, i);
		first = first < 0 ? i : first;
	}
	return first;
}

/* Nothing but what is wanted: then nothing changes, and what was said of the record stays. */
static bool
is_there_alone(const struct draft *draft, const struct update_op *op)
{
	const struct zone_text_record *only = NULL;
	for (int i = draft_first(draft, op->record.label); i >= 0; i = draft_next(draft, i)) {
		if (draft_record(draft, i)->type != op->record.type)
			continue;
		if (only != NULL)
			return false;
		only = draft_record(draft, i);
	}
	return only != NULL && same_rdata(only, &op->record) && only->ttl == op->record.ttl &&
	       only->is_disabled == op->record.is_disabled &&
	       only->has_lock_ptr == op->record.has_lock_ptr &&
	       only->tracks_reverse == op->record.tracks_reverse &&
	       (op->record.comment == NULL ||
		comment_compare(only->comment, op->record.comment) == 0) &&
	       op->record.reference == NULL;
}

/* Where the RRset stood its successor stands, with the comments that were there. */
static void
op_update_rrtype(struct draft *draft, struct update_op *op)
{
	if (is_there_alone(draft, op)) {
		op->outcome = "already there";
		return;
	}
	int first = remove_matching(draft, op);
	if (first < 0) {
		add_at(draft, op, place_of(draft, op));
		op->outcome = "added";
		return;
	}
	const struct zone_text_record *old = draft_record(draft, first);
	struct update_op with = *op;
	if (with.record.comment == NULL)
		with.record.comment = old->comment;
	if (with.record.reference == NULL)
		with.record.reference = old->reference;
	with.record.remark = old->remark;
	with.record.tail = old->tail;
	add_at(draft, &with, first);
	op->outcome = "replaced";
}

/* Reverse automation never disturbs what is more than one PTR, locked, or no PTR at all. */
static void
op_ptr(struct draft *draft, struct update_op *op, bool is_forced)
{
	int ptr = -1;
	op->is_refused = true;
	for (int i = draft_first(draft, op->record.label); i >= 0; i = draft_next(draft, i)) {
		if (draft_record(draft, i)->type == RR_CNAME) {
			op->outcome = "refused: the label holds a CNAME";
			return;
		}
		if (draft_record(draft, i)->type != RR_PTR)
			continue;
		if (ptr >= 0) {
			op->outcome = "refused: the label has more than one PTR";
			return;
		}
		ptr = i;
	}
	op->is_refused = false;
	if (ptr < 0) {
		draft_add(draft, &op->record, -1);
		op->outcome = "added";
		return;
	}
	struct zone_text_record replacement = *draft_record(draft, ptr);
	if (same_rdata(&replacement, &op->record)) {
		op->outcome = "already there";
		return;
	}
	op->is_refused = replacement.has_lock_ptr || !is_forced;
	if (op->is_refused) {
		op->outcome = replacement.has_lock_ptr ? "refused: the PTR is locked"
						       : "refused: another PTR is there";
		return;
	}
	/* Place, comment, group and TTL stay with the label. */
	replacement.id = 0;
	replacement.rdata = op->record.rdata;
	replacement.rdata_size = op->record.rdata_size;
	replacement.is_disabled = op->record.is_disabled;
	if (op->record.reference != NULL)
		replacement.reference = op->record.reference;
	draft_remove(draft, ptr);
	draft_add(draft, &replacement, ptr);
	op->outcome = "replaced";
}

void
update_op_apply(struct draft *draft, struct update_op *op)
{
	if (strcmp(op->op, "ADD") == 0)
		op_add(draft, op);
	else if (strcmp(op->op, "DELETE") == 0)
		op->outcome = remove_matching(draft, op) >= 0 ? "removed" : "was not there";
	else if (strcmp(op->op, "UPDATE_RRTYPE") == 0)
		op_update_rrtype(draft, op);
	else
		op_ptr(draft, op, strcmp(op->op, "PTR_UPDATE_FORCE") == 0);
}
