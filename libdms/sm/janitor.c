/* The janitor: a thread that publishes what was left behind (relay) and re-posts what a lost event
 * should have done (reconciler). It sleeps until something is due: NOTIFY tells it when to look. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "sm/engine.h"

#define RELAY_BATCH 500

static void
look_within(struct sm_engine *engine, int64_t milliseconds)
{
	int64_t at = monotonic_us() + milliseconds * 1000;

	pthread_mutex_lock(&engine->mutex);
	if (at < engine->look_us) {
		engine->look_us = at;
		pthread_cond_signal(&engine->wake);
	}
	pthread_mutex_unlock(&engine->mutex);
}

/* NOTIFY says in how many milliseconds an event wants to be looked at; a new connection may have
 * missed any number of them. */
static void
on_notify(void *arg, const char *channel, const char *payload)
{
	look_within(arg, channel != NULL ? strtoll(payload, NULL, 10) : 0);
}

void
sm_engine_bus_is_back(struct sm_engine *engine)
{
	pthread_mutex_lock(&engine->mutex);
	engine->must_relay_all = true;
	engine->look_us = 0;
	pthread_cond_signal(&engine->wake);
	pthread_mutex_unlock(&engine->mutex);
}

/* The bus has forgotten what it had: everything that is due knocks again. */
static dms_error *
call_in_all(struct sm_engine *engine, struct db *db)
{
	return db_exec(db,
		       "UPDATE event SET relay_at = clock_timestamp()"
		       " WHERE processed_at IS NULL AND machine = ANY(string_to_array($1, ' '))"
		       " AND due_at <= clock_timestamp() AND state <> 'RUNNING'",
		       P_TEXT(engine->names));
}

/* Publishes what nobody has taken; each further knock waits twice as long, up to 32 s. */
static dms_error *
relay(struct sm_engine *engine, struct db *db, int *count)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct db_result *result;
	dms_error *error;

	*count = 0;
	error = db_query(
	    db, mem, &result,
	    "UPDATE event SET relays = relays + 1,"
	    " relay_at = clock_timestamp() + interval '1 s' * (2 ^ least(relays, 5))"
	    " WHERE id IN (SELECT id FROM event WHERE processed_at IS NULL"
	    "  AND machine = ANY(string_to_array($1, ' ')) AND relay_at <= clock_timestamp()"
	    "  ORDER BY relay_at LIMIT $2 FOR UPDATE SKIP LOCKED)"
	    " RETURNING id, machine, sm_id, sm_name, type, parameters::text AS parameters,"
	    " change_id, cause_id, relays, is_bulk, state",
	    P_TEXT(engine->names), P_INT(RELAY_BATCH));
	if (error == NULL) {
		*count = db_rows(result);
		for (int i = 0; i < *count; i++)
			sm_knock(engine->bus, result, i);
		if (*count > 0)
			log_debug("relayed", F_INT("events", *count));
	}
	talloc_free(mem);
	return error;
}

/* When the next event wants to be looked at; a minute ahead when none does. */
static dms_error *
next_look(struct sm_engine *engine, struct db *db, int64_t *milliseconds)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct db_result *result;
	dms_error *error;

	error = db_query(
	    db, mem, &result,
	    "SELECT ceil(extract(epoch FROM min(relay_at) - clock_timestamp()) * 1000)::bigint"
	    " AS ms FROM event WHERE processed_at IS NULL"
	    " AND machine = ANY(string_to_array($1, ' '))",
	    P_TEXT(engine->names));
	if (error == NULL)
		*milliseconds = db_is_null(result, 0, "ms") ? 60000 : db_int(result, 0, "ms");
	if (*milliseconds < 1)
		*milliseconds = 1;
	talloc_free(mem);
	return error;
}

/* Posts again what a machine row in a state that nothing will move out of needs. */
static dms_error *
revive(struct sm_engine *engine, struct db *db, const struct sm_machine *machine)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct db_result *result;
	dms_error *error = db_query(db, mem, &result, machine->revive_sql);

	for (int i = 0; error == NULL && i < db_rows(result); i++) {
		int64_t id = 0;
		struct sm_event event = {
		    .machine = machine->name,
		    .sm_id = db_int(result, i, "id"),
		    .sm_name = db_text(result, i, "name"),
		    .type = db_text(result, i, "event_type"),
		    .change_id = db_int(result, i, "change_id"),
		    .is_single = true,
		};

		TRY_GOTO(db_begin(db), out);
		TRY_GOTO(sm_post(db, engine->bus, &event, &id), out);
		TRY_GOTO(db_commit(db), out);
		if (id != 0)
			log_notice("reconciled", F_STR("machine", machine->name),
				   F_STR("name", event.sm_name), F_STR("event", event.type),
				   F_STR("why", db_text(result, i, "why")));
	}
out:
	if (error != NULL)
		db_rollback(db);
	talloc_free(mem);
	return error;
}

/* Gives up the leases of workers of this host that are no more: what they had begun runs at once
 * instead of when the lease ends. */
