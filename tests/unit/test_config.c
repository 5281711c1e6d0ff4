/* rooms: dms_base */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/secret.h"
#include "testing.h"

struct place {
	char folder[64];
	char *path;
};

static int
make_place(void **state)
{
	struct place *place = talloc_zero(NULL, struct place);

	strcpy(place->folder, "/tmp/dms-test-XXXXXX");
	*state = place;
	if (mkdtemp(place->folder) == NULL)
		return -1;
	place->path = talloc_asprintf(place, "%s/dms.conf", place->folder);
	return 0;
}

static int
remove_place(void **state)
{
	struct place *place = *state;

	unlink(place->path);
	rmdir(place->folder);
	talloc_free(place);
	return 0;
}

static dms_error *
load(struct place *place, const char *text, enum program program, struct dms_config **config)
{
	TRY(file_write_atomic(place->path, text, strlen(text), 0600));
	return config_load(place, place->path, program, config);
}

/* the file is refused with "PATH:" and then this text */
static void
expect_refusal(struct place *place, const char *text, const char *message)
{
	struct dms_config *config;
	dms_error *error = load(place, text, PROGRAM_ZONE_SM, &config);
	char *full = talloc_asprintf(place, "%s:%s", place->path, message);

	if (error == NULL)
		fail_msg("accepted: %s", text);
	assert_int_equal(error->id, DMS_E_CONFIG);
	assert_string_equal(error->message, full);
	dms_error_free(error);
}

static void
values_of_every_type_are_read(void **state)
{
	struct place *place = *state;
	struct dms_config *config;

	assert_null(load(place,
			 "\xEF\xBB\xBF# all programs\r\n"
			 "[dms]\r\n"
			 "db_url = postgresql:///x?host=/run  ; a remark\n"
			 "nats_ca = ca.pem\n"
			 "nats_cert=/abs/cert.pem\n"
			 "  workers = 7\n"
			 "lease: 2m\n"
			 "update_bytes_max = 4k\n"
			 "retry_first = 10ms",
			 PROGRAM_ZONE_SM, &config));
	assert_string_equal(config->file, place->path);
	assert_string_equal(config->program_name, "zone-sm");
	assert_string_equal(config->db_url, "postgresql:///x?host=/run");
	assert_string_equal(config->nats_ca, talloc_asprintf(place, "%s/ca.pem", place->folder));
	assert_string_equal(config->nats_cert, "/abs/cert.pem");
	assert_string_equal(config->nats_key, "");
	assert_int_equal(config->workers, 7);
	assert_int_equal(config->lease, 120000);
	assert_int_equal(config->retry_first, 10);
	assert_int_equal(config->update_bytes_max, 4096);
	/* defaults */
	assert_int_equal(config->retry_max, 60000);
	assert_string_equal(config->log_level, "info");
}

static void
the_own_section_wins_in_any_order(void **state)
{
	struct place *place = *state;
	struct dms_config *config;

	assert_null(load(place,
			 "[zone-sm]\nworkers = 3\n[rpc-gateway]\nworkers = 9\nrpc_batch_max = 5\n"
			 "[dms]\nworkers = 5\nrpc_batch_max = 50\nretry_max = 9s\n",
			 PROGRAM_ZONE_SM, &config));
	assert_int_equal(config->workers, 3);
	assert_int_equal(config->retry_max, 9000);
	assert_null(load(place, "[dms]\nworkers = 5\n[zone-sm]\nworkers = 3\n", PROGRAM_MASTER_SM,
			 &config));
	assert_int_equal(config->workers, 5);
}

static void
wrong_keys_are_named_with_their_place(void **state)
{
	struct place *place = *state;

	expect_refusal(place, "[dms]\n\n# x\nworker = 4\n", "4: unknown key 'worker'");
	expect_refusal(place, "[zone-sm]\nhttps_cert = x\n",
		       "2: key 'https_cert' is not one of zone-sm");
	expect_refusal(place, "[zonesm]\nworkers = 4\n", "2: unknown section [zonesm]");
	expect_refusal(place, "workers = 4\n",
		       "1: key 'workers' stands before the first [section]");
	expect_refusal(place, "[dms]\nworkers\n", "2: neither a [section] nor 'key = value'");
	expect_refusal(place, "[dms\nworkers = 1\n", "1: neither a [section] nor 'key = value'");
	expect_refusal(place, "[dms]\nworkers = 1\nlease = 1s\nworkers = 2\n",
		       "4: key 'workers' is here again, first in line 2");
	/* another program's section is looked at too */
	expect_refusal(
	    place, "[dms]\n[master-sm]\nhold = soon\n",
	    "3: key 'hold': 'soon' is not a time with its unit, such as 250ms, 2s, 5m, 1h "
	    "or 7d");
}

static void
wrong_values_are_named_with_their_place(void **state)
{
	struct place *place = *state;

	expect_refusal(place, "[dms]\nworkers = four\n",
		       "2: key 'workers': 'four' is not an integer");
	expect_refusal(place, "[dms]\nworkers = 4x\n", "2: key 'workers': '4x' is not an integer");
	expect_refusal(place, "[dms]\nworkers =\n", "2: key 'workers': '' is not an integer");
	expect_refusal(place, "[dms]\nworkers = 0\n",
		       "2: key 'workers': '0' is out of range: 1 to 64");
	expect_refusal(place, "[dms]\nworkers = 65\n",
		       "2: key 'workers': '65' is out of range: 1 to 64");
	expect_refusal(place, "[dms]\nworkers = 99999999999999999999\n",
		       "2: key 'workers': '99999999999999999999' is not an integer");
	expect_refusal(
	    place, "[dms]\nlease = 30\n",
	    "2: key 'lease': '30' is not a time with its unit, such as 250ms, 2s, 5m, 1h or "
	    "7d");
	expect_refusal(place, "[dms]\nlease = 9223372036854775807d\n",
		       "2: key 'lease': '9223372036854775807d' is out of range: 1000 to 600000 ms");
	expect_refusal(place, "[dms]\nhttp_body_max = 1q\n",
		       "2: key 'http_body_max': '1q' is not a size such as 512, 100k, 4m or 1g");
	expect_refusal(
	    place, "[dms]\nlog_level = loud\n",
	    "2: key 'log_level': 'loud' is not one of debug, info, notice, warning, err, "
	    "crit");
	expect_refusal(place, "[dms]\n\nlog_format = xml\n",
		       "3: key 'log_format': 'xml' is neither text nor json");
}

