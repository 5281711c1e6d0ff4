/* rooms: dms_sm dms_service dms_bus dms_db dms_base */
/* State machines on a real PostgreSQL and a real NATS server: what an event does, and what becomes
 * of it. */

#include "proto/event.pb-c.h"
#include "proto/fact.pb-c.h"
#include "sm_stage.h"
#include "testing.h"

static void
only_a_commit_posts(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");

	ok(bus_wait(a->bus, PATIENCE_MS));
	ok(db_begin(stage->scratch.db));
	post(stage, a->bus, (struct sm_event){.type = "Note", .sm_id = 1});
	db_rollback(stage->scratch.db);
	post_one(stage, a->bus, (struct sm_event){.type = "Note", .sm_id = 2});
	until_idle(stage);
	equals(stage, "SELECT count(*) AS n FROM event", 1);
	equals(stage, "SELECT count(*) AS n FROM effect", 1);
	equals(stage,
	       "SELECT count(*) AS n FROM event WHERE state = 'SUCCESS' AND attempts = 1"
	       " AND result_code = 200 AND results->>'said' = 'noted'",
	       1);
	equals(stage, "SELECT sm_version AS n FROM server WHERE id = 2", 1);
	equals(stage, "SELECT sm_version AS n FROM server WHERE id = 1", 0);
	side_stop(a);
}

static void
a_row_does_one_thing_at_a_time_in_order(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	struct side *b = side_start(stage, "b");

	for (int i = 0; i < 60; i++) {
		post_one(stage, i % 2 ? a->bus : b->bus,
			 (struct sm_event){.type = i % 3 ? "Work" : "Note", .sm_id = 1 + i % 4});
	}
	until_idle(stage);
	equals(stage, "SELECT count(*) AS n FROM effect", 60);
	equals(stage,
	       "SELECT count(*) AS n FROM (SELECT event_id < lag(event_id) OVER"
	       " (PARTITION BY sm_id ORDER BY id) AS is_late FROM effect) e WHERE is_late",
	       0);
	assert_false(stage->is_crowded);
	side_stop(a);
	side_stop(b);
}

static void
rows_run_side_by_side(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");

	gate(stage, true);
	for (int i = 1; i <= WORKERS; i++)
		post_one(stage, a->bus, (struct sm_event){.type = "Work", .sm_id = i});
	until_inside(stage, WORKERS);
	gate(stage, false);
	until_idle(stage);
	assert_int_equal(stage->inside_most, WORKERS);
	side_stop(a);
}

static _Atomic int alerts;

static void
on_alert(void *arg, struct bus_message *message)
{
	Dms__Alert *alert = dms__alert__unpack(NULL, message->size, message->data);

	if (alert != NULL && alert->sm_id == 3 && alert->attempts == 2)
		atomic_fetch_add(&alerts, 1);
	if (alert != NULL)
		dms__alert__free_unpacked(alert, NULL);
	bus_message_free(message);
}

static void
a_transient_failure_is_tried_again(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	int64_t deadline = patience();

	atomic_store(&alerts, 0);
	ok(bus_wait(a->bus, PATIENCE_MS));
	ok(bus_subscribe(a->bus, "dms.fact.system.Alert", NULL, on_alert, NULL));
	post_with(stage, a->bus, "Stumble", 3, "{\"times\": 1000}");
	until(stage, "SELECT count(*) AS n FROM event WHERE state = 'RETRY' AND attempts >= 2", 1);
	equals(stage,
	       "SELECT count(*) AS n FROM server WHERE id = 3 AND last_error_code < 0"
	       " AND last_error LIKE 'try % is in vain' AND last_error_since IS NOT NULL",
	       1);
	do_sql(stage, "UPDATE event SET parameters = '{\"times\": 3}'");
	until_idle(stage);
	equals(stage, "SELECT count(*) AS n FROM event WHERE state = 'SUCCESS'", 1);
	equals(stage, "SELECT (attempts > 3)::int AS n FROM event", 1);
	equals(stage,
	       "SELECT (count(*) = max(e.attempts) - 1 AND min(a.attempt) = 1"
	       " AND count(DISTINCT a.attempt) = count(*))::int AS n"
	       " FROM event_attempt a JOIN event e ON e.id = a.event_id",
	       1);
	equals(stage, "SELECT count(*) AS n FROM server WHERE last_error IS NOT NULL", 0);
	equals(stage, "SELECT count(*) AS n FROM effect", 1); /* failed tries leave nothing */
	while (atomic_load(&alerts) == 0 && monotonic_us() < deadline)
		poll(NULL, 0, 2);
	assert_int_equal(atomic_load(&alerts), 1);
	side_stop(a);
}

