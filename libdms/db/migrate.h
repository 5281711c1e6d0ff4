/* Numbered migrations, compiled in from db/migrations/NNNN_name.sql, each applied once, in order,
 * in a transaction of its own, under an advisory lock so that two callers at once do it once. */
#pragma once

#include "db/db.h"

struct migration {
	int version;      /* 1 for 0001_schema.sql */
	const char *name; /* "schema" */
	const char *sql;
};

extern const struct migration migrations[]; /* ascending; ends with version 0; generated */

/* Brings the schema up to date; `*applied` counts what was done now. A recorded migration whose
 * text has changed since is DMS_E_SCHEMA, as is a database newer than this program. */
dms_error *migrate(struct db *db, int *applied);
/* The same, calling `tell` (may be NULL) after each migration that was committed now. */
dms_error *migrate_telling(struct db *db, int *applied,
			   void (*tell)(void *arg, const struct migration *migration), void *arg);
/* Success when the schema is exactly this program's; else DMS_E_SCHEMA naming both versions
 * (transient when the database is older: somebody may be migrating). */
dms_error *migrate_check(struct db *db);
/* What migrate_check compares. A recorded migration whose text has changed since is DMS_E_SCHEMA.
 */
dms_error *migrate_versions(struct db *db, int *database, int *program);
