/* rooms: dms_model dms_db dms_dns dms_base */
/* Instances as births and deaths of records. Needs DMS_TEST_PG_URL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "test_model_scratch.h"
#include "testing.h"

#define HEAD                                                                                   \
	"$TTL 1h\n"                                                                            \
	"@ SOA ns1.example.net. hostmaster.example.net. ( 2026010100 7200 900 604800 3600 )\n" \
	"  NS ns1.example.net.\n  NS ns2.example.net.\n"

/* Everything that a record says, on one line; its place in the text is the line's. */
static char *
line_of(TALLOC_CTX *mem, const struct zone_text *text, const struct zone_text_record *record)
{
	const struct zone_text_group *group =
	    record->group < 0 ? NULL : &text->groups[record->group];
	char *rdata = NULL;

	ok(rdata_print(mem, record->type, record->rdata, record->rdata_size, NULL, &rdata));
	return talloc_asprintf(mem, "%s %lld %s %s |%d%d%d|%s|%s|%s|%s\n", record->label,
			       (long long)record->ttl, rr_type_name(record->type), rdata,
			       record->is_disabled, record->has_lock_ptr, record->tracks_reverse,
			       record->reference != NULL ? record->reference : "",
			       record->comment != NULL ? record->comment : "",
			       group != NULL && group->comment != NULL ? group->comment : "",
			       group != NULL && group->tag != NULL ? group->tag : "");
}

static int
text_order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The whole content; `is_sorted` makes the order of the text meaningless. */
static char *
picture(TALLOC_CTX *mem, const struct zone_text *text, bool is_sorted)
{
	TALLOC_CTX *scratch = talloc_new(mem);
	char **lines = talloc_array(scratch, char *, text->record_count + 1);
	char *all =
	    talloc_asprintf(mem, "ttl %lld soa %s %s %u %u %u %u %lld\n", (long long)text->zone_ttl,
			    text->soa.mname, text->soa.rname, text->soa.refresh, text->soa.retry,
			    text->soa.expire, text->soa.minimum, (long long)text->soa_ttl);

	for (size_t i = 0; i < text->record_count; i++)
		lines[i] = line_of(scratch, text, &text->records[i]);
	if (is_sorted)
		qsort(lines, text->record_count, sizeof *lines, text_order);
	for (size_t i = 0; i < text->record_count; i++)
		all = talloc_strdup_append(all, lines[i]);
	talloc_free(scratch);
	return all;
}

static int64_t
store(struct scratch *scratch, const struct zone *zone, struct zone_text *text)
{
	int64_t zi_id = 0;

	ok(instance_store(scratch->db, zone, text, &test_author, &zi_id));
	return zi_id;
}

static struct zone_text *
load(struct scratch *scratch, const struct zone *zone, int64_t zi_id)
{
	struct instance *instance;
	struct zone_text *text;

	ok(instance_load(scratch->db, scratch, zone, zi_id, &instance, &text));
	return text;
}

static char *
records_text(TALLOC_CTX *mem, struct rr_array *records)
{
	char *all = talloc_strdup(mem, "");

	rr_array_sort(records);
	for (size_t i = 0; i < records->count; i++) {
		const struct rr *rr = &records->items[i];
		char *rdata = NULL;

		ok(rdata_print(mem, rr->type, rr->rdata, rr->rdata_size, NULL, &rdata));
		all = talloc_asprintf_append(all, "%s %u %s %s\n", rr->owner, rr->ttl,
					     rr_type_name(rr->type), rdata);
		talloc_free(rdata);
	}
	return all;
}

static bool
same_rr(const struct rr *a, const struct rr *b)
{
	return a->type == b->type && a->ttl == b->ttl && a->rdata_size == b->rdata_size &&
	       strcmp(a->owner, b->owner) == 0 && memcmp(a->rdata, b->rdata, a->rdata_size) == 0;
}

