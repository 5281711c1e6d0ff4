/* Changes: who did what. A change id is given to every changing call and travels with its events,
 * facts, messages and log lines. */
#pragma once

#include "db/db.h"

struct change {
	const char *access_point; /* "admin_dms"; "system" */
	const char *method;
	const char *actor;      /* "op1@host/Admin" */
	const char *source;     /* NULL: unknown */
	const char *request_id; /* NULL: none */
};
/* In the open transaction. */
dms_error *change_begin(struct db *db, const struct change *change, int64_t *change_id);
/* What it was about; `before` and `after` (borrowed, may be NULL) are kept as JSON. */
dms_error *change_describe(struct db *db, int64_t change_id, const char *object_kind,
			   const char *object_name, const json_t *before, const json_t *after);
