/* Reading instances. */
#include "dns/name.h"
#include "model/content.h"
#include "model/shape.h"

dms_error *
instance_get(struct db *db, TALLOC_CTX *mem, int64_t zone_id, int64_t zi_id,
	     struct instance **instance)
{
	struct instance *found = talloc_zero(mem, struct instance);
	struct db_result *result = NULL;
	dms_error *error =
	    db_query(db, found, &result,
		     "SELECT id, zone_id, change_id, " UTC_TEXT(
			 "ctime") " AS ctime, change_by, "
				  "comment, soa_mname, soa_rname, soa_refresh, soa_retry, "
				  "soa_expire, soa_minimum, "
				  "coalesce(soa_ttl, -1) AS soa_ttl, soa_serial, zone_ttl, "
				  "zone_ttl_text, soa_ttl_text, soa_comment, soa_remark, soa_tail, "
				  "end_remark "
				  "FROM zone_instance WHERE zone_id = $1 AND id = $2",
		     P_INT(zone_id), P_INT(zi_id));
	if (error == NULL && db_rows(result) == 0)
		error = dms_error_put_int(dms_error_new(DMS_E_ZI_NOT_FOUND,
							"the zone has no instance %lld",
							(long long)zi_id),
					  "zi_id", zi_id);
	if (error != NULL) {
		talloc_free(found);
		return error;
	}
	*found = (struct instance){
	    .id = db_int(result, 0, "id"),
	    .zone_id = db_int(result, 0, "zone_id"),
	    .change_id = db_int(result, 0, "change_id"),
	    .ctime = db_text(result, 0, "ctime"),
	    .change_by = db_text(result, 0, "change_by"),
	    .comment = db_text(result, 0, "comment"),
	    .soa = {.mname = db_text(result, 0, "soa_mname"),
		    .rname = db_text(result, 0, "soa_rname"),
		    .serial = (uint32_t)db_int(result, 0, "soa_serial"),
		    .refresh = (uint32_t)db_int(result, 0, "soa_refresh"),
		    .retry = (uint32_t)db_int(result, 0, "soa_retry"),
		    .expire = (uint32_t)db_int(result, 0, "soa_expire"),
		    .minimum = (uint32_t)db_int(result, 0, "soa_minimum")},
	    .soa_ttl = db_int(result, 0, "soa_ttl"),
	    .zone_ttl = (uint32_t)db_int(result, 0, "zone_ttl"),
	    .zone_ttl_text = db_text(result, 0, "zone_ttl_text"),
	    .soa_ttl_text = db_text(result, 0, "soa_ttl_text"),
	    .soa_comment = db_text(result, 0, "soa_comment"),
	    .soa_remark = db_text(result, 0, "soa_remark"),
	    .soa_tail = db_text(result, 0, "soa_tail"),
	    .end_remark = db_text(result, 0, "end_remark"),
	};
	*instance = found;
	return NULL;
}

/* The text's group for a row's: made when it is first met. Most rows follow their group's other
 * ones, so the last one is tried first. */
struct group_map {
	struct {
		int64_t id;
		int index;
	} * seen;
	size_t count;
	int64_t last_id;
	int last_index;
};

static int
group_of_row(struct group_map *map, struct zone_text *text, const struct content_row *row)
{
	if (row->group_id == 0)
		return -1;
	if (map->count > 0 && map->last_id == row->group_id)
		return map->last_index;
	map->last_id = row->group_id;
	for (size_t i = 0; i < map->count; i++)
		if (map->seen[i].id == row->group_id)
			return map->last_index = map->seen[i].index;
	map->last_index = zone_text_add_group(text, row->group_comment, row->group_tag);
	text->groups[map->last_index].remark = talloc_strdup(text, row->group_remark);
	map->seen[map->count].id = row->group_id;
	map->seen[map->count++].index = map->last_index;
	return map->last_index;
}

void
content_to_text(const struct content *content, struct zone_text *text)
{
	struct group_map map = {0};
	map.seen = talloc_size(NULL, sizeof(*map.seen) * (content->count + 1));
	for (size_t i = 0; i < content->count; i++) {
		struct zone_text_record record = content->rows[i].record;
		record.group = group_of_row(&map, text, &content->rows[i]);
		zone_text_add(text, &record);
	}
	talloc_free(map.seen);
}

struct zone_text *
instance_to_text(TALLOC_CTX *mem, const struct zone *zone, const struct instance *instance)
{
	struct zone_text *text = zone_text_new(mem, zone->name);
	text->has_soa = true;
	text->soa = instance->soa;
	text->soa.mname = talloc_strdup(text, instance->soa.mname);
	text->soa.rname = talloc_strdup(text, instance->soa.rname);
	text->soa_ttl = instance->soa_ttl;
	text->zone_ttl = instance->zone_ttl;
	text->reference = talloc_strdup(text, zone->reference);
	text->has_layout = true;
	text->zone_ttl_text = talloc_strdup(text, instance->zone_ttl_text);
	text->soa_ttl_text = talloc_strdup(text, instance->soa_ttl_text);
	text->soa_comment = talloc_strdup(text, instance->soa_comment);
	text->soa_remark = talloc_strdup(text, instance->soa_remark);
	text->soa_tail = talloc_strdup(text, instance->soa_tail);
	text->end_remark = talloc_strdup(text, instance->end_remark);
	return text;
}

dms_error *
instance_load(struct db *db, TALLOC_CTX *mem, const struct zone *zone, int64_t zi_id,
	      struct instance **instance, struct zone_text **text)
{
	struct instance *found = NULL;
	struct content *content = NULL;
	TRY(instance_get(db, mem, zone->id, zi_id, &found));
	TRY(content_load(db, mem, zone->id, zi_id, &content));
	struct zone_text *loaded = instance_to_text(mem, zone, found);
	content_to_text(content, loaded);
	talloc_free(content);
	*instance = found;
	*text = loaded;
	return NULL;
}
