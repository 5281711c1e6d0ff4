/* rooms: dms_base */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fcntl.h>
#include <pthread.h>

#include "base/log.h"
#include "testing.h"

/* what `writes` puts on stderr, up to 256 KiB */
static char *
caught(void (*writes)(void))
{
	enum { ROOM = 1 << 18 };
	FILE *file = tmpfile();
	int kept = dup(STDERR_FILENO);
	char *text = calloc(1, ROOM);

	assert_non_null(file);
	assert_non_null(text);
	dup2(fileno(file), STDERR_FILENO);
	writes();
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(file);
	text[fread(text, 1, ROOM - 1, file)] = '\0';
	fclose(file);
	return text;
}

static void
write_one(void)
{
	log_context(7, 0);
	log_notice("zone is published", F_STR("zone", "a b\n\"x\"."), F_INT("serial", 4294967295),
		   F_MS("ms", 1.5), F_BOOL("bulk", true), F_STR("none", NULL));
	log_context(0, 0);
	log_debug("below the level");
}

static void
text_lines_hold_one_event_each(void **state)
{
	log_init("zone-sm", LOG_TEXT, LOG_INFO);
	char *text = caught(write_one);

	assert_non_null(strstr(text,
			       " notice  zone-sm: zone is published change_id=7 "
			       "zone=\"a b\\n\\\"x\\\".\" serial=4294967295 ms=1.500 bulk=true\n"));
	assert_ptr_equal(strchr(text, '\n') + 1, text + strlen(text));
	assert_null(strstr(text, "none"));
	free(text);
}

static void
json_lines_can_be_read_back(void **state)
{
	log_init("zone-sm", LOG_JSON, LOG_INFO);
	char *text = caught(write_one);
	json_t *line = json_loads(text, 0, NULL);

	assert_non_null(line);
	assert_string_equal(json_string_value(json_object_get(line, "service")), "zone-sm");
	assert_string_equal(json_string_value(json_object_get(line, "level")), "notice");
	assert_string_equal(json_string_value(json_object_get(line, "zone")), "a b\n\"x\".");
	assert_int_equal(json_integer_value(json_object_get(line, "serial")), 4294967295);
	assert_int_equal(json_integer_value(json_object_get(line, "change_id")), 7);
	assert_true(json_is_true(json_object_get(line, "bulk")));
	assert_null(json_object_get(line, "none"));
	assert_null(json_object_get(line, "event_id"));
	json_decref(line);
	free(text);
}

static void
write_failure(void)
{
	dms_error *error = dms_error_new(DMS_E_DB_UNAVAILABLE, "no\xFF wire");

	log_failure(LOG_ERR, "cannot work", error, F_INT("attempt", 3));
	dms_error_free(error);
}

static void
failures_carry_code_and_place(void **state)
{
	log_init("zone-sm", LOG_JSON, LOG_INFO);
	char *text = caught(write_failure);
	json_t *line = json_loads(text, 0, NULL);

	assert_non_null(line);
	assert_string_equal(json_string_value(json_object_get(line, "error")),
			    "no\xEF\xBF\xBD wire");
	assert_int_equal(json_integer_value(json_object_get(line, "error_code")), -132);
	assert_string_equal(json_string_value(json_object_get(line, "error_name")),
			    "DatabaseUnavailable");
	assert_non_null(strstr(json_string_value(json_object_get(line, "trace")), "test_log.c:"));
	assert_int_equal(json_integer_value(json_object_get(line, "attempt")), 3);
	json_decref(line);
	free(text);
}

static void *
write_many(void *arg)
{
	for (int i = 0; i < 200; i++)
		log_info("one of many",
			 F_STR("filler", "0123456789012345678901234567890123456789"));
	return NULL;
}

static void
write_from_threads(void)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_many, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

static void
threads_do_not_mix_their_lines(void **state)
{
	log_init("zone-sm", LOG_JSON, LOG_INFO);
	char *text = caught(write_from_threads);
	int count = 0;
	char *rest = text;

	for (char *line; (line = strsep(&rest, "\n")) != NULL && *line != '\0'; count++) {
		json_t *object = json_loads(line, 0, NULL);
		assert_non_null(object);
		json_decref(object);
	}
	assert_int_equal(count, 800);
	free(text);
}

static void
levels_have_names(void **state)
{
	assert_int_equal(log_level_parse("debug"), LOG_DEBUG);
	assert_int_equal(log_level_parse("warning"), LOG_WARNING);
	assert_int_equal(log_level_parse("crit"), LOG_CRIT);
	assert_int_equal(log_level_parse("emerg"), -1);
	assert_int_equal(log_level_parse("Info"), -1);
	assert_int_equal(log_level_parse(""), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text_lines_hold_one_event_each),
	    cmocka_unit_test(json_lines_can_be_read_back),
	    cmocka_unit_test(failures_carry_code_and_place),
	    cmocka_unit_test(threads_do_not_mix_their_lines),
	    cmocka_unit_test(levels_have_names),
	};
	/* the lines look as they do in a terminal, whoever runs the test */
	unsetenv("JOURNAL_STREAM");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
