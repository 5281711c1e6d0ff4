/* Checks of what lies below delegations and DNAMEs. */
#include "dns/zonetext_check.h"

#include <stdlib.h>
#include <string.h>

void
check_dname_single(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text_record *first = check_first(records, count);

	for (size_t i = 0; i < count; i++) {
		if (!check_is_same(first, records[i].record))
			check_add(check, records[i].record, "the owner has a DNAME already");
	}
}

void
check_dname_occlusion(struct check *check, const struct check_record *records, size_t count)
{
	for (size_t d = 0; d < check->dname_count; d++) {
		size_t at = check->dnames[d];
		const struct check_owner *dname = &check->owners[at];
		const char *label = records[dname->first].record->label;
		while (++at < check->owner_count &&
		       check_is_below(check->owners[at].key, dname->key)) {
			const struct check_owner *below = &check->owners[at];
			for (size_t i = 0; i < below->count; i++)
				check_add(check, records[below->first + i].record,
					  "%s has a DNAME: nothing may be below it", label);
		}
	}
}

static int
compare_key(const void *key, const void *element)
{
	return strcmp(key, *(const char *const *)element);
}

/* Addresses that some delegation may need, and what a delegation itself consists of. */
static bool
is_served(const struct check *check, const struct check_owner *owner, const char *cut,
	  uint16_t type)
{
	if (type == RR_A || type == RR_AAAA)
		return bsearch(owner->key, check->glue, check->glue_count, sizeof check->glue[0],
			       compare_key) != NULL;
	return strcmp(owner->key, cut) == 0 &&
	       (type == RR_NS || type == RR_DS || type == RR_NSEC || type == RR_RRSIG);
}

void
check_below_cut(struct check *check, const struct check_record *records, size_t count)
{
	for (size_t c = 0; c < check->cut_count; c++) {
		size_t at = check->cuts[c];
		const struct check_owner *cut = &check->owners[at];
		const char *label = records[cut->first].record->label;
		for (; at < check->owner_count &&
		       (at == check->cuts[c] || check_is_below(check->owners[at].key, cut->key));
		     at++) {
			const struct check_owner *owner = &check->owners[at];
			for (size_t i = 0; i < owner->count; i++) {
				const struct zone_text_record *record =
				    records[owner->first + i].record;
				if (!is_served(check, owner, cut->key, record->type))
					check_add(check, record,
						  "%s is delegated: this record is never served",
						  label);
			}
		}
	}
}

void
check_ds(struct check *check, const struct check_record *records, size_t count)
{
	size_t at = check_seek(check, records[0].key, records[0].prefix);

	if (records[0].key[0] == '\0')
		check_add(check, records[0].record, "the zone's own DS belongs to its parent");
	else if ((check->owners[at].has & HAS_NS) == 0)
		check_add(check, records[0].record, "the owner has no NS: nothing is delegated");
}
