/* The columns of struct zone, for every query that reads zones. */
#pragma once

#include "model/shape.h"
#include "model/zone.h"

#define ZONE_POINTERS                                                           \
	"z.zi_id, z.zi_candidate_id, z.publishing_zi_id, z.publishing_change, " \
	"z.published_change, z.publishing_serial, z.soa_serial, "
#define ZONE_TIMES                           \
	UTC_COLUMN("z.", "published_at")     \
	UTC_COLUMN("z.", "in_sync_at")       \
	UTC_COLUMN("z.", "last_error_since") \
	UTC_COLUMN("z.", "deleted_start")    \
	UTC_COLUMN("z.", "ctime")            \
	UTC_COLUMN("z.", "mtime")            \
	UTC_MICROSECONDS("z.published_at") " AS published_us, "
#define ZONE_FLAGS                                                                      \
	"z.is_in_sync, z.is_on_master, z.is_listed, z.is_alt_listed, z.alt_sg_leaves, " \
	"z.is_nuked, z.use_apex_ns, z.edit_lock, z.auto_dnssec, z.nsec3, z.inc_updates, "
#define ZONE_NAMES                                                                        \
	"z.sg_id, z.alt_sg_id, sg.name::text AS sg_name, alt.name::text AS alt_sg_name, " \
	"ref.name AS reference, z.last_error "
#define ZONE_TABLES                                            \
	"FROM zone z JOIN server_group sg ON sg.id = z.sg_id " \
	"LEFT JOIN server_group alt ON alt.id = z.alt_sg_id "  \
	"LEFT JOIN reference ref ON ref.id = z.ref_id "
#define ZONE_SELECT                                                                          \
	"SELECT z.id, z.name, z.zone_type, z.state, z.sm_version, " ZONE_POINTERS ZONE_TIMES \
	    ZONE_FLAGS ZONE_NAMES ZONE_TABLES

/* One row of a ZONE_SELECT; texts live as long as `result`. */
void zone_from_row(const struct db_result *result, int row, struct zone *zone);

/* A network as PostgreSQL takes it, with any mask: "10.2.3.4/25", "2001:db8::/32"; short IPv4 forms
 * are filled with zeros. On `mem`; NULL when the text is nothing of the kind. */
char *network_text(TALLOC_CTX *mem, const char *text);
