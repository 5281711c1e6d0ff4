/* Zone text read for a test, and shown in few words. Included by one C file of a program, behind
 * memory.h. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/zonetext.h"

#define ZONE "example.org."

static inline struct zone_text *
read_text(const char *input, struct findings *findings)
{
	struct zone_text *text;

	memset(findings, 0, sizeof *findings);
	zone_text_read(mem, ZONE, input, strlen(input), &text, findings);
	return text;
}

/* Text that must be without findings. */
static inline struct zone_text *
read_good(const char *input)
{
	struct findings findings;
	struct zone_text *text = read_text(input, &findings);

	if (findings.count > 0)
		fail_msg("%d:%d %s", findings.items[0].line, findings.items[0].column,
			 findings.items[0].message);
	return text;
}

static inline const char *
flag_text(const struct zone_text_record *record)
{
	return talloc_asprintf(mem, "%s%s%s%s", record->has_lock_ptr ? " LOCKPTR" : "",
			       record->is_disabled ? " DISABLE" : "",
			       record->tracks_reverse ? " TRACKREV" : "",
			       record->forces_reverse ? " FORCEREV" : "");
}

/* "label ttl type rdata [group] {comment} <reference> flags\n" of every record, ttl -1 left out. */
static inline char *
show(const struct zone_text *text)
{
	char *shown = talloc_strdup(mem, "");

	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		char *rdata, ttl[24] = "";
		assert_null(rdata_print(mem, record->type, record->rdata, record->rdata_size,
					text->zone, &rdata));
		if (record->ttl >= 0)
			snprintf(ttl, sizeof ttl, "%lld ", (long long)record->ttl);
		shown = talloc_asprintf_append(shown, "%s %s%s %s", record->label, ttl,
					       rr_type_name(record->type), rdata);
		if (record->group >= 0)
			shown = talloc_asprintf_append(shown, " [%s]",
						       text->groups[record->group].comment);
		if (record->comment != NULL)
			shown = talloc_asprintf_append(shown, " {%s}", record->comment);
		if (record->reference != NULL)
			shown = talloc_asprintf_append(shown, " <%s>", record->reference);
		shown = talloc_asprintf_append(shown, "%s\n", flag_text(record));
	}
	return shown;
}
