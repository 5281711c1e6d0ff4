/* rooms: dms_base PkgConfig::libuv PkgConfig::talloc */
/* The applier's wait for the name server's NOTIFY. What should end a wait is all that ends it here:
 * otherwise the test runner's limit does. */

#include "testing.h"

#include "server-agent/arrivals.c"

#define FOR_EVER_MS 100000000

static void
tell(void *arg)
{
	arrivals_heard(arg, "one.example");
}

static void
end(void *arg)
{
	arrivals_end(arg);
}

/* A wait for one.example that another thread ends by `fn`. */
static void
wait_until(struct arrivals *arrivals, uv_thread_cb fn)
{
	uv_thread_t thread;
	assert_int_equal(uv_thread_create(&thread, fn, arrivals), 0);
	arrivals_wait(arrivals, FOR_EVER_MS);
	uv_thread_join(&thread);
}

static void
test_a_notify_ends_the_wait(void **state)
{
	struct arrivals *arrivals = *state;
	arrivals_expect(arrivals, "one.example");
	wait_until(arrivals, tell);
	wait_until(arrivals, tell);
}

static void
test_a_notify_before_the_wait_counts_once(void **state)
{
	struct arrivals *arrivals = *state;
	arrivals_expect(arrivals, "one.example");
	arrivals_heard(arrivals, "one.example");
	arrivals_wait(arrivals, FOR_EVER_MS);
	assert_false(arrivals->is_heard);
}

static void
test_only_the_expected_zone_counts(void **state)
{
	struct arrivals *arrivals = *state;
	arrivals_heard(arrivals, "one.example");
	assert_false(arrivals->is_heard);
	arrivals_expect(arrivals, "one.example");
	arrivals_heard(arrivals, "two.example");
	assert_false(arrivals->is_heard);
	arrivals_heard(arrivals, "one.example");
	arrivals_expect(arrivals, "two.example");
	assert_false(arrivals->is_heard);
	arrivals_wait(arrivals, 1);
}

static void
test_a_stopping_agent_waits_for_nobody(void **state)
{
	struct arrivals *arrivals = *state;
	arrivals_expect(arrivals, "one.example");
	wait_until(arrivals, end);
	arrivals_wait(arrivals, FOR_EVER_MS);
}

static int
setup(void **state)
{
	*state = arrivals_new(NULL);
	return 0;
}

static int
teardown(void **state)
{
	talloc_free(*state);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_a_notify_ends_the_wait, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_notify_before_the_wait_counts_once, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_only_the_expected_zone_counts, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_a_stopping_agent_waits_for_nobody, setup,
					    teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
