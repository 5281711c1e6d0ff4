/* One change: who made it, and how far it has come. */
#include <string.h>
#include <sysexits.h>

#include "tool.h"

static void
print_late_server(FILE *out, TALLOC_CTX *mem, const json_t *server)
{
	bool is_late = json_is_integer(json_object_get(server, "late_ms"));

	fprintf(out, "            %s: ", get_text(server, "server_name", ""));
	if (is_late)
		fprintf(out, "late by %s ms, ",
			show_value(mem, json_object_get(server, "late_ms")));
	fprintf(out, "%s\n", get_text(server, "reason", ""));
}

static void
print_late_servers(FILE *out, TALLOC_CTX *mem, const json_t *servers, const char *done)
{
	json_t *server;
	size_t i;

	json_array_foreach (servers, i, server)
		if (!json_is_true(json_object_get(server, done)))
			print_late_server(out, mem, server);
}

static void
print_zones(FILE *out, TALLOC_CTX *mem, const json_t *change)
{
	json_t *zone;
	size_t i;

	json_array_foreach (json_object_get(change, "zones"), i, zone) {
		bool is_published = json_is_true(json_object_get(zone, "is_published"));
		bool is_in_sync = json_is_true(json_object_get(zone, "is_in_sync"));

		fprintf(out, "        %s %s", get_text(zone, "name", ""),
			is_in_sync     ? "IN_SYNC"
			: is_published ? "PUBLISHED"
				       : "PENDING");
		if (json_is_integer(json_object_get(zone, "soa_serial")))
			fprintf(out, " serial %s",
				show_value(mem, json_object_get(zone, "soa_serial")));
		if (!is_published && json_is_string(json_object_get(zone, "last_error")))
			fprintf(out, ": %s", get_text(zone, "last_error", ""));
		fputc('\n', out);
		if (is_published)
			print_late_servers(out, mem, json_object_get(zone, "servers"),
					   "is_in_sync");
	}
}

static void
print_outcomes(FILE *out, const json_t *updates)
{
	json_t *update;
	size_t i;

	json_array_foreach (updates, i, update) {
		fprintf(out, "        update %s of %s %s", get_text(update, "update_type", "(PTR)"),
			get_text(update, "name", ""), get_text(update, "state", ""));
		if (json_is_string(json_object_get(update, "reason")))
			fprintf(out, ": %s", get_text(update, "reason", ""));
		fputc('\n', out);
	}
}

static void
print_progress(FILE *out, TALLOC_CTX *mem, const json_t *change)
{
	print_zones(out, mem, change);
	print_outcomes(out, json_object_get(change, "updates"));
	if (json_array_size(json_object_get(change, "configuration")) > 0)
		fputs("        configuration\n", out);
	print_late_servers(out, mem, json_object_get(change, "configuration"), "is_applied");
}

void
show_change(struct tool *tool, struct command_line *line, const json_t *change)
{
	const json_t *events = json_object_get(change, "events");

	print_object(tool->out, change, 16, "change_id", NULL);
	fputc('\n', tool->out);
	print_progress(tool->out, line->mem, change);
	if (json_array_size(events) > 0) {
		fputc('\n', tool->out);
		show_events(tool, line, events);
	}
}

/* What ends the waiting before its time is said by the state. */
static dms_error *
not_there_error(struct command_line *line, const json_t *reply)
{
	const char *state = get_text(reply, "state", "");
	const char *why = get_text(reply, "error", "see above");
	const char *id = show_value(line->mem, json_object_get(reply, "change_id"));

	if (strcmp(state, "FAILED") == 0)
		return dms_error_new(DMS_E_ZONE_SM_FAILURE, "change %s has failed: %s", id, why);
	return dms_error_new(DMS_E_TIMEOUT, "change %s is %s after %s ms: %s", id, state,
			     show_value(line->mem, json_object_get(reply, "waited_ms")), why);
}

static bool
has_arrived(const json_t *params, const json_t *reply)
{
	const char *until = get_text(params, "until", "IN_SYNC");
	const char *state = get_text(reply, "state", "");

	return strcmp(state, until) == 0 || strcmp(state, "IN_SYNC") == 0;
}

dms_error *
run_wait_change(struct tool *tool, struct command_line *line)
{
	dms_error *error = NULL;
	json_t *reply;

	TRY(tool_call(tool, RPC_METHOD_wait_change, json_incref(line->params), &reply));
	bool is_there = has_arrived(line->params, reply);
	if (tool->is_json) {
		print_json(tool->out, reply);
		tool->status = is_there ? EX_OK : EX_TEMPFAIL;
	} else {
		print_progress(tool->out, line->mem, reply);
		error = is_there ? NULL : not_there_error(line, reply);
	}
	json_decref(reply);
	return error;
}
