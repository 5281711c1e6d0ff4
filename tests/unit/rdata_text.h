/* Rdata from and to text, which must succeed. Included by one C file of a program, behind memory.h.
 */
#pragma once

#include "dns/rr.h"

#define ORIGIN "example.org."

static inline uint8_t *
parse(const char *type, const char *text, size_t *size)
{
	uint8_t *rdata = NULL;
	dms_error *error = rdata_parse(mem, rr_type_parse(type), text, ORIGIN, &rdata, size);

	if (error != NULL)
		fail_msg("%s %s: %s", type, text, error->message);
	return rdata;
}

static inline char *
print(const char *type, const uint8_t *rdata, size_t size, const char *origin)
{
	char *text = NULL;
	dms_error *error = rdata_print(mem, rr_type_parse(type), rdata, size, origin, &text);

	if (error != NULL)
		fail_msg("%s: %s", type, error->message);
	return text;
}
