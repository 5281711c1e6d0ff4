/* Which rows a new text keeps, ends and needs: one sorted merge. */
#include <stdlib.h>
#include <string.h>

#include "model/content.h"

int
comment_compare(const char *a, const char *b)
{
	size_t a_size = a == NULL ? 0 : strlen(a);
	size_t b_size = b == NULL ? 0 : strlen(b);
	while (a_size > 0 && a[a_size - 1] == '\n')
		a_size--;
	while (b_size > 0 && b[b_size - 1] == '\n')
		b_size--;
	size_t common = a_size < b_size ? a_size : b_size;
	int order = common == 0 ? 0 : memcmp(a, b, common);
	if (order != 0)
		return order;
	return (a_size > b_size) - (a_size < b_size);
}

/* A group of either side; the n-th of equal ones is paired with the other side's n-th. */
struct group_key {
	const char *comment, *tag, *remark;
	size_t order;
	int64_t id;
};

static int
group_key_content(const struct group_key *a, const struct group_key *b)
{
	int order = comment_compare(a->comment, b->comment);
	return order != 0 ? order
			  : strcmp(a->tag == NULL ? "" : a->tag, b->tag == NULL ? "" : b->tag);
}

static int
group_key_order(const void *left, const void *right)
{
	const struct group_key *a = left, *b = right;
	int order = group_key_content(a, b);
	return order != 0 ? order : (a->order > b->order) - (a->order < b->order);
}

static int
group_key_id(const void *left, const void *right)
{
	const struct group_key *a = left, *b = right;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return (a->order > b->order) - (a->order < b->order);
}

/* The groups that the rows belong to, each once. */
static struct group_key *
old_groups(TALLOC_CTX *mem, const struct content *old, size_t *count)
{
	struct group_key *keys = talloc_array(mem, struct group_key, old->count);
	size_t found = 0;
	for (size_t i = 0; i < old->count; i++) {
		const struct content_row *row = &old->rows[i];
		if (row->group_id == 0)
			continue;
		/* Neighbours mostly share a group; the sort below finds the others. */
		if (found > 0 && keys[found - 1].id == row->group_id)
			continue;
		keys[found++] = (struct group_key){row->group_comment, row->group_tag,
						   row->group_remark, i, row->group_id};
	}
	qsort(keys, found, sizeof(*keys), group_key_id);
	size_t kept = 0;
	for (size_t i = 0; i < found; i++)
		if (kept == 0 || keys[kept - 1].id != keys[i].id)
			keys[kept++] = keys[i];
	qsort(keys, kept, sizeof(*keys), group_key_order);
	*count = kept;
	return keys;
}

/* Fills change->group_ids: the stored group that each group of the text is. */
static void
pair_groups(TALLOC_CTX *mem, const struct content *old, const struct zone_text *text,
	    int64_t *group_ids)
{
	size_t old_count = 0, new_count = 0;
	struct group_key *olds = old_groups(mem, old, &old_count);
	struct group_key *news = talloc_array(mem, struct group_key, text->group_count);
	for (size_t i = 0; i < text->group_count; i++)
		if (group_is_stored(&text->groups[i]))
			news[new_count++] =
			    (struct group_key){text->groups[i].comment, text->groups[i].tag,
					       text->groups[i].remark, i, 0};
	qsort(news, new_count, sizeof(*news), group_key_order);
	for (size_t o = 0, n = 0; o < old_count && n < new_count;) {
		int order = group_key_content(&olds[o], &news[n]);
		bool is_same = order == 0 && (!text->has_layout ||
					      is_same_layout(olds[o].remark, news[n].remark));
		if (is_same)
			group_ids[news[n].order] = olds[o].id;
		if (order <= 0)
			o++;
		if (order >= 0)
			n++;
	}
}

/* One record of either side, with its group as an id (negative: a group that is not stored yet). */
struct item {
	const struct zone_text_record *record;
	int64_t group;
	size_t index;
};

#define FLAGS(r) ((r)->is_disabled | (r)->has_lock_ptr << 1 | (r)->tracks_reverse << 2)

/* By everything that a row holds but its position. */
static int
item_content(const struct item *left, const struct item *right)
{
	const struct zone_text_record *a = left->record, *b = right->record;
	int order = strcmp(a->label, b->label);
	if (order != 0)
		return order;
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->rdata_size != b->rdata_size)
		return a->rdata_size < b->rdata_size ? -1 : 1;
	order = a->rdata_size == 0 ? 0 : memcmp(a->rdata, b->rdata, a->rdata_size);
	if (order != 0)
		return order;
	if (a->ttl != b->ttl)
		return a->ttl < b->ttl ? -1 : 1;
	if (FLAGS(a) != FLAGS(b))
		return FLAGS(a) < FLAGS(b) ? -1 : 1;
	if (left->group != right->group)
		return left->group < right->group ? -1 : 1;
	order = strcasecmp(a->reference == NULL ? "" : a->reference,
			   b->reference == NULL ? "" : b->reference);
	return order != 0 ? order : comment_compare(a->comment, b->comment);
}

static int
item_order(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	int order = item_content(a, b);
	return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static struct item *
items_of_rows(TALLOC_CTX *mem, const struct content *old)
{
	struct item *items = talloc_array(mem, struct item, old->count);
	for (size_t i = 0; i < old->count; i++)
		items[i] = (struct item){&old->rows[i].record, old->rows[i].group_id, i};
	qsort(items, old->count, sizeof(*items), item_order);
	return items;
}

static struct item *
items_of_text(TALLOC_CTX *mem, const struct zone_text *text, const int64_t *group_ids)
{
	struct item *items = talloc_array(mem, struct item, text->record_count);
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		int64_t group = 0;
		if (record->group >= 0 && group_is_stored(&text->groups[record->group])) {
			group = group_ids[record->group];
			if (group == 0)
				group = -1 - (int64_t)record->group;
		}
		items[i] = (struct item){record, group, i};
	}
	qsort(items, text->record_count, sizeof(*items), item_order);
	return items;
}

