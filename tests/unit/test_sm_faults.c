/* rooms: dms_sm dms_service dms_bus dms_db dms_base */
/* State machines when things break: workers die, connections are cut, the bus is away or forgets,
 * messages come twice. Whatever happens, every event has its effect once. */

#include <time.h>

#include "sm_stage.h"
#include "testing.h"

/* Every event has ended well and left its effect once, the absorbed ones none. */
static void
everything_came_once(struct stage *stage, int64_t events)
{
	until_idle(stage);
	equals(stage, "SELECT count(*) AS n FROM event WHERE state = 'SUCCESS'", events);
	equals(stage,
	       "SELECT count(*) AS n FROM event e WHERE"
	       " (SELECT count(*) FROM effect f WHERE f.event_id = e.id)"
	       " <> CASE WHEN coalesce(results ? 'absorbed_by', false) THEN 0 ELSE 1 END",
	       0);
	assert_false(stage->is_crowded);
}

/* Id of a process that is no more. */
static pid_t
dead_pid(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	return pid;
}

/* A row and its event as a worker leaves them that dies at work. */
static void
leave_at_work(struct stage *stage, const char *host, int pid, int lease_ms)
{
	char *sql =
	    talloc_asprintf(NULL,
			    "UPDATE server SET sm_version = 1, lease_worker = '%s/a/%d/7',"
			    " lease_until = clock_timestamp() + interval '%d ms' WHERE id = 1;"
			    "UPDATE event SET state = 'RUNNING', attempts = 1,"
			    " relay_at = clock_timestamp() + interval '%d ms'",
			    host, pid, lease_ms, lease_ms);

	post_one(stage, NULL, (struct sm_event){.type = "Work", .sm_id = 1});
	do_sql(stage, sql);
	talloc_free(sql);
}

static void
leases_of_the_dead_are_given_up(void **state)
{
	struct stage *stage = need_stage(state);
	char host[256] = "";
	struct side *a;

	gethostname(host, sizeof host - 1);
	leave_at_work(stage, host, dead_pid(), 10 * PATIENCE_MS);
	a = side_start(stage, "a");
	everything_came_once(stage, 1);
	equals(stage, "SELECT attempts AS n FROM event", 2);
	side_stop(a);

	/* an earlier life had the same process id, as in a container */
	stage = need_stage(state);
	leave_at_work(stage, host, (int)getpid(), 10 * PATIENCE_MS);
	a = side_start(stage, "a");
	everything_came_once(stage, 1);
	side_stop(a);
}

static void
leases_of_others_end_by_themselves(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a;

	leave_at_work(stage, "elsewhere", 1, 700);
	do_sql(stage, "CREATE TABLE lease_end AS SELECT lease_until AS at FROM server"
		      " WHERE id = 1");
	a = side_start(stage, "a");
	post_one(stage, a->bus, (struct sm_event){.type = "Note", .sm_id = 1});
	everything_came_once(stage, 2);
	equals(stage, "SELECT count(*) AS n FROM effect f, lease_end l WHERE f.at < l.at", 0);
	side_stop(a);
	do_sql(stage, "DROP TABLE lease_end");
}

