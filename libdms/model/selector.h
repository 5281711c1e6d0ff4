/* Which instance of a zone is meant: the selectors of spec/zone-data.md section 12.3.
 *
 * Times are the database's clock and time zone; sessions of this project run in UTC. */
#pragma once

#include "model/zone.h"

struct zi_clock {
	int year, month, day, hour, minute, second;
};

struct zi_selector {
	enum { ZI_PUBLISHED, ZI_ID, ZI_AGO, ZI_AT } base;
	int64_t id;     /* ZI_ID */
	double seconds; /* ZI_AGO */
	char at[80];    /* ZI_AT: "2026-05-03 13:45:00" */
	int64_t steps;  /* from there along the times of creation; negative: older */
};

/* Pure: `now` is what relative times count from. Blanks around are nothing. DMS_E_ZI_ID_SYNTAX and
 * its children (-100 to -107). */
dms_error *zi_selector_parse(const char *text, const struct zi_clock *now,
			     struct zi_selector *selector);
/* The forms that everyone may use: nothing, "^", "0", a number. */
bool zi_selector_is_plain(const char *text);
/* The instance that `text` (NULL: nothing given) means in `zone`. Other than plain forms need
 * `is_admin`, else they are what does not exist. A zone without a published instance stands for its
 * candidate. DMS_E_ZI_NOT_FOUND, DMS_E_ZONE_HAS_NO_ZI, and what zi_selector_parse gives. */
dms_error *zi_select(struct db *db, const struct zone *zone, const char *text, bool is_admin,
		     int64_t *zi_id);
