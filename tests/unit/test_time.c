/* rooms: dms_base */

#include "base/time.h"
#include "testing.h"

static void
back_off_doubles_up_to_its_cap(void **state)
{
	static const struct {
		int attempt;
		int64_t delay;
	} cases[] = {{1, 250},    {2, 500},    {3, 1000},        {8, 32000}, {9, 60000},
		     {10, 60000}, {64, 60000}, {1000000, 60000}, {0, 250},   {-5, 250}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (int n = 0; n < 200; n++) {
			int64_t got = backoff_ms(250, 60000, cases[i].attempt);
			assert_in_range(got, cases[i].delay / 2, cases[i].delay);
		}
	}
}

static void
back_off_has_jitter(void **state)
{
	int64_t low = INT64_MAX, high = 0;

	for (int n = 0; n < 500; n++) {
		int64_t got = backoff_ms(10000, 60000, 1);
		low = got < low ? got : low;
		high = got > high ? got : high;
	}
	/* 500 draws of 5001 values that all lie in a tenth of the range: 10^-500 */
	assert_true(high - low > 500);
}

static void
odd_bounds_do_no_harm(void **state)
{
	assert_in_range(backoff_ms(1, 1, 5), 0, 1);
	assert_in_range(backoff_ms(0, 100, 1), 0, 1);
	assert_in_range(backoff_ms(500, 100, 1), 50, 100);
	assert_in_range(backoff_ms(INT64_MAX / 2 + 1, INT64_MAX, 3), INT64_MAX / 2, INT64_MAX);
}

static void
a_day_has_its_first_serial(void **state)
{
	assert_int_equal(serial_of_day(0), 1970010100u);
	/* 2024-02-29 23:59:59.999999 and the microsecond after it */
	assert_int_equal(serial_of_day(1709251199999999), 2024022900u);
	assert_int_equal(serial_of_day(1709251200000000), 2024030100u);
	assert_int_equal(serial_of_day(-1), 1969123100u);
}

static void
clocks_go_forward(void **state)
{
	int64_t start = monotonic_us();
	int64_t later = start;

	while (later == start)
		later = monotonic_us();
	assert_true(later > start);
	assert_true(elapsed_ms(start) > 0);
	/* 2020-01-01: a clock that is set at all */
	assert_true(realtime_us() > 1577836800000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(back_off_doubles_up_to_its_cap),
	    cmocka_unit_test(back_off_has_jitter),
	    cmocka_unit_test(odd_bounds_do_no_harm),
	    cmocka_unit_test(a_day_has_its_first_serial),
	    cmocka_unit_test(clocks_go_forward),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
