/* rooms: dms_rpc dms_base */
/* The method table and the checks of parameters. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc/access.h"
#include "testing.h"

/* Every type, as no real method has. */
static const struct rpc_method probe = {
    .name = "probe",
    .access = RPC_ADMIN,
    .params = {{"zone", RPC_ZONE, true, ""},
	       {"login_id", RPC_LOGIN, true, ""},
	       {"text", RPC_STRING, false, ""},
	       {"number", RPC_INTEGER, false, ""},
	       {"flag", RPC_BOOLEAN, false, ""},
	       {"thing", RPC_OBJECT, false, ""},
	       {"list", RPC_STRINGS, false, ""},
	       {"address", RPC_ADDRESS, false, ""},
	       {"ttl", RPC_TTL, false, ""}},
};

static void
the_table_is_sound(void **state)
{
	for (int i = 0; i < RPC_METHOD_COUNT; i++) {
		const struct rpc_method *method = &rpc_methods[i];
		assert_non_null(method->name);
		assert_true(method->access != 0 && strlen(method->help) > 0);
		int count = 0;
		for (; method->params[count].name != NULL; count++)
			for (int j = 0; j < count; j++)
				assert_string_not_equal(method->params[count].name,
							method->params[j].name);
		assert_true(count < RPC_PARAMS_MAX);
		for (int j = 0; j < i; j++)
			assert_string_not_equal(method->name, rpc_methods[j].name);
	}
}

static void
a_method_is_found_only_at_its_access_points(void **state)
{
	assert_int_equal(rpc_method_find("list_zone", RPC_LIST_ZONE), RPC_METHOD_list_zone);
	assert_int_equal(rpc_method_find("list_zone", RPC_ADMIN), RPC_METHOD_list_zone);
	assert_int_equal(rpc_method_find("create_zone", RPC_ADMIN), RPC_METHOD_create_zone);
	assert_int_equal(rpc_method_find("create_zone", RPC_LIST_ZONE), -1);
	assert_int_equal(rpc_method_find("create_zone", 0), -1);
	assert_int_equal(rpc_method_find("Create_zone", RPC_ADMIN), -1);
	assert_int_equal(rpc_method_find("", RPC_ADMIN), -1);
}

static void
access_points_are_named_by_path_and_token(void **state)
{
	assert_int_equal(rpc_access_by_path("/admin_dms"), RPC_ADMIN);
	assert_int_equal(rpc_access_by_path("admin_dms"), RPC_ADMIN);
	assert_int_equal(rpc_access_by_path("/admin_dms/x/y?z"), RPC_ADMIN);
	assert_int_equal(rpc_access_by_path("/list_zone?x"), RPC_LIST_ZONE);
	assert_int_equal(rpc_access_by_path("/admin_dmsx"), 0);
	assert_int_equal(rpc_access_by_path("/admin"), 0);
	assert_int_equal(rpc_access_by_path("//admin_dms"), 0);
	assert_int_equal(rpc_access_by_path("/"), 0);
	assert_int_equal(rpc_access_by_path(""), 0);
	assert_int_equal(rpc_access_by_bus("admin"), RPC_ADMIN);
	assert_int_equal(rpc_access_by_bus("value_reseller"), RPC_VALUE_RESELLER);
	assert_int_equal(rpc_access_by_bus("admin_dms"), 0);
	unsigned all = 0;
	for (int i = 0; i < RPC_ACCESS_POINT_COUNT; i++)
		all |= rpc_access_points[i].bit;
	assert_int_equal(all, RPC_LIST_ZONE | RPC_ADMIN | RPC_HELPDESK | RPC_VALUE_RESELLER |
				  RPC_HOSTED);
}

#define GOOD "\"zone\":\"a.\",\"login_id\":\"u@h\""