/* The back-off of one event does not hold up the next, and whoever had nothing to do does not make
 * its trouble forgotten. */
static void
others_overtake_a_failing_event(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");

	post_with(stage, a->bus, "Stumble", 1, "{\"times\": 1000}");
	until(stage, "SELECT count(*) AS n FROM server WHERE last_error IS NOT NULL", 1);
	post_one(stage, a->bus, (struct sm_event){.type = "Nothing", .sm_id = 1});
	until(stage, "SELECT count(*) AS n FROM event WHERE state = 'SUCCESS'", 1);
	equals(stage, "SELECT count(*) AS n FROM event WHERE result_code = 220", 1);
	equals(stage, "SELECT count(*) AS n FROM server WHERE last_error IS NOT NULL", 1);
	do_sql(stage, "UPDATE event SET parameters = '{}' WHERE processed_at IS NULL");
	until_idle(stage);
	side_stop(a);
}

static void
a_permanent_failure_ends_the_event(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");

	post_one(stage, a->bus, (struct sm_event){.type = "Break", .sm_id = 5});
	post_one(stage, a->bus, (struct sm_event){.type = "Note", .sm_id = 5});
	post_with(stage, a->bus, "Break", 6, "{\"fails_failing\": 1}");
	until_idle(stage);
	equals(stage, "SELECT count(*) AS n FROM event WHERE state = 'FAILURE' AND attempts = 1",
	       2);
	equals(stage,
	       "SELECT count(*) AS n FROM event WHERE result_code = 550"
	       " AND (results->>'code')::int < 0 AND last_error LIKE 'this can''t be read%'",
	       2);
	equals(stage, "SELECT count(*) AS n FROM effect WHERE what IN ('failed', 'note')", 2);
	equals(stage, "SELECT count(*) AS n FROM effect", 2);
	equals(stage, "SELECT count(*) AS n FROM server WHERE id = 5 AND state = 'BROKEN'", 1);
	equals(stage, "SELECT count(*) AS n FROM event_attempt", 2);
	side_stop(a);
}

static void
an_illegal_event_says_so(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");

	do_sql(stage, "UPDATE server SET state = 'BROKEN' WHERE id = 7");
	post_one(stage, a->bus, (struct sm_event){.type = "Chain", .sm_id = 7});
	post_one(stage, a->bus, (struct sm_event){.type = "Note", .sm_id = 1000});
	until_idle(stage);
	equals(stage, "SELECT (results->>'code')::int AS n FROM event WHERE state = 'FAILURE'",
	       dms_err_info(DMS_E_ILLEGAL_EVENT)->code);
	equals(stage, "SELECT code AS n FROM event_attempt",
	       dms_err_info(DMS_E_ILLEGAL_EVENT)->code);
	equals(stage, "SELECT count(*) AS n FROM server WHERE last_error IS NOT NULL", 0);
	/* the row that it was for does not exist */
	equals(stage, "SELECT count(*) AS n FROM event WHERE state = 'CANCELLED'", 1);
	side_stop(a);
}

