/* A zone's content under change: records found by label, changes undone as a whole. Private to the
 * model. */
#pragma once

#include "model/content.h"

struct draft;

/* Works on `text`, which stays the caller's; records of it are never moved until draft_finish. */
struct draft *draft_new(TALLOC_CTX *mem, struct zone_text *text);
/* Indices of the records at a label: start with draft_first, go on with draft_next; -1 ends. */
int draft_first(const struct draft *draft, const char *label);
int draft_next(const struct draft *draft, int index);
/* Valid until the next draft_add. */
const struct zone_text_record *draft_record(const struct draft *draft, int index);
void draft_remove(struct draft *draft, int index);
void draft_add(struct draft *draft, const struct zone_text_record *record);
/* All changes after a mark go away again. */
size_t draft_mark(const struct draft *draft);
void draft_undo(struct draft *draft, size_t mark);
/* Takes the removed records out of the text; the draft starts anew on what is left. */
void draft_finish(struct draft *draft);
/* A text of its own with what is there now, for checking; shares the records' memory. */
struct zone_text *draft_snapshot(TALLOC_CTX *mem, const struct draft *draft);

/* One waiting operation. */
struct update_op {
	const char *op; /* "ADD" */
	struct zone_text_record record;
	bool has_rdata;
	const char *outcome; /* what became of it; static text */
	bool is_refused;
};
/* Applies one operation to the draft (spec/zone-data.md section 15.2). */
void update_op_apply(struct draft *draft, struct update_op *op);
