#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"
#include "tool.h"

#define ZONE_FILE_MAX (256U << 20)

/* What create_zone and load_zone share. */
static dms_error *
creation_params(struct command_line *line, const char *values[128], int first_option,
		json_t *params)
{
	if (values['g'] != NULL)
		json_object_set_new(params, "sg_name", json_string(values['g']));
	if (values['r'] != NULL)
		json_object_set_new(params, "reference", json_string(values['r']));
	if (values['i'] != NULL)
		json_object_set_new(params, "inc_updates", json_true());
	for (int i = first_option; i < line->count; i++)
		TRY(take_zone_option(params, line->words[i]));
	return NULL;
}

dms_error *
run_create_zone(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *params;
	dms_error *error;

	TRY(take_options(line, "g:ir:", values, 1, 6));
	params = json_pack("{s:s}", "name", line->words[1]);
	error = creation_params(line, values, 2, params);
	if (error != NULL) {
		json_decref(params);
		return error;
	}
	return tool_do(tool, RPC_METHOD_create_zone, params);
}

/* A zone file as text: the first 256 bytes must look like it (spec/zone-tool.md section 6.2). */
static dms_error *
read_zone_file(TALLOC_CTX *mem, const char *path, char **text)
{
	size_t size;

	TRY(file_read(mem, path, ZONE_FILE_MAX, text, &size));
	for (size_t i = 0; i < size && i < 256; i++)
		if ((unsigned char)(*text)[i] < ' ' && strchr("\t\n\r\f", (*text)[i]) == NULL)
			return dms_error_put_str(dms_error_new(DMS_E_BINARY_FILE,
							       "'%s' is not a text file (byte %zu)",
							       path, i + 1),
						 "file_name", path);
	if (strlen(*text) != size)
		return dms_error_put_str(dms_error_new(DMS_E_BINARY_FILE,
						       "'%s' holds a NUL at byte %zu", path,
						       strlen(*text) + 1),
					 "file_name", path);
	return NULL;
}

dms_error *
run_load_zone(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *params;
	dms_error *error;
	char *text;

	TRY(take_options(line, "g:ir:", values, 2, 7));
	TRY(read_zone_file(line->mem, line->words[1], &text));
	params = json_pack("{s:s, s:s}", "name", line->words[2], "zi_text", text);
	if (params == NULL)
		return dms_error_new(DMS_E_BINARY_FILE, "'%s' is not UTF-8 text", line->words[1]);
	error = creation_params(line, values, 3, params);
	if (error != NULL) {
		json_decref(params);
		return error;
	}
	return tool_do(tool, RPC_METHOD_create_zone, params);
}

dms_error *
run_load_zone_zi(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *params;
	char *text;

	TRY(take_options(line, "", values, 2, 2));
	TRY(read_zone_file(line->mem, line->words[1], &text));
	params = json_pack("{s:s, s:s}", "name", line->words[2], "zi_text", text);
	if (params == NULL)
		return dms_error_new(DMS_E_BINARY_FILE, "'%s' is not UTF-8 text", line->words[1]);
	return tool_do(tool, RPC_METHOD_update_zone, params);
}

dms_error *
run_delete_zone(struct tool *tool, struct command_line *line)
{
	const char *values[128];

	TRY(take_options(line, "", values, 1, 1));
	return tool_do(tool, RPC_METHOD_delete_zone, json_pack("{s:s}", "name", line->words[1]));
}

dms_error *
run_show_zone(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *params, *result;

	TRY(take_options(line, "", values, 1, 2));
	params = json_pack("{s:s}", "name", line->words[1]);
	if (line->count > 2)
		json_object_set_new(params, "zi_id",
				    json_integer(strtoll(line->words[2], NULL, 10)));
	if (tool->is_json)
		return tool_do(tool, RPC_METHOD_show_zone, params);
	TRY(tool_call(tool, RPC_METHOD_show_zone_text, params, 0, &result));
	fputs(get_text(result, "zi_text", ""), tool->out);
	json_decref(result);
	return NULL;
}

/* Zone record, published instance's record, and who serves it. */
dms_error *
run_show_zonesm(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *params, *zone, *zi, *server;
	size_t i;

	TRY(take_options(line, "", values, 1, 1));
	params = json_pack("{s:s}", "name", line->words[1]);
	if (tool->is_json)
		return tool_do(tool, RPC_METHOD_show_zone, params);
	TRY(tool_call(tool, RPC_METHOD_show_zone, params, 0, &zone));
	print_object(tool->out, zone, 16, "name");
	zi = json_object_get(zone, "zi");
	if (json_is_object(zi)) {
		fputc('\n', tool->out);
		print_object(tool->out, zi, 16, "zi_id");
	}
	if (json_array_size(json_object_get(zone, "sync")) > 0)
		fputs("\n        Servers:\n", tool->out);
	json_array_foreach (json_object_get(zone, "sync"), i, server)
		fprintf(tool->out, "        %-28s %-12s %-10s %s ms\n",
			get_text(server, "server_name", ""),
			show_value(line->mem, json_object_get(server, "served_serial")),
			json_is_true(json_object_get(server, "is_in_sync")) ? "in sync" : "behind",
			show_value(line->mem, json_object_get(server, "lag_ms")));
	json_decref(zone);
	return NULL;
}

