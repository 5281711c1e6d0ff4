/* rooms: dms_model dms_db dms_dns dms_base */
/* Selectors of instances: every form, every error, every edge of the calendar. */
#include <stdio.h>
#include <string.h>

#include "model/selector.h"
#include "testing.h"

static const struct zi_clock noon = {2026, 3, 1, 12, 0, 30};

static struct zi_selector
parse_at(const char *text, const struct zi_clock *now)
{
	struct zi_selector selector;
	dms_error *error = zi_selector_parse(text, now, &selector);

	if (error != NULL)
		fail_msg("'%s': %s", text, error->message);
	return selector;
}

static void
expect_code(const char *text, int code)
{
	struct zi_selector selector;
	dms_error *error = zi_selector_parse(text, &noon, &selector);

	if (error == NULL)
		fail_msg("'%s' was understood", text);
	if (dms_err_info(error->id)->code != code)
		fail_msg("'%s': %d instead of %d", text, dms_err_info(error->id)->code, code);
	assert_string_equal(json_string_value(json_object_get(error->data, "zi_id")), text);
	dms_error_free(error);
}

static void
test_published_and_steps(void **state)
{
	static const struct {
		const char *text;
		int base;
		int64_t id, steps;
	} cases[] = {
	    {"", ZI_PUBLISHED, 0, 0},         {"^", ZI_PUBLISHED, 0, 0},
	    {" ^ ", ZI_PUBLISHED, 0, 0},      {"0", ZI_PUBLISHED, 0, 0},
	    {"^-", ZI_PUBLISHED, 0, -1},      {"^---", ZI_PUBLISHED, 0, -3},
	    {"^-4", ZI_PUBLISHED, 0, -4},     {"^+", ZI_PUBLISHED, 0, 1},
	    {"^++", ZI_PUBLISHED, 0, 2},      {"^+12", ZI_PUBLISHED, 0, 12},
	    {"102592", ZI_ID, 102592, 0},     {"102592-3", ZI_ID, 102592, -3},
	    {"102592+2", ZI_ID, 102592, 2},   {"102592-", ZI_ID, 102592, -1},
	    {"102592---", ZI_ID, 102592, -3}, {"102592+", ZI_ID, 102592, 1},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct zi_selector selector = parse_at(cases[i].text, &noon);

		assert_int_equal(selector.base, cases[i].base);
		assert_int_equal(selector.id, cases[i].id);
		assert_int_equal(selector.steps, cases[i].steps);
	}
}

static void
test_ago(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} cases[] = {{"@90s", 90},    {"@10m", 600},    {"@1.5h", 5400},
		     {"@2d", 172800}, {"@3W", 1814400}, {"@.5m", 30}};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct zi_selector selector = parse_at(cases[i].text, &noon);

		assert_int_equal(selector.base, ZI_AGO);
		assert_true(selector.seconds == cases[i].seconds);
	}
}

static void
expect_at(const char *text, const struct zi_clock *now, const char *wanted)
{
	struct zi_selector selector = parse_at(text, now);

	assert_int_equal(selector.base, ZI_AT);
	if (strcmp(selector.at, wanted) != 0)
		fail_msg("'%s' is %s instead of %s", text, selector.at, wanted);
}

static void
test_time_of_day(void **state)
{
	expect_at("11:59", &noon, "2026-03-01 11:59:00");
	expect_at("12:00", &noon, "2026-03-01 12:00:00");
	expect_at("12:01", &noon, "2026-02-28 12:01:00"); /* still ahead: yesterday */
	expect_at("2:30pm", &noon, "2026-02-28 14:30:00");
	expect_at("2:30P", &noon, "2026-02-28 14:30:00");
	expect_at("2:30 am", &noon, "2026-03-01 02:30:00");
	expect_at("12:15am", &noon, "2026-03-01 00:15:00"); /* midnight, not noon */
	expect_at("12:15a", &noon, "2026-03-01 00:15:00");
	expect_at("12:15pm", &noon, "2026-02-28 12:15:00");
	expect_at("14:30pm", &noon, "2026-02-28 14:30:00");
	expect_at("0:00", &noon, "2026-03-01 00:00:00");
	expect_at("23:00", &(struct zi_clock){2026, 1, 1, 1, 0, 0}, "2025-12-31 23:00:00");
	expect_at("23:00", &(struct zi_clock){2024, 3, 1, 1, 0, 0}, "2024-02-29 23:00:00");
}

