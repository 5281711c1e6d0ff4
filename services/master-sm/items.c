/* What an agent lacks, as a zstd stream of frames: a 4-byte big-endian length and a ConfigItem
 * each. */
#include "master_sm.h"

#include <string.h>
#include <zstd.h>

#include "model/instance.h"

#define ZONES_PER_FETCH 500

/* The stream being written. */
struct stream {
	ZSTD_CCtx *zstd;
	struct pull_content *content;
	size_t capacity;
	TALLOC_CTX *mem; /* of the content */
	struct worker *worker;
	bool is_master;
};

static int
free_zstd(struct stream *stream)
{
	ZSTD_freeCCtx(stream->zstd);
	return 0;
}

static dms_error *
compress(struct stream *stream, const void *bytes, size_t size, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = {bytes, size, 0};
	size_t left;

	do {
		struct pull_content *content = stream->content;
		ZSTD_outBuffer out;

		if (stream->capacity - content->size < ZSTD_CStreamOutSize()) {
			stream->capacity = stream->capacity * 2 + ZSTD_CStreamOutSize();
			content->bytes =
			    talloc_realloc_size(stream->mem, content->bytes, stream->capacity);
		}
		out = (ZSTD_outBuffer){content->bytes, stream->capacity, content->size};
		left = ZSTD_compressStream2(stream->zstd, &out, &in, end);
		if (ZSTD_isError(left))
			return dms_error_new(DMS_E_SYSTEM, "zstd: %s", ZSTD_getErrorName(left));
		content->size = out.pos;
	} while (end == ZSTD_e_continue ? in.pos < in.size : left > 0);
	return NULL;
}

static dms_error *
put(struct stream *stream, const Dms__ConfigItem *item)
{
	size_t size = dms__config_item__get_packed_size(item);
	uint8_t *frame = talloc_size(NULL, 4 + size);
	dms_error *error;

	frame[0] = (uint8_t)(size >> 24);
	frame[1] = (uint8_t)(size >> 16);
	frame[2] = (uint8_t)(size >> 8);
	frame[3] = (uint8_t)size;
	dms__config_item__pack(item, frame + 4);
	error = compress(stream, frame, 4 + size, ZSTD_e_continue);
	talloc_free(frame);
	stream->content->item_count++;
	return error;
}

/* The content that is on its way to the master, or that it has. */
static dms_error *
add_content(struct stream *stream, TALLOC_CTX *mem, int64_t zone_id, Dms__ZoneConfig *config)
{
	struct db *db = stream->worker->db;
	struct instance *instance;
	struct zone_text *text;
	struct zone *zone;
	bool is_on_its_way;
	uint32_t serial;
	char *file;

	TRY(zone_by_id(db, mem, zone_id, ZONE_READ, &zone));
	is_on_its_way = zone->publishing_zi_id != 0;
	serial = is_on_its_way ? zone->publishing_serial : zone->soa_serial;
	TRY(instance_load(db, mem, zone, is_on_its_way ? zone->publishing_zi_id : zone->zi_id,
			  &instance, &text));
	file = zone_text_master_file(mem, text, serial);
	config->content.data = (uint8_t *)file;
	config->content.len = strlen(file);
	config->content_serial = serial;
	return NULL;
}

static size_t
split(TALLOC_CTX *mem, const char *words, const char *separator, char ***list)
{
	char *copy = talloc_strdup(mem, words);
	char *save = NULL;
	size_t count = 0;

	*list = talloc_array(mem, char *, (unsigned)strlen(words) + 1);
	for (char *word = strtok_r(copy, separator, &save); word != NULL;
	     word = strtok_r(NULL, separator, &save))
		(*list)[count++] = word;
	return count;
}

