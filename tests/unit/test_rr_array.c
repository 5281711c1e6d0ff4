/* rooms: dms_dns dms_base */
/* Arrays of records and their difference. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rr.h"

#include "memory.h"

static void
add(struct rr_array *array, const char *owner, uint16_t type, uint32_t ttl, const char *rdata)
{
	rr_array_add(array, &(struct rr){.owner = owner,
					 .type = type,
					 .ttl = ttl,
					 .rdata = (const uint8_t *)rdata,
					 .rdata_size = (uint16_t)strlen(rdata)});
}

/* "owner type ttl rdata\n" of each. */
static char *
show(const struct rr_array *array)
{
	char *text = talloc_strdup(mem, "");

	for (size_t i = 0; i < array->count; i++)
		text = talloc_asprintf_append(text, "%s %u %u %.*s\n", array->items[i].owner,
					      array->items[i].type, array->items[i].ttl,
					      (int)array->items[i].rdata_size,
					      (const char *)array->items[i].rdata);
	return text;
}

static void
records_are_copied_in(void **state)
{
	struct rr_array *array = rr_array_new(mem);
	char owner[] = "a.", rdata[] = "xyz";

	add(array, owner, RR_A, 1, rdata);
	owner[0] = rdata[0] = '?';
	add(array, "b.", RR_TXT, 2, "");
	assert_string_equal(show(array), "a. 1 1 xyz\nb. 16 2 \n");
}

static void
sorting_goes_by_owner_type_rdata_ttl(void **state)
{
	struct rr_array *array = rr_array_new(mem);

	add(array, "b.", RR_A, 1, "a");
	add(array, "a.", RR_TXT, 1, "a");
	add(array, "a.", RR_A, 1, "b");
	add(array, "a.", RR_A, 1, "ab");
	add(array, "a.", RR_A, 2, "a");
	add(array, "a.", RR_A, 1, "a");
	rr_array_sort(array);
	assert_string_equal(show(array), "a. 1 1 a\na. 1 2 a\na. 1 1 ab\na. 1 1 b\na. 16 1 a\n"
					 "b. 1 1 a\n");
}

static void
a_diff_is_what_must_go_and_come(void **state)
{
	struct rr_array *from = rr_array_new(mem), *to = rr_array_new(mem), *removed, *added;

	add(from, "a.", RR_SOA, 1, "old");
	add(to, "a.", RR_SOA, 1, "new");
	add(from, "a.", RR_RRSIG, 1, "sig");
	add(from, "a.", RR_DNSKEY, 1, "key");
	add(from, "a.", RR_NSEC, 1, "nsec");
	add(from, "a.", RR_CDS, 1, "cds");
	add(from, "a.", RR_CDNSKEY, 1, "cdnskey");
	add(to, "a.", RR_CDS, 1, "another");
	add(from, "a.", RR_PRIVATE_SIGNING, 1, "private");
	add(from, "same.", RR_A, 1, "x");
	add(to, "same.", RR_A, 1, "x");
	add(from, "ttl.", RR_A, 1, "x");
	add(to, "ttl.", RR_A, 2, "x");
	add(to, "new.", RR_A, 1, "x");
	add(from, "old.", RR_A, 1, "x");
	/* The same twice counts once. */
	add(to, "new.", RR_A, 1, "x");
	add(from, "old.", RR_A, 1, "x");
	rr_array_diff(mem, from, to, &removed, &added);
	assert_string_equal(show(removed), "old. 1 1 x\nttl. 1 1 x\n");
	assert_string_equal(show(added), "new. 1 1 x\nttl. 1 2 x\n");

	rr_array_diff(mem, from, from, &removed, &added);
	assert_int_equal(removed->count + added->count, 0);
	rr_array_diff(mem, rr_array_new(mem), rr_array_new(mem), &removed, &added);
	assert_int_equal(removed->count + added->count, 0);
}

static void
without_keys_a_cds_is_a_record_like_others(void **state)
{
	struct rr_array *from = rr_array_new(mem), *to = rr_array_new(mem), *removed, *added;

	add(from, "a.", RR_CDS, 1, "old");
	add(to, "a.", RR_CDNSKEY, 1, "new");
	rr_array_diff(mem, from, to, &removed, &added);
	assert_string_equal(show(removed), "a. 59 1 old\n");
	assert_string_equal(show(added), "a. 60 1 new\n");
}

/* from - removed + added = to, for random sets, against plain counting. */
static void
a_diff_applied_gives_the_other(void **state)
{
	enum { OWNERS = 7, RDATA = 5, TTLS = 2, ALL = OWNERS * RDATA * TTLS };
	unsigned seed = 7;

	for (int round = 0; round < 300; round++) {
		struct rr_array *from = rr_array_new(mem), *to = rr_array_new(mem), *lists[2];
		int has[ALL] = {0}, wants[ALL] = {0};
		for (int i = 0; i < ALL; i++) {
			char owner[16], rdata[16];
			snprintf(owner, sizeof owner, "o%d.", i % OWNERS);
			snprintf(rdata, sizeof rdata, "%d", i / OWNERS % RDATA);
			uint32_t ttl = (uint32_t)(i / OWNERS / RDATA);
			has[i] = rand_r(&seed) % 3 == 0;
			wants[i] = rand_r(&seed) % 3 == 0;
			if (has[i])
				add(from, owner, RR_TXT, ttl, rdata);
			if (wants[i])
				add(to, owner, RR_TXT, ttl, rdata);
		}
		rr_array_diff(mem, from, to, &lists[0], &lists[1]);
		for (int list = 0; list < 2; list++) {
			for (size_t j = 0; j < lists[list]->count; j++) {
				const struct rr *rr = &lists[list]->items[j];
				int i = atoi(rr->owner + 1) +
					OWNERS * (rr->rdata[0] - '0' + RDATA * (int)rr->ttl);
				has[i] += list == 0 ? -1 : 1;
			}
		}
		assert_memory_equal(has, wants, sizeof has);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(records_are_copied_in),
	    TEST(sorting_goes_by_owner_type_rdata_ttl),
	    TEST(a_diff_is_what_must_go_and_come),
	    TEST(a_diff_applied_gives_the_other),
	    TEST(without_keys_a_cds_is_a_record_like_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
