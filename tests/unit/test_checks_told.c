/* rooms: dms_model dms_db dms_dns dms_base */
/* What is made of the checks' findings, content that no text holds, and the time they take. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/instance.h"

#include "memory.h"

#include "checks_zone.h"

/* A content that came from a zone with a shorter name, and TTLs that no text can have. */
static void
what_no_text_holds_is_found(void **state)
{
	struct findings findings = {0};
	char label[64 * 4 + 1] = "";
	struct zone_text *text = zone_text_new(mem, ZONE);
	struct zone_text_record record = {.label = label,
					  .type = RR_A,
					  .ttl = INT64_C(1) << 31,
					  .rdata = (const uint8_t *)"\300\0\2\1",
					  .rdata_size = 4,
					  .group = -1};

	zone_text_add(text, &record);
	text->records[0].label = "a";
	for (int i = 0; i < 4; i++) {
		memset(label + 64 * i, 'x', 63);
		label[64 * i + 63] = i < 3 ? '.' : '\0';
	}
	record.ttl = 60;
	record.line = 7;
	record.column = 1;
	zone_text_add(text, &record);
	label[64] = '\0';
	label[63] = 'x';
	record.line = 8;
	zone_text_add(text, &record);
	zone_text_check(text, &findings);
	assert_string_equal(summary(&findings),
			    "E NameTooLong 7:1, E BadNameOwnerError 7:1, E NameTooLong 8:1, "
			    "E BadNameOwnerError 8:1, E TtlRangeError 0:0");
	memset(&findings, 0, sizeof findings);
	text->zone_ttl = INT64_C(1) << 31;
	text->has_soa = true;
	text->soa = (struct soa){"a.net.", "b.net.", 1, 7200, 900, 604800, 3600};
	text->record_count = 0;
	zone_text_check_apex(text, &findings);
	assert_string_equal(summary(&findings), "E ZoneHasNoNSRecord 0:0, E TtlRangeError 0:0");
}

/* What is missing may stand in the line that cannot be read. */
static void
a_record_that_cannot_be_read_is_not_missed(void **state)
{
	static const char input[] = "@ NS ns1\nns1 A 192.0.2.300\n@ MX 10 m\nb CNAME b\n"
				    "d A 192.0.2.1\nd A 192.0.2.1\n";
	struct findings findings = {0};
	struct zone_text *text;

	zone_text_read(mem, ZONE, input, strlen(input), &text, &findings);
	size_t read = findings.count;
	zone_text_check(text, &findings);
	zone_text_check_apex(text, &findings);
	assert_int_equal(read, 1);
	assert_int_equal(findings.items[0].line, 2);
	assert_int_equal(findings.count, 3);
	assert_int_equal(findings.items[1].id, DMS_E_CNAME_LOOP);
	assert_int_equal(findings.items[2].id, DMS_E_DUPLICATE_RECORD_IN_ZONE);
}

/* All of them, in the order of the text, with what a program needs. */
static void
a_refusal_tells_all(void **state)
{
	static const char input[] = "b A 192.0.2.1\nb CNAME c.net.\n@ NS ns1\n@ MX 10 m\n"
				    "a 5 TXT \"x\"\na 6 TXT \"y\"\n";
	struct findings findings = {0};

	zone_text_check(read_zone(ZONE, input), &findings);
	findings_quote(&findings, mem, input, strlen(input));
	dms_error *error = findings_error(&findings, ZONE);
	json_t *list = json_object_get(error->data, "findings");
	json_t *first = json_array_get(list, 0), *last = json_array_get(list, 3);
	assert_int_equal(error->id, DMS_E_ZONE_CNAME_LABEL_EXISTS);
	assert_int_equal(json_array_size(list), 4);
	assert_int_equal(json_integer_value(json_object_get(error->data, "lineno")), 2);
	assert_int_equal(json_integer_value(json_object_get(error->data, "error_count")), 3);
	assert_string_equal(json_string_value(json_object_get(error->data, "marked_input_line")),
			    ">!<b CNAME c.net.");
	json_t *rr = json_object_get(error->data, "rr_data");
	assert_string_equal(json_string_value(json_object_get(rr, "rdata")), "c.net.");
	assert_int_equal(json_integer_value(json_object_get(first, "code")), -19);
	assert_string_equal(json_string_value(json_object_get(first, "type")), "CNAME");
	assert_string_equal(json_string_value(json_object_get(last, "level")), "warning");
	assert_string_equal(json_string_value(json_object_get(last, "rdata")), "\"y\"");
	assert_non_null(strstr(json_string_value(json_object_get(last, "message")),
			       "saved with the lowest, 5"));
	dms_error_free(error);
}

