/* How far the effects of update operations reach, and what the checks look at to judge them.
 *
 * A finding is about a record and depends on: its owner, what is above it (delegations, DNAME),
 * and, when it points somewhere inside the zone, what is there, above and below that, and at the
 * wildcards that may stand in for it; a CNAME leads on from there. The other way round, operations
 * on an owner change findings about it, about what points to it (when they change of what kind it
 * is), about what is below it (delegations, DNAME), and about what becomes or ceases to be below or
 * covered by something. All of these records are "in focus"; what they depend on is loaded too, as
 * context, and nothing is found about it. More focus than needed is never wrong. */
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "dns/name_parts.h"
#include "model/region.h"

enum { KIND_EXISTS = 1, KIND_ADDRESS = 2, KIND_CNAME = 4, KIND_NS = 8, KIND_DNAME = 16 };
enum { TYPE_DNAME = 39, TYPE_SVCB = 64, TYPE_HTTPS = 65 };

static void
put(json_t *set, const char *name)
{
	json_object_set_new(set, name, json_true());
}

static bool
has(const json_t *set, const char *name)
{
	return json_object_get(set, name) != NULL;
}

/* The name above a label: "a.b" -> "b" -> "@" -> NULL. */
static const char *
above(const char *label)
{
	if (strcmp(label, "@") == 0)
		return NULL;
	const char *parent = name_parent(label);
	return parent == NULL || *parent == '\0' ? "@" : parent;
}

static bool
is_wildcard(const char *label)
{
	return label[0] == '*' && (label[1] == '\0' || label[1] == '.');
}

/* A name, all above it, and the wildcards below those. */
static void
want_lineage(struct region_work *work, const char *label)
{
	put(work->wanted, label);
	for (const char *at = above(label); at != NULL; at = above(at)) {
		put(work->wanted, at);
		char *wildcard = strcmp(at, "@") == 0 ? talloc_strdup(work->mem, "*")
						      : talloc_asprintf(work->mem, "*.%s", at);
		put(work->wanted, wildcard);
		talloc_free(wildcard);
	}
}

/* Where a record points inside the zone, as a label; false: nowhere. */
static bool
target_of(const struct region_work *work, const struct zone_text_record *record, char *label)
{
	int offset =
	    record->type == RR_NS || record->type == RR_CNAME                                  ? 0
	    : record->type == RR_MX || record->type == TYPE_SVCB || record->type == TYPE_HTTPS ? 2
	    : record->type == RR_SRV                                                           ? 6
											       : -1;
	if (offset < 0 || record->rdata_size <= (size_t)offset)
		return false;
	const uint8_t *name = record->rdata + offset;
	size_t size = name_size(name, record->rdata_size - (size_t)offset);
	if (size == 0 || name_find_suffix(name, size, work->zone_wire, work->zone_size) < 0)
		return false;
	name_print(name, size, work->zone_wire, work->zone_size, label);
	return true;
}

static uint8_t
kind_of(const struct zone_text_record *record)
{
	if (record->is_disabled)
		return 0;
	switch (record->type) {
	case RR_A:
	case RR_AAAA:
		return KIND_EXISTS | KIND_ADDRESS;
	case RR_CNAME:
		return KIND_EXISTS | KIND_CNAME;
	case RR_NS:
		return KIND_EXISTS | KIND_NS;
	case TYPE_DNAME:
		return KIND_EXISTS | KIND_DNAME;
	default:
		return KIND_EXISTS;
	}
}

/* --- what the operations on one owner can change --- */

struct owner_effect {
	uint8_t certain; /* kinds that it has before, and whichever of the operations happen */
	uint8_t before;  /* kinds that it has before */
	uint8_t coming;  /* kinds that operations may give it */
	bool has_ns, has_address; /* operations are about these types */
};

/* Whether an operation may leave its owner without this record, and without one of its kind. */
static bool
may_take(const struct update_op *op, const struct zone_text_record *record)
{
	if (strncmp(op->op, "PTR_", 4) == 0)
		return record->type == RR_PTR && op->record.is_disabled;
	if (strcmp(op->op, "UPDATE_RRTYPE") == 0 && !op->record.is_disabled)
		return false; /* another of the type comes in its place */
	return update_op_removes(op, record);
}

static void
add_op(struct owner_effect *effect, const struct update_op *op)
{
	bool is_any = op->record.type == RR_ANY;
	if (strcmp(op->op, "DELETE") != 0)
		effect->coming |= kind_of(&op->record);
	effect->has_ns |= is_any || op->record.type == RR_NS;
	effect->has_address |= is_any || op->record.type == RR_A || op->record.type == RR_AAAA;
}

