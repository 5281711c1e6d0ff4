/* LISTEN in a thread of its own. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "db/connection.h"

enum {
	RETRY_FIRST_MS = 100,
	RETRY_MAX_MS = 5000,
};

struct db_listener {
	const char *url, *application;
	const char **channels;
	int channel_count;
	void (*hear)(void *arg, const char *channel, const char *payload);
	void *arg;
	pthread_t thread;
	int stop_fd; /* readable once the thread shall end */
	bool is_running;
};

/* waits for the stop sign and, when `fd` is not -1, for input there; true: stop */
static bool
wait_or_stop(const struct db_listener *listener, int fd, int timeout_ms)
{
	struct pollfd watched[] = {{.fd = listener->stop_fd, .events = POLLIN},
				   {.fd = fd, .events = POLLIN}};

	while (poll(watched, 2, timeout_ms) < 0 && errno == EINTR)
		;
	return watched[0].revents != 0;
}

static dms_error *
subscribe(const struct db_listener *listener, PGconn *conn)
{
	for (int i = 0; i < listener->channel_count; i++) {
		char *name =
		    PQescapeIdentifier(conn, listener->channels[i], strlen(listener->channels[i]));
		if (name == NULL)
			return db_error_of(conn, NULL, "LISTEN");
		char *sql = talloc_asprintf(NULL, "LISTEN %s", name);
		PQfreemem(name);
		PGresult *pg = PQexec(conn, sql);
		talloc_free(sql);
		dms_error *error = NULL;
		if (PQresultStatus(pg) != PGRES_COMMAND_OK)
			error = db_error_of(conn, pg, "LISTEN");
		PQclear(pg);
		TRY(error);
	}
	return NULL;
}

/* hears until the connection breaks (an error) or the stop sign comes (NULL) */
static dms_error *
hear_all(const struct db_listener *listener, PGconn *conn)
{
	TRY(subscribe(listener, conn));
	/* what was told before we listened is lost */
	listener->hear(listener->arg, NULL, NULL);
	for (;;) {
		PGnotify *notify;
		while ((notify = PQnotifies(conn)) != NULL) {
			listener->hear(listener->arg, notify->relname, notify->extra);
			PQfreemem(notify);
		}
		if (wait_or_stop(listener, PQsocket(conn), -1))
			return NULL;
		if (PQconsumeInput(conn) != 1)
			return db_error_of(conn, NULL, "LISTEN");
	}
}

static void *
listener_thread(void *arg)
{
	const struct db_listener *listener = arg;

	for (int attempt = 1;; attempt++) {
		PGconn *conn = NULL;
		int64_t start = monotonic_us();
		dms_error *error = db_connect(listener->url, listener->application, 0, &conn);
		if (error == NULL)
			error = hear_all(listener, conn);
		PQfinish(conn);
		if (error == NULL)
			return NULL;
		/* a connection that held for a while is a new story */
		if (elapsed_ms(start) > RETRY_MAX_MS)
			attempt = 1;
		log_failure(LOG_WARNING, "listening to PostgreSQL is interrupted", error,
			    F_INT("attempt", attempt));
		dms_error_free(error);
		int delay = (int)backoff_ms(RETRY_FIRST_MS, RETRY_MAX_MS, attempt);
		if (wait_or_stop(listener, -1, delay))
			return NULL;
	}
}

void
db_listener_stop(struct db_listener *listener)
{
	uint64_t one = 1;

	if (!listener->is_running)
		return;
	while (write(listener->stop_fd, &one, sizeof one) < 0 && errno == EINTR)
		;
	pthread_join(listener->thread, NULL);
	close(listener->stop_fd);
	listener->is_running = false;
}

static int
free_listener(struct db_listener *listener)
{
	db_listener_stop(listener);
	return 0;
}

dms_error *
db_listen(TALLOC_CTX *mem, const char *url, const char *application, const char *const *channels,
	  int count, void (*hear)(void *arg, const char *channel, const char *payload), void *arg,
	  struct db_listener **listener)
{
	struct db_listener *made = talloc_zero(mem, struct db_listener);

	made->url = talloc_strdup(made, url);
	made->application = talloc_strdup(made, application);
	made->channels = talloc_array(made, const char *, count);
	for (int i = 0; i < count; i++)
		made->channels[i] = talloc_strdup(made->channels, channels[i]);
	made->channel_count = count;
	made->hear = hear;
	made->arg = arg;
	made->stop_fd = eventfd(0, EFD_CLOEXEC);
	int failure = made->stop_fd < 0 ? errno : 0;
	if (failure == 0) {
		failure = pthread_create(&made->thread, NULL, listener_thread, made);
		if (failure != 0)
			close(made->stop_fd);
	}
	if (failure != 0) {
		talloc_free(made);
		return dms_error_new(DMS_E_SYSTEM, "cannot start the listener's thread: %s",
				     strerror(failure));
	}
	made->is_running = true;
	talloc_set_destructor(made, free_listener);
	*listener = made;
	return NULL;
}
