/* A NATS server with JetStream for a test: own folder, own port, ended with the test. */
#pragma once

#include "host.h"

struct nats_server {
	char folder[64];
	char store[80];
	char url[64];
	char port[16];
	pid_t pid;
};

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
	server->pid = start_program("/dev/null", arguments);
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

static inline void
server_prepare(struct nats_server *server)
{
	int port = free_port();

	memset(server, 0, sizeof *server);
	strcpy(server->folder, "/tmp/dms-bus-XXXXXX");
	if (mkdtemp(server->folder) == NULL)
		abort();
	snprintf(server->store, sizeof server->store, "%s/store", server->folder);
	snprintf(server->port, sizeof server->port, "%d", port);
	snprintf(server->url, sizeof server->url, "nats://127.0.0.1:%d", port);
}

static inline void
server_end(struct nats_server *server)
{
	server_kill(server);
	remove_tree(server->folder);
}
