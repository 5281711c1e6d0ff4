/* A stage for the event engine: a database of its own, a NATS server of its own, engines that play
 * on them as processes of one service would, and machines that write down what they do. Included by
 * one C file of a program. */
#pragma once

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "base/time.h"
#include "bus_server.h"
#include "db/migrate.h"
#include "service/service.h"
#include "sm/sm.h"
#include "test_db_scratch.h"
#include "testing.h"

#define PATIENCE_MS 15000
#define ROWS        64 /* servers, with ids 1 to ROWS */
#define WORKERS     4

struct side;

struct stage {
	struct scratch scratch;
	struct nats_server server;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	int inside[2 * ROWS + 1]; /* workers inside a work step, by row; zones behind the servers */
	int is_crowded;           /* two workers were inside one row */
	int inside_now, inside_most;
	int met;                              /* workers that wait for all others */
	struct side *sides[4];                /* that play; the test's thread only */
	int begun;                            /* events of type Note */
	int64_t begun_us;                     /* when the last one did */
	bool is_shut;                         /* work steps wait at the gate */
	dms_error *(*trip)(struct sm_work *); /* what goes on while an event stumbles */
	dms_error *(*work)(struct sm_work *); /* what a work step does besides */
};

/* One engine, with pool and bus as a process of the service has them. */
struct side {
	struct stage *stage;
	struct dms_config config;
	TALLOC_CTX *mem;
	struct bus *bus;
	struct work_pool *pool;
	_Atomic(struct sm_engine *) engine;
};

static inline struct stage *
stage_of(const struct sm_work *work)
{
	return ((struct side *)work->service)->stage;
}

/* Waits, lock held, until woken or the deadline; fails the test at the deadline. */
static inline void
stage_wait(struct stage *stage, int64_t deadline_us)
{
	struct timespec until = {.tv_sec = deadline_us / 1000000,
				 .tv_nsec = deadline_us % 1000000 * 1000};

	if (pthread_cond_timedwait(&stage->changed, &stage->lock, &until) != 0) {
		fprintf(stderr, "nothing happened for %d ms\n", PATIENCE_MS);
		abort();
	}
}

static inline int64_t
patience(void)
{
	return monotonic_us() + PATIENCE_MS * INT64_C(1000);
}

/* The effect that must come exactly once: nothing but the engine guards it. */
static inline dms_error *
note(struct sm_work *work, const char *what)
{
	return db_exec(work->db,
		       "INSERT INTO effect (sm_id, event_id, what, worker, change_id)"
		       " VALUES ($1, $2, $3, pg_backend_pid(), $4)",
		       P_INT(work->sm_id), P_INT(work->event_id), P_TEXT(what),
		       P_ID(work->change_id));
}

static inline dms_error *
begin_note(struct sm_work *work, enum sm_step *step)
{
	struct stage *stage = stage_of(work);

	pthread_mutex_lock(&stage->lock);
	stage->begun++;
	stage->begun_us = monotonic_us();
	pthread_cond_broadcast(&stage->changed);
	pthread_mutex_unlock(&stage->lock);
	json_object_set_new(work->results, "said", json_string("noted"));
	if (strcmp(work->state, "CONFIG") == 0)
		sm_goto(work, "OK");
	*step = SM_DONE;
	return note(work, "note");
}

static inline dms_error *
begin_nothing(struct sm_work *work, enum sm_step *step)
{
	*step = SM_NO_CHANGE;
	return NULL;
}

static inline int
parameter(const struct sm_work *work, const char *key)
{
	return (int)json_integer_value(json_object_get(work->parameters, key));
}

/* Fails `times` times as a peer that is away would. */
static inline dms_error *
begin_stumble(struct sm_work *work, enum sm_step *step)
{
	struct stage *stage = stage_of(work);

	TRY(note(work, "stumble"));
	if (stage->trip != NULL)
		TRY(stage->trip(work));
	if (work->attempt <= parameter(work, "times"))
		return dms_error_new(DMS_E_TIMEOUT, "try %d is in vain", work->attempt);
	*step = SM_DONE;
	return NULL;
}

static inline dms_error *
begin_break(struct sm_work *work, enum sm_step *step)
{
	TRY(note(work, "break"));
	json_object_set_new(work->results, "locked_by", json_string("somebody"));
	return dms_error_new(DMS_E_FORMAT, "this can't be read: \xff");
}

static inline dms_error *
failed_break(struct sm_work *work, const dms_error *error)
{
	if (parameter(work, "fails_failing"))
		return dms_error_new(DMS_E_INTERNAL, "failing fails");
	sm_goto(work, "BROKEN");
	return note(work, "failed");
}

