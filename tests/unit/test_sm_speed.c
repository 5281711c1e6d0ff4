/* rooms: dms_sm dms_service dms_bus dms_db dms_base */
/* How fast events are, which is printed, and that neither history nor a long queue slows them down,
 * which is tested. */

#include "sm_stage.h"
#include "testing.h"

#define HOPS   200
#define EVENTS 1500

static void
mark(struct db *db, void *arg)
{
	**(int64_t **)arg = monotonic_us();
}

/* Posts one event to an idle engine; microseconds from its commit to its handler's begin. */
static int64_t
hop(struct stage *stage, struct side *side, int i)
{
	int64_t committed_us = 0;
	int64_t deadline = patience();
	int64_t took_us;
	int64_t **at = talloc(NULL, int64_t *);

	*at = &committed_us;
	ok(db_begin(stage->scratch.db));
	db_after_commit(stage->scratch.db, mark, at);
	post(stage, side->bus, (struct sm_event){.type = "Note", .sm_id = 1 + i % ROWS});
	ok(db_commit(stage->scratch.db));
	pthread_mutex_lock(&stage->lock);
	while (stage->begun <= i)
		stage_wait(stage, deadline);
	took_us = stage->begun_us - committed_us;
	pthread_mutex_unlock(&stage->lock);
	workers_meet(side);
	return took_us;
}

static int
by_size(const void *a, const void *b)
{
	const int64_t *one = a;
	const int64_t *other = b;

	return (*one > *other) - (*one < *other);
}

static void
hops_are_short(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	int64_t took[HOPS];

	ok(bus_wait(a->bus, PATIENCE_MS));
	for (int i = 0; i < HOPS; i++)
		took[i] = hop(stage, a, i);
	until_idle(stage);
	qsort(took, HOPS, sizeof took[0], by_size);
	print_message("from commit to begin: p50 %.2f ms, p90 %.2f ms, p99 %.2f ms\n",
		      (double)took[HOPS / 2] / 1000, (double)took[HOPS * 9 / 10] / 1000,
		      (double)took[HOPS * 99 / 100] / 1000);
	side_stop(a);
}

/* Events of one type over all rows, posted a hundred to a transaction. */
static void
flood(struct stage *stage, const char *type)
{
	struct side *a = side_start(stage, "a");
	int64_t start_us;
	int64_t posted_us;

	ok(bus_wait(a->bus, PATIENCE_MS));
	start_us = monotonic_us();
	for (int i = 0; i < EVENTS; i++) {
		if (i % 100 == 0)
			ok(db_begin(stage->scratch.db));
		post(stage, a->bus, (struct sm_event){.type = type, .sm_id = 1 + i % ROWS});
		if (i % 100 == 99 || i == EVENTS - 1)
			ok(db_commit(stage->scratch.db));
	}
	posted_us = monotonic_us();
	until_idle(stage);
	print_message("%d events of type %s: posted in %.0f ms, %.0f/s with %d workers,"
		      " relayed %lld\n",
		      EVENTS, type, (double)(posted_us - start_us) / 1000,
		      EVENTS / (elapsed_ms(start_us) / 1000), WORKERS,
		      (long long)number(stage, "SELECT sum(relays)::bigint AS n FROM event"));
	equals(stage, "SELECT count(*) AS n FROM effect", EVENTS);
	side_stop(a);
}

static void
simple_events_are_fast(void **state)
{
	flood(need_stage(state), "Note");
}

static void
worked_events_are_fast(void **state)
{
	flood(need_stage(state), "Work");
}

/* Index entries of events that were looked at; sessions tell when they end, or when asked. */
static int64_t
entries_read(struct stage *stage)
{
	until(stage,
	      "SELECT count(*) AS n FROM pg_stat_activity"
	      " WHERE datname = current_database() AND pid <> pg_backend_pid()",
	      0);
	do_sql(stage, "SELECT pg_stat_force_next_flush()");
	return number(stage, "SELECT (sum(idx_tup_read) + (SELECT seq_tup_read FROM"
			     " pg_stat_user_tables WHERE relname = 'event'))::bigint AS n"
			     " FROM pg_stat_user_indexes WHERE relname = 'event'");
}

/* What an event costs does not grow with what is over, nor with what waits for later, although the
 * planner knows nothing of the latter. */
static void
long_queues_cost_nothing(void **state)
{
	enum { COUNT = 100, WAITING = 10000 };
	struct stage *stage = need_stage(state);
	struct side *a;
	int64_t before;
	int64_t idle;
	int64_t busy;

	do_sql(stage, "ALTER TABLE event SET (autovacuum_enabled = false)");
	do_sql(stage, "INSERT INTO event (machine, sm_id, sm_name, type, state, relay_at,"
		      " processed_at) SELECT 'server', 1 + n % 3, 'a-name', 'Note', 'SUCCESS',"
		      " now(), now() FROM generate_series(1, 5000) n; ANALYZE event");
	do_sql(stage, "INSERT INTO event (machine, sm_id, sm_name, type, relay_at, due_at)"
		      " SELECT 'server', 4 + n % 60, 'a-name', 'Note', at, at"
		      " FROM generate_series(1, 10000) n, (SELECT now() + interval '1 h' AS at) t");
	before = entries_read(stage);
	side_stop(side_start(stage, "a"));
	idle = entries_read(stage) - before;
	a = side_start(stage, "a");
	for (int i = 0; i < COUNT; i++)
		post_one(stage, a->bus, (struct sm_event){.type = "Note", .sm_id = 1 + i % 3});
	until(stage, "SELECT count(*) AS n FROM effect", COUNT);
	side_stop(a);
	busy = entries_read(stage) - before - idle;
	print_message("index entries read: %lld by a start, %lld by that and %d events\n",
		      (long long)idle, (long long)busy, COUNT);
	assert_true(busy < COUNT * WAITING / 2);
	do_sql(stage, "ALTER TABLE event RESET (autovacuum_enabled)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hops_are_short),
	    cmocka_unit_test(simple_events_are_fast),
	    cmocka_unit_test(worked_events_are_fast),
	    cmocka_unit_test(long_queues_cost_nothing),
	};

	cmocka_set_test_filter(getenv("DMS_TEST_ONLY"));
	return cmocka_run_group_tests(tests, stage_set, stage_struck);
}
