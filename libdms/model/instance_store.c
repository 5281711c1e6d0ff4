/* Writing a new instance: only what differs from the newest one becomes rows. */
#include <stdlib.h>
#include <string.h>

#include "model/content.h"
#include "model/server.h"

enum { COPY_ROWS = 50000 };

/* The zone's pointers as locked, and its newest instance. */
struct head {
	int64_t candidate_id, newest_id;
	uint32_t serial;         /* of the newest; 0: none */
	bool is_same_head;       /* SOA fields, TTLs and layout of the text are the newest's */
	struct instance *newest; /* NULL: none */
};

static bool
is_same_head(const struct zone_text *text, const struct instance *newest)
{
	const struct soa *a = &text->soa, *b = &newest->soa;
	if (strcmp(a->mname, b->mname) != 0 || strcmp(a->rname, b->rname) != 0 ||
	    a->refresh != b->refresh || a->retry != b->retry || a->expire != b->expire ||
	    a->minimum != b->minimum || text->soa_ttl != newest->soa_ttl ||
	    text->zone_ttl != newest->zone_ttl)
		return false;
	return !text->has_layout || (is_same_layout(text->zone_ttl_text, newest->zone_ttl_text) &&
				     is_same_layout(text->soa_ttl_text, newest->soa_ttl_text) &&
				     is_same_layout(text->soa_comment, newest->soa_comment) &&
				     is_same_layout(text->soa_remark, newest->soa_remark) &&
				     is_same_layout(text->soa_tail, newest->soa_tail) &&
				     is_same_layout(text->end_remark, newest->end_remark));
}

static dms_error *
head_load(struct db *db, TALLOC_CTX *mem, const struct zone *zone, const struct zone_text *text,
	  struct head *head)
{
	struct db_result *result = NULL;
	/* The row lock orders the ids of the zone's instances. */
	TRY(db_query(db, NULL, &result,
		     "SELECT zi_candidate_id FROM zone WHERE id = $1 FOR NO KEY UPDATE",
		     P_INT(zone->id)));
	*head = (struct head){0};
	if (db_rows(result) == 1)
		head->candidate_id = db_int(result, 0, "zi_candidate_id");
	talloc_free(result);
	TRY(db_query(db, NULL, &result,
		     "SELECT id FROM zone_instance WHERE zone_id = $1 ORDER BY id DESC LIMIT 1",
		     P_INT(zone->id)));
	if (db_rows(result) == 1)
		head->newest_id = db_int(result, 0, "id");
	talloc_free(result);
	if (head->newest_id == 0)
		return NULL;
	TRY(instance_get(db, mem, zone->id, head->newest_id, &head->newest));
	head->serial = head->newest->soa.serial;
	head->is_same_head = is_same_head(text, head->newest);
	return NULL;
}

/* The text's layout, or that of the newest instance when the text has none to tell of. */
static struct instance
layout_of(const struct zone_text *text, const struct instance *newest)
{
	if (!text->has_layout && newest != NULL)
		return *newest;
	return (struct instance){.zone_ttl_text = text->zone_ttl_text,
				 .soa_ttl_text = text->soa_ttl_text,
				 .soa_comment = text->soa_comment,
				 .soa_remark = text->soa_remark,
				 .soa_tail = text->soa_tail,
				 .end_remark = text->end_remark};
}

