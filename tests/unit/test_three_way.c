/* rooms: dms_model */
/* Two edits of one content, put together RRset by RRset. */
#include <string.h>

#include "model/history.h"

#include "dns/zonetext_write.h"
#include "memory.h"

#define HEAD                                               \
	"$TTL 1h\n"                                        \
	"@ IN SOA ns hostmaster 2026010100 2h 15m 7d 1h\n" \
	"@ IN NS ns\n"                                     \
	"ns IN A 192.0.2.53\n"

static struct zone_text *
read_zone(const char *input)
{
	struct findings *findings = talloc_zero(mem, struct findings);
	struct zone_text *text;

	zone_text_read(mem, "z.test.", input, strlen(input), &text, findings);
	if (findings->error_count > 0)
		fail_msg("line %d: %s", findings->items[0].line, findings->items[0].message);
	return text;
}

/* The records that came out, in order, as "label TYPE rdata;". */
static const char *
written(const struct zone_text *text)
{
	char *out = talloc_strdup(mem, "");
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *r = &text->records[i];
		char *rdata;

		assert_null(rdata_print(mem, r->type, r->rdata, r->rdata_size, text->zone, &rdata));
		out = talloc_asprintf_append(out, "%s %s %s%s;", r->label, rr_type_name(r->type),
					     rdata, r->is_disabled ? " (off)" : "");
	}
	return out;
}

/* What becomes of base when both edit it; NULL `wanted`: the conflicts are looked at. */
static json_t *
merge(const char *base, const char *theirs, const char *mine, const char *wanted)
{
	struct zone_text *merged = read_zone(theirs);
	json_t *conflicts;

	text_merge_three(read_zone(base), merged, read_zone(mine), &conflicts);
	if (wanted != NULL) {
		char *dump = json_dumps(conflicts, 0);

		assert_string_equal(dump, "[]");
		assert_string_equal(written(merged), wanted);
		free(dump);
	}
	return conflicts;
}

#define FRAME "@ NS ns;ns A 192.0.2.53;"

static void
disjoint_changes_go_together(void **state)
{
	json_decref(merge(HEAD "a A 192.0.2.1\nb A 192.0.2.2\nc A 192.0.2.3\n",
			  HEAD "a A 192.0.2.1\nb A 192.0.2.22\nd A 192.0.2.4\nc A 192.0.2.3\n",
			  HEAD "a A 192.0.2.11\na A 192.0.2.12\nb A 192.0.2.2\ne A 192.0.2.5\n",
			  FRAME "a A 192.0.2.11;a A 192.0.2.12;b A 192.0.2.22;d A 192.0.2.4;"
				"e A 192.0.2.5;"));
}

static void
another_type_of_the_same_owner_is_disjoint(void **state)
{
	json_decref(merge(HEAD "a A 192.0.2.1\n", HEAD "a A 192.0.2.1\na TXT \"theirs\"\n",
			  HEAD "a A 192.0.2.9\n", FRAME "a A 192.0.2.9;a TXT \"theirs\";"));
}

static void
what_both_did_alike_is_no_conflict(void **state)
{
	json_decref(merge(HEAD "a A 192.0.2.1\nb A 192.0.2.2\n", HEAD "a A 192.0.2.7\n",
			  HEAD "a A 192.0.2.7\n", FRAME "a A 192.0.2.7;"));
}

static void
a_flag_or_a_ttl_is_a_change(void **state)
{
	json_decref(merge(HEAD "a A 192.0.2.1\nb A 192.0.2.2\n",
			  HEAD "a 60 A 192.0.2.1\nb A 192.0.2.2\n",
			  HEAD "a A 192.0.2.1\n;!DISABLE\nb A 192.0.2.2\n",
			  FRAME "a A 192.0.2.1;b A 192.0.2.2 (off);"));
	json_t *conflicts = merge(HEAD "a A 192.0.2.1\n", HEAD "a 60 A 192.0.2.1\n",
				  HEAD ";!DISABLE\na A 192.0.2.1\n", NULL);
	assert_int_equal(json_array_size(conflicts), 1);
	json_decref(conflicts);
}

