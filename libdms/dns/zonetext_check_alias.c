/* Checks of where CNAMEs lead inside the zone. */
#include "dns/zonetext_check.h"

#include <string.h>

/* The CNAME of an owner, NULL: it has none. */
static const struct check_record *
cname_of(const struct check *check, const struct check_owner *owner)
{
	if ((owner->has & HAS_CNAME) == 0)
		return NULL;
	for (size_t i = owner->first; i < owner->first + owner->count; i++) {
		if (check->records[i].type == RR_CNAME)
			return &check->records[i];
	}
	return NULL;
}

/* Looks each CNAME's target up. */
static void
follow_all(struct check *check)
{
	for (size_t i = 0; i < check->owner_count; i++) {
		struct check_owner *owner = &check->owners[i];
		const struct check_record *cname = cname_of(check, owner);
		const struct check_target *target =
		    cname == NULL ? NULL : check_target_at(check, cname->record, 0);
		owner->alias_kind = NAME_OUTSIDE;
		if (target == NULL || target->cut != NULL)
			continue;
		owner->alias_kind = (uint8_t)target->kind;
		if (target->owner != CHECK_NO_OWNER &&
		    (check->owners[target->owner].has & HAS_CNAME))
			owner->alias_of = target->owner;
	}
}

/* Each owner leads to one other at most: a walk either ends, or meets a walk before it, or itself,
 * and then it is in a loop. `walk_of` numbers the walks. */
static void
mark_loops(struct check *check)
{
	size_t *walk_of = talloc_zero_array(check->scratch, size_t, check->owner_count + 1);

	for (size_t start = 0; start < check->owner_count; start++) {
		size_t at = start, walk = start + 1;
		while (at != CHECK_NO_OWNER && walk_of[at] == 0) {
			walk_of[at] = walk;
			at = check->owners[at].alias_of;
		}
		if (at == CHECK_NO_OWNER || walk_of[at] != walk)
			continue;
		while (!check->owners[at].is_in_loop) {
			check->owners[at].is_in_loop = true;
			at = check->owners[at].alias_of;
		}
	}
	talloc_free(walk_of);
}

/* The first of the three rules, which finds out for the others. */
void
check_cname_loop(struct check *check, const struct check_record *records, size_t count)
{
	follow_all(check);
	mark_loops(check);
	for (size_t i = 0; i < check->owner_count; i++) {
		const struct check_owner *owner = &check->owners[i];
		if (owner->is_in_loop && owner->alias_of != CHECK_NO_OWNER)
			check_add(check, cname_of(check, owner)->record,
				  "the CNAME leads back to itself");
	}
}

void
check_cname_chain(struct check *check, const struct check_record *records, size_t count)
{
	for (size_t i = 0; i < check->owner_count; i++) {
		const struct check_owner *owner = &check->owners[i];
		if (owner->alias_of == CHECK_NO_OWNER || owner->is_in_loop)
			continue;
		const struct check_owner *next = &check->owners[owner->alias_of];
		check_add(check, cname_of(check, owner)->record,
			  "the CNAME leads to another CNAME, at %s",
			  records[next->first].record->label);
	}
}

void
check_cname_nowhere(struct check *check, const struct check_record *records, size_t count)
{
	for (size_t i = 0; i < check->owner_count; i++) {
		const struct check_owner *owner = &check->owners[i];
		const struct check_record *cname = cname_of(check, owner);
		if (cname == NULL || owner->alias_kind != NAME_MISSING)
			continue;
		const struct check_target *target = check_target_at(check, cname->record, 0);
		check_add(check, cname->record, "target %s is inside the zone but not there",
			  target->text);
	}
}
