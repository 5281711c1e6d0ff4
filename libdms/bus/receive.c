/* Messages in: subscriptions, acknowledgements, answers. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "bus/internal.h"

/* talloc'ed without parent, so that any thread may free it; `message` comes first */
struct received {
	struct bus_message message;
	natsMsg *msg;
};

static int
received_free(struct received *received)
{
	natsMsg_Destroy(received->msg);
	return 0;
}

/* 0 when absent or not a number */
static int64_t
parse_id(const char *text)
{
	char *end;
	long long id;

	if (text == NULL || *text < '0' || *text > '9')
		return 0;
	errno = 0;
	id = strtoll(text, &end, 10);
	return errno == 0 && *end == '\0' ? id : 0;
}

static struct bus_message *
message_new(natsMsg *msg)
{
	struct received *received = talloc_zero(NULL, struct received);
	const char *change = NULL;
	const char *cause = NULL;

	if (received == NULL)
		abort();
	received->msg = msg;
	talloc_set_destructor(received, received_free);
	if (natsMsgHeader_Get(msg, BUS_HEADER_CHANGE, &change) != NATS_OK)
		change = NULL;
	if (natsMsgHeader_Get(msg, BUS_HEADER_CAUSE, &cause) != NATS_OK)
		cause = NULL;
	received->message = (struct bus_message){
	    .subject = natsMsg_GetSubject(msg),
	    .reply = natsMsg_GetReply(msg),
	    .data = (const uint8_t *)natsMsg_GetData(msg),
	    .size = (size_t)natsMsg_GetDataLength(msg),
	    .change_id = parse_id(change),
	    .cause = cause,
	    .received_us = monotonic_us(),
	};
	return &received->message;
}

void
bus_message_free(struct bus_message *message)
{
	if (message != NULL)
		talloc_free((struct received *)message);
}

/* Late messages of a work queue go back to the server at once, or they would wait out the ack wait.
 */
void
receive(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure)
{
	struct subscription *subscription = ((struct tap *)closure)->subscription;
	const char *reply = natsMsg_GetReply(msg);

	if (!atomic_load(&subscription->bus->is_drained)) {
		subscription->handler(subscription->arg, message_new(msg));
		return;
	}
	if (subscription->is_work && reply != NULL)
		natsConnection_PublishString(nc, reply, "-NAK");
	natsMsg_Destroy(msg);
}

void
subscription_free(struct subscription *subscription)
{
	free(subscription->subject);
	free(subscription->queue);
	free(subscription);
}

