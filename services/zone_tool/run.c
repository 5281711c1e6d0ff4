/* One command from words to status: options, parameters, the call, what people see, the audit log.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>

#include "tool.h"

dms_error *
call_and_show(struct tool *tool, struct command_line *line, int method, show_fn *show)
{
	json_t *reply;

	TRY(tool_call(tool, method, json_incref(line->params), &reply));
	if (tool->is_json)
		print_json(tool->out, reply);
	else if (show != NULL)
		show(tool, line, reply);
	json_decref(reply);
	return NULL;
}

/* "?" and "?cmd" are help. */
static void
read_question(struct command_line *line)
{
	char *word = line->words[0];
	char **words = talloc_array(line->mem, char *, (size_t)line->count + 1);
	int count = 0;

	words[count++] = talloc_strdup(words, "help");
	if (word[1] != '\0')
		words[count++] = word + 1;
	for (int i = 1; i < line->count; i++)
		words[count++] = line->words[i];
	line->words = words;
	line->count = count;
}

static dms_error *
run(struct tool *tool, struct command_line *line, const struct command *command)
{
	struct syntax syntax;

	if (command == NULL)
		return dms_error_new(DMS_E_USAGE, "unknown command '%s' (help lists all)",
				     line->words[0]);
	syntax_read(command->synopsis, &syntax);
	TRY(take_options(line, &syntax));
	tool->is_json |= line->is_json;
	tool->is_forced |= line->is_forced;
	if (command->method != NO_METHOD)
		TRY(params_from_words(line, &syntax, command));
	if (command->question != NULL && !is_confirmed(tool, line, command->question))
		return NULL;
	if (command->run != NULL)
		return command->run(tool, line);
	return call_and_show(tool, line, command->method, command->show);
}

/* The error where the output would have been, and the status it means. */
static void
report(struct tool *tool, const struct command *command, const dms_error *error)
{
	tool->status = dms_err_info(error->id)->exit_status;
	if (tool->is_json) {
		json_t *object = dms_error_to_json(error);

		print_json(tool->out, object);
		json_decref(object);
		return;
	}
	print_failure(tool->out, error);
	if (error->id == DMS_E_USAGE && command != NULL)
		print_usage_line(tool->out, command);
}

/* A word, in single quotes if it would not come through as it is. */
static char *
quoted(TALLOC_CTX *mem, const char *word)
{
	char *text = talloc_strdup(mem, "");

	if (word[0] != '\0' && strpbrk(word, " \t\r\n'\"\\") == NULL)
		return talloc_strdup(mem, word);
	for (const char *at = word; *at != '\0'; at++)
		text = *at == '\'' ? talloc_strdup_append_buffer(text, "'\\''")
				   : talloc_asprintf_append_buffer(text, "%c", *at);
	return talloc_asprintf(mem, "'%s'", text);
}

char *
audit_text(TALLOC_CTX *mem, const struct command_line *line)
{
	char *text = talloc_strdup(mem, "");

	for (int i = 0; i < line->count; i++)
		text = talloc_asprintf_append_buffer(text, "%s%s", i > 0 ? " " : "",
						     quoted(mem, line->words[i]));
	for (char *at = text; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == 127)
			*at = '?';
	return text;
}

/* Who did what, in this host's log, for commands that change something. The one secret that can be
 * an argument is the token of an edit lock, and that lock has been ended then. */
static void
audit(const struct tool *tool, const struct command *command, const char *text)
{
	if (command == NULL || command->method == NO_METHOD ||
	    !rpc_methods[command->method].is_change)
		return;
	openlog("zone_tool", 0, LOG_LOCAL7);
	syslog(LOG_INFO, "%s executed command '%s'", tool->login_id, text);
	closelog();
}

void
command_run(struct tool *tool, struct command_line *line)
{
	const struct command *command;
	bool was_json = tool->is_json, was_forced = tool->is_forced;
	char *text = NULL, *as_given;
	size_t size = 0;
	int shown;
	dms_error *error;

	tool->status = EX_OK;
	tool->out = open_memstream(&text, &size);
	if (line->words[0][0] == '?')
		read_question(line);
	as_given = audit_text(line->mem, line);
	command = command_find(line->words[0]);
	error = run(tool, line, command);
	if (interrupt_came())
		tool->status = EX_UNAVAILABLE;
	else if (error != NULL)
		report(tool, command, error);
	else if (tool->status == EX_OK)
		audit(tool, command, as_given);
	fclose(tool->out);
	tool->out = stdout;
	shown = show_pages(text, size);
	if (tool->status == EX_OK)
		tool->status = shown;
	free(text);
	dms_error_free(error);
	json_decref(line->params);
	line->params = NULL;
	tool->is_json = was_json;
	tool->is_forced = was_forced;
}