static dms_error *
insert_instance(struct db *db, const struct zone *zone, const struct zone_text *text,
		const struct instance_author *author, const struct head *head, int64_t *zi_id)
{
	const struct soa *soa = &text->soa;
	uint32_t serial = soa->serial != 0 ? soa->serial : head->serial;
	struct instance layout = layout_of(text, head->newest);
	struct db_result *result = NULL;
	TRY(db_query(
	    db, NULL, &result,
	    "INSERT INTO zone_instance (zone_id, change_id, change_by, comment, soa_mname, "
	    "soa_rname, "
	    "soa_refresh, soa_retry, soa_expire, soa_minimum, soa_ttl, soa_serial, zone_ttl, "
	    "zone_ttl_text, soa_ttl_text, soa_comment, soa_remark, soa_tail, end_remark) "
	    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, coalesce($12::bigint, "
	    "(to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD') || '00')::bigint), $13, "
	    "$14, $15, $16, $17, $18, $19) "
	    "RETURNING id",
	    P_INT(zone->id), P_ID(author->change_id), P_TEXT(author->change_by),
	    P_TEXT(author->comment), P_TEXT(soa->mname), P_TEXT(soa->rname), P_INT(soa->refresh),
	    P_INT(soa->retry), P_INT(soa->expire), P_INT(soa->minimum),
	    text->soa_ttl < 0 ? P_NULL : P_INT(text->soa_ttl), P_ID(serial), P_INT(text->zone_ttl),
	    P_TEXT(layout.zone_ttl_text), P_TEXT(layout.soa_ttl_text), P_TEXT(layout.soa_comment),
	    P_TEXT(layout.soa_remark), P_TEXT(layout.soa_tail), P_TEXT(layout.end_remark)));
	*zi_id = db_int(result, 0, "id");
	talloc_free(result);
	return NULL;
}

/* Stores the groups that are new and have records; fills group_ids. */
static dms_error *
insert_groups(struct db *db, TALLOC_CTX *mem, const struct zone *zone, const struct zone_text *text,
	      const struct content_change *change)
{
	json_t *list = json_array();
	size_t *index = talloc_array(mem, size_t, text->group_count + 1);
	bool *is_taken = talloc_zero_array(mem, bool, text->group_count + 1);
	for (size_t i = 0; i < change->born_count; i++) {
		int group = text->records[change->born[i]].group;
		if (group < 0 || is_taken[group] || change->group_ids[group] != 0 ||
		    !group_is_stored(&text->groups[group]))
			continue;
		const struct zone_text_group *new = &text->groups[group];
		is_taken[group] = true;
		index[json_array_size(list)] = (size_t)group;
		json_array_append_new(list, json_pack("{s:s?,s:s?,s:s?}", "comment", new->comment,
						      "tag", new->tag, "remark", new->remark));
	}
	size_t count = json_array_size(list);
	char *json = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	struct db_result *result = NULL;
	dms_error *error =
	    count == 0
		? NULL
		: db_query(db, mem, &result,
			   "INSERT INTO rr_group (zone_id, comment, tag, remark) "
			   "SELECT $1, coalesce(e->>'comment', ''), e->>'tag', e->>'remark' "
			   "FROM json_array_elements($2::json) WITH ORDINALITY AS list(e, n) "
			   "ORDER BY n RETURNING id",
			   P_INT(zone->id), P_TEXT(json));
	free(json);
	TRY(error);
	for (size_t i = 0; i < count; i++)
		change->group_ids[index[i]] = db_int(result, (int)i, "id");
	return NULL;
}

/* A reference that a new record names, and its id. */
struct named_ref {
	const char *name;
	int64_t id;
};

static int
ref_order(const void *left, const void *right)
{
	return strcasecmp(((const struct named_ref *)left)->name,
			  ((const struct named_ref *)right)->name);
}

/* The distinct references of the new records; sorted. */
static struct named_ref *
gather_refs(TALLOC_CTX *mem, const struct zone_text *text, const struct content_change *change,
	    size_t *count)
{
	struct named_ref *refs = talloc_array(mem, struct named_ref, change->born_count + 1);
	size_t found = 0, kept = 0;
	for (size_t i = 0; i < change->born_count; i++)
		if (text->records[change->born[i]].reference != NULL)
			refs[found++].name = text->records[change->born[i]].reference;
	qsort(refs, found, sizeof(*refs), ref_order);
	for (size_t i = 0; i < found; i++)
		if (kept == 0 || ref_order(&refs[kept - 1], &refs[i]) != 0)
			refs[kept++] = refs[i];
	*count = kept;
	return refs;
}

/* Record references must exist already (spec/json-rpc.md section 4.6). */
static dms_error *
resolve_refs(struct db *db, TALLOC_CTX *mem, struct named_ref *refs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct db_result *result = NULL;
		TRY(db_query(db, mem, &result,
			     "SELECT id FROM reference WHERE lower(name) = lower($1)",
			     P_TEXT(refs[i].name)));
		if (db_rows(result) == 0)
			return dms_error_put_str(dms_error_new(DMS_E_NO_REFERENCE_FOUND,
							       "reference %s is not known",
							       refs[i].name),
						 "reference", refs[i].name);
		refs[i].id = db_int(result, 0, "id");
	}
	return NULL;
}

static dms_error *
copy_record(struct db *db, const struct zone *zone, int64_t zi_id, const struct zone_text *text,
	    const struct content_change *change, size_t index, const struct named_ref *refs,
	    size_t ref_count)
{
	const struct zone_text_record *record = &text->records[index];
	const struct named_ref wanted = {.name = record->reference};
	const struct named_ref *ref =
	    record->reference == NULL ? NULL
				      : bsearch(&wanted, refs, ref_count, sizeof(*refs), ref_order);
	int64_t group_id = record->group < 0 ? 0 : change->group_ids[record->group];
	struct db_param params[] = {
	    P_INT(zone->id),
	    P_INT(zi_id),
	    P_TEXT(record->label),
	    P_INT(record->type),
	    record->ttl < 0 ? P_NULL : P_INT(record->ttl),
	    P_BYTES(record->rdata, record->rdata_size),
	    P_BOOL(record->is_disabled),
	    P_BOOL(record->has_lock_ptr),
	    P_BOOL(record->tracks_reverse),
	    P_ID(ref == NULL ? 0 : ref->id),
	    P_ID(group_id),
	    P_INT(change->positions[index]),
	    P_TEXT(record->comment),
	    P_TEXT(record->ttl_text),
	    P_TEXT(record->remark),
	    P_TEXT(record->tail),
	};
	return db_copy_row(db, sizeof(params) / sizeof(params[0]), params);
}

#define COPY_RECORD                                                                        \
	"COPY record (zone_id, born, label, type, ttl, rdata, is_disabled, has_lock_ptr, " \
	"tracks_reverse, ref_id, group_id, position, comment, ttl_text, remark, tail) "    \
	"FROM STDIN"