/* Records that only look different now are other rows too. A text that knows of no layout, such as
 * one from JSON, leaves it as it is. */
static void
part_layouts(struct content_change *change, const struct content *old, const struct zone_text *text,
	     int64_t *row_of)
{
	for (size_t i = 0; i < text->record_count && text->has_layout; i++) {
		if (row_of[i] < 0)
			continue;
		const struct content_row *row = &old->rows[row_of[i]];
		const struct zone_text_record *a = &row->record, *b = &text->records[i];
		if (is_same_layout(a->remark, b->remark) && is_same_layout(a->tail, b->tail) &&
		    is_same_layout(a->ttl_text, b->ttl_text))
			continue;
		change->gone[change->gone_count++] = row->id;
		change->born[change->born_count++] = i;
		row_of[i] = -1;
	}
}

/* Merges both sides; `row_of` gives each record of the text the row it already has, or -1. */
static void
merge(struct content_change *change, const struct content *old, const struct item *olds,
      const struct item *news, size_t new_count, int64_t *row_of)
{
	size_t o = 0, n = 0;
	while (o < old->count || n < new_count) {
		int order = o == old->count  ? 1
			    : n == new_count ? -1
					     : item_content(&olds[o], &news[n]);
		if (order < 0) {
			change->gone[change->gone_count++] = old->rows[olds[o++].index].id;
		} else if (order > 0) {
			row_of[news[n].index] = -1;
			change->born[change->born_count++] = news[n++].index;
		} else {
			row_of[news[n++].index] = (int64_t)olds[o++].index;
		}
	}
}

static int
size_order(const void *left, const void *right)
{
	size_t a = *(const size_t *)left, b = *(const size_t *)right;
	return (a > b) - (a < b);
}

struct content_change *
content_compare(TALLOC_CTX *mem, const struct content *old, const struct zone_text *text)
{
	size_t count = text->record_count;
	struct content_change *change = talloc_zero(mem, struct content_change);
	TALLOC_CTX *scratch = talloc_new(NULL);
	change->group_ids = talloc_zero_array(change, int64_t, text->group_count);
	change->gone = talloc_array(change, int64_t, old->count);
	change->born = talloc_array(change, size_t, count);
	change->moved = talloc_array(change, int64_t, count);
	change->moved_to = talloc_array(change, int64_t, count);
	pair_groups(scratch, old, text, change->group_ids);
	int64_t *row_of = talloc_array(scratch, int64_t, count);
	merge(change, old, items_of_rows(scratch, old),
	      items_of_text(scratch, text, change->group_ids), count, row_of);
	part_layouts(change, old, text, row_of);
	qsort(change->born, change->born_count, sizeof(*change->born), size_order);

	int *kept = talloc_array(scratch, int, count);
	for (size_t i = 0; i < count; i++)
		kept[i] = row_of[i] < 0 ? -1 : old->rows[row_of[i]].position;
	change->positions = positions_assign(change, kept, count);
	for (size_t i = 0; i < count; i++) {
		if (row_of[i] < 0 || kept[i] == change->positions[i])
			continue;
		change->moved[change->moved_count] = old->rows[row_of[i]].id;
		change->moved_to[change->moved_count++] = change->positions[i];
	}
	talloc_free(scratch);
	return change;
}

static int
id_order(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
	return (a > b) - (a < b);
}

static int
item_rrset(const struct item *a, const struct item *b)
{
	int order = strcmp(a->record->label, b->record->label);
	return order != 0
		   ? order
		   : (a->record->type > b->record->type) - (a->record->type < b->record->type);
}

static int
item_rrset_order(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	int order = item_rrset(a, b);
	return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

/* The rows that end, by RRset, in their order. */
static struct item *
ended_items(TALLOC_CTX *mem, const struct content *old, struct content_change *change)
{
	struct item *items = talloc_array(mem, struct item, change->gone_count);
	size_t count = 0;
	qsort(change->gone, change->gone_count, sizeof(*change->gone), id_order);
	for (size_t i = 0; i < old->count && count < change->gone_count; i++)
		if (bsearch(&old->rows[i].id, change->gone, change->gone_count,
			    sizeof(*change->gone), id_order) != NULL)
			items[count++] = (struct item){.record = &old->rows[i].record, .index = i};
	qsort(items, count, sizeof(*items), item_rrset_order);
	return items;
}

void
content_keep_remarks(const struct content *old, struct content_change *change,
		     struct zone_text *text)
{
	if (text->has_layout)
		return;
	TALLOC_CTX *scratch = talloc_new(NULL);
	struct item *olds = ended_items(scratch, old, change);
	struct item *news = talloc_array(scratch, struct item, change->born_count);
	for (size_t i = 0; i < change->born_count; i++)
		news[i] = (struct item){.record = &text->records[change->born[i]],
					.index = change->born[i]};
	qsort(news, change->born_count, sizeof(*news), item_rrset_order);
	for (size_t o = 0, n = 0; o < change->gone_count && n < change->born_count;) {
		int order = item_rrset(&olds[o], &news[n]);
		if (order == 0) {
			struct zone_text_record *record = &text->records[news[n].index];
			record->remark = talloc_strdup(text, olds[o].record->remark);
			record->tail = talloc_strdup(text, olds[o].record->tail);
		}
		o += order <= 0;
		n += order >= 0;
	}
	talloc_free(scratch);
}
