/* rooms: dms_bus dms_rpc dms_dns dms_base PkgConfig::libedit */
/* What a person types to zone_tool: words, options and parameters; and the table of commands
 * against the table of methods. */
#include "zone_tool_parts.h"

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
	    cmocka_unit_test(the_table_is_sorted_and_complete),
	    cmocka_unit_test(every_argument_is_a_parameter),
	};

	return cmocka_run_group_tests_name("zone_tool", tests, set_up, tear_down);
}
