#include "sm/daemon.h"

/* One daemon a process. */
static const struct sm_daemon *this_daemon;
static struct sm_engine *engine;

static dms_error *
start(struct service *service)
{
	TRY(sm_engine_new(service->mem, service->config, service->bus, service->pool,
			  this_daemon->machines, service, &engine));
	if (this_daemon->open != NULL)
		TRY(this_daemon->open(service, engine));
	return sm_engine_start(engine);
}

static void
stop(struct service *service)
{
	(void)service;
	sm_engine_stop(engine);
}

static void
bus_state(struct service *service, bool is_connected)
{
	(void)service;
	if (is_connected)
		sm_engine_bus_is_back(engine);
}

static void
print_machines(FILE *out)
{
	for (const struct sm_machine *const *m = this_daemon->machines; *m != NULL; m++) {
		dms_error *error = sm_machine_check(*m);

		if (error != NULL)
			fprintf(out, "%s\n", error->message);
		else
			sm_machine_print(out, *m);
		dms_error_free(error);
	}
}

int
sm_daemon_main(int argc, char **argv, const struct sm_daemon *daemon)
{
	this_daemon = daemon;
	return service_main(argc, argv,
			    &(struct service_description){
				.program = daemon->program,
				.version = DMS_VERSION,
				.summary = daemon->summary,
				.needs_db = true,
				.start = start,
				.stop = stop,
				.bus_state = bus_state,
				.print_machines = print_machines,
			    });
}
