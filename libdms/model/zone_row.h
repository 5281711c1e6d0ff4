/* The columns of struct zone, for every query that reads zones. */
#pragma once

#include "model/shape.h"
#include "model/zone.h"

#define ZONE_SELECT                                                                                                                    \
	"SELECT z.id, z.name, z.zone_type, z.state, z.sm_version, z.zi_id, z.zi_candidate_id, "                                        \
	"z.publishing_zi_id, z.publishing_change, z.published_change, z.publishing_serial, "                                           \
	"z.soa_serial, " UTC_TEXT("z.published_at") " AS published_at, " UTC_TEXT("z.in_sync_at") " AS in_sync_at, " UTC_MICROSECONDS( \
	    "z.published_at") " AS "                                                                                                   \
			      "published_us, z.is_in_sync, z.is_on_master, z.use_apex_ns, "                                            \
			      "z.edit_lock, z.auto_dnssec, "                                                                           \
			      "z.nsec3, z.inc_updates, z.sg_id, z.alt_sg_id, sg.name::text AS "                                        \
			      "sg_name, "                                                                                              \
			      "alt.name::text AS alt_sg_name, ref.name AS reference, "                                                 \
			      "z.last_error, " UTC_TEXT(                                                                               \
				  "z.last_error_since") " AS "                                                                         \
							"last_error_since,"                                                            \
							" " UTC_TEXT("z.deleted_"                                                      \
								     "start") " AS "                                                   \
									      "delet"                                                  \
									      "ed_"                                                    \
									      "start"                                                  \
									      ","                                                      \
									      " " UTC_TEXT("z."                                        \
											   "ctim"                                      \
											   "e") " AS ctime, " UTC_TEXT(                \
										  "z"                                                  \
										  "."                                                  \
										  "m"                                                  \
										  "t"                                                  \
										  "i"                                                  \
										  "m"                                                  \
										  "e") " AS "                                          \
										       "mtime "                                        \
										       "FROM "                                         \
										       "zone z "                                       \
										       "JOIN "                                         \
										       "server_"                                       \
										       "group sg "                                     \
										       "ON sg.id "                                     \
										       "= "                                            \
										       "z.sg_id "                                      \
										       "LEFT "                                         \
										       "JOIN "                                         \
										       "server_"                                       \
										       "group "                                        \
										       "alt ON "                                       \
										       "alt.id = "                                     \
										       "z.alt_sg_"                                     \
										       "id "                                           \
										       "LEFT "                                         \
										       "JOIN "                                         \
										       "reference"                                     \
										       " ref ON "                                      \
										       "ref.id = "                                     \
										       "z.ref_id "

/* One row of a ZONE_SELECT; texts live as long as `result`. */
void zone_from_row(const struct db_result *result, int row, struct zone *zone);

/* A network as PostgreSQL takes it, with any mask: "10.2.3.4/25", "2001:db8::/32"; short IPv4 forms
 * are filled with zeros. On `mem`; NULL when the text is nothing of the kind. */
char *network_text(TALLOC_CTX *mem, const char *text);
