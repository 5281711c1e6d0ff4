/* rooms: dms_model dms_db dms_dns dms_base */
/* ZI data: the JSON form of a zone's content. No database. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/instance.h"
#include "testing.h"

#define ZONE "example.org."

struct parsed {
	json_t *json;
	struct zone_text *text;
	struct findings *findings;
	dms_error *error;
};

static struct parsed *
parse(TALLOC_CTX *mem, const char *json)
{
	struct parsed *parsed = talloc_zero(mem, struct parsed);
	json_error_t wrong;

	parsed->json = json_loads(json, 0, &wrong);
	if (parsed->json == NULL)
		fail_msg("%s: %s", json, wrong.text);
	parsed->findings = talloc_zero(parsed, struct findings);
	parsed->error = zi_data_parse(parsed, ZONE, parsed->json, &parsed->text, parsed->findings);
	return parsed;
}

static void
end(struct parsed *parsed)
{
	json_decref(parsed->json);
	dms_error_free(parsed->error);
	talloc_free(parsed);
}

static void
good_data_become_records(void **state)
{
	struct parsed *good = parse(
	    NULL,
	    "{\"zone_ttl\": \"1d\", \"soa_minimum\": 600, \"soa_rname\": \"a\\\\.b.example.net.\","
	    " \"soa_mname\": \"NS1\", \"soa_serial\": 7,"
	    " \"rr_groups\": [{\"comment\": \"Web\", \"rrs\": ["
	    "  {\"label\": \"WWW\", \"type\": \"a\", \"rdata\": \"192.0.2.1\", \"ttl\": \"10m\"},"
	    "  {\"label\": \"www.example.org.\", \"type\": \"AAAA\", \"rdata\": \"2001:DB8::1\","
	    "   \"class\": \"in\", \"track_reverse\": true, \"force_reverse\": true}]},"
	    " {\"rrs\": [{\"label\": \"\", \"type\": \"MX\", \"rdata\": \"10 Mail\", \"disable\": "
	    "true,"
	    "   \"comment\": \"c\", \"reference\": \"R1\", \"lock_ptr\": true}]}]}");
	if (good->error != NULL)
		fail_msg("%s", good->error->message);
	assert_int_equal(good->findings->count, 0);
	struct zone_text *text = good->text;
	assert_int_equal(text->zone_ttl, 86400);
	assert_true(text->has_soa);
	assert_string_equal(text->soa.mname, "ns1.example.org.");
	assert_string_equal(text->soa.rname, "a\\.b.example.net.");
	assert_int_equal(text->soa.minimum, 600);
	assert_true(text->soa.refresh == SOA_FIELD_MISSING);
	assert_int_equal(text->soa.serial, 7);
	assert_int_equal(text->record_count, 3);
	assert_string_equal(text->records[0].label, "www");
	assert_int_equal(text->records[0].ttl, 600);
	assert_int_equal(text->records[0].group, 0);
	assert_string_equal(text->records[1].label, "www");
	assert_true(text->records[1].tracks_reverse && text->records[1].forces_reverse);
	assert_string_equal(text->records[2].label, "@");
	assert_int_equal(text->records[2].group, -1);
	assert_true(text->records[2].is_disabled && text->records[2].has_lock_ptr);
	assert_string_equal(text->records[2].reference, "R1");
	end(good);
}

static void
nothing_given_is_left_to_the_configuration(void **state)
{
	struct parsed *bare =
	    parse(NULL, "{\"rr_groups\": [], \"soa_mname\": null, \"soa_retry\": \"\"}");
	assert_null(bare->error);
	assert_false(bare->text->has_soa);
	assert_int_equal(bare->text->zone_ttl, -1);
	assert_int_equal(bare->text->record_count, 0);
	end(bare);
}

static void
wrong_fields_are_refused(void **state)
{
	static const struct {
		const char *json;
		enum dms_err error;
	} cases[] = {
	    {"{}", DMS_E_INVALID_PARAMS},
	    {"{\"rr_groups\": {}}", DMS_E_INVALID_PARAMS},
	    {"{\"rr_groups\": [7]}", DMS_E_INVALID_PARAMS},
	    {"{\"rr_groups\": [{}]}", DMS_E_INVALID_PARAMS},
	    {"{\"rr_groups\": [{\"rrs\": [], \"comment\": 7}]}", DMS_E_INVALID_PARAMS},
	    {"{\"rr_groups\": [{\"rrs\": [], \"comment\": \"a\\u007f\"}]}", DMS_E_INVALID_PARAMS},
	    {"{\"rr_groups\": [{\"rrs\": [], \"comment\": \"a\\rb\"}]}", DMS_E_INVALID_PARAMS},
	    {"{\"rr_groups\": [], \"surprise\": 1}", DMS_E_INVALID_PARAMS},
	    {"{\"rr_groups\": [], \"soa_mname\": \"-x-\"}", DMS_E_HOSTNAME_ZI_PARSE},
	    {"{\"rr_groups\": [], \"soa_mname\": 7}", DMS_E_HOSTNAME_ZI_PARSE},
	    {"{\"rr_groups\": [], \"soa_rname\": \"a..b\"}", DMS_E_HOSTNAME_ZI_PARSE},
	    {"{\"rr_groups\": [], \"soa_retry\": \"1q\"}", DMS_E_TTL_ZI_PARSE},
	    {"{\"rr_groups\": [], \"soa_retry\": -1}", DMS_E_TTL_ZI_PARSE},
	    {"{\"rr_groups\": [], \"zone_ttl\": \"2147483648\"}", DMS_E_TTL_ZI_PARSE},
	    {"{\"rr_groups\": [], \"zone_ttl\": true}", DMS_E_TTL_ZI_PARSE},
	    {"{\"rr_groups\": [], \"soa_serial\": \"7\"}", DMS_E_SOA_SERIAL_TYPE},
	    {"{\"rr_groups\": [], \"soa_serial\": 4294967296}", DMS_E_SOA_SERIAL_RANGE},
	    {"{\"rr_groups\": [], \"soa_serial\": -1}", DMS_E_SOA_SERIAL_RANGE},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct parsed *bad = parse(NULL, cases[i].json);
		if (bad->error == NULL)
			fail_msg("%s was taken", cases[i].json);
		if (bad->error->id != cases[i].error)
			fail_msg("%s: %s", cases[i].json, bad->error->message);
		end(bad);
	}
}

static void
wrong_records_are_found_one_by_one(void **state)
{
	static const struct {
		const char *rr;
		enum dms_err error;
	} cases[] = {
	    {"7", DMS_E_RDATA_PARSE},
	    {"{\"type\": \"A\", \"rdata\": \"192.0.2.1\"}", DMS_E_RDATA_PARSE},
	    {"{\"label\": \"a\", \"rdata\": \"192.0.2.1\"}", DMS_E_RR_NO_TYPE_GIVEN},
	    {"{\"label\": \"a\", \"type\": \"NOPE\", \"rdata\": \"x\"}", DMS_E_UNHANDLED_TYPE},
	    {"{\"label\": \"a\", \"type\": \"ANY\", \"rdata\": \"x\"}", DMS_E_UNHANDLED_TYPE},
	    {"{\"label\": \"a\", \"type\": \"RRSIG\", \"rdata\": \"x\"}", DMS_E_UNHANDLED_TYPE},
	    {"{\"label\": \"a\", \"type\": \"A\", \"rdata\": \"192.0.2.1\", \"reference\": \"-x\"}",
	     DMS_E_REFERENCE_FORMAT},
	    {"{\"label\": \"a\", \"type\": \"A\", \"class\": \"CH\", \"rdata\": \"192.0.2.1\"}",
	     DMS_E_UNHANDLED_CLASS},
	    {"{\"label\": \"badexample.org.\", \"type\": \"A\", \"rdata\": \"192.0.2.1\"}",
	     DMS_E_LABEL_NOT_IN_DOMAIN},
	    {"{\"label\": \"a\", \"type\": \"A\", \"rdata\": \"192.0.2\"}", DMS_E_RDATA_PARSE},
	    {"{\"label\": \"a\", \"type\": \"A\"}", DMS_E_RDATA_PARSE},
	    {"{\"label\": \"a\", \"type\": \"A\", \"rdata\": null}", DMS_E_RDATA_PARSE},
	    {"{\"label\": \"a\", \"type\": \"A\", \"rdata\": \"192.0.2.1\", \"ttl\": \"1y\"}",
	     DMS_E_RDATA_PARSE},
	    {"{\"label\": \"a\", \"type\": \"A\", \"rdata\": \"192.0.2.1\", \"disable\": "
	     "\"false\"}",
	     DMS_E_RDATA_PARSE},
	    {"{\"label\": \"a\", \"type\": \"A\", \"rdata\": \"192.0.2.1\", \"ref_id\": 1}",
	     DMS_E_RDATA_PARSE},
	    {"{\"label\": \"a\", \"type\": \"A\", \"rdata\": \"192.0.2.1\", \"update_op\": "
	     "\"ADD\"}",
	     DMS_E_INVALID_UPDATE_OPERATION},
	    {"{\"label\": \"a\", \"type\": \"A\", \"rdata\": \"192.0.2.1\", \"comment\": "
	     "\"\\u0001\"}",
	     DMS_E_RDATA_PARSE},
	    {"{\"label\": \"a\", \"type\": \"SOA\", \"rdata\": \"a. b. 1 2 3 4 5\"}",
	     DMS_E_ZONE_SOA_RECORD_NOT_AT_APEX},
	};
	enum { COUNT = sizeof cases / sizeof cases[0] };
	char *json = talloc_strdup(NULL, "{\"rr_groups\": [{\"rrs\": [");
	for (size_t i = 0; i < COUNT; i++)
		json = talloc_asprintf_append(json, "%s%s", i > 0 ? "]}, {\"rrs\": [" : "",
					      cases[i].rr);
	json = talloc_strdup_append(json, "]}]}");
	struct parsed *bad = parse(NULL, json);
	assert_null(bad->error);
	assert_int_equal(bad->findings->error_count, COUNT);
	assert_int_equal(bad->text->record_count, 0);
	for (size_t i = 0; i < COUNT; i++) {
		if (bad->findings->items[i].id != cases[i].error)
			fail_msg("%s: %s", cases[i].rr, bad->findings->items[i].message);
		assert_int_equal(bad->findings->items[i].line, i + 1);
	}
	talloc_free(json);
	end(bad);
}

static void
places_are_named_by_index(void **state)
{
	struct parsed *bad =
	    parse(NULL, "{\"rr_groups\": [{\"rrs\": []}, {\"rrs\": ["
			"{\"label\": \"a\", \"type\": \"A\", \"rdata\": \"192.0.2.1\"},"
			"{\"label\": \"b\", \"type\": \"A\", \"rdata\": \"wrong\"}]},"
			"{\"rrs\": [{\"label\": \"c\", \"type\": \"A\", \"rdata\": \"worse\"}]}]}");
	assert_int_equal(bad->findings->error_count, 2);
	dms_error *error = zi_data_error(bad->findings, ZONE, bad->json);
	assert_int_equal(error->id, DMS_E_RDATA_PARSE);
	assert_int_equal(json_integer_value(json_object_get(error->data, "rr_groups_index")), 1);
	assert_int_equal(json_integer_value(json_object_get(error->data, "rrs_index")), 1);
	assert_null(json_object_get(error->data, "lineno"));
	json_t *second = json_array_get(json_object_get(error->data, "findings"), 1);
	assert_int_equal(json_integer_value(json_object_get(second, "rr_groups_index")), 2);
	assert_int_equal(json_integer_value(json_object_get(second, "rrs_index")), 0);
	assert_null(json_object_get(second, "line"));
	dms_error_free(error);
	end(bad);
}

static void
more_findings_than_fit_are_counted(void **state)
{
	char *json = talloc_strdup(NULL, "{\"rr_groups\": [{\"rrs\": [0");
	for (int i = 0; i < 150; i++)
		json = talloc_strdup_append(json, ", 0");
	json = talloc_strdup_append(json, "]}]}");
	struct parsed *bad = parse(NULL, json);
	assert_int_equal(bad->findings->count, ZONE_TEXT_FINDINGS_MAX);
	assert_int_equal(bad->findings->error_count, 151);
	assert_int_equal(bad->findings->dropped, 51);
	talloc_free(json);
	end(bad);
}

/* What we show can be given back as it is. */
static void
our_own_json_is_taken_back(void **state)
{
	struct parsed *first = parse(
	    NULL, "{\"zone_ttl\": \"300\", \"soa_mname\": \"ns1\", \"soa_rname\": \"host\","
		  " \"soa_refresh\": 1, \"soa_retry\": 2, \"soa_expire\": 3, \"soa_minimum\": 4,"
		  " \"rr_groups\": [{\"comment\": \"G\\r\\nH\", \"tag\": \"T\", \"rrs\": ["
		  "{\"label\": \"a\", \"type\": \"TXT\", \"rdata\": \"\\\"x y\\\" z\","
		  " \"comment\": \"why\"}]}, {\"tag\": \"APEX_RRS\", \"rrs\": ["
		  "{\"label\": \"@\", \"type\": \"TXT\", \"rdata\": \"apex\"}]}, {\"rrs\": ["
		  "{\"label\": \"@\", \"type\": \"MX\", \"rdata\": \"10 mail.example.org.\"}]}]}");
	assert_null(first->error);
	struct zone zone = {.id = 7, .name = ZONE};
	struct instance instance = {.id = 9,
				    .zone_id = 7,
				    .change_id = 3,
				    .ctime = "2026-01-02 03:04:05.000000+00:00",
				    .change_by = "op@host/Admin",
				    .soa = first->text->soa,
				    .soa_ttl = -1,
				    .zone_ttl = 300};
	instance.soa.serial = 2026010200;
	json_t *shown = zi_to_json(&zone, &instance, first->text, NULL);
	json_t *rr = json_array_get(
	    json_object_get(json_array_get(json_object_get(shown, "rr_groups"), 2), "rrs"), 0);
	assert_string_equal(json_string_value(json_object_get(rr, "rdata")), "10 mail");
	assert_string_equal(json_string_value(json_object_get(shown, "soa_retry")), "2");
	assert_true(json_is_null(json_object_get(shown, "ptime")));
	char *text = json_dumps(shown, 0);
	struct parsed *again = parse(NULL, text);
	if (again->error != NULL)
		fail_msg("%s", again->error->message);
	assert_int_equal(again->findings->count, 0);
	assert_int_equal(again->text->record_count, 3);
	assert_int_equal(again->text->group_count, 2);
	assert_null(again->text->groups[1].comment);
	assert_string_equal(again->text->groups[1].tag, "APEX_RRS");
	assert_string_equal(again->text->groups[0].comment, "G\nH");
	assert_string_equal(again->text->records[0].comment, "why");
	assert_memory_equal(again->text->records[2].rdata, first->text->records[2].rdata,
			    first->text->records[2].rdata_size);
	free(text);
	json_decref(shown);
	end(again);
	end(first);
}

