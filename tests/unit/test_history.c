/* rooms: dms_model dms_db dms_dns dms_base */
/* A zone's history: compared, taken from, shortened. Needs DMS_TEST_PG_URL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/history.h"
#include "model/selector.h"
#include "test_model_scratch.h"
#include "testing.h"

#define HEAD                                                                                   \
	"$TTL 1h\n"                                                                            \
	"@ SOA ns1.example.net. hostmaster.example.net. ( 2026010100 7200 900 604800 3600 )\n" \
	"  NS ns1.example.net.\n  NS ns2.example.net.\n"
#define MAX_KEPT 64

static int64_t
store(struct scratch *scratch, const struct zone *zone, const char *input)
{
	int64_t zi_id = 0;

	ok(instance_store(scratch->db, zone, read_text(scratch, zone->name, input), &test_author,
			  &zi_id));
	return zi_id;
}

/* the whole content as zone text */
static char *
picture(struct scratch *scratch, const struct zone *zone, int64_t zi_id)
{
	struct instance *instance;
	struct zone_text *text;

	ok(instance_load(scratch->db, scratch, zone, zi_id, &instance, &text));
	return zone_text_write(scratch, text, NULL, false);
}

/* the published instance and the candidate, as the owners of the columns would set them */
static void
point(struct scratch *scratch, const struct zone *zone, int64_t published, int64_t candidate)
{
	ok(db_exec(scratch->db, "UPDATE zone SET zi_id = $2, zi_candidate_id = $3 WHERE id = $1",
		   P_INT(zone->id), P_INT(published), P_INT(candidate)));
}

static bool
is_there(struct scratch *scratch, int64_t zi_id)
{
	return count_rows(scratch, "SELECT count(*) FROM zone_instance WHERE id = $1", zi_id) == 1;
}

/* lines that come and go, each in one of a few groups, some of them with comments */
static char *
random_text(TALLOC_CTX *mem, unsigned *seed)
{
	const char *behind_ttl = strchr(HEAD, '\n') + 1;
	char *text = talloc_asprintf(mem, "$TTL %dh\n%s", 1 + (rand_r(seed) % 4 == 0), behind_ttl);

	for (int i = 0; i < 12; i++) {
		if (rand_r(seed) % 3 == 0)
			continue;
		if (rand_r(seed) % 4 == 0)
			text = talloc_asprintf_append(text, "\n;| group %d\n", rand_r(seed) % 3);
		text = talloc_asprintf_append(text, "h%d A 192.0.2.%d\n", i, rand_r(seed) % 3);
	}
	return text;
}

struct remembered {
	int64_t id;
	char *picture;
};

/* every kept instance is what it was; every record row belongs to one of them */
static void
check_kept(struct scratch *scratch, const struct zone *zone, const struct remembered *all,
	   int count)
{
	for (int i = 0; i < count; i++)
		if (is_there(scratch, all[i].id))
			assert_string_equal(picture(scratch, zone, all[i].id), all[i].picture);
	assert_int_equal(
	    count_rows(scratch,
		       "SELECT count(*) FROM record r WHERE zone_id = $1 AND NOT EXISTS (SELECT "
		       "FROM zone_instance i WHERE i.zone_id = r.zone_id AND i.id >= r.born "
		       "AND (r.gone IS NULL OR i.id < r.gone))",
		       zone->id),
	    0);
	assert_int_equal(count_rows(scratch,
				    "SELECT count(*) FROM rr_group g WHERE zone_id = $1 AND NOT "
				    "EXISTS (SELECT FROM record r WHERE r.group_id = g.id)",
				    zone->id),
			 0);
}

/* one life: edits and deletions in any order */
static void
live(struct scratch *scratch, unsigned seed)
{
	struct remembered all[MAX_KEPT];
	int count = 0;

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "example.net.", false);
	for (int step = 0; step < 40 && count < MAX_KEPT; step++) {
		if (count < 3 || rand_r(&seed) % 3 != 0) {
			int64_t id = store(scratch, zone, random_text(scratch, &seed));
			if (count == 0 || all[count - 1].id != id)
				all[count++] = (struct remembered){id, picture(scratch, zone, id)};
			continue;
		}
		/* what is published and what is candidate may be anywhere on the line */
		int64_t published = all[rand_r(&seed) % (unsigned)count].id;
		int64_t candidate = all[rand_r(&seed) % (unsigned)count].id;
		int64_t victim = all[rand_r(&seed) % (unsigned)count].id;
		if (!is_there(scratch, published) || !is_there(scratch, candidate))
			continue;
		point(scratch, zone, published, candidate);
		dms_error *error = history_delete(scratch->db, zone->id, victim);
		bool was_in_use = victim == published || victim == candidate;
		if (was_in_use) {
			expect_error(error, DMS_E_ZI_IN_USE);
			assert_true(is_there(scratch, victim));
		} else if (error != NULL) {
			expect_error(error, DMS_E_ZI_NOT_FOUND);
		}
		check_kept(scratch, zone, all, count);
	}
	/* and the next edit goes on from what is left */
	int64_t id = store(scratch, zone, HEAD "last A 192.0.2.9\n");
	assert_non_null(strstr(picture(scratch, zone, id), "192.0.2.9"));
	check_kept(scratch, zone, all, count);
	db_rollback(scratch->db);
}

