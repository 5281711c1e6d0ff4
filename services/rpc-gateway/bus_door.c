#include "bus_door.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "dispatch.h"
#include "jsonrpc.h"

#define QUEUE           "rpc-gateway"
#define OUTSTANDING_MAX 4096 /* requests taken in and not yet answered */

struct bus_door {
	struct gateway *gateway;
	_Atomic int outstanding;
	struct bus_point {
		struct bus_door *door;
		const struct rpc_access_point *access;
		int endpoint;
	} points[RPC_ACCESS_POINT_COUNT];
};

/* One request. */
struct bus_ask {
	struct bus_point *point;
	struct bus_message *message;
	json_t *params;
	struct ticket *ticket;
};

static int
release_ask(struct bus_ask *ask)
{
	json_decref(ask->params);
	bus_message_free(ask->message);
	atomic_fetch_sub(&ask->point->door->outstanding, 1);
	return 0;
}

static void
log_unanswered(const struct bus_ask *ask, dms_error *error)
{
	log_failure(LOG_WARNING, "a reply cannot be sent", error,
		    F_STR("subject", ask->message->subject));
	dms_error_free(error);
}

static void
reply_error(const struct bus_ask *ask, const dms_error *error)
{
	struct bus *bus = ask->point->door->gateway->service->bus;
	dms_error *failure = bus_reply_error(bus, ask->message, error);
	if (failure != NULL)
		log_unanswered(ask, failure);
}

/* A result over the bus's message limit becomes an error that says so. */
static void
reply_result(const struct bus_ask *ask, const json_t *result)
{
	struct bus *bus = ask->point->door->gateway->service->bus;
	char *text = json_dumps(result, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
	dms_error *failure = text != NULL
				 ? bus_reply(bus, ask->message, text, strlen(text))
				 : dms_error_new(DMS_E_INTERNAL, "a result cannot be written");
	free(text);
	if (failure == NULL)
		return;
	if (failure->id == DMS_E_BUS_UNAVAILABLE) {
		log_unanswered(ask, failure);
		return;
	}
	reply_error(ask, failure);
	dms_error_free(failure);
}

static void
answer(struct worker *worker, struct ticket *ticket)
{
	struct bus_ask *ask = ticket->owner;
	if (ask->message->reply != NULL && ticket->error != NULL)
		reply_error(ask, ticket->error);
	else if (ask->message->reply != NULL)
		reply_result(ask, ticket->call.result);
	ticket_end(ticket, ask->point->endpoint);
	talloc_free(ask);
}

static dms_error *
read_params(const struct bus_message *message, json_t **params)
{
	if (message->size == 0)
		return NULL;
	return jsonrpc_load((const char *)message->data, message->size, params);
}

static void
run(struct worker *worker, void *arg)
{
	struct bus_ask *ask = arg;
	struct bus_message *message = ask->message;
	dms_error *error = read_params(message, &ask->params);
	struct ticket_origin origin = {
	    .access = ask->point->access,
	    .source = "nats",
	    .request_id = message->cause,
	    .started_us = message->received_us,
	};
	const char *method = strrchr(message->subject, '.') + 1;
	struct ticket *ticket =
	    ticket_new(ask, ask->point->door->gateway, &origin, method, ask->params);
	ticket->owner = ask;
	ticket->done = answer;
	if (error != NULL) {
		dms_error_free(ticket->error);
		ticket->error = error;
	}
	if (ticket_run(worker, ticket))
		answer(worker, ticket);
}

/* On a library thread: only takes it in. */
static void
on_request(void *arg, struct bus_message *message)
{
	struct bus_point *point = arg;
	struct gateway *gateway = point->door->gateway;
	struct bus_ask *ask = talloc_zero(NULL, struct bus_ask);
	ask->point = point;
	ask->message = message;
	talloc_set_destructor(ask, release_ask);
	dms_error *error = NULL;
	if (atomic_fetch_add(&point->door->outstanding, 1) >= OUTSTANDING_MAX)
		error = dms_error_new(DMS_E_TIMEOUT, "%d requests are waiting: try again later",
				      OUTSTANDING_MAX);
	else if (!work_submit(gateway->service->pool, WORK_INTERACTIVE, 0, run, ask))
		error = dms_error_new(DMS_E_STOPPING, "the gateway is stopping");
	if (error == NULL)
		return;
	bus_count(gateway->service->bus, point->endpoint, monotonic_us() - message->received_us,
		  error);
	if (message->reply != NULL)
		reply_error(ask, error);
	dms_error_free(error);
	talloc_free(ask);
}

dms_error *
bus_door_open(TALLOC_CTX *mem, struct gateway *gateway, struct bus_door **made)
{
	struct bus_door *door = talloc_zero(mem, struct bus_door);
	struct bus *bus = gateway->service->bus;
	door->gateway = gateway;
	for (int i = 0; i < RPC_ACCESS_POINT_COUNT; i++) {
		struct bus_point *point = &door->points[i];
		*point = (struct bus_point){.door = door, .access = &rpc_access_points[i]};
		const char *subject =
		    talloc_asprintf(door, "dms.rpc.%s.*", rpc_access_points[i].token);
		point->endpoint = bus_srv_endpoint(bus, rpc_access_points[i].token, subject);
		TRY(bus_subscribe(bus, subject, QUEUE, on_request, point));
	}
	*made = door;
	return NULL;
}