/* For each operation of the work: a loop over groups and their operations. */
#define FOR_EACH_OP(work, op)                                             \
	for (size_t g_ = 0; g_ < (work)->group_count; g_++)               \
		for (const struct update_op *op = (work)->groups[g_].ops; \
		     op < (work)->groups[g_].ops + (work)->groups[g_].op_count; op++)

static void
add_row(const struct region_work *work, struct owner_effect *effect,
	const struct zone_text_record *record)
{
	uint8_t kind = kind_of(record);
	bool stays = true;
	effect->before |= kind;
	FOR_EACH_OP(work, op)
	if (strcmp(op->record.label, record->label) == 0 && may_take(op, record))
		stays = false;
	if (stays)
		effect->certain |= kind;
}

/* Effects by owner: an array of struct owner_effect beside the keys of `touched`, in their order.
 */
static struct owner_effect *
find_effects(struct region_work *work)
{
	size_t count = json_object_size(work->touched), next = 0;
	struct owner_effect *effects = talloc_zero_array(work->mem, struct owner_effect, count);
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach (work->touched, key, value)
		json_object_set_new(work->touched, key, json_integer((json_int_t)next++));
	FOR_EACH_OP(work, op)
	add_op(&effects[json_integer_value(json_object_get(work->touched, op->record.label))], op);
	for (size_t i = 0; i < work->count; i++) {
		const json_t *number = json_object_get(work->touched, work->rows[i].record.label);
		if (number != NULL)
			add_row(work, &effects[json_integer_value(number)], &work->rows[i].record);
	}
	return effects;
}

/* Names that exist whatever the operations do: owners of rows that stay, and all above them. */
static json_t *
find_certain(struct region_work *work, const struct owner_effect *effects)
{
	json_t *certain = json_object();
	put(certain, "@");
	for (size_t i = 0; i < work->count; i++) {
		const struct zone_text_record *record = &work->rows[i].record;
		const json_t *number = json_object_get(work->touched, record->label);
		if (record->is_disabled ||
		    (number != NULL &&
		     !(effects[json_integer_value(number)].certain & KIND_EXISTS)))
			continue;
		for (const char *at = record->label; at != NULL && !has(certain, at);
		     at = above(at))
			put(certain, at);
	}
	return certain;
}

/* The topmost name that what points to it may see in another way. */
static const char *
find_top(const char *label, const json_t *certain, bool is_existence)
{
	const char *top = label;
	const char *at = is_existence ? above(label) : NULL;
	for (; at != NULL && !has(certain, at); at = above(at))
		top = at;
	/* A wildcard is seen by all that is beside it. */
	return is_wildcard(top) ? above(top) : top;
}

static bool
is_below_cut(const struct region_work *work, const char *label)
{
	for (const char *at = label; at != NULL && strcmp(at, "@") != 0; at = above(at)) {
		for (size_t i = 0; i < work->count; i++)
			if (work->rows[i].record.type == RR_NS &&
			    strcmp(work->rows[i].record.label, at) == 0)
				return true;
		FOR_EACH_OP(work, op)
		if (op->record.type == RR_NS && strcmp(op->record.label, at) == 0)
			return true;
	}
	return false;
}

static void
reach_from(struct region_work *work, const char *label, const struct owner_effect *effect,
	   const json_t *certain)
{
	uint8_t gone = effect->before & (uint8_t)~effect->certain;
	uint8_t changed = gone | (effect->coming & (uint8_t)~effect->before);
	if (changed != 0)
		put(work->pointed_at, find_top(label, certain, changed & KIND_EXISTS));
	if ((changed & (KIND_NS | KIND_DNAME)) != 0) {
		put(work->subtrees, label);
		work->is_whole |= strcmp(label, "@") == 0 && (changed & KIND_DNAME) != 0;
	}
	/* Whether its address is glue depends on who points to it. */
	if (effect->has_address && is_below_cut(work, label))
		put(work->pointed_at, label);
}

/* Glue is what NS records point to: whom they begin or cease to point to is in focus. */
static void
reach_glue(struct region_work *work, const struct zone_text_record *record)
{
	char target[NAME_TEXT_MAX + 1];
	if (record->type != RR_NS || !target_of(work, record, target))
		return;
	want_lineage(work, target);
	put(work->focus, target);
	put(work->pointed_at, target);
}

