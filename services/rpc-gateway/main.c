/* rpc-gateway: the door of the system. Takes JSON-RPC calls over HTTPS and over the bus, checks
 * them against the one table of methods, runs each in a transaction, and answers. Runs the jobs
 * that calls have begun. */
#include <jansson.h>

#include "bus_door.h"
#include "gateway.h"
#include "https/https.h"
#include "jobs/jobs.h"
#include "waits.h"

#define SUMMARY "takes JSON-RPC calls over HTTPS and NATS"

static const struct sm_machine *const machines[] = {&job_machine, NULL};

static dms_error *
start(struct service *service)
{
	struct gateway *gateway = talloc_zero(service->mem, struct gateway);
	gateway->service = service;
	if (service->bus == NULL)
		return dms_error_new(DMS_E_CONFIG, "nats_url must be set");
	/* before any thread makes an object */
	json_object_seed(0);
	gateway->https_endpoint =
	    bus_srv_endpoint(service->bus, "https", service->config->https_listen);
	TRY(waits_open(gateway, gateway, &gateway->waits));
	TRY(https_open(gateway, gateway, &gateway->https));
	TRY(bus_door_open(gateway, gateway, &gateway->bus_door));
	service->mine = gateway;
	TRY(sm_engine_new(gateway, service->config, service->bus, service->pool, machines, service,
			  &gateway->engine));
	return sm_engine_start(gateway->engine);
}

static void
stop(struct service *service)
{
	struct gateway *gateway = service->mine;
	if (gateway == NULL)
		return;
	atomic_store(&gateway->is_stopping, true);
	if (gateway->engine != NULL)
		sm_engine_stop(gateway->engine);
	https_drain(gateway->https);
	waits_stop(gateway->waits);
}

static void
reload(struct service *service)
{
	struct gateway *gateway = service->mine;
	https_reload(gateway->https);
}

/* Facts may have passed while the bus was away. */
static void
bus_state(struct service *service, bool is_connected)
{
	struct gateway *gateway = service->mine;
	if (!is_connected || gateway == NULL)
		return;
	waits_wake_all(gateway->waits);
	if (gateway->engine != NULL)
		sm_engine_bus_is_back(gateway->engine);
}

static void
print_machines(FILE *out)
{
	sm_machine_print(out, &job_machine);
}

int
main(int argc, char **argv)
{
	static const struct service_description description = {
	    .program = PROGRAM_RPC_GATEWAY,
	    .version = DMS_VERSION,
	    .summary = SUMMARY,
	    .needs_db = true,
	    .start = start,
	    .stop = stop,
	    .reload = reload,
	    .bus_state = bus_state,
	    .print_machines = print_machines,
	};
	return service_main(argc, argv, &description);
}
