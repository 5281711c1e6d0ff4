/* update_rrs: an update file on its way (spec/zone-tool.md section 10). */
#include <string.h>
#include <strings.h>

#include "tool.h"

/* The name behind the first $ORIGIN, on line->mem; NULL: the text has none. */
static char *
origin_of(struct command_line *line, const char *text)
{
	static const char word[] = "$ORIGIN";

	for (const char *at = text; at != NULL && *at != '\0'; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncasecmp(at, word, sizeof word - 1) != 0)
			continue;
		const char *name = at + sizeof word - 1;
		size_t blank = strspn(name, " \t"), length = strcspn(name + blank, " \t\r\n;");
		if (blank > 0 && length > 0)
			return talloc_strndup(line->mem, name + blank, length);
	}
	return NULL;
}

dms_error *
run_update_rrs(struct tool *tool, struct command_line *line)
{
	const char *text = json_string_value(json_object_get(line->params, "update_text"));
	const char *name;

	if (json_object_get(line->params, "name") == NULL) {
		name = origin_of(line, text);
		if (name == NULL)
			return dms_error_new(DMS_E_USAGE,
					     "%s: which zone? The file has no $ORIGIN, and no "
					     "domain was given",
					     line->words[0]);
		json_object_set_new(line->params, "name", json_string(name));
	}
	return call_and_show(tool, line, RPC_METHOD_update_rrs, show_warnings);
}

static void
print_operations(FILE *out, const json_t *operations)
{
	json_t *op;
	size_t i;

	json_array_foreach (operations, i, op) {
		fprintf(out, "                %s %s %s", get_text(op, "update_op", ""),
			get_text(op, "label", ""), get_text(op, "type", ""));
		if (json_is_string(json_object_get(op, "outcome")))
			fprintf(out, ": %s", get_text(op, "outcome", ""));
		fputc('\n', out);
	}
}

void
print_updates(FILE *out, TALLOC_CTX *mem, const json_t *updates, bool with_operations)
{
	json_t *update;
	size_t i;

	json_array_foreach (updates, i, update) {
		fprintf(out, "        %-10s %-24s %-8s %s by %s",
			show_value(mem, json_object_get(update, "update_id")),
			get_text(update, "update_type", "(PTR)"), get_text(update, "state", ""),
			show_time(mem, get_text(update, "ctime", NULL)),
			get_text(update, "change_by", ""));
		if (json_is_string(json_object_get(update, "reason")))
			fprintf(out, ": %s", get_text(update, "reason", ""));
		fputc('\n', out);
		if (with_operations)
			print_operations(out, json_object_get(update, "operations"));
	}
}

void
show_updates(struct tool *tool, struct command_line *line, const json_t *updates)
{
	print_updates(tool->out, line->mem, updates, line->values['v'] != NULL);
}
