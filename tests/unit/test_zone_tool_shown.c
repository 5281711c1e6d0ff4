/* rooms: dms_bus dms_rpc dms_dns dms_base PkgConfig::libedit */
/* What zone_tool shows: errors, values, listings, completion, the audit line; and which files it
 * takes. */
#include "zone_tool_parts.h"

#include "memory.h"

/* --- layouts --- */

static char *
wrapped(const char *message)
{
	dms_error *error = dms_error_new(DMS_E_USAGE, "%s", message);
	char *text = NULL, *copy;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	show_error(out, error);
	fclose(out);
	copy = talloc_strdup(mem, text);
	free(text);
	dms_error_free(error);
	return copy;
}

static void
errors_wrap_at_70(void **state)
{
	char *text, *save = NULL;

	(void)state;
	assert_string_equal(wrapped("short"), "***   short\n");
	assert_string_equal(wrapped("Zone 'shop.example.org.' cannot be locked, held by "
				    "'op2@master1.example.net/Admin' with token '8999'."),
			    "***   Zone 'shop.example.org.' cannot be locked, held by\n"
			    "      'op2@master1.example.net/Admin' with token '8999'.\n");
	assert_string_equal(wrapped("one\ntwo"), "***   one\n      two\n");
	assert_string_equal(wrapped("a \x1b[31m b"), "***   a ?[31m b\n");
	text = wrapped(talloc_asprintf(mem, "first %0200d last", 0));
	for (char *row = strtok_r(text, "\n", &save); row != NULL;
	     row = strtok_r(NULL, "\n", &save)) {
		assert_in_range(strlen(row), 1, 70);
		assert_int_not_equal(row[strlen(row) - 1], ' ');
	}
	/* 64 characters of two bytes each fill a line. */
	text = talloc_strdup(mem, "");
	for (int i = 0; i < 64; i++)
		text = talloc_strdup_append(text, "\xc3\xa9");
	assert_string_equal(wrapped(text), talloc_asprintf(mem, "***   %s\n", text));
}

static void
values_are_for_people(void **state)
{
	json_t *values =
	    json_pack("[b, b, i, n, s, s]", 1, 0, 53, "2026-01-02 10:00:00.123456+00:00",
		      "2026-01-02 10:00:00 was it");

	(void)state;
	assert_string_equal(show_value(mem, json_array_get(values, 0)), "True");
	assert_string_equal(show_value(mem, json_array_get(values, 1)), "False");
	assert_string_equal(show_value(mem, json_array_get(values, 2)), "53");
	assert_string_equal(show_value(mem, json_array_get(values, 3)), "None");
	assert_string_equal(show_value(mem, json_array_get(values, 4)), "Fri Jan  2 10:00:00 2026");
	assert_string_equal(show_value(mem, json_array_get(values, 5)),
			    "2026-01-02 10:00:00 was it");
	assert_string_equal(show_value(mem, NULL), "None");
	assert_string_equal(show_time(mem, NULL), "None");
	assert_string_equal(show_time(mem, "soon"), "soon");
	json_decref(values);
}

/* What a command would print of a reply. */
static char *
shown(show_fn *show, const char *command, const char *reply)
{
	struct tool tool = {.mem = mem};
	struct command_line line;
	struct syntax syntax;
	json_t *json = json_loads(reply, 0, NULL);
	char *text = NULL, *copy;
	size_t size;

	assert_non_null(json);
	assert_null(split_words(mem, command, &line));
	syntax_read(command_find(line.words[0])->synopsis, &syntax);
	assert_null(take_options(&line, &syntax));
	tool.out = open_memstream(&text, &size);
	show(&tool, &line, json);
	fclose(tool.out);
	copy = talloc_strdup(mem, text);
	free(text);
	json_decref(json);
	return copy;
}

