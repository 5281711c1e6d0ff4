/* One row for each locked zone; an expired one is as good as none. */
#include "model/edit_lock.h"

#include <string.h>

#include "base/secret.h"
#include "model/shape.h"

#define TOKEN_BYTES  20
#define DIGEST_BYTES 32

#define LOCK_TIMES                     \
	UTC_COLUMN("l.", "locked_at")  \
	UTC_COLUMN("l.", "expires_at") \
	"ceil(extract(epoch FROM l.expires_at - clock_timestamp()) * 1000)::bigint AS left_ms, "
#define LOCK_SELECT                                                                             \
	"SELECT " LOCK_TIMES "l.locked_by, l.token_hash, l.broken_by, "                         \
	"l.expires_at IS NULL OR l.expires_at > clock_timestamp() AS is_live FROM edit_lock l " \
	"WHERE l.zone_id = $1"

/* A lock with what only this file may know. */
struct held {
	struct edit_lock lock;
	bool is_live; /* else it is kept to tell its holder what became of it */
	const char *broken_by;
	uint8_t digest[DIGEST_BYTES];
};

/* The last lock, live or not; `*held` NULL: there is none. */
static dms_error *
load(struct db *db, TALLOC_CTX *mem, const struct zone *zone, struct held **held)
{
	struct db_result *result = NULL;
	size_t size = 0;
	*held = NULL;
	if (!zone->edit_lock)
		return NULL;
	TRY(db_query(db, mem, &result, LOCK_SELECT, P_INT(zone->id)));
	if (db_rows(result) == 0)
		return NULL;
	*held = talloc_zero(mem, struct held);
	(*held)->lock = (struct edit_lock){
	    .locked_by = db_text(result, 0, "locked_by"),
	    .locked_at = db_text(result, 0, "locked_at"),
	    .expires_at = db_text(result, 0, "expires_at"),
	    .left_ms = db_is_null(result, 0, "left_ms") ? -1 : db_int(result, 0, "left_ms"),
	};
	(*held)->is_live = db_bool(result, 0, "is_live");
	(*held)->broken_by = db_text(result, 0, "broken_by");
	const uint8_t *digest = db_bytes(result, 0, "token_hash", &size);
	if (size == DIGEST_BYTES)
		memcpy((*held)->digest, digest, DIGEST_BYTES);
	return NULL;
}

static bool
is_token_of(const struct held *held, const char *token)
{
	uint8_t digest[DIGEST_BYTES];
	if (token == NULL)
		return false;
	sha256(token, strlen(token), digest);
	return secret_equal(digest, held->digest, DIGEST_BYTES);
}

/* Somebody holds it: who, since when, and until when. */
static dms_error *
refuse_locked(const struct zone *zone, const struct edit_lock *lock, enum dms_err code)
{
	dms_error *error =
	    lock->expires_at == NULL
		? dms_error_new(code, "zone %s is locked by %s since %s", zone->name,
				lock->locked_by, lock->locked_at)
		: dms_error_new(
		      code,
		      "zone %s is locked by %s since %s; the lock ends at %s unless it is "
		      "extended",
		      zone->name, lock->locked_by, lock->locked_at, lock->expires_at);
	dms_error_put_str(error, "name", zone->name);
	dms_error_put(error, "is_locked", json_true());
	dms_error_put_str(error, "locked_by", lock->locked_by);
	dms_error_put_str(error, "locked_at", lock->locked_at);
	return dms_error_put(error, "lock_expires_at", shape_text(lock->expires_at));
}

/* Nobody holds it: whoever did is told why not any more. */
static dms_error *
refuse_free(const struct zone *zone, const struct held *last, const char *token, enum dms_err code)
{
	bool was_his = last != NULL && is_token_of(last, token);
	dms_error *error;
	if (token == NULL)
		error = dms_error_new(code, "zone %s is edited under a lock: edit_zone takes it",
				      zone->name);
	else if (was_his && last->broken_by != NULL)
		error = dms_error_put_str(
		    dms_error_new(code, "the edit lock of zone %s was ended by %s at %s",
				  zone->name, last->broken_by, last->lock.expires_at),
		    "broken_by", last->broken_by);
	else if (was_his)
		error = dms_error_new(code, "the edit lock of zone %s has expired at %s",
				      zone->name, last->lock.expires_at);
	else
		error = dms_error_new(code, "the edit lock of zone %s has ended", zone->name);
	dms_error_put_str(error, "name", zone->name);
	return dms_error_put(error, "is_locked", json_false());
}

