/* The checks of a zone's content, between the two files that do them. */
#pragma once

#include <stdarg.h>
#include <stdio.h>

#include "dns/name_parts.h"
#include "dns/zonetext.h"

/* Below every character that a printed label has, so that sorted keys keep a name and all below it
 * together. */
#define CHECK_SEPARATOR '\x01'

struct check_record {
	const struct zone_text_record *record;
	const char *key;
};

struct check {
	const struct zone_text *text;
	struct findings *findings;
	TALLOC_CTX *scratch;
	struct check_record *records; /* enabled ones, sorted */
	size_t count;
};

/* The label with its labels in reverse order: "a.b" -> "b", separator, "a"; "@" -> "". */
char *check_key(TALLOC_CTX *mem, const char *label);
void check_add(struct check *check, const struct zone_text_record *record, int level,
	       enum dms_err id, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* What NS, MX, SRV and PTR point to. */
void check_targets(struct check *check, const struct zone_text_record *record);
