/* SOA serials: RFC 1982 arithmetic, and the policy of spec/zone-data.md section 16. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* a < b in serial space, RFC 1982 section 3.2; false when undefined (distance 2^31). */
bool serial_lt(uint32_t a, uint32_t b);
/* The farthest serial that one legal step from `current` reaches, never 0: what a wrap asks for. */
uint32_t serial_furthest(uint32_t current);
/* Serial to publish next. `current`: on the master, 0 = not there; `known`: stored for the zone, 0
 * = none; `wanted`: asked for, 0 = none; `today`: YYYYMMDD00 UTC. Never 0, always after `current`
 * and `known`. DMS_E_SOA_SERIAL_OCCLUSION, DMS_E_SOA_SERIAL_PUBLISHED (data: name). */
dms_error *serial_next(const char *zone, uint32_t current, uint32_t known, uint32_t wanted,
		       uint32_t today, uint32_t *serial);
/* The first serial of a new zone: `given` (0: none) moved on once, but in any case after `last`,
 * the one that a former zone of its name was published with (0: none), since secondaries may
 * remember it. Never 0. */
uint32_t serial_first(uint32_t given, uint32_t last, uint32_t today);
