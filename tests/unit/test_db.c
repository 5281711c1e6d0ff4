/* rooms: dms_db dms_base */
/* Needs a PostgreSQL: DMS_TEST_PG_URL is a connection URL whose user may create databases. Each run
 * works in a database of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "db/db.h"
#include "test_db_scratch.h"
#include "testing.h"

static void
expect(dms_error *error, enum dms_err id, const char *constraint)
{
	assert_non_null(error);
	if (error->id != id)
		fail_msg("%s: %s", dms_err_info(error->id)->name, error->message);
	if (constraint != NULL)
		assert_string_equal(json_string_value(json_object_get(error->data, "constraint")),
				    constraint);
	dms_error_free(error);
}

static void
every_kind_of_value_goes_there_and_back(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	struct db_result *row;
	static const uint8_t bytes[] = {0, 1, 0xFF, '\\', '\'', 0};
	static const int64_t ints[] = {INT64_MIN, -1, 0, INT64_MAX};
	size_t size;

	ok(db_query(db, scratch, &row,
		    "SELECT $1::text AS t, $2::bigint AS i, $3::boolean AS b, $4::float8 AS d, "
		    "$5::bytea AS y, $6::bigint[] AS a, $7::text AS n, $8::bigint AS id, "
		    "$9::bytea AS e, $10::bytea AS ny, cardinality($11::bigint[]) AS z",
		    P_TEXT("z\xC3\xBCrich'; --"), P_INT(INT64_MIN), P_BOOL(true), P_DOUBLE(0.1),
		    P_BYTES(bytes, sizeof bytes), P_INTS(ints, 4), P_TEXT(NULL), P_ID(0),
		    P_BYTES("", 0), P_BYTES(NULL, 0), P_INTS(NULL, 0)));
	assert_int_equal(db_rows(row), 1);
	assert_string_equal(db_text(row, 0, "t"), "z\xC3\xBCrich'; --");
	assert_true(db_int(row, 0, "i") == INT64_MIN);
	assert_true(db_bool(row, 0, "b"));
	assert_true(db_double(row, 0, "d") == 0.1);
	const uint8_t *back = db_bytes(row, 0, "y", &size);
	assert_int_equal(size, sizeof bytes);
	assert_memory_equal(back, bytes, size);
	assert_string_equal(db_text(row, 0, "a"),
			    "{-9223372036854775808,-1,0,9223372036854775807}");
	assert_true(db_is_null(row, 0, "n") && db_text(row, 0, "n") == NULL);
	assert_true(db_is_null(row, 0, "id") && db_int(row, 0, "id") == 0);
	assert_false(db_is_null(row, 0, "e"));
	assert_non_null(db_bytes(row, 0, "e", &size));
	assert_int_equal(size, 0);
	assert_null(db_bytes(row, 0, "ny", &size));
	assert_int_equal(db_int(row, 0, "z"), 0);
}

static void
the_session_is_set_up(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *other;
	struct db_result *row;

	ok(db_open(scratch, scratch->url, "a name", 12345, &other));
	ok(db_query(
	    other, scratch, &row,
	    "SELECT current_setting('TimeZone') AS tz, current_setting('client_encoding') AS enc, "
	    "current_setting('statement_timeout') AS timeout, "
	    "current_setting('application_name') AS app, "
	    "'2024-01-02 03:04:05.678+02'::timestamptz AS at"));
	assert_string_equal(db_text(row, 0, "tz"), "UTC");
	assert_string_equal(db_text(row, 0, "enc"), "UTF8");
	assert_string_equal(db_text(row, 0, "timeout"), "12345ms");
	assert_string_equal(db_text(row, 0, "app"), "a name");
	assert_string_equal(db_text(row, 0, "at"), "2024-01-02 01:04:05.678+00");
	talloc_free(other);
}

static void
a_long_statement_is_cut_off(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *hasty;

	ok(db_open(scratch, scratch->url, "hasty", 50, &hasty));
	expect(db_exec(hasty, "SELECT pg_sleep(60)"), DMS_E_DB, NULL);
	assert_true(db_is_connected(hasty));
	talloc_free(hasty);
}

static void
statements_are_prepared_once(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	struct db_result *row;
	static const char count[] = "SELECT count(*) AS n FROM pg_prepared_statements";

	ok(db_query(db, scratch, &row, count));
	int64_t before = db_int(row, 0, "n");
	for (int i = 0; i < 300; i++) {
		/* many texts: the table grows; each twice, by another pointer */
		char *sql = talloc_asprintf(scratch, "SELECT $1::int + %d AS n", i);
		for (int again = 0; again < 2; again++) {
			ok(db_query(db, scratch, &row, sql, P_INT(1)));
			assert_int_equal(db_int(row, 0, "n"), i + 1);
		}
		talloc_free(sql);
	}
	ok(db_query(db, scratch, &row, count));
	assert_int_equal(db_int(row, 0, "n") - before, 300);
}

