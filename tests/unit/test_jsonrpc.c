/* rooms: dms_base */
/* The JSON-RPC envelope (spec/json-rpc.md 1.2 to 1.5, RFC 8259) and what hostile callers put in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testing.h"

#include "rpc-gateway/jsonrpc.c"

/* The request's fate as one reply text: every good call is answered with its own method name. */
static char *
talk_bytes(const char *text, size_t size)
{
	struct jsonrpc_request *request;
	dms_error *error = jsonrpc_parse(NULL, text, size, 5, &request);
	if (error != NULL) {
		char *failure = jsonrpc_failure_text(error);
		dms_error_free(error);
		return failure;
	}
	for (size_t i = 0; i < request->count; i++) {
		struct jsonrpc_call *call = &request->calls[i];
		json_t *result = call->error == NULL ? json_string(call->method) : NULL;
		jsonrpc_answer(request, call, result, call->error);
	}
	char *reply = jsonrpc_text(request);
	talloc_free(request);
	return reply;
}

static json_t *
talk(const char *text)
{
	char *reply = talk_bytes(text, strlen(text));
	if (reply == NULL)
		return NULL;
	json_t *value = json_loads(reply, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(value);
	free(reply);
	return value;
}

static int
code_of(const json_t *reply)
{
	assert_true(json_is_object(reply));
	assert_string_equal(json_string_value(json_object_get(reply, "jsonrpc")), "2.0");
	const json_t *error = json_object_get(reply, "error");
	if (error == NULL)
		return 0;
	assert_null(json_object_get(reply, "result"));
	assert_true(json_is_string(json_object_get(error, "message")));
	return (int)json_integer_value(json_object_get(error, "code"));
}

static const struct {
	int code;
	const char *id; /* as JSON */
	const char *text;
} singles[] = {
    {0, "1", "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":1}"},
    {0, "0", "{\"method\":\"a\",\"id\":0}"},
    {0, "\"\"", "{\"jsonrpc\":null,\"method\":\"a.b_c\",\"id\":\"\",\"params\":null}"},
    {0, "null", "{\"jsonrpc\":\"\",\"method\":\"9\",\"id\":null,\"params\":[]}"},
    {0, "\"\u00e9\u2603\"",
     " {\"jsonrpc\":\"1.2\",\"method\":\"a\",\"id\":\"\u00e9\u2603\",\"params\":{}} "},
    {0, "-9223372036854775808", "{\"method\":\"a\",\"id\":-9223372036854775808}"},
    {-32600, "1", "{\"jsonrpc\":\"3.0\",\"method\":\"a\",\"id\":1}"},
    {-32600, "1", "{\"jsonrpc\":2.0,\"method\":\"a\",\"id\":1}"},
    {-32600, "1", "{\"jsonrpc\":false,\"method\":\"a\",\"id\":1}"},
    {-32600, "1", "{\"jsonrpc\":\"2.0\",\"id\":1}"},
    {-32600, "1", "{\"method\":1,\"id\":1}"},
    {-32600, "1", "{\"method\":\"\",\"id\":1}"},
    {-32600, "1", "{\"method\":\"_hidden\",\"id\":1}"},
    {-32600, "1", "{\"method\":\"a-b\",\"id\":1}"},
    {-32600, "1", "{\"method\":\"a\u00e9\",\"id\":1}"},
    {-32600, "1", "{\"method\":\"a\",\"id\":1,\"params\":1}"},
    {-32600, "1", "{\"method\":\"a\",\"id\":1,\"params\":\"\"}"},
    {-32600, "1", "{\"method\":\"a\",\"id\":1,\"params\":false}"},
    {-32600, "1", "{\"method\":\"a\",\"id\":1,\"extra\":1}"},
    {-32600, "null", "{\"method\":\"a\",\"id\":1.0}"},
    {-32600, "null", "{\"method\":\"a\",\"id\":true}"},
    {-32600, "null", "{\"method\":\"a\",\"id\":[1]}"},
    {-32600, "null", "{\"method\":\"a\",\"id\":{}}"},
    {-32600, "null", "{}"},
    {-32600, "null", "[]"},
    {-32600, "null", "1"},
    {-32600, "null", "\"a\""},
    {-32600, "null", "null"},
    {-32600, "null", "[1,2,3,4,5,6]"},
    {-32700, "null", ""},
    {-32700, "null", "{"},
    {-32700, "null", "{\"method\":\"a\",\"id\":1} x"},
    {-32700, "null", "{\"method\":\"a\",\"id\":1,}"},
    {-32700, "null", "{'method':'a','id':1}"},
    {-32700, "null", "{\"method\":\"a\",\"method\":\"b\",\"id\":1}"},
    {-32700, "null", "{\"method\":\"a\",\"id\":1,\"params\":{\"x\":1,\"x\":2}}"},
    {-32700, "null", "{\"method\":\"a\",\"id\":99999999999999999999}"},
    {-32700, "null", "{\"method\":\"a\",\"id\":1,\"params\":[1e999]}"},
    {-32700, "null", "{\"method\":\"a\",\"id\":1,\"params\":[NaN]}"},
    {-32700, "null", "{\"method\":\"a\",\"id\":1,\"params\":[01]}"},
    {-32700, "null", "{\"method\":\"a\\u0000b\",\"id\":1}"},
    {-32700, "null", "{\"method\":\"a\",\"id\":\"\\ud800\"}"},
    {-32700, "null", "{\"method\":\"a\",\"id\":\"\xff\"}"},
    {-32700, "null", "{\"method\":\"a\",\"id\":\"\xc3\"}"},
    {-32700, "null", "{\"method\":\"a\",\"id\":\"\xc0\xaf\"}"},
    {-32700, "null", "{\"method\":\"a\",\"id\":\"\xed\xa0\x80\"}"},
    {-32700, "null", "{\"method\":\"a\",\"id\":\"\x01\"}"},
    {-32700, "null", "\xef\xbb\xbf{\"method\":\"a\",\"id\":1}"},
};

static void
a_single_request_gets_its_reply(void **state)
{
	for (size_t i = 0; i < sizeof singles / sizeof *singles; i++) {
		json_t *reply = talk(singles[i].text);
		json_t *id = json_loads(singles[i].id, JSON_DECODE_ANY, NULL);
		assert_non_null(id);
		if (code_of(reply) != singles[i].code ||
		    !json_equal(json_object_get(reply, "id"), id))
			fail_msg("%s -> %s", singles[i].text, json_dumps(reply, 0));
		json_decref(id);
		json_decref(reply);
	}
}

static void
a_notification_gets_no_reply(void **state)
{
	assert_null(talk("{\"jsonrpc\":\"2.0\",\"method\":\"a\"}"));
	assert_null(talk("[{\"method\":\"a\"},{\"method\":\"b\"}]"));
	json_t *wrong = talk("{\"method\":1}");
	assert_int_equal(code_of(wrong), -32600);
	json_decref(wrong);
}

static void
each_call_of_a_batch_stands_alone_and_in_order(void **state)
{
	json_t *reply = talk("[{\"method\":\"a\",\"id\":2},7,{\"method\":\"n\"},"
			     "{\"method\":\"_\",\"id\":\"x\"},{\"method\":\"b\",\"id\":1}]");
	assert_int_equal(json_array_size(reply), 4);
	assert_int_equal(code_of(json_array_get(reply, 0)), 0);
	assert_int_equal(code_of(json_array_get(reply, 1)), -32600);
	assert_true(json_is_null(json_object_get(json_array_get(reply, 1), "id")));
	assert_int_equal(code_of(json_array_get(reply, 2)), -32600);
	assert_string_equal(json_string_value(json_object_get(json_array_get(reply, 2), "id")),
			    "x");
	assert_string_equal(json_string_value(json_object_get(json_array_get(reply, 3), "result")),
			    "b");
	json_decref(reply);
	reply = talk("[{\"method\":\"a\",\"id\":1}]");
	assert_true(json_is_array(reply));
	json_decref(reply);
}

static json_t *
nested(size_t depth, char open, char close)
{
	char *text = malloc(depth * 2 + 64);
	size_t at = (size_t)sprintf(text, "{\"method\":\"a\",\"id\":1,\"params\":");
	memset(text + at, open, depth);
	memset(text + at + depth, close, depth);
	strcpy(text + at + 2 * depth, "}");
	json_t *reply = talk(text);
	free(text);
	return reply;
}

static void
depth_is_bounded_and_brackets_in_strings_do_not_count(void **state)
{
	json_t *reply = nested(JSONRPC_DEPTH_MAX - 1, '[', ']');
	assert_int_equal(code_of(reply), 0);
	json_decref(reply);
	reply = nested(JSONRPC_DEPTH_MAX, '[', ']');
	assert_int_equal(code_of(reply), -32600);
	json_decref(reply);
	reply = nested(1000000, '[', ']');
	assert_int_equal(code_of(reply), -32600);
	json_decref(reply);
	char text[512] = "{\"method\":\"a\",\"id\":1,\"params\":[\"\\\"";
	memset(text + strlen(text), '[', 200);
	strcat(text, "\"]}");
	reply = talk(text);
	assert_int_equal(code_of(reply), 0);
	json_decref(reply);
}

static void
a_raw_nul_is_not_json(void **state)
{
	static const char text[] = "{\"method\":\"a\0b\",\"id\":1}";
	char *reply = talk_bytes(text, sizeof text - 1);
	assert_non_null(strstr(reply, "-32700"));
	free(reply);
}

static void
replies_are_ascii_whatever_came(void **state)
{
	static const char text[] = "{\"method\":\"a\",\"id\":\"m\u0101ori \U0001f600\"}";
	char *reply = talk_bytes(text, sizeof text - 1);
	for (const char *c = reply; *c != '\0'; c++)
		assert_in_range(*c, 0x20, 0x7e);
	assert_non_null(strstr(reply, "m\\u0101ori \\uD83D\\uDE00"));
	free(reply);
}

static void
every_cut_of_a_good_request_is_refused(void **state)
{
	static const char text[] =
	    "[{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":\"\\u00e9\u00e9\","
	    "\"params\":{\"x\":[1,-2.5e3,true,null,\"y\"]}}]";
	for (size_t size = 0; size < sizeof text - 1; size++) {
		char *reply = talk_bytes(text, size);
		assert_non_null(strstr(reply, "-32700"));
		free(reply);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_single_request_gets_its_reply),
	    cmocka_unit_test(a_notification_gets_no_reply),
	    cmocka_unit_test(each_call_of_a_batch_stands_alone_and_in_order),
	    cmocka_unit_test(depth_is_bounded_and_brackets_in_strings_do_not_count),
	    cmocka_unit_test(a_raw_nul_is_not_json),
	    cmocka_unit_test(replies_are_ascii_whatever_came),
	    cmocka_unit_test(every_cut_of_a_good_request_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
