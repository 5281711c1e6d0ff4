/* The life of a daemon: arguments, configuration, bus, database, service, signals, orderly end. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "service/daemon.h"

#define LAST_WAIT_MS 2000 /* for answers that are still being written to clients */

/* Without freeing anything: threads may still be at work. */
static void
leave(const struct daemon *daemon, int status)
{
	log_info("stopped", F_BOOL("is_complete", daemon->is_complete),
		 F_MS("took_ms", elapsed_ms(daemon->stopping_us)),
		 F_MS("up_ms", elapsed_ms(daemon->begun_us)));
	_exit(status);
}

static void
on_bus_state(void *arg, bool is_connected)
{
	struct daemon *daemon = arg;

	pthread_mutex_lock(&daemon->state_lock);
	daemon->is_bus_up = is_connected;
	if (daemon->may_tell)
		daemon->description->bus_state(&daemon->service, is_connected);
	pthread_mutex_unlock(&daemon->state_lock);
}

/* The service hears of the bus from when it has started until it stops; what came before, now. */
static void
tell_bus_state(struct daemon *daemon, bool may_tell)
{
	if (daemon->description->bus_state == NULL)
		return;
	pthread_mutex_lock(&daemon->state_lock);
	daemon->may_tell = may_tell;
	if (may_tell && daemon->is_bus_up)
		daemon->description->bus_state(&daemon->service, true);
	pthread_mutex_unlock(&daemon->state_lock);
}

static void
start_failed(dms_error *error)
{
	int status = error->is_transient ? EX_UNAVAILABLE : EX_CONFIG;

	log_failure(LOG_ERR, "not started", error);
	_exit(status);
}

/* On the loop, once the database is as it must be. */
static void
start(struct daemon *daemon)
{
	const struct service_description *description = daemon->description;
	struct service *service = &daemon->service;
	const struct dms_config *config = service->config;
	int threads = description->threads > 0 ? description->threads : (int)config->workers;
	dms_error *error =
	    work_pool_new(service->mem, config, threads,
			  description->needs_db ? config->db_url : NULL, &service->pool);

	if (error == NULL)
		error = description->start(service);
	if (error != NULL)
		start_failed(error);
	daemon->phase = DAEMON_RUNNING;
	tell_bus_state(daemon, true);
	log_info("started", F_STR("version", description->version),
		 F_MS("took_ms", elapsed_ms(daemon->begun_us)));
	sd_notify(0, "READY=1");
}

static void
on_last_wait(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

#define OWN_HANDLES 6

static void
own_handles(struct daemon *daemon, uv_handle_t *handles[OWN_HANDLES])
{
	handles[0] = (uv_handle_t *)&daemon->terminate;
	handles[1] = (uv_handle_t *)&daemon->interrupt;
	handles[2] = (uv_handle_t *)&daemon->hangup;
	handles[3] = (uv_handle_t *)&daemon->watchdog;
	handles[4] = (uv_handle_t *)&daemon->wake;
	handles[5] = (uv_handle_t *)&daemon->again;
}

/* The drain has ended: our handles no longer hold the loop, which ends when the service's have
 * closed. */
static void
on_drained(struct service *service, void *arg)
{
	struct daemon *daemon = (struct daemon *)service;
	uv_handle_t *handles[OWN_HANDLES];

	own_handles(daemon, handles);
	pthread_join(daemon->drainer, NULL);
	uv_timer_start(&daemon->again, on_last_wait, LAST_WAIT_MS, 0);
	for (int i = 0; i < OWN_HANDLES; i++)
		uv_unref(handles[i]);
}

/* Off the loop, which goes on turning: jobs may hand their results to it. */
static void *
drain(void *arg)
{
	struct daemon *daemon = arg;
	struct service *service = &daemon->service;
	int64_t timeout_ms = service->config->drain_timeout;

	if (service->bus != NULL)
		bus_drain(service->bus, timeout_ms);
	timeout_ms -= (int64_t)elapsed_ms(daemon->stopping_us);
	daemon->is_complete = work_pool_drain(service->pool, timeout_ms > 0 ? timeout_ms : 0);
	service_on_loop(service, on_drained, NULL);
	return NULL;
}

static void
stop(struct daemon *daemon)
{
	enum daemon_phase before = daemon->phase;
	int failure;

	daemon->phase = DAEMON_STOPPING;
	daemon->stopping_us = monotonic_us();
	log_info("stopping", F_MS("up_ms", elapsed_ms(daemon->begun_us)));
	sd_notify(0, "STOPPING=1");
	if (before == DAEMON_WAITING)
		leave(daemon, EX_OK);
	tell_bus_state(daemon, false);
	daemon->description->stop(&daemon->service);
	failure = pthread_create(&daemon->drainer, NULL, drain, daemon);
	if (failure != 0) {
		log_err("no thread to drain with", F_STR("reason", strerror(failure)));
		leave(daemon, EX_OK);
	}
}

static void
on_stop_signal(uv_signal_t *signal, int number)
{
	struct daemon *daemon = signal->data;

	if (daemon->phase == DAEMON_STOPPING) {
		log_warning("second signal: leaving at once", F_STR("signal", strsignal(number)));
		leave(daemon, EXIT_FAILURE);
	}
	stop(daemon);
}

/* Logs are what every daemon can change while it runs. */
static void
reload_logs(const struct daemon *daemon)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct dms_config *config = NULL;
	dms_error *error = config_load(mem, daemon->path, daemon->description->program, &config);

	if (error == NULL)
		error = logs_init(config);
	if (error != NULL)
		log_failure(LOG_ERR, "configuration not read again", error);
	dms_error_free(error);
	talloc_free(mem);
}

