/* The normal form of a zone's content, for comparing. */
#include "dns/name_parts.h"
#include "dns/zonetext_write.h"

#include <stdlib.h>
#include <string.h>

/* A record where it is sorted. The key is its owner from the root down, so that comparing octets is
 * comparing names (RFC 4034 section 6.1). */
struct normal_record {
	const uint8_t *key;
	size_t key_size;
	struct zone_text_record record;
};

static int
compare_octets(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	size_t common = a_size < b_size ? a_size : b_size;
	int order = common == 0 ? 0 : memcmp(a, b, common);

	return order != 0 ? order : (a_size > b_size) - (a_size < b_size);
}

static int
compare(const void *left, const void *right)
{
	const struct normal_record *a = left, *b = right;
	const struct zone_text_record *x = &a->record, *y = &b->record;
	int order = a->key == b->key ? 0 : compare_octets(a->key, a->key_size, b->key, b->key_size);

	if (order == 0)
		order = (x->type > y->type) - (x->type < y->type);
	if (order == 0)
		order = compare_octets(x->rdata, x->rdata_size, y->rdata, y->rdata_size);
	return order;
}

/* Labels from the last to the first, each ending in a zero; so that a zero stays below all others,
 * those inside labels become 1 1, and ones 1 2. */
static void
make_key(TALLOC_CTX *mem, struct normal_record *item)
{
	uint8_t wire[NAME_WIRE_MAX], *key = talloc_array(mem, uint8_t, 2 * NAME_WIRE_MAX);
	size_t starts[NAME_WIRE_MAX], labels = 0, size;
	const char *label = item->record.label;

	item->key = key;
	item->key_size = 0;
	if (strcmp(label, "@") == 0 ||
	    name_read(label, strlen(label), NULL, 0, wire, &size) != NULL)
		return;
	for (size_t at = 0; wire[at] != 0; at += wire[at] + 1U)
		starts[labels++] = at;
	while (labels-- > 0) {
		const uint8_t *at = wire + starts[labels];
		for (size_t i = 1; i <= at[0]; i++) {
			if (at[i] <= 1)
				key[item->key_size++] = 1;
			key[item->key_size++] = at[i] <= 1 ? at[i] + 1 : at[i];
		}
		key[item->key_size++] = 0;
	}
}

static void
add_soa(TALLOC_CTX *mem, const struct zone_text *text, struct normal_record *item)
{
	uint8_t *rdata = NULL;
	size_t size = 0;

	item->record =
	    (struct zone_text_record){.label = "@", .type = RR_SOA, .ttl = text->soa_ttl};
	dms_error_free(soa_to_rdata(mem, &text->soa, &rdata, &size));
	item->record.rdata = rdata;
	item->record.rdata_size = size;
}

static struct normal_record *
gather_records(TALLOC_CTX *mem, const struct zone_text *text, size_t *count)
{
	struct normal_record *items =
	    talloc_zero_array(mem, struct normal_record, text->record_count + 1);

	*count = 0;
	if (text->has_soa)
		add_soa(mem, text, &items[(*count)++]);
	for (size_t i = 0; i < text->record_count; i++) {
		if (!text->records[i].is_disabled)
			items[(*count)++].record = text->records[i];
	}
	for (size_t i = 0; i < *count; i++) {
		if (i > 0 && items[i].record.label == items[i - 1].record.label) {
			items[i].key = items[i - 1].key;
			items[i].key_size = items[i - 1].key_size;
		} else {
			make_key(mem, &items[i]);
		}
	}
	return items;
}

void
zone_text_normal_form(FILE *out, const struct zone_text *text)
{
	TALLOC_CTX *scratch = talloc_new(NULL);
	size_t count;
	struct normal_record *items = gather_records(scratch, text, &count);
	int64_t default_ttl = text->zone_ttl >= 0 ? text->zone_ttl
			      : text->has_soa     ? text->soa.minimum
						  : 0;

	qsort(items, count, sizeof items[0], compare);
	for (size_t i = 0; i < count; i++)
		record_write_plain(out, text, &items[i].record, default_ttl);
	talloc_free(scratch);
}
