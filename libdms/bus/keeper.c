/* The bus's own thread: connects, declares, repairs, tells the owner. The library's callbacks only
 * count and wake it, for they must not block. */
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "bus/internal.h"

#define RETRY_FIRST_MS 100
#define RETRY_MAX_MS   5000
#define LOOK_AGAIN_US  INT64_C(30000000) /* in case a deletion was not reported */

struct keeper {
	struct bus *bus;
	bool has_told;  /* the owner thinks the bus is up */
	bool is_repair; /* something of ours was deleted: the owner shall send again */
	unsigned drops; /* as far as they were looked at */
	unsigned connects;
	int attempt;
	int64_t due_us; /* connect or declare not before */
	char said[256]; /* the reason for failure that was logged last */
};

/* Outside the lock. */
static void
tell(struct keeper *keeper, bool is_connected)
{
	struct bus *bus = keeper->bus;

	keeper->has_told = is_connected;
	pthread_mutex_lock(&bus->lock);
	bus->is_ready = is_connected;
	pthread_cond_broadcast(&bus->changed);
	pthread_mutex_unlock(&bus->lock);
	if (bus->on_state != NULL)
		bus->on_state(bus->arg, is_connected);
}

/* Back-off; says a reason once, not at every attempt. Outside the lock. */
static void
put_off(struct keeper *keeper, const char *message, dms_error *error)
{
	struct bus *bus = keeper->bus;

	pthread_mutex_lock(&bus->lock);
	snprintf(bus->reason, sizeof bus->reason, "%s", error->message);
	pthread_mutex_unlock(&bus->lock);
	keeper->attempt++;
	keeper->due_us =
	    monotonic_us() + backoff_ms(RETRY_FIRST_MS, RETRY_MAX_MS, keeper->attempt) * 1000;
	/* right after a start the server may need a moment: the first failure is not worth a line
	 */
	if (keeper->attempt > 1 &&
	    strncmp(keeper->said, error->message, sizeof keeper->said - 1) != 0) {
		snprintf(keeper->said, sizeof keeper->said, "%s", error->message);
		log_failure(LOG_WARNING, message, error);
	}
	dms_error_free(error);
}

static void
went_well(struct keeper *keeper)
{
	pthread_mutex_lock(&keeper->bus->lock);
	keeper->bus->reason[0] = '\0';
	pthread_mutex_unlock(&keeper->bus->lock);
	keeper->attempt = 0;
	keeper->said[0] = '\0';
}

/* A new link. What is subscribed to from here on finds it; what was, is made here. */
static void
connect_anew(struct keeper *keeper)
{
	struct bus *bus = keeper->bus;
	struct link *link = NULL;
	struct subscription *subscriptions;
	dms_error *error = link_open(bus, &link);

	if (error != NULL) {
		put_off(keeper, "not connected to NATS", error);
		return;
	}
	pthread_mutex_lock(&bus->lock);
	bus->link = link;
	bus->connects++;
	subscriptions = bus->subscriptions;
	pthread_mutex_unlock(&bus->lock);
	for (; subscriptions != NULL && !atomic_load(&bus->is_draining);
	     subscriptions = subscriptions->next) {
		error = link_tap(link, subscriptions);
		if (error != NULL)
			log_failure(LOG_ERR, "not subscribed", error);
		dms_error_free(error);
	}
	keeper->due_us = 0;
	log_info("connected to NATS", F_STR("url", bus->where));
}

/* Declares if that is ours to do, and lets the owner know. */
static void
tend(struct keeper *keeper, struct link *link, bool is_declaring)
{
	int made = 0;
	dms_error *error = NULL;

	if (is_declaring)
		error = bus_declare(link, (int)keeper->bus->config->nats_replicas, &made);
	if (error != NULL) {
		put_off(keeper, "streams not declared", error);
		return;
	}
	went_well(keeper);
	keeper->due_us = is_declaring ? monotonic_us() + LOOK_AGAIN_US : INT64_MAX;
	if (!keeper->has_told || made > 0 || keeper->is_repair)
		tell(keeper, true);
	keeper->is_repair = false;
}

/* The library has given the connection up (it does when refused twice): set it aside. Lock held. */
static void
retire(struct keeper *keeper)
{
	struct bus *bus = keeper->bus;

	bus->link->next = bus->dead;
	bus->dead = bus->link;
	bus->link = NULL;
	keeper->attempt++;
	keeper->due_us =
	    monotonic_us() + backoff_ms(RETRY_FIRST_MS, RETRY_MAX_MS, keeper->attempt) * 1000;
}

void
bus_reap(struct bus *bus)
{
	for (struct link **at = &bus->dead; *at != NULL;) {
		struct link *link = *at;

		if (!link_is_idle(link)) {
			at = &link->next;
			continue;
		}
		*at = link->next;
		pthread_mutex_unlock(&bus->lock);
		link_free(link);
		pthread_mutex_lock(&bus->lock);
		at = &bus->dead;
	}
}

/* One thing at a time; true when something was done. Lock held, let go meanwhile. */
static bool
step(struct keeper *keeper)
{
	struct bus *bus = keeper->bus;
	struct link *link = bus->link;
	bool is_due = monotonic_us() >= keeper->due_us;

	if (keeper->has_told && (bus->drops != keeper->drops || link == NULL)) {
		keeper->drops = bus->drops;
		pthread_mutex_unlock(&bus->lock);
		log_warning("connection to NATS lost", F_STR("url", bus->where));
		tell(keeper, false);
	} else if (link == NULL && is_due) {
		pthread_mutex_unlock(&bus->lock);
		connect_anew(keeper);
	} else if (link != NULL && link->is_closed) {
		retire(keeper);
		return true;
	} else if (link != NULL && natsConnection_Status(link->nc) == NATS_CONN_STATUS_CONNECTED &&
		   (is_due || bus->has_lost || bus->connects != keeper->connects)) {
		bool is_declaring = bus->is_declaring;

		keeper->is_repair = keeper->is_repair || bus->has_lost;
		bus->has_lost = false;
		keeper->connects = bus->connects;
		keeper->drops = bus->drops;
		pthread_mutex_unlock(&bus->lock);
		tend(keeper, link, is_declaring);
	} else {
		return false;
	}
	pthread_mutex_lock(&bus->lock);
	return true;
}

/* When to look again, if nothing wakes the keeper before. Lock held. */
static int64_t
next_look(const struct keeper *keeper)
{
	int64_t now = monotonic_us();
	int64_t next = now + LOOK_AGAIN_US;

	if (keeper->due_us > now && keeper->due_us < next)
		next = keeper->due_us;
	return next;
}

void *
bus_keep(void *arg)
{
	struct bus *bus = arg;
	struct keeper keeper = {.bus = bus};

	pthread_mutex_lock(&bus->lock);
	while (!bus->is_stopping) {
		bus_reap(bus);
		if (!step(&keeper))
			bus_wait_changed(bus, next_look(&keeper));
	}
	pthread_mutex_unlock(&bus->lock);
	return NULL;
}