static void
on_hangup(uv_signal_t *signal, int number)
{
	struct daemon *daemon = signal->data;
	const struct service_description *description = daemon->description;

	if (daemon->phase != DAEMON_RUNNING)
		return;
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)monotonic_us());
	reload_logs(daemon);
	if (description->reload != NULL)
		description->reload(&daemon->service);
	log_info("reloaded");
	sd_notify(0, "READY=1");
}

static void
on_watchdog(uv_timer_t *timer)
{
	sd_notify(0, "WATCHDOG=1");
}

static void
on_wake(uv_async_t *async)
{
	calls_run(async->data);
}

static void
listen_for(struct daemon *daemon, uv_signal_t *signal, uv_signal_cb handler, int number)
{
	uv_signal_init(&daemon->loop, signal);
	signal->data = daemon;
	uv_signal_start(signal, handler, number);
}

static void
loop_init(struct daemon *daemon)
{
	uint64_t watchdog_us = 0;

	uv_loop_init(&daemon->loop);
	daemon->service.loop = &daemon->loop;
	signal(SIGPIPE, SIG_IGN);
	listen_for(daemon, &daemon->terminate, on_stop_signal, SIGTERM);
	listen_for(daemon, &daemon->interrupt, on_stop_signal, SIGINT);
	listen_for(daemon, &daemon->hangup, on_hangup, SIGHUP);
	uv_async_init(&daemon->loop, &daemon->wake, on_wake);
	daemon->wake.data = daemon;
	uv_timer_init(&daemon->loop, &daemon->again);
	daemon->again.data = daemon;
	uv_timer_init(&daemon->loop, &daemon->watchdog);
	if (sd_watchdog_enabled(0, &watchdog_us) > 0)
		uv_timer_start(&daemon->watchdog, on_watchdog, 0, watchdog_us / 2000);
}

static dms_error *
connect_bus(struct daemon *daemon)
{
	const struct service_description *description = daemon->description;
	struct service *service = &daemon->service;

	if (service->config->nats_url[0] == '\0')
		return NULL;
	TRY(bus_open(daemon, service->config, description->bus_state != NULL ? on_bus_state : NULL,
		     daemon, &service->bus));
	return bus_srv(service->bus, service->config->program_name, description->version,
		       description->summary);
}

/* What the service left open on the loop past the last wait stays; the process ends anyway. */
static void
end(struct daemon *daemon)
{
	uv_handle_t *handles[OWN_HANDLES];

	if (!daemon->is_complete)
		leave(daemon, EX_OK);
	calls_end(daemon);
	TALLOC_FREE(daemon->service.pool);
	TALLOC_FREE(daemon->service.mem);
	TALLOC_FREE(daemon->service.bus);
	own_handles(daemon, handles);
	for (int i = 0; i < OWN_HANDLES; i++)
		uv_close(handles[i], NULL);
	uv_run(&daemon->loop, UV_RUN_NOWAIT);
	if (uv_loop_close(&daemon->loop) != 0)
		log_debug("the service left handles open on the loop");
	free(daemon->reason);
	log_info("stopped", F_BOOL("is_complete", true),
		 F_MS("took_ms", elapsed_ms(daemon->stopping_us)),
		 F_MS("up_ms", elapsed_ms(daemon->begun_us)));
}

static int
configure(struct daemon *daemon)
{
	struct dms_config *config = NULL;
	dms_error *error = config_load(daemon, daemon->path, daemon->description->program, &config);

	if (error == NULL)
		error = logs_init(config);
	if (error == NULL) {
		daemon->service.config = config;
		return EX_OK;
	}
	fprintf(stderr, "%s: %s\n", program_name(daemon->description->program), error->message);
	dms_error_free(error);
	return EX_CONFIG;
}

static void
run(struct daemon *daemon)
{
	dms_error *error;

	loop_init(daemon);
	error = connect_bus(daemon);
	if (error != NULL)
		start_failed(error);
	if (daemon->description->needs_db)
		schema_wait(daemon, start);
	else
		start(daemon);
	uv_run(&daemon->loop, UV_RUN_DEFAULT);
	end(daemon);
}

int
service_main(int argc, char **argv, const struct service_description *description)
{
	struct daemon *daemon;
	const char *path = NULL;
	int status = arguments_read(argc, argv, description, &path);

	if (status >= 0)
		return status;
	daemon = talloc_zero(NULL, struct daemon);
	daemon->description = description;
	daemon->path = path;
	daemon->begun_us = monotonic_us();
	daemon->service.mem = talloc_new(daemon);
	pthread_mutex_init(&daemon->state_lock, NULL);
	calls_init(daemon);
	status = configure(daemon);
	if (status == EX_OK)
		run(daemon);
	talloc_free(daemon);
	bus_end(LAST_WAIT_MS);
	return status;
}
