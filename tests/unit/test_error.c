/* rooms: dms_base */
#include <string.h>

#include "base/error.h"
#include "testing.h"

static dms_error *
fails(void)
{
	return dms_error_new(DMS_E_ZONE_NOT_FOUND, "zone '%s' not found", "x.net.");
}

static dms_error *
passes_on(void)
{
	TRY(fails());
	return NULL;
}

static dms_error *
cleans_up(int *cleaned)
{
	dms_error *error;

	TRY_GOTO(passes_on(), out);
out:
	++*cleaned;
	return error;
}

static const char *
data_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(json_object_get(object, "data"), key));
}

static void
an_error_keeps_where_it_came_from(void **state)
{
	int cleaned = 0;
	dms_error *error = cleans_up(&cleaned);

	assert_non_null(error);
	assert_int_equal(cleaned, 1);
	assert_int_equal(error->id, DMS_E_ZONE_NOT_FOUND);
	assert_false(error->is_transient);
	assert_int_equal(error->trace_count, 3);
	assert_true(error->trace[0].line < error->trace[1].line);
	dms_error_free(error);
}

static void
the_trace_has_an_end(void **state)
{
	dms_error *error = fails();

	for (int i = 0; i < 100; i++)
		assert_ptr_equal(dms_error_pass(error, "far.c", i), error);
	assert_int_equal(error->trace_count, DMS_ERROR_TRACE_MAX);
	dms_error_free(error);
}

static void
wrapping_puts_words_in_front(void **state)
{
	dms_error *error = dms_error_wrap(fails(), "server %d", 7);

	assert_string_equal(error->message, "server 7: zone 'x.net.' not found");
	dms_error_free(error);
	assert_null(dms_error_wrap(NULL, "nothing"));
	assert_null(dms_error_put_int(NULL, "key", 1));
	dms_error_free(NULL);
}

static void
the_reply_has_the_agreed_shape(void **state)
{
	dms_error *error = dms_error_put_str(fails(), "name", "x.net.");
	json_t *object = dms_error_to_json(error);

	assert_int_equal(json_integer_value(json_object_get(object, "code")), -28);
	assert_string_equal(json_string_value(json_object_get(object, "message")),
			    "zone 'x.net.' not found");
	assert_string_equal(data_text(object, "name"), "x.net.");
	assert_string_equal(data_text(object, "exception_message"),
			    "ZoneNotFound: zone 'x.net.' not found");
	assert_string_equal(data_text(object, "exception_type"),
			    "BaseJsonRpcError.DMSError.ZoneNotFound");
	json_decref(object);
	dms_error_free(error);
}

static void
families_show_in_the_type(void **state)
{
	static const struct {
		enum dms_err id;
		const char *type;
	} cases[] = {
	    {DMS_E_ZONE_CNAME_EXISTS, "BaseJsonRpcError.DMSError.ZoneError.ZoneCNAMEExists"},
	    {DMS_E_ZONE_NOT_FOUND_BY_ZONE_ID,
	     "BaseJsonRpcError.DMSError.ZoneNotFound.ZoneNotFoundByZoneId"},
	    {DMS_E_EDIT_LOCK, "BaseJsonRpcError.DMSError.ZoneSmFailure.EditLockFailure"},
	    {DMS_E_DYNDNS_CANT_READ_KEY,
	     "BaseJsonRpcError.DMSError.UpdateError.DynDNSUpdateError.DynDNSCantReadKeyError"},
	    {DMS_E_PARSE_ERROR, "BaseJsonRpcError.ParseErrorJsonRpcError"},
	    {DMS_E_INVALID_PARAMS, NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		dms_error *error = dms_error_new(cases[i].id, "so");
		json_t *object = dms_error_to_json(error);
		const char *type = data_text(object, "exception_type");
		if (cases[i].type == NULL)
			assert_null(type);
		else
			assert_string_equal(type, cases[i].type);
		json_decref(object);
		dms_error_free(error);
	}
}

static void
a_client_gets_back_what_was_sent(void **state)
{
	for (int id = DMS_OK + 1; id < DMS_E_COUNT; id++) {
		dms_error *sent = dms_error_put_int(
		    dms_error_new((enum dms_err)id, "number %d", id), "zi_id", 5000000000);
		json_t *object = dms_error_to_json(sent);
		dms_error *got = dms_error_from_json(object);
		assert_int_equal(got->id, id);
		assert_string_equal(got->message, sent->message);
		assert_true(json_equal(got->data, sent->data));
		dms_error_free(got);
		json_decref(object);
		dms_error_free(sent);
	}
}

static void
strange_replies_become_internal_errors(void **state)
{
	static const char *const replies[] = {
	    "{}",
	    "[1]",
	    "{\"code\":\"x\",\"message\":\"m\"}",
	    "{\"code\":-28}",
	    "{\"code\":-99999999999,\"message\":\"m\",\"data\":[]}",
	    "{\"code\":-999,\"message\":\"m\",\"data\":{\"exception_type\":5}}",
	};

	for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
		json_t *object = json_loads(replies[i], 0, NULL);
		assert_non_null(object);
		dms_error *error = dms_error_from_json(object);
		assert_int_equal(error->id, DMS_E_INTERNAL);
		dms_error_free(error);
		json_decref(object);
	}
}

