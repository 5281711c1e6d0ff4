/* Reading the records of an instance. */
#include "model/content.h"

#define CONTENT_SELECT                                                                       \
	"SELECT r.id, r.label, r.type, coalesce(r.ttl, -1) AS ttl, r.rdata, r.is_disabled, " \
	"r.has_lock_ptr, r.tracks_reverse, ref.name AS reference, "                          \
	"coalesce(r.group_id, 0) AS group_id, r.position, r.comment, "                       \
	"r.ttl_text, r.remark, r.tail, "                                                     \
	"nullif(g.comment, '') AS group_comment, g.tag AS group_tag, "                       \
	"g.remark AS group_remark "                                                          \
	"FROM record r LEFT JOIN rr_group g ON g.id = r.group_id "                           \
	"LEFT JOIN reference ref ON ref.id = r.ref_id "

static void
content_row_read(const struct db_result *result, int i, struct content_row *row)
{
	*row = (struct content_row){
	    .id = db_int(result, i, "id"),
	    .group_id = db_int(result, i, "group_id"),
	    .position = (int)db_int(result, i, "position"),
	    .group_comment = db_text(result, i, "group_comment"),
	    .group_tag = db_text(result, i, "group_tag"),
	    .group_remark = db_text(result, i, "group_remark"),
	    .record = {.id = db_int(result, i, "id"),
		       .label = db_text(result, i, "label"),
		       .type = (uint16_t)db_int(result, i, "type"),
		       .ttl = db_int(result, i, "ttl"),
		       .group = -1,
		       .is_disabled = db_bool(result, i, "is_disabled"),
		       .has_lock_ptr = db_bool(result, i, "has_lock_ptr"),
		       .tracks_reverse = db_bool(result, i, "tracks_reverse"),
		       .reference = db_text(result, i, "reference"),
		       .comment = db_text(result, i, "comment"),
		       .ttl_text = db_text(result, i, "ttl_text"),
		       .remark = db_text(result, i, "remark"),
		       .tail = db_text(result, i, "tail")},
	};
	row->record.rdata = db_bytes(result, i, "rdata", &row->record.rdata_size);
}

dms_error *
content_load(struct db *db, TALLOC_CTX *mem, int64_t zone_id, int64_t zi_id,
	     struct content **content)
{
	struct content *loaded = talloc_zero(mem, struct content);
	struct db_result *result = NULL;
	dms_error *error = zi_id == 0
			       ? db_query(db, loaded, &result,
					  CONTENT_SELECT "WHERE r.zone_id = $1 AND r.gone IS NULL "
							 "ORDER BY r.position, r.id",
					  P_INT(zone_id))
			       : db_query(db, loaded, &result,
					  CONTENT_SELECT "WHERE r.zone_id = $1 AND r.born <= $2 "
							 "AND (r.gone IS NULL OR r.gone > $2) "
							 "ORDER BY r.position, r.id",
					  P_INT(zone_id), P_INT(zi_id));
	if (error != NULL) {
		talloc_free(loaded);
		return error;
	}
	loaded->count = (size_t)db_rows(result);
	loaded->rows = talloc_array(loaded, struct content_row, loaded->count);
	for (size_t i = 0; i < loaded->count; i++)
		content_row_read(result, (int)i, &loaded->rows[i]);
	*content = loaded;
	return NULL;
}
