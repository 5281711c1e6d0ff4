/* The janitor: a thread of the engine that publishes what was left behind (relay), keeps leases,
 * and re-posts what a lost event should have done (reconciler). It sleeps until something is due:
 * NOTIFY tells it when to look. */
#include <stdlib.h>

#include "base/log.h"
#include "base/time.h"
#include "sm/engine.h"

#define IDLE_MS        60000 /* when nothing is known to become due */
#define RETRY_FIRST_MS 100
#define RETRY_MAX_MS   5000

struct janitor {
	struct sm_engine *engine;
	TALLOC_CTX *mem;
	struct db *db;
	int64_t reconcile_us; /* monotonic_us() of the next reconciliation */
	int failures;         /* looks in a row that went wrong */
};

/* Mutex held. */
static void
look_at(struct sm_engine *engine, int64_t at_us)
{
	if (at_us < engine->look_us) {
		engine->look_us = at_us;
		pthread_cond_signal(&engine->wake);
	}
}

void
sm_look_within(struct sm_engine *engine, int64_t milliseconds)
{
	pthread_mutex_lock(&engine->mutex);
	look_at(engine, monotonic_us() + milliseconds * 1000);
	pthread_mutex_unlock(&engine->mutex);
}

/* NOTIFY says in how many milliseconds an event wants to be looked at. A new connection may have
 * missed any number of them; and while PostgreSQL was away, workers have taken knocks in vain and
 * leases could not be given up. */
static void
on_notify(void *arg, const char *channel, const char *payload)
{
	struct sm_engine *engine = arg;
	int64_t milliseconds = channel != NULL ? strtoll(payload, NULL, 10) : 0;

	pthread_mutex_lock(&engine->mutex);
	if (channel == NULL)
		engine->must_relay_all = engine->must_free = true;
	look_at(engine, monotonic_us() + milliseconds * 1000);
	pthread_mutex_unlock(&engine->mutex);
}

void
sm_engine_bus_is_back(struct sm_engine *engine)
{
	pthread_mutex_lock(&engine->mutex);
	engine->must_relay_all = true;
	look_at(engine, 0);
	pthread_mutex_unlock(&engine->mutex);
}

/* A class that has drained meanwhile gets its look now, or never. */
void
sm_wait_for_backlog(struct sm_engine *engine, enum work_class class)
{
	pthread_mutex_lock(&engine->mutex);
	engine->is_patient = true;
	pthread_mutex_unlock(&engine->mutex);
	if (!sm_has_backlog(engine, class))
		sm_backlog_is_over(engine);
}

void
sm_backlog_is_over(struct sm_engine *engine)
{
	pthread_mutex_lock(&engine->mutex);
	if (engine->is_patient)
		look_at(engine, 0);
	engine->is_patient = false;
	pthread_mutex_unlock(&engine->mutex);
}

/* What is asked for by a flag stays asked for until it has been done. */
static bool
take_flag(struct sm_engine *engine, bool *flag)
{
	bool was;

	pthread_mutex_lock(&engine->mutex);
	was = *flag;
	*flag = false;
	pthread_mutex_unlock(&engine->mutex);
	return was;
}

static dms_error *
asked_for(struct sm_engine *engine, bool *flag, struct db *db,
	  dms_error *(*act)(struct sm_engine *engine, struct db *db))
{
	dms_error *error;

	if (!take_flag(engine, flag))
		return NULL;
	error = act(engine, db);
	if (error != NULL) {
		pthread_mutex_lock(&engine->mutex);
		*flag = true;
		pthread_mutex_unlock(&engine->mutex);
	}
	return error;
}

/* One look; says in how many milliseconds to come back. While the bus is away nothing can be
 * published: it tells when it is back. */