static const struct {
	enum dms_err id;
	const char *params, *says;
} cases[] = {
    {DMS_OK, "{" GOOD "}", NULL},
    {DMS_OK, "{" GOOD ",\"text\":\"\",\"number\":-5,\"flag\":false,\"thing\":{},\"list\":[\"\"]}",
     NULL},
    {DMS_OK, "{" GOOD ",\"text\":null,\"number\":null,\"list\":null,\"ttl\":null}", NULL},
    {DMS_OK, "{" GOOD ",\"address\":\"2001:db8::1\",\"ttl\":\"1w2d3h4m5s\"}", NULL},
    {DMS_OK, "{" GOOD ",\"address\":\"192.0.2.1\",\"ttl\":\"2147483647\"}", NULL},
    {DMS_OK, "{" GOOD ",\"ttl\":\"1H30M\"}", NULL},
    {DMS_E_INVALID_PARAMS, "[]", "probe: params must be an object, not an array"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"more\":1}", "probe: there is no parameter 'more'"},
    {DMS_E_INVALID_PARAMS, "{\"login_id\":\"u\"}",
     "probe: parameter 'zone' is missing: it must be a zone name, address or network that is not "
     "empty"},
    {DMS_E_INVALID_PARAMS, "{\"zone\":null,\"login_id\":\"u\"}",
     "probe: parameter 'zone' must be a zone name, address or network that is not empty, not null"},
    {DMS_E_INVALID_PARAMS, "{\"zone\":\"\",\"login_id\":\"u\"}", "not empty, not ''"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"text\":1}",
     "probe: parameter 'text' must be a string, not an integer"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"number\":1.0}",
     "probe: parameter 'number' must be an integer, not a number with a fraction"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"number\":\"1\"}", "not a string"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"flag\":\"true\"}",
     "probe: parameter 'flag' must be true or false, not a string"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"flag\":0}", "not an integer"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"thing\":[]}", "must be an object, not an array"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"list\":\"a\"}",
     "must be an array of strings, not a string"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"list\":[\"a\",null]}", "element 1: "},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"address\":\"192.0.2.256\"}",
     "must be an IPv4 or IPv6 address, not '192.0.2.256'"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"address\":\"192.0.2.0/24\"}", "address"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"address\":\"fe80::1%lo\"}", "address"},
    {DMS_OK, "{" GOOD ",\"ttl\":0}", NULL},
    {DMS_OK, "{" GOOD ",\"ttl\":2147483647}", NULL},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"ttl\":2147483648}", "TTL"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"ttl\":-1}", "TTL"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"ttl\":1.5}", "TTL"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"ttl\":\"\"}", "TTL"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"ttl\":\"h\"}", "TTL"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"ttl\":\"1x\"}", "TTL"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"ttl\":\"-1\"}", "TTL"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"ttl\":\"2147483648\"}", "TTL"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"ttl\":\"3551w\"}", "TTL"},
    {DMS_E_INVALID_PARAMS, "{" GOOD ",\"ttl\":\"99999999999999999999999999\"}", "TTL"},
    {DMS_E_LOGIN_ID_INVALID, "{\"zone\":\"a.\"}", "login_id is missing"},
    {DMS_E_LOGIN_ID_INVALID, "{\"zone\":\"a.\",\"login_id\":null}", "login_id is missing"},
    {DMS_E_LOGIN_ID_INVALID, "{\"zone\":\"a.\",\"login_id\":\"\"}", "is empty"},
    {DMS_E_LOGIN_ID_INVALID, "{\"zone\":\"a.\",\"login_id\":5}", "not a string"},
    {DMS_E_LOGIN_ID_FORMAT, "{\"zone\":\"a.\",\"login_id\":\"@u\"}", "begin"},
    {DMS_E_LOGIN_ID_FORMAT, "{\"zone\":\"a.\",\"login_id\":\"u/h\"}", "may only have"},
    {DMS_E_LOGIN_ID_FORMAT, "{\"zone\":\"a.\",\"login_id\":\"u\\n\"}", "may only have"},
    {DMS_E_LOGIN_ID_FORMAT, "{\"zone\":\"a.\",\"login_id\":\"\u00e9\"}", "begin"},
};

static void
parameters_are_checked_and_the_error_says_what_was_wrong(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		json_t *params = json_loads(cases[i].params, 0, NULL);
		assert_non_null(params);
		dms_error *error = rpc_params_check(&probe, params);
		enum dms_err id = error != NULL ? error->id : DMS_OK;
		if (id != cases[i].id ||
		    (id != DMS_OK && strstr(error->message, cases[i].says) == NULL))
			fail_msg("%s -> %s", cases[i].params,
				 error != NULL ? error->message : "fine");
		dms_error_free(error);
		json_decref(params);
	}
}

static void
the_login_id_has_512_characters_at_most(void **state)
{
	char text[514];
	memset(text, 'a', sizeof text);
	for (int length = 512; length <= 513; length++) {
		json_t *params = json_pack("{s:s,s:s#}", "zone", "a.", "login_id", text, length);
		dms_error *error = rpc_params_check(&probe, params);
		assert_int_equal(error != NULL ? error->id : DMS_OK,
				 length == 512 ? DMS_OK : DMS_E_LOGIN_ID_INVALID);
		dms_error_free(error);
		json_decref(params);
	}
}

static void
positional_parameters_take_the_names_of_the_table(void **state)
{
	json_t *named, *given = json_pack("[sss]", "a.", "u", "t");
	assert_null(rpc_params_named(&probe, given, &named));
	assert_string_equal(json_string_value(json_object_get(named, "zone")), "a.");
	assert_string_equal(json_string_value(json_object_get(named, "login_id")), "u");
	assert_string_equal(json_string_value(json_object_get(named, "text")), "t");
	assert_int_equal(json_object_size(named), 3);
	json_decref(named);
	for (int i = 0; i < 7; i++)
		json_array_append_new(given, json_null());
	dms_error *error = rpc_params_named(&probe, given, &named);
	assert_int_equal(error->id, DMS_E_INVALID_PARAMS);
	dms_error_free(error);
	json_decref(given);
	assert_null(rpc_params_named(&probe, NULL, &named));
	assert_int_equal(json_object_size(named), 0);
	json_decref(named);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_table_is_sound),
	    cmocka_unit_test(a_method_is_found_only_at_its_access_points),
	    cmocka_unit_test(access_points_are_named_by_path_and_token),
	    cmocka_unit_test(parameters_are_checked_and_the_error_says_what_was_wrong),
	    cmocka_unit_test(the_login_id_has_512_characters_at_most),
	    cmocka_unit_test(positional_parameters_take_the_names_of_the_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
