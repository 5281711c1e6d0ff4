/* Of the host that a test runs on: free ports, files and folders, programs in the background. */
#pragma once

#include <arpa/inet.h>
#include <assert.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/time.h"

/* Waits until `condition` holds, looking every 5 ms; it is false only after `ms`. */
#define HOLDS_WITHIN(ms, condition)                                            \
	({                                                                     \
		int64_t holds_until = monotonic_us() + (int64_t)(ms)*1000;     \
		bool holds;                                                    \
		while (!(holds = (condition)) && monotonic_us() < holds_until) \
			poll(NULL, 0, 5);                                      \
		holds;                                                         \
	})

/* A port that is free for TCP and UDP on 127.0.0.1 just now. */
static inline int
free_port(void)
{
	for (int attempt = 0; attempt < 100; attempt++) {
		struct sockaddr_in address = {.sin_family = AF_INET,
					      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		socklen_t size = sizeof(address);
		int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
		bool is_free = bind(tcp, (struct sockaddr *)&address, size) == 0 &&
			       getsockname(tcp, (struct sockaddr *)&address, &size) == 0 &&
			       bind(udp, (struct sockaddr *)&address, size) == 0;
		close(tcp);
		close(udp);
		if (is_free)
			return ntohs(address.sin_port);
	}
	abort();
}

__attribute__((format(printf, 2, 3))) static inline void
write_file(const char *path, const char *format, ...)
{
	va_list list;
	FILE *file = fopen(path, "w");
	assert(file != NULL);
	va_start(list, format);
	vfprintf(file, format, list);
	va_end(list);
	assert(fclose(file) == 0);
}

static inline int
remove_entry(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
	(void)status, (void)flag, (void)walk;
	return remove(path);
}

static inline void
remove_tree(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* A program in the background, its output in `log`. It ends when the test does. */
static inline pid_t
start_program(const char *log, const char *const arguments[])
{
	pid_t pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
		dup2(fd, 1);
		dup2(fd, 2);
		execvp(arguments[0], (char *const *)arguments);
		_exit(127);
	}
	assert(pid > 0);
	return pid;
}

static inline void
stop_program(pid_t *pid)
{
	int status;
	if (*pid <= 0)
		return;
	kill(*pid, SIGTERM);
	if (!HOLDS_WITHIN(15000, waitpid(*pid, &status, WNOHANG) == *pid)) {
		kill(*pid, SIGKILL);
		waitpid(*pid, &status, 0);
	}
	*pid = 0;
}

static inline bool
tcp_accepts(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool accepts = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return accepts;
}
