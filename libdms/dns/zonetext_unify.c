/* One TTL for each RRset: what a name server makes of it anyway (RFC 2181 section 5.2). */
#include "dns/zonetext.h"

#include <stdlib.h>
#include <string.h>

static int
compare(const void *left, const void *right)
{
	const struct zone_text_record *a = *(struct zone_text_record *const *)left;
	const struct zone_text_record *b = *(struct zone_text_record *const *)right;
	int order = (a->type > b->type) - (a->type < b->type);

	return order != 0 || a->label == b->label ? order : strcmp(a->label, b->label);
}

static int64_t
effective_ttl(const struct zone_text *text, const struct zone_text_record *record)
{
	return record->ttl >= 0 ? record->ttl : text->zone_ttl;
}

static void
unify(const struct zone_text *text, struct zone_text_record **set, size_t count)
{
	int64_t lowest = effective_ttl(text, set[0]);

	for (size_t i = 1; i < count; i++) {
		int64_t ttl = effective_ttl(text, set[i]);
		lowest = ttl < lowest ? ttl : lowest;
	}
	for (size_t i = 0; i < count; i++) {
		if (effective_ttl(text, set[i]) == lowest)
			continue;
		set[i]->ttl = lowest;
		set[i]->ttl_text = NULL;
	}
}

void
zone_text_unify_ttls(struct zone_text *text)
{
	struct zone_text_record **sets =
	    talloc_array(NULL, struct zone_text_record *, text->record_count + 1);
	size_t count = 0;
	bool is_sorted = true;

	/* Without a TTL of the zone nobody knows which is lowest. */
	for (size_t i = 0; i < text->record_count && text->zone_ttl >= 0; i++) {
		if (text->records[i].is_disabled)
			continue;
		sets[count] = &text->records[i];
		is_sorted =
		    is_sorted && (count == 0 || compare(&sets[count - 1], &sets[count]) <= 0);
		count++;
	}
	if (!is_sorted)
		qsort(sets, count, sizeof sets[0], compare);
	for (size_t first = 0, end = 0; first < count; first = end) {
		while (end < count && compare(&sets[first], &sets[end]) == 0)
			end++;
		unify(text, &sets[first], end - first);
	}
	talloc_free(sets);
}