static inline dms_error *
begin_gather(struct sm_work *work, enum sm_step *step)
{
	json_t *parameters;
	char what[32];

	TRY(sm_absorb(work, work->event_type, &parameters));
	snprintf(what, sizeof what, "gathered %zu", json_array_size(parameters));
	json_decref(parameters);
	*step = SM_DONE;
	if (parameter(work, "breaks"))
		return dms_error_new(DMS_E_FORMAT, "none of these can be read");
	return note(work, what);
}

static inline dms_error *
begin_chain(struct sm_work *work, enum sm_step *step)
{
	*step = SM_DONE;
	return sm_post_next(work, (struct sm_event){.machine = work->machine->name,
						    .sm_id = work->sm_id,
						    .sm_name = work->sm_name,
						    .type = "Note"});
}

static inline dms_error *
begin_work(struct sm_work *work, enum sm_step *step)
{
	*step = SM_WORK;
	return NULL;
}

/* Counts who is inside, and waits at the gate. */
static inline dms_error *
work_inside(struct sm_work *work)
{
	struct stage *stage = stage_of(work);
	int64_t deadline = patience();
	int64_t row = work->sm_id + (strcmp(work->machine->name, "zone") == 0 ? ROWS : 0);
	dms_error *(*more)(struct sm_work *);

	pthread_mutex_lock(&stage->lock);
	if (++stage->inside[row] > 1)
		stage->is_crowded = 1;
	if (++stage->inside_now > stage->inside_most)
		stage->inside_most = stage->inside_now;
	pthread_cond_broadcast(&stage->changed);
	while (stage->is_shut)
		stage_wait(stage, deadline);
	more = stage->work;
	pthread_mutex_unlock(&stage->lock);
	dms_error *error = more != NULL ? more(work) : NULL;
	pthread_mutex_lock(&stage->lock);
	stage->inside[row]--;
	stage->inside_now--;
	pthread_mutex_unlock(&stage->lock);
	return error;
}

static inline dms_error *
settle_work(struct sm_work *work, enum sm_step *step)
{
	*step = SM_DONE;
	return note(work, "work");
}

static const struct sm_handler on_note = {.begin = begin_note};
static const struct sm_handler on_nothing = {.begin = begin_nothing};
static const struct sm_handler on_stumble = {.begin = begin_stumble};
static const struct sm_handler on_break = {.begin = begin_break, .failed = failed_break};
static const struct sm_handler on_gather = {.begin = begin_gather};
static const struct sm_handler on_chain = {.begin = begin_chain};
static const struct sm_handler on_work = {
    .begin = begin_work, .work = work_inside, .settle = settle_work};

static const struct sm_transition server_transitions[] = {
    SM_ON("OK", "Note", on_note, "OK", ""),
    SM_ON("BROKEN", "Note", on_note, "BROKEN", ""),
    SM_ON("CONFIG", "Note", on_note, "OK", ""),
    SM_ON("OK", "Nothing", on_nothing, "OK", ""),
    SM_ON("OK", "Stumble", on_stumble, "OK", ""),
    SM_ON("OK", "Break", on_break, "BROKEN", ""),
    SM_ON("OK", "Gather", on_gather, "OK", ""),
    SM_ON("OK", "Chain", on_chain, "OK", ""),
    SM_ON("OK", "Work", on_work, "OK", ""),
    SM_REFUSE("OK CONFIG", "Refused", SERVER_SM_FAILURE, "NotToday", "it will not do"),
    SM_KEEP("BROKEN", "Refused", "done when it is mended"),
    {0},
};

/* CONFIG is a state that only an event leaves. */
static const struct sm_machine server_machine = {
    .name = "server",
    .table = "server",
    .transitions = server_transitions,
    .revive_sql = "SELECT s.id, s.name, 0 AS change_id, 'Note' AS event_type, 'a test' AS why"
		  " FROM server s WHERE s.state = 'CONFIG' AND NOT EXISTS (SELECT FROM event e"
		  "  WHERE e.machine = 'server' AND e.sm_id = s.id AND e.processed_at IS NULL)",
};

static const struct sm_transition reverse_transitions[] = {
    SM_ON("", "Note", on_note, "", ""),
    SM_ON("", "Stumble", on_stumble, "", ""),
    {0},
};

static const struct sm_machine reverse_machine = {.name = "reverse",
						  .transitions = reverse_transitions};

/* Zones are what bulk work is about; here their rows look like those of servers. */
static const struct sm_machine zone_machine = {
    .name = "zone", .table = "estate", .transitions = server_transitions};