static void
the_table_refuses_and_keeps(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");

	do_sql(stage, "UPDATE server SET state = 'BROKEN' WHERE id = 7");
	post_one(stage, a->bus, (struct sm_event){.type = "Refused", .sm_id = 7});
	post_one(stage, a->bus, (struct sm_event){.type = "Refused", .sm_id = 8});
	until_idle(stage);
	equals(stage,
	       "SELECT count(*) AS n FROM event WHERE sm_id = 7 AND result_code = 220"
	       " AND results->>'message' = 'done when it is mended'",
	       1);
	equals(stage,
	       "SELECT (results->>'code')::int AS n FROM event WHERE sm_id = 8"
	       " AND state = 'FAILURE' AND results->'data'->>'reason' = 'NotToday'"
	       " AND results->'data'->>'state' = 'OK'",
	       dms_err_info(DMS_E_SERVER_SM_FAILURE)->code);
	equals(stage, "SELECT count(*) AS n FROM server WHERE last_error IS NOT NULL", 0);
	side_stop(a);
}

static void
overtaken_work_is_thrown_away(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");

	gate(stage, true);
	post_one(stage, a->bus, (struct sm_event){.type = "Work", .sm_id = 1});
	until_inside(stage, 1);
	equals(stage,
	       "SELECT count(*) AS n FROM server WHERE id = 1 AND lease_worker LIKE '%/a/%'"
	       " AND lease_until > clock_timestamp()",
	       1);
	equals(stage, "SELECT count(*) AS n FROM event WHERE state = 'RUNNING'", 1);
	do_sql(stage, "UPDATE server SET sm_version = sm_version + 1 WHERE id = 1");
	gate(stage, false);
	until_idle(stage);
	equals(stage, "SELECT attempts AS n FROM event", 2);
	equals(stage, "SELECT count(*) AS n FROM effect", 1);
	equals(stage, "SELECT count(*) AS n FROM server WHERE lease_until IS NOT NULL", 0);
	equals(stage, "SELECT count(*) AS n FROM server WHERE last_error IS NOT NULL", 0);
	side_stop(a);
}

static void
cancelled_work_is_thrown_away(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");

	gate(stage, true);
	post_one(stage, a->bus, (struct sm_event){.type = "Work", .sm_id = 1});
	until_inside(stage, 1);
	do_sql(stage, "UPDATE event SET state = 'CANCELLED', processed_at = clock_timestamp()");
	gate(stage, false);
	until(stage, "SELECT count(*) AS n FROM server WHERE lease_until IS NOT NULL", 0);
	post_one(stage, a->bus, (struct sm_event){.type = "Note", .sm_id = 1});
	until_idle(stage);
	equals(stage, "SELECT count(*) AS n FROM event WHERE state = 'CANCELLED'", 1);
	equals(stage, "SELECT count(*) AS n FROM effect WHERE what = 'note'", 1);
	equals(stage, "SELECT count(*) AS n FROM effect", 1);
	side_stop(a);
}

static pthread_t canceller;

static void *
cancel(void *arg)
{
	struct stage *stage = arg;
	struct db *db = NULL;
	dms_error *error = db_open(NULL, stage->scratch.url, "canceller", 30000, &db);

	if (error == NULL)
		error = db_exec(db, "UPDATE event SET state = 'CANCELLED',"
				    " processed_at = clock_timestamp()");
	talloc_free(db);
	return error;
}

/* An operator cancels the event that is being tried, and gets his turn when the try has failed. */
static dms_error *
cancel_meanwhile(struct sm_work *work)
{
	struct stage *stage = stage_of(work);
	struct db_result *result;
	int64_t deadline = patience();

	pthread_create(&canceller, NULL, cancel, stage);
	do {
		poll(NULL, 0, 2);
		TRY(db_query(work->db, work->mem, &result,
			     "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
			     " AND application_name = 'canceller'"
			     " AND datname = current_database()"));
		TRY(db_query(work->db, NULL, NULL, "SELECT pg_stat_clear_snapshot()"));
	} while (db_rows(result) == 0 && monotonic_us() < deadline);
	return NULL;
}

static void
a_failure_does_not_raise_the_dead(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	void *error = NULL;

	stage->trip = cancel_meanwhile;
	post_with(stage, a->bus, "Stumble", 1, "{\"times\": 1}");
	until_idle(stage);
	workers_meet(a);
	pthread_join(canceller, &error);
	ok((dms_error *)error);
	equals(stage, "SELECT count(*) AS n FROM event WHERE state = 'CANCELLED'", 1);
	equals(stage, "SELECT count(*) AS n FROM effect", 0);
	side_stop(a);
}

