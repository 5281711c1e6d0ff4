/* A zone's content in memory. */
#include "dns/zonetext.h"

#include <string.h>

struct zone_text *
zone_text_new(TALLOC_CTX *mem, const char *zone)
{
	struct zone_text *text = talloc_zero(mem, struct zone_text);

	text->zone = talloc_strdup(text, zone);
	text->zone_ttl = -1;
	text->soa_ttl = -1;
	return text;
}

int
zone_text_add_group(struct zone_text *text, const char *comment, const char *tag)
{
	/* Doubles at every power of two, so that many groups cost no more than their number. */
	if ((text->group_count & (text->group_count - 1)) == 0) {
		size_t capacity = text->group_count == 0 ? 1 : text->group_count * 2;
		text->groups = talloc_realloc(text, text->groups, struct zone_text_group, capacity);
	}
	text->groups[text->group_count] = (struct zone_text_group){
	    .comment = talloc_strdup(text, comment),
	    .tag = talloc_strdup(text, tag),
	};
	return (int)text->group_count++;
}

/* Strings and rdata of records lie side by side in blocks: a million records are a million times
 * fewer allocations. */
struct zone_text_room {
	char *free;
	size_t left;
};
enum { ROOM_BLOCK = 64 << 10, ROOM_OWN = 4 << 10 };

static void *
keep_octets(struct zone_text *text, const void *octets, size_t size)
{
	if (text->room == NULL)
		text->room = talloc_zero(text, struct zone_text_room);
	struct zone_text_room *room = text->room;
	if (size > ROOM_OWN)
		return talloc_memdup(text, octets, size);
	if (room->free == NULL || size > room->left) {
		room->free = talloc_array(text, char, ROOM_BLOCK);
		room->left = ROOM_BLOCK;
	}
	void *copy = room->free;
	if (size > 0)
		memcpy(copy, octets, size);
	room->free += size;
	room->left -= size;
	return copy;
}

/* The string, or its twin in the record before, which is often there. */
static const char *
keep_string(struct zone_text *text, const char *string, const char *before)
{
	if (string == NULL || (before != NULL && strcmp(string, before) == 0))
		return string == NULL ? NULL : before;
	return keep_octets(text, string, strlen(string) + 1);
}

void
zone_text_add(struct zone_text *text, const struct zone_text_record *record)
{
	static const struct zone_text_record none;

	if (text->record_count == text->record_capacity) {
		text->record_capacity = text->record_capacity == 0 ? 64 : text->record_capacity * 2;
		text->records = talloc_realloc(text, text->records, struct zone_text_record,
					       text->record_capacity);
	}
	struct zone_text_record *copy = &text->records[text->record_count];
	const struct zone_text_record *before = text->record_count > 0 ? copy - 1 : &none;
	text->record_count++;
	*copy = *record;
	copy->label = keep_string(text, record->label, before->label);
	copy->rdata = keep_octets(text, record->rdata, record->rdata_size);
	copy->reference = keep_string(text, record->reference, before->reference);
	copy->comment = keep_string(text, record->comment, before->comment);
	copy->ttl_text = keep_string(text, record->ttl_text, before->ttl_text);
	copy->remark = keep_string(text, record->remark, before->remark);
	copy->tail = keep_string(text, record->tail, before->tail);
}
