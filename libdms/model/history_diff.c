/* What differs between two contents, for people and programs. */
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "model/content.h"
#include "model/history.h"
#include "model/shape.h"

static struct zone_difference *
difference_new(TALLOC_CTX *mem, const char *zone)
{
	struct zone_difference *difference = talloc_zero(mem, struct zone_difference);
	difference->zone = talloc_strdup(difference, zone);
	return difference;
}

static dms_error *
add_soa(struct rr_array *array, const char *zone, const struct soa *soa, int64_t ttl)
{
	uint8_t *rdata = NULL;
	size_t size = 0;
	TRY(soa_to_rdata(array, soa, &rdata, &size));
	rr_array_add(array, &(struct rr){.owner = zone,
					 .type = RR_SOA,
					 .ttl = (uint32_t)ttl,
					 .rdata = rdata,
					 .rdata_size = (uint16_t)size});
	return NULL;
}

static bool
is_same_soa(const struct soa *a, const struct soa *b)
{
	return strcmp(a->mname, b->mname) == 0 && strcmp(a->rname, b->rname) == 0 &&
	       a->refresh == b->refresh && a->retry == b->retry && a->expire == b->expire &&
	       a->minimum == b->minimum;
}

static dms_error *
add_soas(struct zone_difference *difference, const struct soa *from, int64_t from_ttl,
	 const struct soa *to, int64_t to_ttl)
{
	if (is_same_soa(from, to) && from_ttl == to_ttl)
		return NULL;
	TRY(add_soa(difference->removed, difference->zone, from, from_ttl));
	TRY(add_soa(difference->added, difference->zone, to, to_ttl));
	rr_array_sort(difference->removed);
	rr_array_sort(difference->added);
	return NULL;
}

static int64_t
soa_ttl(const struct instance *instance)
{
	return instance->soa_ttl >= 0 ? instance->soa_ttl : instance->zone_ttl;
}

dms_error *
history_difference(struct db *db, TALLOC_CTX *mem, const struct zone *zone, int64_t from_zi,
		   int64_t to_zi, struct zone_difference **difference)
{
	struct instance *from = NULL, *to = NULL;
	struct zone_difference *found = difference_new(mem, zone->name);
	TRY(instance_get(db, found, zone->id, from_zi, &from));
	TRY(instance_get(db, found, zone->id, to_zi, &to));
	TRY(instance_diff(db, found, zone, from_zi, to_zi, &found->removed, &found->added));
	TRY(add_soas(found, &from->soa, soa_ttl(from), &to->soa, soa_ttl(to)));
	*difference = found;
	return NULL;
}

static struct rr_array *
records_of_text(TALLOC_CTX *mem, const struct zone_text *text)
{
	struct rr_array *array = rr_array_new(mem);
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		char *owner = name_absolute(NULL, record->label, text->zone);
		if (!record->is_disabled)
			rr_array_add(
			    array,
			    &(struct rr){
				.owner = owner,
				.type = record->type,
				.ttl = (uint32_t)(record->ttl >= 0 ? record->ttl : text->zone_ttl),
				.rdata = record->rdata,
				.rdata_size = (uint16_t)record->rdata_size});
		talloc_free(owner);
	}
	return array;
}

static int64_t
text_soa_ttl(const struct zone_text *text)
{
	return text->soa_ttl >= 0 ? text->soa_ttl : text->zone_ttl;
}

dms_error *
text_difference(TALLOC_CTX *mem, const struct zone_text *from, struct zone_text *to,
		struct zone_difference **difference)
{
	struct zone_difference *found = difference_new(mem, from->zone);
	TRY(text_move(to, from->zone));
	struct rr_array *before = records_of_text(found, from), *after = records_of_text(found, to);
	rr_array_diff(found, before, after, &found->removed, &found->added);
	TRY(add_soas(found, &from->soa, text_soa_ttl(from), &to->soa, text_soa_ttl(to)));
	*difference = found;
	return NULL;
}

/* Both sides of a difference as RRsets, side by side. */
struct walk {
	const struct zone_difference *difference;
	size_t removed, added;         /* next of each */
	size_t removed_end, added_end; /* behind the present RRset's */
	const struct rr *first;        /* names it */
};

static int
rrset_order(const struct rr *a, const struct rr *b)
{
	/* An array that counts records has them, which the analyzer cannot see. */
	int order = strcmp(a->owner, b->owner); // NOLINT(clang-analyzer-core.NullDereference)
	return order != 0 ? order : (a->type > b->type) - (a->type < b->type);
}