static void
test_deletions_leave_the_rest_as_it_was(void **state)
{
	for (unsigned seed = 1; seed <= 25; seed++) {
		print_message("seed %u\n", seed);
		live(need_scratch(state), seed);
	}
}

static void
set_age(struct scratch *scratch, int64_t zi_id, int days)
{
	ok(db_exec(scratch->db,
		   "UPDATE zone_instance SET ctime = clock_timestamp() - make_interval(days => "
		   "$2::integer) WHERE id = $1",
		   P_INT(zi_id), P_INT(days)));
}

static void
test_ageing(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct remembered all[10];
	int64_t deleted = 0, *ids = NULL;
	size_t zones = 0;
	const struct history_limits limits = {.age_days = 30.5, .max_num = 3};

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "example.net.", false);
	for (int i = 0; i < 10; i++) {
		all[i].id =
		    store(scratch, zone, talloc_asprintf(scratch, HEAD "www A 192.0.2.%d\n", i));
		all[i].picture = picture(scratch, zone, all[i].id);
		set_age(scratch, all[i].id, i < 6 ? 100 - i : 9 - i);
	}
	point(scratch, zone, all[1].id, all[9].id);
	ok(history_long_zones(scratch->db, scratch, &limits, false, 0, 10, &ids, &zones));
	assert_int_equal(zones, 1);
	assert_int_equal(ids[0], zone->id);

	/* 0 to 5 are old enough, 1 is published; a batch takes the oldest */
	ok(history_shorten(scratch->db, zone->id, &limits, false, 2, &deleted));
	assert_int_equal(deleted, 2);
	assert_false(is_there(scratch, all[0].id));
	assert_true(is_there(scratch, all[1].id));
	assert_false(is_there(scratch, all[2].id));
	ok(history_shorten(scratch->db, zone->id, &limits, false, 100, &deleted));
	assert_int_equal(deleted, 3);
	ok(history_shorten(scratch->db, zone->id, &limits, false, 100, &deleted));
	assert_int_equal(deleted, 0);
	for (int i = 6; i < 10; i++)
		assert_true(is_there(scratch, all[i].id));
	check_kept(scratch, zone, all, 10);
	db_rollback(scratch->db);
}

static void
test_newest_ones_stay_whatever_their_age(void **state)
{
	struct scratch *scratch = need_scratch(state);
	int64_t deleted = 0, ids[5];
	const struct history_limits limits = {.age_days = 0, .max_num = 4};

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "example.net.", false);
	for (int i = 0; i < 5; i++) {
		ids[i] =
		    store(scratch, zone, talloc_asprintf(scratch, HEAD "www A 192.0.2.%d\n", i));
		set_age(scratch, ids[i], 100 - i);
	}
	point(scratch, zone, ids[4], ids[4]);
	ok(history_shorten(scratch->db, zone->id, &limits, false, 100, &deleted));
	assert_int_equal(deleted, 1);
	assert_false(is_there(scratch, ids[0]));
	db_rollback(scratch->db);
}

/* An instance is as old as the last time it was published: one that lay about for long before that
 * is young (spec/zone-data.md section 12.5, mtime). */
static void
test_age_counts_from_the_last_publication(void **state)
{
	struct scratch *scratch = need_scratch(state);
	int64_t deleted = 0, ids[5];
	const struct history_limits limits = {.age_days = 30, .max_num = 2};

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "example.net.", false);
	for (int i = 0; i < 5; i++) {
		ids[i] =
		    store(scratch, zone, talloc_asprintf(scratch, HEAD "www A 192.0.2.%d\n", i));
		set_age(scratch, ids[i], 100 - i);
	}
	point(scratch, zone, ids[4], ids[4]);
	ok(db_exec(scratch->db,
		   "INSERT INTO publication (zone_id, serial, zi_id, way, published_at) "
		   "VALUES ($1, 1, $2, 'file', clock_timestamp() - interval '99 days'), "
		   "($1, 2, $2, 'update', clock_timestamp() - interval '29 days'), "
		   "($1, 3, $3, 'update', clock_timestamp() - interval '31 days')",
		   P_INT(zone->id), P_INT(ids[0]), P_INT(ids[1])));
	/* The two newest are now 0 and 1; 4 is published; 2 and 3 go. */
	ok(history_shorten(scratch->db, zone->id, &limits, false, 100, &deleted));
	assert_int_equal(deleted, 2);
	assert_true(is_there(scratch, ids[0]));
	assert_true(is_there(scratch, ids[1]));
	assert_false(is_there(scratch, ids[2]));
	assert_false(is_there(scratch, ids[3]));
	/* With one to stay 1 is over, and old enough. */
	ok(history_shorten(scratch->db, zone->id,
			   &(struct history_limits){.age_days = 30, .max_num = 1}, false, 100,
			   &deleted));
	assert_int_equal(deleted, 1);
	assert_true(is_there(scratch, ids[0]));
	assert_false(is_there(scratch, ids[1]));
	db_rollback(scratch->db);
}

