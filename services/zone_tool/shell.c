#include <histedit.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

static bool has_exited;

dms_error *
run_exit(struct tool *tool, struct command_line *line)
{
	(void)tool;
	(void)line;
	has_exited = true;
	return NULL;
}

void
print_command_list(FILE *out)
{
	fputs("Commands (help COMMAND explains one)\n====================================\n", out);
	for (const struct command *c = commands; c->name != NULL; c++)
		if (c->alias_of == NULL)
			fprintf(out, "  %-20s %s\n", c->name, c->summary);
}

static const char *
type_name(enum rpc_type type)
{
	static const char *const names[] = {"string", "integer",   "boolean", "object", "strings",
					    "zone",   "user@host", "address", "TTL"};

	return names[type];
}

void
print_command_help(FILE *out, const struct command *command)
{
	fprintf(out, "%s %s\n\n%s\n", command->name, command->synopsis, command->summary);
	if (command->method < 0)
		return;
	fprintf(out, "\nCalls %s: %s\n", rpc_methods[command->method].name,
		rpc_methods[command->method].help);
	for (const struct rpc_param *p = rpc_methods[command->method].params; p->name != NULL; p++)
		fprintf(out, "  %-16s %-9s %s%s\n", p->name, type_name(p->type), p->help,
			p->is_required ? "" : " (optional)");
}

dms_error *
run_help(struct tool *tool, struct command_line *line)
{
	const struct command *command;

	if (line->count == 1) {
		print_command_list(tool->out);
		return NULL;
	}
	command = command_find(line->words[1]);
	if (command == NULL)
		return dms_error_new(DMS_E_USAGE, "no help on '%s': there is no such command",
				     line->words[1]);
	print_command_help(tool->out, command);
	return NULL;
}

static char *
prompt(EditLine *editor)
{
	static char text[] = "zone_tool > ";

	(void)editor;
	return text;
}

/* TAB completes the first word, and the word after `help`. */
static unsigned char
complete(EditLine *editor, int character)
{
	const LineInfo *info = el_line(editor);
	size_t length = (size_t)(info->cursor - info->buffer);
	const char *word = info->buffer;
	const char *match = NULL;
	size_t common = 0;

	(void)character;
	if (length > 5 && strncmp(word, "help ", 5) == 0) {
		word += 5;
		length -= 5;
	}
	if (memchr(word, ' ', length) != NULL)
		return CC_ERROR;
	for (const struct command *c = commands; c->name != NULL; c++) {
		size_t same = 0;

		if (strncmp(c->name, word, length) != 0)
			continue;
		while (match != NULL && same < common && match[same] == c->name[same])
			same++;
		common = match == NULL ? strlen(c->name) : same;
		match = match == NULL ? c->name : match;
	}
	if (match == NULL || common <= length)
		return CC_ERROR;
	char *rest = strndup(match + length, common - length);
	int result = el_insertstr(editor, rest);
	free(rest);
	return result == 0 ? CC_REFRESH : CC_ERROR;
}

static void
run_text(struct tool *tool, const char *text)
{
	TALLOC_CTX *mem = talloc_new(tool->mem);
	struct command_line line;
	dms_error *error;
	char *spaced = talloc_strdup(mem, text + strspn(text, " \t"));

	/* "?" and "?cmd" are help. */
	if (spaced[0] == '?')
		spaced = talloc_asprintf(mem, "help %s", spaced + 1);
	error = split_words(mem, spaced, &line);
	if (error != NULL) {
		tool->status = dms_err_info(error->id)->exit_status;
		print_error(stdout, error);
		dms_error_free(error);
	} else if (line.count > 0) {
		if (strcmp(line.words[0], "EOF") == 0 || strcmp(line.words[0], "eof") == 0)
			has_exited = true;
		else
			command_run(tool, &line);
	}
	talloc_free(mem);
}

/* Commands from a pipe or file: one a line, no prompt. The status is the last failure's. */
static int
run_piped(struct tool *tool)
{
	char *text = NULL;
	size_t capacity = 0;
	int status = 0;

	while (!has_exited && getline(&text, &capacity, stdin) >= 0) {
		run_text(tool, text);
		if (tool->status != 0)
			status = tool->status;
	}
	free(text);
	return status;
}

int
shell_run(struct tool *tool)
{
	HistEvent event;
	History *past;
	EditLine *editor;
	const char *text;
	int length;

	if (!isatty(STDIN_FILENO))
		return run_piped(tool);
	tool->is_interactive = true;
	printf("\nWelcome to the DMS zone_tool.\n\nType help or ? for the commands, exit or Ctrl-D "
	       "to leave.\n\n");
	past = history_init();
	history(past, &event, H_SETSIZE, 1000);
	editor = el_init("zone_tool", stdin, stdout, stderr);
	el_set(editor, EL_PROMPT, prompt);
	el_set(editor, EL_EDITOR, "emacs");
	el_set(editor, EL_SIGNAL, 1);
	el_set(editor, EL_HIST, history, past);
	el_set(editor, EL_ADDFN, "complete", "complete a command", complete);
	el_set(editor, EL_BIND, "\t", "complete", NULL);
	while (!has_exited && (text = el_gets(editor, &length)) != NULL && length > 0) {
		if (strspn(text, " \t\n") == (size_t)length)
			continue;
		history(past, &event, H_ENTER, text);
		run_text(tool, text);
	}
	el_end(editor);
	history_end(past);
	printf("\n\n");
	return 0;
}