static void
conflicts_are_named_one_by_one(void **state)
{
	json_t *conflicts =
	    merge(HEAD "a A 192.0.2.1\nb A 192.0.2.2\nc A 192.0.2.3\n",
		  HEAD "a A 192.0.2.11\nb A 192.0.2.2\n",
		  HEAD "a A 192.0.2.12\nb A 192.0.2.22\nc A 192.0.2.33\nc A 192.0.2.34\n", NULL);
	json_t *wanted = json_loads(
	    "[{\"label\":\"a\",\"type\":\"A\",\"base\":[{\"ttl\":null,\"rdata\":\"192.0.2.1\","
	    "\"disable\":false}],\"theirs\":[{\"ttl\":null,\"rdata\":\"192.0.2.11\",\"disable\":"
	    "false}],\"mine\":[{\"ttl\":null,\"rdata\":\"192.0.2.12\",\"disable\":false}]},"
	    "{\"label\":\"c\",\"type\":\"A\",\"base\":[{\"ttl\":null,\"rdata\":\"192.0.2.3\","
	    "\"disable\":false}],\"theirs\":[],\"mine\":[{\"ttl\":null,\"rdata\":\"192.0.2.33\","
	    "\"disable\":false},{\"ttl\":null,\"rdata\":\"192.0.2.34\",\"disable\":false}]}]",
	    0, NULL);
	assert_true(json_equal(conflicts, wanted));
	json_decref(conflicts);
	json_decref(wanted);
}

static void
the_head_is_one_thing(void **state)
{
	struct zone_text *base = read_zone(HEAD "a A 192.0.2.1\n");
	struct zone_text *theirs = read_zone(HEAD "a A 192.0.2.2\n");
	struct zone_text *mine = read_zone("$TTL 5m\n@ IN SOA ns root 1 2h 15m 7d 1h\n@ IN NS ns\n"
					   "ns IN A 192.0.2.53\na A 192.0.2.1\n");
	json_t *conflicts;

	text_merge_three(base, theirs, mine, &conflicts);
	assert_int_equal(json_array_size(conflicts), 0);
	json_decref(conflicts);
	assert_int_equal(theirs->zone_ttl, 300);
	assert_string_equal(theirs->soa.rname, "root.z.test.");
	assert_int_equal(theirs->soa.serial, 2026010100);

	struct zone_text *other = read_zone("$TTL 1d\n@ IN SOA ns hostmaster 1 2h 15m 7d 1h\n"
					    "@ IN NS ns\nns IN A 192.0.2.53\na A 192.0.2.1\n");
	text_merge_three(base, other, mine, &conflicts);
	assert_int_equal(json_array_size(conflicts), 1);
	assert_string_equal(
	    json_string_value(json_object_get(json_array_get(conflicts, 0), "type")), "SOA");
	json_decref(conflicts);
}

static void
comments_come_along(void **state)
{
	struct zone_text *merged = read_zone(HEAD "a A 192.0.2.1\nb A 192.0.2.22\n");
	json_t *conflicts;

	text_merge_three(read_zone(HEAD "a A 192.0.2.1\nb A 192.0.2.2\n"), merged,
			 read_zone(HEAD ";| Mine\n;# of a\na A 192.0.2.1\n\nb A 192.0.2.2\n"),
			 &conflicts);
	assert_int_equal(json_array_size(conflicts), 0);
	json_decref(conflicts);
	struct zone_text_header header = {.change_by = "x"};
	char *text = zone_text_write(mem, merged, &header, true);
	assert_non_null(strstr(text, "192.0.2.22"));
	assert_non_null(strstr(text, "Mine"));
}

/* Thousands of changes on both sides take no time that grows with their square. */
static void
large_edits_are_merged(void **state)
{
	enum { COUNT = 20000 };
	char *texts[3];

	for (int side = 0; side < 3; side++) {
		texts[side] = talloc_strdup(mem, HEAD);
		for (int i = 0; i < COUNT; i++)
			texts[side] =
			    talloc_asprintf_append_buffer(texts[side], "h%d A 192.0.2.%d\n", i,
							  side == 1 && i % 2 == 0   ? 101
							  : side == 2 && i % 2 == 1 ? 102
										    : 1);
	}
	struct zone_text *merged = read_zone(texts[1]);
	json_t *conflicts;

	text_merge_three(read_zone(texts[0]), merged, read_zone(texts[2]), &conflicts);
	assert_int_equal(json_array_size(conflicts), 0);
	json_decref(conflicts);
	assert_int_equal(merged->record_count, COUNT + 2);
	for (size_t i = 2; i < merged->record_count; i++)
		assert_int_equal(merged->records[i].rdata[3], i % 2 == 0 ? 101 : 102);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(disjoint_changes_go_together),
	    TEST(another_type_of_the_same_owner_is_disjoint),
	    TEST(what_both_did_alike_is_no_conflict),
	    TEST(a_flag_or_a_ttl_is_a_change),
	    TEST(conflicts_are_named_one_by_one),
	    TEST(the_head_is_one_thing),
	    TEST(comments_come_along),
	    TEST(large_edits_are_merged),
	};

	return cmocka_run_group_tests_name("three_way", tests, NULL, NULL);
}