/* Nobody else may take it up, however long it takes. */
static void
long_work_keeps_its_lease(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");

	a->config.lease = 3000;
	gate(stage, true);
	post_one(stage, a->bus, (struct sm_event){.type = "Work", .sm_id = 1});
	until_inside(stage, 1);
	do_sql(stage, "CREATE TABLE first AS SELECT lease_until, relay_at FROM server, event"
		      " WHERE server.id = 1");
	until(stage,
	      "SELECT (s.lease_until > f.lease_until AND e.relay_at > f.relay_at)::int AS n"
	      " FROM server s, event e, first f WHERE s.id = 1",
	      1);
	gate(stage, false);
	until_idle(stage);
	equals(stage, "SELECT attempts AS n FROM event", 1);
	equals(stage, "SELECT count(*) AS n FROM effect", 1);
	do_sql(stage, "DROP TABLE first");
	side_stop(a);
}

static void
an_event_absorbs_its_like(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	int64_t first;

	do_sql(stage, "INSERT INTO change (id, access_point, method, actor) OVERRIDING SYSTEM VALUE"
		      " SELECT n, 'test', 'test', 'test' FROM generate_series(1, 9) n");
	ok(db_begin(stage->scratch.db));
	first = post(stage, NULL, (struct sm_event){.type = "Gather", .sm_id = 1, .change_id = 5});
	for (int i = 0; i < 4; i++)
		post(stage, a->bus,
		     (struct sm_event){.type = "Gather", .sm_id = 1, .change_id = 6 + i % 2});
	post(stage, a->bus, (struct sm_event){.type = "Gather", .sm_id = 1, .delay_ms = 3000});
	post(stage, a->bus, (struct sm_event){.type = "Gather", .sm_id = 2});
	ok(db_commit(stage->scratch.db));
	until_idle(stage);
	equals(stage, "SELECT change_id AS n FROM effect WHERE what = 'gathered 4'", 7);
	equals(stage, "SELECT event_id AS n FROM effect WHERE what = 'gathered 4'", first);
	equals(stage, "SELECT count(*) AS n FROM effect WHERE what = 'gathered 0'", 2);
	equals(stage,
	       "SELECT count(*) AS n FROM event WHERE state = 'SUCCESS'"
	       " AND (results->>'absorbed_by')::bigint = (SELECT min(id) FROM event)",
	       4);

	/* what absorbs ends the absorbed as it ends itself */
	gate(stage, true);
	post_one(stage, a->bus, (struct sm_event){.type = "Work", .sm_id = 3});
	until_inside(stage, 1);
	post_with(stage, a->bus, "Gather", 3, "{\"breaks\": 1}");
	post_with(stage, a->bus, "Gather", 3, "{}");
	gate(stage, false);
	until_idle(stage);
	equals(stage, "SELECT count(*) AS n FROM event WHERE sm_id = 3 AND state = 'FAILURE'", 2);
	side_stop(a);
}

static void
a_single_event_is_posted_once(void **state)
{
	struct stage *stage = need_stage(state);
	struct sm_event event = {.type = "Note", .sm_id = 1, .delay_ms = 60000, .is_single = true};

	assert_true(post_one(stage, NULL, event) != 0);
	assert_int_equal(post_one(stage, NULL, event), 0);
	event.delay_ms = 1000; /* sooner than the one that waits */
	assert_true(post_one(stage, NULL, event) != 0);
	event.sm_id = 2;
	assert_true(post_one(stage, NULL, event) != 0);
	event.is_single = false;
	assert_true(post_one(stage, NULL, event) != 0);
}

static void
causes_and_changes_form_a_chain(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	int64_t id;

	do_sql(stage, "INSERT INTO change (id, access_point, method, actor) OVERRIDING SYSTEM VALUE"
		      " VALUES (77, 'test', 'test', 'test')");
	id = post_one(stage, a->bus,
		      (struct sm_event){.type = "Chain", .sm_id = 1, .change_id = 77});
	until_idle(stage);
	equals(stage, "SELECT cause_id AS n FROM event WHERE type = 'Note'", id);
	equals(stage, "SELECT change_id AS n FROM effect", 77);
	side_stop(a);
}

