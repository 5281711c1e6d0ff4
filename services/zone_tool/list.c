/* ls and ls_deleted: zones page by page, so that 100,000 of them need no reply of 100,000 zones. */
#include "tool.h"

#define PAGE 1000

static void
print_zone(struct tool *tool, const struct command_line *line, const json_t *zone, bool is_deleted)
{
	const char *name = get_text(zone, "name", "");
	const char *reference = get_text(zone, "reference", NULL);
	bool is_verbose = line->values['v'] != NULL;

	if (!is_verbose && !is_deleted) {
		fprintf(tool->out, "%s\n", name);
		return;
	}
	fprintf(
	    tool->out, "%-32s %-12s", name,
	    show_value(line->mem, json_object_get(zone, is_deleted ? "zone_id" : "soa_serial")));
	if (is_verbose)
		fprintf(tool->out, " %-14s",
			get_text(zone, is_deleted ? "deleted_start" : "state", "None"));
	fprintf(tool->out, "%s%s\n", reference != NULL ? " " : "",
		reference != NULL ? reference : "");
}

/* One page; `*after` is its last name, NULL when nothing follows. */
static dms_error *
list_page(struct tool *tool, struct command_line *line, json_t *all, const char **after)
{
	bool is_deleted = json_is_true(json_object_get(line->params, "toggle_deleted"));
	json_t *params = json_copy(line->params);
	json_t *page, *zone;
	size_t i;

	json_object_set_new(params, "limit", json_integer(PAGE));
	if (*after != NULL)
		json_object_set_new(params, "after", json_string(*after));
	TRY(tool_call(tool, RPC_METHOD_list_zone, params, &page));
	json_array_foreach (page, i, zone) {
		if (tool->is_json)
			json_array_append(all, zone);
		else
			print_zone(tool, line, zone, is_deleted);
	}
	zone = json_array_get(page, PAGE - 1);
	*after = zone != NULL ? talloc_strdup(line->mem, get_text(zone, "name", "")) : NULL;
	json_decref(page);
	return NULL;
}

dms_error *
run_list_zone(struct tool *tool, struct command_line *line)
{
	json_t *all = json_array();
	const char *after = NULL;
	dms_error *error;

	do
		error = list_page(tool, line, all, &after);
	while (error == NULL && after != NULL);
	/* Without a pattern, nothing is not too little. */
	if (error != NULL && error->id == DMS_E_NO_ZONES_FOUND &&
	    json_object_get(line->params, "names") == NULL) {
		dms_error_free(error);
		error = NULL;
	}
	if (error == NULL && tool->is_json)
		print_json(tool->out, all);
	json_decref(all);
	return error;
}
