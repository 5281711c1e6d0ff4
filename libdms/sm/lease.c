/* Leases of this process's work, and of workers of this host that are no more. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "sm/engine.h"

/* A handler that is still at it after so many leases hangs: others may take over. */
#define RENEWALS_MAX 20

static int64_t
renewal_ms(const struct sm_engine *engine)
{
	return engine->config->lease / 3;
}

void
sm_lease_begins(struct sm_claim *claim)
{
	struct sm_engine *engine = claim->engine;

	pthread_mutex_lock(&engine->mutex);
	claim->is_leased = true;
	claim->renew_us = monotonic_us() + renewal_ms(engine) * 1000;
	claim->next = engine->leased;
	engine->leased = claim;
	pthread_mutex_unlock(&engine->mutex);
	sm_look_within(engine, renewal_ms(engine));
}

void
sm_lease_ends(struct sm_claim *claim)
{
	struct sm_engine *engine = claim->engine;

	if (!claim->is_leased)
		return;
	pthread_mutex_lock(&engine->mutex);
	for (struct sm_claim **at = &engine->leased; *at != NULL; at = &(*at)->next)
		if (*at == claim) {
			*at = claim->next;
			break;
		}
	pthread_mutex_unlock(&engine->mutex);
	claim->is_leased = false;
}

/* What a renewal needs of a claim, which may end meanwhile. */
struct renewal {
	const struct sm_room *room;
	int64_t sm_id;
	int64_t version;
	int64_t event_id;
};

/* The claims whose renewal is due; `*milliseconds` shrinks to the next one. */
static struct renewal *
due_renewals(TALLOC_CTX *mem, struct sm_engine *engine, int64_t *milliseconds, unsigned *count)
{
	int64_t now_us = monotonic_us();
	struct renewal *list = NULL;

	*count = 0;
	pthread_mutex_lock(&engine->mutex);
	for (struct sm_claim *claim = engine->leased; claim != NULL; claim = claim->next) {
		if (claim->renewals == RENEWALS_MAX * 3)
			continue;
		if (claim->renew_us <= now_us) {
			list = talloc_realloc(mem, list, struct renewal, *count + 1);
			list[(*count)++] = (struct renewal){claim->room, claim->work.sm_id,
							    claim->version, claim->work.event_id};
			claim->renewals++;
			claim->renew_us = now_us + renewal_ms(engine) * 1000;
		}
		if ((claim->renew_us - now_us) / 1000 + 1 < *milliseconds)
			*milliseconds = (claim->renew_us - now_us) / 1000 + 1;
	}
	pthread_mutex_unlock(&engine->mutex);
	return list;
}

dms_error *
sm_renew_leases(struct sm_engine *engine, struct db *db, int64_t *milliseconds)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	unsigned count;
	struct renewal *list = due_renewals(mem, engine, milliseconds, &count);
	dms_error *error = NULL;

	for (unsigned i = 0; i < count && error == NULL; i++)
		error = db_exec(db, list[i].room->renew_sql, P_INT(list[i].sm_id),
				P_INT(list[i].version), P_INT(engine->config->lease),
				P_INT(list[i].event_id));
	talloc_free(mem);
	return error;
}

/* Whether this process works under that very lease. */
static bool
is_at_work(struct sm_engine *engine, const struct sm_room *room, int64_t sm_id, const char *worker)
{
	bool answer = false;

	pthread_mutex_lock(&engine->mutex);
	for (const struct sm_claim *claim = engine->leased; claim != NULL; claim = claim->next)
		if (claim->room == room && claim->work.sm_id == sm_id &&
		    strcmp(claim->worker, worker) == 0)
			answer = true;
	pthread_mutex_unlock(&engine->mutex);
	return answer;
}

/* Workers are named host/program/pid/number (service/service.h). A lease of our own that nobody is
 * at is from an earlier life with the same pid, or could not be given up when the database was
 * away. */
static bool
is_abandoned(struct sm_engine *engine, const struct sm_room *room, int64_t sm_id,
	     const char *worker)
{
	char host[256] = "localhost";
	char own[320];
	size_t length;
	const char *pid;
	long number;

	gethostname(host, sizeof host - 1);
	length = strlen(host);
	if (strncmp(worker, host, length) != 0 || worker[length] != '/' ||
	    (pid = strchr(worker + length + 1, '/')) == NULL)
		return false;
	length = (size_t)snprintf(own, sizeof own, "%s/%s/%d/", host, engine->config->program_name,
				  (int)getpid());
	if (strncmp(worker, own, length) == 0)
		return !is_at_work(engine, room, sm_id, worker);
	number = atol(pid + 1);
	return number > 0 && kill((pid_t)number, 0) != 0 && errno == ESRCH;
}

static dms_error *
free_lease(struct db *db, const struct sm_room *room, int64_t sm_id, const char *worker,
	   int64_t version)
{
	log_notice("an abandoned lease is given up", F_STR("machine", room->machine->name),
		   F_INT("id", sm_id), F_STR("worker", worker));
	TRY(db_exec(db, room->unlease_sql, P_INT(sm_id), P_TEXT(worker), P_INT(version)));
	return db_exec(db,
		       "UPDATE event SET relay_at = clock_timestamp() WHERE machine = $1"
		       " AND sm_id = $2 AND processed_at IS NULL AND state NOT IN ('NEW', 'RETRY')",
		       P_TEXT(room->machine->name), P_INT(sm_id));
}

static dms_error *
free_leases_of(struct sm_engine *engine, const struct sm_room *room, struct db *db)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct db_result *result;
	dms_error *error = db_query(db, mem, &result, room->leases_sql);

	for (int i = 0; error == NULL && i < db_rows(result); i++) {
		int64_t sm_id = db_int(result, i, "id");
		const char *worker = db_text(result, i, "lease_worker");

		if (is_abandoned(engine, room, sm_id, worker))
			error =
			    free_lease(db, room, sm_id, worker, db_int(result, i, "sm_version"));
	}
	talloc_free(mem);
	return error;
}

dms_error *
sm_free_leases(struct sm_engine *engine, struct db *db)
{
	for (int i = 0; i < engine->room_count; i++)
		if (engine->rooms[i].machine->table != NULL)
			TRY(free_leases_of(engine, &engine->rooms[i], db));
	return NULL;
}