/* Names with A-labels come in both forms; texts that only look like names do not. */
static void
letters_are_shown_and_given_back(void **state)
{
	struct parsed *first = parse(
	    NULL, "{\"zone_ttl\": 300, \"rr_groups\": [{\"rrs\": ["
		  "{\"label\": \"b\303\274cher\", \"type\": \"MX\","
		  " \"rdata\": \"10 caf\303\251.example.net.\"},"
		  "{\"label\": \"plain\", \"type\": \"TXT\", \"rdata\": \"xn--caf-dma.a\"}]}]}");
	assert_int_equal(first->findings->count, 0);
	struct zone zone = {.id = 7, .name = ZONE};
	struct instance instance = {.id = 9,
				    .ctime = "2026-01-02 03:04:05+00:00",
				    .change_by = "op@host/Admin",
				    .soa = {"ns.", "h."}};
	json_t *shown = zi_to_json(&zone, &instance, first->text, NULL);
	json_t *rrs =
	    json_object_get(json_array_get(json_object_get(shown, "rr_groups"), 0), "rrs");
	json_t *mx = json_array_get(rrs, 0), *txt = json_array_get(rrs, 1);
	assert_string_equal(json_string_value(json_object_get(mx, "label")), "xn--bcher-kva");
	assert_string_equal(json_string_value(json_object_get(mx, "label_u")), "b\303\274cher");
	assert_string_equal(json_string_value(json_object_get(mx, "rdata")),
			    "10 xn--caf-dma.example.net.");
	assert_string_equal(json_string_value(json_object_get(mx, "rdata_u")),
			    "10 caf\303\251.example.net.");
	assert_null(json_object_get(txt, "label_u"));
	assert_null(json_object_get(txt, "rdata_u"));
	char *listed = json_dumps(rrs, 0);
	char *text = talloc_asprintf(NULL, "{\"rr_groups\": [{\"rrs\": %s}]}", listed);
	free(listed);
	struct parsed *again = parse(NULL, text);
	assert_int_equal(again->findings->count, 0);
	assert_int_equal(again->text->record_count, 2);
	talloc_free(text);
	json_decref(shown);
	end(again);
	end(first);
}