static void
a_bad_statement_harms_only_itself(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;

	expect(db_exec(db, "SELEKT 1"), DMS_E_DB, NULL);
	expect(db_exec(db, "SELECT * FROM no_such_table"), DMS_E_DB, NULL);
	expect(db_exec(db, "SELECT $1::int", P_TEXT("x")), DMS_E_DB_CHECK, NULL);
	expect(db_exec(db, "SELECT $1::text", P_TEXT("\xFF")), DMS_E_DB_CHECK, NULL);
	ok(db_exec(db, "SELECT 1"));
}

/* The plan of `SELECT *` is bound to its columns. */
static void
a_changed_table_does_not_break_a_prepared_statement(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	struct db_result *row;

	ok(db_script(db, "CREATE TABLE shape (a int); INSERT INTO shape VALUES (1)"));
	ok(db_query(db, scratch, &row, "SELECT * FROM shape"));
	ok(db_script(db, "ALTER TABLE shape ADD b int DEFAULT 2"));
	ok(db_query(db, scratch, &row, "SELECT * FROM shape"));
	assert_int_equal(db_int(row, 0, "b"), 2);

	/* within a transaction that one is lost, and the next is right */
	ok(db_script(db, "ALTER TABLE shape ADD c int DEFAULT 3"));
	ok(db_begin(db));
	expect(db_query(db, scratch, &row, "SELECT * FROM shape"), DMS_E_DB, NULL);
	db_rollback(db);
	ok(db_begin(db));
	ok(db_query(db, scratch, &row, "SELECT * FROM shape"));
	assert_int_equal(db_int(row, 0, "c"), 3);
	ok(db_commit(db));
	ok(db_script(db, "DEALLOCATE ALL"));
	ok(db_query(db, scratch, &row, "SELECT * FROM shape"));
}

static void
add_to_count(struct db *db, void *arg)
{
	int **slot = arg;

	++**slot;
	assert_false(db_in_transaction(db));
}

static void
hooks_run_once_after_the_commit(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	int count = 0;

	for (int round = 0; round < 2; round++) {
		ok(db_begin(db));
		assert_true(db_in_transaction(db));
		for (int i = 0; i < 20; i++) {
			int **slot = talloc(NULL, int *);
			*slot = &count;
			db_after_commit(db, add_to_count, slot);
		}
		assert_int_equal(count, round * 20);
		ok(db_commit(db));
		assert_false(db_in_transaction(db));
		assert_int_equal(count, (round + 1) * 20);
	}

	ok(db_begin(db));
	int **slot = talloc(NULL, int *);
	*slot = &count;
	db_after_commit(db, add_to_count, slot);
	db_rollback(db);
	ok(db_begin(db));
	ok(db_commit(db));
	assert_int_equal(count, 40);
}

static void
begin_again(struct db *db, void *arg)
{
	ok(db_begin(db));
	ok(db_exec(db, "INSERT INTO trace VALUES (2)"));
	ok(db_commit(db));
}

static void
a_hook_may_use_the_connection(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	struct db_result *row;

	ok(db_script(db, "CREATE TABLE trace (n int)"));
	ok(db_begin(db));
	ok(db_exec(db, "INSERT INTO trace VALUES (1)"));
	db_after_commit(db, begin_again, NULL);
	ok(db_commit(db));
	ok(db_query(db, scratch, &row, "SELECT sum(n) AS n FROM trace"));
	assert_int_equal(db_int(row, 0, "n"), 3);
}

static void
a_failed_transaction_does_not_commit(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	int count = 0;
	int **slot = talloc(NULL, int *);

	*slot = &count;
	ok(db_begin(db));
	db_after_commit(db, add_to_count, slot);
	expect(db_exec(db, "SELECT 1/0"), DMS_E_DB_CHECK, NULL);
	assert_true(db_in_transaction(db));
	expect(db_commit(db), DMS_E_DB, NULL);
	assert_false(db_in_transaction(db));
	assert_int_equal(count, 0);
	expect(db_commit(db), DMS_E_INTERNAL, NULL);
	ok(db_begin(db));
	expect(db_begin(db), DMS_E_INTERNAL, NULL);
	db_rollback(db);
	db_rollback(db);
}

