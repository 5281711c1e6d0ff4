
#include "sm/engine.h"
#include "base/log.h"

/* The statements of one machine's table; their text never changes, so each is prepared once. */
static void
write_statements(TALLOC_CTX *mem, struct sm_room *room)
{
	const char *table = room->machine->table;

	if (table == NULL)
		return;
	room->lock_sql =
	    talloc_asprintf(mem,
			    "SELECT state, sm_version, lease_worker,"
			    " coalesce(lease_until > clock_timestamp(), false) AS is_leased"
			    " FROM %s WHERE id = $1 FOR UPDATE",
			    table);
	room->done_sql = talloc_asprintf(
	    mem,
	    "UPDATE %s SET state = $2, sm_version = sm_version + 1, lease_until = NULL,"
	    " lease_worker = NULL, last_error = NULL, last_error_code = NULL, last_error_since = "
	    "NULL"
	    " WHERE id = $1",
	    table);
	room->changed_sql = talloc_asprintf(
	    mem, "UPDATE %s SET state = $2, sm_version = sm_version + 1 WHERE id = $1", table);
	room->claim_sql =
	    talloc_asprintf(mem,
			    "UPDATE %s SET sm_version = sm_version + 1, lease_worker = $2,"
			    " lease_until = clock_timestamp() + $3 * interval '1 ms' WHERE id = $1"
			    " RETURNING sm_version",
			    table);
	room->error_sql = talloc_asprintf(
	    mem,
	    "UPDATE %s SET sm_version = sm_version + 1, lease_until = NULL, lease_worker = NULL,"
	    " last_error = $2, last_error_code = $3,"
	    " last_error_since = coalesce(last_error_since, clock_timestamp()) WHERE id = $1",
	    table);
	room->free_sql = talloc_asprintf(mem,
					 "UPDATE %s SET lease_until = NULL, lease_worker = NULL"
					 " WHERE id = $1 AND lease_worker = $2",
					 table);
}

dms_error *
sm_engine_new(TALLOC_CTX *mem, const struct dms_config *config, struct bus *bus,
	      struct work_pool *pool, const struct sm_machine *const *machines, void *service,
	      struct sm_engine **engine)
{
	struct sm_engine *new = talloc_zero(mem, struct sm_engine);
	char *names = talloc_strdup(new, "");

	new->config = config;
	new->bus = bus;
	new->pool = pool;
	new->service = service;
	while (machines[new->room_count] != NULL)
		new->room_count++;
	new->rooms = talloc_zero_array(new, struct sm_room, (unsigned)new->room_count);
	for (int i = 0; i < new->room_count; i++) {
		new->rooms[i].machine = machines[i];
		write_statements(new, &new->rooms[i]);
		names = talloc_asprintf_append(names, "%s%s", i > 0 ? " " : "", machines[i]->name);
	}
	new->names = names;
	pthread_mutex_init(&new->mutex, NULL);
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&new->wake, &attributes);
	pthread_condattr_destroy(&attributes);
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