/* Words without quotes are doubtful in JSON just as they are in zone text. */
static void
bare_words_are_doubtful_either_way(void **state)
{
	static const struct {
		const char *rdata;
		bool is_doubtful;
	} cases[] = {
	    {"v=spf1 -all", true}, {"\"v=spf1 -all\"", false}, {"word", false},
	    {" word ", false},     {"\"a b\" \"c\"", false},   {"\"a b\" c", true},
	    {"a\\ b", false},      {"\"a\\\" b\"", false},     {"\\# 2 01 61", false},
	    {"a\tb", true},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		TALLOC_CTX *mem = talloc_new(NULL);
		struct findings *findings = talloc_zero(mem, struct findings);
		struct zone_text *text;
		char *input = talloc_asprintf(mem, "a TXT %s\n", cases[i].rdata);
		json_t *rr = json_pack("{s:s,s:s,s:s}", "label", "a", "type", "TXT", "rdata",
				       cases[i].rdata);
		json_t *zi_data = json_pack("{s:[{s:[o]}]}", "rr_groups", "rrs", rr);
		char *json = json_dumps(zi_data, 0);
		struct parsed *parsed = parse(mem, json);

		zone_text_read(mem, ZONE, input, strlen(input), &text, findings);
		assert_int_equal(findings->count, cases[i].is_doubtful);
		if (parsed->findings->count != findings->count)
			fail_msg("%s: %zu", cases[i].rdata, parsed->findings->count);
		assert_int_equal(parsed->findings->error_count, 0);
		if (cases[i].is_doubtful)
			assert_string_equal(parsed->findings->items[0].message,
					    findings->items[0].message);
		free(json);
		json_decref(zi_data);
		end(parsed);
		talloc_free(mem);
	}
}

