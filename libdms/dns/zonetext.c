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

void
zone_text_add(struct zone_text *text, const struct zone_text_record *record)
{
	if (text->record_count == text->record_capacity) {
		text->record_capacity = text->record_capacity == 0 ? 64 : text->record_capacity * 2;
		text->records = talloc_realloc(text, text->records, struct zone_text_record,
					       text->record_capacity);
	}
	struct zone_text_record *copy = &text->records[text->record_count++];
	*copy = *record;
	/* Records of one owner mostly come together: they share its name. */
	if (text->record_count > 1 && strcmp(copy[-1].label, record->label) == 0)
		copy->label = copy[-1].label;
	else
		copy->label = talloc_strdup(text, record->label);
	copy->rdata = talloc_memdup(text, record->rdata, record->rdata_size);
	copy->reference = talloc_strdup(text, record->reference);
	copy->comment = talloc_strdup(text, record->comment);
	copy->ttl_text = talloc_strdup(text, record->ttl_text);
	copy->remark = talloc_strdup(text, record->remark);
	copy->tail = talloc_strdup(text, record->tail);
}
