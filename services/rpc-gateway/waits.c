#include "waits.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "proto/fact.pb-c.h"

#define BUCKETS 1024
/* Facts are news, never the only copy: a parked call looks by itself this often, and more seldom if
 * a look takes long, as that at a change of very many zones. */
#define LOOK_US    5000000
#define LOOK_SHARE 50 /* at most one part in so many of the time */

struct waits {
	struct gateway *gateway;
	uv_mutex_t lock;
	struct ticket *buckets[BUCKETS]; /* by zone id */
	size_t count;
	uv_timer_t timer; /* the loop's */
	int64_t armed_us; /* when the timer fires; INT64_MAX: it does not */
};

static struct ticket **
bucket_of(struct waits *waits, int64_t zone_id)
{
	return &waits->buckets[((uint64_t)zone_id * 0x9e3779b97f4a7c15u) >> 54];
}

/* Lock held. */
static void
link_in(struct waits *waits, struct ticket *ticket)
{
	struct parked *parked = &ticket->parked;
	parked->zone_id = ticket->call.wait->zone_id;
	struct ticket **bucket = bucket_of(waits, parked->zone_id);
	parked->previous = NULL;
	parked->next = *bucket;
	if (*bucket != NULL)
		(*bucket)->parked.previous = ticket;
	*bucket = ticket;
}

/* Lock held. */
static void
link_out(struct waits *waits, struct ticket *ticket)
{
	struct parked *parked = &ticket->parked;
	if (parked->previous != NULL)
		parked->previous->parked.next = parked->next;
	else
		*bucket_of(waits, parked->zone_id) = parked->next;
	if (parked->next != NULL)
		parked->next->parked.previous = parked->previous;
}

static void
take_out(struct waits *waits, struct ticket *ticket)
{
	uv_mutex_lock(&waits->lock);
	link_out(waits, ticket);
	waits->count--;
	uv_mutex_unlock(&waits->lock);
}

/* Lock held. To where news about another zone will find it; what came before that is unknown. */
static void
move_if_needed(struct waits *waits, struct ticket *ticket)
{
	if (ticket->parked.zone_id == ticket->call.wait->zone_id)
		return;
	link_out(waits, ticket);
	link_in(waits, ticket);
	ticket->parked.is_dirty = true;
}

static void arm(struct service *service, void *arg);

/* `looked_us`: when the last look began. Goes back to sleep unless something has come meanwhile;
 * false: look again. */
static bool
sleep_on(struct waits *waits, struct ticket *ticket, int64_t looked_us)
{
	struct parked *parked = &ticket->parked;
	int64_t now = monotonic_us(), deadline = ticket->call.wait->deadline_us;
	int64_t pause = (now - looked_us) * LOOK_SHARE;
	if (pause < LOOK_US)
		pause = LOOK_US;
	uv_mutex_lock(&waits->lock);
	move_if_needed(waits, ticket);
	bool may_sleep =
	    !parked->is_dirty && now < deadline && !atomic_load(&waits->gateway->is_stopping);
	parked->is_dirty = false;
	parked->is_running = !may_sleep;
	parked->due_us = deadline < now + pause ? deadline : now + pause;
	bool is_earlier = may_sleep && parked->due_us < waits->armed_us;
	if (is_earlier)
		waits->armed_us = parked->due_us;
	uv_mutex_unlock(&waits->lock);
	if (is_earlier)
		service_on_loop(waits->gateway->service, arm, waits);
	return may_sleep;
}

/* Looks until the call has ended or sleeps; the ticket may be gone when this returns false. */
static bool
look(struct waits *waits, struct worker *worker, struct ticket *ticket)
{
	int64_t looked_us;
	do {
		looked_us = monotonic_us();
		bool is_over = worker == NULL || atomic_load(&waits->gateway->is_stopping);
		if (is_over)
			ticket->error = dms_error_new(DMS_E_STOPPING, "the gateway is stopping");
		if (is_over || ticket_again(worker, ticket)) {
			take_out(waits, ticket);
			return true;
		}
	} while (!sleep_on(waits, ticket, looked_us));
	return false;
}

