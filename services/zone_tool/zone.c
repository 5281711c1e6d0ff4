/* One zone: its text, its state, who serves it. */
#include <sysexits.h>

#include "tool.h"

void
show_zone_text(struct tool *tool, struct command_line *line, const json_t *reply)
{
	(void)line;
	fputs(get_text(reply, "zi_text", ""), tool->out);
}

/* What the checks doubt about a content that was taken (docs/checks.md). */
void
show_warnings(struct tool *tool, struct command_line *line, const json_t *reply)
{
	const json_t *finding;
	size_t i;

	(void)line;
	json_array_foreach (json_object_get(reply, "findings"), i, finding) {
		json_int_t at = json_integer_value(json_object_get(finding, "line"));
		char first[64] = "Warning: ";

		if (at > 0)
			snprintf(first, sizeof(first), "Warning: line %lld: ", (long long)at);
		print_wrapped(tool->out, first, 6, get_text(finding, "message", ""));
	}
}

/* What there is to know of a change that is not complete yet. */
void
show_message(struct tool *tool, struct command_line *line, const json_t *reply)
{
	const char *message = get_text(reply, "message", NULL);

	(void)line;
	if (message != NULL)
		print_wrapped(tool->out, "", 6, message);
}

/* People get zone text, programs the structure. */
dms_error *
run_show_zone(struct tool *tool, struct command_line *line)
{
	return call_and_show(tool, line,
			     tool->is_json ? RPC_METHOD_show_zone : RPC_METHOD_show_zone_text,
			     show_zone_text);
}

static void
print_sync(FILE *out, TALLOC_CTX *mem, const json_t *server)
{
	bool is_in_sync = json_is_true(json_object_get(server, "is_in_sync"));

	fprintf(out, "%-28s %-12s %s", get_text(server, "server_name", ""),
		show_value(mem, json_object_get(server, "served_serial")),
		is_in_sync ? "in sync" : "behind");
	if (json_is_integer(json_object_get(server, "lag_ms")))
		fprintf(out, " after %s ms", show_value(mem, json_object_get(server, "lag_ms")));
	if (json_is_string(json_object_get(server, "reason")))
		fprintf(out, ": %s", get_text(server, "reason", ""));
	fputc('\n', out);
}

/* What the zone's machine has still to do. */
static void
print_waiting(FILE *out, TALLOC_CTX *mem, const json_t *events)
{
	json_t *event;
	size_t i;

	if (json_array_size(events) > 0)
		fputs("\n        Waiting events:\n", out);
	json_array_foreach (events, i, event) {
		fprintf(out, "        %-10s %-24s %-8s %s",
			show_value(mem, json_object_get(event, "event_id")),
			get_text(event, "event_type", ""), get_text(event, "state", ""),
			show_time(mem, get_text(event, "scheduled", NULL)));
		if (json_is_string(json_object_get(event, "last_error")))
			fprintf(out, ", %s failed: %s",
				show_value(mem, json_object_get(event, "attempts")),
				get_text(event, "last_error", ""));
		fputc('\n', out);
	}
}

/* Zone record, published instance's record (spec/zone-tool.md section 5.2), what waits, and who
 * serves it. */
void
show_zonesm(struct tool *tool, struct command_line *line, const json_t *zone)
{
	const json_t *zi = json_object_get(zone, "zi");
	const json_t *servers = json_object_get(zone, "sync");
	json_t *server;
	size_t i;

	print_object(tool->out, zone, 16, "name", NULL);
	if (json_is_object(zi)) {
		fputc('\n', tool->out);
		print_object(tool->out, zi, 16, "zi_id", NULL);
	}
	print_waiting(tool->out, line->mem, json_object_get(zone, "waiting_events"));
	if (json_array_size(json_object_get(zone, "waiting_updates")) > 0)
		fputs("\n        Waiting updates:\n", tool->out);
	print_updates(tool->out, line->mem, json_object_get(zone, "waiting_updates"), false);
	if (json_array_size(servers) > 0)
		fputs("\n        Servers:\n", tool->out);
	json_array_foreach (servers, i, server) {
		fputs("        ", tool->out);
		print_sync(tool->out, line->mem, server);
	}
}

static void
show_sync(struct tool *tool, struct command_line *line, const json_t *reply)
{
	json_t *server;
	size_t i;

	json_array_foreach (json_object_get(reply, "servers"), i, server)
		print_sync(tool->out, line->mem, server);
}

/* Servers may well have the former content: then the newest has not been published. */
static dms_error *
late_error(struct command_line *line, const json_t *reply)
{
	const char *why = get_text(reply, "last_error", "its newest content is not published yet");
	json_t *server;
	size_t i;

	json_array_foreach (json_object_get(reply, "servers"), i, server)
		if (!json_is_true(json_object_get(server, "is_in_sync")))
			why = "see above";
	return dms_error_new(DMS_E_TIMEOUT, "zone %s is not in sync after %s ms: %s",
			     get_text(reply, "name", ""),
			     show_value(line->mem, json_object_get(reply, "waited_ms")), why);
}

dms_error *
run_wait_zone_sync(struct tool *tool, struct command_line *line)
{
	json_t *reply;
	bool is_in_sync;
	dms_error *error = NULL;

	TRY(tool_call(tool, RPC_METHOD_wait_zone_sync, json_incref(line->params), &reply));
	is_in_sync = json_is_true(json_object_get(reply, "is_in_sync"));
	if (tool->is_json) {
		print_json(tool->out, reply); /* says it all; the status says it again */
		tool->status = is_in_sync ? EX_OK : EX_TEMPFAIL;
	} else {
		show_sync(tool, line, reply);
		error = is_in_sync ? NULL : late_error(line, reply);
	}
	json_decref(reply);
	return error;
}
