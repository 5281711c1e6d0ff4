/* What two editors made of one content, put together RRset by RRset. */
#include <stdlib.h>
#include <string.h>

#include "model/content.h"
#include "model/history.h"
#include "model/shape.h"

/* A record with what it stands in. */
struct item {
	const struct zone_text *text;
	const struct zone_text_record *record;
	size_t index;
};

/* One of the three contents, its records by RRset; `at` to `end` is the present one's. */
struct side {
	struct item *items;
	size_t count, at, end;
};

enum { BASE, THEIRS, MINE, SIDES };

struct three_way {
	struct side sides[SIDES];
	bool has_layout; /* mine tells of layout, so that a change of it counts */
};

#define FLAGS(r)                                                                \
	((r)->is_disabled | (r)->has_lock_ptr << 1 | (r)->tracks_reverse << 2 | \
	 (r)->forces_reverse << 3)

static int
rrset_order(const struct item *a, const struct item *b)
{
	int order = strcmp(a->record->label, b->record->label);
	return order != 0
		   ? order
		   : (a->record->type > b->record->type) - (a->record->type < b->record->type);
}

static int
bytes_order(const struct zone_text_record *a, const struct zone_text_record *b)
{
	if (a->rdata_size != b->rdata_size)
		return a->rdata_size < b->rdata_size ? -1 : 1;
	return a->rdata_size == 0 ? 0 : memcmp(a->rdata, b->rdata, a->rdata_size);
}

