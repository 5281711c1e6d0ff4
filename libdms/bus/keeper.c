/* The bus's own thread: connects, declares, repairs, tells the owner. The library's callbacks only
 * count and wake it, for they must not block. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/time.h"
#include "bus/internal.h"

#define RETRY_FIRST_MS 100
#define RETRY_MAX_MS   5000
#define LOOK_AGAIN_US  INT64_C(30000000) /* in case a deletion was not reported */
#define CLOSE_MS       5000

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

bool
bus_wait_changed(struct bus *bus, int64_t deadline_us)
{
	struct timespec until = {.tv_sec = deadline_us / 1000000,
				 .tv_nsec = deadline_us % 1000000 * 1000};

	return pthread_cond_timedwait(&bus->changed, &bus->lock, &until) != ETIMEDOUT;
}

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

/* Frees the retired links that nobody is inside of. Lock held, let go meanwhile. */
static void
reap(struct bus *bus)
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

static void *
keep(void *arg)
{
	struct bus *bus = arg;
	struct keeper keeper = {.bus = bus};

	pthread_mutex_lock(&bus->lock);
	while (!bus->is_stopping) {
		reap(bus);
		if (!step(&keeper))
			bus_wait_changed(bus, next_look(&keeper));
	}
	pthread_mutex_unlock(&bus->lock);
	return NULL;
}

/* Waits, but not for ever, until the last callback has returned. */
static bool
wait_idle(struct bus *bus)
{
	int64_t deadline = monotonic_us() + CLOSE_MS * INT64_C(1000);
	bool is_idle;

	pthread_mutex_lock(&bus->lock);
	reap(bus);
	while (bus->dead != NULL && bus_wait_changed(bus, deadline))
		reap(bus);
	is_idle = bus->dead == NULL;
	pthread_mutex_unlock(&bus->lock);
	return is_idle;
}

/* A TLS handshake that nobody answers has no time limit in this library. */
static bool
join(pthread_t thread)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += CLOSE_MS / 1000;
	return pthread_timedjoin_np(thread, NULL, &until) == 0;
}

/* Closing the connection first ends what the keeper may be waiting for. A library thread that is
 * still inside after CLOSE_MS keeps the bus: talloc is told so by -1. */
static int
bus_close(struct bus *bus)
{
	struct link *link = link_take(bus);

	pthread_mutex_lock(&bus->lock);
	bus->is_stopping = true;
	pthread_cond_broadcast(&bus->changed);
	pthread_mutex_unlock(&bus->lock);
	atomic_store(&bus->is_drained, true);
	if (link != NULL) {
		natsConnection_Close(link->nc);
		link_put(link);
	}
	if (!join(bus->keeper)) {
		log_warning("the NATS library does not come back from connecting");
		return -1;
	}
	if (bus->link != NULL) {
		natsConnection_Close(bus->link->nc);
		bus->link->next = bus->dead;
		bus->dead = bus->link;
		bus->link = NULL;
	}
	if (!wait_idle(bus)) {
		log_warning("the NATS library does not let go of its callbacks");
		return -1;
	}
	for (struct subscription *each = bus->subscriptions, *next; each != NULL; each = next) {
		next = each->next;
		subscription_free(each);
	}
	srv_free(bus->srv);
	pthread_cond_destroy(&bus->changed);
	pthread_mutex_destroy(&bus->lock);
	return 0;
}

static void
lock_init(struct bus *bus)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&bus->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&bus->changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

dms_error *
bus_open(TALLOC_CTX *mem, const struct dms_config *config,
	 void (*on_state)(void *arg, bool is_connected), void *arg, struct bus **bus)
{
	const int declaring =
	    PROGRAM_RPC_GATEWAY | PROGRAM_ZONE_SM | PROGRAM_MASTER_SM | PROGRAM_REVERSE_PTR;
	struct bus *made = talloc_zero(mem, struct bus);
	natsOptions *options = NULL;
	dms_error *error;
	int failure;

	made->config = config;
	made->on_state = on_state;
	made->arg = arg;
	made->where = url_without_password(made, config->nats_url);
	made->is_declaring = (config->program & declaring) != 0;
	error = bus_options(made, &options); /* wrong files are said now, not in a log some day */
	if (error != NULL) {
		talloc_free(made);
		return error;
	}
	natsOptions_Destroy(options);
	lock_init(made);
	if (made->is_declaring)
		TRY(watch_deletions(made));
	failure = pthread_create(&made->keeper, NULL, keep, made);
	if (failure != 0) {
		talloc_free(made);
		return dms_error_new(DMS_E_SYSTEM, "no thread for the bus: %s", strerror(failure));
	}
	talloc_set_destructor(made, bus_close);
	*bus = made;
	return NULL;
}

dms_error *
bus_wait(struct bus *bus, int64_t timeout_ms)
{
	int64_t deadline = monotonic_us() + timeout_ms * 1000;
	dms_error *error = NULL;

	pthread_mutex_lock(&bus->lock);
	while (!bus->is_ready && bus_wait_changed(bus, deadline))
		;
	if (!bus->is_ready)
		error = dms_error_new(DMS_E_BUS_UNAVAILABLE, "NATS at %s cannot be used: %s",
				      bus->where,
				      bus->reason[0] != '\0' ? bus->reason : "no answer yet");
	pthread_mutex_unlock(&bus->lock);
	return error;
}

bool
bus_is_connected(const struct bus *bus)
{
	struct link *link = link_take((struct bus *)bus);
	bool is_connected = false;

	if (link != NULL) {
		is_connected = natsConnection_Status(link->nc) == NATS_CONN_STATUS_CONNECTED;
		link_put(link);
	}
	return is_connected;
}

static int64_t
ms_left(int64_t deadline_us)
{
	int64_t left = (deadline_us - monotonic_us()) / 1000;

	return left > 1 ? left : 1;
}

/* Subscriptions are drained, never destroyed: acknowledgements and answers still have to go out. */
void
bus_drain(struct bus *bus, int64_t timeout_ms)
{
	int64_t deadline = monotonic_us() + timeout_ms * 1000;
	struct link *link;
	struct tap *taps = NULL;

	atomic_store(&bus->is_draining, true);
	link = link_take(bus);
	if (link != NULL) {
		pthread_mutex_lock(&bus->lock);
		taps = link->taps;
		pthread_mutex_unlock(&bus->lock);
	}
	for (struct tap *tap = taps; tap != NULL; tap = tap->next)
		natsSubscription_DrainTimeout(tap->sub, ms_left(deadline));
	for (struct tap *tap = taps; tap != NULL; tap = tap->next)
		natsSubscription_WaitForDrainCompletion(tap->sub, ms_left(deadline));
	atomic_store(&bus->is_drained, true);
	if (link != NULL) {
		natsConnection_FlushTimeout(link->nc, ms_left(deadline));
		link_put(link);
	}
}
