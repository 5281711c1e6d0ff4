/* rooms: dms_bus dms_base */
/* The bus against a real NATS server, which is killed, emptied and bothered. */

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

static int
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

static int
teardown(void **state)
{
	struct place *place = *state;

	server_end(&place->server);
	talloc_free(place);
	return 0;
}

static void
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

static void
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

static void
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
static bool
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
static struct bus *
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

static void
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

static struct view
view_open(struct place *place)
{
	struct view view = {0};

	assert_int_equal(natsConnection_ConnectTo(&view.nc, place->server.url), NATS_OK);
	assert_int_equal(natsConnection_JetStream(&view.js, view.nc, NULL), NATS_OK);
	return view;
}

static void
view_close(struct view *view)
{
	jsCtx_Destroy(view->js);
	natsConnection_Destroy(view->nc);
}

/* waits until nothing is left in the stream and nothing awaits an acknowledgement */
static bool
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

static void
test_event_is_delivered_once_and_acknowledged(void **state)
{
	struct place *place = *state;
	struct ear ear;
	struct bus *bus = open_consumer(place, &ear);
	struct view view = view_open(place);
	const struct bus_outgoing event = {.subject = "dms.event.zone.17",
					   .data = "knock",
					   .size = 5,
					   .msg_id = "event-1",
					   .change_id = 4711,
					   .cause = "req\r\n7"};

	ok(bus_publish(bus, &event));
	assert_true(wait_for(&ear, &ear.count, 1));
	assert_int_equal(ear.change_id, 4711);
	assert_string_equal(ear.cause, "req??7"); /* no header of the caller's making */
	assert_string_equal(ear.data, "knock");
	assert_string_equal(ear.subject, "dms.event.zone.17");
	assert_true(becomes_empty(&view));

	ok(bus_publish_stored(bus, &event, PATIENCE_MS)); /* the same id: a duplicate */
	publish(bus, "dms.event.zone.18", "next");
	assert_true(wait_for(&ear, &ear.count, 2));
	assert_string_equal(ear.data, "next");
	assert_true(becomes_empty(&view));
	assert_int_equal(ear.count, 2);
	view_close(&view);
	talloc_free(bus);
}

static void
test_copies_of_a_service_share(void **state)
{
	struct place *place = *state;
	struct ear ears[2];
	struct bus *one = open_consumer(place, &ears[0]);
	struct bus *two = open_consumer(place, &ears[1]);
	struct view view = view_open(place);

	for (int i = 0; i < 200; i++)
		publish(one, "dms.event.zone.1", "x");
	assert_true(becomes_empty(&view));
	assert_int_equal(ears[0].count + ears[1].count, 200);
	assert_true(ears[0].count > 0);
	assert_true(ears[1].count > 0);
	view_close(&view);
	talloc_free(one);
	talloc_free(two);
}

static void
test_wiped_store_heals(void **state)
{
	struct place *place = *state;
	struct ear ear;
	struct bus *bus = open_consumer(place, &ear);
	struct view view;

	publish(bus, "dms.event.zone.1", "before");
	assert_true(wait_for(&ear, &ear.count, 1));
	server_kill(&place->server);
	remove_tree(place->server.store);
	assert_true(wait_for(&ear, &ear.downs, 1));
	expect_error(bus_publish(bus, &(struct bus_outgoing){.subject = "dms.event.zone.1"}),
		     DMS_E_BUS_UNAVAILABLE);
	assert_false(bus_is_connected(bus));

	server_start(&place->server, NULL);
	assert_true(wait_for(&ear, &ear.ups, 2));
	publish(bus, "dms.event.zone.1", "after");
	assert_true(wait_for(&ear, &ear.count, 2));
	assert_string_equal(ear.data, "after");
	view = view_open(place);
	assert_true(becomes_empty(&view));
	view_close(&view);
	talloc_free(bus);
}

static void
test_deleted_stream_is_made_again(void **state)
{
	struct place *place = *state;
	struct ear ear;
	struct bus *bus = open_consumer(place, &ear);
	struct view view = view_open(place);

	assert_int_equal(js_DeleteStream(view.js, "DMS_EVENT", NULL, NULL), NATS_OK);
	assert_true(wait_for(&ear, &ear.ups, 2));
	assert_int_equal(ear.downs, 0);
	publish(bus, "dms.event.zone.1", "after");
	assert_true(wait_for(&ear, &ear.count, 1));
	assert_true(becomes_empty(&view));

	int ups = ear.ups;
	assert_int_equal(js_DeleteConsumer(view.js, "DMS_EVENT", "zone", NULL, NULL), NATS_OK);
	assert_true(wait_for(&ear, &ear.ups, ups + 1));
	publish(bus, "dms.event.zone.1", "again");
	assert_true(wait_for(&ear, &ear.count, 2));
	assert_true(becomes_empty(&view));
	view_close(&view);
	talloc_free(bus);
}

