/* The rows behind a zone's content, and how a new content differs from them: private to the model.
 */
#pragma once

#include <limits.h>
#include <string.h>

#include "model/instance.h"

/* One row of table record. `record.group` and `record.line` mean nothing here. */
struct content_row {
	int64_t id, group_id;
	int position;
	struct zone_text_record record;
	const char *group_comment, *group_tag, *group_remark; /* NULL when group_id is 0 */
};

struct content {
	struct content_row *rows; /* by position */
	size_t count;
};

/* Whoever selects rows begins so; content_rows reads them, as many as there are. On `mem`; what
 * they point to lives on the result. */
#define CONTENT_SELECT                                                                       \
	"SELECT r.id, r.label, r.type, coalesce(r.ttl, -1) AS ttl, r.rdata, r.is_disabled, " \
	"r.has_lock_ptr, r.tracks_reverse, ref.name AS reference, "                          \
	"coalesce(r.group_id, 0) AS group_id, r.position, r.comment, "                       \
	"r.ttl_text, r.remark, r.tail, "                                                     \
	"nullif(g.comment, '') AS group_comment, g.tag AS group_tag, "                       \
	"g.remark AS group_remark "                                                          \
	"FROM record r LEFT JOIN rr_group g ON g.id = r.group_id "                           \
	"LEFT JOIN reference ref ON ref.id = r.ref_id "
struct content_row *content_rows(TALLOC_CTX *mem, const struct db_result *result);
/* The records alive in instance `zi_id`; 0: in the newest. On `mem`. */
dms_error *content_load(struct db *db, TALLOC_CTX *mem, int64_t zone_id, int64_t zi_id,
			struct content **content);

/* What storing a text comes to. */
struct content_change {
	int64_t *gone; /* ids of rows that live no longer */
	size_t gone_count;
	size_t *born; /* indices of the text's records that need a row */
	size_t born_count;
	int64_t *moved, *moved_to; /* rows that stay, at another position */
	size_t moved_count;
	int *positions;     /* of every record of the text */
	int64_t *group_ids; /* of every group of the text; 0: not stored yet */
};
struct content_change *content_compare(TALLOC_CTX *mem, const struct content *old,
				       const struct zone_text *text);

/* A text that knows of no layout, such as one from JSON: its n-th new record of an owner and type
 * takes over the plain comments of the n-th that ends there. Sorts change->gone. */
void content_keep_remarks(const struct content *old, struct content_change *change,
			  struct zone_text *text);

/* The records of a content join those of `text`, in their order, with their groups. */
void content_to_text(const struct content *content, struct zone_text *text);
/* The parts of an instance that are not records, as a text without any. On `mem`. */
struct zone_text *instance_to_text(TALLOC_CTX *mem, const struct zone *zone,
				   const struct instance *instance);
/* Stores a change of the newest instance, which is also the candidate, as the next one. `text` has
 * the layout, and of records and groups at least those that the change names. */
dms_error *instance_store_change(struct db *db, const struct zone *zone,
				 const struct zone_text *text, const struct instance_author *author,
				 const struct content_change *change, int64_t *zi_id);

/* Between neighbours when there is room; and behind the last one there is none. */
#define POSITION_GAP  256
#define POSITION_LAST (INT_MAX - POSITION_GAP * 4)

/* Groups without comment and tag are no groups in the store. */
static inline bool
group_is_stored(const struct zone_text_group *group)
{
	return (group->comment != NULL && group->comment[0] != '\0') || group->tag != NULL ||
	       group->remark != NULL;
}
/* Both NULL, or the same. */
static inline bool
is_same_layout(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}
/* The group of `text` that says the same as one of `old`; made if there is none. -1 stays -1. */
int text_same_group(struct zone_text *text, const struct zone_text *old, int index);
/* Rdata as people read it, else in the form for unknown types (RFC 3597). On `mem`. */
char *rr_rdata_text(TALLOC_CTX *mem, const struct rr *rr, const char *zone);
/* Comments from text end with a newline, those from JSON need not: that is no difference. */
int comment_compare(const char *a, const char *b);
/* Positions for a text whose record i keeps row position `kept[i]` (-1: it has no row yet): what
 * keeps its order keeps its place, new ones go between. */
int *positions_assign(TALLOC_CTX *mem, const int *kept, size_t count);
