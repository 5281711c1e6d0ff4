/* rooms: dms_model */
/* Edit locks: who gets one, who may write under it, how it ends by itself. */
#include <stdlib.h>
#include <string.h>

#include "model/edit_lock.h"
#include "test_model_scratch.h"
#include "testing.h"

#define HOUR_MS 3600000

static struct zone *
new_lock_zone(struct scratch *scratch, const char *name)
{
	struct zone *zone = new_zone(scratch, name, false);

	zone->edit_lock = true;
	return zone;
}

static void
expire(struct scratch *scratch, const struct zone *zone)
{
	ok(db_exec(scratch->db,
		   "UPDATE edit_lock SET expires_at = clock_timestamp() - interval '1 ms' "
		   "WHERE zone_id = $1",
		   P_INT(zone->id)));
}

static const char *
text_of(const dms_error *error, const char *key)
{
	return json_string_value(json_object_get(error->data, key));
}

static void
test_the_holder_alone_may_write(void **state)
{
	struct scratch *scratch = need_scratch(state);
	char *token = NULL, *second = NULL;

	ok(db_begin(scratch->db));
	struct zone *zone = new_lock_zone(scratch, "locked.example.");
	ok(edit_lock_take(scratch->db, scratch, zone, "op1@host/Admin", HOUR_MS, &token));
	assert_true(strlen(token) >= 32);
	ok(edit_lock_check(scratch->db, scratch, zone, token, DMS_E_UPDATE_ZONE));

	dms_error *refusal =
	    edit_lock_take(scratch->db, scratch, zone, "op1@host/Admin", HOUR_MS, &second);
	assert_int_equal(refusal->id, DMS_E_EDIT_LOCK);
	assert_string_equal(text_of(refusal, "locked_by"), "op1@host/Admin");
	assert_non_null(text_of(refusal, "locked_at"));
	assert_non_null(text_of(refusal, "lock_expires_at"));
	assert_null(strstr(refusal->message, token));
	dms_error_free(refusal);

	expect_error(edit_lock_check(scratch->db, scratch, zone, NULL, DMS_E_UPDATE_ZONE),
		     DMS_E_UPDATE_ZONE);
	token[0] = token[0] == '0' ? '1' : '0';
	expect_error(edit_lock_check(scratch->db, scratch, zone, token, DMS_E_CANCEL_EDIT_LOCK),
		     DMS_E_CANCEL_EDIT_LOCK);
	expect_error(edit_lock_check_free(scratch->db, scratch, zone, DMS_E_ZONE_BEING_CREATED),
		     DMS_E_ZONE_BEING_CREATED);
	db_rollback(scratch->db);
}

static void
test_the_token_is_not_in_the_database(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db_result *result;
	char *token = NULL, *other = NULL;

	ok(db_begin(scratch->db));
	struct zone *zone = new_lock_zone(scratch, "secret.example.");
	ok(edit_lock_take(scratch->db, scratch, zone, "a@b/Admin", HOUR_MS, &token));
	ok(db_query(scratch->db, scratch, &result,
		    "SELECT l::text LIKE '%' || $2 || '%' OR token_hash = convert_to($2, 'UTF8') "
		    "AS is_there FROM edit_lock l WHERE zone_id = $1",
		    P_INT(zone->id), P_TEXT(token)));
	assert_false(db_bool(result, 0, "is_there"));
	ok(edit_lock_end(scratch->db, zone));
	ok(edit_lock_take(scratch->db, scratch, zone, "a@b/Admin", HOUR_MS, &other));
	assert_string_not_equal(token, other);
	expect_error(edit_lock_check(scratch->db, scratch, zone, token, DMS_E_UPDATE_ZONE),
		     DMS_E_UPDATE_ZONE);
	db_rollback(scratch->db);
}

