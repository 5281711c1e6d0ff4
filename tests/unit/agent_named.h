/* A real named in a folder of its own, for the agent's tests. */
#pragma once

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
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

#define TEST_SECRET "c2VjcmV0IG9mIHRoZSB0ZXN0J3Mgb3duIGNvbnRyb2w="

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

struct test_named {
	char dir[128]; /* of everything */
	char log[192];
	int dns_port, control_port;
	pid_t pid;
};

/* Writes named.conf; `options` goes inside options{}, `rest` behind it. */
static inline void
named_write(const struct test_named *named, const char *options, const char *rest)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/named.conf", named->dir);
	write_file(
	    path,
	    "options {\n\tdirectory \"%s\";\n\tpid-file none;\n\tsession-keyfile none;\n"
	    "\tlisten-on port %d { 127.0.0.1; };\n\tlisten-on-v6 { none; };\n"
	    "%s\n};\n%s\ninclude \"%s/rndc.key\";\n"
	    "controls { inet 127.0.0.1 port %d allow { 127.0.0.1; } keys { rndc-key; }; };\n",
	    named->dir, named->dns_port, options, rest, named->dir, named->control_port);
}

/* A folder, ports, named.conf and rndc.key. */
static inline void
named_configure(struct test_named *named, const char *options, const char *rest)
{
	char path[256];
	snprintf(named->dir, sizeof(named->dir), "/tmp/dms-agent-test-XXXXXX");
	assert(mkdtemp(named->dir) != NULL);
	snprintf(named->log, sizeof(named->log), "%s/named.log", named->dir);
	named->dns_port = free_port();
	named->control_port = free_port();
	snprintf(path, sizeof(path), "%s/rndc.key", named->dir);
	write_file(path, "# of the control channel\nkey \"rndc-key\" {\n\talgorithm hmac-sha256;\n"
			 "\tsecret \"" TEST_SECRET "\";\n};\n");
	named_write(named, options, rest);
}

static inline void
named_start(struct test_named *named)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/named.conf", named->dir);
	named->pid = start_program(
	    named->log, (const char *[]){"/usr/sbin/named", "-g", "-n", "1", "-c", path, NULL});
	if (!HOLDS_WITHIN(20000,
			  tcp_accepts(named->control_port) && tcp_accepts(named->dns_port))) {
		fprintf(stderr, "named did not start: see %s\n", named->log);
		abort();
	}
}

static inline void
named_stop(struct test_named *named)
{
	stop_program(&named->pid);
}