/* records(from) without `removed`, with `added`, must be records(to). */
static void
check_diff(struct scratch *scratch, const struct zone *zone, int64_t from, int64_t to)
{
	TALLOC_CTX *mem = talloc_new(scratch);
	struct rr_array *removed, *added, *before, *after, *made = rr_array_new(mem);

	ok(instance_diff(scratch->db, mem, zone, from, to, &removed, &added));
	ok(instance_records(scratch->db, mem, zone, from, &before));
	ok(instance_records(scratch->db, mem, zone, to, &after));
	bool *is_used = talloc_zero_array(mem, bool, removed->count + 1);
	size_t used = 0;
	for (size_t i = 0; i < before->count; i++) {
		size_t r = 0;
		while (r < removed->count &&
		       (is_used[r] || !same_rr(&removed->items[r], &before->items[i])))
			r++;
		if (r == removed->count) {
			rr_array_add(made, &before->items[i]);
			continue;
		}
		is_used[r] = true;
		used++;
	}
	assert_int_equal(used, removed->count); /* nothing is removed that was not there */
	for (size_t i = 0; i < added->count; i++)
		rr_array_add(made, &added->items[i]);
	assert_string_equal(records_text(mem, made), records_text(mem, after));
	talloc_free(mem);
}

static char *
sixty_records(TALLOC_CTX *mem)
{
	char *text = talloc_strdup(mem, HEAD "\n;| Web hosts\n");

	for (int i = 0; i < 20; i++)
		text = talloc_asprintf_append(text, "w%d A 192.0.2.%d\n", i, i);
	text = talloc_strdup_append(text, "\n;| Mail\n;| of all kinds\n;# the main one\n"
					  "@ 10m MX 10 m0\n;!DISABLE\n@ 10m MX 20 m1\n");
	for (int i = 0; i < 18; i++)
		text = talloc_asprintf_append(text, ";!TRACKREV\nm%d AAAA 2001:db8::%d\n", i, i);
	text = talloc_strdup_append(text, "\n;| Web hosts\n");
	for (int i = 0; i < 18; i++)
		text = talloc_asprintf_append(text, "t%d 300 TXT \"number %d\"\n", i, i);
	return text;
}

static void
a_text_comes_back_as_it_was_stored(void **state)
{
	struct scratch *scratch = need_scratch(state);

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "example.org.", false);
	struct zone_text *text = read_text(scratch, zone->name, sixty_records(scratch));
	assert_int_equal(text->record_count, 60);
	char *before = picture(scratch, text, false);
	int64_t zi_id = store(scratch, zone, text);
	assert_string_equal(picture(scratch, load(scratch, zone, zi_id), false), before);
	/* Two groups of one comment stay two. */
	struct zone_text *loaded = load(scratch, zone, zi_id);
	assert_int_equal(loaded->group_count, text->group_count);
	/* In CREATE the instance is also the one to be shown. */
	ok(zone_by_id(scratch->db, scratch, zone->id, ZONE_READ, &zone));
	assert_int_equal(zone->zi_id, zi_id);
	assert_int_equal(zone->zi_candidate_id, zi_id);
	ok(db_commit(scratch->db));
}

static void
the_same_text_again_is_no_new_instance(void **state)
{
	struct scratch *scratch = need_scratch(state);

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "same.example.", true);
	const char *input = "$TTL 1h\n@ MX 10 mail\nmail A 192.0.2.1\n";
	int64_t first = store(scratch, zone, read_text(scratch, zone->name, input));
	/* as a client would give it back: with the apex that DMS made */
	assert_int_equal(store(scratch, zone, load(scratch, zone, first)), first);
	assert_int_equal(store(scratch, zone, read_text(scratch, zone->name, input)), first);
	assert_int_equal(
	    count_rows(scratch, "SELECT count(*) FROM record WHERE zone_id = $1", zone->id), 4);
	struct zone_text *text = load(scratch, zone, first);
	char *written = zone_text_write(scratch, text, NULL, false);
	assert_int_equal(store(scratch, zone, read_text(scratch, zone->name, written)), first);
	ok(db_commit(scratch->db));
}

static void
an_edit_of_one_record_writes_two_rows(void **state)
{
	struct scratch *scratch = need_scratch(state);

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "edit.example.", false);
	char *input = sixty_records(scratch);
	int64_t first = store(scratch, zone, read_text(scratch, zone->name, input));
	ok(db_exec(scratch->db,
		   "UPDATE zone SET state = 'PUBLISHED', published_at = now() "
		   "WHERE id = $1",
		   P_INT(zone->id)));
	memcpy(strstr(input, "192.0.2.7"), "192.0.2.9", 9);
	struct zone_text *text = read_text(scratch, zone->name, input);
	char *wanted = picture(scratch, text, false);
	int64_t start = monotonic_us();
	int64_t second = store(scratch, zone, text);
	print_message("an edit took %.2f ms\n", elapsed_ms(start));
	assert_true(second > first);
	assert_int_equal(count_rows(scratch, "SELECT count(*) FROM record WHERE born = $1", second),
			 1);
	assert_int_equal(count_rows(scratch, "SELECT count(*) FROM record WHERE gone = $1", second),
			 1);
	/* the new record stands where the old one stood */
	assert_string_equal(picture(scratch, load(scratch, zone, second), false), wanted);
	ok(zone_by_id(scratch->db, scratch, zone->id, ZONE_READ, &zone));
	assert_int_equal(zone->zi_id, first);
	assert_int_equal(zone->zi_candidate_id, second);
	ok(db_commit(scratch->db));
}

