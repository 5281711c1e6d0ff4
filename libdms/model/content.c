/* Reading the records of an instance. */
#include <limits.h>

#include "model/content.h"

enum { FIRST_ROWS = 2000, BATCH_ROWS = 5000 };

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

struct content_row *
content_rows(TALLOC_CTX *mem, const struct db_result *result)
{
	int count = db_rows(result);
	struct content_row *rows = talloc_array(mem, struct content_row, count);
	for (int i = 0; i < count; i++)
		content_row_read(result, i, &rows[i]);
	return rows;
}

/* Reads a large content batch by batch: all of it as one result would take several times the room.
 * Strings are copied as those of zone text are, into large blocks. */
struct content_reading {
	struct content *content;
	struct zone_text *keeper; /* of the strings */
	size_t capacity;
};

static void
keep_row(struct content_reading *reading, const struct content_row *row)
{
	struct content *content = reading->content;
	struct zone_text *keeper = reading->keeper;
	if (content->count == reading->capacity) {
		reading->capacity = reading->capacity * 2 + FIRST_ROWS;
		content->rows =
		    talloc_realloc(content, content->rows, struct content_row, reading->capacity);
	}
	struct content_row *kept = &content->rows[content->count];
	const struct content_row *before = content->count > 0 ? kept - 1 : row;
	*kept = *row;
	zone_text_add(keeper, &row->record);
	kept->record = keeper->records[0];
	keeper->record_count = 0;
	if (before != row && before->group_id == row->group_id) {
		kept->group_comment = before->group_comment;
		kept->group_tag = before->group_tag;
		kept->group_remark = before->group_remark;
	} else {
		kept->group_comment = talloc_strdup(content, row->group_comment);
		kept->group_tag = talloc_strdup(content, row->group_tag);
		kept->group_remark = talloc_strdup(content, row->group_remark);
	}
	content->count++;
}

static dms_error *
read_batch(void *arg, const struct db_result *result)
{
	struct content_row row;
	for (int i = 0; i < db_rows(result); i++) {
		content_row_read(result, i, &row);
		keep_row(arg, &row);
	}
	return NULL;
}

static dms_error *
load_large(struct db *db, struct content *content, const char *select, int count,
	   const struct db_param *params)
{
	struct content_reading reading = {.content = content,
					  .keeper = zone_text_new(content, ".")};
	return db_each(db, select, count, params, BATCH_ROWS, read_batch, &reading);
}

/* Small ones, which most are, come in one round trip. */
static dms_error *
load(struct db *db, struct content *content, const char *select, int count,
     const struct db_param *params)
{
	struct db_result *result = NULL;
	bool may_be_large = db_in_transaction(db); /* elsewhere a cursor cannot be */
	const char *first =
	    talloc_asprintf(content, "%s LIMIT %d", select, may_be_large ? FIRST_ROWS : INT_MAX);
	TRY(db_query_params(db, content, &result, first, count, params));
	if (may_be_large && db_rows(result) == FIRST_ROWS) {
		talloc_free(result);
		return load_large(db, content, select, count, params);
	}
	content->count = (size_t)db_rows(result);
	content->rows = content_rows(content, result);
	return NULL;
}

dms_error *
content_load(struct db *db, TALLOC_CTX *mem, int64_t zone_id, int64_t zi_id,
	     struct content **content)
{
	static const char newest[] = CONTENT_SELECT "WHERE r.zone_id = $1 AND r.gone IS NULL "
						    "ORDER BY r.position, r.id";
	static const char given[] = CONTENT_SELECT "WHERE r.zone_id = $1 AND r.born <= $2 "
						   "AND (r.gone IS NULL OR r.gone > $2) "
						   "ORDER BY r.position, r.id";
	const struct db_param params[] = {P_INT(zone_id), P_INT(zi_id)};
	struct content *loaded = talloc_zero(mem, struct content);
	dms_error *error =
	    zi_id == 0 ? load(db, loaded, newest, 1, params) : load(db, loaded, given, 2, params);
	if (error != NULL) {
		talloc_free(loaded);
		return error;
	}
	*content = loaded;
	return NULL;
}
