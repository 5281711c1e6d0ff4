/* What each update operation does to a zone's content (spec/zone-data.md section 15.2). */
#include <string.h>

#include "model/draft.h"

static bool
same_rdata(const struct zone_text_record *a, const struct zone_text_record *b)
{
	return a->type == b->type && a->rdata_size == b->rdata_size &&
	       memcmp(a->rdata, b->rdata, a->rdata_size) == 0;
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
	draft_add(draft, &op->record);
	op->outcome = "added";
}

/* Removes what matches; the number of records that went. */
static int
remove_matching(struct draft *draft, const struct update_op *op, bool by_rdata)
{
	int removed = 0;
	for (int i = draft_first(draft, op->record.label); i >= 0; i = draft_next(draft, i)) {
		bool is_meant =
		    op->record.type == RR_ANY || draft_record(draft, i)->type == op->record.type;
		if (!is_meant || (by_rdata && !same_rdata(draft_record(draft, i), &op->record)))
			continue;
		draft_remove(draft, i);
		removed++;
	}
	return removed;
}

static void
op_delete(struct draft *draft, struct update_op *op)
{
	bool by_rdata = op->has_rdata && op->record.type != RR_ANY;
	op->outcome = remove_matching(draft, op, by_rdata) > 0 ? "removed" : "was not there";
}

static void
op_update_rrtype(struct draft *draft, struct update_op *op)
{
	bool is_replacement = remove_matching(draft, op, false) > 0;
	draft_add(draft, &op->record);
	op->outcome = is_replacement ? "replaced" : "added";
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
		draft_add(draft, &op->record);
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
	/* Comment, group and TTL stay with the label. */
	replacement.rdata = op->record.rdata;
	replacement.rdata_size = op->record.rdata_size;
	replacement.is_disabled = op->record.is_disabled;
	if (op->record.reference != NULL)
		replacement.reference = op->record.reference;
	draft_remove(draft, ptr);
	draft_add(draft, &replacement);
	op->outcome = "replaced";
}

void
update_op_apply(struct draft *draft, struct update_op *op)
{
	if (strcmp(op->op, "ADD") == 0)
		op_add(draft, op);
	else if (strcmp(op->op, "DELETE") == 0)
		op_delete(draft, op);
	else if (strcmp(op->op, "UPDATE_RRTYPE") == 0)
		op_update_rrtype(draft, op);
	else
		op_ptr(draft, op, strcmp(op->op, "PTR_UPDATE_FORCE") == 0);
}