static void
print_zone(struct tool *tool, TALLOC_CTX *mem, const json_t *zone, bool is_verbose, bool is_deleted)
{
	const char *name = get_text(zone, "name", "");
	const char *reference = get_text(zone, "reference", NULL);

	if (!is_verbose && !is_deleted) {
		fprintf(tool->out, "%s\n", name);
		return;
	}
	fprintf(tool->out, "%-32s %-12s ", name,
		show_value(mem, json_object_get(zone, is_deleted ? "zone_id" : "soa_serial")));
	if (is_verbose)
		fprintf(tool->out, "%-14s",
			get_text(zone, is_deleted ? "deleted_start" : "state", "None"));
	fprintf(tool->out, "%s%s\n", reference != NULL ? " " : "",
		reference != NULL ? reference : "");
}

/* Page after page, so that a listing of 100,000 zones needs no reply of 100,000 zones. */
dms_error *
run_list_zone(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *names = json_array();
	json_t *all = json_array();
	char *after = NULL;
	size_t count;
	dms_error *error = take_options(line, "tvdr:g:", values, 0, -1);

	for (int i = 1; error == NULL && i < line->count; i++)
		json_array_append_new(names, json_string(line->words[i]));
	do {
		json_t *params, *page, *zone;
		size_t i;

		if (error != NULL)
			break;
		params = json_pack("{s:b, s:b, s:i}", "toggle_deleted", values['d'] != NULL,
				   "include_disabled", values['t'] == NULL, "limit", 1000);
		if (json_array_size(names) > 0)
			json_object_set(params, "names", names);
		if (values['r'] != NULL)
			json_object_set_new(params, "reference", json_string(values['r']));
		if (values['g'] != NULL)
			json_object_set_new(params, "sg_name", json_string(values['g']));
		if (after != NULL)
			json_object_set_new(params, "after", json_string(after));
		count = 0;
		error = tool_call(tool, RPC_METHOD_list_zone, params, 0, &page);
		if (error != NULL)
			break;
		count = json_array_size(page);
		json_array_foreach (page, i, zone) {
			if (tool->is_json)
				json_array_append(all, zone);
			else
				print_zone(tool, line->mem, zone, values['v'] != NULL,
					   values['d'] != NULL);
			after = talloc_strdup(line->mem, get_text(zone, "name", ""));
		}
		json_decref(page);
	} while (count == 1000);
	/* The end of the pages is not "nothing found". */
	if (error != NULL && after != NULL && error->id == DMS_E_NO_ZONES_FOUND) {
		dms_error_free(error);
		error = NULL;
	}
	if (error == NULL && tool->is_json) {
		json_dumpf(all, tool->out, JSON_INDENT(2));
		fputc('\n', tool->out);
	}
	json_decref(names);
	json_decref(all);
	return error;
}

dms_error *
run_wait_zone_sync(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *params, *result, *server;
	int64_t timeout_ms = 30000;
	bool is_in_sync;
	size_t i;

	TRY(take_options(line, "t:", values, 1, 2));
	if (values['t'] != NULL)
		timeout_ms = (int64_t)(strtod(values['t'], NULL) * 1000);
	params =
	    json_pack("{s:s, s:I}", "name", line->words[1], "timeout_ms", (json_int_t)timeout_ms);
	if (line->count > 2)
		json_object_set_new(params, "change_id",
				    json_integer(strtoll(line->words[2], NULL, 10)));
	TRY(tool_call(tool, RPC_METHOD_wait_zone_sync, params, timeout_ms, &result));
	is_in_sync = json_is_true(json_object_get(result, "is_in_sync"));
	if (tool->is_json) {
		json_dumpf(result, tool->out, JSON_INDENT(2));
		fputc('\n', tool->out);
	} else {
		json_array_foreach (json_object_get(result, "servers"), i, server)
			fprintf(tool->out, "%-28s %-12s %-8s %s\n",
				get_text(server, "server_name", ""),
				show_value(line->mem, json_object_get(server, "served_serial")),
				json_is_true(json_object_get(server, "is_in_sync")) ? "in sync"
										    : "behind",
				get_text(server, "reason", ""));
	}
	json_decref(result);
	if (!is_in_sync)
		return dms_error_new(DMS_E_TIMEOUT, "zone '%s' is not in sync after %lld ms",
				     line->words[1], (long long)timeout_ms);
	return NULL;
}