/* What is wrong with record `type` of zone text, and of JSON; NULL: nothing. */
static const char *
refusal_of_text(TALLOC_CTX *mem, const char *type)
{
	struct findings *findings = talloc_zero(mem, struct findings);
	char *input = talloc_asprintf(mem, "a %s \\# 0\n", type);
	struct zone_text *text;

	zone_text_read(mem, ZONE, input, strlen(input), &text, findings);
	for (size_t i = 0; i < findings->count; i++)
		if (findings->items[i].id == DMS_E_UNHANDLED_TYPE)
			return findings->items[i].message;
	return NULL;
}

static const char *
refusal_of_json(TALLOC_CTX *mem, const char *type)
{
	struct parsed *parsed =
	    parse(mem, talloc_asprintf(mem,
				       "{\"rr_groups\": [{\"rrs\": [{\"label\": \"a\", \"type\": "
				       "\"%s\", \"rdata\": \"\\\\# 0\"}]}]}",
				       type));
	const char *message = NULL;

	for (size_t i = 0; i < parsed->findings->count; i++)
		if (parsed->findings->items[i].id == DMS_E_UNHANDLED_TYPE)
			message = parsed->findings->items[i].message;
	json_decref(parsed->json);
	return message;
}

/* Every type: either both doors take it, or both refuse it with the reason of the one table. */
static void
a_refused_type_has_one_reason(void **state)
{
	static const char *const others[] = {"TYPE65534", "TYPE200", "TYPE65535", "NOSUCH"};
	enum { OTHERS = sizeof others / sizeof others[0] };
	size_t count;
	const struct rr_type_info *table = rr_type_table(&count);
	int refused = 0;

	for (size_t i = 0; i < count + OTHERS; i++) {
		TALLOC_CTX *mem = talloc_new(NULL);
		const char *type = i < count ? table[i].name : others[i - count];
		const char *reason = rr_type_refusal(type, rr_type_parse(type));
		const char *of_text = refusal_of_text(mem, type);
		const char *of_json = refusal_of_json(mem, type);
		if (reason == NULL) {
			assert_null(of_text);
			assert_null(of_json);
		} else {
			refused++;
			assert_non_null(of_text);
			assert_non_null(of_json);
			assert_string_equal(of_text, of_json);
			if (strstr(of_text, reason) == NULL || strstr(of_text, type) == NULL)
				fail_msg("%s: %s", type, of_text);
		}
		talloc_free(mem);
	}
	assert_true(refused > 15 + OTHERS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_data_become_records),
	    cmocka_unit_test(nothing_given_is_left_to_the_configuration),
	    cmocka_unit_test(wrong_fields_are_refused),
	    cmocka_unit_test(wrong_records_are_found_one_by_one),
	    cmocka_unit_test(places_are_named_by_index),
	    cmocka_unit_test(more_findings_than_fit_are_counted),
	    cmocka_unit_test(our_own_json_is_taken_back),
	    cmocka_unit_test(letters_are_shown_and_given_back),
	    cmocka_unit_test(bare_words_are_doubtful_either_way),
	    cmocka_unit_test(a_refused_type_has_one_reason),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