/* Each record in JSON is found by where it stands there. */
static void
json_is_checked_the_same(void **state)
{
	static const char zi_data[] =
	    "{\"zone_ttl\": \"1h\", \"rr_groups\": ["
	    "{\"rrs\": [{\"label\": \"@\", \"type\": \"NS\", \"rdata\": \"ns1\"},"
	    "           {\"label\": \"a\", \"type\": \"CNAME\", \"rdata\": \"b.net.\"}]},"
	    "{\"rrs\": [{\"label\": \"c\", \"type\": \"A\", \"rdata\": \"192.0.2.1\"},"
	    "           {\"label\": \"a\", \"type\": \"TXT\", \"rdata\": \"\\\"x\\\"\"}]}]}";
	static const char *const wanted[] = {"ZoneCheckIntegrityNoGlue 0 0", "ZoneCNAMEExists 1 1"};
	json_t *json = json_loads(zi_data, 0, NULL);
	struct findings findings = {0};
	struct zone_text *text = NULL;

	assert_null(zi_data_parse(mem, ZONE, json, &text, &findings));
	zone_text_check(text, &findings);
	dms_error *error = zi_data_error(&findings, ZONE, json);
	assert_non_null(error);
	json_t *list = json_object_get(error->data, "findings");
	assert_int_equal(json_array_size(list), 2);
	for (size_t i = 0; i < 2; i++) {
		json_t *item = json_array_get(list, i);
		char found[80];
		snprintf(found, sizeof found, "%s %lld %lld",
			 json_string_value(json_object_get(item, "name")),
			 json_integer_value(json_object_get(item, "rr_groups_index")),
			 json_integer_value(json_object_get(item, "rrs_index")));
		assert_string_equal(found, wanted[i]);
	}
	dms_error_free(error);
	json_decref(json);
}

static void
rrsets_get_the_lowest_ttl(void **state)
{
	struct zone_text *text = read_zone(ZONE, "$TTL 1h\n"
						 "a 5m TXT \"x\"\n"
						 "b 2h TXT \"x\"\n"
						 "a 6m TXT \"y\"\n"
						 "a A 192.0.2.1\n"
						 "b TXT \"y\"\n"
						 "a TXT \"z\"\n"
						 ";!DISABLE\n"
						 "a 9m TXT \"w\"\n");
	static const int64_t wanted[] = {300, 3600, 300, -1, -1, 300, 540};

	zone_text_unify_ttls(text);
	for (size_t i = 0; i < 7; i++)
		if (text->records[i].ttl != wanted[i])
			fail_msg("record %zu has %lld", i, (long long)text->records[i].ttl);
	struct findings findings = {0};
	zone_text_check(text, &findings);
	assert_string_equal(summary(&findings), "");
}

static double
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Twice the records take about twice the time, whatever they are. */
static double
time_of(size_t count, const char *const *patterns, size_t pattern_count)
{
	char *input = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&input, &size);
	struct findings findings = {0};
	struct zone_text *text;

	for (size_t i = 0; i < count; i++) {
		unsigned scattered = (unsigned)(i * 2654435761u) % 1000003;
		/* %u: a scattered number, twice the same */
		const char *pattern = patterns[i % pattern_count];
		const char *at = strstr(pattern, "%u");
		for (; at != NULL; pattern = at + 2, at = strstr(pattern, "%u"))
			fprintf(out, "%.*s%u", (int)(at - pattern), pattern, scattered);
		fputs(pattern, out);
	}
	fclose(out);
	zone_text_read(mem, ZONE, input, size, &text, &findings);
	assert_int_equal(text->record_count, count);
	double begin = seconds_now();
	zone_text_check(text, &findings);
	double taken = seconds_now() - begin;
	talloc_free(text);
	free(input);
	return taken;
}

