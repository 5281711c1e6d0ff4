/* Trying update groups on a draft: the same checks before and after, and what they newly find. */
#include <string.h>

#include "model/update_trial.h"

/* What is found in the content as it is now; lives on `mem` with the text it is about. */
static struct findings *
find_now(TALLOC_CTX *mem, const struct draft *draft)
{
	struct findings *findings = talloc_zero(mem, struct findings);
	struct zone_text *text = draft_snapshot(findings, draft);
	zone_text_check(text, findings);
	zone_text_check_apex(text, findings);
	return findings;
}

static bool
is_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
is_same_finding(const struct finding *a, const struct finding *b)
{
	return a->id == b->id && a->level == b->level && a->type == b->type &&
	       is_same_text(a->label, b->label) && is_same_text(a->rdata, b->rdata) &&
	       strcmp(a->message, b->message) == 0;
}

/* Those of `now` that are not among `before`; one that was there once and is there twice now is
 * new once. The texts stay where those of `now` are. */
static struct findings *
find_new(TALLOC_CTX *mem, const struct findings *before, const struct findings *now)
{
	struct findings *new = talloc_zero(mem, struct findings);
	bool is_matched[ZONE_TEXT_FINDINGS_MAX] = {false};
	for (size_t i = 0; i < now->count; i++) {
		const struct finding *finding = &now->items[i];
		size_t at = 0;
		while (at < before->count &&
		       (is_matched[at] || !is_same_finding(&before->items[at], finding)))
			at++;
		if (at < before->count) {
			is_matched[at] = true;
			continue;
		}
		new->items[new->count++] = *finding;
		new->error_count += finding->level == FINDING_ERROR;
	}
	/* With more than can be listed only their number tells whether it got worse. */
	if ((now->dropped > 0 || before->dropped > 0) && now->error_count <= before->error_count)
		new->error_count = 0;
	return new;
}

/* Every error, one a line. */
static char *
list_errors(TALLOC_CTX *mem, const struct findings *findings)
{
	char *list = talloc_strdup(mem, "");
	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].level == FINDING_ERROR)
			list = talloc_asprintf_append(list, "%s%s", list[0] == '\0' ? "" : "\n",
						      findings->items[i].message);
	if (list[0] == '\0')
		list = talloc_strdup(mem, "the zone would have more errors than it has");
	return list;
}

/* PTR operations stand alone: one that is refused does not spoil its neighbours. */
static void
apply_ptr_group(TALLOC_CTX *mem, struct draft *draft, struct update_group *group)
{
	bool is_any_taken = group->op_count == 0;
	char *reasons = talloc_strdup(mem, "");
	for (int i = 0; i < group->op_count; i++) {
		struct update_op *op = &group->ops[i];
		update_op_apply(draft, op);
		is_any_taken |= !op->is_refused;
		if (op->is_refused && !is_any_taken)
			reasons = talloc_asprintf_append(reasons, "%s%s PTR: %s",
							 reasons[0] == '\0' ? "" : "\n",
							 op->record.label, op->outcome);
	}
	group->is_refused = !is_any_taken;
	group->reason = is_any_taken ? NULL : reasons;
}

static void
refuse(TALLOC_CTX *mem, struct update_group *group)
{
	group->is_refused = true;
	group->reason = list_errors(mem, group->findings);
	for (int i = 0; i < group->op_count; i++)
		group->ops[i].outcome = "not done: the group was refused";
}

static void
apply_ops(struct draft *draft, struct update_group *group)
{
	for (int i = 0; i < group->op_count; i++)
		update_op_apply(draft, &group->ops[i]);
}

/* `*before`: what is found without the group; NULL: not known yet. Becomes what is found now. */
static void
try_group(TALLOC_CTX *mem, struct draft *draft, struct update_group *group,
	  struct findings **before)
{
	if (*before == NULL)
		*before = find_now(mem, draft);
	size_t mark = draft_mark(draft);
	apply_ops(draft, group);
	bool is_changed = draft_mark(draft) != mark;
	struct findings *now = is_changed ? find_now(mem, draft) : *before;
	group->findings = find_new(mem, *before, now);
	if (group->findings->error_count == 0) {
		*before = now;
		return;
	}
	draft_undo(draft, mark);
	refuse(mem, group);
}

/* Together first, since each was tried when it was taken in, on top of those before it; one by one
 * only when somebody has changed the zone since so that they do not go any more. */
static void
apply_run(TALLOC_CTX *mem, struct draft *draft, struct update_group *groups, size_t count)
{
	size_t mark = draft_mark(draft);
	struct findings *before = find_now(mem, draft);
	for (size_t i = 0; i < count && count > 1; i++)
		apply_ops(draft, &groups[i]);
	if (count > 1 && find_new(mem, before, find_now(mem, draft))->error_count == 0)
		return;
	draft_undo(draft, mark);
	for (size_t i = 0; i < count; i++)
		try_group(mem, draft, &groups[i], &before);
}

void
update_groups_apply(TALLOC_CTX *mem, struct draft *draft, struct update_group *groups, size_t count)
{
	for (size_t i = 0, end = 0; i < count; i = end) {
		for (end = i; end < count && !groups[end].is_ptr_only; end++)
			;
		if (end > i)
			apply_run(mem, draft, &groups[i], end - i);
		else
			apply_ptr_group(mem, draft, &groups[end++]);
	}
}

void
update_group_try(TALLOC_CTX *mem, struct draft *draft, struct update_group *group)
{
	struct findings *before = NULL;
	try_group(mem, draft, group, &before);
}
