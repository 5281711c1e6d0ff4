/* Central defaults and events: how people see them (spec/zone-tool.md sections 5.4 and 5.9). */
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
show_config(struct tool *tool, struct command_line *line, const json_t *items)
{
	char **lines = talloc_array(line->mem, char *, json_array_size(items) + 1);
	size_t i, count = 0;
	json_t *item;

	json_array_foreach (items, i, item) {
		const char *sg = get_text(item, "sg_name", NULL);
		char *key = talloc_asprintf(lines, "%s:", get_text(item, "key", ""));

		lines[count++] = talloc_asprintf(
		    lines, "        %-18s %s%s%s%s", key, get_text(item, "value", "None"),
		    sg != NULL ? " (" : "", sg != NULL ? sg : "", sg != NULL ? ")" : "");
	}
	qsort(lines, count, sizeof(lines[0]), by_text);
	for (i = 0; i < count; i++)
		fprintf(tool->out, "%s\n", lines[i]);
}

static const char *
event_zi(TALLOC_CTX *mem, const json_t *event)
{
	const json_t *zi = json_object_get(json_object_get(event, "parameters"), "zi_id");

	return json_is_integer(zi) ? show_value(mem, zi) : "";
}

/* Name of the zone or server, blank, instance. */
static const char *
event_name(TALLOC_CTX *mem, const json_t *event)
{
	const char *zi = event_zi(mem, event);

	return talloc_asprintf(mem, "%s%s%s", get_text(event, "name", ""), zi[0] != '\0' ? " " : "",
			       zi);
}

static void
print_event(FILE *out, TALLOC_CTX *mem, const json_t *event)
{
	const char *ended = get_text(event, "processed", NULL);

	fprintf(out, "%-19s  %-25s  %s\n", get_text(event, "event_type", ""),
		show_value(mem, json_object_get(event, "event_id")), get_text(event, "state", ""));
	fprintf(out, "  %-26s  %s  %s\n", event_name(mem, event),
		show_time(mem, get_text(event, "created", NULL)),
		show_time(mem, ended != NULL ? ended : get_text(event, "scheduled", NULL)));
}

static void
print_event_verbose(FILE *out, TALLOC_CTX *mem, const json_t *event)
{
	const char *ended = get_text(event, "processed", NULL);
	const char *trouble = get_text(event, "last_error", NULL);

	fprintf(out, "%-19s  %-25s  %s\n", get_text(event, "event_type", ""),
		show_value(mem, json_object_get(event, "event_id")), get_text(event, "state", ""));
	fprintf(out, "  %-27s  %s\n", get_text(event, "name", ""), event_zi(mem, event));
	fprintf(out, "  %s  %s  %s\n", show_time(mem, get_text(event, "created", NULL)),
		show_time(mem, get_text(event, "scheduled", NULL)),
		ended != NULL ? show_time(mem, ended) : "--");
	if (trouble != NULL)
		print_long(out, "last_error", trouble);
}

void
show_events(struct tool *tool, struct command_line *line, const json_t *events)
{
	json_t *event;
	size_t i;

	json_array_foreach (events, i, event) {
		if (line->values['v'] != NULL)
			print_event_verbose(tool->out, line->mem, event);
		else
			print_event(tool->out, line->mem, event);
	}
	if (i > 0)
		fputc('\n', tool->out);
}

/* Oldest first: in the order in which they will be done. */
void
show_pending_events(struct tool *tool, struct command_line *line, const json_t *events)
{
	size_t count = json_array_size(events);

	for (size_t i = count; i-- > 0;) {
		const json_t *event = json_array_get(events, i);

		if (line->values['v'] != NULL)
			print_event_verbose(tool->out, line->mem, event);
		else
			fprintf(tool->out, "%-25s %-27s  %s\n", get_text(event, "event_type", ""),
				event_name(line->mem, event),
				show_time(line->mem, get_text(event, "scheduled", NULL)));
	}
	if (count > 0)
		fputc('\n', tool->out);
}
