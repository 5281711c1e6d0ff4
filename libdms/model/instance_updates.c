/* Waiting update groups become one new instance (spec/zone-data.md section 15.4), at the cost of
 * what they touch. */
#include <arpa/inet.h>
#include <string.h>

#include "model/update_trial.h"

#define COMMENT_MAX 1024

/* The zone's content, or the part of it that matters, while groups are applied. */
struct base {
	int64_t zi_id; /* the candidate */
	struct instance *instance;
	struct region region; /* content NULL: it is the whole zone */
	int64_t *group_ids;   /* of the region's groups */
	struct draft *draft;
};

/* The groups of the region's text are those of its rows. */
static void
take_group_ids(TALLOC_CTX *mem, struct base *base)
{
	const struct region *region = &base->region;
	base->group_ids = talloc_zero_array(mem, int64_t, region->text->group_count + 1);
	for (size_t i = 0; i < region->content->count; i++)
		if (region->text->records[i].group >= 0)
			base->group_ids[region->text->records[i].group] =
			    region->content->rows[i].group_id;
}

/* The region, with SOA and apex NS as they are configured now. When that changes records or groups,
 * there is more to store than a region: it is dropped. */
static dms_error *
base_load_region(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
		 const struct update_group *groups, size_t count, struct base *base)
{
	struct region *region = &base->region;
	TRY(region_load(db, mem, zone, base->instance, groups, count, region));
	if (region->content == NULL)
		return NULL;
	take_group_ids(mem, base);
	size_t group_count = region->text->group_count;
	TRY(instance_apply_apex(db, zone, region->text));
	bool is_same = region->text->group_count == group_count &&
		       region->text->record_count == region->content->count;
	for (size_t i = 0; i < region->content->count && is_same; i++)
		is_same = region->text->records[i].id == region->content->rows[i].id;
	if (!is_same)
		*region = (struct region){0};
	return NULL;
}

static dms_error *
no_instance(const struct zone *zone)
{
	dms_error *error =
	    dms_error_new(DMS_E_ZONE_HAS_NO_ZI, "zone %s has no instance to update", zone->name);
	dms_error_put_str(error, "name", zone->name);
	return error;
}

/* Only the newest instance has its records behind indices: when copy_zi has left one that is not
 * the candidate the whole zone is loaded, as with `is_whole`. */
static dms_error *
base_load(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
	  const struct update_group *groups, size_t count, bool is_whole, struct base *base)
{
	struct db_result *result = NULL;
	TRY(db_query(db, mem, &result,
		     "SELECT z.zi_candidate_id, (SELECT i.id FROM zone_instance i "
		     "WHERE i.zone_id = z.id ORDER BY i.id DESC LIMIT 1) AS newest_id "
		     "FROM zone z WHERE z.id = $1 FOR NO KEY UPDATE",
		     P_INT(zone->id)));
	int64_t id = db_rows(result) == 0 ? 0 : db_int(result, 0, "zi_candidate_id");
	if (id == 0)
		return no_instance(zone);
	*base = (struct base){.zi_id = id};
	TRY(instance_get(db, mem, zone->id, id, &base->instance));
	if (!is_whole && db_int(result, 0, "newest_id") == id)
		TRY(base_load_region(db, mem, zone, groups, count, base));
	if (base->region.content == NULL) {
		TRY(instance_load(db, mem, zone, id, &base->instance, &base->region.text));
		TRY(instance_apply_apex(db, zone, base->region.text));
	}
	base->draft = draft_new(mem, base->region.text);
	return NULL;
}

/* --- storing the part --- */

static dms_error *
load_last_position(struct db *db, TALLOC_CTX *mem, const struct zone *zone, int *last)
{
	struct db_result *result = NULL;
	TRY(db_query(db, mem, &result,
		     "SELECT coalesce(last_position, (SELECT max(position) FROM record "
		     "WHERE zone_id = $1 AND gone IS NULL), 0) AS last FROM zone WHERE id = $1",
		     P_INT(zone->id)));
	*last = (int)db_int(result, 0, "last");
	return NULL;
}

/* The row that a record of the finished text is; NULL: it has none. */
static const struct content_row *
row_of(const struct content *content, const struct zone_text_record *record, size_t *from)
{
	if (record->id == 0)
		return NULL;
	while (*from < content->count && content->rows[*from].id != record->id)
		(*from)++;
	return *from < content->count ? &content->rows[(*from)++] : NULL;
}

/* Compares the finished text with the rows it came from: removed ones are gone, added ones and
 * those whose RRset has another TTL now are born. `last`: where the next one without a place goes
 * behind. False: there is no room behind. */