dms_error *
edit_lock_get(struct db *db, TALLOC_CTX *mem, const struct zone *zone, struct edit_lock **lock)
{
	struct held *held = NULL;
	TRY(load(db, mem, zone, &held));
	*lock = held == NULL || !held->is_live ? NULL : &held->lock;
	return NULL;
}

dms_error *
edit_lock_take(struct db *db, TALLOC_CTX *mem, const struct zone *zone, const char *locked_by,
	       int64_t timeout_ms, char **token)
{
	uint8_t digest[DIGEST_BYTES];
	TRY(edit_lock_check_free(db, mem, zone, DMS_E_EDIT_LOCK));
	*token = random_hex(mem, TOKEN_BYTES);
	sha256(*token, strlen(*token), digest);
	return db_exec(
	    db,
	    "INSERT INTO edit_lock (zone_id, token_hash, locked_by, locked_at, expires_at) "
	    "VALUES ($1, $2, $3, clock_timestamp(), clock_timestamp() + $4 * interval '1 ms') "
	    "ON CONFLICT (zone_id) DO UPDATE SET token_hash = EXCLUDED.token_hash, "
	    "locked_by = EXCLUDED.locked_by, locked_at = EXCLUDED.locked_at, "
	    "expires_at = EXCLUDED.expires_at, broken_by = NULL",
	    P_INT(zone->id), P_BYTES(digest, sizeof(digest)), P_TEXT(locked_by), P_ID(timeout_ms));
}

dms_error *
edit_lock_check(struct db *db, TALLOC_CTX *mem, const struct zone *zone, const char *token,
		enum dms_err code)
{
	struct held *held = NULL;
	if (!zone->edit_lock)
		return NULL;
	TRY(load(db, mem, zone, &held));
	if (held == NULL || !held->is_live)
		return refuse_free(zone, held, token, code);
	return is_token_of(held, token) ? NULL : refuse_locked(zone, &held->lock, code);
}

dms_error *
edit_lock_check_free(struct db *db, TALLOC_CTX *mem, const struct zone *zone, enum dms_err code)
{
	struct held *held = NULL;
	TRY(load(db, mem, zone, &held));
	return held == NULL || !held->is_live ? NULL : refuse_locked(zone, &held->lock, code);
}

dms_error *
edit_lock_extend(struct db *db, TALLOC_CTX *mem, const struct zone *zone, const char *token,
		 int64_t timeout_ms)
{
	TRY(edit_lock_check(db, mem, zone, token, DMS_E_TICKLE_EDIT_LOCK));
	return db_exec(db,
		       "UPDATE edit_lock SET expires_at = clock_timestamp() + $2 * interval '1 ms' "
		       "WHERE zone_id = $1",
		       P_INT(zone->id), P_ID(timeout_ms));
}

dms_error *
edit_lock_end(struct db *db, const struct zone *zone)
{
	return db_exec(db, "DELETE FROM edit_lock WHERE zone_id = $1", P_INT(zone->id));
}

dms_error *
edit_lock_break(struct db *db, const struct zone *zone, const char *broken_by)
{
	return db_exec(db,
		       "UPDATE edit_lock SET expires_at = clock_timestamp(), broken_by = $2 "
		       "WHERE zone_id = $1",
		       P_INT(zone->id), P_TEXT(broken_by));
}

void
edit_lock_to_json(const struct edit_lock *lock, json_t *object)
{
	json_object_set_new(object, "lock_state",
			    json_string(lock != NULL ? "EDIT_LOCK" : "EDIT_UNLOCK"));
	json_object_set_new(object, "locked_by", shape_text(lock != NULL ? lock->locked_by : NULL));
	json_object_set_new(object, "locked_at", shape_text(lock != NULL ? lock->locked_at : NULL));
	json_object_set_new(object, "lock_expires_at",
			    shape_text(lock != NULL ? lock->expires_at : NULL));
}
