/* rooms: dms_bus dms_base */
/* Streams over a real NATS server, which is killed, emptied and bothered. */
#include "bus_ear.h"

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

/* What `delete_it` deletes is there again at once and works, and does so every time. */
static void
is_made_again(struct place *place, natsStatus (*delete_it)(jsCtx *js))
{
	struct ear ear;
	struct bus *bus = open_consumer(place, &ear);
	struct view view = view_open(place);

	for (int round = 1; round <= 20; round++) {
		assert_true(wait_for(&ear, &ear.ups, round));
		assert_int_equal(delete_it(view.js), NATS_OK);
		assert_true(wait_for(&ear, &ear.ups, round + 1));
		publish(bus, "dms.event.zone.1", "after");
		assert_true(wait_for(&ear, &ear.count, round));
		assert_true(becomes_empty(&view));
	}
	assert_int_equal(ear.downs, 0);
	view_close(&view);
	talloc_free(bus);
}

static natsStatus
delete_stream(jsCtx *js)
{
	return js_DeleteStream(js, "DMS_EVENT", NULL, NULL);
}

static natsStatus
delete_consumer(jsCtx *js)
{
	return js_DeleteConsumer(js, "DMS_EVENT", "zone", NULL, NULL);
}

/* One that is made while files of the old one are still removed stores nothing. */
static void
test_deleted_stream_is_made_again(void **state)
{
	is_made_again(*state, delete_stream);
}

static void
test_deleted_consumer_is_made_again(void **state)
{
	is_made_again(*state, delete_consumer);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_event_is_delivered_once_and_acknowledged, setup,
					    teardown),
	    cmocka_unit_test_setup_teardown(test_copies_of_a_service_share, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_wiped_store_heals, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_deleted_stream_is_made_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_deleted_consumer_is_made_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_differing_declarations_are_updated, setup,
					    teardown),
	};
	int failed;

	log_init("test_bus", LOG_TEXT, getenv("DMS_TEST_LOG") != NULL ? LOG_DEBUG : LOG_CRIT);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	bus_end(5000);
	return failed;
}
