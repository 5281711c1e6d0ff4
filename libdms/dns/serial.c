/* SOA serials (RFC 1982; spec/zone-data.md section 16). */
#include "dns/serial.h"

/* The largest step that RFC 1982 section 3.1 allows. */
#define STEP_MAX 0x7fffffffU

bool
serial_lt(uint32_t a, uint32_t b)
{
	uint32_t distance = b - a;

	return distance != 0 && distance <= STEP_MAX;
}

uint32_t
serial_furthest(uint32_t current)
{
	uint32_t furthest = current + STEP_MAX;

	return furthest != 0 ? furthest : UINT32_MAX;
}

static dms_error *
serial_error(enum dms_err id, const char *zone, uint32_t known, const char *what)
{
	dms_error *error = dms_error_new(id, "zone %s: serial %u %s", zone, known, what);

	dms_error_put_str(error, "name", zone);
	return dms_error_put_int(error, "serial", known);
}

dms_error *
serial_next(const char *zone, uint32_t current, uint32_t known, uint32_t wanted, uint32_t today,
	    uint32_t *serial)
{
	uint32_t candidate = wanted != 0 ? wanted : today;

	if (current == 0) { /* not on the master: what is stored is all there is to go on from */
		if (known == 0) {
			*serial = candidate != 0 ? candidate : 1;
			return NULL;
		}
		current = known;
		known = 0;
	}
	uint32_t furthest = current + STEP_MAX;
	if (known != 0 && known == furthest)
		return serial_error(DMS_E_SOA_SERIAL_OCCLUSION, zone, known,
				    "is stored, the farthest step from the one on the master");
	uint32_t base = known != 0 && serial_lt(current, known) ? known : current;

	/* Both as distances from `current`, which no wrap past zero can confuse. */
	bool is_reachable = candidate - current > base - current && candidate - current <= STEP_MAX;
	uint32_t next = is_reachable ? candidate : base + 1;
	if (next == 0) /* RFC 2136 section 4.1: never zero */
		next = furthest == 0 ? UINT32_MAX : 1;
	if (known != 0 && next == known)
		return serial_error(DMS_E_SOA_SERIAL_PUBLISHED, zone, known,
				    "is stored as published and nothing after it can be reached");
	*serial = next;
	return NULL;
}

uint32_t
serial_first(uint32_t given, uint32_t last, uint32_t today)
{
	uint32_t serial = today != 0 ? today : 1;

	/* Without a second serial to mind there is always a next one. */
	if (given != 0)
		dms_error_free(serial_next("", given, 0, 0, today, &serial));
	if (last != 0 && (given == 0 || !serial_lt(last, serial)))
		dms_error_free(serial_next("", last, 0, 0, today, &serial));
	return serial;
}
