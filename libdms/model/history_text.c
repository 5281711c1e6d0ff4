/* Contents taken from elsewhere: under another name, or one RRset of another time. */
#include <string.h>

#include "dns/name.h"
#include "model/content.h"
#include "model/history.h"

/* A name below the old zone moves with it. */
static dms_error *
move_name(struct zone_text *text, const char **name, const char *zone)
{
	char *label = *name == NULL ? NULL : name_relative(text, *name, text->zone);
	if (label != NULL)
		*name = name_absolute(text, label, zone);
	return NULL;
}

/* Rdata that names nothing in the zone reads the same with and without it. */
static dms_error *
move_rdata(struct zone_text *text, struct zone_text_record *record, const char *zone)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	char *relative = NULL, *absolute = NULL;
	uint8_t *rdata = NULL;
	size_t size = 0;
	dms_error *error = NULL;
	TRY_GOTO(rdata_print(mem, record->type, record->rdata, record->rdata_size, text->zone,
			     &relative),
		 out);
	TRY_GOTO(rdata_print(mem, record->type, record->rdata, record->rdata_size, NULL, &absolute),
		 out);
	if (strcmp(relative, absolute) == 0)
		goto out;
	TRY_GOTO(rdata_parse(text, record->type, relative, zone, &rdata, &size), out);
	record->rdata = rdata;
	record->rdata_size = size;
out:
	talloc_free(mem);
	return error;
}

dms_error *
text_move(struct zone_text *text, const char *zone)
{
	if (strcmp(text->zone, zone) == 0)
		return NULL;
	for (size_t i = 0; i < text->record_count; i++)
		TRY(move_rdata(text, &text->records[i], zone));
	TRY(move_name(text, &text->soa.mname, zone));
	TRY(move_name(text, &text->soa.rname, zone));
	text->zone = talloc_strdup(text, zone);
	return NULL;
}

static bool
is_meant(const struct zone_text_record *record, const char *label, uint16_t type)
{
	return strcmp(record->label, label) == 0 && (type == RR_ANY || record->type == type);
}

int
text_same_group(struct zone_text *text, const struct zone_text *old, int index)
{
	if (index < 0)
		return -1;
	const struct zone_text_group *wanted = &old->groups[index];
	for (size_t i = 0; i < text->group_count; i++) {
		const struct zone_text_group *group = &text->groups[i];
		bool has_tag = group->tag != NULL && wanted->tag != NULL;
		if (comment_compare(group->comment, wanted->comment) == 0 &&
		    (has_tag ? strcmp(group->tag, wanted->tag) == 0 : group->tag == wanted->tag))
			return (int)i;
	}
	return zone_text_add_group(text, wanted->comment, wanted->tag);
}

static void
add_old(struct zone_text *text, const struct zone_text *old, const char *label, uint16_t type)
{
	for (size_t i = 0; i < old->record_count; i++) {
		if (!is_meant(&old->records[i], label, type))
			continue;
		struct zone_text_record record = old->records[i];
		record.group = text_same_group(text, old, record.group);
		zone_text_add(text, &record);
	}
}

void
text_restore_rrset(struct zone_text *text, const struct zone_text *old, const char *label,
		   uint16_t type, bool *is_changed)
{
	struct zone_text_record *records = text->records;
	size_t count = text->record_count;
	bool is_placed = false;
	text->records = NULL;
	text->record_count = text->record_capacity = 0;
	for (size_t i = 0; i < count; i++) {
		bool is_replaced = is_meant(&records[i], label, type);
		if (is_replaced && !is_placed)
			add_old(text, old, label, type);
		is_placed |= is_replaced;
		if (!is_replaced)
			zone_text_add(text, &records[i]);
	}
	if (!is_placed)
		add_old(text, old, label, type);
	*is_changed = is_placed || text->record_count > count;
	talloc_free(records);
}