static void
broken_rules_name_their_constraint(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	struct db_result *row;

	ok(db_script(db, "CREATE TABLE parent (id int PRIMARY KEY);"
			 "CREATE TABLE child (id int CONSTRAINT small CHECK (id < 10),"
			 " of int NOT NULL CONSTRAINT has_parent REFERENCES parent,"
			 " late int CONSTRAINT late_one UNIQUE DEFERRABLE INITIALLY DEFERRED)"));
	ok(db_query(db, scratch, &row, "INSERT INTO parent VALUES (1), (2)"));
	assert_int_equal(db_affected(row), 2);
	expect(db_exec(db, "INSERT INTO parent VALUES (1)"), DMS_E_DB_UNIQUE, "parent_pkey");
	expect(db_exec(db, "INSERT INTO child VALUES (11, 1)"), DMS_E_DB_CHECK, "small");
	expect(db_exec(db, "INSERT INTO child VALUES (1, 7)"), DMS_E_DB_CHECK, "has_parent");
	expect(db_exec(db, "INSERT INTO child VALUES (1, NULL)"), DMS_E_DB_CHECK, NULL);

	/* a deferred rule speaks up at the commit */
	ok(db_begin(db));
	ok(db_exec(db, "INSERT INTO child VALUES (1, 1, 5), (2, 1, 5)"));
	expect(db_commit(db), DMS_E_DB_UNIQUE, "late_one");
	ok(db_query(db, scratch, &row, "SELECT * FROM child"));
	assert_int_equal(db_rows(row), 0);
}

/* The server's detail of a broken CHECK is the whole row: secrets would come along. */
static void
a_refused_row_is_not_told_around(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;

	ok(db_script(db, "CREATE TABLE vault (id int CHECK (id > 0), secret text NOT NULL)"));
	dms_error *error = db_exec(db, "INSERT INTO vault VALUES (-1, $1)", P_TEXT("hunter2"));
	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_DB_CHECK);
	char *data = json_dumps(error->data, 0);
	assert_null(strstr(data, "hunter2"));
	assert_null(strstr(error->message, "hunter2"));
	free(data);
	dms_error_free(error);
}

static void
a_read_only_database_says_so(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;

	ok(db_script(db, "SET default_transaction_read_only = on"));
	dms_error *error = db_exec(db, "CREATE TABLE never (n int)");
	ok(db_script(db, "SET default_transaction_read_only = off"));
	assert_non_null(error);
	assert_int_equal(dms_err_info(error->id)->code, -122);
	assert_non_null(json_object_get(error->data, "exc_msg"));
	dms_error_free(error);
}

static void
two_that_meet_get_a_conflict(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *one = scratch->db, *two;

	ok(db_open(scratch, scratch->url, "two", 10000, &two));
	ok(db_script(one, "CREATE TABLE meeting (n int); INSERT INTO meeting VALUES (0)"));
	ok(db_begin(one));
	ok(db_exec(one, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
	ok(db_exec(one, "SELECT n FROM meeting"));
	ok(db_exec(two, "UPDATE meeting SET n = n + 1"));
	dms_error *error = db_exec(one, "UPDATE meeting SET n = n + 1");
	db_rollback(one);
	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_DB_CONFLICT);
	assert_true(error->is_transient);
	dms_error_free(error);
	talloc_free(two);
}

/* ends the session of `victim` from another one and waits until it has ended */
static void
kill_session(struct scratch *scratch, struct db *victim)
{
	struct db_result *row;
	struct db *killer;

	ok(db_query(victim, scratch, &row, "SELECT pg_backend_pid() AS pid"));
	ok(db_open(scratch, scratch->url, "killer", 10000, &killer));
	ok(db_query(killer, scratch, &row, "SELECT pg_terminate_backend($1::int, 5000) AS done",
		    P_INT(db_int(row, 0, "pid"))));
	assert_true(db_bool(row, 0, "done"));
	talloc_free(killer);
}

static void
a_lost_session_is_told_and_replaced(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	struct db_result *row;

	kill_session(scratch, db);
	dms_error *error = db_exec(db, "SELECT 1 AS before_the_loss");
	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_DB_UNAVAILABLE);
	assert_true(error->is_transient);
	dms_error_free(error);
	assert_false(db_is_connected(db));
	/* the same statement has to be prepared anew there */
	ok(db_query(db, scratch, &row, "SELECT pg_backend_pid() AS pid"));
	assert_true(db_is_connected(db));
}