bool
waits_hold(struct waits *waits, struct worker *worker, struct ticket *ticket)
{
	uv_mutex_lock(&waits->lock);
	ticket->parked = (struct parked){.is_running = true};
	link_in(waits, ticket);
	waits->count++;
	uv_mutex_unlock(&waits->lock);
	return look(waits, worker, ticket);
}

static void
look_job(struct worker *worker, void *arg)
{
	struct ticket *ticket = arg;
	if (look(ticket->call.gateway->waits, worker, ticket))
		ticket->done(worker, ticket);
}

/* Those to look at, gathered under the lock and submitted after it. */
struct wakers {
	struct ticket **tickets;
	size_t count;
};

/* Lock held. A running one will see the mark; a sleeping one is ours from here on. */
static void
wake(struct wakers *wakers, struct ticket *ticket)
{
	if (ticket->parked.is_running) {
		ticket->parked.is_dirty = true;
		return;
	}
	ticket->parked.is_running = true;
	wakers->tickets[wakers->count++] = ticket;
}

static void
submit(struct waits *waits, struct wakers *wakers)
{
	struct work_pool *pool = waits->gateway->service->pool;
	for (size_t i = 0; i < wakers->count; i++)
		if (!work_submit(pool, WORK_INTERACTIVE, 0, look_job, wakers->tickets[i]))
			look_job(NULL, wakers->tickets[i]);
	talloc_free(wakers->tickets);
}

/* Wakes those of one zone (0: of every zone) that are due by `due_us`. */
static void
wake_where(struct waits *waits, int64_t zone_id, int64_t due_us)
{
	uv_mutex_lock(&waits->lock);
	struct wakers wakers = {.tickets = NULL};
	struct ticket **first = zone_id != 0 ? bucket_of(waits, zone_id) : waits->buckets;
	struct ticket **end = zone_id != 0 ? first + 1 : waits->buckets + BUCKETS;
	if (waits->count > 0)
		wakers.tickets = talloc_array(NULL, struct ticket *, waits->count);
	for (; waits->count > 0 && first < end; first++)
		for (struct ticket *ticket = *first; ticket != NULL; ticket = ticket->parked.next)
			if ((zone_id == 0 || ticket->parked.zone_id == zone_id) &&
			    ticket->parked.due_us <= due_us)
				wake(&wakers, ticket);
	uv_mutex_unlock(&waits->lock);
	submit(waits, &wakers);
}

static void
on_timer(uv_timer_t *timer)
{
	struct waits *waits = timer->data;
	wake_where(waits, 0, monotonic_us());
	arm(waits->gateway->service, waits);
}

/* Sets the timer to the first sleeper's time. On the loop thread. */
static void
arm(struct service *service, void *arg)
{
	struct waits *waits = arg;
	if (uv_is_closing((uv_handle_t *)&waits->timer))
		return;
	int64_t first = INT64_MAX, now = monotonic_us();
	uv_mutex_lock(&waits->lock);
	for (int i = 0; i < BUCKETS && waits->count > 0; i++)
		for (struct ticket *ticket = waits->buckets[i]; ticket != NULL;
		     ticket = ticket->parked.next)
			if (!ticket->parked.is_running && ticket->parked.due_us < first)
				first = ticket->parked.due_us;
	waits->armed_us = first;
	uv_mutex_unlock(&waits->lock);
	if (first == INT64_MAX)
		uv_timer_stop(&waits->timer);
	else
		uv_timer_start(&waits->timer, on_timer,
			       first > now ? (uint64_t)(first - now) / 1000 + 1 : 0, 0);
}

