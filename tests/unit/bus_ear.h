/* A place with a NATS server, an ear on its bus, and the server's own view. Included by one C file
 * of a program. */
#pragma once

#include <nats/nats.h>
#include <pthread.h>
#include <time.h>

#include "base/log.h"
#include "base/time.h"
#include "bus/bus.h"
#include "bus_server.h"
#include "testing.h"

#define PATIENCE_MS 10000

struct place {
	struct nats_server server;
	struct dms_config config;
};

/* Hears messages and remembers them; acknowledges when told so. */
struct ear {
	pthread_mutex_t lock;
	pthread_cond_t heard;
	struct bus *bus;
	bool acks;
	int count;
	int64_t change_id;
	char cause[32];
	char data[32];
	char subject[64];
	int ups; /* on_state(true) */
	int downs;
};

static inline int
setup(void **state)
{
	struct place *place = talloc_zero(NULL, struct place);

	server_prepare(&place->server);
	server_start(&place->server, NULL);
	place->config = (struct dms_config){.program = PROGRAM_ZONE_SM,
					    .program_name = "zone-sm",
					    .file = "",
					    .nats_url = place->server.url,
					    .nats_ca = "",
					    .nats_cert = "",
					    .nats_key = "",
					    .nats_replicas = 1};
	*state = place;
	return 0;
}

static inline int
teardown(void **state)
{
	struct place *place = *state;

	server_end(&place->server);
	talloc_free(place);
	return 0;
}

static inline void
ear_init(struct ear *ear)
{
	pthread_condattr_t attributes;

	memset(ear, 0, sizeof *ear);
	ear->acks = true;
	pthread_mutex_init(&ear->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&ear->heard, &attributes);
	pthread_condattr_destroy(&attributes);
}

static inline void
on_state(void *arg, bool is_connected)
{
	struct ear *ear = arg;

	pthread_mutex_lock(&ear->lock);
	if (is_connected)
		ear->ups++;
	else
		ear->downs++;
	pthread_cond_broadcast(&ear->heard);
	pthread_mutex_unlock(&ear->lock);
}

static inline void
on_message(void *arg, struct bus_message *message)
{
	struct ear *ear = arg;

	pthread_mutex_lock(&ear->lock);
	ear->count++;
	ear->change_id = message->change_id;
	snprintf(ear->cause, sizeof ear->cause, "%s", message->cause != NULL ? message->cause : "");
	snprintf(ear->subject, sizeof ear->subject, "%s", message->subject);
	snprintf(ear->data, sizeof ear->data, "%.*s", (int)message->size,
		 (const char *)message->data);
	pthread_cond_broadcast(&ear->heard);
	pthread_mutex_unlock(&ear->lock);
	if (ear->acks)
		bus_ack(ear->bus, message);
	else
		bus_message_free(message);
}

/* True as soon as `*number` is at least `wanted`. */
static inline bool
wait_for(struct ear *ear, const int *number, int wanted)
{
	int64_t deadline = monotonic_us() + PATIENCE_MS * INT64_C(1000);
	struct timespec until = {.tv_sec = deadline / 1000000,
				 .tv_nsec = deadline % 1000000 * 1000};
	bool is_there;
	int failure = 0;

	pthread_mutex_lock(&ear->lock);
	while (*number < wanted && failure == 0)
		failure = pthread_cond_timedwait(&ear->heard, &ear->lock, &until);
	is_there = *number >= wanted;
	pthread_mutex_unlock(&ear->lock);
	return is_there;
}

/* connected, declared, listening to zone events */
static inline struct bus *
open_consumer(struct place *place, struct ear *ear)
{
	struct bus *bus = NULL;

	ear_init(ear);
	ok(bus_open(place, &place->config, on_state, ear, &bus));
	ear->bus = bus;
	ok(bus_consume(bus, BUS_CONSUMER_ZONE, on_message, ear));
	ok(bus_wait(bus, PATIENCE_MS));
	return bus;
}

static inline void
publish(struct bus *bus, const char *subject, const char *text)
{
	ok(bus_publish_stored(
	    bus, &(struct bus_outgoing){.subject = subject, .data = text, .size = strlen(text)},
	    PATIENCE_MS));
}

/* the server's own view, over a connection of its own */
struct view {
	natsConnection *nc;
	jsCtx *js;
};

static inline struct view
view_open(struct place *place)
{
	struct view view = {0};

	assert_int_equal(natsConnection_ConnectTo(&view.nc, place->server.url), NATS_OK);
	assert_int_equal(natsConnection_JetStream(&view.js, view.nc, NULL), NATS_OK);
	return view;
}

static inline void
view_close(struct view *view)
{
	jsCtx_Destroy(view->js);
	natsConnection_Destroy(view->nc);
}

/* waits until nothing is left in the stream and nothing awaits an acknowledgement */
static inline bool
becomes_empty(struct view *view)
{
	for (int64_t start = monotonic_us(); elapsed_ms(start) < PATIENCE_MS; nats_Sleep(2)) {
		jsStreamInfo *stream = NULL;
		jsConsumerInfo *consumer = NULL;
		bool is_empty;

		assert_int_equal(js_GetStreamInfo(&stream, view->js, "DMS_EVENT", NULL, NULL),
				 NATS_OK);
		assert_int_equal(
		    js_GetConsumerInfo(&consumer, view->js, "DMS_EVENT", "zone", NULL, NULL),
		    NATS_OK);
		is_empty = stream->State.Msgs == 0 && consumer->NumAckPending == 0;
		jsStreamInfo_Destroy(stream);
		jsConsumerInfo_Destroy(consumer);
		if (is_empty)
			return true;
	}
	return false;
}
