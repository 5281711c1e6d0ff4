/* rooms: dms_dns dms_base */
/* The control channel against a real named. The units under test belong to a program and are
 * compiled in. */

#include "agent_named.h"
#include "server-agent/bind9/ccmsg.c"
#include "server-agent/bind9/control.c"
#include "server-agent/bind9/keyfile.c"
#include "testing.h"

static struct test_named named;
static char address[32];
static char key_file[256];

static int
start(void **state)
{
	named_configure(&named, "\tallow-new-zones yes;\n\trecursion no;\n\tdnssec-validation no;",
			"");
	snprintf(address, sizeof(address), "127.0.0.1:%d", named.control_port);
	snprintf(key_file, sizeof(key_file), "%s/rndc.key", named.dir);
	char path[256];
	snprintf(path, sizeof(path), "%s/one.zone", named.dir);
	write_file(path, "$TTL 60\n@ SOA ns.test. h.test. 7 60 60 60 60\n@ NS ns.test.\n");
	named_start(&named);
	return 0;
}

static int
stop(void **state)
{
	named_stop(&named);
	remove_tree(named.dir);
	return 0;
}

static struct control *
open_control(TALLOC_CTX *mem)
{
	struct control *control;
	ok(control_new(mem, address, key_file, 5000, &control));
	return control;
}

static void
status_comes_over_one_connection(void **state)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct control *control = open_control(mem);
	struct control_answer answer;
	for (int i = 0; i < 20; i++) {
		ok(control_ask(control, mem, "status", &answer));
		assert_int_equal(answer.result, 0);
		assert_non_null(strstr(answer.text, "number of zones:"));
	}
	assert_int_equal(control_connections(control), 1);
	talloc_free(mem);
}

static void
zones_come_and_go(void **state)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct control *control = open_control(mem);
	struct control_answer answer;
	const char *add =
	    "addzone \"0/25.2.0.192.in-addr.arpa\" { type primary; file \"one.zone\"; };";
	ok(control_do(control, mem, add));
	ok(control_ask(control, mem, add, &answer));
	assert_string_equal(answer.error, "already exists");
	ok(control_ask(control, mem, "zonestatus \"0/25.2.0.192.in-addr.arpa\"", &answer));
	assert_non_null(strstr(answer.text, "serial: 7\n"));
	ok(control_do(control, mem, "delzone \"0/25.2.0.192.in-addr.arpa\""));
	ok(control_ask(control, mem, "delzone \"0/25.2.0.192.in-addr.arpa\"", &answer));
	assert_string_equal(answer.error, "not found");
	expect_error(
	    control_do(control, mem, "addzone \"bad.test\" { type primary; file \"no\"; };"),
	    DMS_E_CONTROL);
	talloc_free(mem);
}

static void
long_commands_pass(void **state)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct control *control = open_control(mem);
	char *command =
	    talloc_strdup(mem, "addzone \"long.test\" { type primary; file \"one.zone\"; "
			       "allow-transfer { ");
	for (int i = 0; i < 100; i++)
		command = talloc_asprintf_append(command, "key \"a-name-of-a-group-%d.\"; ", i);
	ok(control_do(control, mem, talloc_asprintf(mem, "%s }; };", command)));
	ok(control_do(control, mem, "delzone \"long.test\""));
	talloc_free(mem);
}

static void
a_wrong_key_is_said(void **state)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	char path[256];
	snprintf(path, sizeof(path), "%s/wrong.key", named.dir);
	write_file(
	    path,
	    "key \"rndc-key\" { algorithm hmac-sha256; secret \"bm90IHRoZSBzZWNyZXQ=\"; };\n");
	struct control *control;
	ok(control_new(mem, address, path, 2000, &control));
	dms_error *error = control_do(control, mem, "status");
	assert_non_null(error);
	assert_non_null(strstr(error->message, path));
	dms_error_free(error);
	talloc_free(mem);
}

static void
a_restart_of_named_is_survived(void **state)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct control *control = open_control(mem);
	ok(control_do(control, mem, "status"));
	named_stop(&named);
	expect_error(control_do(control, mem, "status"), DMS_E_DNS_UNREACHABLE);
	named_start(&named);
	ok(control_do(control, mem, "status"));
	assert_int_equal(control_connections(control), 2);
	talloc_free(mem);
}

static void
key_files_are_read_with_care(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"/* nothing */", "no key clause"},
	    {"key", "no name"},
	    {"key a", "needs \"{\""},
	    {"key a { algorithm hmac-sha256;", "no end"},
	    {"key a { algorithm hmac-sha256; };", "lacks"},
	    {"key a { algorithm x; secret \"#\"; };", "not base64"},
	    {"key a { \n\nzone b; };", "line 3"},
	};
	TALLOC_CTX *mem = talloc_new(NULL);
	char path[256];
	struct control_key *key;
	snprintf(path, sizeof(path), "%s/some.key", named.dir);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_file(path, "%s", cases[i].text);
		dms_error *error = control_key_read(mem, path, &key);
		assert_non_null(error);
		assert_int_equal(error->id, DMS_E_CONFIG);
		if (strstr(error->message, cases[i].says) == NULL)
			fail_msg("%s: %s", cases[i].text, error->message);
		dms_error_free(error);
	}
	talloc_free(mem);
}

/* Every shortening and every flipped octet of a signed answer is refused, and none reads too far.
 */
static void
damaged_answers_are_refused(void **state)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct control_key key = {"k", "hmac-sha512", (const uint8_t *)"secret", 6};
	struct ccmsg_request request = {1, 1000, 1060, "nonce", "status"};
	struct ccmsg_reply reply;
	uint8_t *message;
	size_t size;
	ok(ccmsg_encode(mem, &key, &request, &message, &size));
	ok(ccmsg_decode(mem, &key, message + 4, size - 4, &reply));
	for (size_t cut = 0; cut < size - 4; cut++) {
		uint8_t *copy = talloc_memdup(mem, message + 4, cut);
		dms_error *error = ccmsg_decode(mem, &key, copy, cut, &reply);
		assert_non_null(error);
		dms_error_free(error);
	}
	for (size_t at = 4; at < size; at++) {
		message[at] ^= 0x55;
		dms_error *error = ccmsg_decode(mem, &key, message + 4, size - 4, &reply);
		assert_non_null(error);
		dms_error_free(error);
		message[at] ^= 0x55;
	}
	talloc_free(mem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(status_comes_over_one_connection),
	    cmocka_unit_test(zones_come_and_go),
	    cmocka_unit_test(long_commands_pass),
	    cmocka_unit_test(a_wrong_key_is_said),
	    cmocka_unit_test(a_restart_of_named_is_survived),
	    cmocka_unit_test(key_files_are_read_with_care),
	    cmocka_unit_test(damaged_answers_are_refused),
	};
	return cmocka_run_group_tests_name("control", tests, start, stop);
}
