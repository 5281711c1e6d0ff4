/* What the files of this room share: main.c (life of a daemon), arguments.c, wait.c, loop.c. */
#pragma once

#include <pthread.h>

#include "service/service.h"

enum daemon_phase { DAEMON_WAITING, DAEMON_RUNNING, DAEMON_STOPPING };

struct loop_call;

struct daemon {
	struct service service; /* first: a service is its daemon */
	const struct service_description *description;
	const char *path;        /* of the configuration file as given, NULL: the default */
	enum daemon_phase phase; /* loop thread only */
	int64_t begun_us;
	int64_t stopping_us;
	bool is_complete; /* the drain came to its end in time */

	uv_loop_t loop;
	uv_signal_t terminate;
	uv_signal_t interrupt;
	uv_signal_t hangup;
	uv_timer_t watchdog;
	uv_timer_t again; /* waiting: the next look at the schema; stopping: the last wait */
	uv_async_t wake;
	uv_work_t check;

	void (*schema_is_current)(struct daemon *daemon);
	int attempt;
	dms_error *check_error; /* of the look just made */
	char *reason;           /* of the last one that was told */
	pthread_t drainer;

	pthread_mutex_t calls_lock; /* guards the calls */
	struct loop_call *first_call;
	struct loop_call **calls_end;
	bool is_deaf; /* the loop turns no more */

	pthread_mutex_t state_lock; /* guards the next two; held while the service is told */
	bool may_tell;
	bool is_bus_up;
};

/* arguments.c */
/* -1: go on; else the exit status: the arguments were wrong, or asked for a page that was printed.
 */
int arguments_read(int argc, char **argv, const struct service_description *description,
		   const char **path);
/* Level and format of the configuration's logs. */
dms_error *logs_init(const struct dms_config *config);

/* loop.c */
void calls_init(struct daemon *daemon);
/* Runs what waits to run on the loop. */
void calls_run(struct daemon *daemon);
/* Forgets what waits; later calls do nothing. */
void calls_end(struct daemon *daemon);

/* wait.c */
/* Looks, off the loop, until the schema is current; then calls `ready` on the loop. */
void schema_wait(struct daemon *daemon, void (*ready)(struct daemon *daemon));
