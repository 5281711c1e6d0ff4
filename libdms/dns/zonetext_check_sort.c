/* The order in which the checks see a zone's records. Keys are compared eight octets at a time,
 * each eight fetched once per record and kept beside it: comparing whole keys where they lie costs
 * a look at two far places each time, and a million records ask twenty million times. */
#include "dns/zonetext_check.h"

#include <stdlib.h>
#include <string.h>

/* A record's place on its way to another. */
struct item {
	uint64_t piece; /* of the key: where the present comparison is */
	uint32_t index; /* among the records as they were */
};

/* One sort. */
struct sorting {
	const struct check_record *records; /* as they were */
	struct item *items;
};

static int
compare_pieces(const void *left, const void *right)
{
	const struct item *a = left, *b = right;

	if (a->piece != b->piece)
		return a->piece < b->piece ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static int
compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Of one owner: by type, rdata, place in the text. */
static int
compare_content(const struct check_record *a, const struct check_record *b)
{
	const struct zone_text_record *x = a->record, *y = b->record;
	int order = compare_numbers(a->type, b->type);

	if (order == 0)
		order = compare_numbers(a->rdata, b->rdata);
	if (order == 0) {
		size_t common = x->rdata_size < y->rdata_size ? x->rdata_size : y->rdata_size;
		order = memcmp(x->rdata, y->rdata, common);
	}
	if (order == 0)
		order = compare_numbers(x->rdata_size, y->rdata_size);
	return order != 0 ? order : (x > y) - (x < y);
}

static int
compare_records(const void *left, const void *right, void *arg)
{
	const struct sorting *sorting = arg;
	const struct item *a = left, *b = right;

	return compare_content(&sorting->records[a->index], &sorting->records[b->index]);
}

/* Whether eight octets of a key were its last: then all with the same ones have the same key. */
static bool
is_last(uint64_t piece)
{
	return (piece & 0xff) == 0;
}

/* Sorts items that agree up to `depth` octets of their keys and whose piece is what follows. */
static void
sort_items(struct sorting *sorting, struct item *items, size_t count, size_t depth)
{
	qsort(items, count, sizeof items[0], compare_pieces);
	for (size_t first = 0, end = 0; first < count; first = end) {
		uint64_t piece = items[first].piece;
		while (end < count && items[end].piece == piece)
			end++;
		if (end - first == 1)
			continue;
		if (is_last(piece)) {
			qsort_r(&items[first], end - first, sizeof items[0], compare_records,
				sorting);
			continue;
		}
		for (size_t i = first; i < end; i++)
			items[i].piece = check_prefix(sorting->records[items[i].index].key + depth +
						      sizeof piece);
		sort_items(sorting, &items[first], end - first, depth + sizeof piece);
	}
}

static bool
is_sorted(const struct check_record *records, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const struct check_record *a = &records[i - 1], *b = &records[i];
		int order = compare_numbers(a->prefix, b->prefix);
		if (order == 0 && a->key != b->key)
			order = strcmp(a->key, b->key);
		if (order > 0 || (order == 0 && compare_content(a, b) > 0))
			return false;
	}
	return true;
}

void
check_sort(struct check *check)
{
	size_t count = check->count;

	if (is_sorted(check->records, count))
		return;
	struct sorting sorting = {.records = check->records,
				  .items = talloc_array(check->scratch, struct item, count)};
	for (size_t i = 0; i < count; i++)
		sorting.items[i] = (struct item){check->records[i].prefix, (uint32_t)i};
	sort_items(&sorting, sorting.items, count, 0);
	struct check_record *sorted = talloc_array(check->scratch, struct check_record, count + 1);
	for (size_t i = 0; i < count; i++)
		sorted[i] = check->records[sorting.items[i].index];
	talloc_free(sorting.items);
	talloc_free(check->records);
	check->records = sorted;
}
