/* rooms: dms_base */
/* The agent's state file: what survives a crash. The units under test belong to a program and are
 * compiled in. */

#include "agent_named.h"
#include "server-agent/state.c"
#include "server-agent/state_record.c"
#include "testing.h"
#undef BUCKETS_FIRST
#include "server-agent/zones.c"

static char dir[] = "/tmp/dms-state-test-XXXXXX";
static char path[128];

static int
start(void **unused)
{
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/agent.state", dir);
	log_init("test", LOG_TEXT, LOG_ERR);
	return 0;
}

static int
stop(void **unused)
{
	remove_tree(dir);
	return 0;
}

static struct state *
open_state(TALLOC_CTX *mem)
{
	struct state *state;
	ok(state_open(mem, dir, &state));
	return state;
}

/* Three zones, one of them removed again, one begun and never settled; generation 7. */
static void
make_history(struct state *state)
{
	const char *sgs[] = {"anycast", "dr"}, *primaries[] = {"192.0.2.1 53 key.example."};
	const char *prefixes[] = {"198.51.100.0/24", "2001:db8::/32"};
	const struct zone_class *class =
	    zones_class(state->zones, &(struct zone_class){.zone_type = "secondary",
							   .auto_dnssec = true,
							   .sgs = {2, sgs},
							   .primaries = {1, primaries},
							   .allow_transfer = {2, prefixes}});
	state_zone_begin(state, "a.example.", class);
	state_zone_settled(state, "a.example.", 11, class, 0x1111, 5);
	state_zone_settled(state, "b.example.", 12, class, 0x2222, 0);
	state_zone_removed(state, "b.example.");
	state_zone_begin(state, "c.example.", class);
	state_generation(state, "anycast", "slave", 7, (const uint8_t *)"settings", 8);
}

static void
all_of_it_comes_back(void **unused)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	unlink(path);
	struct state *state = open_state(mem);
	make_history(state);
	ok(state_sync(state));
	talloc_free(state);
	state = open_state(mem);
	assert_int_equal(state->generation, 7);
	assert_string_equal(state->sg, "anycast");
	assert_string_equal(state->role, "slave");
	assert_int_equal(state->settings_size, 8);
	assert_memory_equal(state->settings, "settings", 8);
	assert_int_equal(zones_count(state->zones), 2);
	struct zone_entry *a = zones_find(state->zones, "a.example.");
	assert_int_equal(a->zone_id, 11);
	assert_int_equal(a->digest, 0x1111);
	assert_int_equal(a->content_generation, 5);
	assert_true(a->class->auto_dnssec);
	assert_string_equal(a->class->sgs.items[1], "dr");
	assert_int_equal(zones_find(state->zones, "c.example.")->digest, 0);
	talloc_free(mem);
}

/* However short the file was cut, it opens, knows no more than was written, and can be written on.
 */
static void
every_truncation_is_survived(void **unused)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	unlink(path);
	struct state *state = open_state(mem);
	size_t empty = (size_t)state->size;
	make_history(state);
	ok(state_sync(state));
	talloc_free(state);
	char *whole;
	size_t size;
	ok(file_read(mem, path, 1 << 20, &whole, &size));
	for (size_t cut = empty; cut < size; cut++) {
		ok(file_write_atomic(path, whole, cut, 0600));
		state = open_state(mem);
		assert_true(state->generation == 0);
		struct zone_entry *a = zones_find(state->zones, "a.example.");
		assert_true(a == NULL || a->digest == 0 || a->digest == 0x1111);
		make_history(state);
		ok(state_sync(state));
		talloc_free(state);
		state = open_state(mem);
		assert_int_equal(state->generation, 7);
		assert_int_equal(zones_count(state->zones), 2);
		talloc_free(state);
	}
	talloc_free(mem);
}

/* A flipped octet anywhere loses what follows it, never invents anything. */
static void
every_flip_is_noticed(void **unused)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	unlink(path);
	struct state *state = open_state(mem);
	size_t empty = (size_t)state->size;
	make_history(state);
	ok(state_sync(state));
	talloc_free(state);
	char *whole;
	size_t size;
	ok(file_read(mem, path, 1 << 20, &whole, &size));
	for (size_t at = empty; at < size; at++) {
		whole[at] ^= 0x20;
		ok(file_write_atomic(path, whole, size, 0600));
		state = open_state(mem);
		assert_int_equal(state->generation, 0);
		assert_true(state->size <= at);
		talloc_free(state);
		whole[at] ^= 0x20;
	}
	talloc_free(mem);
}

static void
another_kind_of_file_is_refused(void **unused)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct state *state;
	write_file(path, "something else\n");
	dms_error *error = state_open(mem, dir, &state);
	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_FORMAT);
	dms_error_free(error);
	unlink(path);
	talloc_free(mem);
}

/* Many changes of few zones do not make the file grow without end, and all survive the rewriting.
 */
static void
history_is_let_go(void **unused)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	unlink(path);
	struct state *state = open_state(mem);
	const struct zone_class *class =
	    zones_class(state->zones, &(struct zone_class){.zone_type = "dynamic"});
	char name[64];
	for (int round = 0; round < 60; round++) {
		for (int i = 0; i < 1000; i++) {
			snprintf(name, sizeof(name), "zone-%d.example.", i);
			state_zone_settled(state, name, i + 1, class, (uint64_t)round + 1, 0);
		}
		ok(state_sync(state));
		assert_true(state->size < 3 * REWRITE_FLOOR);
	}
	talloc_free(state);
	state = open_state(mem);
	assert_int_equal(zones_count(state->zones), 1000);
	assert_int_equal(zones_find(state->zones, "zone-999.example.")->digest, 60);
	assert_true(state->size < 3 * REWRITE_FLOOR);
	talloc_free(mem);
}

static void
a_table_of_many_finds_all(void **unused)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct zones *zones = zones_new(mem);
	const struct zone_class *class =
	    zones_class(zones, &(struct zone_class){.zone_type = "dynamic"});
	char name[64];
	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "z%d.test.", i);
		zones_put(zones, name, i + 1, class, 1, 0);
	}
	for (int i = 0; i < 20000; i += 2) {
		snprintf(name, sizeof(name), "z%d.test.", i);
		zones_remove(zones, name);
	}
	assert_int_equal(zones_count(zones), 10000);
	size_t walked = 0;
	for (struct zone_entry *e = zones_next(zones, NULL); e != NULL; e = zones_next(zones, e))
		walked++;
	assert_int_equal(walked, 10000);
	/* Sampling comes by every one of them. */
	const char *names[64];
	size_t cursor = 0, news = 0;
	for (int i = 0; i < 2000 && news < 10000; i++) {
		size_t count = zones_sample(zones, mem, 64, &cursor, names);
		for (size_t n = 0; n < count; n++)
			news += zones_note_serial(zones, names[n], 5);
	}
	assert_int_equal(news, 10000);
	assert_false(zones_note_serial(zones, "z0.test.", 5));
	talloc_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_of_it_comes_back),
	    cmocka_unit_test(every_truncation_is_survived),
	    cmocka_unit_test(every_flip_is_noticed),
	    cmocka_unit_test(another_kind_of_file_is_refused),
	    cmocka_unit_test(history_is_let_go),
	    cmocka_unit_test(a_table_of_many_finds_all),
	};
	return cmocka_run_group_tests_name("state", tests, start, stop);
}