static void
the_first_of_several_errors_is_told(void **state)
{
	expect_refusal(*state, "[dms]\nworker = 4\nnonsense\nlease = 1\n",
		       "2: unknown key 'worker'");
	expect_refusal(*state, "[dms]\nnonsense\nworker = 4\n",
		       "2: neither a [section] nor 'key = value'");
}

static void
long_lines_are_read_or_refused(void **state)
{
	struct place *place = *state;
	struct dms_config *config;
	char *value = talloc_zero_array(place, char, 4001);

	memset(value, 'x', 4000);
	assert_null(load(place, talloc_asprintf(place, "[dms]\ndb_url = %s\nworkers = 2\n", value),
			 PROGRAM_ZONE_SM, &config));
	assert_string_equal(config->db_url, value);
	assert_int_equal(config->workers, 2);
	expect_refusal(place, talloc_asprintf(place, "[dms]\ndb_url = %s%s\n", value, value),
		       "2: line is longer than 4093 characters");
	expect_refusal(place, talloc_asprintf(place, "[dms]\n; %s%s\n", value, value),
		       "2: line is longer than 4093 characters");
}

static void
a_nul_byte_is_refused(void **state)
{
	struct place *place = *state;
	struct dms_config *config;

	assert_null(file_write_atomic(place->path, "[dms]\n\0x", 8, 0600));
	dms_error *error = config_load(place, place->path, PROGRAM_ZONE_SM, &config);
	assert_non_null(error);
	assert_non_null(strstr(error->message, "NUL byte at offset 6"));
	dms_error_free(error);
}

static void
a_missing_file_is_an_error_when_it_was_named(void **state)
{
	struct place *place = *state;
	struct dms_config *config;
	char *missing = talloc_asprintf(place, "%s/none.conf", place->folder);

	dms_error *error = config_load(place, missing, PROGRAM_DMS_DB, &config);
	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_CONFIG);
	assert_non_null(strstr(error->message, missing));
	dms_error_free(error);

	assert_null(load(place, "[dms]\ndb_url = x\n", PROGRAM_DMS_DB, &config));
	setenv("DMS_CONFIG", place->path, 1);
	assert_null(config_load(place, NULL, PROGRAM_DMS_DB, &config));
	assert_string_equal(config->db_url, "x");
	setenv("DMS_CONFIG", missing, 1);
	error = config_load(place, NULL, PROGRAM_DMS_DB, &config);
	unsetenv("DMS_CONFIG");
	assert_non_null(error);
	dms_error_free(error);
}

static void
relative_files_give_absolute_paths(void **state)
{
	struct place *place = *state;
	struct dms_config *config;
	char before[4096];

	assert_null(load(place, "[dms]\nnats_ca = sub/ca.pem\n", PROGRAM_ZONE_SM, &config));
	assert_non_null(getcwd(before, sizeof before));
	assert_int_equal(chdir(place->folder), 0);
	dms_error *error = config_load(place, "dms.conf", PROGRAM_ZONE_SM, &config);
	assert_int_equal(chdir(before), 0);
	assert_null(error);
	assert_string_equal(config->nats_ca,
			    talloc_asprintf(place, "%s/sub/ca.pem", place->folder));
}

/* every default is a legal value, for every program */
static void
defaults_are_sound(void **state)
{
	for (int bit = 0; bit < 7; bit++) {
		struct dms_config *config;
		enum program program = (enum program)(1 << bit);
		assert_null(load(*state, "", program, &config));
		assert_string_equal(config->program_name, program_name(program));
		assert_int_equal(config->program, program);
	}
}

static char *
printed(void (*print)(FILE *out, enum program program), enum program program)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	print(out, program);
	fclose(out);
	return text;
}

static void
help_shows_a_program_its_own_keys(void **state)
{
	char *help = printed(config_help, PROGRAM_ZONE_TOOL);
	char *man = printed(config_man, PROGRAM_MASTER_SM);

	assert_non_null(strstr(help, "rpc_access = admin\n"));
	assert_non_null(strstr(help, "100ms to 1h"));
	assert_null(strstr(help, "https_listen"));
	assert_non_null(strstr(man, ".B pull_chunk\n"));
	assert_non_null(strstr(man, "size, 1k to 768k; default 256k"));
	assert_null(strstr(man, "rpc_access"));
	free(help);
	free(man);
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    PLACED(values_of_every_type_are_read),
	    PLACED(the_own_section_wins_in_any_order),
	    PLACED(wrong_keys_are_named_with_their_place),
	    PLACED(wrong_values_are_named_with_their_place),
	    PLACED(the_first_of_several_errors_is_told),
	    PLACED(long_lines_are_read_or_refused),
	    PLACED(a_nul_byte_is_refused),
	    PLACED(a_missing_file_is_an_error_when_it_was_named),
	    PLACED(relative_files_give_absolute_paths),
	    PLACED(defaults_are_sound),
	    cmocka_unit_test(help_shows_a_program_its_own_keys),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
