/* Zones: rows of table zone. Who may write which column: shared design section 3. */
#pragma once

#include <string.h>

#include "db/db.h"

struct zone {
	int64_t id;
	const char *name, *zone_type, *state;
	int64_t sm_version;
	int64_t zi_id, zi_candidate_id, publishing_zi_id; /* 0: none */
	int64_t publishing_change, published_change;      /* 0: none */
	uint32_t publishing_serial, soa_serial;           /* 0: none */
	const char *published_at, *in_sync_at; /* "2026-01-02 03:04:05.123456+00:00", NULL: never */
	int64_t published_us;                  /* microseconds since 1970, 0: never */
	bool is_in_sync, is_on_master;
	bool is_listed, is_alt_listed, alt_sg_leaves, is_nuked;
	bool use_apex_ns, edit_lock, auto_dnssec, nsec3, inc_updates;
	int64_t sg_id, alt_sg_id;
	const char *sg_name, *alt_sg_name, *reference; /* the latter two: NULL = none */
	const char *last_error, *last_error_since;
	const char *deleted_start, *ctime, *mtime;
};

/* Its content comes from primaries elsewhere: it has no instances. */
static inline bool
zone_is_secondary(const struct zone *zone)
{
	return strcmp(zone->zone_type, "secondary") == 0;
}
/* Its content goes to the master by file alone. */
static inline bool
zone_is_static(const struct zone *zone)
{
	return strcmp(zone->zone_type, "static") == 0;
}

enum zone_lock { ZONE_READ, ZONE_FOR_UPDATE };

/* Live (not DELETED) zone by normalised name. DMS_E_ZONE_NOT_FOUND. */
dms_error *zone_by_name(struct db *db, TALLOC_CTX *mem, const char *name, enum zone_lock lock,
			struct zone **zone);
/* Any zone, deleted too. DMS_E_ZONE_NOT_FOUND_BY_ID. */
dms_error *zone_by_id(struct db *db, TALLOC_CTX *mem, int64_t id, enum zone_lock lock,
		      struct zone **zone);
/* What a user may give as a zone: its name with or without the final dot, a network, or (when
 * `is_exact` is false) an address inside a reverse zone: the longest covering network
 * (spec/json-rpc.md section 5.1). */
dms_error *zone_by_user_name(struct db *db, TALLOC_CTX *mem, const char *text, bool is_exact,
			     enum zone_lock lock, struct zone **zone);
/* Nearest live zone above `name`; NULL when there is none. */
dms_error *zone_parent(struct db *db, TALLOC_CTX *mem, const char *name, struct zone **zone);
/* Most specific live reverse zone whose network holds the address ("192.0.2.1"); NULL: none. */
dms_error *zone_of_address(struct db *db, TALLOC_CTX *mem, const char *address, struct zone **zone);

/* Inserts in state CREATE, or the one that `zone` has. Fills id. Flags, sg_id, alt_sg_id, name and
 * zone_type (NULL: dynamic) are taken from `zone`; `ref_id` and `network` (CIDR text) may be 0 and
 * NULL. DMS_E_ZONE_EXISTS.
 */
dms_error *zone_insert(struct db *db, struct zone *zone, int64_t ref_id, const char *network);
/* Serial last published under this name by a zone that is gone, 0: none (re-created zones go on).
 */
dms_error *zone_last_serial(struct db *db, const char *name, uint32_t *serial);
/* Names (server_group.name) of every group whose servers hold the zone: primary, alternate; with
 * `with_master_and_replica` those too. talloc'ed array, NULL-terminated; `ids` may be NULL. */
dms_error *zone_groups(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
		       bool with_master_and_replica, const char ***names, int64_t **ids);
/* JSON shapes of spec/json-rpc.md 4.2 and 4.3 (new references). */
json_t *zone_to_brief_json(const struct zone *zone);
json_t *zone_to_json(const struct zone *zone);