static void
test_deleted_zones_keep_what_they_were(void **state)
{
	struct scratch *scratch = need_scratch(state);
	int64_t deleted = 0, ids[4], *found = NULL;
	size_t zones = 0;
	const struct history_limits limits = {.age_days = 10};

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "example.net.", false);
	for (int i = 0; i < 4; i++)
		ids[i] =
		    store(scratch, zone, talloc_asprintf(scratch, HEAD "www A 192.0.2.%d\n", i));
	point(scratch, zone, ids[2], ids[3]);
	ok(db_exec(scratch->db,
		   "UPDATE zone SET state = 'DELETED', deleted_start = clock_timestamp() - "
		   "interval '11 days' WHERE id = $1",
		   P_INT(zone->id)));
	ok(history_long_zones(scratch->db, scratch, &limits, false, 0, 10, &found, &zones));
	assert_int_equal(zones, 0);
	ok(history_long_zones(scratch->db, scratch, &limits, true, 0, 10, &found, &zones));
	assert_int_equal(zones, 1);
	ok(history_shorten(scratch->db, zone->id, &limits, true, 100, &deleted));
	assert_int_equal(deleted, 2);
	assert_true(is_there(scratch, ids[2]));
	assert_true(is_there(scratch, ids[3]));
	ok(history_long_zones(scratch->db, scratch, &limits, true, 0, 10, &found, &zones));
	assert_int_equal(zones, 0);
	db_rollback(scratch->db);
}

static void
test_difference(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct zone_difference *difference;

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "example.net.", false);
	int64_t one =
	    store(scratch, zone,
		  HEAD "www A 192.0.2.1\nwww A 192.0.2.2\nmail MX 5 www\nold A 192.0.2.3\n");
	int64_t two = store(scratch, zone,
			    HEAD "www A 192.0.2.1\nwww A 192.0.2.9\nmail MX 5 www\n"
				 "new 60 TXT \"a\"\n");
	ok(history_difference(scratch->db, scratch, zone, one, two, &difference));
	assert_string_equal(difference_to_text(scratch, difference, "one", "two"),
			    "--- one\n+++ two\n"
			    "@@ new TXT @@\n+new 60 IN TXT \"a\"\n"
			    "@@ old A @@\n-old 3600 IN A 192.0.2.3\n"
			    "@@ www A @@\n-www 3600 IN A 192.0.2.2\n+www 3600 IN A 192.0.2.9\n");
	json_t *json = difference_to_json(difference);
	assert_int_equal(json_array_size(json), 3);
	json_t *www = json_array_get(json, 2);
	assert_string_equal(json_string_value(json_object_get(www, "label")), "www");
	assert_string_equal(json_string_value(json_object_get(
				json_array_get(json_object_get(www, "added"), 0), "rdata")),
			    "192.0.2.9");
	json_decref(json);
	ok(history_difference(scratch->db, scratch, zone, two, two, &difference));
	assert_string_equal(difference_to_text(scratch, difference, "one", "two"), "");
	db_rollback(scratch->db);
}

static void
test_another_zone(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct zone_difference *difference;
	struct zone_text *a = read_text(scratch, "example.net.",
					HEAD "www A 192.0.2.1\nalias CNAME www\n"
					     "out CNAME www.example.org.\n");
	struct zone_text *b = read_text(
	    scratch, "example.com.",
	    "$TTL 1h\n@ SOA ns1.example.com. hostmaster.example.com. ( 7 7200 900 604800 3600 )\n"
	    "  NS ns1\n  NS ns2\nwww A 192.0.2.1\nalias CNAME www\n"
	    "out CNAME www.example.org.\n");

	ok(text_difference(scratch, a, b, &difference));
	assert_string_equal(difference_to_text(scratch, difference, "a", "b"), "");
	assert_string_equal(b->zone, "example.net.");
}

