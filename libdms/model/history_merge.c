/* Somebody else's changes on top of a content. */
#include <string.h>

#include "dns/name.h"
#include "model/draft.h"
#include "model/history.h"

static int64_t
effective_ttl(const struct zone_text *text, const struct zone_text_record *record)
{
	return record->ttl >= 0 ? record->ttl : text->zone_ttl;
}

/* The enabled record with this rdata; -1: none. */
static int
find_record(const struct draft *draft, const char *label, const struct rr *rr)
{
	int i = draft_first(draft, label);
	for (; i >= 0; i = draft_next(draft, i)) {
		const struct zone_text_record *record = draft_record(draft, i);
		if (!record->is_disabled && record->type == rr->type &&
		    record->rdata_size == rr->rdata_size &&
		    memcmp(record->rdata, rr->rdata, rr->rdata_size) == 0)
			break;
	}
	return i;
}

/* One that is there already gets the TTL, and keeps comment and group. */
static void
take_added(struct draft *draft, const struct zone_text *text, const char *label,
	   const struct rr *rr)
{
	int at = find_record(draft, label, rr);
	struct zone_text_record record = {.label = label,
					  .type = rr->type,
					  .rdata = rr->rdata,
					  .rdata_size = rr->rdata_size,
					  .group = -1};
	if (at >= 0) {
		record = *draft_record(draft, at);
		if (effective_ttl(text, &record) == rr->ttl)
			return;
		draft_remove(draft, at);
	}
	record.ttl = rr->ttl == text->zone_ttl ? -1 : (int64_t)rr->ttl;
	record.ttl_text = NULL;
	draft_add(draft, &record, at);
}

/* With another TTL it has come anew. */
static void
take_removed(struct draft *draft, const struct zone_text *text, const char *label,
	     const struct rr *rr)
{
	int at = find_record(draft, label, rr);
	if (at >= 0 && effective_ttl(text, draft_record(draft, at)) == rr->ttl)
		draft_remove(draft, at);
}

void
text_merge(struct zone_text *text, const struct rr_array *removed, const struct rr_array *added)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct draft *draft = draft_new(mem, text);
	for (size_t i = 0; i < added->count; i++) {
		const char *label = name_relative(mem, added->items[i].owner, text->zone);
		if (label != NULL)
			take_added(draft, text, label, &added->items[i]);
	}
	for (size_t i = 0; i < removed->count; i++) {
		const char *label = name_relative(mem, removed->items[i].owner, text->zone);
		if (label != NULL)
			take_removed(draft, text, label, &removed->items[i]);
	}
	draft_finish(draft);
	talloc_free(mem);
}
