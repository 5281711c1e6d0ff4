/* rooms: dms_bus dms_rpc dms_dns dms_base PkgConfig::libedit */
/* The parts of zone_tool that need nobody else: words, options, parameters, layouts, completion,
 * and the table of commands against the table of methods. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "zone_tool/arguments.c"
#include "zone_tool/call.c"
#include "zone_tool/central.c"
#include "zone_tool/check_zone.c"
#include "zone_tool/commands.c"
#include "zone_tool/complete.c"
#include "zone_tool/decode.c"
#include "zone_tool/edit.c"
#include "zone_tool/help.c"
#include "zone_tool/instance.c"
#include "zone_tool/interrupt.c"
#include "zone_tool/list.c"
#include "zone_tool/output.c"
#include "zone_tool/params.c"
#include "zone_tool/run.c"
#include "zone_tool/server.c"
#include "zone_tool/shell.c"
#include "zone_tool/syntax.c"
#include "zone_tool/terminal.c"
#include "zone_tool/zone.c"
#include "zone_tool/zone_file.c"

#include "memory.h"

/* --- words --- */

static void
check_words(const char *text, int count, const char *const words[])
{
	struct command_line line;

	assert_null(split_words(mem, text, &line));
	assert_int_equal(line.count, count);
	for (int i = 0; i < count; i++)
		assert_string_equal(line.words[i], words[i]);
}

static void
words_are_split_like_in_a_shell(void **state)
{
	(void)state;
	check_words("", 0, NULL);
	check_words(" \t\r\n", 0, NULL);
	check_words("  ls  -v\t*.org \n", 3, (const char *[]){"ls", "-v", "*.org"});
	check_words("a 'b c' \"d e\"f", 3, (const char *[]){"a", "b c", "d ef"});
	check_words("'' \"\"", 2, (const char *[]){"", ""});
	check_words("a\\ b 'c\\d' \"e\\\"f\\\\g\\h\"", 3,
		    (const char *[]){"a b", "c\\d", "e\"f\\g\\h"});
	check_words("$HOME #no ~ `x`", 4, (const char *[]){"$HOME", "#no", "~", "`x`"});
	check_words("x x x x x x x x", 8, (const char *[]){"x", "x", "x", "x", "x", "x", "x", "x"});
}

static void
an_open_quote_is_a_wrong_use(void **state)
{
	static const char *const texts[] = {"ls 'a b", "ls \"a", "'", "a \"b\\\""};
	struct command_line line;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		dms_error *error = split_words(mem, texts[i], &line);

		assert_non_null(error);
		assert_int_equal(error->id, DMS_E_USAGE);
		assert_non_null(strstr(error->message, "quote"));
		dms_error_free(error);
	}
}

/* --- options --- */

static dms_error *
take(const char *synopsis, const char *text, struct command_line *line)
{
	struct syntax syntax;

	syntax_read(synopsis, &syntax);
	assert_null(split_words(mem, text, line));
	return take_options(line, &syntax);
}

static void
refused(const char *synopsis, const char *text, const char *why)
{
	struct command_line line;
	dms_error *error = take(synopsis, text, &line);

	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_USAGE);
	if (strstr(error->message, why) == NULL)
		fail_msg("'%s' does not say '%s'", error->message, why);
	dms_error_free(error);
}

static void
a_synopsis_is_understood(void **state)
{
	struct syntax s;

	(void)state;
	syntax_read("[-tv] [-g sg] file name [type [ssh-address]] [zone-option ...]", &s);
	assert_true(s.options['t'].is_known && s.options['v'].is_known && s.options['g'].is_known);
	assert_false(s.options['x'].is_known);
	assert_string_equal(s.options['t'].value, "");
	assert_string_equal(s.options['g'].value, "sg");
	assert_int_equal(s.count, 5);
	assert_int_equal(s.least, 2);
	assert_int_equal(s.most, -1);
	assert_true(s.arguments[4].is_many && s.arguments[3].is_optional);
	syntax_read("server address [type [ssh-address]]", &s);
	assert_int_equal(s.most, 4);
	syntax_read("", &s);
	assert_int_equal(s.most, 0);
}

static void
options_stand_anywhere(void **state)
{
	struct command_line line;
	const char *synopsis = "[-tv] [-r reference] [-g sg] [pattern ...]";

	(void)state;
	assert_null(take(synopsis, "ls a -vt -g public b -rCUST --json -- -x --force", &line));
	assert_int_equal(line.count, 5);
	assert_string_equal(line.words[3], "-x");
	assert_string_equal(line.words[4], "--force");
	assert_string_equal(line.values['g'], "public");
	assert_string_equal(line.values['r'], "CUST");
	assert_non_null(line.values['v']);
	assert_non_null(line.values['t']);
	assert_true(line.is_json);
	assert_false(line.is_forced);
	assert_null(take(synopsis, "ls --verb --ref=A --server-group g1 -f -", &line));
	assert_string_equal(line.values['r'], "A");
	assert_string_equal(line.values['g'], "g1");
	assert_true(line.is_forced);
	assert_string_equal(line.words[1], "-");
	assert_null(take(synopsis, "ls --show -vr ''", &line));
	assert_non_null(line.values['t']);
	assert_string_equal(line.values['r'], "");
}