static dms_error *
check_filter(const char *subject)
{
	for (const char *c = subject; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return dms_error_new(DMS_E_BUS, "\"%s\" is not a subject to subscribe to",
					     subject);
	if (*subject == '\0')
		return dms_error_new(DMS_E_BUS, "no subject to subscribe to");
	return NULL;
}

dms_error *
subscribe(struct bus *bus, const char *subject, const char *queue, bool is_work,
	  bus_handler *handler, void *arg)
{
	struct subscription *made;
	struct link *link;
	dms_error *error = NULL;

	TRY(check_filter(subject));
	made = calloc(1, sizeof *made);
	if (made == NULL)
		abort();
	*made = (struct subscription){.bus = bus,
				      .subject = strdup(subject),
				      .queue = queue != NULL ? strdup(queue) : NULL,
				      .handler = handler,
				      .arg = arg,
				      .is_work = is_work};
	pthread_mutex_lock(&bus->lock);
	made->next = bus->subscriptions;
	bus->subscriptions = made;
	link = bus->link;
	if (link != NULL)
		link->users++;
	pthread_mutex_unlock(&bus->lock);
	if (link == NULL)
		return NULL; /* the keeper makes it when it has connected */
	error = link_tap(link, made);
	link_put(link);
	if (error != NULL && error->id == DMS_E_BUS_UNAVAILABLE) {
		dms_error_free(error); /* likewise, on the next link */
		error = NULL;
	}
	return error;
}

dms_error *
bus_subscribe(struct bus *bus, const char *subject, const char *queue, bus_handler *handler,
	      void *arg)
{
	return subscribe(bus, subject, queue, false, handler, arg);
}

dms_error *
bus_consume(struct bus *bus, enum bus_consumer consumer, bus_handler *handler, void *arg)
{
	const struct bus_durable *durable = &bus_durables[consumer];
	bool was_declaring;

	pthread_mutex_lock(&bus->lock);
	was_declaring = bus->is_declaring;
	bus->is_declaring = true;
	if (!was_declaring)
		bus->connects++; /* as after a connect: the keeper declares */
	pthread_cond_broadcast(&bus->changed);
	pthread_mutex_unlock(&bus->lock);
	if (!was_declaring)
		TRY(watch_deletions(bus));
	return subscribe(bus, durable->deliver, durable->name, true, handler, arg);
}

static natsStatus
publish_to(struct bus *bus, const char *subject, const void *data, size_t size)
{
	struct link *link = link_take(bus);
	natsStatus status = NATS_CONNECTION_DISCONNECTED;

	if (link == NULL)
		return status;
	status = size > INT_MAX ? NATS_MAX_PAYLOAD
				: natsConnection_Publish(link->nc, subject, data, (int)size);
	link_put(link);
	return status;
}

void
bus_ack(struct bus *bus, struct bus_message *message)
{
	natsStatus status = NATS_OK;

	if (message == NULL)
		return;
	if (message->reply != NULL)
		status = publish_to(bus, message->reply, "+ACK", 4);
	if (status != NATS_OK) /* it will come again; handlers know what is done already */
		log_debug("message not acknowledged", F_STR("subject", message->subject),
			  F_STR("reason", natsStatus_GetText(status)));
	bus_message_free(message);
}

static dms_error *
nowhere(const struct bus_message *message)
{
	return dms_error_new(DMS_E_BUS, "a message on %s came without a place to answer to",
			     message->subject);
}

dms_error *
bus_reply(struct bus *bus, const struct bus_message *message, const void *data, size_t size)
{
	natsStatus status;

	if (message->reply == NULL)
		return nowhere(message);
	status = publish_to(bus, message->reply, data, size);
	return status == NATS_OK ? NULL : nats_error(status, "answering", message->subject);
}

static natsStatus
send_error(struct bus *bus, const struct bus_message *message, int code, const char *body)
{
	struct link *link = link_take(bus);
	natsMsg *msg = NULL;
	char text[16];
	natsStatus status;

	if (link == NULL)
		return NATS_CONNECTION_DISCONNECTED;
	snprintf(text, sizeof text, "%d", code);
	status = natsMsg_Create(&msg, message->reply, NULL, body, (int)strlen(body));
	if (status == NATS_OK)
		status = natsMsgHeader_Set(msg, BUS_HEADER_ERROR, text);
	if (status == NATS_OK)
		status = natsConnection_PublishMsg(link->nc, msg);
	natsMsg_Destroy(msg);
	link_put(link);
	return status;
}

/* An error whose data is too large for a message is better told without than not at all. */
dms_error *
bus_reply_error(struct bus *bus, const struct bus_message *message, const dms_error *error)
{
	int code = dms_err_info(error->id)->code;
	json_t *object;
	char *body;
	natsStatus status;

	if (message->reply == NULL)
		return nowhere(message);
	object = dms_error_to_json(error);
	body = json_dumps(object, JSON_COMPACT);
	status = body == NULL ? NATS_NO_MEMORY : send_error(bus, message, code, body);
	free(body);
	if (status == NATS_MAX_PAYLOAD) {
		json_object_del(object, "data");
		json_object_set_new(
		    object, "message",
		    json_pack("s#", error->message, (int)strnlen(error->message, 2000)));
		body = json_dumps(object, JSON_COMPACT);
		status = body == NULL ? NATS_NO_MEMORY : send_error(bus, message, code, body);
		free(body);
	}
	json_decref(object);
	return status == NATS_OK ? NULL : nats_error(status, "answering", message->subject);
}

/* "$JS.API.CONSUMER.DELETE.DMS_EVENT.zone": ours? Of a domain the prefix may be another. */
static bool
deletes_ours(const char *request)
{
	const char *what = strstr(request, ".STREAM.DELETE.");
	char name[128];

	for (size_t i = 0; what != NULL && i < BUS_STREAM_COUNT; i++) {
		snprintf(name, sizeof name, ".STREAM.DELETE.%s", bus_streams[i].name);
		if (strcmp(what, name) == 0)
			return true;
	}
	what = strstr(request, ".CONSUMER.DELETE.");
	for (size_t i = 0; what != NULL && i < BUS_CONSUMER_COUNT; i++) {
		snprintf(name, sizeof name, ".CONSUMER.DELETE.%s.%s", bus_durables[i].stream,
			 bus_durables[i].name);
		if (strcmp(what, name) == 0)
			return true;
	}
	return false;
}

/* The server's account of a request that it has answered. */
static void
on_answered(void *arg, struct bus_message *message)
{
	struct bus *bus = arg;
	json_t *audit = json_loadb((const char *)message->data, message->size, 0, NULL);
	const char *request = json_string_value(json_object_get(audit, "subject"));

	if (request != NULL && deletes_ours(request)) {
		log_notice("the server reports a deletion", F_STR("subject", request));
		pthread_mutex_lock(&bus->lock);
		bus->has_lost = true;
		pthread_cond_broadcast(&bus->changed);
		pthread_mutex_unlock(&bus->lock);
	}
	json_decref(audit);
	bus_message_free(message);
}

/* Not STREAM.DELETED: the server (2.9) says that before it has removed the files, and what is made
 * anew under the same name meanwhile loses its own and neither stores nor delivers. The deletion is
 * answered, and the answer accounted for, when they are gone. */
dms_error *
watch_deletions(struct bus *bus)
{
	return subscribe(bus, "$JS.EVENT.ADVISORY.API", NULL, false, on_answered, bus);
}