/* The zone a fact is about; 0 when it cannot be read. */
static int64_t
zone_of(const struct bus_message *message)
{
	const char *kind = strrchr(message->subject, '.');
	int64_t zone_id = 0;
	if (kind != NULL && strcmp(kind, ".ZoneInSync") == 0) {
		Dms__ZoneInSync *fact =
		    dms__zone_in_sync__unpack(NULL, message->size, message->data);
		zone_id = fact != NULL ? fact->zone_id : 0;
		if (fact != NULL)
			dms__zone_in_sync__free_unpacked(fact, NULL);
	} else if (kind != NULL && strcmp(kind, ".ZonePublished") == 0) {
		Dms__ZonePublished *fact =
		    dms__zone_published__unpack(NULL, message->size, message->data);
		zone_id = fact != NULL ? fact->zone_id : 0;
		if (fact != NULL)
			dms__zone_published__free_unpacked(fact, NULL);
	} else if (kind != NULL && strcmp(kind, ".ZoneServed") == 0) {
		Dms__ZoneServed *fact =
		    dms__zone_served__unpack(NULL, message->size, message->data);
		zone_id = fact != NULL ? fact->zone_id : 0;
		if (fact != NULL)
			dms__zone_served__free_unpacked(fact, NULL);
	}
	return zone_id;
}

static void
on_fact(void *arg, struct bus_message *message)
{
	struct waits *waits = arg;
	int64_t zone_id = zone_of(message);
	if (zone_id != 0)
		wake_where(waits, zone_id, INT64_MAX);
	else
		log_warning("a fact cannot be read", F_STR("subject", message->subject));
	bus_message_free(message);
}

/* dms.ended.<machine>.<id>: reverse events are of a zone too. */
static void
on_ended(void *arg, struct bus_message *message)
{
	static const char zone[] = "dms.ended.zone.", reverse[] = "dms.ended.reverse.",
			  job[] = "dms.ended.job.";
	bool is_zone = strncmp(message->subject, zone, strlen(zone)) == 0 ||
		       strncmp(message->subject, reverse, strlen(reverse)) == 0;
	int64_t id = strtoll(strrchr(message->subject, '.') + 1, NULL, 10);
	if (strncmp(message->subject, job, strlen(job)) == 0)
		wake_where(arg, RPC_WAIT_JOB(id), INT64_MAX);
	else if (!is_zone)
		wake_where(arg, RPC_WAIT_SERVERS, INT64_MAX);
	else if (id > 0)
		wake_where(arg, id, INT64_MAX);
	bus_message_free(message);
}

static void
on_server_fact(void *arg, struct bus_message *message)
{
	wake_where(arg, RPC_WAIT_SERVERS, INT64_MAX);
	bus_message_free(message);
}

void
waits_wake_all(struct waits *waits)
{
	wake_where(waits, 0, INT64_MAX);
}

void
waits_stop(struct waits *waits)
{
	uv_close((uv_handle_t *)&waits->timer, NULL);
	waits_wake_all(waits);
}

dms_error *
waits_open(TALLOC_CTX *mem, struct gateway *gateway, struct waits **made)
{
	struct waits *waits = talloc_zero(mem, struct waits);
	waits->gateway = gateway;
	waits->armed_us = INT64_MAX;
	uv_mutex_init(&waits->lock);
	uv_timer_init(gateway->service->loop, &waits->timer);
	waits->timer.data = waits;
	*made = waits;
	struct bus *bus = gateway->service->bus;
	TRY(bus_subscribe(bus, "dms.fact.*.ZoneInSync", NULL, on_fact, waits));
	TRY(bus_subscribe(bus, "dms.fact.*.ZonePublished", NULL, on_fact, waits));
	TRY(bus_subscribe(bus, "dms.fact.*.ZoneServed", NULL, on_fact, waits));
	TRY(bus_subscribe(bus, "dms.fact.*.ConfigApplied", NULL, on_server_fact, waits));
	TRY(bus_subscribe(bus, "dms.fact.*.ConfigRejected", NULL, on_server_fact, waits));
	TRY(bus_subscribe(bus, "dms.fact.*.ServerState", NULL, on_server_fact, waits));
	return bus_subscribe(bus, "dms.ended.>", NULL, on_ended, waits);
}
