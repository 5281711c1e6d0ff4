/* The kinds of work that jobs do: one table. */
#include <string.h>

#include "base/time.h"
#include "jobs/jobs.h"

/* Zones in service of the part's group ("sg_id"), or of any. */
#define LIVE_ZONES                                         \
	"FROM job j, zone z WHERE j.id = $3 AND z.id > $1" \
	" AND z.state NOT IN ('DISABLED', 'DELETED')"      \
	" AND (j.parts -> j.part ->> 'sg_id' IS NULL"      \
	"  OR (j.parts -> j.part ->> 'sg_id')::bigint IN (z.sg_id, z.alt_sg_id))"
/* Those that can be poked. */
#define POKED_ZONES LIVE_ZONES " AND z.state = 'PUBLISHED' AND z.zone_type <> 'secondary'"

/* Forward zones of the part's group with one of its patterns ("likes"): reverse zones hold what is
 * not theirs alone. */
#define NUKED_ZONES                                                                        \
	"FROM job j, zone z WHERE j.id = $3 AND z.id > $1"                                 \
	" AND (z.state = 'DELETED' AND NOT z.is_nuked"                                     \
	"   AND (j.parts -> j.part ->> 'with_deleted')::boolean"                           \
	"  OR z.state <> 'DELETED' AND (j.parts -> j.part ->> 'with_live')::boolean)"      \
	" AND (j.parts -> j.part ->> 'sg_id')::bigint = z.sg_id"                           \
	" AND (j.parts -> j.part ->> 'ref_id' IS NULL"                                     \
	"  OR (j.parts -> j.part ->> 'ref_id')::bigint = z.ref_id)"                        \
	" AND z.name LIKE ANY (ARRAY(SELECT jsonb_array_elements_text("                    \
	"  j.parts -> j.part -> 'likes')))"                                                \
	" AND NOT z.name LIKE ANY (ARRAY['in-addr.arpa.', '%.in-addr.arpa.', 'ip6.arpa.'," \
	"  '%.ip6.arpa.'])"

/* Deleted long enough ago, or for good; without "cutoff" only the latter. */
#define OLD_ZONES                                                                  \
	"FROM job j, zone z WHERE j.id = $3 AND z.id > $1 AND z.state = 'DELETED'" \
	" AND (z.is_nuked OR z.deleted_start < (j.parts -> j.part ->> 'cutoff')::timestamptz)"

#define NEXT(what)  "SELECT z.id, z.name " what " ORDER BY z.id LIMIT $2"
#define COUNT(what) "SELECT count(*) " what " AND $2::bigint = 0"

/* When the part was made, less its age: nothing grows old enough while the job runs. */
#define CUTOFF "($1::jsonb ->> 'cutoff')::timestamptz"

/* The zones of a load that the master does not serve yet. */
static const char batch_zones_sql[] =
    "SELECT count(*) FROM zone z WHERE z.state NOT IN ('PUBLISHED', 'DISABLED', 'DELETED')"
    " AND z.state IN ('BATCH_CREATE_1', 'BATCH_CREATE_2')"
    " AND EXISTS (SELECT FROM zone_instance i WHERE i.zone_id = z.id AND i.change_id = $1)";

static dms_error *
refresh_item(struct job_run *run, int64_t id, const char *name, int64_t *amount)
{
	(void)id;
	(void)amount;
	return job_call(run, RPC_METHOD_refresh_zone, rpc_refresh_zone,
			json_pack("{s:s}", "name", name));
}

/* The master has to have removed it first; where that hangs, its owner looks. */
static dms_error *
destroy_item(struct job_run *run, int64_t id, const char *name, int64_t *amount)
{
	struct db_result *row;
	bool is_free;

	TRY(db_query(run->db, run->mem, &row,
		     "SELECT NOT is_on_master AS is_free FROM zone"
		     " WHERE id = $1",
		     P_INT(id)));
	is_free = db_rows(row) == 1 && db_bool(row, 0, "is_free");
	*amount = is_free ? 1 : 0;
	return job_post(run, is_free ? "ZoneSMDoDestroy" : "ZoneSMRemoveZoneFiles", id, name);
}

