#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "proto/event.pb-c.h"
#include "tool.h"

dms_error *
run_show_config(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *items, *item;
	size_t i;

	TRY(take_options(line, "", values, 0, 0));
	if (tool->is_json)
		return tool_do(tool, RPC_METHOD_show_config, json_object());
	TRY(tool_call(tool, RPC_METHOD_show_config, json_object(), 0, &items));
	json_array_foreach (items, i, item) {
		const char *sg = get_text(item, "sg_name", NULL);
		const char *value = get_text(item, "value", "");

		print_field(tool->out, 18, get_text(item, "key", ""),
			    sg != NULL ? talloc_asprintf(line->mem, "%s (%s)", value, sg) : value);
	}
	json_decref(items);
	return NULL;
}

dms_error *
run_set_config(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *params;

	TRY(take_options(line, "g:", values, 2, 2));
	params = json_pack("{s:s, s:s}", "config_key", line->words[1], "value", line->words[2]);
	if (values['g'] != NULL)
		json_object_set_new(params, "sg_name", json_string(values['g']));
	return tool_do(tool, RPC_METHOD_set_config, params);
}

dms_error *
run_set_apex_ns(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	json_t *params, *names;

	TRY(take_options(line, "g:", values, 1, -1));
	names = json_array();
	for (int i = 1; i < line->count; i++)
		json_array_append_new(names, json_string(line->words[i]));
	params = json_pack("{s:o}", "ns_servers", names);
	if (values['g'] != NULL)
		json_object_set_new(params, "sg_name", json_string(values['g']));
	return tool_do(tool, RPC_METHOD_set_apex_ns, params);
}

/* Two lines an event, as spec/zone-tool.md section 5.9; -v adds what went wrong. */
static void
print_event(struct tool *tool, TALLOC_CTX *mem, const json_t *event, bool is_verbose)
{
	const char *state = get_text(event, "state", "");
	const char *ended = get_text(event, "processed", NULL);
	const char *error = get_text(event, "last_error", NULL);

	fprintf(tool->out, "%-25s  %-19s  %s\n", get_text(event, "event_type", ""),
		show_value(mem, json_object_get(event, "event_id")), state);
	fprintf(tool->out, "  %-26s  %s  %s\n", get_text(event, "name", ""),
		show_time(mem, get_text(event, "created", NULL)),
		show_time(mem, ended != NULL ? ended : get_text(event, "scheduled", NULL)));
	if (is_verbose && error != NULL)
		fprintf(tool->out, "  %s\n", error);
}

static dms_error *
list_events(struct tool *tool, struct command_line *line, const char *only)
{
	const char *values[128];
	json_t *params, *events, *event;
	size_t i;

	TRY(take_options(line, "v", values, 0, 1));
	params = json_pack("{s:s}", "only", only);
	if (line->count > 1)
		json_object_set_new(params, "last_limit",
				    json_integer(strtoll(line->words[1], NULL, 10)));
	if (tool->is_json)
		return tool_do(tool, RPC_METHOD_list_events, params);
	TRY(tool_call(tool, RPC_METHOD_list_events, params, 0, &events));
	json_array_foreach (events, i, event)
		print_event(tool, line->mem, event, values['v'] != NULL);
	json_decref(events);
	return NULL;
}

dms_error *
run_list_events(struct tool *tool, struct command_line *line)
{
	return list_events(tool, line, "all");
}

dms_error *
run_list_pending_events(struct tool *tool, struct command_line *line)
{
	return list_events(tool, line, "pending");
}

dms_error *
run_list_failed_events(struct tool *tool, struct command_line *line)
{
	return list_events(tool, line, "failed");
}

dms_error *
run_decode_event(struct tool *tool, struct command_line *line)
{
	const char *values[128];
	Dms__Event *event;
	json_t *shown;
	char *bytes;
	size_t size;

	TRY(take_options(line, "", values, 0, 1));
	TRY(file_read(line->mem, line->count > 1 ? line->words[1] : "/dev/stdin", 1U << 20, &bytes,
		      &size));
	event = dms__event__unpack(NULL, size, (uint8_t *)bytes);
	if (event == NULL)
		return dms_error_new(DMS_E_FORMAT, "these %zu bytes are not an Event message",
				     size);
	shown = json_pack("{s:I, s:s, s:I, s:s, s:s, s:I, s:I, s:o, s:i}", "id",
			  (json_int_t)event->id, "machine", event->machine, "sm_id",
			  (json_int_t)event->sm_id, "sm_name", event->sm_name, "type", event->type,
			  "change_id", (json_int_t)event->change_id, "cause_id",
			  (json_int_t)event->cause_id, "parameters",
			  json_loads(event->parameters, 0, NULL), "relays", (int)event->relays);
	dms__event__free_unpacked(event, NULL);
	if (shown == NULL)
		return dms_error_new(DMS_E_FORMAT, "the event's texts or parameters are not valid");
	json_dumpf(shown, tool->out, JSON_INDENT(2));
	fputc('\n', tool->out);
	json_decref(shown);
	return NULL;
}
