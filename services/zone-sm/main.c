/* zone-sm: owns every zone's life cycle and publishes zones to the hidden master. */
#include "zone_sm.h"

#include "service/service.h"

static const struct sm_machine *const machines[] = {&zone_machine, NULL};

static dms_error *
start(struct service *service)
{
	struct sm_engine *engine;

	TRY(sm_engine_new(service->mem, service->config, service->bus, service->pool, machines,
			  NULL, &engine));
	service->mine = engine;
	return sm_engine_start(engine);
}

static void
stop(struct service *service)
{
	sm_engine_stop(service->mine);
}

static void
bus_state(struct service *service, bool is_connected)
{
	if (is_connected && service->mine != NULL)
		sm_engine_bus_is_back(service->mine);
}

int
main(int argc, char **argv)
{
	return service_main(argc, argv,
			    &(struct service_description){
				.program = PROGRAM_ZONE_SM,
				.version = DMS_VERSION,
				.summary =
				    "zone state machine: owns the life of every zone and publishes "
				    "it to the hidden master",
				.needs_db = true,
				.start = start,
				.stop = stop,
				.bus_state = bus_state,
			    });
}