static void
a_session_lost_within_a_transaction_stays_lost(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	int count = 0;
	int **slot = talloc(NULL, int *);

	*slot = &count;
	ok(db_script(db, "CREATE TABLE half (n int)"));
	ok(db_begin(db));
	ok(db_exec(db, "INSERT INTO half VALUES (1)"));
	db_after_commit(db, add_to_count, slot);
	kill_session(scratch, db);
	expect(db_exec(db, "INSERT INTO half VALUES (2)"), DMS_E_DB_UNAVAILABLE, NULL);
	/* a new session must not take up the second half of the work */
	expect(db_exec(db, "INSERT INTO half VALUES (3)"), DMS_E_DB_UNAVAILABLE, NULL);
	expect(db_commit(db), DMS_E_DB_UNAVAILABLE, NULL);
	assert_int_equal(count, 0);

	struct db_result *row;
	ok(db_query(db, scratch, &row, "SELECT n FROM half"));
	assert_int_equal(db_rows(row), 0);

	/* the same when the commit is the first to notice */
	ok(db_begin(db));
	ok(db_exec(db, "INSERT INTO half VALUES (4)"));
	kill_session(scratch, db);
	expect(db_commit(db), DMS_E_DB_UNAVAILABLE, NULL);
	ok(db_query(db, scratch, &row, "SELECT n FROM half"));
	assert_int_equal(db_rows(row), 0);
}

static void
a_transaction_does_not_begin_on_a_dead_session(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;

	kill_session(scratch, db);
	ok(db_begin(db));
	ok(db_exec(db, "SELECT 1"));
	ok(db_commit(db));
}

static void
an_unreachable_server_is_told(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db;

	expect(db_open(scratch, "postgresql:///x?host=/nonexistent", "x", 0, &db),
	       DMS_E_DB_UNAVAILABLE, NULL);
	expect(db_open(scratch, "postgresql://127.0.0.1:1/x?connect_timeout=2", "x", 0, &db),
	       DMS_E_DB_UNAVAILABLE, NULL);
	expect(db_open(scratch, "no url = at all", "x", 0, &db), DMS_E_DB_UNAVAILABLE, NULL);
}

struct tally {
	struct db *db;
	int64_t sum;
	int rows, calls, stop_at;
};

static dms_error *
tally_rows(void *arg, const struct db_result *result)
{
	struct tally *tally = arg;

	tally->calls++;
	for (int i = 0; i < db_rows(result); i++) {
		tally->sum += db_int(result, i, "n");
		tally->rows++;
	}
	if (tally->stop_at == tally->calls)
		return dms_error_new(DMS_E_STOPPING, "enough");
	return NULL;
}

static dms_error *
tally_nested(void *arg, const struct db_result *result)
{
	struct tally *tally = arg;

	return db_each(tally->db, "SELECT n FROM generate_series(1, 10) AS n", 0, NULL, 4,
		       tally_rows, tally);
}

static void
many_rows_come_in_batches(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	struct tally tally = {.db = db};
	const struct db_param limit[] = {P_INT(2500)};
	static const char series[] = "SELECT n FROM generate_series(1, $1::bigint) AS n";

	expect(db_each(db, series, 1, limit, 0, tally_rows, &tally), DMS_E_INTERNAL, NULL);
	ok(db_begin(db));
	ok(db_each(db, series, 1, limit, 0, tally_rows, &tally));
	assert_int_equal(tally.rows, 2500);
	assert_int_equal(tally.sum, 2500 * 2501 / 2);
	assert_int_equal(tally.calls, 3);

	tally = (struct tally){.db = db, .stop_at = 2};
	expect(db_each(db, series, 1, limit, 100, tally_rows, &tally), DMS_E_STOPPING, NULL);
	assert_int_equal(tally.rows, 200);

	tally = (struct tally){.db = db};
	ok(db_each(db, series, 1, limit, 1000, tally_nested, &tally));
	assert_int_equal(tally.rows, 30);

	tally = (struct tally){.db = db};
	ok(db_each(db, "SELECT 1 AS n WHERE false", 0, NULL, 0, tally_rows, &tally));
	assert_int_equal(tally.calls, 0);
	ok(db_commit(db));
}