/* The examples of spec/zone-tool.md sections 5.4, 5.7 and 5.9. */
static void
listings_have_their_columns(void **state)
{
	static const char event[] =
	    "[{\"event_id\": 9002, \"event_type\": \"ZoneSMUpdate\", \"state\": \"SUCCESS\","
	    "\"name\": \"example.org.\", \"parameters\": {\"zi_id\": 102},"
	    "\"created\": \"2026-01-02 10:00:00+00:00\", \"scheduled\": \"2026-01-02 "
	    "10:00:00+00:00\","
	    "\"processed\": \"2026-01-02 10:00:02+00:00\"}]";

	(void)state;
	assert_string_equal(
	    shown(show_events, "ls_events", event),
	    "ZoneSMUpdate         9002                       SUCCESS\n"
	    "  example.org. 102            Fri Jan  2 10:00:00 2026  Fri Jan  2 10:00:02 2026\n\n");
	assert_string_equal(shown(show_events, "ls_events -v", event),
			    "ZoneSMUpdate         9002                       SUCCESS\n"
			    "  example.org.                 102\n"
			    "  Fri Jan  2 10:00:00 2026  Fri Jan  2 10:00:00 2026  "
			    "Fri Jan  2 10:00:02 2026\n\n");
	assert_string_equal(
	    shown(show_pending_events, "ls_pending_events", event),
	    "ZoneSMUpdate              example.org. 102             Fri Jan  2 10:00:00 2026\n\n");
	assert_string_equal(shown(show_events, "ls_events", "[]"), "");
	assert_string_equal(
	    shown(
		show_server_list, "ls_server -v",
		"[{\"server_name\": \"slave2\", \"address\": \"192.0.2.7\", \"state\": \"RETRY\","
		"\"last_reply\": \"2026-01-02 09:00:00+00:00\", \"ssh_address\": \"198.51.100.7\","
		"\"retry_msg\": \"Server 'slave2': no reply to the SOA probe before the time "
		"limit, will try again\"}]"),
	    "slave2                       Fri Jan  2 09:00:00 2026                RETRY\n"
	    "        192.0.2.7                               198.51.100.7\n"
	    "        retry_msg:\n"
	    "          Server 'slave2': no reply to the SOA probe before the time\n"
	    "          limit, will try again\n\n");
	assert_string_equal(shown(show_config, "show_config",
				  "[{\"key\": \"soa_mname\", \"sg_name\": \"public-one\","
				  "\"value\": \"ns1.example.net.\"},"
				  "{\"key\": \"default_sg\", \"sg_name\": null,"
				  "\"value\": \"public-one\"}]"),
			    "        default_sg:        public-one\n"
			    "        soa_mname:         ns1.example.net. (public-one)\n");
}

/* --- completion, audit, files --- */

static void
completes(const char *text, const char *rest, int count)
{
	struct completion completion;

	complete_text(mem, text, &completion);
	assert_int_equal(completion.count, count);
	if (count > 0)
		assert_string_equal(completion.rest, rest);
}

static void
tab_completes(void **state)
{
	(void)state;
	completes("show_zo", "ne", 2);
	completes("show_zonesm", " ", 1);
	completes("  create_sg", " ", 1);
	completes("nothing_like_it", NULL, 0);
	completes("help edit", "_zone ", 1);
	completes("?edit", "_zone ", 1);
	completes("? edit", "_zone ", 1);
	completes("ls --verb", "ose ", 1);
	completes("ls a b --s", "", 3); /* sg, server-group, show-active */
	completes("show_zone --verb", NULL, 0);
	completes("show_zone exa", NULL, 0);
	completes("create_zone z no_in", "c_updates ", 1);
	completes("load_zone f z def_", "", 5);
	completes("list_zone --re", "f", 2);
}

static void
the_audit_line_can_be_read_back(void **state)
{
	struct command_line line;
	char *words[] = {"load_zone", "a file", "it's", "", "x\ny\x1b"};

	(void)state;
	line = (struct command_line){.mem = mem, .count = 5, .words = words};
	assert_string_equal(audit_text(mem, &line), "load_zone 'a file' 'it'\\''s' '' 'x?y?'");
}

static void
check_file(const char *bytes, size_t size, enum dms_err id, const char *says)
{
	char path[] = "/tmp/test_zone_tool-XXXXXX";
	int fd = mkstemp(path);
	dms_error *error;
	char *text;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
	error = read_zone_file(mem, path, &text);
	unlink(path);
	if (id == DMS_OK) {
		assert_null(error);
		assert_memory_equal(text, bytes, size);
		return;
	}
	assert_non_null(error);
	assert_int_equal(error->id, id);
	assert_int_equal(dms_err_info(error->id)->exit_status, 74);
	assert_non_null(strstr(error->message, says));
	assert_non_null(strstr(error->message, path));
	dms_error_free(error);
}

static void
zone_files_are_text(void **state)
{
	char *text;
	dms_error *error = read_zone_file(mem, "/nowhere/at all", &text);

	(void)state;
	assert_non_null(error);
	assert_int_equal(dms_err_info(error->id)->exit_status, 71);
	dms_error_free(error);
	check_file("www A 192.0.2.1\r\n\f; \xc3\xa9\n", 22, DMS_OK, "");
	check_file("", 0, DMS_OK, "");
	check_file("\x7f"
		   "ELF\x02",
		   5, DMS_E_BINARY_FILE, "byte 5");
	check_file("www A\n; \xff\n", 10, DMS_E_BINARY_FILE, "byte 7");
	text = talloc_array(mem, char, 1000);
	memset(text, 'a', 1000);
	text[600] = '\0';
	check_file(text, 1000, DMS_E_BINARY_FILE, "byte 601");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(errors_wrap_at_70),
	    cmocka_unit_test(values_are_for_people),
	    cmocka_unit_test(listings_have_their_columns),
	    cmocka_unit_test(tab_completes),
	    cmocka_unit_test(the_audit_line_can_be_read_back),
	    cmocka_unit_test(zone_files_are_text),
	};

	return cmocka_run_group_tests_name("zone_tool", tests, set_up, tear_down);
}