static void
wrong_options_are_named(void **state)
{
	(void)state;
	refused("[-v] [n]", "ls_events -vx", "-x in '-vx'");
	refused("[-v] [n]", "ls_events --very", "--very");
	refused("[-v] [n]", "ls_events --=3", "--=3");
	refused("[-v] [n]", "ls_events --verbose=2", "takes no value, not '2'");
	refused("[-g sg] zone", "x -g", "-g needs a value");
	refused("[-g sg] zone", "x y --sg", "--sg needs a value");
	refused("[-g sg] [-t] zone", "x --s=1 y", "ambiguous");
	refused("[-v] [n]", "ls_events -\xc3\xa9", "unknown option");
}

static void
arguments_are_counted(void **state)
{
	(void)state;
	refused("", "ls_sg now", "'now'");
	refused("[-v] [n]", "ls_events 1 2", "'2'");
	refused("file zone", "load_zone_zi", "file is missing");
	refused("file zone", "load_zone_zi a", "zone is missing");
	refused("[sg] key value", "set_config a", "value is missing");
}

/* --- parameters --- */

/* The method's parameters of a whole command, as compact JSON; else the error's message. */
static char *
params(const char *text)
{
	struct command_line line;
	struct syntax syntax;
	const struct command *command;
	dms_error *error;
	char *shown;

	assert_null(split_words(mem, text, &line));
	command = command_find(line.words[0]);
	assert_non_null(command);
	syntax_read(command->synopsis, &syntax);
	error = take_options(&line, &syntax);
	if (error == NULL)
		error = params_from_words(&line, &syntax, command);
	if (error == NULL) {
		char *json = json_dumps(line.params, JSON_COMPACT | JSON_SORT_KEYS);

		shown = talloc_strdup(mem, json);
		free(json);
	} else {
		assert_int_equal(error->id, DMS_E_USAGE);
		shown = talloc_strdup(mem, error->message);
	}
	dms_error_free(error);
	json_decref(line.params);
	return shown;
}

static void
words_become_parameters(void **state)
{
	(void)state;
	assert_string_equal(params("set_config soa_mname ns1.x."),
			    "{\"config_key\":\"soa_mname\",\"value\":\"ns1.x.\"}");
	assert_string_equal(
	    params("set_config public soa_mname ns1.x."),
	    "{\"config_key\":\"soa_mname\",\"sg_name\":\"public\",\"value\":\"ns1.x.\"}");
	assert_string_equal(
	    params("set_config -g b a soa_mname ns1.x."),
	    "{\"config_key\":\"soa_mname\",\"sg_name\":\"b\",\"value\":\"ns1.x.\"}");
	assert_string_equal(params("create_server -p 53 s 192.0.2.1 bind9 none"),
			    "{\"address\":\"192.0.2.1\",\"port\":53,\"server_name\":\"s\","
			    "\"server_type\":\"bind9\"}");
	assert_string_equal(params("create_sg -p dr default 192.0.2.1 192.0.2.2"),
			    "{\"address\":\"192.0.2.1\",\"alt_address\":\"192.0.2.2\","
			    "\"replica_sg\":true,\"sg_name\":\"dr\"}");
	assert_string_equal(params("ls -t *.org *.net"),
			    "{\"include_disabled\":false,\"names\":[\"*.org\",\"*.net\"]}");
	assert_string_equal(params("ls_server -t"), "{\"show_active\":true}");
	assert_string_equal(params("ls_deleted"), "{\"toggle_deleted\":true}");
	assert_string_equal(params("show_server s"), "{\"names\":[\"s\"]}");
	assert_string_equal(params("set_apex_ns a. b. c."),
			    "{\"ns_servers\":[\"a.\",\"b.\",\"c.\"]}");
	assert_string_equal(params("wait_zone_sync -t 2.5 z 7"),
			    "{\"change_id\":7,\"name\":\"z\",\"timeout_ms\":2500}");
	assert_string_equal(params("ls_failed_events 3"), "{\"last_limit\":3,\"only\":\"failed\"}");
	assert_string_equal(params("create_zone -i z no_inc_updates nsec3"),
			    "{\"inc_updates\":true,\"name\":\"z\",\"nsec3\":true}");
}

