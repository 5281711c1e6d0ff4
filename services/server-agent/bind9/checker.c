/* A child process with its output read, under a time limit. */
#include "checker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"

#define TIME_LIMIT_MS 300000 /* a hundred thousand zones take a few seconds */
#define WORDS_MAX     4096   /* of what it says, the beginning */

extern char **environ;

/* Starts it with both outputs in the pipe and the signals of a fresh process. */
static int
spawn(const char *program, const char *file, const int pipe_fds[2], pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], 1);
	posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], 2);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	char *arguments[] = {(char *)program, (char *)file, NULL};
	int failed = posix_spawn(pid, program, &actions, &attributes, arguments, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failed;
}

/* Reads until the child closes its end; false when the time is up. What does not fit is dropped. */
static bool
read_words(int fd, char *words, size_t capacity)
{
	int64_t deadline_us = monotonic_us() + (int64_t)TIME_LIMIT_MS * 1000;
	size_t size = 0;
	char chunk[1024];
	for (;;) {
		int64_t left_ms = (deadline_us - monotonic_us()) / 1000;
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
		int ready = left_ms > 0 ? poll(&poll_fd, 1, (int)left_ms) : 0;
		if (ready == 0)
			return false;
		ssize_t got = ready > 0 ? read(fd, chunk, sizeof(chunk)) : -1;
		if (got == 0)
			break;
		if (got < 0 && errno != EINTR)
			break;
		for (ssize_t i = 0; i < got && size < capacity - 1; i++)
			words[size++] = chunk[i];
	}
	while (size > 0 && (words[size - 1] == '\n' || words[size - 1] == ' '))
		size--;
	words[size] = '\0';
	return true;
}

dms_error *
checker_run(const char *program, const char *file)
{
	int pipe_fds[2];
	pid_t pid;
	if (pipe2(pipe_fds, O_CLOEXEC) != 0)
		return dms_error_new(DMS_E_SYSTEM, "pipe: %s", strerror(errno));
	int failed = spawn(program, file, pipe_fds, &pid);
	close(pipe_fds[1]);
	if (failed != 0) {
		close(pipe_fds[0]);
		return dms_error_new(DMS_E_SYSTEM, "%s cannot be run: %s", program,
				     strerror(failed));
	}
	char words[WORDS_MAX] = "";
	bool ended = read_words(pipe_fds[0], words, sizeof(words));
	close(pipe_fds[0]);
	if (!ended)
		kill(pid, SIGKILL);
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!ended)
		return dms_error_new(DMS_E_CONFIG_REJECTED, "%s did not end within %d s", program,
				     TIME_LIMIT_MS / 1000);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return NULL;
	if (words[0] == '\0')
		return dms_error_new(DMS_E_CONFIG_REJECTED, "%s failed with status %d and no words",
				     program, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return dms_error_new(DMS_E_CONFIG_REJECTED, "%s", words);
}
