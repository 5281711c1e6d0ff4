/* TTLs and time values with units (spec/zone-data.md section 4). */
#include "dns/rdata_parts.h"

#include <string.h>

enum { TTL_MAX = 0x7fffffff };

static uint32_t
unit_seconds(char unit)
{
	switch (unit) {
	case 'w':
	case 'W':
		return 604800;
	case 'd':
	case 'D':
		return 86400;
	case 'h':
	case 'H':
		return 3600;
	case 'm':
	case 'M':
		return 60;
	case 's':
	case 'S':
		return 1;
	default:
		return 0;
	}
}

bool
ttl_read(const char *text, size_t size, uint32_t *ttl)
{
	uint64_t total = 0, number = 0;
	bool has_digits = false, has_units = false;

	for (size_t i = 0; i < size; i++) {
		if (text[i] >= '0' && text[i] <= '9') {
			number = number * 10 + (uint64_t)(text[i] - '0');
			has_digits = true;
		} else {
			uint32_t seconds = unit_seconds(text[i]);
			if (seconds == 0 || !has_digits)
				return false;
			total += number * seconds;
			number = 0;
			has_digits = false;
			has_units = true;
		}
		if (number > TTL_MAX || total > TTL_MAX)
			return false;
	}
	/* Seconds may stand alone, but not after a unit: "1d2". */
	if (has_digits == has_units)
		return false;
	*ttl = (uint32_t)(total + number);
	return true;
}

dms_error *
ttl_parse(const char *text, uint32_t *ttl)
{
	if (ttl_read(text, strlen(text), ttl))
		return NULL;
	char *shown = quote_octets(NULL, text, strlen(text));
	dms_error *error =
	    dms_error_new(DMS_E_TTL_PARSE,
			  "\"%s\" is not a TTL: seconds, or numbers with units like 1w2d3h4m5s, at "
			  "most 2147483647 seconds",
			  shown);
	dms_error_put_str(error, "ttl", shown);
	talloc_free(shown);
	return error;
}