static int
item_order(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	int order = rrset_order(a, b);
	if (order == 0)
		order = bytes_order(a->record, b->record);
	return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static const char *
group_comment(const struct item *item)
{
	int group = item->record->group;
	return group < 0 ? NULL : item->text->groups[group].comment;
}

static bool
is_same_record(const struct three_way *way, const struct item *left, const struct item *right)
{
	const struct zone_text_record *a = left->record, *b = right->record;
	if (bytes_order(a, b) != 0 || a->ttl != b->ttl || FLAGS(a) != FLAGS(b) ||
	    comment_compare(a->comment, b->comment) != 0 ||
	    comment_compare(group_comment(left), group_comment(right)) != 0 ||
	    strcasecmp(a->reference == NULL ? "" : a->reference,
		       b->reference == NULL ? "" : b->reference) != 0)
		return false;
	return !way->has_layout ||
	       (is_same_layout(a->remark, b->remark) && is_same_layout(a->tail, b->tail) &&
		is_same_layout(a->ttl_text, b->ttl_text));
}

/* Whether the present RRset is the same in both. */
static bool
is_same(const struct three_way *way, const struct side *a, const struct side *b)
{
	if (a->end - a->at != b->end - b->at)
		return false;
	for (size_t i = 0; i < a->end - a->at; i++)
		if (!is_same_record(way, &a->items[a->at + i], &b->items[b->at + i]))
			return false;
	return true;
}

static void
side_fill(TALLOC_CTX *mem, struct side *side, const struct zone_text *text)
{
	side->count = text->record_count;
	side->items = talloc_array(mem, struct item, text->record_count + 1);
	for (size_t i = 0; i < text->record_count; i++)
		side->items[i] = (struct item){text, &text->records[i], i};
	qsort(side->items, side->count, sizeof(*side->items), item_order);
}

/* Goes to the next RRset that any of them has; NULL: there is no more. */
static const struct item *
walk_next(struct three_way *way)
{
	const struct item *first = NULL;
	for (int s = 0; s < SIDES; s++) {
		struct side *side = &way->sides[s];
		side->at = side->end;
		if (side->at < side->count &&
		    (first == NULL || rrset_order(&side->items[side->at], first) < 0))
			first = &side->items[side->at];
	}
	for (int s = 0; s < SIDES && first != NULL; s++) {
		struct side *side = &way->sides[s];
		while (side->end < side->count && rrset_order(&side->items[side->end], first) == 0)
			side->end++;
	}
	return first;
}

static json_t *
side_to_json(const struct side *side)
{
	json_t *list = json_array();
	for (size_t i = side->at; i < side->end; i++) {
		const struct zone_text *text = side->items[i].text;
		const struct zone_text_record *record = side->items[i].record;
		struct rr rr = {.type = record->type,
				.rdata = record->rdata,
				.rdata_size = (uint16_t)record->rdata_size};
		char *rdata = rr_rdata_text(NULL, &rr, text->zone);
		json_array_append_new(list,
				      json_pack("{s:o,s:s,s:b}", "ttl", shape_ttl(record->ttl),
						"rdata", rdata, "disable", record->is_disabled));
		talloc_free(rdata);
	}
	return list;
}

static void
add_conflict(const struct three_way *way, const struct item *first, json_t *conflicts)
{
	json_array_append_new(conflicts,
			      json_pack("{s:s,s:s,s:o,s:o,s:o}", "label", first->record->label,
					"type", rr_type_name(first->record->type), "base",
					side_to_json(&way->sides[BASE]), "theirs",
					side_to_json(&way->sides[THEIRS]), "mine",
					side_to_json(&way->sides[MINE])));
}

/* --- the head: SOA fields, TTLs, and what is written around them --- */

static bool
is_same_values(const struct zone_text *a, const struct zone_text *b)
{
	const struct soa *x = &a->soa, *y = &b->soa;
	return strcmp(x->mname, y->mname) == 0 && strcmp(x->rname, y->rname) == 0 &&
	       x->refresh == y->refresh && x->retry == y->retry && x->expire == y->expire &&
	       x->minimum == y->minimum && a->soa_ttl == b->soa_ttl && a->zone_ttl == b->zone_ttl;
}

static bool
is_same_head_layout(const struct zone_text *a, const struct zone_text *b)
{
	return is_same_layout(a->zone_ttl_text, b->zone_ttl_text) &&
	       is_same_layout(a->soa_ttl_text, b->soa_ttl_text) &&
	       is_same_layout(a->soa_comment, b->soa_comment) &&
	       is_same_layout(a->soa_remark, b->soa_remark) &&
	       is_same_layout(a->soa_tail, b->soa_tail) &&
	       is_same_layout(a->end_remark, b->end_remark);
}

static void
take_head(struct zone_text *theirs, const struct zone_text *mine)
{
	uint32_t serial = theirs->soa.serial;
	theirs->soa = mine->soa;
	theirs->soa.mname = talloc_strdup(theirs, mine->soa.mname);
	theirs->soa.rname = talloc_strdup(theirs, mine->soa.rname);
	theirs->soa.serial = serial;
	theirs->soa_ttl = mine->soa_ttl;
	theirs->zone_ttl = mine->zone_ttl;
}

static void
take_head_layout(struct zone_text *theirs, const struct zone_text *mine)
{
	theirs->zone_ttl_text = talloc_strdup(theirs, mine->zone_ttl_text);
	theirs->soa_ttl_text = talloc_strdup(theirs, mine->soa_ttl_text);
	theirs->soa_comment = talloc_strdup(theirs, mine->soa_comment);
	theirs->soa_remark = talloc_strdup(theirs, mine->soa_remark);
	theirs->soa_tail = talloc_strdup(theirs, mine->soa_tail);
	theirs->end_remark = talloc_strdup(theirs, mine->end_remark);
}

static json_t *
head_to_json(const struct zone_text *text)
{
	const struct soa *soa = &text->soa;
	char *rdata = talloc_asprintf(NULL, "%s %s %u %u %u %u", soa->mname, soa->rname,
				      soa->refresh, soa->retry, soa->expire, soa->minimum);
	json_t *list = json_pack("[{s:o,s:s,s:o}]", "ttl", shape_ttl(text->soa_ttl), "rdata", rdata,
				 "zone_ttl", shape_ttl(text->zone_ttl));
	talloc_free(rdata);
	return list;
}

/* Comments alone are no reason for a conflict: theirs stay. */
static void
merge_head(const struct zone_text *base, struct zone_text *theirs, const struct zone_text *mine,
	   json_t *conflicts)
{
	if (mine->has_layout && is_same_head_layout(base, theirs))
		take_head_layout(theirs, mine);
	if (is_same_values(base, mine) || is_same_values(theirs, mine))
		return;
	if (is_same_values(base, theirs))
		take_head(theirs, mine);
	else
		json_array_append_new(conflicts,
				      json_pack("{s:s,s:s,s:o,s:o,s:o}", "label", "@", "type",
						"SOA", "base", head_to_json(base), "theirs",
						head_to_json(theirs), "mine", head_to_json(mine)));
}

/* --- the records --- */

/* The RRsets to take from mine, one item (of any side) for each, in order. */
struct taken {
	struct item *keys;
	bool *is_placed;
	size_t count;
};

static ssize_t
taken_find(const struct taken *taken, const struct item *item)
{
	size_t low = 0, high = taken->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = rrset_order(&taken->keys[middle], item);
		if (order == 0)
			return (ssize_t)middle;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

static int
index_order(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	return (a->index > b->index) - (a->index < b->index);
}

/* My records of an RRset, in the order of my text. */
static void
add_mine(struct zone_text *text, struct side *mine, const struct item *key)
{
	size_t low = 0, high = mine->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (rrset_order(&mine->items[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (high = low; high < mine->count && rrset_order(&mine->items[high], key) == 0;)
		high++;
	qsort(&mine->items[low], high - low, sizeof(*mine->items), index_order);
	for (size_t i = low; i < high; i++) {
		struct zone_text_record record = *mine->items[i].record;
		record.group = text_same_group(text, mine->items[i].text, record.group);
		zone_text_add(text, &record);
	}
}

/* What they have, with my RRsets where theirs stood, new ones at the end. */
static void
put_together(struct zone_text *theirs, struct three_way *way, const struct taken *taken)
{
	struct zone_text_record *records = theirs->records;
	size_t count = theirs->record_count;
	theirs->records = NULL;
	theirs->record_count = theirs->record_capacity = 0;
	for (size_t i = 0; i < count; i++) {
		ssize_t at = taken_find(taken, &(struct item){theirs, &records[i], i});
		if (at < 0)
			zone_text_add(theirs, &records[i]);
		else if (!taken->is_placed[at])
			add_mine(theirs, &way->sides[MINE], &taken->keys[at]);
		if (at >= 0)
			taken->is_placed[at] = true;
	}
	for (size_t i = 0; i < taken->count; i++)
		if (!taken->is_placed[i])
			add_mine(theirs, &way->sides[MINE], &taken->keys[i]);
	talloc_free(records);
}

void
text_merge_three(const struct zone_text *base, struct zone_text *theirs,
		 const struct zone_text *mine, json_t **conflicts)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct three_way way = {.has_layout = mine->has_layout};
	struct taken taken = {0};
	const struct item *first;
	*conflicts = json_array();
	side_fill(mem, &way.sides[BASE], base);
	side_fill(mem, &way.sides[THEIRS], theirs);
	side_fill(mem, &way.sides[MINE], mine);
	taken.keys = talloc_array(mem, struct item, base->record_count + mine->record_count + 1);
	while ((first = walk_next(&way)) != NULL) {
		const struct side *sides = way.sides;
		if (is_same(&way, &sides[BASE], &sides[MINE]) ||
		    is_same(&way, &sides[THEIRS], &sides[MINE]))
			continue;
		if (is_same(&way, &sides[BASE], &sides[THEIRS]))
			taken.keys[taken.count++] = *first;
		else
			add_conflict(&way, first, *conflicts);
	}
	merge_head(base, theirs, mine, *conflicts);
	taken.is_placed = talloc_zero_array(mem, bool, taken.count + 1);
	if (taken.count > 0 && json_array_size(*conflicts) == 0)
		put_together(theirs, &way, &taken);
	talloc_free(mem);
}