static void
copied_rows_arrive_as_they_are(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	struct db_result *row;
	static const char nasty[] = "a\tb\nc\\d\re\\N\b\f\v \\. \xC3\xBC";
	uint8_t bytes[256];
	static const int64_t ints[] = {1, -2};
	size_t size;

	for (int i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	ok(db_script(
	    db,
	    "CREATE TABLE heap (t text, i bigint, b bool, d float8, y bytea, a bigint[], n text)"));
	ok(db_begin(db));
	ok(db_copy_begin(db, "COPY heap (t, i, b, d, y, a, n) FROM STDIN"));
	for (int i = 0; i < 5000; i++) {
		const struct db_param values[] = {
		    P_TEXT(nasty),       P_INT(i),        P_BOOL(i % 2), P_DOUBLE(i / 8.0),
		    P_BYTES(bytes, 256), P_INTS(ints, 2), P_NULL};
		ok(db_copy_row(db, 7, values));
	}
	ok(db_copy_end(db));
	ok(db_commit(db));
	ok(db_query(db, scratch, &row,
		    "SELECT *, count(*) OVER () AS all FROM heap WHERE t = $1 AND i = 4999 "
		    "OR t <> $1 OR y <> $2 OR n IS NOT NULL",
		    P_TEXT(nasty), P_BYTES(bytes, 256)));
	assert_int_equal(db_rows(row), 1);
	assert_string_equal(db_text(row, 0, "t"), nasty);
	assert_true(db_bool(row, 0, "b"));
	assert_true(db_double(row, 0, "d") == 4999 / 8.0);
	assert_string_equal(db_text(row, 0, "a"), "{1,-2}");
	const uint8_t *back = db_bytes(row, 0, "y", &size);
	assert_int_equal(size, 256);
	assert_memory_equal(back, bytes, 256);
	assert_true(db_is_null(row, 0, "n"));
}

static void
a_failed_copy_names_the_rule(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db *db = scratch->db;
	const struct db_param one[] = {P_INT(1)};

	ok(db_script(db, "CREATE TABLE once (n int PRIMARY KEY)"));
	ok(db_begin(db));
	ok(db_copy_begin(db, "COPY once FROM STDIN"));
	ok(db_copy_row(db, 1, one));
	ok(db_copy_row(db, 1, one));
	expect(db_copy_end(db), DMS_E_DB_UNIQUE, "once_pkey");
	db_rollback(db);

	/* a copy left half way is no obstacle for the next transaction */
	ok(db_begin(db));
	ok(db_copy_begin(db, "COPY once FROM STDIN"));
	ok(db_copy_row(db, 1, one));
	db_rollback(db);
	struct db_result *row;
	ok(db_query(db, scratch, &row, "SELECT * FROM once"));
	assert_int_equal(db_rows(row), 0);
	expect(db_copy_begin(db, "COPY nowhere FROM STDIN"), DMS_E_DB, NULL);
}

#define SCRATCHED(test) cmocka_unit_test_setup_teardown(test, open_scratch, close_scratch)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    SCRATCHED(every_kind_of_value_goes_there_and_back),
	    SCRATCHED(the_session_is_set_up),
	    SCRATCHED(a_long_statement_is_cut_off),
	    SCRATCHED(statements_are_prepared_once),
	    SCRATCHED(a_bad_statement_harms_only_itself),
	    SCRATCHED(a_changed_table_does_not_break_a_prepared_statement),
	    SCRATCHED(hooks_run_once_after_the_commit),
	    SCRATCHED(a_hook_may_use_the_connection),
	    SCRATCHED(a_failed_transaction_does_not_commit),
	    SCRATCHED(broken_rules_name_their_constraint),
	    SCRATCHED(a_refused_row_is_not_told_around),
	    SCRATCHED(a_read_only_database_says_so),
	    SCRATCHED(two_that_meet_get_a_conflict),
	    SCRATCHED(a_lost_session_is_told_and_replaced),
	    SCRATCHED(a_session_lost_within_a_transaction_stays_lost),
	    SCRATCHED(a_transaction_does_not_begin_on_a_dead_session),
	    SCRATCHED(an_unreachable_server_is_told),
	    SCRATCHED(many_rows_come_in_batches),
	    SCRATCHED(copied_rows_arrive_as_they_are),
	    SCRATCHED(a_failed_copy_names_the_rule),
	};
	return cmocka_run_group_tests(tests, make_database, drop_database);
}
