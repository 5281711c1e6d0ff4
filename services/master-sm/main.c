/* master-sm: owns server groups and server states, versions the configuration that agents pull, and
 * keeps account of who serves what. */
#include "master_sm.h"

#include "base/fault.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "sm/daemon.h"

static const struct sm_machine *const machines[] = {&master_machine, &server_machine, NULL};

/* A request of an agent on its way to a worker. */
struct asked {
	struct service *service;
	struct bus_message *message;
	dms_error *(*answer)(struct service *, struct worker *, const struct bus_message *);
	int endpoint;
};

static dms_error *
run_answer(struct asked *asked, struct worker *worker)
{
	enum fault fault = FAULT_AT(ASKED, asked->answer == pull_answer ? "pull" : "report");

	if (fault == FAULT_DROP)
		return NULL;
	if (fault == FAULT_ERROR)
		return dms_error_new(DMS_E_TIMEOUT, "a fault on purpose");
	return asked->answer(asked->service, worker, asked->message);
}

static void
run_asked(struct worker *worker, void *arg)
{
	struct asked *asked = arg;
	struct bus *bus = asked->service->bus;
	dms_error *error = run_answer(asked, worker);

	bus_count(bus, asked->endpoint, monotonic_us() - asked->message->received_us, error);
	if (error != NULL) {
		log_failure(LOG_WARNING, "an agent's request failed", error,
			    F_STR("subject", asked->message->subject));
		dms_error_free(bus_reply_error(bus, asked->message, error));
		dms_error_free(error);
	}
	bus_message_free(asked->message);
	talloc_free(asked);
}

/* One request of an agent after the other: one that is asked again, because the answer took long,
 * finds what was made for the first. */
static void
submit(struct service *service, struct bus_message *message,
       dms_error *(*answer)(struct service *, struct worker *, const struct bus_message *),
       int endpoint)
{
	struct asked *asked = talloc_zero(NULL, struct asked);

	*asked = (struct asked){service, message, answer, endpoint};
	if (!work_submit(service->pool, WORK_INTERACTIVE, text_hash(message->subject), run_asked,
			 asked)) {
		bus_message_free(message);
		talloc_free(asked);
	}
}

static void
on_pull(void *arg, struct bus_message *message)
{
	struct service *service = arg;

	submit(service, message, pull_answer, ((struct master_sm *)service->mine)->pull_endpoint);
}

static void
on_report(void *arg, struct bus_message *message)
{
	struct service *service = arg;

	submit(service, message, report_answer,
	       ((struct master_sm *)service->mine)->report_endpoint);
}

/* What agents ask for. */
static dms_error *
open_doors(struct service *service, struct sm_engine *engine)
{
	struct master_sm *mine = talloc_zero(service->mem, struct master_sm);

	mine->engine = engine;
	mine->pulls = pulls_new(mine);
	mine->pull_endpoint = bus_srv_endpoint(service->bus, "pull", "dms.pull.>");
	mine->report_endpoint = bus_srv_endpoint(service->bus, "report", "dms.report.>");
	service->mine = mine;
	TRY(bus_subscribe(service->bus, "dms.pull.>", "master-sm", on_pull, service));
	return bus_subscribe(service->bus, "dms.report.>", "master-sm", on_report, service);
}

int
main(int argc, char **argv)
{
	return sm_daemon_main(argc, argv,
			      &(struct sm_daemon){
				  .program = PROGRAM_MASTER_SM,
				  .summary =
				      "master state machine: owns server groups and server states, "
				      "and versions the configuration that agents pull",
				  .machines = machines,
				  .open = open_doors,
			      });
}
