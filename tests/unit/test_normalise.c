/* rooms: dms_dns dms_base */
/* TTLs of a loaded zone: the commonest becomes the zone's, and every record keeps its own
 * (spec/zone-data.md section 10.2). */
#include <stdlib.h>
#include <string.h>

#include "dns/zonetext.h"

#include "memory.h"

#define ZONE "example.org."

/* What a text is written as once its TTLs are normal, without the header and the SOA. */
static const char *
normal(const char *input)
{
	struct findings findings = {0};
	struct zone_text *text;

	zone_text_read(mem, ZONE, input, strlen(input), &text, &findings);
	assert_int_equal(findings.error_count, 0);
	zone_text_normalise_ttls(text);
	char *written = talloc_asprintf(mem, "%lld:", (long long)text->zone_ttl);
	for (size_t i = 0; i < text->record_count; i++)
		written = talloc_asprintf_append(
		    written, " %s %lld%s%s", text->records[i].label,
		    (long long)text->records[i].ttl, text->records[i].ttl_text != NULL ? "=" : "",
		    text->records[i].ttl_text != NULL ? text->records[i].ttl_text : "");
	return written;
}

static void
the_commonest_ttl_becomes_the_zones(void **state)
{
	static const struct {
		const char *input, *wanted;
	} cases[] = {
	    /* Nothing to move. */
	    {"$TTL 1h\na A 192.0.2.1\nb A 192.0.2.2\n", "3600: a -1 b -1"},
	    /* The same said twice is said once. */
	    {"$TTL 1h\na 60m A 192.0.2.1\nb 5m A 192.0.2.2\n", "3600: a -1 b 300"},
	    /* The old default is spelled out, as it was typed, where it was meant. */
	    {"$TTL 24h\na 5m A 192.0.2.1\nb 300 A 192.0.2.2\nc A 192.0.2.3\n",
	     "300: a -1 b -1 c 86400=24h"},
	    /* Disabled ones count, for they may come back. */
	    {"$TTL 1h\n;!DISABLE\na A 192.0.2.9\nb 5m A 192.0.2.2\n", "3600: a -1 b 300"},
	    /* As many of each: the zone's stays; without it the lowest. */
	    {"$TTL 1h\na 5m A 192.0.2.1\nb A 192.0.2.2\n", "3600: a 300 b -1"},
	    {"$TTL 1h\na 10m A 192.0.2.1\nb 5m A 192.0.2.2\n", "300: a 600 b -1"},
	    /* Under a later $TTL it is the records' own. */
	    {"$TTL 1h\na A 192.0.2.1\n$TTL 2h\nb A 192.0.2.2\nc A 192.0.2.3\n",
	     "7200: a 3600 b -1 c -1"},
	    {"$TTL 0\na 0 A 192.0.2.1\nb 1 A 192.0.2.2\n", "0: a -1 b 1"},
	    /* No zone TTL given: there is nothing to compare with. */
	    {"a 5m A 192.0.2.1\nb 5m A 192.0.2.2\n", "-1: a 300 b 300"},
	    {"$TTL 1h\n", "3600:"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (strcmp(normal(cases[i].input), cases[i].wanted) != 0)
			fail_msg("%s\nwanted: %s\ngot:    %s", cases[i].input, cases[i].wanted,
				 normal(cases[i].input));
}

static int64_t
effective(const struct zone_text *text, int64_t ttl)
{
	return ttl >= 0 ? ttl : text->zone_ttl;
}

/* Whatever TTLs there are: no record's changes, the SOA's does not, and the zone's is one that no
 * other beats. */
static void
no_record_gets_another_ttl(void **state)
{
	static const int64_t ttls[] = {-1, 0, 60, 300, 3600};
	enum { TTLS = sizeof ttls / sizeof ttls[0], MOST = 12 };
	unsigned seed = 20260305;

	for (int run = 0; run < 2000; run++) {
		struct zone_text *text = zone_text_new(mem, ZONE);
		int64_t before[MOST], soa_before, counts[TTLS] = {0};
		size_t count = (size_t)rand_r(&seed) % MOST, of_zone = 0;
		text->zone_ttl = ttls[1 + rand_r(&seed) % (TTLS - 1)];
		text->has_soa = true;
		text->soa_ttl = ttls[rand_r(&seed) % TTLS];
		soa_before = effective(text, text->soa_ttl);
		for (size_t i = 0; i < count; i++) {
			const struct zone_text_record record = {.label = "a",
								.type = RR_A,
								.ttl = ttls[rand_r(&seed) % TTLS],
								.rdata = (const uint8_t *)"abcd",
								.rdata_size = 4,
								.group = -1};
			zone_text_add(text, &record);
			before[i] = effective(text, record.ttl);
		}
		zone_text_normalise_ttls(text);
		assert_int_equal(effective(text, text->soa_ttl), soa_before);
		for (size_t i = 0; i < count; i++) {
			assert_int_equal(effective(text, text->records[i].ttl), before[i]);
			assert_int_not_equal(text->records[i].ttl, text->zone_ttl);
			of_zone += before[i] == text->zone_ttl;
			for (size_t t = 0; t < TTLS; t++)
				counts[t] += before[i] == ttls[t];
		}
		for (size_t t = 0; t < TTLS; t++)
			assert_true(counts[t] <= (int64_t)of_zone);
		talloc_free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_commonest_ttl_becomes_the_zones),
	    TEST(no_record_gets_another_ttl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
