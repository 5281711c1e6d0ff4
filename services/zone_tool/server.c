#include <stdlib.h>
#include <string.h>

#include "tool.h"

static void
put_option(json_t *params, const char *name, const char *value)
{
	if (value != NULL)
		json_object_set_new(params, name, json_string(value));
}

dms_error *
run_create_sg(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *params;

	TRY(take_options(line, "C:a:A:R", values, 1, 1));
	params =
	    json_pack("{s:s, s:b}", "sg_name", line->words[1], "replica_sg", values['R'] != NULL);
	put_option(params, "config_dir", values['C']);
	put_option(params, "address", values['a']);
	put_option(params, "alt_address", values['A']);
	return tool_do(tool, RPC_METHOD_create_sg, params);
}

dms_error *
run_list_sg(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *groups, *sg;
	size_t i;

	TRY(take_options(line, "", values, 0, 0));
	if (tool->is_json)
		return tool_do(tool, RPC_METHOD_list_sg, json_object());
	TRY(tool_call(tool, RPC_METHOD_list_sg, json_object(), 0, &groups));
	json_array_foreach (groups, i, sg)
		fprintf(tool->out, "        %-32s %-4s %s\n", get_text(sg, "sg_name", ""),
			show_value(line->mem, json_object_get(sg, "sg_id")),
			get_text(sg, "config_dir", "(standard templates)"));
	json_decref(groups);
	return NULL;
}

dms_error *
run_create_server(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *params;

	TRY(take_options(line, "g:t:p:", values, 2, 3));
	params = json_pack("{s:s, s:s}", "server_name", line->words[1], "address", line->words[2]);
	put_option(params, "sg_name", values['g']);
	put_option(params, "server_type", values['t']);
	if (values['p'] != NULL)
		json_object_set_new(params, "port", json_integer(strtoll(values['p'], NULL, 10)));
	put_option(params, "ssh_address", line->count > 3 ? line->words[3] : NULL);
	return tool_do(tool, RPC_METHOD_create_server, params);
}

/* Commands that only name one server. */
static dms_error *
for_server(struct tool *tool, struct command_line *line, int method)
{
	const char *values[128];

	TRY(take_options(line, "", values, 1, 1));
	return tool_do(tool, method, json_pack("{s:s}", "server_name", line->words[1]));
}

dms_error *
run_enable_server(struct tool *tool, struct command_line *line)
{
	return for_server(tool, line, RPC_METHOD_enable_server);
}

dms_error *
run_disable_server(struct tool *tool, struct command_line *line)
{
	return for_server(tool, line, RPC_METHOD_disable_server);
}

/* A long text under its label, wrapped. */
static void
print_long(FILE *out, const char *label, const char *text)
{
	int column = 10;

	if (text == NULL)
		return;
	fprintf(out, "        %s\n          ", label);
	while (*text != '\0') {
		size_t length = strcspn(text, " \n");

		if (column > 10 && column + (int)length > 70) {
			fputs("\n          ", out);
			column = 10;
		}
		fwrite(text, 1, length, out);
		column += (int)length + 1;
		text += length;
		text += strspn(text, " \n");
		if (*text != '\0')
			fputc(' ', out);
	}
	fputc('\n', out);
}

dms_error *
run_list_server(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *params, *servers, *server;
	size_t i;

	TRY(take_options(line, "vg:", values, 0, -1));
	params = json_object();
	put_option(params, "sg_name", values['g']);
	if (line->count > 1) {
		json_t *names = json_array();

		for (int w = 1; w < line->count; w++)
			json_array_append_new(names, json_string(line->words[w]));
		json_object_set_new(params, "names", names);
	}
	if (tool->is_json)
		return tool_do(tool, RPC_METHOD_list_server, params);
	TRY(tool_call(tool, RPC_METHOD_list_server, params, 0, &servers));
	json_array_foreach (servers, i, server) {
		if (values['v'] == NULL) {
			fprintf(tool->out, "%s\n", get_text(server, "server_name", ""));
			continue;
		}
		fprintf(tool->out, "%-28s %-39s %s\n", get_text(server, "server_name", ""),
			show_time(line->mem, get_text(server, "last_reply", NULL)),
			get_text(server, "state", ""));
		fprintf(tool->out, "        %-39s %s\n", get_text(server, "address", ""),
			get_text(server, "ssh_address", "None"));
		print_long(tool->out, "retry_msg:", get_text(server, "retry_msg", NULL));
	}
	json_decref(servers);
	return NULL;
}

dms_error *
run_show_server(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *servers;
	json_t *params;

	TRY(take_options(line, "", values, 1, 1));
	params = json_pack("{s:[s]}", "names", line->words[1]);
	if (tool->is_json)
		return tool_do(tool, RPC_METHOD_list_server, params);
	TRY(tool_call(tool, RPC_METHOD_list_server, params, 0, &servers));
	print_object(tool->out, json_array_get(servers, 0), 20, "server_name");
	json_decref(servers);
	return NULL;
}

dms_error *
run_show_master_status(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *status, *group;
	size_t i;

	TRY(take_options(line, "", values, 0, 0));
	if (tool->is_json)
		return tool_do(tool, RPC_METHOD_show_master_status, json_object());
	TRY(tool_call(tool, RPC_METHOD_show_master_status, json_object(), 0, &status));
	print_object(tool->out, status, 16, "master_server");
	fputs("\n        Groups:\n", tool->out);
	json_array_foreach (json_object_get(status, "groups"), i, group) {
		const char *key;
		json_t *value;

		fprintf(tool->out, "        %s\n", get_text(group, "sg_name", ""));
		json_object_foreach (group, key, value)
			if (strcmp(key, "sg_name") != 0)
				fprintf(tool->out, "                %s %s\n", key,
					show_value(line->mem, value));
	}
	json_decref(status);
	return NULL;
}

dms_error *
run_reconfig_sg(struct tool *tool, struct command_line *line)
{
	const char *values[128];

	TRY(take_options(line, "", values, 1, 1));
	return tool_do(tool, RPC_METHOD_reconfig_sg, json_pack("{s:s}", "sg_name", line->words[1]));
}

dms_error *
run_reconfig_all(struct tool *tool, struct command_line *line)
{
	const char *values[128];

	TRY(take_options(line, "", values, 0, 0));
	return tool_do(tool, RPC_METHOD_reconfig_all, json_object());
}
