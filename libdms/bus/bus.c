/* The bus's life: opened, waited for, drained, closed. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "base/log.h"
#include "base/time.h"
#include "bus/internal.h"

#define CLOSE_MS 5000

bool
bus_wait_changed(struct bus *bus, int64_t deadline_us)
{
	struct timespec until = {.tv_sec = deadline_us / 1000000,
				 .tv_nsec = deadline_us % 1000000 * 1000};

	return pthread_cond_timedwait(&bus->changed, &bus->lock, &until) != ETIMEDOUT;
}

/* Waits, but not for ever, until the last callback has returned. */
static bool
wait_idle(struct bus *bus)
{
	int64_t deadline = monotonic_us() + CLOSE_MS * INT64_C(1000);
	bool is_idle;

	pthread_mutex_lock(&bus->lock);
	bus_reap(bus);
	while (bus->dead != NULL && bus_wait_changed(bus, deadline))
		bus_reap(bus);
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

/* A program may end while the keeper is reading certificates or in a handshake; OpenSSL would take
 * its tables away from under it. The kernel frees them anyway. */
static void
leave_openssl_alone(void)
{
	OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
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

	leave_openssl_alone();
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
	failure = pthread_create(&made->keeper, NULL, bus_keep, made);
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

bool
bus_end(int64_t timeout_ms)
{
	natsStatus status = nats_CloseAndWait(timeout_ms);

	return status == NATS_OK || status == NATS_NOT_INITIALIZED;
}