static void
find_reach(struct region_work *work)
{
	const struct owner_effect *effects = find_effects(work);
	json_t *certain = find_certain(work, effects);
	const char *label = NULL;
	json_t *number = NULL;
	json_object_foreach (work->touched, label, number)
		reach_from(work, label, &effects[json_integer_value(number)], certain);
	for (size_t i = 0; i < work->count; i++) {
		const struct zone_text_record *record = &work->rows[i].record;
		number = json_object_get(work->touched, record->label);
		if (number != NULL && effects[json_integer_value(number)].has_ns)
			reach_glue(work, record);
	}
	FOR_EACH_OP(work, op)
	reach_glue(work, &op->record);
	json_decref(certain);
}

/* --- gathering --- */

/* What is in focus needs its own lineage and that of where it points to; a CNAME leads on to the
 * CNAMEs that may be there. */
static void
follow(struct region_work *work, const struct zone_text_record *record)
{
	char target[NAME_TEXT_MAX + 1];
	want_lineage(work, record->label);
	if (!target_of(work, record, target))
		return;
	want_lineage(work, target);
	if (record->type != RR_CNAME)
		return;
	put(work->focus, target);
	for (const char *at = above(target); at != NULL; at = above(at)) {
		char *wildcard = strcmp(at, "@") == 0 ? talloc_strdup(work->mem, "*")
						      : talloc_asprintf(work->mem, "*.%s", at);
		put(work->focus, wildcard);
		talloc_free(wildcard);
	}
}

/* Until nothing new comes into focus. */
static dms_error *
gather(struct region_work *work)
{
	FOR_EACH_OP(work, op)
	follow(work, &op->record);
	for (;;) {
		size_t focus = json_object_size(work->focus), rows = work->count;
		for (size_t i = 0; i < work->count; i++)
			if (has(work->focus, work->rows[i].record.label))
				follow(work, &work->rows[i].record);
		TRY(region_fetch_owners(work));
		if (json_object_size(work->focus) == focus && work->count == rows)
			return NULL;
	}
}

static dms_error *
fetch_reach(struct region_work *work)
{
	size_t from = work->count;
	json_t *names = region_keys(work->pointed_at), *subtrees = region_keys(work->subtrees);
	dms_error *error = NULL;
	if (json_array_size(names) > 0)
		TRY_GOTO(region_fetch_pointers(work, names), out);
	if (json_array_size(subtrees) > 0)
		TRY_GOTO(region_fetch_subtrees(work, subtrees), out);
	for (size_t i = from; i < work->count; i++)
		put(work->focus, work->rows[i].record.label);
out:
	json_decref(names);
	json_decref(subtrees);
	return error;
}

static int
row_order(const void *left, const void *right)
{
	const struct content_row *a = left, *b = right;
	if (a->position != b->position)
		return a->position < b->position ? -1 : 1;
	return (a->id > b->id) - (a->id < b->id);
}

static void
finish(struct region_work *work, const struct instance *base, struct region *region)
{
	struct content *content = talloc_zero(work->mem, struct content);
	qsort(work->rows, work->count, sizeof(*work->rows), row_order);
	for (size_t i = 0; i < work->count; i++)
		if (content->count == 0 || work->rows[content->count - 1].id != work->rows[i].id)
			work->rows[content->count++] = work->rows[i];
	content->rows = work->rows;
	region->content = content;
	region->text = instance_to_text(work->mem, work->zone, base);
	content_to_text(content, region->text);
	for (size_t i = 0; i < region->text->record_count; i++) {
		struct zone_text_record *record = &region->text->records[i];
		record->is_context = !has(work->focus, record->label);
	}
}

static dms_error *
work_out(struct region_work *work)
{
	TRY(name_to_wire(work->zone->name, work->zone_wire, &work->zone_size));
	FOR_EACH_OP(work, op)
	{
		put(work->touched, op->record.label);
		put(work->focus, op->record.label);
		want_lineage(work, op->record.label);
	}
	TRY(region_fetch_owners(work));
	find_reach(work);
	if (work->is_whole)
		return NULL;
	TRY(fetch_reach(work));
	return gather(work);
}

dms_error *
region_load(struct db *db, TALLOC_CTX *mem, const struct zone *zone, const struct instance *base,
	    const struct update_group *groups, size_t count, struct region *region)
{
	struct region_work work = {.db = db,
				   .mem = mem,
				   .zone = zone,
				   .groups = groups,
				   .group_count = count,
				   .touched = json_object(),
				   .loaded = json_object(),
				   .wanted = json_object(),
				   .focus = json_object(),
				   .pointed_at = json_object(),
				   .subtrees = json_object()};
	dms_error *error = work_out(&work);
	*region = (struct region){0};
	if (error == NULL && !work.is_whole)
		finish(&work, base, region);
	json_decref(work.touched);
	json_decref(work.loaded);
	json_decref(work.wanted);
	json_decref(work.focus);
	json_decref(work.pointed_at);
	json_decref(work.subtrees);
	return error;
}
