/* The user's terminal and programs: pager, questions, editor (spec/zone-tool.md section 1.10). */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "tool.h"

/* A program of the user's choice: the first variable that is set, else the first that is there. */
static const char *
chosen_program(const char *const variables[], const char *const programs[])
{
	for (; *variables != NULL; variables++) {
		const char *name = getenv(*variables);

		if (name != NULL && name[strspn(name, " \t")] != '\0')
			return name;
	}
	while (programs[1] != NULL && access(*programs, X_OK) != 0)
		programs++;
	return *programs;
}

/* How many lines of the terminal the text takes. */
static size_t
count_rows(const char *text, size_t size, unsigned columns)
{
	size_t rows = 0, column = 0;

	for (size_t i = 0; i < size; i++) {
		column = text[i] == '\n' ? 0 : column + 1;
		rows += text[i] == '\n' || (columns > 0 && column % columns == 0);
	}
	return rows;
}

static bool
needs_pager(const char *text, size_t size)
{
	struct winsize window;

	return isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 &&
	       window.ws_row > 0 && count_rows(text, size, window.ws_col) >= window.ws_row;
}

/* Leaving the pager early, or Ctrl-C in it, is no failure of ours. */
static int
page(const char *text, size_t size)
{
	static const char *const variables[] = {"PAGER", NULL};
	static const char *const programs[] = {"/usr/bin/pager", "/usr/bin/less", "/usr/bin/more",
					       "/bin/cat", NULL};
	struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, broken;
	const char *program = chosen_program(variables, programs);
	FILE *pager;
	int status;

	setenv("LESS", "-REX", 0);
	fflush(stdout);
	pager = popen(program, "w");
	if (pager == NULL)
		return EX_SOFTWARE;
	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGPIPE, &ignore, &broken);
	fwrite(text, 1, size, pager);
	status = pclose(pager);
	sigaction(SIGPIPE, &broken, NULL);
	sigaction(SIGINT, &interrupt, NULL);
	if (!WIFEXITED(status) || (WEXITSTATUS(status) != 126 && WEXITSTATUS(status) != 127))
		return EX_OK;
	fprintf(stderr, "zone_tool: the pager '%s' cannot be run\n", program);
	return EX_SOFTWARE;
}

int
show_pages(const char *text, size_t size)
{
	int status = EX_OK;

	if (needs_pager(text, size)) {
		status = page(text, size);
		if (status == EX_OK)
			return EX_OK;
	}
	fwrite(text, 1, size, stdout);
	if (fflush(stdout) == 0)
		return status;
	if (errno != EPIPE) /* who closed it does not want to hear */
		fprintf(stderr, "zone_tool: cannot write the output: %s\n", strerror(errno));
	clearerr(stdout);
	return EX_IOERR;
}

char
ask(const char *prompt, const char *letters)
{
	char *answer = NULL;
	size_t capacity = 0;
	char letter = '\0';

	while (letter == '\0') {
		printf("%s", prompt);
		fflush(stdout);
		/* A terminal gives one line a read: nothing waits in stdin's buffer. */
		if ((isatty(STDIN_FILENO) && interrupt_or_input(STDIN_FILENO)) ||
		    getline(&answer, &capacity, stdin) < 0) {
			clearerr(stdin);
			putchar('\n');
			letter = letters[strlen(letters) - 1];
			break;
		}
		answer[strcspn(answer, "\n")] = '\0';
		if (answer[0] == '\0')
			letter = letters[0];
		else if (answer[1] == '\0' && strchr(letters, answer[0] | ' ') != NULL)
			letter = (char)(answer[0] | ' ');
	}
	free(answer);
	return letter;
}

bool
is_confirmed(struct tool *tool, const struct command_line *line, const char *question)
{
	if (tool->is_forced || line->is_forced || !isatty(STDIN_FILENO) ||
	    ask(question, "nyn") == 'y')
		return true;
	tool->status = EX_TEMPFAIL;
	return false;
}

/* In the child: the shell splits the editor's own arguments, the path stays one word. */
static void
become_editor(const char *program, const char *path, int line)
{
	char *command = NULL;
	int length;

	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	setenv("DMS_EDITED_FILE", path, 1);
	length = line > 0 ? asprintf(&command, "%s +%d \"$DMS_EDITED_FILE\"", program, line)
			  : asprintf(&command, "%s \"$DMS_EDITED_FILE\"", program);
	if (length > 0)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

/* Looks at what is watched while the editor runs, then waits for its end. */
static pid_t
await_editor(pid_t pid, int *status, const struct editor_watch *watch)
{
	int fd = watch != NULL ? pidfd_open(pid, 0) : -1;
	struct pollfd end = {.fd = fd, .events = POLLIN};
	int ready = 0;
	pid_t ended;

	while (fd >= 0 && ready == 0) {
		ready = poll(&end, 1, watch->pause_ms);
		if (ready == 0)
			watch->look(watch->arg);
		else if (ready < 0 && errno == EINTR)
			ready = 0;
	}
	if (fd >= 0)
		close(fd);
	do
		ended = waitpid(pid, status, 0);
	while (ended < 0 && errno == EINTR);
	return ended;
}

/* Ctrl-C belongs to the editor while it runs. */
dms_error *
run_editor(const char *path, int line, const struct editor_watch *watch)
{
	static const char *const variables[] = {"VISUAL", "EDITOR", NULL};
	static const char *const programs[] = {"/usr/bin/editor", "/usr/bin/vi", NULL};
	struct sigaction ignore = {.sa_handler = SIG_IGN}, interrupt, quit;
	const char *program = chosen_program(variables, programs);
	int status = 0;
	pid_t pid, ended;

	fflush(stdout);
	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	pid = fork();
	if (pid == 0)
		become_editor(program, path, line);
	ended = pid > 0 ? await_editor(pid, &status, watch) : -1;
	sigaction(SIGQUIT, &quit, NULL);
	sigaction(SIGINT, &interrupt, NULL);
	if (ended < 0)
		return dms_error_new(DMS_E_EDITOR, "the editor '%s' cannot be started: %s", program,
				     strerror(errno));
	if (WIFSIGNALED(status))
		return dms_error_new(DMS_E_EDITOR, "the editor '%s' was ended by signal %d",
				     program, WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return dms_error_new(DMS_E_EDITOR, "the editor '%s' ended with status %d", program,
				     WEXITSTATUS(status));
	return NULL;
}