/* What one edit of `from` into `to` wrote, as "born ended groups removed added": rows of records
 * and groups, and what name servers would see of it. */
static const char *
rows_written(struct scratch *scratch, const struct zone *zone, char *input, const char *from,
	     const char *to)
{
	static const char groups[] = "SELECT count(*) FROM rr_group WHERE zone_id = $1";
	struct rr_array *removed, *added;
	int64_t zi_ids[2], group_count;

	zi_ids[0] = store(scratch, zone, read_text(scratch, zone->name, input));
	group_count = count_rows(scratch, groups, zone->id);
	char *at = strstr(input, from);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
	struct zone_text *text = read_text(scratch, zone->name, input);
	char *wanted = zone_text_write(scratch, text, NULL, false);
	zi_ids[1] = store(scratch, zone, text);
	assert_true(zi_ids[1] > zi_ids[0]);
	assert_string_equal(zone_text_write(scratch, load(scratch, zone, zi_ids[1]), NULL, false),
			    wanted);
	ok(instance_diff(scratch->db, scratch, zone, zi_ids[0], zi_ids[1], &removed, &added));
	return talloc_asprintf(
	    scratch, "%lld %lld %lld %zu %zu",
	    (long long)count_rows(scratch, "SELECT count(*) FROM record WHERE born = $1",
				  zi_ids[1]),
	    (long long)count_rows(scratch, "SELECT count(*) FROM record WHERE gone = $1",
				  zi_ids[1]),
	    (long long)(count_rows(scratch, groups, zone->id) - group_count), removed->count,
	    added->count);
}

/* Words for people cost the rows that carry them, and name servers nothing. */
static void
an_edit_of_a_comment_writes_what_carries_it(void **state)
{
	struct scratch *scratch = need_scratch(state);

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "words.example.", false);
	char *input = sixty_records(scratch);
	/* of a record; of a group: its records, and a row of its own */
	assert_string_equal(rows_written(scratch, zone, input, "the main one", "the only one"),
			    "1 1 0 0 0");
	assert_string_equal(rows_written(scratch, zone, input, "of all kinds", "of our kinds"),
			    "20 20 1 0 0");
	/* a plain comment, and how a TTL is spelled */
	input = talloc_asprintf(scratch, HEAD "a A 192.0.2.1 ; old\nb 60m  TXT \"x\"\n");
	assert_string_equal(rows_written(scratch, zone, input, "; old", "; new"), "1 1 0 0 0");
	assert_string_equal(rows_written(scratch, zone, input, "60m  ", "3600 "), "1 1 0 0 0");
	/* a flag that only reverse automation looks at */
	input = talloc_asprintf(scratch, HEAD ";!LOCKPTR \na A 192.0.2.1\nb A 192.0.2.2\n");
	assert_string_equal(rows_written(scratch, zone, input, "LOCKPTR ", "TRACKREV"),
			    "1 1 0 0 0");
	/* one that name servers do see */
	assert_string_equal(rows_written(scratch, zone, input, ";!TRACKREV", ";!DISABLE "),
			    "1 1 0 1 0");
	ok(db_commit(scratch->db));
}

static void
diffs_go_forward_backward_and_over_many_steps(void **state)
{
	struct scratch *scratch = need_scratch(state);
	static const char *const steps[] = {
	    HEAD "a A 192.0.2.1\nb A 192.0.2.2\n",
	    HEAD "a A 192.0.2.1\nb A 192.0.2.2\nc A 192.0.2.3\n", /* c is born */
	    HEAD "a A 192.0.2.1\nb A 192.0.2.2\n",                /* and gone again */
	    HEAD "a A 192.0.2.9\n;!DISABLE\nb A 192.0.2.2\n",
	    HEAD "a A 192.0.2.9\n;# only a comment\nb A 192.0.2.2\n",
	};
	int64_t ids[5];

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "steps.example.org.", false);
	for (int i = 0; i < 5; i++)
		ids[i] = store(scratch, zone, read_text(scratch, "example.org.", steps[i]));
	for (int from = 0; from < 5; from++)
		for (int to = 0; to < 5; to++)
			check_diff(scratch, zone, ids[from], ids[to]);
	struct rr_array *removed, *added;
	ok(instance_diff(scratch->db, scratch, zone, ids[0], ids[2], &removed, &added));
	assert_int_equal(removed->count + added->count, 0);
	ok(instance_diff(scratch->db, scratch, zone, ids[0], ids[4], &removed, &added));
	assert_int_equal(removed->count,
			 1); /* a's old address; b's comment is nothing to servers */
	assert_int_equal(added->count, 1);
	ok(db_commit(scratch->db));
}

