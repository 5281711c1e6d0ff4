/* Edit locks: who may replace the content of a zone now (spec/zone-data.md section 14).
 *
 * A lock is a row that says until when it holds, looked at whenever it matters: nothing has to
 * happen for it to end, so a client that dies leaves nothing behind. The token is random; the row
 * has its digest alone, so that neither a dump nor a reply gives it away. Zones without the flag
 * edit_lock are never locked.
 *
 * All but edit_lock_get are for holders of the zone's row lock. */
#pragma once

#include "model/zone.h"

struct edit_lock {
	const char *locked_by, *locked_at; /* "login/sectag"; times as in struct zone */
	const char *expires_at;            /* NULL: never, unless somebody ends it */
	int64_t left_ms;                   /* until then, rounded up; -1: never */
};

/* The lock that holds now, on `mem`; NULL when the zone is free. */
dms_error *edit_lock_get(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
			 struct edit_lock **lock);
/* Takes the lock of a free zone for `timeout_ms` (0: for ever). `*token` is on `mem`, and the only
 * copy. DMS_E_EDIT_LOCK says who has it; its holder gets no second one. */
dms_error *edit_lock_take(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
			  const char *locked_by, int64_t timeout_ms, char **token);
/* Whether whoever shows this token (NULL: none) may write. An error of code `code` has the data
 * name and is_locked, and, when somebody else holds the lock, locked_by, locked_at and
 * lock_expires_at. */
dms_error *edit_lock_check(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
			   const char *token, enum dms_err code);
/* The same for who needs no lock, but nobody else's either. */
dms_error *edit_lock_check_free(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
				enum dms_err code);
/* The holder is still there: the lock holds for another `timeout_ms`. DMS_E_TICKLE_EDIT_LOCK. */
dms_error *edit_lock_extend(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
			    const char *token, int64_t timeout_ms);
/* Whoever holds it, holds it no longer. */
dms_error *edit_lock_end(struct db *db, const struct zone *zone);
/* The same by somebody else's hand, of which its holder is told when he shows his token: broken_by
 * in the error's data. */
dms_error *edit_lock_break(struct db *db, const struct zone *zone, const char *broken_by);
/* lock_state, locked_by, locked_at, lock_expires_at into an object; `lock` NULL: free. */
void edit_lock_to_json(const struct edit_lock *lock, json_t *object);