static size_t
rrset_end(const struct rr_array *array, size_t at, const struct rr *first)
{
	while (at < array->count && rrset_order(&array->items[at], first) == 0)
		at++;
	return at;
}

static bool
walk_next(struct walk *walk)
{
	const struct rr_array *removed = walk->difference->removed;
	const struct rr_array *added = walk->difference->added;
	walk->removed = walk->removed_end;
	walk->added = walk->added_end;
	const struct rr *lost =
	    walk->removed < removed->count ? &removed->items[walk->removed] : NULL;
	const struct rr *gained = walk->added < added->count ? &added->items[walk->added] : NULL;
	if (lost == NULL && gained == NULL)
		return false;
	walk->first = lost;
	if (lost == NULL || (gained != NULL && rrset_order(gained, lost) < 0))
		walk->first = gained;
	walk->removed_end = rrset_end(removed, walk->removed, walk->first);
	walk->added_end = rrset_end(added, walk->added, walk->first);
	return true;
}

char *
rr_rdata_text(TALLOC_CTX *mem, const struct rr *rr, const char *zone)
{
	char *text = NULL;
	dms_error *error = rdata_print(mem, rr->type, rr->rdata, rr->rdata_size, zone, &text);
	if (error == NULL)
		return text;
	dms_error_free(error);
	text = talloc_asprintf(mem, "\\# %u", rr->rdata_size);
	for (size_t i = 0; i < rr->rdata_size; i++)
		text = talloc_asprintf_append(text, "%s%02x", i == 0 ? " " : "", rr->rdata[i]);
	return text;
}

static void
print_side(FILE *out, const struct zone_difference *difference, const struct rr_array *array,
	   size_t from, size_t to, char sign)
{
	for (size_t i = from; i < to; i++) {
		const struct rr *rr = &array->items[i];
		TALLOC_CTX *mem = talloc_new(NULL);
		fprintf(out, "%c%s %u IN %s %s\n", sign,
			name_relative(mem, rr->owner, difference->zone), rr->ttl,
			rr_type_name(rr->type), rr_rdata_text(mem, rr, difference->zone));
		talloc_free(mem);
	}
}

char *
difference_to_text(TALLOC_CTX *mem, const struct zone_difference *difference, const char *from,
		   const char *to)
{
	struct walk walk = {.difference = difference};
	char *buffer = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&buffer, &size);
	bool is_begun = false;
	while (out != NULL && walk_next(&walk)) {
		char *label = name_relative(NULL, walk.first->owner, difference->zone);
		if (!is_begun)
			fprintf(out, "--- %s\n+++ %s\n", from, to);
		is_begun = true;
		fprintf(out, "@@ %s %s @@\n", label, rr_type_name(walk.first->type));
		print_side(out, difference, difference->removed, walk.removed, walk.removed_end,
			   '-');
		print_side(out, difference, difference->added, walk.added, walk.added_end, '+');
		talloc_free(label);
	}
	if (out != NULL)
		fclose(out);
	char *text = talloc_strdup(mem, buffer == NULL ? "" : buffer);
	free(buffer);
	return text;
}

static json_t *
side_to_json(const struct zone_difference *difference, const struct rr_array *array, size_t from,
	     size_t to)
{
	json_t *list = json_array();
	for (size_t i = from; i < to; i++) {
		char *rdata = rr_rdata_text(NULL, &array->items[i], difference->zone);
		json_array_append_new(
		    list,
		    json_pack("{s:o,s:s}", "ttl", shape_ttl(array->items[i].ttl), "rdata", rdata));
		talloc_free(rdata);
	}
	return list;
}

json_t *
difference_to_json(const struct zone_difference *difference)
{
	struct walk walk = {.difference = difference};
	json_t *list = json_array();
	while (walk_next(&walk)) {
		char *label = name_relative(NULL, walk.first->owner, difference->zone);
		json_array_append_new(list, json_pack("{s:s,s:s,s:o,s:o}", "label", label, "type",
						      rr_type_name(walk.first->type), "removed",
						      side_to_json(difference, difference->removed,
								   walk.removed, walk.removed_end),
						      "added",
						      side_to_json(difference, difference->added,
								   walk.added, walk.added_end)));
		talloc_free(label);
	}
	return list;
}
