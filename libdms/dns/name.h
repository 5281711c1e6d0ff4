/* Domain names and host names in presentation form (RFC 1035 section 5.1, RFC 4343). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/error.h"

#define NAME_WIRE_MAX 255
#define NAME_TEXT_MAX 1004 /* every octet as \DDD, dots, final dot */

/* With A-labels as the U-labels they stand for (IDNA 2008), for people to read; NULL when there is
 * none. Names are taken in either form everywhere, and stored with A-labels. */
char *name_to_unicode(TALLOC_CTX *mem, const char *name);

/* Absolute, lower case, minimal escapes. `origin` (absolute, may be NULL) completes relative names
 * and stands for "@"; without one they are completed with the root. DMS_E_INVALID_DOMAIN_NAME with
 * the reason: empty label, label > 63, name > 255... */
dms_error *name_normalise(TALLOC_CTX *mem, const char *text, const char *origin, char **name);
/* A zone name as a user gives it: name_normalise plus the rules of spec/zone-data.md section 3.2
 * (labels of letters, digits, '-', '_' and, in reverse zones (RFC 2317), '/'; no wildcard). The
 * final dot may be left out. */
dms_error *zone_name_normalise(TALLOC_CTX *mem, const char *text, char **name);
/* Relative to `zone` ("@" for the apex), or NULL when `name` is not at or below it. Both
 * normalised. */
char *name_relative(TALLOC_CTX *mem, const char *name, const char *zone);
char *name_absolute(TALLOC_CTX *mem, const char *label, const char *zone);
/* At or below, on label boundaries. */
bool name_is_within(const char *name, const char *zone);
/* Letters, digits, '-' not at a label's ends; with `allow_wildcard` a leftmost "*" label
 * (RFC 952, 1123; spec/zone-data.md section 3.1). "@" passes. */
bool name_is_host(const char *text, bool allow_wildcard);
/* The parent, or NULL for the root. */
const char *name_parent(const char *name);

/* Uncompressed wire form, case kept. `wire` holds NAME_WIRE_MAX bytes. */
dms_error *name_to_wire(const char *name, uint8_t *wire, size_t *size);
/* At most `size` bytes are read; no compression pointers. */
dms_error *name_from_wire(TALLOC_CTX *mem, const uint8_t *wire, size_t size, char **name,
			  size_t *used);

/* "192.0.2.0/24" -> "2.0.192.in-addr.arpa.", "192.0.2.0/25" -> "0/25.2.0.192.in-addr.arpa." (RFC
 * 2317), with the canonical network text. IPv4 prefixes 8, 16 and 24 to 32, IPv6 multiples of 4
 * from 4 on (spec/zone-data.md sections 3.3 and 21). DMS_E_INVALID_DOMAIN_NAME. */
dms_error *network_to_zone(TALLOC_CTX *mem, const char *cidr, char **zone, char **network);
/* The network of a classless zone: its first label is "0/25", "0-25" (RFC 4183) or "0-127" (first
 * and last), behind it stand one to three octets: "128-18.16.172.in-addr.arpa." is 172.16.128.0/18.
 * "0-31" is taken as first and last. NULL: not such a name. */
char *classless_network(TALLOC_CTX *mem, const char *zone);
/* The owner that an address has in a reverse zone, "@" for the zone itself; NULL: it is not of the
 * zone. */
char *address_label(TALLOC_CTX *mem, const uint8_t *address, size_t size, const char *zone);
bool is_network(const char *text);
/* Full reverse name of an IPv4 or IPv6 address (4 or 16 bytes). */
char *address_to_reverse(TALLOC_CTX *mem, const uint8_t *address, size_t size);