/* Cuts all connections but the test's own. */
static void
cut_connections(struct stage *stage)
{
	do_sql(stage, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
		      " WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

/* Whether PostgreSQL takes anybody in who wants the test's database. */
static void
let_in(bool answer)
{
	char *sql = talloc_asprintf(NULL, "ALTER DATABASE %s ALLOW_CONNECTIONS %s", scratch_name,
				    answer ? "true" : "false");

	assert_int_equal(run_on_server(getenv("DMS_TEST_PG_URL"), sql), 0);
	talloc_free(sql);
}

/* The connection a claim was written on is cut while the work goes on, and PostgreSQL takes nobody
 * in for a while: the settle cannot be written, the lease stands, and its holder is alive. */
static void
leases_that_could_not_be_given_up_are(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");

	a->config.lease = 10 * PATIENCE_MS;
	gate(stage, true);
	post_one(stage, a->bus, (struct sm_event){.type = "Work", .sm_id = 1});
	until_inside(stage, 1);
	let_in(false);
	cut_connections(stage);
	gate(stage, false);
	workers_meet(a);
	let_in(true);
	everything_came_once(stage, 1);
	side_stop(a);
}

/* What work steps were told that asked whether the row was still their own; a digit each: 1 yes,
 * 2 no. */
static int told_mine;

static dms_error *
ask_whether_mine(struct sm_work *work)
{
	bool is_mine;

	TRY(sm_is_mine(work, &is_mine));
	told_mine = told_mine * 10 + (is_mine ? 1 : 2);
	return NULL;
}

static void
overtaken_work_can_know(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");

	told_mine = 0;
	stage->work = ask_whether_mine;
	gate(stage, true);
	post_one(stage, a->bus, (struct sm_event){.type = "Work", .sm_id = 1});
	until_inside(stage, 1);
	do_sql(stage, "UPDATE server SET sm_version = sm_version + 1 WHERE id = 1");
	gate(stage, false);
	until_idle(stage);
	assert_int_equal(told_mine, 21); /* no; and yes when it ran anew */
	equals(stage, "SELECT count(*) AS n FROM effect", 1);
	stage->work = NULL;
	side_stop(a);
}

/* Fisher-Yates */
static void
shuffle(int64_t *values, int count)
{
	for (int i = count - 1; i > 0; i--) {
		int other = (int)(random() % (i + 1));
		int64_t value = values[i];

		values[i] = values[other];
		values[other] = value;
	}
}

static void
knock(struct side *side, int64_t sm_id)
{
	char subject[64];

	snprintf(subject, sizeof subject, "dms.event.server.%lld", (long long)sm_id);
	dms_error_free(bus_publish(side->bus, &(struct bus_outgoing){.subject = subject}));
}

static void
knocks_may_come_twice_and_in_disorder(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	struct side *b = side_start(stage, "b");
	int64_t rows[20 * 10];

	ok(bus_wait(a->bus, PATIENCE_MS));
	for (int i = 0; i < 200; i++)
		rows[i] = 1 + i % 10;
	shuffle(rows, 200);
	for (int i = 0; i < 200; i++) {
		if (i % 4 == 0)
			post_one(
			    stage, a->bus,
			    (struct sm_event){.type = i % 8 ? "Work" : "Note", .sm_id = rows[i]});
		knock(i % 2 ? a : b, rows[i]);
	}
	dms_error_free(
	    bus_publish(a->bus, &(struct bus_outgoing){.subject = "dms.event.server.x"}));
	dms_error_free(
	    bus_publish(a->bus, &(struct bus_outgoing){.subject = "dms.event.server.1.2"}));
	everything_came_once(stage, 50);
	side_stop(a);
	side_stop(b);
}

/* Posts while the bus is away, which then comes back, with or without what it had. */
static void
bus_goes_away(struct stage *stage, bool forgets)
{
	struct side *a = side_start(stage, "a");

	ok(bus_wait(a->bus, PATIENCE_MS));
	post_one(stage, a->bus, (struct sm_event){.type = "Note", .sm_id = 1, .delay_ms = 1});
	until_idle(stage); /* the relay has begun */
	for (int i = 0; i < 30; i++) {
		if (i == 10)
			server_kill(&stage->server);
		if (i == 20) {
			if (forgets)
				remove_tree(stage->server.store);
			server_start(&stage->server, NULL);
		}
		post_one(stage, a->bus, (struct sm_event){.type = "Note", .sm_id = 1 + i});
		if (i == 19) /* the relay alone would take its time */
			do_sql(stage, "UPDATE event SET relay_at = relay_at + interval '1 h'"
				      " WHERE processed_at IS NULL");
	}
	everything_came_once(stage, 31);
	side_stop(a);
}

static void
the_bus_may_be_away(void **state)
{
	bus_goes_away(need_stage(state), false);
}

static void
the_bus_may_forget(void **state)
{
	bus_goes_away(need_stage(state), true);
}

/* Milliseconds from an event's due time to its effect, at the median. */
static int64_t
lateness(struct stage *stage, int64_t is_timer)
{
	char sql[512];

	snprintf(sql, sizeof sql,
		 "SELECT (1e3 * percentile_cont(0.5) WITHIN GROUP"
		 " (ORDER BY extract(epoch FROM f.at - e.due_at)))::bigint AS n"
		 " FROM effect f JOIN event e ON e.id = f.event_id"
		 " WHERE (e.due_at > e.created_at + interval '90 ms')::int = %d",
		 (int)is_timer);
	return number(stage, sql);
}

/* A timer costs little more than the hop itself, however busy the machine is. */
static void
timers_are_kept(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	int64_t timers, hops;

	ok(bus_wait(a->bus, PATIENCE_MS));
	for (int i = 0; i < 80; i++) {
		post_one(stage, a->bus,
			 (struct sm_event){.type = "Note",
					   .sm_id = 1 + random() % ROWS,
					   .delay_ms = 100 + random() % 700});
		if (i % 4 == 0)
			post_one(stage, a->bus,
				 (struct sm_event){.type = "Note", .sm_id = 1 + random() % ROWS});
	}
	everything_came_once(stage, 100);
	equals(stage,
	       "SELECT count(*) AS n FROM effect f JOIN event e ON e.id = f.event_id"
	       " WHERE f.at < e.due_at",
	       0);
	timers = lateness(stage, 1);
	hops = lateness(stage, 0);
	print_message("timers take effect after %lld ms, other events after %lld ms\n",
		      (long long)timers, (long long)hops);
	assert_true(timers < 50 + 3 * hops);
	side_stop(a);
}

static void
a_stop_loses_nothing(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	struct side *b;

	for (int i = 0; i < 200; i++)
		post_one(stage, a->bus,
			 (struct sm_event){.type = i % 3 ? "Work" : "Note",
					   .sm_id = 1 + i % 20,
					   .delay_ms = i % 10 ? 0 : 50});
	side_stop(a);
	equals(stage, "SELECT count(*) AS n FROM server WHERE lease_until IS NOT NULL", 0);
	equals(stage, "SELECT count(*) AS n FROM event WHERE state = 'RUNNING'", 0);
	b = side_start(stage, "b");
	everything_came_once(stage, 200);
	side_stop(b);
}

static void
connections_may_be_cut(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	struct side *b = side_start(stage, "b");

	ok(bus_wait(a->bus, PATIENCE_MS));
	for (int i = 0; i < 200; i++) {
		post_one(stage, i % 2 ? a->bus : b->bus,
			 (struct sm_event){.type = i % 3 ? "Work" : "Note", .sm_id = 1 + i % 20});
		if (i % 10 == 9)
			cut_connections(stage);
	}
	everything_came_once(stage, 200);
	side_stop(a);
	side_stop(b);
}

/* A row whose events never end gives way to others. */
static void
a_busy_row_gives_way(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a;

	for (int row = 1; row <= WORKERS; row++)
		for (int i = 0; i < 100; i++)
			post_one(stage, NULL, (struct sm_event){.type = "Note", .sm_id = row});
	for (int i = 0; i < 2; i++)
		post_one(stage, NULL, (struct sm_event){.type = "Note", .sm_id = 50});
	a = side_start(stage, "a");
	everything_came_once(stage, WORKERS * 100 + 2);
	equals(stage,
	       "SELECT (count(*) > 100)::int AS n FROM effect WHERE id >"
	       " (SELECT max(id) FROM effect WHERE sm_id = 50)",
	       1);
	side_stop(a);
}

/* One random thing; the number of events it posts. */
static int
something_happens(struct stage *stage, struct side *a, struct side *b)
{
	static const char *const types[] = {"Note", "Work", "Gather"};
	struct side *side = random() % 2 ? a : b;
	int64_t row = 1 + random() % 30;
	int dice = (int)(random() % 100);

	if (dice < 4) {
		cut_connections(stage);
	} else if (dice < 20) {
		knock(side, row);
	} else if (dice < 24) {
		ok(db_query(stage->scratch.db, NULL, NULL,
			    "UPDATE server SET sm_version = sm_version + 1 WHERE id = $1",
			    P_INT(row)));
	} else if (dice < 34) {
		post_with(stage, side->bus, "Stumble", row, "{\"times\": 1}");
		return 1;
	} else {
		bool is_zone = random() % 4 == 0;

		post_one(stage, random() % 8 ? side->bus : NULL,
			 (struct sm_event){.machine = is_zone ? "zone" : "server",
					   .type = types[random() % 3],
					   .sm_id = row,
					   .is_bulk = random() % 2 == 0,
					   .delay_ms = random() % 8 ? 0 : random() % 100});
		return 1;
	}
	return 0;
}

static void
whatever_happens_every_effect_comes_once(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	struct side *b = side_start(stage, "b");
	int posted = 0;

	ok(bus_wait(a->bus, PATIENCE_MS));
	for (int i = 0; i < 600; i++) {
		posted += something_happens(stage, a, b);
		if (i == 200)
			server_kill(&stage->server);
		if (i == 250)
			server_start(&stage->server, NULL);
		if (i == 400) {
			side_stop(b);
			b = side_start(stage, "b");
		}
	}
	everything_came_once(stage, posted);
	side_stop(a);
	side_stop(b);
}

int
main(void)
{
	const char *given = getenv("DMS_TEST_SEED");
	unsigned seed = given != NULL ? (unsigned)atol(given) : (unsigned)time(NULL);
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(leases_of_the_dead_are_given_up),
	    cmocka_unit_test(leases_of_others_end_by_themselves),
	    cmocka_unit_test(leases_that_could_not_be_given_up_are),
	    cmocka_unit_test(overtaken_work_can_know),
	    cmocka_unit_test(knocks_may_come_twice_and_in_disorder),
	    cmocka_unit_test(the_bus_may_be_away),
	    cmocka_unit_test(the_bus_may_forget),
	    cmocka_unit_test(timers_are_kept),
	    cmocka_unit_test(a_stop_loses_nothing),
	    cmocka_unit_test(connections_may_be_cut),
	    cmocka_unit_test(a_busy_row_gives_way),
	    cmocka_unit_test(whatever_happens_every_effect_comes_once),
	};

	srandom(seed);
	print_message("DMS_TEST_SEED=%u\n", seed);
	cmocka_set_test_filter(getenv("DMS_TEST_ONLY"));
	return cmocka_run_group_tests(tests, stage_set, stage_struck);
}
