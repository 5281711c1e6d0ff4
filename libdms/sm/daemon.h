/* A daemon that owns state machines: a service (service/service.h) with an engine in it. */
#pragma once

#include "service/service.h"
#include "sm/sm.h"

struct sm_daemon {
	enum program program;
	const char *summary;                      /* as in service_description */
	const struct sm_machine *const *machines; /* ends with NULL */
	/* Opens what the daemon serves besides its machines, before events come in; may be NULL. */
	dms_error *(*open)(struct service *service, struct sm_engine *engine);
};

/* main() of such a daemon; returns the exit status. */
int sm_daemon_main(int argc, char **argv, const struct sm_daemon *daemon);