static void
rowless_machines_run_too(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	struct side *b = side_start(stage, "b");
	json_t *parameters = json_pack("{s:i}", "times", 2);

	for (int i = 0; i < 40; i++)
		post_one(stage, i % 2 ? a->bus : b->bus,
			 (struct sm_event){.machine = "reverse",
					   .type = i % 10 ? "Note" : "Stumble",
					   .parameters = i % 10 ? NULL : parameters,
					   .sm_id = 1 + i % 3});
	json_decref(parameters);
	until_idle(stage);
	equals(stage, "SELECT count(*) AS n FROM effect", 40);
	equals(stage, "SELECT count(*) AS n FROM event WHERE state = 'SUCCESS' AND attempts = 3",
	       4);
	side_stop(a);
	side_stop(b);
}

/* What a request came to. */
struct answer {
	dms_error *error;
	json_t *results;
};

static struct answer
ask(struct side *side, const char *subject, const void *body, size_t size)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct answer answer = {0};
	uint8_t *data = NULL;

	answer.error = bus_request(
	    side->bus, mem, &(struct bus_outgoing){.subject = subject, .data = body, .size = size},
	    PATIENCE_MS, &data, &size);
	if (answer.error == NULL)
		answer.results = json_loadb((const char *)data, size, 0, NULL);
	talloc_free(mem);
	return answer;
}

static struct answer
ask_event(struct side *side, const char *subject, int64_t sm_id, const char *parameters)
{
	Dms__Event event = DMS__EVENT__INIT;
	uint8_t body[512];

	event.sm_id = sm_id;
	event.sm_name = (char *)"a-name";
	event.parameters = (char *)parameters;
	return ask(side, subject, body, dms__event__pack(&event, body));
}

static void
requests_are_run_at_once(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	struct answer answer;
	int64_t deadline = patience();

	ok(bus_wait(a->bus, PATIENCE_MS));
	do { /* until the subscription is there */
		answer = ask_event(a, "dms.sm.server.Note", 1, "{\"a\": 1}");
		if (answer.error == NULL)
			break;
		assert_int_equal(answer.error->id, DMS_E_BUS_NO_RESPONDER);
		dms_error_free(answer.error);
	} while (monotonic_us() < deadline);
	assert_string_equal(json_string_value(json_object_get(answer.results, "said")), "noted");
	json_decref(answer.results);
	equals(stage, "SELECT count(*) AS n FROM effect", 1);
	equals(stage, "SELECT sm_version AS n FROM server WHERE id = 1", 1);
	equals(stage,
	       "SELECT count(*) AS n FROM event WHERE state = 'SUCCESS' AND attempts = 1"
	       " AND results->>'said' = 'noted' AND parameters->>'a' = '1' AND result_code = 200",
	       1);
	side_stop(a);
}

static void
refused_requests_leave_a_row(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	static const struct {
		const char *subject, *parameters;
		int64_t sm_id;
		enum dms_err id;
	} refused[] = {
	    {"dms.sm.server.Break", "{}", 2, DMS_E_FORMAT},
	    {"dms.sm.server.Never", "{}", 2, DMS_E_ILLEGAL_EVENT},
	    {"dms.sm.server.Note", "{}", 1000, DMS_E_ILLEGAL_EVENT},
	    {"dms.sm.server.Work", "{}", 2, DMS_E_INTERNAL},
	    {"dms.sm.server.Note", "[1]", 2, DMS_E_FORMAT},
	    {"dms.sm.server.Note", "{\"a", 2, DMS_E_FORMAT},
	    {"dms.sm.server.No-Such", "{}", 2, DMS_E_ILLEGAL_EVENT},
	};
	struct answer answer;

	post_one(stage, NULL, (struct sm_event){.type = "Note", .sm_id = 3});
	until_idle(stage); /* it is up and listens */
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		answer = ask_event(a, refused[i].subject, refused[i].sm_id, refused[i].parameters);
		assert_non_null(answer.error);
		assert_int_equal(answer.error->id, refused[i].id);
		if (i == 0)
			assert_string_equal(
			    json_string_value(json_object_get(answer.error->data, "locked_by")),
			    "somebody");
		dms_error_free(answer.error);
	}
	answer = ask(a, "dms.sm.server.Note", "\xff\xff\xff", 3);
	assert_int_equal(answer.error->id, DMS_E_FORMAT);
	dms_error_free(answer.error);
	equals(stage, "SELECT count(*) AS n FROM event WHERE state = 'FAILURE'", 4);
	equals(stage, "SELECT count(*) AS n FROM event_attempt", 4);
	equals(stage,
	       "SELECT count(*) AS n FROM event WHERE type = 'Break'"
	       " AND results->'data'->>'locked_by' = 'somebody'",
	       1);
	equals(stage, "SELECT count(*) AS n FROM effect", 1);
	equals(stage, "SELECT sm_version AS n FROM server WHERE id = 2", 0);
	side_stop(a);
}