/* an operator's hand, or an older release: what differs is made right */
static void
test_differing_declarations_are_updated(void **state)
{
	struct place *place = *state;
	struct ear ear;
	struct bus *bus = open_consumer(place, &ear);
	struct view view = view_open(place);
	jsStreamInfo *stream = NULL;
	jsConsumerInfo *consumer = NULL;
	jsConsumerConfig wrong;

	talloc_free(bus);
	assert_int_equal(js_GetStreamInfo(&stream, view.js, "DMS_FACT", NULL, NULL), NATS_OK);
	stream->Config->MaxAge = INT64_C(3600000000000);
	assert_int_equal(js_UpdateStream(NULL, view.js, stream->Config, NULL, NULL), NATS_OK);
	jsStreamInfo_Destroy(stream);
	assert_int_equal(js_DeleteConsumer(view.js, "DMS_EVENT", "zone", NULL, NULL), NATS_OK);
	jsConsumerConfig_Init(&wrong);
	wrong.Durable = "zone";
	wrong.DeliverSubject = "dms.deliver.elsewhere";
	wrong.FilterSubject = "dms.event.zone.>";
	wrong.AckPolicy = js_AckExplicit;
	wrong.MaxAckPending = 1;
	assert_int_equal(js_AddConsumer(NULL, view.js, "DMS_EVENT", &wrong, NULL, NULL), NATS_OK);

	bus = open_consumer(place, &ear);
	assert_int_equal(js_GetStreamInfo(&stream, view.js, "DMS_FACT", NULL, NULL), NATS_OK);
	assert_int_equal(stream->Config->MaxAge, INT64_C(7) * 86400 * 1000000000);
	jsStreamInfo_Destroy(stream);
	assert_int_equal(js_GetConsumerInfo(&consumer, view.js, "DMS_EVENT", "zone", NULL, NULL),
			 NATS_OK);
	assert_string_equal(consumer->Config->DeliverSubject, "dms.deliver.zone");
	assert_string_equal(consumer->Config->DeliverGroup, "zone");
	assert_int_equal(consumer->Config->MaxAckPending, 256);
	jsConsumerInfo_Destroy(consumer);
	publish(bus, "dms.event.zone.1", "x");
	assert_true(wait_for(&ear, &ear.count, 1));
	view_close(&view);
	talloc_free(bus);
}

/* answers "ok" with text, "fail" with an error, "huge" with one too large for a message */
static void
serve(void *arg, struct bus_message *message)
{
	struct bus *bus = arg;
	const char *what = strrchr(message->subject, '.') + 1;
	dms_error *error = NULL;

	if (strcmp(what, "ok") == 0)
		ok(bus_reply(bus, message, message->data, message->size));
	if (strcmp(what, "fail") == 0)
		error = dms_error_put_str(
		    dms_error_new(DMS_E_ZONE_DISABLED, "zone a.example is disabled"), "name",
		    "a.example");
	if (strcmp(what, "huge") == 0) {
		char *text = talloc_size(NULL, 2000000);

		memset(text, 'x', 2000000);
		text[1999999] = '\0';
		expect_error(bus_reply(bus, message, text, 2000000), DMS_E_TOO_LARGE);
		error = dms_error_put_str(dms_error_new(DMS_E_ZONE_DISABLED, "much to say"), "text",
					  text);
		talloc_free(text);
	}
	if (error != NULL)
		ok(bus_reply_error(bus, message, error));
	dms_error_free(error);
	bus_message_free(message);
}

static dms_error *
ask(struct bus *bus, TALLOC_CTX *mem, const char *subject, int64_t timeout_ms, uint8_t **data,
    size_t *size)
{
	return bus_request(
	    bus, mem, &(struct bus_outgoing){.subject = subject, .data = "question", .size = 8},
	    timeout_ms, data, size);
}

