#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/secret.h"
#include "tool.h"

#define EDITED_MAX (256U << 20)

static const char *
editor_name(void)
{
	const char *name = getenv("VISUAL");

	if (name == NULL || name[0] == '\0')
		name = getenv("EDITOR");
	return name != NULL && name[0] != '\0' ? name : "/usr/bin/editor";
}

/* Runs the editor on the file; the shell splits the editor's own arguments, the path stays one
 * word. */
static dms_error *
run_editor(const char *path)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		setenv("DMS_EDITED_FILE", path, 1);
		char *command = NULL;
		if (asprintf(&command, "%s \"$DMS_EDITED_FILE\"", editor_name()) > 0)
			execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (pid < 0)
		return dms_error_new(DMS_E_SYSTEM, "the editor cannot be started: %s",
				     strerror(errno));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return dms_error_new(DMS_E_SYSTEM, "waiting for the editor: %s",
					     strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return dms_error_new(DMS_E_SYSTEM, "the editor '%s' failed; nothing was changed",
				     editor_name());
	return NULL;
}

/* The zone's text and the instance it is of. */
static dms_error *
fetch(struct tool *tool, struct command_line *line, char **text, int64_t *zi_id)
{
	json_t *zone, *result;

	TRY(tool_call(tool, RPC_METHOD_show_zone, json_pack("{s:s}", "name", line->words[1]), 0,
		      &zone));
	*zi_id = json_integer_value(json_object_get(zone, "zi_candidate_id"));
	json_decref(zone);
	TRY(tool_call(tool, RPC_METHOD_show_zone_text,
		      json_pack("{s:s, s:I}", "name", line->words[1], "zi_id", (json_int_t)*zi_id),
		      0, &result));
	*text = talloc_strdup(line->mem, get_text(result, "zi_text", ""));
	json_decref(result);
	return NULL;
}

/* Editing goes on until the text is accepted or given up; a refusal shows where, and loses nothing.
 */
static dms_error *
edit_until_saved(struct tool *tool, struct command_line *line, const char *path, const char *text,
		 int64_t zi_id)
{
	for (;;) {
		dms_error *error;
		char *edited;
		size_t size;

		TRY(run_editor(path));
		TRY(file_read(line->mem, path, EDITED_MAX, &edited, &size));
		if (strcmp(edited, text) == 0) {
			fprintf(tool->out, "Nothing changed.\n");
			return NULL;
		}
		error = tool_do(tool, RPC_METHOD_update_zone,
				json_pack("{s:s, s:s, s:I}", "name", line->words[1], "zi_text",
					  edited, "if_zi_id", (json_int_t)zi_id));
		if (error == NULL || !isatty(STDIN_FILENO))
			return error;
		print_error(stdout, error);
		if (!confirm(tool, "Edit again?"))
			return error;
		dms_error_free(error);
	}
}

dms_error *
run_edit_zone(struct tool *tool, struct command_line *line)
{
	char path[] = "/tmp/zone_tool-XXXXXX";
	const char *values[128];
	dms_error *error;
	int64_t zi_id;
	char *text;
	int fd;

	TRY(take_options(line, "", values, 1, 1));
	TRY(fetch(tool, line, &text, &zi_id));
	fd = mkstemp(path); /* 0600 */
	if (fd < 0)
		return dms_error_new(DMS_E_SYSTEM, "no temporary file: %s", strerror(errno));
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		error = dms_error_new(DMS_E_FILE, "'%s': %s", path, strerror(errno));
	else
		error = edit_until_saved(tool, line, path, text, zi_id);
	close(fd);
	unlink(path);
	return error;
}