static void
another_zone_ttl_changes_what_has_none_of_its_own(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct rr_array *removed, *added;

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "ttl.example.", false);
	struct zone_text *text = read_text(scratch, zone->name,
					   "$TTL 1h\n@ NS ns.example.net.\na 60 A 192.0.2.1\n"
					   "b A 192.0.2.2\nc 2h A 192.0.2.3\n");
	int64_t first = store(scratch, zone, text);
	text->zone_ttl = 7200;
	int64_t second = store(scratch, zone, text);
	assert_int_equal(count_rows(scratch, "SELECT count(*) FROM record WHERE born = $1", second),
			 0);
	ok(instance_diff(scratch->db, scratch, zone, first, second, &removed, &added));
	assert_int_equal(removed->count, 2); /* the NS and b */
	assert_int_equal(added->count, 2);
	assert_int_equal(removed->items[0].ttl, 3600);
	assert_int_equal(added->items[0].ttl, 7200);
	check_diff(scratch, zone, first, second);
	check_diff(scratch, zone, second, first);
	ok(db_commit(scratch->db));
}

static void
the_apex_comes_from_the_configuration(void **state)
{
	struct scratch *scratch = need_scratch(state);

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "apex.example.", true);
	struct zone_text *text =
	    read_text(scratch, zone->name,
		      "$TTL 5m\n@ SOA mine.example. me.example. ( 1 1 1 1 77 )\n"
		      "@ NS mine.example.\n@ A 192.0.2.1\n");
	struct zone_text *loaded = load(scratch, zone, store(scratch, zone, text));
	assert_string_equal(loaded->soa.mname, "ns1.invalid.");
	assert_string_equal(loaded->soa.rname, "hostmaster.invalid.");
	assert_int_equal(loaded->soa.refresh, 7200);
	assert_int_equal(loaded->soa.minimum, 77);
	assert_int_equal(loaded->zone_ttl, 300);
	assert_int_equal(loaded->record_count, 3);
	assert_int_equal(loaded->records[0].type, RR_NS);
	assert_int_equal(loaded->records[1].type, RR_NS);
	assert_string_equal(loaded->groups[loaded->records[0].group].tag, "APEX_RRS");
	/* An empty zone of its own apex begins with the configured one, too. */
	struct zone *bare = new_zone(scratch, "bare.example.", false);
	struct zone_text *empty = zone_text_new(scratch, bare->name);
	empty->zone_ttl = empty->soa_ttl = -1;
	loaded = load(scratch, bare, store(scratch, bare, empty));
	assert_int_equal(loaded->record_count, 2);
	assert_int_equal(loaded->zone_ttl, 3600);
	ok(db_commit(scratch->db));
}

/* One random edit: drop, add, change, move. */
static void
edit(struct zone_text *text, unsigned *seed)
{
	int choice = rand_r(seed) % 5;
	size_t at = text->record_count > 0 ? (size_t)rand_r(seed) % text->record_count : 0;
	struct zone_text_record *records = text->records;
	uint8_t address[4] = {192, 0, 2, (uint8_t)(rand_r(seed) % 250)};

	if (text->record_count < 5 || choice == 0) {
		struct zone_text_record new = {
		    .label = talloc_asprintf(text, "h%d", rand_r(seed) % 1000000),
		    .type = RR_A,
		    .ttl = rand_r(seed) % 3 == 0 ? rand_r(seed) % 1000 : -1,
		    .rdata = address,
		    .rdata_size = 4,
		    .group = rand_r(seed) % 2 - 1,
		    .is_disabled = rand_r(seed) % 8 == 0,
		};
		zone_text_add(text, &new);
		/* somewhere in the middle */
		struct zone_text_record last = text->records[text->record_count - 1];
		memmove(&text->records[at + 1], &text->records[at],
			(text->record_count - 1 - at) * sizeof last);
		text->records[at] = last;
	} else if (choice == 1) {
		memmove(&records[at], &records[at + 1],
			(text->record_count - at - 1) * sizeof *records);
		text->record_count--;
	} else if (choice == 2) {
		records[at].is_disabled = !records[at].is_disabled;
	} else if (choice == 3) {
		records[at].comment = talloc_asprintf(text, "c%d", rand_r(seed) % 9);
		records[at].ttl = rand_r(seed) % 50;
	} else {
		struct zone_text_record moved = records[at];
		records[at] = records[0];
		records[0] = moved;
		text->zone_ttl = 1000 + rand_r(seed) % 3;
	}
}

