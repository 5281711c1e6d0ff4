/* A NATS server with JetStream for a test: own folder, own port, ended with the test. */
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct nats_server {
	char folder[64];
	char store[80];
	char url[64];
	char port[16];
	pid_t pid;
};

static inline int
free_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int port = -1;

	if (bind(fd, (struct sockaddr *)&address, size) == 0 &&
	    getsockname(fd, (struct sockaddr *)&address, &size) == 0)
		port = ntohs(address.sin_port);
	close(fd);
	return port;
}

/* `more` ends with NULL: options beside those that every test server has */
static inline void
server_start(struct nats_server *server, const char *const *more)
{
	const char *arguments[32] = {"nats-server", "-js",       "-sd", server->store,
				     "-a",          "127.0.0.1", "-p",  server->port};
	int count = 8;

	for (; more != NULL && *more != NULL; more++)
		arguments[count++] = *more;
	arguments[count] = NULL;
	server->pid = fork();
	if (server->pid == 0) {
		int log = open("/dev/null", O_WRONLY);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(log, STDERR_FILENO);
		dup2(log, STDOUT_FILENO);
		execvp("nats-server", (char *const *)arguments);
		_exit(127);
	}
}

static inline void
server_kill(struct nats_server *server)
{
	if (server->pid > 0) {
		kill(server->pid, SIGKILL);
		waitpid(server->pid, NULL, 0);
	}
	server->pid = 0;
}

static inline int
remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	return remove(path);
}

static inline void
folder_remove(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void
server_prepare(struct nats_server *server)
{
	int port = free_port();

	memset(server, 0, sizeof *server);
	strcpy(server->folder, "/tmp/dms-bus-XXXXXX");
	if (port < 0 || mkdtemp(server->folder) == NULL)
		abort();
	snprintf(server->store, sizeof server->store, "%s/store", server->folder);
	snprintf(server->port, sizeof server->port, "%d", port);
	snprintf(server->url, sizeof server->url, "nats://127.0.0.1:%d", port);
}

static inline void
server_end(struct nats_server *server)
{
	server_kill(server);
	folder_remove(server->folder);
}
