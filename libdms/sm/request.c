/* Requests on dms.sm.<machine>.<event>: the body is an Event, the reply its results. */
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/log.h"
#include "base/time.h"
#include "proto/event.pb-c.h"
#include "sm/engine.h"

/* A request on its way to a worker. */
struct asked {
	struct sm_engine *engine;
	const struct sm_room *room;
	struct bus_message *message;
};

/* Empty means none; anything else is a JSON object. */
static dms_error *
read_parameters(const char *text, json_t **parameters)
{
	json_error_t where;

	*parameters = *text == '\0' ? json_object() : json_loads(text, 0, &where);
	if (json_is_object(*parameters))
		return NULL;
	if (*parameters == NULL)
		return dms_error_new(DMS_E_FORMAT, "the event's parameters are not JSON: %s",
				     where.text);
	json_decref(*parameters);
	return dms_error_new(DMS_E_FORMAT, "the event's parameters are not a JSON object");
}

static dms_error *
run_event(struct asked *asked, struct worker *worker, const Dms__Event *event, json_t **results)
{
	json_t *parameters;
	dms_error *error;

	TRY(read_parameters(event->parameters, &parameters));
	error = sm_run_now(asked->engine, worker,
			   &(struct sm_event){
			       .machine = asked->room->machine->name,
			       .sm_id = event->sm_id,
			       .sm_name = event->sm_name,
			       .type = strrchr(asked->message->subject, '.') + 1,
			       .parameters = parameters,
			       .change_id = event->change_id,
			       .cause_id = event->cause_id,
			   },
			   results);
	json_decref(parameters);
	return error;
}

static dms_error *
answer(struct asked *asked, struct worker *worker, json_t **results)
{
	Dms__Event *event = dms__event__unpack(NULL, asked->message->size, asked->message->data);
	dms_error *error;

	if (event == NULL)
		return dms_error_new(DMS_E_FORMAT, "%s: the body is not an Event message",
				     asked->message->subject);
	error = run_event(asked, worker, event, results);
	dms__event__free_unpacked(event, NULL);
	return error;
}

static dms_error *
reply(const struct asked *asked, const json_t *results, const dms_error *error)
{
	struct bus *bus = asked->engine->bus;
	dms_error *failure;
	char *text;

	if (error != NULL)
		return bus_reply_error(bus, asked->message, error);
	text = json_dumps(results, JSON_COMPACT);
	failure = bus_reply(bus, asked->message, text, strlen(text));
	free(text);
	return failure;
}

static void
run_asked(struct worker *worker, void *arg)
{
	struct asked *asked = arg;
	struct bus_message *message = asked->message;
	const char *event = strrchr(message->subject, '.') + 1;
	bool is_heard = FAULT_AT(REQUEST, event) != FAULT_DROP;
	json_t *results = NULL;
	dms_error *error = NULL;
	dms_error *failure = NULL;

	if (is_heard)
		error = answer(asked, worker, &results);
	if (is_heard && FAULT_AT(ANSWER, event) != FAULT_DROP)
		failure = reply(asked, results, error);

	if (failure != NULL)
		log_failure(LOG_WARNING, "a reply was not sent", failure,
			    F_STR("subject", message->subject));
	bus_count(asked->engine->bus, asked->room->request_endpoint,
		  monotonic_us() - message->received_us, error);
	json_decref(results);
	dms_error_free(error);
	dms_error_free(failure);
	bus_message_free(message);
	talloc_free(asked);
}

void
sm_on_request(void *arg, struct bus_message *message)
{
	struct sm_engine *engine = arg;
	const char *name = message->subject + strlen("dms.sm.");
	const char *dot = strchr(name, '.');
	const struct sm_room *room =
	    dot != NULL ? sm_room_named(engine, name, (size_t)(dot - name)) : NULL;
	struct asked *asked;

	if (room == NULL) {
		bus_message_free(message);
		return;
	}
	asked = talloc_zero(NULL, struct asked);
	*asked = (struct asked){engine, room, message};
	if (!work_submit(engine->pool, WORK_INTERACTIVE, 0, run_asked, asked)) {
		dms_error *error = dms_error_new(DMS_E_STOPPING, "the service is stopping");

		dms_error_free(bus_reply_error(engine->bus, message, error));
		dms_error_free(error);
		bus_message_free(message);
		talloc_free(asked);
	}
}