/* A request that comes while the row is worked at goes first; the work runs anew. */
static void
a_request_overtakes_work(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a = side_start(stage, "a");
	struct answer answer;

	gate(stage, true);
	post_one(stage, a->bus, (struct sm_event){.type = "Work", .sm_id = 1});
	until_inside(stage, 1);
	answer = ask_event(a, "dms.sm.server.Note", 1, "");
	ok(answer.error);
	json_decref(answer.results);
	gate(stage, false);
	until_idle(stage);
	equals(stage, "SELECT count(*) AS n FROM effect WHERE what = 'work'", 1);
	equals(stage, "SELECT count(*) AS n FROM effect", 2);
	equals(stage, "SELECT attempts AS n FROM event WHERE type = 'Work'", 2);
	side_stop(a);
}

static void
stuck_rows_are_revived_once(void **state)
{
	struct stage *stage = need_stage(state);
	struct side *a;
	struct side *b;

	do_sql(stage, "UPDATE server SET state = 'CONFIG' WHERE id <= 20");
	a = side_start(stage, "a");
	b = side_start(stage, "b");
	until(stage, "SELECT count(*) AS n FROM server WHERE state = 'CONFIG'", 0);
	do_sql(stage, "UPDATE server SET state = 'CONFIG' WHERE id = 1");
	until(stage, "SELECT count(*) AS n FROM server WHERE state = 'CONFIG'", 0);
	until_idle(stage);
	equals(stage, "SELECT count(*) AS n FROM event", 21);
	equals(stage, "SELECT count(*) AS n FROM effect", 21);
	side_stop(a);
	side_stop(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_a_commit_posts),
	    cmocka_unit_test(a_row_does_one_thing_at_a_time_in_order),
	    cmocka_unit_test(rows_run_side_by_side),
	    cmocka_unit_test(a_transient_failure_is_tried_again),
	    cmocka_unit_test(others_overtake_a_failing_event),
	    cmocka_unit_test(a_permanent_failure_ends_the_event),
	    cmocka_unit_test(an_illegal_event_says_so),
	    cmocka_unit_test(the_table_refuses_and_keeps),
	    cmocka_unit_test(overtaken_work_is_thrown_away),
	    cmocka_unit_test(cancelled_work_is_thrown_away),
	    cmocka_unit_test(a_failure_does_not_raise_the_dead),
	    cmocka_unit_test(long_work_keeps_its_lease),
	    cmocka_unit_test(an_event_absorbs_its_like),
	    cmocka_unit_test(a_single_event_is_posted_once),
	    cmocka_unit_test(causes_and_changes_form_a_chain),
	    cmocka_unit_test(rowless_machines_run_too),
	    cmocka_unit_test(requests_are_run_at_once),
	    cmocka_unit_test(refused_requests_leave_a_row),
	    cmocka_unit_test(a_request_overtakes_work),
	    cmocka_unit_test(stuck_rows_are_revived_once),
	};

	cmocka_set_test_filter(getenv("DMS_TEST_ONLY"));
	return cmocka_run_group_tests(tests, stage_set, stage_struck);
}
