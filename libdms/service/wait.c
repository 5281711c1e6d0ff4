/* Waiting for the database: away, not yet migrated, or migrated by somebody just now. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "db/migrate.h"
#include "service/daemon.h"

#define AGAIN_FIRST_MS 100
#define AGAIN_MAX_MS   5000

static void look(struct daemon *daemon);

/* On a thread of libuv: connecting may take seconds, and the loop must hear signals. */
static void
check_schema(uv_work_t *work)
{
	struct daemon *daemon = work->data;
	const struct dms_config *config = daemon->service.config;
	TALLOC_CTX *mem = talloc_new(NULL);
	struct db *db = NULL;
	dms_error *error =
	    db_open(mem, config->db_url, config->program_name, config->db_statement_timeout, &db);

	if (error == NULL)
		error = migrate_check(db);
	talloc_free(mem);
	daemon->check_error = error;
}

static void
on_again(uv_timer_t *timer)
{
	look(timer->data);
}

/* says every reason once, however often it comes */
static void
say(struct daemon *daemon, const dms_error *error)
{
	if (daemon->reason != NULL && strcmp(daemon->reason, error->message) == 0)
		return;
	free(daemon->reason);
	daemon->reason = strdup(error->message);
	log_failure(LOG_WARNING, "waiting for the database", error);
}

static void
on_checked(uv_work_t *work, int status)
{
	struct daemon *daemon = work->data;
	dms_error *error = daemon->check_error;

	daemon->check_error = NULL;
	if (daemon->phase != DAEMON_WAITING) {
		dms_error_free(error);
		return;
	}
	if (error == NULL) {
		daemon->schema_is_current(daemon);
		return;
	}
	say(daemon, error);
	dms_error_free(error);
	daemon->attempt++;
	uv_timer_start(&daemon->again, on_again,
		       (uint64_t)backoff_ms(AGAIN_FIRST_MS, AGAIN_MAX_MS, daemon->attempt), 0);
}

static void
look(struct daemon *daemon)
{
	daemon->check.data = daemon;
	uv_queue_work(&daemon->loop, &daemon->check, check_schema, on_checked);
}

void
schema_wait(struct daemon *daemon, void (*ready)(struct daemon *daemon))
{
	daemon->schema_is_current = ready;
	look(daemon);
}
