/* Small zones and what is found in them. Included by one C file of a program, behind memory.h. */
#pragma once

#include <string.h>

#include "dns/zonetext.h"

#define ZONE    "example.org."
#define REVERSE "2.0.192.in-addr.arpa."
#define NIBBLES "8.b.d.0.1.0.0.2.ip6.arpa."

static inline struct zone_text *
read_zone(const char *zone, const char *input)
{
	struct findings findings = {0};
	struct zone_text *text;

	zone_text_read(mem, zone, input, strlen(input), &text, &findings);
	if (findings.error_count > 0)
		fail_msg("%s\n%d:%d %s", input, findings.items[0].line, findings.items[0].column,
			 findings.items[0].message);
	return text;
}

/* "E ZoneCNAMEExists 2:1, W TtlMismatch 3:1" */
static inline const char *
summary(const struct findings *findings)
{
	char *text = talloc_strdup(mem, "");

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		text = talloc_asprintf_append(text, "%s%c %s %d:%d", i > 0 ? ", " : "",
					      finding->level == FINDING_ERROR ? 'E' : 'W',
					      dms_err_info(finding->id)->name, finding->line,
					      finding->column);
	}
	return text;
}
