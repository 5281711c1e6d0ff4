/* A hash over labels, a list of what was done, and nothing else. */
#include "model/draft.h"

#include <string.h>

#include "base/text.h"

struct step {
	int index;
	bool is_removal;
};

struct draft {
	struct zone_text *text;
	size_t bucket_count;
	int *buckets; /* first record of a chain, -1: none */
	int *next;    /* per record */
	bool *is_removed;
	int *place;      /* per record: see draft_place */
	size_t capacity; /* of the latter three */
	size_t origin_count;
	struct step *steps;
	size_t step_count, step_capacity;
};

static size_t
label_bucket(const struct draft *draft, const char *label)
{
	return text_hash(label) % draft->bucket_count;
}

static void
chain(struct draft *draft, int index)
{
	size_t bucket = label_bucket(draft, draft->text->records[index].label);
	draft->next[index] = draft->buckets[bucket];
	draft->buckets[bucket] = index;
	draft->is_removed[index] = false;
}

static void
draft_index(struct draft *draft)
{
	size_t count = draft->text->record_count;
	draft->bucket_count = count * 2 + 64;
	draft->buckets = talloc_realloc(draft, draft->buckets, int, draft->bucket_count);
	draft->capacity = count + 64;
	draft->next = talloc_realloc(draft, draft->next, int, draft->capacity);
	draft->is_removed = talloc_realloc(draft, draft->is_removed, bool, draft->capacity);
	draft->place = talloc_realloc(draft, draft->place, int, draft->capacity);
	draft->origin_count = count;
	memset(draft->buckets, 0xff, draft->bucket_count * sizeof(int));
	/* Backwards, so that chains run in the order of the text. */
	for (size_t i = count; i > 0; i--) {
		chain(draft, (int)i - 1);
		draft->place[i - 1] = (int)i - 1;
	}
}

struct draft *
draft_new(TALLOC_CTX *mem, struct zone_text *text)
{
	struct draft *draft = talloc_zero(mem, struct draft);
	draft->text = text;
	draft_index(draft);
	return draft;
}

/* The first record of the chain from `index` on that is at `label` and still there. */
static int
draft_seek(const struct draft *draft, int index, const char *label)
{
	while (index >= 0 &&
	       (draft->is_removed[index] || strcmp(draft->text->records[index].label, label) != 0))
		index = draft->next[index];
	return index;
}

int
draft_first(const struct draft *draft, const char *label)
{
	return draft_seek(draft, draft->buckets[label_bucket(draft, label)], label);
}

int
draft_next(const struct draft *draft, int index)
{
	return draft_seek(draft, draft->next[index], draft->text->records[index].label);
}

bool
draft_is_tagged(const struct draft *draft, int index)
{
	int group = draft->text->records[index].group;
	return group >= 0 && draft->text->groups[group].tag != NULL;
}

int
draft_place(const struct draft *draft, int index)
{
	return draft->place[index];
}

const struct zone_text_record *
draft_record(const struct draft *draft, int index)
{
	return &draft->text->records[index];
}

static void
note(struct draft *draft, int index, bool is_removal)
{
	if (draft->step_count == draft->step_capacity) {
		draft->step_capacity = draft->step_capacity * 2 + 16;
		draft->steps =
		    talloc_realloc(draft, draft->steps, struct step, draft->step_capacity);
	}
	draft->steps[draft->step_count++] = (struct step){index, is_removal};
}

void
draft_remove(struct draft *draft, int index)
{
	draft->is_removed[index] = true;
	note(draft, index, true);
}

void
draft_add(struct draft *draft, const struct zone_text_record *record, int place)
{
	struct zone_text_record copy = *record; /* it may lie in the array that grows */
	zone_text_add(draft->text, &copy);
	int index = (int)draft->text->record_count - 1;
	if ((size_t)index >= draft->capacity) {
		draft->capacity *= 2;
		draft->next = talloc_realloc(draft, draft->next, int, draft->capacity);
		draft->is_removed = talloc_realloc(draft, draft->is_removed, bool, draft->capacity);
		draft->place = talloc_realloc(draft, draft->place, int, draft->capacity);
	}
	chain(draft, index);
	draft->place[index] = place < 0 ? -1 : draft->place[place];
	note(draft, index, false);
}

size_t
draft_mark(const struct draft *draft)
{
	return draft->step_count;
}

void
draft_undo(struct draft *draft, size_t mark)
{
	while (draft->step_count > mark) {
		const struct step *step = &draft->steps[--draft->step_count];
		draft->is_removed[step->index] = !step->is_removal;
	}
}

/* The records in their final order, with their places. */
struct order {
	struct zone_text_record *records;
	int *places;
	size_t count;
};

static void
put_in_order(const struct draft *draft, struct order *order, int index)
{
	if (draft->is_removed[index])
		return;
	order->records[order->count] = draft->text->records[index];
	order->places[order->count++] = draft->place[index];
}

/* The added ones of each place (behind the last: total) as chains that `first` and `next` hold. */
static void
chain_added(const struct draft *draft, size_t total, int *first, int *next)
{
	memset(first, 0xff, (total + 1) * sizeof(int));
	for (size_t i = total; i > draft->origin_count; i--) {
		int place = draft->place[i - 1];
		int *head = &first[place < 0 ? (int)total : place];
		next[i - 1] = *head;
		*head = (int)i - 1;
	}
}

void
draft_finish(struct draft *draft)
{
	struct zone_text *text = draft->text;
	size_t total = text->record_count;
	int *first = talloc_array(draft, int, total + 1),
	    *next = talloc_array(draft, int, total + 1);
	struct order order = {.records = talloc_array(text, struct zone_text_record, total + 1),
			      .places = talloc_array(draft, int, total + 1)};
	chain_added(draft, total, first, next);
	for (size_t i = 0; i < draft->origin_count; i++) {
		put_in_order(draft, &order, (int)i);
		for (int at = first[i]; at >= 0; at = next[at])
			put_in_order(draft, &order, at);
	}
	for (int at = first[total]; at >= 0; at = next[at])
		put_in_order(draft, &order, at);
	talloc_free(text->records);
	text->records = order.records;
	text->record_count = order.count;
	text->record_capacity = total + 1;
	draft->place = order.places;
}

struct zone_text *
draft_snapshot(TALLOC_CTX *mem, const struct draft *draft)
{
	struct zone_text *copy = talloc_zero(mem, struct zone_text);
	*copy = *draft->text;
	copy->records = talloc_array(copy, struct zone_text_record, copy->record_count);
	copy->record_count = 0;
	for (size_t i = 0; i < draft->text->record_count; i++)
		if (!draft->is_removed[i])
			copy->records[copy->record_count++] = draft->text->records[i];
	copy->record_capacity = draft->text->record_count;
	return copy;
}