static dms_error *
free_dead_leases(struct sm_engine *engine, struct db *db)
{
	char host[256] = "";

	gethostname(host, sizeof(host) - 1);
	for (int i = 0; i < engine->room_count; i++) {
		const char *table = engine->rooms[i].machine->table;
		TALLOC_CTX *mem;
		struct db_result *result;
		dms_error *error;

		if (table == NULL)
			continue;
		mem = talloc_new(NULL);
		error = db_query(db, mem, &result,
				 talloc_asprintf(mem,
						 "SELECT id, lease_worker FROM %s"
						 " WHERE lease_until > clock_timestamp()",
						 table));
		for (int row = 0; error == NULL && row < db_rows(result); row++) {
			const char *worker = db_text(result, row, "lease_worker");
			size_t length = strlen(host);
			const char *pid;

			/* host/program/pid/number, as service/service.h names workers. */
			if (strncmp(worker, host, length) != 0 || worker[length] != '/' ||
			    (pid = strchr(worker + length + 1, '/')) == NULL)
				continue;
			if (kill((pid_t)atol(pid + 1), 0) == 0 || errno != ESRCH)
				continue;
			error = db_exec(
			    db,
			    "UPDATE event SET relay_at = clock_timestamp() WHERE machine = $1"
			    " AND sm_id = $2 AND processed_at IS NULL AND state = 'RUNNING'",
			    P_TEXT(engine->rooms[i].machine->name),
			    P_INT(db_int(result, row, "id")));
			if (error == NULL)
				error = db_exec(db, engine->rooms[i].free_sql,
						P_INT(db_int(result, row, "id")), P_TEXT(worker));
		}
		talloc_free(mem);
		TRY(error);
	}
	return NULL;
}

/* One look; says in how many milliseconds to come back. */
static dms_error *
look(struct sm_engine *engine, struct db *db, bool must_relay_all, int64_t *milliseconds)
{
	int count;

	/* Nothing can be published: the bus tells when it is back. */
	if (!bus_is_connected(engine->bus)) {
		*milliseconds = 60000;
		return NULL;
	}
	if (must_relay_all)
		TRY(call_in_all(engine, db));
	do
		TRY(relay(engine, db, &count));
	while (count == RELAY_BATCH);
	return next_look(engine, db, milliseconds);
}

static dms_error *
reconcile(struct sm_engine *engine, struct db *db)
{
	for (int i = 0; i < engine->room_count; i++)
		if (engine->rooms[i].machine->revive_sql != NULL)
			TRY(revive(engine, db, engine->rooms[i].machine));
	return NULL;
}

/* Sleeps until the next look is due; false when the janitor is to stop. */
static bool
sleep_until_due(struct sm_engine *engine, int64_t reconcile_us, bool *must_relay_all)
{
	bool goes_on;

	pthread_mutex_lock(&engine->mutex);
	while (!engine->is_stopping) {
		int64_t until = engine->look_us < reconcile_us ? engine->look_us : reconcile_us;
		struct timespec at = {.tv_sec = until / 1000000, .tv_nsec = until % 1000000 * 1000};

		if (until <= monotonic_us())
			break;
		pthread_cond_timedwait(&engine->wake, &engine->mutex, &at);
	}
	engine->look_us = INT64_MAX;
	*must_relay_all = engine->must_relay_all;
	engine->must_relay_all = false;
	goes_on = !engine->is_stopping;
	pthread_mutex_unlock(&engine->mutex);
	return goes_on;
}

static void *
janitor(void *arg)
{
	struct sm_engine *engine = arg;
	TALLOC_CTX *mem = talloc_new(NULL);
	struct db *db = NULL;
	bool must_relay_all = true;
	bool has_freed = false;
	int64_t reconcile_us = 0;
	int failures = 0;

	while (sleep_until_due(engine, reconcile_us, &must_relay_all)) {
		int64_t milliseconds = 60000;
		dms_error *error = NULL;

		if (db == NULL)
			error = db_open(mem, engine->config->db_url, "dms janitor",
					engine->config->db_statement_timeout, &db);
		if (error == NULL && !has_freed) {
			error = free_dead_leases(engine, db);
			has_freed = error == NULL;
		}
		if (error == NULL && monotonic_us() >= reconcile_us) {
			error = reconcile(engine, db);
			if (error == NULL)
				reconcile_us =
				    monotonic_us() + engine->config->reconcile_interval * 1000;
		}
		if (error == NULL)
			error = look(engine, db, must_relay_all, &milliseconds);
		failures = error != NULL ? failures + 1 : 0;
		if (error != NULL) {
			log_failure(LOG_WARNING, "relay and reconciler could not look", error);
			milliseconds = backoff_ms(100, 5000, failures);
			reconcile_us = monotonic_us() + milliseconds * 1000;
			if (must_relay_all)
				sm_engine_bus_is_back(engine);
			pthread_mutex_lock(&engine->mutex);
			engine->look_us = INT64_MAX;
			pthread_mutex_unlock(&engine->mutex);
		}
		dms_error_free(error);
		look_within(engine, milliseconds);
	}
	talloc_free(mem);
	return NULL;
}

dms_error *
sm_janitor_start(struct sm_engine *engine)
{
	const char **channels = talloc_array(engine, const char *, (unsigned)engine->room_count);

	for (int i = 0; i < engine->room_count; i++)
		channels[i] =
		    talloc_asprintf(engine, "dms_event_%s", engine->rooms[i].machine->name);
	TRY(db_listen(engine, engine->config->db_url, "dms relay", channels, engine->room_count,
		      on_notify, engine, &engine->listener));
	if (pthread_create(&engine->janitor, NULL, janitor, engine) != 0)
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