static bool
find_change(const struct base *base, int last, struct content_change *change)
{
	const struct content *content = base->region.content;
	const struct zone_text *text = base->region.text;
	size_t row = 0;
	int position = 0;
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		size_t before = row;
		const struct content_row *old = row_of(content, record, &row);
		for (; old != NULL && &content->rows[before] < old; before++)
			change->gone[change->gone_count++] = content->rows[before].id;
		if (old != NULL)
			position = old->position;
		else if (draft_place(base->draft, (int)i) >= 0)
			position = content->rows[draft_place(base->draft, (int)i)].position;
		else
			position = last += POSITION_GAP;
		change->positions[i] = position;
		if (old != NULL && old->record.ttl == record->ttl)
			continue;
		if (old != NULL)
			change->gone[change->gone_count++] = old->id;
		change->born[change->born_count++] = i;
	}
	for (; row < content->count; row++)
		change->gone[change->gone_count++] = content->rows[row].id;
	return last <= POSITION_LAST;
}

static struct content_change *
change_new(TALLOC_CTX *mem, const struct base *base)
{
	const struct content *content = base->region.content;
	size_t count = base->region.text->record_count;
	struct content_change *change = talloc_zero(mem, struct content_change);
	change->gone = talloc_array(change, int64_t, content->count + 1);
	change->born = talloc_array(change, size_t, count + 1);
	change->positions = talloc_zero_array(change, int, count + 1);
	change->group_ids = base->group_ids;
	return change;
}

/* `*zi_id` stays what it is when nothing has changed. */
static dms_error *
store_region(struct db *db, TALLOC_CTX *mem, const struct zone *zone, const struct base *base,
	     const struct instance_author *author, int64_t *zi_id)
{
	struct zone_text *text = base->region.text;
	int last = 0;
	zone_text_unify_ttls(text);
	TRY(load_last_position(db, mem, zone, &last));
	struct content_change *change = change_new(mem, base);
	if (!find_change(base, last, change)) {
		*zi_id = 0;
		return NULL;
	}
	if (change->gone_count == 0 && change->born_count == 0)
		return NULL;
	return instance_store_change(db, zone, text, author, change, zi_id);
}

/* --- all of it --- */

/* What the groups are for, in their callers' words. On `mem`; NULL: nobody said. */
static char *
comment_of(TALLOC_CTX *mem, const struct update_group *groups, size_t count)
{
	char *comment = NULL;
	for (size_t i = 0; i < count; i++) {
		const char *words =
		    groups[i].comment != NULL ? groups[i].comment : groups[i].update_type;
		if (groups[i].is_refused || words == NULL)
			continue;
		if (comment == NULL)
			comment = talloc_strdup(mem, words);
		else if (strlen(comment) + strlen(words) + 2 <= COMMENT_MAX)
			comment = talloc_asprintf_append(comment, "; %s", words);
	}
	return comment;
}

/* Who the new instance is by: the last group that was applied, and the newest change. */
static struct instance_author
author_of(TALLOC_CTX *mem, const struct update_group *groups, size_t count,
	  const struct instance *base)
{
	struct instance_author author = {.change_by = base->change_by,
					 .comment = comment_of(mem, groups, count)};
	for (size_t i = 0; i < count; i++) {
		if (groups[i].is_refused)
			continue;
		author.change_by = groups[i].change_by;
		if (groups[i].change_id > author.change_id)
			author.change_id = groups[i].change_id;
	}
	return author;
}

static bool
is_any_applied(const struct update_group *groups, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!groups[i].is_refused)
			return true;
	return false;
}

/* `*zi_id`: the candidate afterwards. */
static dms_error *
store(struct db *db, TALLOC_CTX *mem, const struct zone *zone, const struct base *base,
      const struct update_group *groups, size_t count, int64_t *zi_id)
{
	*zi_id = base->zi_id;
	if (base->instance == NULL || !is_any_applied(groups, count))
		return NULL;
	struct instance_author author = author_of(mem, groups, count, base->instance);
	draft_finish(base->draft);
	if (base->region.content == NULL)
		return instance_store_completed(db, zone, base->region.text, &author, zi_id);
	return store_region(db, mem, zone, base, &author, zi_id);
}

/* {"label","address"} of an address that wants its PTR now. */
static json_t *
forced_to_json(const struct zone_text_record *record)
{
	char address[INET6_ADDRSTRLEN] = "";
	inet_ntop(record->type == RR_A ? AF_INET : AF_INET6, record->rdata, address,
		  sizeof(address));
	return json_pack("{s:s,s:s}", "label", record->label, "address", address);
}

