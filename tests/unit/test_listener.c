/* rooms: dms_db dms_base */
/* Needs a PostgreSQL: see test_db_scratch.h. */
#include <stdio.h>

#include <pthread.h>
#include <time.h>

#include "test_db_scratch.h"
#include "testing.h"

/* what the listener's thread has heard so far */
struct heard {
	pthread_mutex_t mutex;
	pthread_cond_t more;
	int connects, count;
	char last[200]; /* "channel payload" */
};

static void
hear(void *arg, const char *channel, const char *payload)
{
	struct heard *heard = arg;

	pthread_mutex_lock(&heard->mutex);
	if (channel == NULL) {
		heard->connects++;
	} else {
		heard->count++;
		snprintf(heard->last, sizeof heard->last, "%s %s", channel, payload);
	}
	pthread_cond_broadcast(&heard->more);
	pthread_mutex_unlock(&heard->mutex);
}

/* waits until a counter has reached `wanted`; ten seconds are the end of patience */
static void
wait_for(struct heard *heard, const int *counter, int wanted)
{
	struct timespec limit;
	int failure = 0;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 10;
	pthread_mutex_lock(&heard->mutex);
	while (*counter < wanted && failure == 0)
		failure = pthread_cond_timedwait(&heard->more, &heard->mutex, &limit);
	int reached = *counter;
	pthread_mutex_unlock(&heard->mutex);
	assert_int_equal(reached, wanted);
}

static struct db_listener *
listen_to(struct scratch *scratch, struct heard *heard)
{
	static const char *const channels[] = {"one", "Two \"odd\""};
	struct db_listener *listener;

	*heard =
	    (struct heard){.mutex = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};
	ok(db_listen(scratch, scratch->url, "test listener", channels, 2, hear, heard, &listener));
	wait_for(heard, &heard->connects, 1);
	return listener;
}

static void
what_is_told_is_heard(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct heard heard;
	struct db_listener *listener = listen_to(scratch, &heard);

	ok(db_exec(scratch->db, "SELECT pg_notify('one', 'hello')"));
	wait_for(&heard, &heard.count, 1);
	assert_string_equal(heard.last, "one hello");
	ok(db_begin(scratch->db));
	ok(db_exec(scratch->db, "SELECT pg_notify('Two \"odd\"', '')"));
	ok(db_commit(scratch->db));
	wait_for(&heard, &heard.count, 2);
	assert_string_equal(heard.last, "Two \"odd\" ");
	ok(db_exec(scratch->db,
		   "SELECT pg_notify('one', n::text) FROM generate_series(1, 1000) AS n"));
	wait_for(&heard, &heard.count, 1002);
	assert_string_equal(heard.last, "one 1000");

	db_listener_stop(listener);
	db_listener_stop(listener);
	ok(db_exec(scratch->db, "SELECT pg_notify('one', 'to nobody')"));
	assert_int_equal(heard.count, 1002);
	talloc_free(listener);
}

static void
a_lost_listener_comes_back(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct heard heard;
	struct db_result *row;
	struct db_listener *listener = listen_to(scratch, &heard);

	for (int round = 1; round <= 2; round++) {
		ok(db_query(
		    scratch->db, scratch, &row,
		    "SELECT count(pg_terminate_backend(pid, 5000)) AS n FROM pg_stat_activity "
		    "WHERE application_name = 'test listener' AND datname = current_database()"));
		assert_int_equal(db_int(row, 0, "n"), 1);
		wait_for(&heard, &heard.connects, round + 1);
		ok(db_exec(scratch->db, "SELECT pg_notify('one', 'again')"));
		wait_for(&heard, &heard.count, round);
	}
	talloc_free(listener);
}

static void
a_listener_without_server_can_be_stopped(void **state)
{
	struct scratch *scratch = need_scratch(state);
	static const char *const channels[] = {"one"};
	struct heard heard = {.mutex = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};
	struct db_listener *listener;

	ok(db_listen(scratch, "postgresql:///x?host=/nonexistent", "test", channels, 1, hear,
		     &heard, &listener));
	talloc_free(listener);
	assert_int_equal(heard.connects, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_is_told_is_heard, open_scratch, close_scratch),
	    cmocka_unit_test_setup_teardown(a_lost_listener_comes_back, open_scratch,
					    close_scratch),
	    cmocka_unit_test_setup_teardown(a_listener_without_server_can_be_stopped, open_scratch,
					    close_scratch),
	};
	return cmocka_run_group_tests(tests, make_database, drop_database);
}