static void
wrong_values_are_named(void **state)
{
	static const struct {
		const char *text, *value;
	} wrong[] = {
	    {"delete_zi z 12x", "'12x'"},
	    {"delete_zi z ''", "''"},
	    {"delete_zi z 0", "'0'"},
	    {"delete_zi z -- -1", "'-1'"},
	    {"delete_zi z ' 1'", "' 1'"},
	    {"delete_zi z 9223372036854775808", "'9223372036854775808'"},
	    {"create_server -p 65536 s a", "'65536'"},
	    {"create_server -p domain s a", "'domain'"},
	    {"ls_events 10001", "'10001'"},
	    {"wait_zone_sync -t 301 z", "'301'"},
	    {"wait_zone_sync -t 1.2.3 z", "'1.2.3'"},
	    {"wait_zone_sync -t inf z", "'inf'"},
	    {"wait_zone_sync -t . z", "'.'"},
	    {"wait_zone_sync z new", "'new'"},
	    {"create_zone z nsec4", "'nsec4'"},
	    {"create_zone '\xff'", "UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (strstr(params(wrong[i].text), wrong[i].value) == NULL)
			fail_msg("%s: %s", wrong[i].text, params(wrong[i].text));
}

static void
the_last_zone_option_wins(void **state)
{
	(void)state;
	assert_string_equal(params("create_zone z nsec3 no_nsec3 edit_lock"),
			    "{\"edit_lock\":true,\"name\":\"z\",\"nsec3\":false}");
	assert_string_equal(params("create_zone z nsec3 def_nsec3"), "{\"name\":\"z\"}");
	assert_non_null(strstr(params("create_zone z no_"), "'no_'"));
}

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

/* --- the table of commands --- */

static void
the_table_is_sorted_and_complete(void **state)
{
	bool is_reached[RPC_METHOD_COUNT] = {false};

	(void)state;
	for (const struct command *c = commands; c->name != NULL; c++) {
		if (c[1].name != NULL && strcmp(c->name, c[1].name) >= 0)
			fail_msg("%s stands before %s", c->name, c[1].name);
		assert_non_null(command_find(c->name));
		if (c->alias_of != NULL) {
			assert_string_equal(command_find(c->name)->name, c->alias_of);
			assert_null(command_find(c->name)->alias_of);
			continue;
		}
		assert_ptr_equal(command_find(c->name), c);
		assert_non_null(c->synopsis);
		if (strlen(c->summary) > 57 || c->summary[strlen(c->summary) - 1] != '.')
			fail_msg("%s: '%s' does not fit `help`", c->name, c->summary);
		if (c->method != NO_METHOD)
			is_reached[c->method] = true;
		else
			assert_non_null(c->run);
	}
	for (int m = 0; m < RPC_METHOD_COUNT; m++)
		if (!is_reached[m])
			fail_msg("no command calls %s", rpc_methods[m].name);
	assert_null(command_find("no_such"));
	assert_null(command_find(""));
}

static void
check_param(const struct command *command, const char *argument)
{
	const char *param = param_of(argument, command->method);

	if (param == NULL)
		fail_msg("%s: %s becomes no parameter", command->name, argument);
	if (param[0] != '\0' && command->run == NULL && !has_param(command->method, param))
		fail_msg("%s: %s has no parameter %s", command->name,
			 rpc_methods[command->method].name, param);
}

/* Whatever a command takes, its method knows; what the method must have, the command gives. */
static void
every_argument_is_a_parameter(void **state)
{
	struct syntax s;

	(void)state;
	for (const struct command *c = commands; c->name != NULL; c++) {
		if (c->alias_of != NULL || c->method == NO_METHOD)
			continue;
		syntax_read(c->synopsis, &s);
		for (int i = 0; i < s.count; i++)
			check_param(c, s.arguments[i].name);
		for (int letter = 0; letter < 128; letter++) {
			char flag[3] = {'-', (char)letter, '\0'};

			if (s.options[letter].is_known && strchr("fvJ", letter) == NULL)
				check_param(c, s.options[letter].value[0] != '\0'
						   ? s.options[letter].value
						   : flag);
		}
		for (const struct rpc_param *p = rpc_methods[c->method].params;
		     p->name != NULL && c->run == NULL; p++) {
			bool is_given = !p->is_required || p->type == RPC_LOGIN;

			for (int i = 0; i < s.count; i++)
				is_given |=
				    !s.arguments[i].is_optional &&
				    strcmp(param_of(s.arguments[i].name, c->method), p->name) == 0;
			if (!is_given)
				fail_msg("%s does not give %s", c->name, p->name);
		}
	}
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
	    cmocka_unit_test(words_are_split_like_in_a_shell),
	    cmocka_unit_test(an_open_quote_is_a_wrong_use),
	    cmocka_unit_test(a_synopsis_is_understood),
	    cmocka_unit_test(options_stand_anywhere),
	    cmocka_unit_test(wrong_options_are_named),
	    cmocka_unit_test(arguments_are_counted),
	    cmocka_unit_test(words_become_parameters),
	    cmocka_unit_test(wrong_values_are_named),
	    cmocka_unit_test(the_last_zone_option_wins),
	    cmocka_unit_test(errors_wrap_at_70),
	    cmocka_unit_test(values_are_for_people),
	    cmocka_unit_test(listings_have_their_columns),
	    cmocka_unit_test(the_table_is_sorted_and_complete),
	    cmocka_unit_test(every_argument_is_a_parameter),
	    cmocka_unit_test(tab_completes),
	    cmocka_unit_test(the_audit_line_can_be_read_back),
	    cmocka_unit_test(zone_files_are_text),
	};

	return cmocka_run_group_tests_name("zone_tool", tests, set_up, tear_down);
}
