/* reverse-ptr: automatic PTR records in the reverse zones that DMS hosts. */
#include "reverse_ptr.h"

#include "service/service.h"

static const struct sm_transition transitions[] = {
    {"", "ReverseZoneSaved", &on_zone_saved, ""},
    {0},
};

/* Stateless: events of one forward zone run in order, that is all. */
const struct sm_machine reverse_machine = {.name = "reverse", .transitions = transitions};

static const struct sm_machine *const machines[] = {&reverse_machine, NULL};

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
				.program = PROGRAM_REVERSE_PTR,
				.version = DMS_VERSION,
				.summary =
				    "automatic reverse DNS: makes PTR records for the addresses of "
				    "saved zones",
				.needs_db = true,
				.start = start,
				.stop = stop,
				.bus_state = bus_state,
			    });
}