static dms_error *
look(struct janitor *janitor, int64_t *milliseconds)
{
	struct sm_engine *engine = janitor->engine;

	*milliseconds = IDLE_MS;
	if (janitor->db == NULL)
		TRY(db_open(janitor->mem, engine->config->db_url, "dms janitor",
			    engine->config->db_statement_timeout, &janitor->db));
	TRY(sm_renew_leases(engine, janitor->db, milliseconds));
	TRY(asked_for(engine, &engine->must_free, janitor->db, sm_free_leases));
	if (monotonic_us() >= janitor->reconcile_us) {
		TRY(sm_reconcile(engine, janitor->db));
		janitor->reconcile_us = monotonic_us() + engine->config->reconcile_interval * 1000;
	}
	if (!bus_is_connected(engine->bus))
		return NULL;
	TRY(asked_for(engine, &engine->must_relay_all, janitor->db, sm_call_in_all));
	return sm_relay(engine, janitor->db, milliseconds);
}

/* Sleeps until the next look is due; false when the janitor is to stop. */
static bool
sleep_until_due(const struct janitor *janitor)
{
	struct sm_engine *engine = janitor->engine;
	bool goes_on;

	pthread_mutex_lock(&engine->mutex);
	while (!engine->is_stopping) {
		int64_t until = engine->look_us < janitor->reconcile_us ? engine->look_us
									: janitor->reconcile_us;
		struct timespec at = {.tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000};

		if (until <= monotonic_us())
			break;
		pthread_cond_timedwait(&engine->wake, &engine->mutex, &at);
	}
	engine->look_us = INT64_MAX;
	goes_on = !engine->is_stopping;
	pthread_mutex_unlock(&engine->mutex);
	return goes_on;
}

/* Without the database every look is in vain: not even a NOTIFY hastens the next one. */
static void
put_off(struct janitor *janitor, dms_error *error)
{
	struct sm_engine *engine = janitor->engine;
	int64_t at_us;

	log_failure(LOG_WARNING, "relay and reconciler could not look", error);
	dms_error_free(error);
	at_us =
	    monotonic_us() + backoff_ms(RETRY_FIRST_MS, RETRY_MAX_MS, ++janitor->failures) * 1000;
	janitor->reconcile_us = at_us;
	pthread_mutex_lock(&engine->mutex);
	engine->look_us = at_us;
	pthread_mutex_unlock(&engine->mutex);
}

static void *
keep_house(void *arg)
{
	struct janitor janitor = {.engine = arg, .mem = talloc_new(NULL)};

	while (sleep_until_due(&janitor)) {
		int64_t milliseconds;
		dms_error *error = look(&janitor, &milliseconds);

		if (error != NULL) {
			put_off(&janitor, error);
			continue;
		}
		janitor.failures = 0;
		sm_look_within(janitor.engine, milliseconds);
	}
	talloc_free(janitor.mem);
	return NULL;
}

dms_error *
sm_janitor_start(struct sm_engine *engine)
{
	const char **channels = talloc_array(engine, const char *, (unsigned)engine->room_count);

	engine->must_relay_all = engine->must_free = true;
	for (int i = 0; i < engine->room_count; i++)
		channels[i] =
		    talloc_asprintf(engine, "dms_event_%s", engine->rooms[i].machine->name);
	TRY(db_listen(engine, engine->config->db_url, "dms relay", channels, engine->room_count,
		      on_notify, engine, &engine->listener));
	if (pthread_create(&engine->janitor, NULL, keep_house, engine) != 0)
		return dms_error_new(DMS_E_SYSTEM, "the relay thread cannot be started");
	engine->has_janitor = true;
	return NULL;
}

void
sm_janitor_stop(struct sm_engine *engine)
{
	if (!engine->has_janitor)
		return;
	pthread_mutex_lock(&engine->mutex);
	engine->is_stopping = true;
	pthread_cond_signal(&engine->wake);
	pthread_mutex_unlock(&engine->mutex);
	pthread_join(engine->janitor, NULL);
	db_listener_stop(engine->listener);
	engine->has_janitor = false;
}