static void
test_an_expired_lock_is_none(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct edit_lock *lock;
	char *token = NULL, *next = NULL;

	ok(db_begin(scratch->db));
	struct zone *zone = new_lock_zone(scratch, "expired.example.");
	ok(edit_lock_take(scratch->db, scratch, zone, "a@b/Admin", HOUR_MS, &token));
	ok(edit_lock_get(scratch->db, scratch, zone, &lock));
	assert_in_range(lock->left_ms, HOUR_MS - 60000, HOUR_MS);
	expire(scratch, zone);
	ok(edit_lock_get(scratch->db, scratch, zone, &lock));
	assert_null(lock);

	dms_error *refusal = edit_lock_check(scratch->db, scratch, zone, token, DMS_E_UPDATE_ZONE);
	assert_true(json_is_false(json_object_get(refusal->data, "is_locked")));
	dms_error_free(refusal);
	/* too late to go on: it would come alive again */
	expect_error(edit_lock_extend(scratch->db, scratch, zone, token, HOUR_MS),
		     DMS_E_TICKLE_EDIT_LOCK);
	ok(edit_lock_check_free(scratch->db, scratch, zone, DMS_E_UPDATE_ZONE));
	ok(edit_lock_take(scratch->db, scratch, zone, "c@d/Admin", HOUR_MS, &next));
	/* the former holder cannot touch the new lock */
	expect_error(edit_lock_extend(scratch->db, scratch, zone, token, HOUR_MS),
		     DMS_E_TICKLE_EDIT_LOCK);
	ok(edit_lock_get(scratch->db, scratch, zone, &lock));
	assert_string_equal(lock->locked_by, "c@d/Admin");
	db_rollback(scratch->db);
}

static void
test_a_broken_lock_names_who_broke_it(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct edit_lock *lock;
	char *token = NULL, *next = NULL;

	ok(db_begin(scratch->db));
	struct zone *zone = new_lock_zone(scratch, "broken.example.");
	ok(edit_lock_take(scratch->db, scratch, zone, "a@b/Admin", 0, &token));
	ok(edit_lock_break(scratch->db, zone, "chief@b/Admin"));
	ok(edit_lock_get(scratch->db, scratch, zone, &lock));
	assert_null(lock);
	dms_error *refusal = edit_lock_check(scratch->db, scratch, zone, token, DMS_E_UPDATE_ZONE);
	assert_string_equal(text_of(refusal, "broken_by"), "chief@b/Admin");
	dms_error_free(refusal);
	refusal = edit_lock_check(scratch->db, scratch, zone, "another", DMS_E_UPDATE_ZONE);
	assert_null(text_of(refusal, "broken_by"));
	dms_error_free(refusal);
	/* the next one is whole again */
	ok(edit_lock_take(scratch->db, scratch, zone, "c@d/Admin", 0, &next));
	ok(edit_lock_check(scratch->db, scratch, zone, next, DMS_E_UPDATE_ZONE));
	expire(scratch, zone);
	refusal = edit_lock_check(scratch->db, scratch, zone, next, DMS_E_UPDATE_ZONE);
	assert_null(text_of(refusal, "broken_by"));
	dms_error_free(refusal);
	db_rollback(scratch->db);
}

static void
test_a_sign_of_the_holder_extends_it(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct edit_lock *lock;
	char *token = NULL;

	ok(db_begin(scratch->db));
	struct zone *zone = new_lock_zone(scratch, "long.example.");
	ok(edit_lock_take(scratch->db, scratch, zone, "a@b/Admin", HOUR_MS, &token));
	ok(edit_lock_extend(scratch->db, scratch, zone, token, 5 * HOUR_MS));
	ok(edit_lock_get(scratch->db, scratch, zone, &lock));
	assert_true(lock->left_ms > 4 * HOUR_MS);
	/* 0: for ever */
	ok(edit_lock_extend(scratch->db, scratch, zone, token, 0));
	ok(edit_lock_get(scratch->db, scratch, zone, &lock));
	assert_int_equal(lock->left_ms, -1);
	assert_null(lock->expires_at);
	db_rollback(scratch->db);
}

static void
test_a_zone_without_the_flag_is_never_locked(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct edit_lock *lock;
	char *token = NULL;

	ok(db_begin(scratch->db));
	struct zone *zone = new_lock_zone(scratch, "free.example.");
	ok(edit_lock_take(scratch->db, scratch, zone, "a@b/Admin", 0, &token));
	zone->edit_lock = false;
	ok(edit_lock_get(scratch->db, scratch, zone, &lock));
	assert_null(lock);
	ok(edit_lock_check(scratch->db, scratch, zone, NULL, DMS_E_UPDATE_ZONE));
	ok(edit_lock_check_free(scratch->db, scratch, zone, DMS_E_UPDATE_ZONE));
	db_rollback(scratch->db);
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, open_scratch, close_scratch)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_SCRATCH(test_the_holder_alone_may_write),
	    IN_SCRATCH(test_the_token_is_not_in_the_database),
	    IN_SCRATCH(test_an_expired_lock_is_none),
	    IN_SCRATCH(test_a_broken_lock_names_who_broke_it),
	    IN_SCRATCH(test_a_sign_of_the_holder_extends_it),
	    IN_SCRATCH(test_a_zone_without_the_flag_is_never_locked),
	};

	return cmocka_run_group_tests(tests, make_schema, drop_database);
}