static const struct sm_machine *const machines[] = {&server_machine, &zone_machine,
						    &reverse_machine, NULL};

static inline void
hear_bus(void *arg, bool is_connected)
{
	struct side *side = arg;
	struct sm_engine *engine = atomic_load(&side->engine);

	if (is_connected && engine != NULL)
		sm_engine_bus_is_back(engine);
}

/* `name` tells the sides of one process apart, as the process id does with real ones. */
static inline struct side *
side_start(struct stage *stage, const char *name)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct side *side = talloc_zero(mem, struct side);
	struct sm_engine *engine;

	side->mem = mem;
	side->stage = stage;
	side->config = (struct dms_config){.program = PROGRAM_MASTER_SM,
					   .program_name = name,
					   .file = "",
					   .db_url = stage->scratch.url,
					   .db_statement_timeout = 30000,
					   .nats_url = stage->server.url,
					   .nats_ca = "",
					   .nats_cert = "",
					   .nats_key = "",
					   .nats_replicas = 1,
					   .workers = WORKERS,
					   .drain_timeout = PATIENCE_MS,
					   .lease = 1500,
					   .retry_first = 20,
					   .retry_max = 100,
					   .alert_attempts = 2,
					   .reconcile_interval = 200};
	ok(bus_open(mem, &side->config, hear_bus, side, &side->bus));
	ok(bus_srv(side->bus, name, "1.0.0", "a test"));
	ok(work_pool_new(mem, &side->config, WORKERS, stage->scratch.url, &side->pool));
	ok(sm_engine_new(mem, &side->config, side->bus, side->pool, machines, side, &engine));
	ok(sm_engine_start(engine));
	atomic_store(&side->engine, engine);
	for (size_t i = 0; i < sizeof stage->sides / sizeof stage->sides[0]; i++)
		if (stage->sides[i] == NULL) {
			stage->sides[i] = side;
			break;
		}
	return side;
}

/* As a service stops at SIGTERM. */
static inline void
side_stop(struct side *side)
{
	struct sm_engine *engine = atomic_exchange(&side->engine, NULL);
	struct stage *stage = side->stage;

	for (size_t i = 0; i < sizeof stage->sides / sizeof stage->sides[0]; i++)
		if (stage->sides[i] == side)
			stage->sides[i] = NULL;
	sm_engine_stop(engine);
	bus_drain(side->bus, PATIENCE_MS);
	assert_true(work_pool_drain(side->pool, PATIENCE_MS));
	TALLOC_FREE(side->pool);
	TALLOC_FREE(engine);
	TALLOC_FREE(side->bus);
	talloc_free(side->mem);
}

static inline int64_t
number(struct stage *stage, const char *sql)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct db_result *result;
	int64_t value;

	ok(db_query(stage->scratch.db, mem, &result, sql));
	assert_int_equal(db_rows(result), 1);
	value = db_int(result, 0, "n");
	talloc_free(mem);
	return value;
}

/* Until the query's `n` is `wanted`. */
static inline void
until(struct stage *stage, const char *sql, int64_t wanted)
{
	int64_t deadline = patience();
	int64_t got;

	while ((got = number(stage, sql)) != wanted) {
		if (monotonic_us() > deadline)
			fail_msg("%s: %lld, not %lld", sql, (long long)got, (long long)wanted);
		poll(NULL, 0, 2);
	}
}

static inline void
until_idle(struct stage *stage)
{
	until(stage, "SELECT count(*) AS n FROM event WHERE processed_at IS NULL", 0);
}

static inline void
equals(struct stage *stage, const char *sql, int64_t wanted)
{
	int64_t got = number(stage, sql);

	if (got != wanted)
		fail_msg("%s: %lld, not %lld", sql, (long long)got, (long long)wanted);
}

/* Posts within the open transaction, by way of `bus` (NULL: only the relay will knock). */
static inline int64_t
post(struct stage *stage, struct bus *bus, struct sm_event event)
{
	int64_t id;

	if (event.machine == NULL)
		event.machine = "server";
	if (event.sm_name == NULL)
		event.sm_name = "a-name";
	ok(sm_post(stage->scratch.db, bus, &event, &id));
	return id;
}

static inline int64_t
post_one(struct stage *stage, struct bus *bus, struct sm_event event)
{
	int64_t id;

	ok(db_begin(stage->scratch.db));
	id = post(stage, bus, event);
	ok(db_commit(stage->scratch.db));
	return id;
}

