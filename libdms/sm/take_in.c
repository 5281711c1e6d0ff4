#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "proto/event.pb-c.h"
#include "sm/engine.h"

/* A knock on its way to a worker. */
struct knock {
	struct sm_engine *engine;
	const struct sm_room *room;
	struct bus_message *message;
	int64_t sm_id;
};

static void
run_knock(struct worker *worker, void *arg)
{
	struct knock *knock = arg;

	sm_run(knock->engine, knock->room, worker, knock->sm_id);
	bus_ack(knock->engine->bus, knock->message);
	talloc_free(knock);
}

static uint64_t
key_of(const struct sm_room *room, int64_t sm_id)
{
	return ((uint64_t)sm_id << 8) ^ (uint64_t)room->machine->name[0] ^
	       UINT64_C(0x5a00000000000000);
}

static const struct sm_room *
room_named(const struct sm_engine *engine, const char *name, size_t length)
{
	for (int i = 0; i < engine->room_count; i++)
		if (strlen(engine->rooms[i].machine->name) == length &&
		    memcmp(engine->rooms[i].machine->name, name, length) == 0)
			return &engine->rooms[i];
	return NULL;
}

/* dms.event.<machine>[-bulk].<id>: only the address is read; the row says the rest. */
static void
on_event(void *arg, struct bus_message *message)
{
	struct sm_engine *engine = arg;
	const char *name = message->subject + strlen("dms.event.");
	const char *dot = strchr(name, '.');
	size_t length = dot != NULL ? (size_t)(dot - name) : 0;
	bool is_bulk = length > 5 && memcmp(dot - 5, "-bulk", 5) == 0;
	const struct sm_room *room = room_named(engine, name, is_bulk ? length - 5 : length);
	struct knock *knock;

	if (room == NULL || dot == NULL) {
		log_warning("an event for nobody here", F_STR("subject", message->subject));
		bus_ack(engine->bus, message);
		return;
	}
	knock = talloc_zero(NULL, struct knock);
	*knock = (struct knock){engine, room, message, strtoll(dot + 1, NULL, 10)};
	if (!work_submit(engine->pool, is_bulk ? WORK_BULK : WORK_INTERACTIVE,
			 key_of(room, knock->sm_id), run_knock, knock)) {
		/* Stopping: unacknowledged, it goes to another copy, or the relay knocks again. */
		bus_message_free(message);
		talloc_free(knock);
	}
}

/* A request on dms.sm.<machine>.<event>: the body is an Event, the reply its results. */
static dms_error *
answer_request(struct knock *knock, struct worker *worker, json_t **results)
{
	Dms__Event *event = dms__event__unpack(NULL, knock->message->size, knock->message->data);
	const char *type = strrchr(knock->message->subject, '.') + 1;
	json_t *parameters;
	dms_error *error;

	if (event == NULL)
		return dms_error_new(DMS_E_FORMAT, "%s: the body is not an Event message",
				     knock->message->subject);
	parameters = json_loads(event->parameters, 0, NULL);
	error = sm_run_now(knock->engine, worker,
			   &(struct sm_event){
			       .machine = knock->room->machine->name,
			       .sm_id = event->sm_id,
			       .sm_name = event->sm_name,
			       .type = type,
			       .parameters = parameters,
			       .change_id = event->change_id,
			   },
			   results);
	json_decref(parameters);
	dms__event__free_unpacked(event, NULL);
	return error;
}

static void
run_request(struct worker *worker, void *arg)
{
	struct knock *knock = arg;
	struct bus *bus = knock->engine->bus;
	json_t *results = NULL;
	dms_error *error = answer_request(knock, worker, &results);
	dms_error *failure;

	if (error != NULL) {
		failure = bus_reply_error(bus, knock->message, error);
	} else {
		char *text = json_dumps(results, JSON_COMPACT);

		failure = bus_reply(bus, knock->message, text, strlen(text));
		free(text);
	}
	if (failure != NULL)
		log_failure(LOG_WARNING, "a reply was not sent", failure,
			    F_STR("subject", knock->message->subject));
	bus_count(bus, knock->room->request_endpoint, monotonic_us() - knock->message->received_us,
		  error);
	json_decref(results);
	dms_error_free(error);
	dms_error_free(failure);
	bus_message_free(knock->message);
	talloc_free(knock);
}

static void
on_request(void *arg, struct bus_message *message)
{
	struct sm_engine *engine = arg;
	const char *name = message->subject + strlen("dms.sm.");
	const char *dot = strchr(name, '.');
	const struct sm_room *room =
	    dot != NULL ? room_named(engine, name, (size_t)(dot - name)) : NULL;
	struct knock *knock;

	if (room == NULL) {
		bus_message_free(message);
		return;
	}
	knock = talloc_zero(NULL, struct knock);
	*knock = (struct knock){engine, room, message, 0};
	if (!work_submit(engine->pool, WORK_INTERACTIVE, 0, run_request, knock)) {
		dms_error *error = dms_error_new(DMS_E_STOPPING, "the service is stopping");

		dms_error_free(bus_reply_error(engine->bus, message, error));
		dms_error_free(error);
		bus_message_free(message);
		talloc_free(knock);
	}
}

/* The consumers of the bus's table that carry a machine's events. */
static dms_error *
consume(struct sm_engine *engine, const char *machine)
{
	static const struct {
		const char *machine;
		enum bus_consumer consumer;
	} carries[] = {
	    {"zone", BUS_CONSUMER_ZONE},       {"zone", BUS_CONSUMER_ZONE_BULK},
	    {"master", BUS_CONSUMER_MASTER},   {"server", BUS_CONSUMER_SERVER},
	    {"reverse", BUS_CONSUMER_REVERSE},
	};

	for (size_t i = 0; i < sizeof(carries) / sizeof(carries[0]); i++)
		if (strcmp(carries[i].machine, machine) == 0)
			TRY(bus_consume(engine->bus, carries[i].consumer, on_event, engine));
	return NULL;
}

dms_error *
sm_take_in(struct sm_engine *engine)
{
	for (int i = 0; i < engine->room_count; i++) {
		struct sm_room *room = &engine->rooms[i];
		const char *name = room->machine->name;
		char *events = talloc_asprintf(engine, "dms.event.%s.>", name);
		char *requests = talloc_asprintf(engine, "dms.sm.%s.*", name);

		room->endpoint = bus_srv_endpoint(
		    engine->bus, talloc_asprintf(engine, "%s-events", name), events);
		room->request_endpoint = bus_srv_endpoint(
		    engine->bus, talloc_asprintf(engine, "%s-requests", name), requests);
		TRY(consume(engine, name));
		TRY(bus_subscribe(engine->bus, requests, name, on_request, engine));
	}
	return NULL;
}