static void
time_grows_with_the_records(void **state)
{
	static const char *const hosts[] = {"h%u A 192.0.2.1\n", "c%u CNAME h%u\n",
					    "m%u MX 10 h%u\n", "d%u NS ns.d%u\n"};
	static const char *const one[] = {"x TXT \"%u\"\n", "a%u CNAME x\n"};
	static const char *const deep[] = {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p%u.s NS x.y\n",
					   "p%u.s DNAME b.net.\n"};
	static const struct {
		const char *const *patterns;
		size_t count;
	} zones[] = {{hosts, 4}, {one, 2}, {deep, 2}};
	const char *big = getenv("DMS_CHECKS_RECORDS");
	size_t base = big != NULL ? (size_t)atol(big) / 8 : 8000;

	for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
		double small = time_of(base, zones[i].patterns, zones[i].count);
		double large = time_of(8 * base, zones[i].patterns, zones[i].count);
		if (big != NULL)
			printf("zone %zu: %zu records %.3f s, %zu %.3f s\n", i, base, small,
			       8 * base, large);
		if (large > 24 * small + 0.2)
			fail_msg("zone %zu: %.3f s, and of 8 times the records %.3f s", i, small,
				 large);
	}
}

static void
shuffle(size_t *order, size_t count, unsigned *seed)
{
	for (size_t i = count - 1; i > 0; i--) {
		size_t other = (size_t)rand_r(seed) % (i + 1), kept = order[i];
		order[i] = order[other];
		order[other] = kept;
	}
}

/* Names that begin alike for long, with names below them, aliases among their records, and pairs.
 */
static const char *
tangled_line(size_t i)
{
	static const char *const data[] = {"A 192.0.2.1", "CNAME b.net.", "TXT \"x\"",
					   "A 192.0.2.1"};

	if (i % 7 == 0)
		return talloc_asprintf(mem, "a-%zu.host-name-%zu %s\n", i % 5, i % 60, data[i % 4]);
	return talloc_asprintf(mem, "host-name-%zu%.*s %s\n", i % 60, (int)(i % 9), "-beginnings",
			       data[i % 4]);
}

/* Findings by what they say and how often, whatever the order of the text. */
static const char *
counted(const char *const *lines, const size_t *order, size_t count)
{
	struct findings findings = {0};
	struct zone_text *text = zone_text_new(mem, ZONE);
	char *input = talloc_strdup(mem, "");

	for (size_t i = 0; i < count; i++)
		input = talloc_strdup_append_buffer(input, lines[order[i]]);
	zone_text_read(mem, ZONE, input, strlen(input), &text, &findings);
	assert_int_equal(findings.count, 0);
	zone_text_check(text, &findings);
	assert_int_equal(findings.count < ZONE_TEXT_FINDINGS_MAX, findings.dropped == 0);
	return talloc_asprintf(mem, "%zu errors of %zu findings", findings.error_count,
			       findings.count + findings.dropped);
}

static void
the_order_of_the_text_changes_nothing(void **state)
{
	enum { COUNT = 2000 };
	const char **lines = talloc_array(mem, const char *, COUNT);
	size_t order[COUNT];
	unsigned seed = 7;

	for (size_t i = 0; i < COUNT; i++) {
		lines[i] = tangled_line(i);
		order[i] = i;
	}
	const char *first = counted(lines, order, COUNT);
	assert_string_not_equal(first, "0 errors of 0 findings");
	for (int round = 0; round < 20; round++) {
		shuffle(order, COUNT, &seed);
		assert_string_equal(counted(lines, order, COUNT), first);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_no_text_holds_is_found), TEST(a_record_that_cannot_be_read_is_not_missed),
	    TEST(a_refusal_tells_all),         TEST(json_is_checked_the_same),
	    TEST(rrsets_get_the_lowest_ttl),   TEST(the_order_of_the_text_changes_nothing),
	    TEST(time_grows_with_the_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