static const struct job_kind kinds[] = {
    {
	.name = "refresh_zones",
	.what = "zones refreshed",
	.next_sql = NEXT(LIVE_ZONES),
	.count_sql = COUNT(LIVE_ZONES),
	.item = refresh_item,
    },
    {
	.name = "reset_zones",
	.what = "zones reset",
	.next_sql = NEXT(LIVE_ZONES),
	.count_sql = COUNT(LIVE_ZONES),
	.event = "ZoneSMDoReset",
    },
    {
	.name = "poke_zones",
	.what = "serials raised",
	.next_sql = NEXT(POKED_ZONES),
	.count_sql = COUNT(POKED_ZONES),
	.event = "ZoneSMPokeSerial",
    },
    {
	.name = "nuke_zones",
	.what = "zones deleted for good",
	.next_sql = NEXT(NUKED_ZONES),
	.count_sql = COUNT(NUKED_ZONES),
	.event = "ZoneSMNukeStart",
    },
    {
	.name = "vacuum_zones",
	.what = "deleted zones destroyed",
	.next_sql = NEXT(OLD_ZONES),
	.count_sql = COUNT(OLD_ZONES),
	.item = destroy_item,
    },
    {
	.name = "load_zones",
	.what = "zones created",
	.next_sql = "SELECT number AS id, name FROM job_item WHERE job_id = $3 AND number > $1"
		    " ORDER BY number LIMIT $2",
	.item = job_load_item,
	.moving_sql = batch_zones_sql,
    },
    {
	.name = "vacuum_event_queue",
	.what = "events deleted",
	.sweep_sql = "DELETE FROM event WHERE id IN (SELECT id FROM event"
		     " WHERE processed_at < " CUTOFF " ORDER BY processed_at LIMIT $2)",
    },
    {
	.name = "vacuum_jobs",
	.what = "ended jobs deleted",
	.sweep_sql = "DELETE FROM job WHERE id IN (SELECT id FROM job"
		     " WHERE ended_at < " CUTOFF " ORDER BY ended_at LIMIT $2)",
    },
    {
	.name = "vacuum_updates",
	.what = "settled incremental updates deleted",
	.sweep_sql = "DELETE FROM update_group WHERE id IN (SELECT id FROM update_group"
		     " WHERE state <> 'WAITING' AND ctime < " CUTOFF " ORDER BY ctime LIMIT $2)",
    },
    {
	.name = "vacuum_zis",
	.what = "instances deleted",
	.next = job_long_zones,
	.item = job_shorten_zone,
    },
    {
	.name = "vacuum_pare_deleted_zone_zis",
	.what = "instances of deleted zones deleted",
	.next = job_long_zones,
	.item = job_shorten_zone,
    },
    {
	.name = "vacuum_syslog",
	.what = "log lines deleted",
	.sweep_sql = "DELETE FROM syslog_message WHERE id IN (SELECT id FROM syslog_message"
		     " WHERE received_at < " CUTOFF " ORDER BY received_at LIMIT $2)",
    },
};

const struct job_kind *
job_kind_find(const char *name)
{
	for (size_t i = 0; name != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

static int
release_call(struct rpc_call *call)
{
	json_decref(call->params);
	json_decref(call->result);
	return 0;
}

dms_error *
job_call(struct job_run *run, int method, rpc_handler *handler, json_t *params)
{
	const struct rpc_access_point *access = rpc_access_point_by_path(run->access_point);
	struct rpc_call *call = talloc_zero(run->mem, struct rpc_call);
	dms_error *error;

	*call = (struct rpc_call){
	    .mem = talloc_new(call),
	    .gateway = run->gateway,
	    .db = run->db,
	    .bus = run->bus,
	    .method = &rpc_methods[method],
	    .params = params,
	    .access_point = run->access_point,
	    .sectag = access != NULL ? access->sectag : "",
	    .source = run->source,
	    .actor = run->actor,
	    .change_id = run->change_id,
	    .started_us = monotonic_us(),
	    .is_bulk = true,
	};
	talloc_set_destructor(call, release_call);
	error = handler(call);
	talloc_free(call);
	return error;
}