static void
an_unknown_code_is_kept(void **state)
{
	json_t *object = json_pack("{s:i, s:s}", "code", -999, "message", "from tomorrow");
	dms_error *error = dms_error_from_json(object);

	assert_string_equal(error->message, "from tomorrow");
	assert_int_equal(json_integer_value(json_object_get(error->data, "code")), -999);
	dms_error_free(error);
	json_decref(object);
}

static void
shared_codes_are_told_apart_by_name(void **state)
{
	assert_int_equal(dms_err_by_code(-35, "UpdateZoneFailure"), DMS_E_UPDATE_ZONE);
	assert_int_equal(dms_err_by_code(-35, "TickleEditLockFailure"), DMS_E_TICKLE_EDIT_LOCK);
	assert_int_equal(dms_err_by_code(-28, NULL), DMS_E_ZONE_NOT_FOUND);
	assert_int_equal(dms_err_by_code(-17, NULL), DMS_OK);
}

static void
the_table_is_sound(void **state)
{
	for (int id = DMS_OK + 1; id < DMS_E_COUNT; id++) {
		const struct dms_err_info *info = dms_err_info((enum dms_err)id);
		assert_true(info->code < 0);
		assert_true(info->exit_status >= 64 && info->exit_status <= 78);
		assert_true(strlen(info->name) > 0 && strlen(info->meaning) > 0);
		for (int other = DMS_OK + 1; other < id; other++) {
			assert_string_not_equal(dms_err_info((enum dms_err)other)->name,
						info->name);
			if (info->code != -35)
				assert_int_not_equal(dms_err_info((enum dms_err)other)->code,
						     info->code);
		}
	}
	assert_ptr_equal(dms_err_info((enum dms_err)9999), dms_err_info(DMS_E_INTERNAL));
}

static void
bytes_that_are_not_utf8_do_not_lose_the_error(void **state)
{
	dms_error *error =
	    dms_error_new(DMS_E_FORMAT, "label 'a\xFF\xC0\xAF\xED\xA0\x80z' is strange");
	dms_error_put_str(error, "name", "\x80x");
	json_t *object = dms_error_to_json(error);

	assert_string_equal(json_string_value(json_object_get(object, "message")),
			    "label 'a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
			    "\xEF\xBF\xBDz' is strange");
	assert_string_equal(data_text(object, "name"), "\xEF\xBF\xBDx");
	json_decref(object);
	dms_error_free(error);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_error_keeps_where_it_came_from),
	    cmocka_unit_test(the_trace_has_an_end),
	    cmocka_unit_test(wrapping_puts_words_in_front),
	    cmocka_unit_test(the_reply_has_the_agreed_shape),
	    cmocka_unit_test(families_show_in_the_type),
	    cmocka_unit_test(a_client_gets_back_what_was_sent),
	    cmocka_unit_test(strange_replies_become_internal_errors),
	    cmocka_unit_test(an_unknown_code_is_kept),
	    cmocka_unit_test(shared_codes_are_told_apart_by_name),
	    cmocka_unit_test(the_table_is_sound),
	    cmocka_unit_test(bytes_that_are_not_utf8_do_not_lose_the_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
