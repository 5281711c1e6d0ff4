/* The NATS services protocol (NATS ADR-32): who is there, what it serves, how it fares.
 *
 * One answer per process and question. Subjects are subscribed to with a wildcard for the verb,
 * three subscriptions instead of nine; the NATS user needs to be allowed "$SRV.>".
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include "base/time.h"
#include "bus/internal.h"

struct endpoint {
	char *name;
	char *subject;
	char *last_error;
	uint64_t requests;
	uint64_t errors;
	int64_t took_us;
};

struct srv {
	pthread_mutex_t lock; /* guards the endpoints, and the talloc context they live on */
	char *name;
	char *id;
	char *version;
	char *description;
	char *started;
	struct endpoint *endpoints;
	int count;
};

static char *
utc_now(TALLOC_CTX *mem)
{
	int64_t now_us = realtime_us();
	time_t now = (time_t)(now_us / 1000000);
	struct tm utc;
	char text[32];

	gmtime_r(&now, &utc);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
	return talloc_asprintf(mem, "%s.%06dZ", text, (int)(now_us % 1000000));
}

static json_t *
answer_new(const struct srv *srv, const char *type)
{
	char host[256] = "";
	json_t *answer;

	gethostname(host, sizeof host - 1);
	answer = json_pack("{s:s+, s:s, s:s, s:s}", "type", "io.nats.micro.v1.", type, "name",
			   srv->name, "id", srv->id, "version", srv->version);
	json_object_set_new(answer, "metadata",
			    json_pack("{s:o, s:o}", "host", json_text(host), "pid",
				      json_sprintf("%d", (int)getpid())));
	return answer;
}

static json_t *
info_endpoints(const struct srv *srv)
{
	json_t *list = json_array();

	for (int i = 0; i < srv->count; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:{}}", "name",
						      srv->endpoints[i].name, "subject",
						      srv->endpoints[i].subject, "queue_group",
						      srv->name, "metadata"));
	return list;
}

/* times are nanoseconds, as the protocol has them */
static json_t *
stats_endpoints(const struct srv *srv)
{
	json_t *list = json_array();

	for (int i = 0; i < srv->count; i++) {
		const struct endpoint *each = &srv->endpoints[i];
		int64_t took_ns = each->took_us * 1000;
		json_t *stats = json_pack(
		    "{s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "name", each->name, "subject",
		    each->subject, "queue_group", srv->name, "num_requests",
		    (json_int_t)each->requests, "num_errors", (json_int_t)each->errors,
		    "processing_time", (json_int_t)took_ns, "average_processing_time",
		    each->requests > 0 ? (json_int_t)(took_ns / (int64_t)each->requests) : 0);

		json_object_set_new(stats, "last_error",
				    json_text(each->last_error != NULL ? each->last_error : ""));
		json_array_append_new(list, stats);
	}
	return list;
}

static json_t *
answer_to(struct srv *srv, const char *verb, size_t length)
{
	json_t *answer = NULL;

	pthread_mutex_lock(&srv->lock);
	if (length == 4 && memcmp(verb, "PING", 4) == 0) {
		answer = answer_new(srv, "ping_response");
	} else if (length == 4 && memcmp(verb, "INFO", 4) == 0) {
		answer = answer_new(srv, "info_response");
		json_object_set_new(answer, "description", json_text(srv->description));
		json_object_set_new(answer, "endpoints", info_endpoints(srv));
	} else if (length == 5 && memcmp(verb, "STATS", 5) == 0) {
		answer = answer_new(srv, "stats_response");
		json_object_set_new(answer, "started", json_string(srv->started));
		json_object_set_new(answer, "endpoints", stats_endpoints(srv));
	}
	pthread_mutex_unlock(&srv->lock);
	return answer;
}

/* "$SRV.STATS.zone-sm": the verb stands between the first and the second dot */
static void
on_question(void *arg, struct bus_message *message)
{
	struct bus *bus = arg;
	const char *verb = message->subject + strlen("$SRV.");
	json_t *answer = answer_to(bus->srv, verb, strcspn(verb, "."));
	char *text = answer != NULL ? json_dumps(answer, JSON_COMPACT) : NULL;

	if (text != NULL && message->reply != NULL)
		dms_error_free(bus_reply(bus, message, text, strlen(text)));
	free(text);
	json_decref(answer);
	bus_message_free(message);
}

dms_error *
bus_srv(struct bus *bus, const char *name, const char *version, const char *description)
{
	struct srv *srv = talloc_zero(NULL, struct srv);
	char *subject;
	dms_error *error = NULL;

	pthread_mutex_init(&srv->lock, NULL);
	srv->name = talloc_strdup(srv, name);
	srv->id = random_hex(srv, 11);
	srv->version = talloc_strdup(srv, version);
	srv->description = talloc_strdup(srv, description);
	srv->started = utc_now(srv);
	bus->srv = srv;

	TRY(bus_subscribe(bus, "$SRV.*", NULL, on_question, bus));
	subject = talloc_asprintf(NULL, "$SRV.*.%s", name);
	TRY_GOTO(bus_subscribe(bus, subject, NULL, on_question, bus), done);
	subject = talloc_asprintf_append(subject, ".%s", srv->id);
	TRY_GOTO(bus_subscribe(bus, subject, NULL, on_question, bus), done);
done:
	talloc_free(subject);
	return error;
}

int
bus_srv_endpoint(struct bus *bus, const char *name, const char *subject)
{
	struct srv *srv = bus->srv;
	int index;

	pthread_mutex_lock(&srv->lock);
	index = srv->count;
	srv->endpoints = talloc_realloc(srv, srv->endpoints, struct endpoint, (size_t)index + 1);
	srv->endpoints[index] = (struct endpoint){.name = talloc_strdup(srv, name),
						  .subject = talloc_strdup(srv, subject)};
	srv->count++;
	pthread_mutex_unlock(&srv->lock);
	return index;
}

void
bus_count(struct bus *bus, int endpoint, int64_t took_us, const dms_error *error)
{
	struct srv *srv = bus->srv;
	struct endpoint *counted;

	if (srv == NULL)
		return;
	pthread_mutex_lock(&srv->lock);
	if (endpoint >= 0 && endpoint < srv->count) {
		counted = &srv->endpoints[endpoint];
		counted->requests++;
		counted->took_us += took_us;
		if (error != NULL) {
			counted->errors++;
			talloc_free(counted->last_error);
			counted->last_error = talloc_asprintf(
			    srv, "%d:%s", dms_err_info(error->id)->code, error->message);
		}
	}
	pthread_mutex_unlock(&srv->lock);
}

void
srv_free(struct srv *srv)
{
	if (srv == NULL)
		return;
	pthread_mutex_destroy(&srv->lock);
	talloc_free(srv);
}
