/* NATS: one connection, the streams and consumers of the system, requests and services.
 *
 * Everything a service hears arrives on a library thread; the callbacks here must only hand over
 * (service/service.h does). JetStream messages are acknowledged by hand. Streams and consumers come
 * from the tables in streams.c; bus_declare creates or repairs them and runs again by itself after
 * every reconnect and whenever the server reports one of them deleted, so a wiped store heals.
 * Subscriptions to a consumer's delivery subject live as long as the process (shared/measured.md
 * section 1: libnats 3.4.1 must not destroy them while messages come in).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/config.h"
#include "base/error.h"

struct bus;
struct bus_message;

#define BUS_HEADER_CHANGE "Dms-Change"  /* change id, decimal */
#define BUS_HEADER_CAUSE  "Dms-Request" /* id of the request that caused the message */
#define BUS_HEADER_MSG_ID "Nats-Msg-Id" /* JetStream drops a second message of one id */
#define BUS_HEADER_ERROR \
	"Dms-Error" /* on a reply: JSON-RPC error code; the body is the error object */

/* Connects in the background and keeps trying: returns at once, also when no server is up; an
 * option or certificate file that cannot be used is DMS_E_CONFIG. `on_state` (may be NULL) hears
 * every connect (true; after the declarations have been repaired) and disconnect (false), and true
 * once more when something of ours was deleted and made again: what is not certainly handled must
 * be published again. It runs on the bus's own thread. Ended with talloc_free, never from a
 * callback. */
dms_error *bus_open(TALLOC_CTX *mem, const struct dms_config *config,
		    void (*on_state)(void *arg, bool is_connected), void *arg, struct bus **bus);
/* Waits until connected and, in a service that declares, declared; after `timeout_ms`
 * DMS_E_BUS_UNAVAILABLE with the reason. */
dms_error *bus_wait(struct bus *bus, int64_t timeout_ms);
bool bus_is_connected(const struct bus *bus);
/* Stops taking in messages, waits for callbacks, flushes. Nothing is delivered afterwards, but
 * acknowledging, answering and publishing still work. */
void bus_drain(struct bus *bus, int64_t timeout_ms);
/* At the end of a program, when no bus is open any more: waits until the NATS library's threads
 * have ended: they still free connections when the last callback has come. False: one was still
 * there after `timeout_ms`. The program may end all the same: OpenSSL, which they use, is not taken
 * down at its end (bus_open). */
bool bus_end(int64_t timeout_ms);

/* The streams and consumers of which a service needs. */
enum bus_consumer {
	BUS_CONSUMER_ZONE,      /* dms.event.zone.> */
	BUS_CONSUMER_ZONE_BULK, /* dms.event.zone-bulk.> */
	BUS_CONSUMER_MASTER,    /* dms.event.master.> */
	BUS_CONSUMER_SERVER,    /* dms.event.server.> */
	BUS_CONSUMER_REVERSE,   /* dms.event.reverse.> */
	BUS_CONSUMER_JOB,       /* dms.event.job-bulk.> */
	BUS_CONSUMER_COUNT
};

struct bus_message {
	const char *subject;
	const char *reply; /* where to answer or acknowledge; NULL when nowhere */
	const uint8_t *data;
	size_t size;
	int64_t change_id;   /* from the header, 0 when absent */
	const char *cause;   /* from the header, NULL when absent */
	int64_t received_us; /* monotonic_us() at arrival */
};

/* Called on a library thread; owns `message` (which has no talloc parent) and ends it with bus_ack
 * or bus_message_free, later, on any thread. */
typedef void bus_handler(void *arg, struct bus_message *message);

/* Work-queue messages of a consumer, shared with the other copies of the service. Creates stream
 * and consumer as needed. End each with bus_ack. */
dms_error *bus_consume(struct bus *bus, enum bus_consumer consumer, bus_handler *handler,
		       void *arg);
/* Plain subscription; `queue` may be NULL. `subject` may hold wildcards. */
dms_error *bus_subscribe(struct bus *bus, const char *subject, const char *queue,
			 bus_handler *handler, void *arg);
/* Acknowledges a work-queue message (it will not be delivered again) and frees it. */
void bus_ack(struct bus *bus, struct bus_message *message);
/* Answers a request; the message stays yours. */
dms_error *bus_reply(struct bus *bus, const struct bus_message *message, const void *data,
		     size_t size);
/* Answers with an error: header BUS_HEADER_ERROR, body dms_error_to_json. Does not free it. */
dms_error *bus_reply_error(struct bus *bus, const struct bus_message *message,
			   const dms_error *error);
void bus_message_free(struct bus_message *message);

struct bus_outgoing {
	const char *subject;
	const void *data;
	size_t size;
	const char *msg_id; /* NULL: no duplicate suppression */
	int64_t change_id;  /* 0: no header */
	const char *cause;  /* NULL: no header */
};
/* Hands a message to the server. Success means it is on its way, no more: what must not be lost is
 * a row in PostgreSQL that somebody relays. DMS_E_BUS_UNAVAILABLE when not connected. */
dms_error *bus_publish(struct bus *bus, const struct bus_outgoing *out);
/* The same and waits until JetStream has stored it. */
dms_error *bus_publish_stored(struct bus *bus, const struct bus_outgoing *out, int64_t timeout_ms);

/* Request and reply. The reply lives on `mem`. DMS_E_BUS_NO_RESPONDER at once when nobody serves
 * the subject, DMS_E_TIMEOUT, or the error the other side answered with. */
dms_error *bus_request(struct bus *bus, TALLOC_CTX *mem, const struct bus_outgoing *out,
		       int64_t timeout_ms, uint8_t **data, size_t *size);

/* The NATS services protocol: answers $SRV.PING, INFO and STATS for this process under `name`
 * ("zone-sm"), and counts; the NATS user must be allowed to subscribe to "$SRV.>". Endpoints are
 * named once; the index returned is for bus_count. */
dms_error *bus_srv(struct bus *bus, const char *name, const char *version, const char *description);
int bus_srv_endpoint(struct bus *bus, const char *name, const char *subject);
/* One handled message: how long it took, and the error (or NULL) it ended with. Thread-safe. */
void bus_count(struct bus *bus, int endpoint, int64_t took_us, const dms_error *error);
