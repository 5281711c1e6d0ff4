/* rooms: dms_bus dms_base */
/* Requests and what a bus says of itself, over a real NATS server or none. */
#include <jansson.h>

#include "bus_ear.h"

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
	bus_end(5000);
	return failed;
}
