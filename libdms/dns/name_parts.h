/* Names octet by octet, for the other files of this room that read and print them in bulk. */
#pragma once

#include "dns/name.h"

/* Sizes are in octets, the root's final zero included. An `origin_size` of 0 means: no origin. */

/* One name of `size` characters into wire form, case kept. Relative names are completed with
 * `origin`, or with the root without one. NULL, or what is wrong. */
const char *name_read(const char *text, size_t size, const uint8_t *origin, size_t origin_size,
		      uint8_t *wire, size_t *wire_size);
/* One label of `size` characters with letters beyond ASCII into its A-label. `label` holds 63.
 * NULL, or what is wrong (static or thread-local). */
const char *label_to_ascii(const char *text, size_t size, uint8_t *label, size_t *label_size);
/* ASCII letters only (RFC 4343). A length octet is below 'A', so whole names go through as they
 * are. */
void name_lower(uint8_t *wire, size_t size);
/* Length of the uncompressed name that begins at `wire`, 0 when it does not end within `size`. */
size_t name_size(const uint8_t *wire, size_t size);
/* Where `zone` begins within the name, or -1: not at or below it. */
int name_find_suffix(const uint8_t *wire, size_t size, const uint8_t *zone, size_t zone_size);
/* Presentation form, "@" and relative names for what is within `origin`. `text` holds
 * NAME_TEXT_MAX + 1. Returns the length. */
size_t name_print(const uint8_t *wire, size_t size, const uint8_t *origin, size_t origin_size,
		  char *text);

/* Octets from outside for an error message: cut to a length a human reads, everything but printable
 * ASCII as \DDD. On `mem`. */
char *quote_octets(TALLOC_CTX *mem, const char *octets, size_t size);