static void
test_requests(void **state)
{
	struct place *place = *state;
	struct ear ear;
	struct bus *bus = open_consumer(place, &ear);
	struct bus *client = NULL;
	struct dms_config tool = place->config;
	uint8_t *data = NULL;
	size_t size = 0;
	dms_error *error;

	tool.program = PROGRAM_ZONE_TOOL;
	tool.program_name = "zone_tool";
	ok(bus_open(place, &tool, NULL, NULL, &client));
	ok(bus_wait(client, PATIENCE_MS));
	ok(bus_subscribe(bus, "test.serve.*", "servers", serve, bus));
	expect_error(ask(client, place, "test.nobody", PATIENCE_MS, &data, &size),
		     DMS_E_BUS_NO_RESPONDER);
	/* one round trip on the server's connection: its subscription is there */
	ok(ask(bus, place, "test.serve.ok", PATIENCE_MS, &data, &size));

	ok(ask(client, place, "test.serve.ok", PATIENCE_MS, &data, &size));
	assert_int_equal(size, 8);
	assert_string_equal((char *)data, "question");
	error = ask(client, place, "test.serve.fail", PATIENCE_MS, &data, &size);
	assert_non_null(error);
	assert_string_equal(error->message, "zone a.example is disabled");
	assert_string_equal(json_string_value(json_object_get(error->data, "name")), "a.example");
	expect_error(error, DMS_E_ZONE_DISABLED);
	expect_error(ask(client, place, "test.serve.huge", PATIENCE_MS, &data, &size),
		     DMS_E_ZONE_DISABLED);
	expect_error(ask(client, place, "test.serve.silent", 50, &data, &size), DMS_E_TIMEOUT);
	expect_error(ask(client, place, "test.two words", 50, &data, &size), DMS_E_BUS);
	expect_error(ask(client, place, "test\r\nPUB x 0", 50, &data, &size), DMS_E_BUS);
	expect_error(ask(client, place, "test.*", 50, &data, &size), DMS_E_BUS);
	talloc_free(client);
	talloc_free(bus);
}

static json_t *
srv_ask(struct bus *bus, TALLOC_CTX *mem, const char *subject)
{
	uint8_t *data = NULL;
	size_t size = 0;
	json_t *answer;

	ok(ask(bus, mem, subject, PATIENCE_MS, &data, &size));
	answer = json_loadb((char *)data, size, 0, NULL);
	assert_non_null(answer);
	return answer;
}

static void
string_is(const json_t *object, const char *key, const char *wanted)
{
	assert_non_null(json_object_get(object, key));
	assert_string_equal(json_string_value(json_object_get(object, key)), wanted);
}

static int64_t
number_of(const json_t *object, const char *key)
{
	assert_true(json_is_integer(json_object_get(object, key)));
	return json_integer_value(json_object_get(object, key));
}

static void
test_services_protocol(void **state)
{
	struct place *place = *state;
	struct ear ear;
	struct bus *bus = open_consumer(place, &ear);
	dms_error *fault = dms_error_new(DMS_E_ZONE_DISABLED, "zone a.example is disabled");
	char subject[80];
	json_t *answer;
	const json_t *endpoint;

	ok(bus_srv(bus, "zone-sm", "1.2.3", "keeps zones"));
	assert_int_equal(bus_srv_endpoint(bus, "events", "dms.event.zone.>"), 0);
	assert_int_equal(bus_srv_endpoint(bus, "requests", "dms.sm.zone.*"), 1);
	bus_count(bus, 1, 1500, NULL);
	bus_count(bus, 1, 500, fault);
	bus_count(bus, 7, 1, NULL); /* no such endpoint: ignored */
	dms_error_free(fault);

	answer = srv_ask(bus, place, "$SRV.PING");
	string_is(answer, "type", "io.nats.micro.v1.ping_response");
	string_is(answer, "name", "zone-sm");
	string_is(answer, "version", "1.2.3");
	assert_true(json_is_object(json_object_get(answer, "metadata")));
	snprintf(subject, sizeof subject, "$SRV.STATS.zone-sm.%s",
		 json_string_value(json_object_get(answer, "id")));
	json_decref(answer);

	answer = srv_ask(bus, place, "$SRV.INFO.zone-sm");
	string_is(answer, "type", "io.nats.micro.v1.info_response");
	string_is(answer, "description", "keeps zones");
	endpoint = json_array_get(json_object_get(answer, "endpoints"), 0);
	string_is(endpoint, "name", "events");
	string_is(endpoint, "subject", "dms.event.zone.>");
	json_decref(answer);

	answer = srv_ask(bus, place, subject);
	string_is(answer, "type", "io.nats.micro.v1.stats_response");
	assert_int_equal(json_array_size(json_object_get(answer, "endpoints")), 2);
	endpoint = json_array_get(json_object_get(answer, "endpoints"), 1);
	assert_int_equal(number_of(endpoint, "num_requests"), 2);
	assert_int_equal(number_of(endpoint, "num_errors"), 1);
	assert_int_equal(number_of(endpoint, "processing_time"), 2000000);
	assert_int_equal(number_of(endpoint, "average_processing_time"), 1000000);
	string_is(endpoint, "last_error", "-88:zone a.example is disabled");
	json_decref(answer);
	talloc_free(bus);
}