static dms_error *
put_zone(struct stream *stream, const struct db_result *rows, int row)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	Dms__ConfigItem item = DMS__CONFIG_ITEM__INIT;
	Dms__ZoneConfig config = DMS__ZONE_CONFIG__INIT;
	dms_error *error = NULL;

	if (!db_bool(rows, row, "is_listed")) {
		item.item_case = DMS__CONFIG_ITEM__ITEM_ZONE_REMOVED;
		item.zone_removed = (char *)db_text(rows, row, "name");
	} else {
		item.item_case = DMS__CONFIG_ITEM__ITEM_ZONE;
		item.zone = &config;
		config.zone_id = db_int(rows, row, "id");
		config.name = (char *)db_text(rows, row, "name");
		config.zone_type = (char *)db_text(rows, row, "zone_type");
		config.auto_dnssec = db_bool(rows, row, "auto_dnssec");
		config.nsec3 = db_bool(rows, row, "nsec3");
		config.content_generation = db_int(rows, row, "generation");
		if (stream->is_master) {
			config.n_sgs = split(mem, db_text(rows, row, "sgs"), " ", &config.sgs);
			if (db_bool(rows, row, "has_content"))
				error = add_content(stream, mem, config.zone_id, &config);
		} else {
			config.n_primaries =
			    split(mem, db_text(rows, row, "primaries"), ",", &config.primaries);
			config.n_allow_transfer = split(mem, db_text(rows, row, "allow_transfer"),
							",", &config.allow_transfer);
		}
	}
	if (error == NULL)
		error = put(stream, &item);
	talloc_free(mem);
	return error;
}

static dms_error *
put_zones(void *arg, const struct db_result *rows)
{
	for (int row = 0; row < db_rows(rows); row++)
		TRY(put_zone(arg, rows, row));
	return NULL;
}

static dms_error *
put_settings(struct stream *stream, const struct server *server, const struct server_group *sg)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	Dms__ConfigItem item = DMS__CONFIG_ITEM__INIT;
	dms_error *error;

	item.item_case = DMS__CONFIG_ITEM__ITEM_SETTINGS;
	error = settings_make(stream->worker->db, mem, sg, server->server_type, &item.settings);
	if (error == NULL)
		error = put(stream, &item);
	talloc_free(mem);
	return error;
}

#define ZONE_COLUMNS                                                                       \
	"z.id, z.name, z.zone_type, z.auto_dnssec, z.nsec3,"                               \
	" coalesce((SELECT string_agg(g.name, ' ' ORDER BY g.id) FROM server_group g"      \
	"  WHERE g.id = z.sg_id OR g.id = z.alt_sg_id OR g.kind = 'replica'), '') AS sgs," \
	" coalesce((SELECT string_agg(host(p.address) || ' ' || p.port ||"                 \
	"   coalesce(' ' || k.name, ''), ',' ORDER BY p.rank) FROM zone_primary p"         \
	"  LEFT JOIN tsig_key k ON k.id = p.tsig_key_id WHERE p.zone_id = z.id), '')"      \
	"  AS primaries,"                                                                  \
	" coalesce((SELECT string_agg(a.network::text, ',' ORDER BY a.network)"            \
	"  FROM zone_allow_transfer a WHERE a.zone_id = z.id), '') AS allow_transfer"
/* Whether a group of kind $2 with id $1 lists the zone: the master what is to be published, the
 * others what they have been told of, when the master was known to have it or the zone comes from
 * elsewhere. */
#define IS_LISTED                                                                     \
	"(CASE WHEN $2 = 'master' THEN z.zone_type <> 'secondary' AND z.state NOT IN" \
	"  ('DISABLED', 'DELETED', 'CREATE', 'BATCH_CREATE_1')"                       \
	"  ELSE z.state NOT IN ('DISABLED', 'DELETED') AND"                           \
	"  (z.is_listed AND (z.sg_id = $1 OR $2 = 'replica')"                         \
	"   OR z.is_alt_listed AND (z.alt_sg_id = $1 OR $2 = 'replica')) END)"

/* Each zone once, as it is now: how often and why it changed does not matter. A name that another
 * live zone has taken over is not removed. */