static void
test_dates(void **state)
{
	expect_at("1/3", &noon, "2026-03-01 00:00:00");
	expect_at("2/3", &noon, "2025-03-02 00:00:00"); /* still ahead: last year */
	expect_at("31/12", &noon, "2025-12-31 00:00:00");
	expect_at("29/2", &(struct zi_clock){2025, 6, 1, 0, 0, 0}, "2024-02-29 00:00:00");
	expect_at("3/5/2026", &noon, "2026-05-03 00:00:00");
	expect_at("3/5/26", &noon, "2026-05-03 00:00:00");
	expect_at("3/5/69", &noon, "2069-05-03 00:00:00");
	expect_at("3/5/70", &noon, "1970-05-03 00:00:00");
	expect_at("3/5/99", &noon, "1999-05-03 00:00:00");
	expect_at("3/5/2026,13:45", &noon, "2026-05-03 13:45:00");
	expect_at("3/5/2026,1:45pm", &noon, "2026-05-03 13:45:00");
	expect_at("2026-05-03", &noon, "2026-05-03 00:00:00");
	expect_at("2026-05-03,13:45", &noon, "2026-05-03 13:45:00");
	expect_at("2026-05-03,12:45am", &noon, "2026-05-03 00:45:00");
	expect_at("2024-02-29", &noon, "2024-02-29 00:00:00");
	expect_at("2000-02-29", &noon, "2000-02-29 00:00:00");
}

static void
test_errors(void **state)
{
	static const struct {
		const char *text;
		int code;
	} cases[] = {
	    {"newest", -100},
	    {"12x", -100},
	    {"*", -100},
	    {"99999999999999999999", -100},
	    {"-1", -100},
	    {"^-x", -101},
	    {"^+-", -101},
	    {"^--2", -101},
	    {"^x", -101},
	    {"12-x", -101},
	    {"12--2", -101},
	    {"^-9999999999", -101},
	    {"@5", -102},
	    {"@5y", -102},
	    {"@5dd", -102},
	    {"@d", -103},
	    {"@", -103},
	    {"@1.2.3d", -103},
	    {"@-5d", -103},
	    {"@.d", -103},
	    {"24:00", -104},
	    {"12:60", -104},
	    {"1:5", -104},
	    {"14:30am", -104},
	    {"0:30pm", -104},
	    {"1:30xm", -104},
	    {"31/2/2026", -104},
	    {"2026-02-30", -104},
	    {"1900-02-29", -104},
	    {"2026-05-03,25:00", -104},
	    {"3/5/2026,noon", -104},
	    {"32/1", -105},
	    {"31/2", -105},
	    {"30/2", -105},
	    {"1/", -105},
	    {"1/3,12:00", -105},
	    {"/", -105},
	    {"1/x/2026", -106},
	    {"1/2/226", -106},
	    {"1/2/2026x", -106},
	    {"111/2/2026", -106},
	    {"26-05-03", -107},
	    {"2026-5-", -107},
	    {"2026-05-03x", -107},
	    {"2026-05,12:00", -107},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_code(cases[i].text, cases[i].code);
}

static void
test_plain(void **state)
{
	assert_true(zi_selector_is_plain(NULL));
	assert_true(zi_selector_is_plain(""));
	assert_true(zi_selector_is_plain("^"));
	assert_true(zi_selector_is_plain("0"));
	assert_true(zi_selector_is_plain("102592"));
	assert_false(zi_selector_is_plain("^-"));
	assert_false(zi_selector_is_plain("12-"));
	assert_false(zi_selector_is_plain("@2d"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_published_and_steps),
	    cmocka_unit_test(test_ago),
	    cmocka_unit_test(test_time_of_day),
	    cmocka_unit_test(test_dates),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