/* Posts an event with parameters given as JSON. */
static inline int64_t
post_with(struct stage *stage, struct bus *bus, const char *type, int64_t sm_id, const char *json)
{
	json_t *parameters = json_loads(json, 0, NULL);
	int64_t id;

	assert_non_null(parameters);
	id = post_one(stage, bus,
		      (struct sm_event){.type = type, .sm_id = sm_id, .parameters = parameters});
	json_decref(parameters);
	return id;
}

static inline void
gate(struct stage *stage, bool is_shut)
{
	pthread_mutex_lock(&stage->lock);
	stage->is_shut = is_shut;
	pthread_cond_broadcast(&stage->changed);
	pthread_mutex_unlock(&stage->lock);
}

/* Until so many workers are inside a work step. */
static inline void
until_inside(struct stage *stage, int wanted)
{
	int64_t deadline = patience();

	pthread_mutex_lock(&stage->lock);
	while (stage->inside_now < wanted)
		stage_wait(stage, deadline);
	pthread_mutex_unlock(&stage->lock);
}

static inline void
meet(struct worker *worker, void *arg)
{
	struct stage *stage = arg;
	int64_t deadline = patience();

	pthread_mutex_lock(&stage->lock);
	stage->met++;
	pthread_cond_broadcast(&stage->changed);
	while (stage->met % WORKERS != 0)
		stage_wait(stage, deadline);
	pthread_mutex_unlock(&stage->lock);
}

/* Until every worker has ended what it was at. */
static inline void
workers_meet(struct side *side)
{
	struct stage *stage = side->stage;
	int64_t deadline = patience();

	for (int i = 0; i < WORKERS; i++)
		assert_true(work_submit(side->pool, WORK_INTERACTIVE, 0, meet, stage));
	pthread_mutex_lock(&stage->lock);
	while (stage->met < WORKERS)
		stage_wait(stage, deadline);
	stage->met = 0;
	pthread_mutex_unlock(&stage->lock);
}

static inline void
do_sql(struct stage *stage, const char *sql)
{
	ok(db_script(stage->scratch.db, sql));
}

static inline void
stage_locks(struct stage *stage)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&stage->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&stage->changed, &attributes);
	pthread_condattr_destroy(&attributes);
}

static inline int
stage_set(void **state)
{
	struct stage *stage;
	void *scratch = NULL;
	int applied;

	log_init("test", LOG_TEXT, getenv("DMS_TEST_LOG") != NULL ? LOG_DEBUG : LOG_EMERG);
	if (make_database(state) != 0 || open_scratch(&scratch) != 0)
		return 1;
	if (scratch == NULL)
		return 0;
	stage = talloc_zero(NULL, struct stage);
	talloc_steal(stage, scratch);
	stage->scratch = *(struct scratch *)scratch;
	stage_locks(stage);
	server_prepare(&stage->server);
	server_start(&stage->server, NULL);
	ok(migrate(stage->scratch.db, &applied));
	do_sql(stage, "CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, sm_id bigint,"
		      " event_id bigint, what text, worker integer, change_id bigint,"
		      " at timestamptz DEFAULT clock_timestamp());"
		      "INSERT INTO server (name, sg_id, address, port, state)"
		      " SELECT 's' || n, (SELECT min(id) FROM server_group), '127.0.0.1', n, 'OK'"
		      " FROM generate_series(1, 64) n ORDER BY n;"
		      "CREATE TABLE estate AS SELECT * FROM server;"
		      "ALTER TABLE estate ADD PRIMARY KEY (id)");
	*state = stage;
	return 0;
}

static inline int
stage_struck(void **state)
{
	struct stage *stage = *state;

	if (stage == NULL)
		return 0;
	server_end(&stage->server);
	return close_scratch(state) | drop_database(state);
}

/* Every test begins on an empty stage. */
static inline struct stage *
need_stage(void **state)
{
	struct stage *stage = (struct stage *)need_scratch(state);

	gate(stage, false);
	for (size_t i = 0; i < sizeof stage->sides / sizeof stage->sides[0]; i++)
		if (stage->sides[i] != NULL)
			side_stop(stage->sides[i]); /* of a test that failed */
	do_sql(stage, "TRUNCATE event, effect CASCADE;"
		      "UPDATE server SET state = 'OK', sm_version = 0, lease_until = NULL,"
		      " lease_worker = NULL, last_error = NULL, last_error_code = NULL,"
		      " last_error_since = NULL");
	pthread_mutex_lock(&stage->lock);
	stage->is_shut = false;
	stage->is_crowded = stage->inside_now = stage->inside_most = stage->begun = 0;
	memset(stage->inside, 0, sizeof stage->inside);
	stage->work = stage->trip = NULL;
	pthread_mutex_unlock(&stage->lock);
	return stage;
}