/* In statements of so many rows that each stays far from db_statement_timeout, which is there for
 * statements that hang, and that their trigger's table stays small. */
static dms_error *
insert_records(struct db *db, TALLOC_CTX *mem, const struct zone *zone, int64_t zi_id,
	       const struct zone_text *text, const struct content_change *change)
{
	if (change->born_count == 0)
		return NULL;
	size_t ref_count = 0;
	struct named_ref *refs = gather_refs(mem, text, change, &ref_count);
	TRY(resolve_refs(db, mem, refs, ref_count));
	TRY(insert_groups(db, mem, zone, text, change));
	for (size_t i = 0; i < change->born_count; i++) {
		if (i % COPY_ROWS == 0)
			TRY(db_copy_begin(db, COPY_RECORD));
		TRY(copy_record(db, zone, zi_id, text, change, change->born[i], refs, ref_count));
		if (i % COPY_ROWS == COPY_ROWS - 1 || i == change->born_count - 1)
			TRY(db_copy_end(db));
	}
	return NULL;
}

static dms_error *
update_positions(struct db *db, const struct content_change *change)
{
	if (change->moved_count == 0)
		return NULL;
	return db_exec(db,
		       "UPDATE record r SET position = new.position "
		       "FROM unnest($1::bigint[], $2::bigint[]) AS new (id, position) "
		       "WHERE r.id = new.id",
		       P_INTS(change->moved, change->moved_count),
		       P_INTS(change->moved_to, change->moved_count));
}

/* It never sinks, since rows of the past may come back, but when positions have begun anew. */
static dms_error *
note_last_position(struct db *db, const struct zone *zone, const struct content_change *change,
		   size_t count)
{
	int last = 0;
	for (size_t i = 0; i < count; i++)
		last = change->positions[i] > last ? change->positions[i] : last;
	return db_exec(db,
		       "UPDATE zone SET last_position = CASE WHEN last_position > $3 THEN $2 "
		       "ELSE greatest(last_position, $2) END WHERE id = $1 "
		       "AND (last_position IS NULL OR last_position > $3 OR last_position < $2)",
		       P_INT(zone->id), P_INT(last), P_INT(POSITION_LAST));
}

static dms_error *
write_change(struct db *db, TALLOC_CTX *mem, const struct zone *zone, const struct zone_text *text,
	     const struct content_change *change, int64_t zi_id)
{
	if (change->gone_count > 0)
		TRY(db_exec(db, "UPDATE record SET gone = $1 WHERE id = ANY($2::bigint[])",
			    P_INT(zi_id), P_INTS(change->gone, change->gone_count)));
	TRY(insert_records(db, mem, zone, zi_id, text, change));
	TRY(note_last_position(db, zone, change, text->record_count));
	return db_exec(db,
		       "UPDATE zone SET zi_candidate_id = $2, zi_id = CASE WHEN state = 'DISABLED' "
		       "OR (state IN ('CREATE', 'BATCH_CREATE_1') AND published_at IS NULL) "
		       "THEN $2 ELSE zi_id END "
		       "WHERE id = $1",
		       P_INT(zone->id), P_INT(zi_id));
}

dms_error *
instance_store_change(struct db *db, const struct zone *zone, const struct zone_text *text,
		      const struct instance_author *author, const struct content_change *change,
		      int64_t *zi_id)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct head head = {.serial = text->soa.serial};
	dms_error *error = insert_instance(db, zone, text, author, &head, zi_id);
	if (error == NULL)
		error = write_change(db, mem, zone, text, change, *zi_id);
	talloc_free(mem);
	return error;
}

dms_error *
instance_store_completed(struct db *db, const struct zone *zone, struct zone_text *text,
			 const struct instance_author *author, int64_t *zi_id)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	dms_error *error = NULL;
	struct head head;
	struct content *old = NULL;
	zone_text_unify_ttls(text);
	TRY_GOTO(head_load(db, mem, zone, text, &head), out);
	TRY_GOTO(content_load(db, mem, zone->id, 0, &old), out);
	struct content_change *change = content_compare(mem, old, text);
	content_keep_remarks(old, change, text);
	TRY_GOTO(update_positions(db, change), out);
	*zi_id = head.newest_id;
	/* Nothing new: the candidate that is there stays. */
	if (head.is_same_head && head.newest_id == head.candidate_id && change->gone_count == 0 &&
	    change->born_count == 0) {
		error = note_last_position(db, zone, change, text->record_count);
		goto out;
	}
	TRY_GOTO(insert_instance(db, zone, text, author, &head, zi_id), out);
	TRY_GOTO(write_change(db, mem, zone, text, change, *zi_id), out);
out:
	talloc_free(mem);
	return error;
}

dms_error *
instance_store(struct db *db, const struct zone *zone, struct zone_text *text,
	       const struct instance_author *author, int64_t *zi_id)
{
	TRY(instance_apply_apex(db, zone, text));
	return instance_store_completed(db, zone, text, author, zi_id);
}