static const char delta_sql[] =
    "SELECT " ZONE_COLUMNS ", " IS_LISTED " AS is_listed, c.has_content, c.generation"
    " FROM (SELECT zone_id, max(zone_name) AS zone_name, max(generation) AS generation,"
    "   bool_or(op IN ('ZONE_ADD', 'ZONE_CONTENT')) AS has_content FROM config_log"
    "  WHERE sg_id = $1 AND generation > $3 AND op <> 'SETTINGS' GROUP BY zone_id) c"
    " JOIN zone z ON z.id = c.zone_id"
    " WHERE " IS_LISTED
    " OR NOT EXISTS (SELECT FROM zone z2 WHERE z2.name = z.name AND z2.id <> z.id"
    "  AND z2.state NOT IN ('DISABLED', 'DELETED')"
    "  AND ($2 = 'replica' OR $2 = 'master' OR z2.sg_id = $1 OR z2.alt_sg_id = $1))"
    " ORDER BY c.generation";
/* Content that is still on its way carries the newest generation, so that it replaces what an agent
 * may have; content that is published carries none: a server that has the zone keeps its own. */
static const char snapshot_sql[] =
    "SELECT " ZONE_COLUMNS ", true AS is_listed, true AS has_content,"
    " CASE WHEN z.publishing_zi_id IS NULL THEN 0"
    "  ELSE (SELECT generation FROM server_group WHERE id = $1) END AS generation"
    " FROM zone z WHERE " IS_LISTED " AND $3::bigint IS NOT NULL";

/* Zones that were destroyed since have no row to join. */
static dms_error *
put_destroyed(struct stream *stream, const struct server_group *sg, int64_t have)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct db_result *rows;
	dms_error *error = db_query(stream->worker->db, mem, &rows,
				    "SELECT DISTINCT c.zone_name AS name, false AS is_listed"
				    " FROM config_log c WHERE c.sg_id = $1 AND c.generation > $2"
				    " AND c.op <> 'SETTINGS'"
				    " AND NOT EXISTS (SELECT FROM zone z WHERE z.id = c.zone_id)"
				    " AND NOT EXISTS (SELECT FROM zone z WHERE z.name = c.zone_name"
				    "  AND z.state NOT IN ('DISABLED', 'DELETED'))",
				    P_INT(sg->id), P_INT(have));

	if (error == NULL)
		error = put_zones(stream, rows);
	talloc_free(mem);
	return error;
}

static dms_error *
has_new_settings(struct db *db, const struct server_group *sg, int64_t have, bool *has)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct db_result *rows;
	dms_error *error = db_query(db, mem, &rows,
				    "SELECT EXISTS (SELECT FROM config_log WHERE sg_id = $1"
				    " AND generation > $2 AND op = 'SETTINGS') AS has",
				    P_INT(sg->id), P_INT(have));

	if (error == NULL)
		*has = db_bool(rows, 0, "has");
	talloc_free(mem);
	return error;
}

dms_error *
pull_content_make(struct worker *worker, TALLOC_CTX *mem, const struct server *server,
		  const struct server_group *sg, int64_t have, struct pull_content *content)
{
	struct stream *stream = talloc_zero(worker->mem, struct stream);
	bool is_snapshot = have < 0;
	bool has_settings = true;

	*content = (struct pull_content){0};
	stream->zstd = ZSTD_createCCtx();
	stream->content = content;
	stream->mem = mem;
	stream->worker = worker;
	stream->is_master = strcmp(sg->kind, "master") == 0;
	talloc_set_destructor(stream, free_zstd);

	if (!is_snapshot)
		TRY(has_new_settings(worker->db, sg, have, &has_settings));
	if (has_settings)
		TRY(put_settings(stream, server, sg));
	TRY(db_each(worker->db, is_snapshot ? snapshot_sql : delta_sql, 3,
		    (struct db_param[]){P_INT(sg->id), P_TEXT(sg->kind), P_INT(have)},
		    ZONES_PER_FETCH, put_zones, stream));
	if (!is_snapshot)
		TRY(put_destroyed(stream, sg, have));
	return compress(stream, NULL, 0, ZSTD_e_end);
}
