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
/* Whether its group has a tag. */
bool draft_is_tagged(const struct draft *draft, int index);
/* Valid until the next draft_add. */
const struct zone_text_record *draft_record(const struct draft *draft, int index);
void draft_remove(struct draft *draft, int index);
/* `place`: the record it takes the place of or stands behind, there or removed; -1: it comes last.
 */
void draft_add(struct draft *draft, const struct zone_text_record *record, int place);
/* All changes after a mark go away again. */
size_t draft_mark(const struct draft *draft);
void draft_undo(struct draft *draft, size_t mark);
/* The record of the beginning in whose place, or behind which, an added one stands; -1: last. */
int draft_place(const struct draft *draft, int index);
/* Puts the text in order: without the removed records, the added ones at their places. After that
 * only draft_place is of use, with the indices that the records have then. */
void draft_finish(struct draft *draft);
/* A text of its own with what is there now, for checking; shares the records' memory. */
struct zone_text *draft_snapshot(TALLOC_CTX *mem, const struct draft *draft);
