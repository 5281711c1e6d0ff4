/* Knocks: from the bus to the workers. */
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/log.h"
#include "sm/engine.h"

/* Rows in line from which on the workers are busy for a while. */
#define BACKLOG 4

/* Each machine has lanes of its own in the pool. */
static uint64_t
key_of(const struct sm_knock *knock)
{
	return ((uint64_t)knock->sm_id << 8) ^ (uint64_t)knock->room->machine->name[0] ^
	       UINT64_C(0x5a00000000000000);
}

static struct sm_knock **
bucket_of(const struct sm_knock *knock)
{
	uint64_t hash = key_of(knock) * UINT64_C(0x9e3779b97f4a7c15);

	return &knock->engine->knocks[hash >> 56];
}

/* Whether a run for the same row stands in line no further back. It will see what this knock is
 * about: the event was committed before anybody knocked. Mutex held. */
static bool
is_in_line(const struct sm_knock *knock)
{
	for (const struct sm_knock *other = *bucket_of(knock); other != NULL; other = other->next)
		if (other->room == knock->room && other->sm_id == knock->sm_id &&
		    other->class <= knock->class)
			return true;
	return false;
}

static bool
line_join(struct sm_knock *knock)
{
	struct sm_engine *engine = knock->engine;
	bool is_new;

	pthread_mutex_lock(&engine->knocks_mutex);
	is_new = !is_in_line(knock);
	if (is_new) {
		struct sm_knock **bucket = bucket_of(knock);

		knock->next = *bucket;
		*bucket = knock;
		engine->waiting[knock->class]++;
	}
	pthread_mutex_unlock(&engine->knocks_mutex);
	return is_new;
}

/* From here on a knock for the row needs a run of its own. */
static void
line_leave(struct sm_knock *knock)
{
	struct sm_engine *engine = knock->engine;
	bool is_short;

	pthread_mutex_lock(&engine->knocks_mutex);
	for (struct sm_knock **at = bucket_of(knock); *at != NULL; at = &(*at)->next)
		if (*at == knock) {
			*at = knock->next;
			break;
		}
	is_short = --engine->waiting[knock->class] == BACKLOG - 1;
	pthread_mutex_unlock(&engine->knocks_mutex);
	if (is_short)
		sm_backlog_is_over(engine);
}

bool
sm_has_backlog(struct sm_engine *engine, enum work_class class)
{
	bool answer;

	pthread_mutex_lock(&engine->knocks_mutex);
	answer = engine->waiting[class] >= BACKLOG;
	pthread_mutex_unlock(&engine->knocks_mutex);
	return answer;
}

static void run_knock(struct worker *worker, void *arg);

/* Puts the knock in line; one that changes nothing is acknowledged at once, so that a busy row does
 * not fill what the server lets be outstanding. */
static void
submit(struct sm_knock *knock)
{
	struct sm_engine *engine = knock->engine;

	if (!line_join(knock)) {
		bus_ack(engine->bus, knock->message);
		talloc_free(knock);
		return;
	}
	if (work_submit(engine->pool, knock->class, key_of(knock), run_knock, knock))
		return;
	/* Stopping: unacknowledged, it goes to another copy, or the relay knocks again. */
	line_leave(knock);
	bus_message_free(knock->message);
	talloc_free(knock);
}

static void
run_knock(struct worker *worker, void *arg)
{
	struct sm_knock *knock = arg;
	struct sm_engine *engine = knock->engine;
	bool is_more;

	line_leave(knock);
	is_more = sm_run(engine, knock->room, worker, knock->sm_id);
	bus_ack(engine->bus, knock->message);
	knock->message = NULL;
	if (is_more)
		submit(knock);
	else
		talloc_free(knock);
}

const struct sm_room *
sm_room_named(const struct sm_engine *engine, const char *name, size_t length)
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
	const struct sm_room *room = sm_room_named(engine, name, is_bulk ? length - 5 : length);
	struct sm_knock *knock;

	if (room == NULL || dot == NULL) {
		log_warning("an event for nobody here", F_STR("subject", message->subject));
		bus_ack(engine->bus, message);
		return;
	}
	if (FAULT_AT(TAKE_IN, room->machine->name) == FAULT_DROP) {
		bus_ack(engine->bus, message);
		return;
	}
	knock = talloc_zero(NULL, struct sm_knock);
	*knock = (struct sm_knock){
	    .engine = engine,
	    .room = room,
	    .message = message,
	    .sm_id = strtoll(dot + 1, NULL, 10),
	    .class = is_bulk ? WORK_BULK : WORK_INTERACTIVE,
	};
	submit(knock);
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
	    {"reverse", BUS_CONSUMER_REVERSE}, {"job", BUS_CONSUMER_JOB},
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
		TRY(bus_subscribe(engine->bus, requests, name, sm_on_request, engine));
	}
	return NULL;
}