/* What the reverse automation has to look at; NULL: nothing. */
static json_t *
reverse_of(const struct zone *zone, const struct update_group *group, int64_t zi_id)
{
	json_t *labels = json_array(), *forced = json_array();
	for (int i = 0; i < group->op_count && !group->is_refused; i++) {
		const struct update_op *op = &group->ops[i];
		const struct zone_text_record *record = &op->record;
		if ((record->type != RR_A && record->type != RR_AAAA) ||
		    strcmp(op->op, "DELETE") == 0)
			continue;
		json_array_append_new(labels, json_string(record->label));
		if (record->forces_reverse)
			json_array_append_new(forced, forced_to_json(record));
	}
	if (json_array_size(labels) > 0)
		return json_pack("{s:I,s:s?,s:s?,s:o,s:o}", "zi_id", (json_int_t)zi_id, "sectag",
				 group->sectag, "reference", zone->reference, "labels", labels,
				 "forced", forced);
	json_decref(labels);
	json_decref(forced);
	return NULL;
}

static int
free_parameters(struct applied_reverse *reverse)
{
	size_t count = talloc_get_size(reverse) / sizeof(*reverse);
	for (size_t i = 0; i < count; i++)
		json_decref(reverse[i].parameters);
	return 0;
}

static void
report(TALLOC_CTX *mem, const struct zone *zone, const struct update_group *groups, size_t count,
       int64_t zi_id, struct applied_updates *applied)
{
	applied->reverse = talloc_zero_array(mem, struct applied_reverse, count);
	talloc_set_destructor(applied->reverse, free_parameters);
	for (size_t i = 0; i < count; i++) {
		applied->refused_count += groups[i].is_refused;
		json_t *parameters = reverse_of(zone, &groups[i], zi_id);
		if (parameters == NULL)
			continue;
		applied->reverse[applied->reverse_count++] =
		    (struct applied_reverse){groups[i].change_id, parameters};
	}
	applied->count = (int)count;
}

/* False in `*is_stored`: the positions have run out, and the whole zone has to be stored anew. What
 * is left of it all is on `result`. */
static dms_error *
apply(struct db *db, TALLOC_CTX *result, TALLOC_CTX *mem, const struct zone *zone, bool is_whole,
      bool *is_stored, struct applied_updates *applied)
{
	struct update_group *groups = NULL;
	struct base base = {0};
	size_t count = 0;
	int64_t candidate = 0;
	*is_stored = true;
	TRY(update_groups_load(db, mem, zone, &groups, &count));
	if (count == 0)
		return NULL;
	TRY(base_load(db, mem, zone, groups, count, is_whole, &base));
	update_groups_apply(mem, base.draft, groups, count);
	TRY(store(db, mem, zone, &base, groups, count, &candidate));
	*is_stored = candidate != 0;
	if (!*is_stored)
		return NULL;
	TRY(update_groups_settle(db, groups, count, candidate));
	report(result, zone, groups, count, candidate, applied);
	applied->zi_id = candidate == base.zi_id ? 0 : candidate;
	return NULL;
}

dms_error *
instance_apply_updates(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
		       struct applied_updates *applied)
{
	TALLOC_CTX *scratch = talloc_new(mem);
	bool is_stored = false;
	*applied = (struct applied_updates){0};
	dms_error *error = apply(db, mem, scratch, zone, false, &is_stored, applied);
	if (error == NULL && !is_stored)
		error = apply(db, mem, scratch, zone, true, &is_stored, applied);
	talloc_free(scratch);
	return error;
}

static dms_error *
update_type_waits(const struct zone *zone, const struct update_group *group)
{
	dms_error *error = dms_error_new(DMS_E_UPDATE_TYPE_ALREADY_QUEUED,
					 "zone %s: an update of type %s waits already", zone->name,
					 group->update_type);
	dms_error_put_str(error, "name", zone->name);
	return dms_error_put_str(error, "update_type", group->update_type);
}

dms_error *
update_group_admit(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
		   struct update_group *group)
{
	struct update_group *groups = NULL;
	struct base base = {0};
	size_t count = 0;
	TRY(update_groups_load(db, mem, zone, &groups, &count));
	for (size_t i = 0; i < count; i++)
		if (groups[i].update_type != NULL &&
		    strcmp(groups[i].update_type, group->update_type) == 0)
			return update_type_waits(zone, group);
	groups[count] = *group; /* there is room for one more */
	TRY(base_load(db, mem, zone, groups, count + 1, false, &base));
	update_groups_apply(mem, base.draft, groups, count);
	update_group_try(mem, base.draft, group);
	return NULL;
}
