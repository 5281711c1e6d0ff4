/* What every daemon shares: libuv loop, signals, workers, bus, readiness and watchdog, orderly end.
 *
 * The loop only moves messages. Handlers are plain synchronous code on worker threads, each with
 * one database connection of its own.
 *
 * talloc is not thread-safe, not even between children of one parent: a worker's contexts hang on a
 * root of its own, and what crosses threads (bus messages, arguments of jobs) has no talloc parent.
 * `service.mem` is the loop thread's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <uv.h>

#include "base/config.h"
#include "base/error.h"
#include "bus/bus.h"
#include "db/db.h"

struct work_pool;

/* What a job gets: a connection (NULL if the pool has none) and a context freed after it. */
struct worker {
	int number;
	const char *name; /* host/program/pid/number: event leases are written with it */
	struct db *db;    /* connects at the first statement, and again after a loss */
	TALLOC_CTX *mem;
};
typedef void work_fn(struct worker *worker, void *arg);

enum work_class { WORK_INTERACTIVE, WORK_BULK, WORK_CLASS_COUNT };

/* `db_url` NULL: workers without database. */
dms_error *work_pool_new(TALLOC_CTX *mem, const struct dms_config *config, int threads,
			 const char *db_url, struct work_pool **pool);
/* Queues a job; thread-safe. Jobs of one `key` (0 = none) and class run in order, and jobs of one
 * key never side by side; keys take turns. Interactive goes before bulk, and where there are
 * several workers one is never given bulk work. Never blocks: bounded by what the bus lets be
 * outstanding. After work_pool_drain has begun it refuses: false, and the job never runs. */
bool work_submit(struct work_pool *pool, enum work_class class, uint64_t key, work_fn *fn,
		 void *arg);
/* Lets queued and running jobs end, then joins the threads. False when `timeout_ms` was too short:
 * jobs not begun never run, and the pool's memory must be left alone. */
bool work_pool_drain(struct work_pool *pool, int64_t timeout_ms);

struct service {
	const struct dms_config *config;
	uv_loop_t *loop;
	struct bus *bus;
	struct work_pool *pool;
	TALLOC_CTX *mem; /* lives as long as the service */
	void *mine;
};

struct service_description {
	enum program program;
	const char *version;
	const char *summary; /* one line for --help, the man page and $SRV.INFO */
	bool needs_db;       /* waits (with back-off, saying so) until the schema is current */
	int threads;         /* worker threads; 0 = the config's `workers` */
	/* Opens what the service serves; an error ends the process with EX_CONFIG or
	 * EX_UNAVAILABLE. */
	dms_error *(*start)(struct service *service);
	/* Stops taking in new work; called on the loop thread at SIGTERM or SIGINT, before the pool
	 * drains. */
	void (*stop)(struct service *service);
	void (*reload)(struct service *service); /* SIGHUP; may be NULL */
	/* Connects or loses the bus, or its streams had to be made anew (true again: publish again
	 * what may be lost). Between start and stop only; on a library thread, or on the loop
	 * thread when the bus was up before start returned. May be NULL. */
	void (*bus_state)(struct service *service, bool is_connected);
	void (*print_machines)(FILE *out); /* --machines; NULL: there is no such option */
};

/* main() of every daemon: parses -c FILE, --help, --version, --help-config, --man; runs; returns
 * the exit status. Ready (sd_notify) once start has returned. */
int service_main(int argc, char **argv, const struct service_description *description);
/* Runs `fn` on the loop thread soon; from any thread. */
void service_on_loop(struct service *service, void (*fn)(struct service *service, void *arg),
		     void *arg);
