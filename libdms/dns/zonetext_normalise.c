/* The TTL that most records have becomes the zone's (spec/zone-data.md section 10.2). No record's
 * TTL changes by that, it only stands elsewhere. */
#include "dns/zonetext.h"

#include <stdlib.h>

static int
compare(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

/* The most frequent one; of several the zone's, else the lowest. */
static int64_t
commonest(int64_t *ttls, size_t count, int64_t zone_ttl)
{
	int64_t best = zone_ttl;
	size_t most = 0;

	qsort(ttls, count, sizeof ttls[0], compare);
	for (size_t first = 0, end = 0; first < count; first = end) {
		while (end < count && ttls[end] == ttls[first])
			end++;
		if (end - first > most || (end - first == most && ttls[first] == zone_ttl)) {
			most = end - first;
			best = ttls[first];
		}
	}
	return best;
}

/* What has no TTL of its own gets the one it has had so far from the zone. */
static void
spell_out(struct zone_text *text)
{
	for (size_t i = 0; i < text->record_count; i++) {
		if (text->records[i].ttl >= 0)
			continue;
		text->records[i].ttl = text->zone_ttl;
		text->records[i].ttl_text = text->zone_ttl_text;
	}
	if (text->has_soa && text->soa_ttl < 0) {
		text->soa_ttl = text->zone_ttl;
		text->soa_ttl_text = text->zone_ttl_text;
	}
}

void
zone_text_normalise_ttls(struct zone_text *text)
{
	if (text->zone_ttl < 0 || text->record_count == 0)
		return;
	int64_t *ttls = talloc_array(NULL, int64_t, text->record_count);
	for (size_t i = 0; i < text->record_count; i++)
		ttls[i] = text->records[i].ttl >= 0 ? text->records[i].ttl : text->zone_ttl;
	int64_t best = commonest(ttls, text->record_count, text->zone_ttl);
	talloc_free(ttls);
	if (best != text->zone_ttl) {
		spell_out(text);
		text->zone_ttl = best;
		text->zone_ttl_text = NULL;
	}
	for (size_t i = 0; i < text->record_count; i++) {
		if (text->records[i].ttl != best)
			continue;
		text->records[i].ttl = -1;
		text->records[i].ttl_text = NULL;
	}
}