static void
test_drained_bus_hears_nothing_but_still_speaks(void **state)
{
	struct place *place = *state;
	struct ear ear;
	struct ear other;
	struct bus *bus = open_consumer(place, &ear);
	struct bus *second = open_consumer(place, &other);
	struct view view = view_open(place);

	bus_drain(bus, PATIENCE_MS);
	for (int i = 0; i < 20; i++)
		publish(bus, "dms.event.zone.1", "late");
	assert_true(wait_for(&other, &other.count, 20));
	assert_int_equal(ear.count, 0);
	assert_true(becomes_empty(&view));
	view_close(&view);
	talloc_free(second);
	talloc_free(bus);
}

/* refused twice, the library gives the connection up for good; the bus does not */
static void
test_refused_user_is_let_in_later(void **state)
{
	struct place *place = *state;
	const char *const closed[] = {"--user", "somebody", "--pass", "else", NULL};
	struct ear ear;
	struct bus *bus = open_consumer(place, &ear);
	dms_error *error;
	int attempts = 0;

	server_kill(&place->server);
	server_start(&place->server, closed);
	assert_true(wait_for(&ear, &ear.downs, 1));
	/* until the refusal itself is what the bus has to say */
	for (bool is_refused = false; !is_refused && attempts < 500; attempts++) {
		error = bus_wait(bus, 20);
		assert_non_null(error);
		is_refused = strcasestr(error->message, "authorization") != NULL;
		dms_error_free(error);
	}
	assert_true(attempts < 500);
	server_kill(&place->server);
	server_start(&place->server, NULL);
	assert_true(wait_for(&ear, &ear.ups, 2));
	publish(bus, "dms.event.zone.1", "x");
	assert_true(wait_for(&ear, &ear.count, 1));
	talloc_free(bus);
}

static void
test_no_server(void **state)
{
	struct place *place = *state;
	struct bus *bus = NULL;
	int64_t start = monotonic_us();
	struct dms_config wrong = place->config;
	struct ear ear;

	server_kill(&place->server);
	ear_init(&ear);
	ok(bus_open(place, &place->config, on_state, &ear, &bus));
	ear.bus = bus;
	ok(bus_consume(bus, BUS_CONSUMER_ZONE, on_message, &ear));
	assert_true(elapsed_ms(start) < 1000);
	expect_error(bus_wait(bus, 30), DMS_E_BUS_UNAVAILABLE);
	expect_error(bus_publish(bus, &(struct bus_outgoing){.subject = "dms.event.zone.1"}),
		     DMS_E_BUS_UNAVAILABLE);
	server_start(&place->server, NULL);
	assert_true(wait_for(&ear, &ear.ups, 1));
	publish(bus, "dms.event.zone.1", "x");
	assert_true(wait_for(&ear, &ear.count, 1));
	talloc_free(bus);

	wrong.nats_ca = "/nonexistent/ca.pem";
	expect_error(bus_open(place, &wrong, NULL, NULL, &bus), DMS_E_CONFIG);
	wrong = place->config;
	wrong.nats_url = " , ";
	expect_error(bus_open(place, &wrong, NULL, NULL, &bus), DMS_E_CONFIG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_event_is_delivered_once_and_acknowledged, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_copies_of_a_service_share, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_wiped_store_heals, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_deleted_stream_is_made_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_differing_declarations_are_updated, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_requests, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_services_protocol, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_drained_bus_hears_nothing_but_still_speaks, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_refused_user_is_let_in_later, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_server, setup, teardown),
	};
	int failed;

	log_init("test_bus", LOG_TEXT, getenv("DMS_TEST_LOG") != NULL ? LOG_DEBUG : LOG_CRIT);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	nats_CloseAndWait(5000);
	return failed;
}