static void
every_instance_of_a_long_history_stays_what_it_was(void **state)
{
	struct scratch *scratch = need_scratch(state);
	enum { STEPS = 200 };
	static int64_t ids[STEPS];
	static char *pictures[STEPS];
	unsigned seed = (unsigned)realtime_us();

	print_message("seed %u\n", seed);
	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "random.example.", false);
	struct zone_text *text = read_text(scratch, zone->name, HEAD "\n;| Hosts\na A 192.0.2.1\n");
	for (int i = 0; i < STEPS; i++) {
		for (int edits = rand_r(&seed) % 4; edits >= 0; edits--)
			edit(text, &seed);
		ids[i] = store(scratch, zone, text);
		pictures[i] = picture(scratch, text, true);
		/* the newest one keeps the order of its text as well */
		struct zone_text *back = load(scratch, zone, ids[i]);
		assert_string_equal(picture(scratch, back, false), picture(scratch, text, false));
	}
	for (int i = 0; i < STEPS; i++)
		assert_string_equal(picture(scratch, load(scratch, zone, ids[i]), true),
				    pictures[i]);
	for (int i = 0; i < 300; i++)
		check_diff(scratch, zone, ids[rand_r(&seed) % STEPS], ids[rand_r(&seed) % STEPS]);
	ok(db_commit(scratch->db));
}

static void
ten_thousand_records_are_stored_in_few_statements(void **state)
{
	struct scratch *scratch = need_scratch(state);

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "large.example.", true);
	struct zone_text *text = zone_text_new(scratch, zone->name);
	text->zone_ttl = 3600;
	text->soa_ttl = -1;
	for (int i = 0; i < 10000; i++) {
		char label[20];
		uint8_t address[4] = {10, 0, (uint8_t)(i >> 8), (uint8_t)i};
		snprintf(label, sizeof label, "h%d", i);
		zone_text_add(text, &(struct zone_text_record){.label = label,
							       .type = RR_A,
							       .ttl = -1,
							       .rdata = address,
							       .rdata_size = 4,
							       .group = -1});
	}
	int64_t start = monotonic_us();
	int64_t first = store(scratch, zone, text);
	print_message("storing 10,000 records took %.0f ms\n", elapsed_ms(start));
	assert_true(elapsed_ms(start) < 10000);
	start = monotonic_us();
	struct zone_text *back = load(scratch, zone, first);
	print_message("loading them took %.0f ms\n", elapsed_ms(start));
	assert_int_equal(back->record_count, 10002);
	text->record_count--;
	start = monotonic_us();
	int64_t second = store(scratch, zone, text);
	print_message("removing one took %.0f ms\n", elapsed_ms(start));
	check_diff(scratch, zone, first, second);
	ok(db_commit(scratch->db));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, open_scratch, close_scratch)
	    IN_SCRATCH(a_text_comes_back_as_it_was_stored),
	    IN_SCRATCH(the_same_text_again_is_no_new_instance),
	    IN_SCRATCH(an_edit_of_one_record_writes_two_rows),
	    IN_SCRATCH(an_edit_of_a_comment_writes_what_carries_it),
	    IN_SCRATCH(diffs_go_forward_backward_and_over_many_steps),
	    IN_SCRATCH(another_zone_ttl_changes_what_has_none_of_its_own),
	    IN_SCRATCH(the_apex_comes_from_the_configuration),
	    IN_SCRATCH(every_instance_of_a_long_history_stays_what_it_was),
	    IN_SCRATCH(ten_thousand_records_are_stored_in_few_statements),
#undef IN_SCRATCH
	};
	return cmocka_run_group_tests(tests, make_schema, drop_database);
}
