/* load_zones: many zone files, as one job (spec/zone-tool.md section 9.2). */
#include <libgen.h>
#include <string.h>

#include "dns/name.h"
#include "tool.h"

/* What goes into one call, well below what a message may hold. */
#define TEXT_A_CALL (512 * 1024)

struct load {
	struct tool *tool;
	struct command_line *line;
	json_t *zones; /* of the next call */
	size_t size;   /* of their texts */
	json_t *job;   /* NULL: none is there yet */
};

/* By the file's name. */
static dms_error *
name_of_file(TALLOC_CTX *mem, const char *path, char **name)
{
	dms_error *error = zone_name_normalise(mem, basename(talloc_strdup(mem, path)), name);

	if (error == NULL)
		return NULL;
	dms_error_free(error);
	return dms_error_new(DMS_E_USAGE, "%s: its name is not that of a zone", path);
}

/* All are looked at before anything is begun. */
static dms_error *
check_names(struct command_line *line)
{
	char *name;

	for (int i = 1; i < line->count; i++)
		TRY(name_of_file(line->mem, line->words[i], &name));
	return NULL;
}

static dms_error *
send_zones(struct load *load, bool is_more)
{
	json_t *params = json_copy(load->line->params), *job;

	json_object_set_new(params, "zones", load->zones);
	json_object_set_new(params, "more", json_boolean(is_more));
	if (load->job != NULL)
		json_object_set(params, "job_id", json_object_get(load->job, "job_id"));
	load->zones = json_object();
	load->size = 0;
	TRY(tool_call(load->tool, RPC_METHOD_load_zones, params, &job));
	json_decref(load->job);
	load->job = job;
	return NULL;
}

/* A file that cannot be read is told of, and the others go on. */
static dms_error *
add_file(struct load *load, const char *path)
{
	char *name, *text;
	dms_error *error = read_zone_file(load->line->mem, path, &text);

	if (error != NULL) {
		load->tool->status = dms_err_info(error->id)->exit_status;
		show_error(load->tool->out, error);
		dms_error_free(error);
		return NULL;
	}
	TRY(name_of_file(load->line->mem, path, &name));
	if (load->size > 0 && load->size + strlen(text) > TEXT_A_CALL)
		TRY(send_zones(load, true));
	json_object_set_new(load->zones, name, json_string(text));
	load->size += strlen(text);
	talloc_free(text);
	return NULL;
}

static dms_error *
add_files(struct load *load)
{
	for (int i = 1; i < load->line->count; i++)
		TRY(add_file(load, load->line->words[i]));
	return send_zones(load, false);
}

dms_error *
run_load_zones(struct tool *tool, struct command_line *line)
{
	struct load load = {.tool = tool, .line = line, .zones = json_object()};
	dms_error *error = check_names(line);

	if (error == NULL && !is_confirmed(tool, line, "***   Create all these zones?\n--y/[N]> "))
		goto out;
	if (error == NULL)
		error = add_files(&load);
	if (error == NULL)
		error = job_follow(tool, line, json_incref(load.job));
out:
	json_decref(load.zones);
	json_decref(load.job);
	return error;
}
