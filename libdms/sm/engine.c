/* An engine, and the statements of its machines' tables. */
#include "sm/engine.h"

#define GIVE_UP "lease_until = NULL, lease_worker = NULL"
#define STEP    "sm_version = sm_version + 1"
#define LEASE   "clock_timestamp() + $3 * interval '1 ms'"

/* FOR NO KEY UPDATE: rows that refer to the machine's may be written meanwhile. */
static void
write_reading_statements(TALLOC_CTX *mem, struct sm_room *room)
{
	const char *table = room->machine->table;

	room->lock_sql = talloc_asprintf(
	    mem,
	    "SELECT state, sm_version, lease_worker,"
	    " lease_worker IS NOT NULL AND lease_until > clock_timestamp() AS is_leased"
	    " FROM %s WHERE id = $1 FOR NO KEY UPDATE",
	    table);
	room->version_sql = talloc_asprintf(mem, "SELECT sm_version FROM %s WHERE id = $1", table);
	room->leases_sql =
	    talloc_asprintf(mem,
			    "SELECT id, lease_worker, sm_version FROM %s"
			    " WHERE lease_worker IS NOT NULL AND lease_until > clock_timestamp()",
			    table);
}

/* Their text never changes, so each is prepared once. */
static void
write_statements(TALLOC_CTX *mem, struct sm_room *room)
{
	const char *table = room->machine->table;

	write_reading_statements(mem, room);
	room->done_sql =
	    talloc_asprintf(mem,
			    "UPDATE %s SET state = $2, " STEP ", " GIVE_UP ", last_error = NULL,"
			    " last_error_code = NULL, last_error_since = NULL WHERE id = $1",
			    table);
	room->kept_sql = talloc_asprintf(
	    mem, "UPDATE %s SET state = $2, " STEP ", " GIVE_UP " WHERE id = $1", table);
	room->changed_sql =
	    talloc_asprintf(mem, "UPDATE %s SET state = $2, " STEP " WHERE id = $1", table);
	room->claim_sql = talloc_asprintf(
	    mem,
	    "UPDATE %s SET " STEP ", lease_worker = $2, lease_until = " LEASE " WHERE id = $1"
	    " RETURNING sm_version",
	    table);
	room->renew_sql = talloc_asprintf(
	    mem,
	    "WITH mine AS (UPDATE %s SET lease_until = " LEASE
	    " WHERE id = $1 AND sm_version = $2 AND lease_until IS NOT NULL RETURNING id)"
	    " UPDATE event SET relay_at = " LEASE " FROM mine WHERE event.id = $4",
	    table);
	room->error_sql = talloc_asprintf(
	    mem,
	    "UPDATE %s SET " STEP ", " GIVE_UP ", last_error = $2, last_error_code = $3,"
	    " last_error_since = coalesce(last_error_since, clock_timestamp()) WHERE id = $1",
	    table);
	room->free_sql = talloc_asprintf(
	    mem, "UPDATE %s SET " GIVE_UP " WHERE id = $1 AND lease_worker = $2", table);
	room->unlease_sql = talloc_asprintf(mem, "%s AND sm_version = $3", room->free_sql);
}

static int
engine_free(struct sm_engine *engine)
{
	sm_janitor_stop(engine);
	pthread_cond_destroy(&engine->wake);
	pthread_mutex_destroy(&engine->mutex);
	pthread_mutex_destroy(&engine->knocks_mutex);
	return 0;
}

static void
locks_init(struct sm_engine *engine)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&engine->knocks_mutex, NULL);
	pthread_mutex_init(&engine->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&engine->wake, &attributes);
	pthread_condattr_destroy(&attributes);
}

dms_error *
sm_engine_new(TALLOC_CTX *mem, const struct dms_config *config, struct bus *bus,
	      struct work_pool *pool, const struct sm_machine *const *machines, void *service,
	      struct sm_engine **engine)
{
	struct sm_engine *new = talloc_zero(mem, struct sm_engine);

	new->config = config;
	new->bus = bus;
	new->pool = pool;
	new->service = service;
	while (machines[new->room_count] != NULL)
		new->room_count++;
	new->rooms = talloc_zero_array(new, struct sm_room, (unsigned)new->room_count);
	for (int i = 0; i < new->room_count; i++) {
		TRY(sm_machine_check(machines[i]));
		new->rooms[i].machine = machines[i];
		if (machines[i]->table != NULL)
			write_statements(new, &new->rooms[i]);
	}
	locks_init(new);
	talloc_set_destructor(new, engine_free);
	*engine = new;
	return NULL;
}

dms_error *
sm_engine_start(struct sm_engine *engine)
{
	TRY(sm_janitor_start(engine));
	return sm_take_in(engine);
}

void
sm_engine_stop(struct sm_engine *engine)
{
	sm_janitor_stop(engine);
}
