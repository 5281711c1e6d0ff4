/* Arrays of records, and what differs between two of them. */
#include "dns/rr.h"

#include <stdlib.h>
#include <string.h>

struct rr_array *
rr_array_new(TALLOC_CTX *mem)
{
	return talloc_zero(mem, struct rr_array);
}

void
rr_array_add(struct rr_array *array, const struct rr *rr)
{
	if (array->count == array->capacity) {
		array->capacity = array->capacity == 0 ? 16 : array->capacity * 2;
		array->items = talloc_realloc(array, array->items, struct rr, array->capacity);
	}
	/* One piece of memory a record: owner, then rdata. */
	size_t owner_size = strlen(rr->owner) + 1;
	char *copy = talloc_size(array, owner_size + rr->rdata_size);
	memcpy(copy, rr->owner, owner_size);
	if (rr->rdata_size > 0)
		memcpy(copy + owner_size, rr->rdata, rr->rdata_size);

	struct rr *item = &array->items[array->count++];
	*item = *rr;
	item->owner = copy;
	item->rdata = (const uint8_t *)copy + owner_size;
}

static int
compare_numbers(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int
compare(const void *left, const void *right)
{
	const struct rr *a = left, *b = right;
	int order = strcmp(a->owner, b->owner);

	if (order == 0)
		order = compare_numbers(a->type, b->type);
	if (order == 0) {
		size_t common = a->rdata_size < b->rdata_size ? a->rdata_size : b->rdata_size;
		order = memcmp(a->rdata, b->rdata, common);
	}
	if (order == 0)
		order = compare_numbers(a->rdata_size, b->rdata_size);
	return order != 0 ? order : compare_numbers(a->ttl, b->ttl);
}

void
rr_array_sort(struct rr_array *array)
{
	if (array->count > 1)
		qsort(array->items, array->count, sizeof array->items[0], compare);
}

static bool
has_type(const struct rr_array *array, uint16_t type)
{
	for (size_t i = 0; i < array->count; i++) {
		if (array->items[i].type == type)
			return true;
	}
	return false;
}

/* Where a server signs (its zone has keys), what the parent should know of the keys is the server's
 * to say as well (RFC 7344 section 4). */
static bool
is_server_made(uint16_t type, bool is_signed)
{
	return rr_type_is_server_made(type) ||
	       (is_signed && (type == RR_CDS || type == RR_CDNSKEY));
}

/* The next record that a diff looks at: neither SOA nor server-made, and not the same again. */
static const struct rr *
next_wanted(const struct rr_array *array, size_t *at, const struct rr *before, bool is_signed)
{
	for (; *at < array->count; (*at)++) {
		const struct rr *rr = &array->items[*at];
		if (rr->type == RR_SOA || is_server_made(rr->type, is_signed))
			continue;
		if (before != NULL && compare(before, rr) == 0)
			continue;
		(*at)++;
		return rr;
	}
	return NULL;
}

void
rr_array_diff(TALLOC_CTX *mem, struct rr_array *from, struct rr_array *to,
	      struct rr_array **removed, struct rr_array **added)
{
	size_t from_at = 0, to_at = 0;
	bool is_signed = has_type(from, RR_DNSKEY);

	*removed = rr_array_new(mem);
	*added = rr_array_new(mem);
	rr_array_sort(from);
	rr_array_sort(to);
	const struct rr *old = next_wanted(from, &from_at, NULL, is_signed);
	const struct rr *new = next_wanted(to, &to_at, NULL, is_signed);
	while (old != NULL || new != NULL) {
		int order = old == NULL ? 1 : new == NULL ? -1 : compare(old, new);
		if (order < 0)
			rr_array_add(*removed, old);
		else if (order > 0)
			rr_array_add(*added, new);
		if (order <= 0)
			old = next_wanted(from, &from_at, old, is_signed);
		if (order >= 0)
			new = next_wanted(to, &to_at, new, is_signed);
	}
}
