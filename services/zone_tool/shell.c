/* Commands from a terminal, with a prompt; or from a pipe or file, one a line. */
#include <errno.h>
#include <histedit.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>
#include <wchar.h>

#include "tool.h"

dms_error *
run_exit(struct tool *tool, struct command_line *line)
{
	(void)line;
	tool->has_exited = true;
	return NULL;
}

static void
run_text(struct tool *tool, const char *text)
{
	TALLOC_CTX *mem = talloc_new(tool->mem);
	struct command_line line;
	dms_error *error = split_words(mem, text, &line);

	if (error != NULL) {
		tool->status = dms_err_info(error->id)->exit_status;
		show_error(stdout, error);
		fflush(stdout);
		dms_error_free(error);
	} else if (line.count > 0) {
		command_run(tool, &line);
	}
	talloc_free(mem);
}

/* The status is the last failure's. */
static int
run_piped(struct tool *tool)
{
	char *text = NULL;
	size_t capacity = 0;
	int status = EX_OK;

	while (!tool->has_exited && getline(&text, &capacity, stdin) >= 0) {
		tool->status = EX_OK;
		run_text(tool, text);
		if (tool->status != EX_OK)
			status = tool->status;
		if (interrupt_came())
			break;
	}
	free(text);
	return status;
}

static char *
prompt(EditLine *editor)
{
	static char text[] = "zone_tool > ";

	(void)editor;
	return text;
}

/* One character from the terminal, in the user's encoding. Ctrl-C ends the line. */
static int
read_character(EditLine *editor, wchar_t *character)
{
	mbstate_t state = {0};
	char byte;

	(void)editor;
	for (;;) {
		ssize_t got;

		/* One that came while the last character was worked on would not end the read. */
		if (interrupt_or_input(STDIN_FILENO))
			return -1;
		got = read(STDIN_FILENO, &byte, 1);
		if (got < 0 && errno == EINTR && !interrupt_came())
			continue; /* back in the foreground, or another window size */
		if (got <= 0)
			return (int)got;
		switch (mbrtowc(character, &byte, 1, &state)) {
		case (size_t)-2: /* more bytes */
			break;
		case (size_t)-1:
			*character = L'?';
			return 1;
		default:
			return 1;
		}
	}
}

/* Adds what is certain; when nothing is, shows what there is. */
static unsigned char
complete(EditLine *editor, int character)
{
	const LineInfo *info = el_line(editor);
	TALLOC_CTX *mem = talloc_new(NULL);
	struct completion completion;
	unsigned char result = CC_ERROR;

	(void)character;
	complete_text(mem, talloc_strndup(mem, info->buffer, (size_t)(info->cursor - info->buffer)),
		      &completion);
	if (completion.count > 0 && completion.rest[0] != '\0') {
		if (el_insertstr(editor, completion.rest) == 0)
			result = CC_REFRESH;
	} else if (completion.count > 1) {
		putchar('\n');
		for (int i = 0; i < completion.count; i++)
			printf("  %s\n", completion.list[i]);
		fflush(stdout);
		result = CC_REDISPLAY;
	}
	talloc_free(mem);
	return result;
}

static EditLine *
open_editor(History *past)
{
	EditLine *editor = el_init("zone_tool", stdin, stdout, stderr);

	if (editor == NULL)
		return NULL;
	el_set(editor, EL_PROMPT, prompt);
	el_set(editor, EL_EDITOR, "emacs");
	el_set(editor, EL_SIGNAL, 1);
	el_set(editor, EL_HIST, history, past);
	el_set(editor, EL_GETCFN, read_character);
	el_set(editor, EL_ADDFN, "complete", "complete a command or option", complete);
	el_set(editor, EL_BIND, "\t", "complete", NULL);
	return editor;
}

/* One line and its command; false at the end. The terminal is the editor's before the prompt
 * appears: until then the kernel shows what is typed ahead, and a Ctrl-C late, even behind the
 * prompt. */
static bool
run_line(struct tool *tool, EditLine *editor, History *past)
{
	HistEvent event;
	int length = 0;
	const char *text;

	el_set(editor, EL_PREP_TERM, 1);
	text = el_gets(editor, &length);
	if (text != NULL && length > 0 && !interrupt_came()) {
		if (strspn(text, " \t\r\n") == (size_t)length)
			return true;
		history(past, &event, H_ENTER, text);
		run_text(tool, text);
	} else if (!interrupt_came()) {
		return false;
	}
	if (interrupt_came()) {
		interrupt_forget();
		el_set(editor, EL_PREP_TERM, 1);
		fputs(" \n", stdout);
		fflush(stdout);
	}
	return !tool->has_exited;
}

int
shell_run(struct tool *tool)
{
	HistEvent event;
	History *past;
	EditLine *editor;

	if (!isatty(STDIN_FILENO))
		return run_piped(tool);
	setlocale(LC_CTYPE, "");
	past = history_init();
	editor = past != NULL ? open_editor(past) : NULL;
	if (editor == NULL) {
		fputs("zone_tool: no memory for line editing\n", stderr);
		return EX_OSERR;
	}
	history(past, &event, H_SETSIZE, 1000);
	tool->is_interactive = true;
	interrupt_defer(true);
	printf("\nWelcome to the DMS zone_tool.\n\nType help or ? for the commands, exit or Ctrl-D "
	       "to leave.\n\n");
	while (run_line(tool, editor, past))
		continue;
	el_end(editor);
	history_end(past);
	printf("\n\n");
	return EX_OK;
}
