/* One connection to NATS, its subscriptions, its orderly end. */
#include <stdlib.h>

#include "base/log.h"
#include "bus/internal.h"

#define JETSTREAM_WAIT_MS 3000

static void
on_disconnect(natsConnection *nc, void *closure)
{
	struct bus *bus = ((struct link *)closure)->bus;

	pthread_mutex_lock(&bus->lock);
	bus->drops++;
	pthread_cond_broadcast(&bus->changed);
	pthread_mutex_unlock(&bus->lock);
}

static void
on_reconnect(natsConnection *nc, void *closure)
{
	struct bus *bus = ((struct link *)closure)->bus;

	pthread_mutex_lock(&bus->lock);
	bus->connects++;
	pthread_cond_broadcast(&bus->changed);
	pthread_mutex_unlock(&bus->lock);
}

/* the last callback of a connection; the link may be freed as soon as the lock is let go */
static void
on_closed(natsConnection *nc, void *closure)
{
	struct link *link = closure;
	struct bus *bus = link->bus;

	pthread_mutex_lock(&bus->lock);
	link->is_closed = true;
	pthread_cond_broadcast(&bus->changed);
	pthread_mutex_unlock(&bus->lock);
}

static void
on_tap_complete(void *closure)
{
	struct link *link = closure;
	struct bus *bus = link->bus;

	pthread_mutex_lock(&bus->lock);
	link->running--;
	pthread_cond_broadcast(&bus->changed);
	pthread_mutex_unlock(&bus->lock);
}

static natsStatus
set_callbacks(natsOptions *options, struct link *link)
{
	natsStatus status = natsOptions_SetDisconnectedCB(options, on_disconnect, link);

	if (status == NATS_OK)
		status = natsOptions_SetReconnectedCB(options, on_reconnect, link);
	if (status == NATS_OK)
		status = natsOptions_SetClosedCB(options, on_closed, link);
	return status;
}

static natsStatus
jetstream_open(struct link *link)
{
	jsOptions options;
	natsStatus status = jsOptions_Init(&options);

	options.Wait = JETSTREAM_WAIT_MS;
	if (status == NATS_OK)
		status = natsConnection_JetStream(&link->js, link->nc, &options);
	return status;
}

dms_error *
link_open(struct bus *bus, struct link **link)
{
	natsOptions *options = NULL;
	struct link *made;
	natsStatus status;

	TRY(bus_options(bus, &options));
	made = calloc(1, sizeof *made);
	if (made == NULL)
		abort();
	made->bus = bus;
	status = set_callbacks(options, made);
	if (status == NATS_OK)
		status = natsConnection_Connect(&made->nc, options);
	natsOptions_Destroy(options);
	if (status == NATS_OK)
		status = jetstream_open(made);
	if (status == NATS_OK) {
		*link = made;
		return NULL;
	}
	if (made->nc == NULL) {
		free(made);
	} else { /* callbacks may come: the keeper frees it when they have */
		natsConnection_Close(made->nc);
		pthread_mutex_lock(&bus->lock);
		made->next = bus->dead;
		bus->dead = made;
		pthread_mutex_unlock(&bus->lock);
	}
	return nats_error(status, "connecting to", bus->where);
}

dms_error *
link_tap(struct link *link, struct subscription *subscription)
{
	struct bus *bus = link->bus;
	struct tap *tap = calloc(1, sizeof *tap);
	natsStatus status;

	if (tap == NULL)
		abort();
	tap->link = link;
	tap->subscription = subscription;
	pthread_mutex_lock(&bus->lock);
	link->running++;
	pthread_mutex_unlock(&bus->lock);
	if (subscription->queue != NULL)
		status = natsConnection_QueueSubscribe(&tap->sub, link->nc, subscription->subject,
						       subscription->queue, receive, tap);
	else
		status = natsConnection_Subscribe(&tap->sub, link->nc, subscription->subject,
						  receive, tap);
	if (status == NATS_OK)
		status = natsSubscription_SetOnCompleteCB(tap->sub, on_tap_complete, link);
	if (status != NATS_OK)
		on_tap_complete(link);
	if (tap->sub == NULL) {
		free(tap);
		return nats_error(status, "subscribing to", subscription->subject);
	}
	pthread_mutex_lock(&bus->lock);
	tap->next = link->taps;
	link->taps = tap;
	pthread_mutex_unlock(&bus->lock);
	return status == NATS_OK ? NULL
				 : nats_error(status, "subscribing to", subscription->subject);
}

bool
link_is_idle(const struct link *link)
{
	return link->is_closed && link->users == 0 && link->running == 0;
}

void
link_free(struct link *link)
{
	for (struct tap *tap = link->taps, *next; tap != NULL; tap = next) {
		next = tap->next;
		natsSubscription_Destroy(tap->sub);
		free(tap);
	}
	jsCtx_Destroy(link->js);
	natsConnection_Destroy(link->nc);
	free(link);
}

struct link *
link_take(struct bus *bus)
{
	struct link *link;

	pthread_mutex_lock(&bus->lock);
	link = bus->link;
	if (link != NULL)
		link->users++;
	pthread_mutex_unlock(&bus->lock);
	return link;
}

void
link_put(struct link *link)
{
	struct bus *bus = link->bus;

	pthread_mutex_lock(&bus->lock);
	link->users--;
	if (link->users == 0 && link->is_closed)
		pthread_cond_broadcast(&bus->changed);
	pthread_mutex_unlock(&bus->lock);
}