static void
test_restore_of_one_rrset(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct zone_text *old =
	    read_text(scratch, "example.net.",
		      HEAD "\n;| web\nwww A 192.0.2.1\nwww 60 A 192.0.2.2\nwww TXT \"old\"\n");
	struct zone_text *now = read_text(
	    scratch, "example.net.",
	    HEAD "first A 192.0.2.7\nwww A 192.0.2.9\nwww TXT \"new\"\nlast A 192.0.2.8\n");
	bool is_changed = false;

	text_restore_rrset(now, old, "www", RR_A, &is_changed);
	assert_true(is_changed);
	assert_int_equal(now->record_count, 7);
	assert_string_equal(now->records[2].label, "first");
	assert_string_equal(now->records[3].label, "www");
	assert_int_equal(now->records[3].ttl, -1);
	assert_int_equal(now->records[4].ttl, 60);
	assert_string_equal(now->groups[now->records[4].group].comment, "web");
	assert_int_equal(now->records[5].type, RR_TXT);
	assert_int_equal(now->records[5].rdata[1], 'n');
	assert_string_equal(now->records[6].label, "last");

	text_restore_rrset(now, old, "www", RR_ANY, &is_changed);
	assert_true(is_changed);
	assert_int_equal(now->records[5].rdata[1], 'o');
	/* what did not exist then goes */
	text_restore_rrset(now, old, "last", RR_A, &is_changed);
	assert_true(is_changed);
	assert_string_equal(now->records[now->record_count - 1].label, "www");
	text_restore_rrset(now, old, "nowhere", RR_A, &is_changed);
	assert_false(is_changed);
}

static int64_t
choose(struct scratch *scratch, const struct zone *zone, const char *text)
{
	int64_t zi_id = 0;

	ok(zi_select(scratch->db, zone, text, true, &zi_id));
	return zi_id;
}

static void
test_selection(void **state)
{
	struct scratch *scratch = need_scratch(state);
	int64_t ids[5], zi_id = 0;

	ok(db_begin(scratch->db));
	struct zone *zone = new_zone(scratch, "example.net.", false);
	struct zone *other = new_zone(scratch, "example.com.", false);
	int64_t foreign = store(scratch, other, HEAD);
	for (int i = 0; i < 5; i++) {
		ids[i] =
		    store(scratch, zone, talloc_asprintf(scratch, HEAD "www A 192.0.2.%d\n", i));
		set_age(scratch, ids[i], 40 - 10 * i);
	}
	zone->zi_id = ids[2];
	assert_int_equal(choose(scratch, zone, NULL), ids[2]);
	assert_int_equal(choose(scratch, zone, "^-"), ids[1]);
	assert_int_equal(choose(scratch, zone, "^--"), ids[0]);
	assert_int_equal(choose(scratch, zone, "^+2"), ids[4]);
	assert_int_equal(choose(scratch, zone, "@15d"), ids[2]);
	assert_int_equal(choose(scratch, zone, "@0s"), ids[4]);
	assert_int_equal(
	    choose(scratch, zone, talloc_asprintf(scratch, "%lld--", (long long)ids[4])), ids[2]);
	expect_error(zi_select(scratch->db, zone, "^---", true, &zi_id), DMS_E_ZI_NOT_FOUND);
	expect_error(zi_select(scratch->db, zone, "@41d", true, &zi_id), DMS_E_ZI_NOT_FOUND);
	expect_error(zi_select(scratch->db, zone, "1970-01-01", true, &zi_id), DMS_E_ZI_NOT_FOUND);
	expect_error(zi_select(scratch->db, zone, "^-", false, &zi_id), DMS_E_ZI_NOT_FOUND);
	expect_error(zi_select(scratch->db, zone, "^-x", true, &zi_id),
		     DMS_E_ZI_ID_ADJ_STRING_SYNTAX);
	expect_error(zi_select(scratch->db, zone,
			       talloc_asprintf(scratch, "%lld", (long long)foreign), true, &zi_id),
		     DMS_E_ZI_NOT_FOUND);
	db_rollback(scratch->db);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, open_scratch, close_scratch)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_SCRATCH(test_deletions_leave_the_rest_as_it_was),
	    IN_SCRATCH(test_ageing),
	    IN_SCRATCH(test_newest_ones_stay_whatever_their_age),
	    IN_SCRATCH(test_age_counts_from_the_last_publication),
	    IN_SCRATCH(test_deleted_zones_keep_what_they_were),
	    IN_SCRATCH(test_difference),
	    IN_SCRATCH(test_another_zone),
	    IN_SCRATCH(test_restore_of_one_rrset),
	    IN_SCRATCH(test_selection),
	};

	return cmocka_run_group_tests(tests, make_schema, drop_database);
}
