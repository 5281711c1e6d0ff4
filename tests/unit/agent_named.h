/* A real named in a folder of its own, for the agent's tests. */
#pragma once

#include "host.h"

#define TEST_SECRET "c2VjcmV0IG9mIHRoZSB0ZXN0J3Mgb3duIGNvbnRyb2w="

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
