/* rooms: dms_dns dms_base */
/* Zone text: what the reader takes and refuses, and where it says so. */
#include <stdio.h>
#include <string.h>

#include "memory.h"

#include "zonetext_show.h"

static void
assert_reads(const char *input, const char *expected)
{
	assert_string_equal(show(read_good(input)), expected);
}

static void
records_have_owner_ttl_class_in_any_order(void **state)
{
	assert_reads("www A 192.0.2.1\n", "www A 192.0.2.1\n");
	assert_reads("www 300 IN A 192.0.2.1", "www 300 A 192.0.2.1\n");
	assert_reads("www in 5m a 192.0.2.1\r\n", "www 300 A 192.0.2.1\n");
	assert_reads("www CLASS1 A 192.0.2.1", "www A 192.0.2.1\n");
	assert_reads("\xef\xbb\xbfWWW.Example.Org.\tA\t192.0.2.1", "www A 192.0.2.1\n");
	assert_reads("@ MX 10 Mail\n   TXT \"a\"\n\t5 NS ns1.example.net.",
		     "@ MX 10 mail\n@ TXT \"a\"\n@ 5 NS ns1.example.net.\n");
	assert_reads("0/25 NS ns\n-x TXT a\na\\.b TXT a\n*._x TXT a\n",
		     "0/25 NS ns\n-x TXT \"a\"\na\\.b TXT \"a\"\n*._x TXT \"a\"\n");
	assert_reads("a TYPE1234 \\# 2 0102\na TYPE1 192.0.2.1\n",
		     "a TYPE1234 \\# 2 0102\na A 192.0.2.1\n");
	assert_reads("a HTTPS 1 . alpn=\"h2,h3\"\n", "a HTTPS 1 . alpn=h2,h3\n");
	assert_reads("", "");
	assert_reads("\n \n\t\r\n; nothing\n;\n;;|x\n", "");
	assert_reads("$TTL 1h\r\na A 192.0.2.1 ; end\r\n; x\r\n", "a A 192.0.2.1\n");
	assert_reads("a\\098\\ c TXT \"d\te\"\nb HINFO a\\032b\\\"c f\\(\n",
		     "ab\\032c TXT \"d\\009e\"\nb HINFO \"a b\\\"c\" \"f(\"\n");
}

static void
parentheses_join_lines(void **state)
{
	assert_reads("a TXT ( \"1\" ; one\n\n  ; only a comment\n\"2\"\n) \"3\"\nb A 192.0.2.1",
		     "a TXT \"1\" \"2\" \"3\"\nb A 192.0.2.1\n");
	assert_reads("a (\n300 IN\nMX ) 10 ( b\n)\n", "a 300 MX 10 b\n");
	assert_reads("a TXT \"(;)\" ; comment ( \" )\nb A 192.0.2.1\n",
		     "a TXT \"(;)\"\nb A 192.0.2.1\n");
	assert_reads("a HINFO \\( \"\\;\\\"\" ;x", "a HINFO \"(\" \";\\\"\"\n");
}

static void
assert_no_errors(const char *input, size_t warnings)
{
	struct findings findings;

	read_text(input, &findings);
	assert_int_equal(findings.error_count, 0);
	assert_int_equal(findings.count, warnings);
}

static void
bare_words_of_a_text_are_doubtful(void **state)
{
	struct findings findings;

	read_text("a TXT v=spf1 -all\n", &findings);
	assert_int_equal(findings.count, 1);
	assert_int_equal(findings.items[0].level, FINDING_WARNING);
	assert_int_equal(findings.items[0].column, 7);
	assert_null(findings_error(&findings, ZONE));
	assert_no_errors("a TXT word\n", 0);
	assert_no_errors("a TXT \"two\" \"strings\"\n", 0);
	assert_no_errors("a TXT \\# 2 0161\n", 0);
	assert_no_errors(";# for nobody\n", 1);
	assert_no_errors(";!DISABLE\n", 1);
}

static void
directives_set_ttl_and_origin(void **state)
{
	struct zone_text *text = read_good("$TTL 1h ; default\n  $origin Sub.Example.ORG.\n"
					   "a MX 10 b\n@ NS @\nc.example.org. CNAME d\n"
					   "$ORIGIN other.\nx.example.org. CNAME y\n"
					   "$ORIGIN _tcp.example.org.\n_sip SRV 0 0 1 z\n");

	assert_int_equal(text->zone_ttl, 3600);
	assert_string_equal(show(text), "a.sub MX 10 b.sub\nsub NS sub\nc CNAME d.sub\n"
					"x CNAME y.other.\n_sip._tcp SRV 0 0 1 z._tcp\n");
	assert_int_equal(read_good("a A 192.0.2.1")->zone_ttl, -1);
	/* Relative to the one before, as in RFC 1035, and up to the root. */
	assert_reads("$ORIGIN a\n$ORIGIN b\nx CNAME y\n$ORIGIN .\nexample.org NS z\n",
		     "x.b.a CNAME y.b.a\n@ NS z.\n");
}

static void
another_ttl_is_for_what_follows(void **state)
{
	struct zone_text *text =
	    read_good("$TTL 1h\na A 192.0.2.1\n$ttl 300 ; short\nb A 192.0.2.1\n"
		      "c 5 A 192.0.2.1\n$TTL 60m\nd A 192.0.2.1\n");

	assert_int_equal(text->zone_ttl, 3600);
	assert_string_equal(show(text), "a A 192.0.2.1\nb 300 A 192.0.2.1\nc 5 A 192.0.2.1\n"
					"d A 192.0.2.1\n");
	/* Before the first one the SOA's minimum counts. */
	text = read_good("@ SOA a b 1 2 3 4 5\na A 192.0.2.1\n$TTL 1h\nb A 192.0.2.1\n");
	assert_int_equal(text->soa_ttl, 5);
	assert_int_equal(text->zone_ttl, 3600);
	assert_string_equal(show(text), "a 5 A 192.0.2.1\nb A 192.0.2.1\n");
}

static void
records_are_generated(void **state)
{
	assert_reads("$GENERATE 1-3 h$ A 192.0.2.$\n",
		     "h1 A 192.0.2.1\nh2 A 192.0.2.2\nh3 A 192.0.2.3\n");
	assert_reads("$generate 1-5/3 m${-1} IN 60 MX \"10 h$ ; why\"\n",
		     "m0 60 MX 10 h1\nm3 60 MX 10 h4\n");
	assert_reads("$GENERATE 10-11 ${0,7,N}.n CNAME a${-9,3,X}\n",
		     "a.0.0.0.n CNAME a001\nb.0.0.0.n CNAME a002\n");
	assert_reads("$GENERATE 300-300 ${0,0,n}.q CNAME a${0,0,o}$$x\\$\n",
		     "c.2.1.q CNAME a454\\$x\\$\n");
}

static void
an_soa_goes_to_the_zone(void **state)
{
	struct zone_text *text = read_good(
	    ";| Apex\n;!REF:4711@ISP\n@ 2h IN SOA ( Ns1 ;Master\n hostmaster.example.net.\n"
	    " 2026030501 2h 15m 1w 1h\n )\n NS ns1.example.net.\n");

	assert_true(text->has_soa);
	assert_string_equal(text->soa.mname, "ns1.example.org.");
	assert_string_equal(text->soa.rname, "hostmaster.example.net.");
	assert_int_equal(text->soa.serial, 2026030501);
	assert_int_equal(text->soa.refresh, 7200);
	assert_int_equal(text->soa.expire, 604800);
	assert_int_equal(text->soa_ttl, 7200);
	assert_string_equal(text->reference, "4711@ISP");
	assert_string_equal(text->groups[0].tag, "APEX_RRS");
	assert_string_equal(show(text), "@ NS ns1.example.net. [Apex]\n");
}

static void
comments_make_groups(void **state)
{
	/* A comment opens a group, a blank line ends it, a plain comment does nothing. */
	assert_reads(";| Web\na A 192.0.2.1\n; plain\nb A 192.0.2.1\n\nc A 192.0.2.1\n",
		     "a A 192.0.2.1 [Web]\nb A 192.0.2.1 [Web]\nc A 192.0.2.1\n");
	/* Runs of lines are one comment; the blank after the mark may be missing. */
	assert_reads(";| one\n; plain\n;|two\n;|  three\na A 192.0.2.1\n;|\nb A 192.0.2.1\n",
		     "a A 192.0.2.1 [one\ntwo\n three]\nb A 192.0.2.1 []\n");
	/* Equal comments, two groups. */
	struct zone_text *text = read_good(";| x\na A 192.0.2.1\n;| x\nb A 192.0.2.1\n");
	assert_int_equal(text->group_count, 2);
	assert_int_equal(text->records[1].group, 1);
	/* A group without records is none, what was said of it stays. */
	text = read_good(";| x\n\na A 192.0.2.1\n;| y\n");
	assert_int_equal(text->group_count, 0);
	assert_int_equal(text->records[0].group, -1);
	assert_string_equal(text->records[0].remark, ";| x\n");
	assert_string_equal(text->end_remark, ";| y");
}

static void
comments_and_flags_wait_for_their_record(void **state)
{
	assert_reads(";# first\n;#second\n;!LOCKPTR\n\n;!DISABLE REF:a.b@c\na PTR b\n  PTR c\n",
		     "a PTR b {first\nsecond} <a.b@c> LOCKPTR DISABLE\na PTR c\n");
	assert_reads("  ;! TRACKREV  FORCEREV\t\r\n;# x\na A 192.0.2.1",
		     "a A 192.0.2.1 {x} TRACKREV FORCEREV\n");
	/* Whole words only. */
	assert_reads(";!REF:LOCKPTR-CO\na PTR b", "a PTR b <LOCKPTR-CO>\n");
	assert_reads(";# caf\xc3\xa9\na PTR b", "a PTR b {caf\xc3\xa9}\n");
}

/* One error each: where, and which. */
static const struct {
	const char *input;
	enum dms_err id;
	int line, column;
} bad[] = {
    {" A 192.0.2.1\n", DMS_E_NO_PREVIOUS_LABEL_PARSE, 1, 2},
    {"a CH A 192.0.2.1\n", DMS_E_UNHANDLED_CLASS, 1, 3},
    {"a 5 hs A 192.0.2.1\n", DMS_E_UNHANDLED_CLASS, 1, 5},
    {"a CLASS3 A 192.0.2.1\n", DMS_E_UNHANDLED_CLASS, 1, 3},
    {"\na ALIAS b\n", DMS_E_UNHANDLED_TYPE, 2, 3},
    {"a IN 5 RRSIG x\n", DMS_E_UNHANDLED_TYPE, 1, 8},
    {"a ANY\n", DMS_E_UNHANDLED_TYPE, 1, 3},
    {"a \"A\" 192.0.2.1\n", DMS_E_UNHANDLED_TYPE, 1, 3},
    {"a\n", DMS_E_RR_NO_TYPE_GIVEN, 1, 1},
    {"a 300 IN\n", DMS_E_RR_NO_TYPE_GIVEN, 1, 7},
    {"a 3x A 192.0.2.1\n", DMS_E_RDATA_PARSE, 1, 3},
    {"a 2147483648 A 192.0.2.1\n", DMS_E_RDATA_PARSE, 1, 3},
    {"a A 192.0.2.256\n", DMS_E_RDATA_PARSE, 1, 5},
    {"a MX 10\n", DMS_E_RDATA_PARSE, 1, 6},
    {"a MX (\n 10\n b..c )\n", DMS_E_RDATA_PARSE, 3, 2},
    {"a TXT\n", DMS_E_RDATA_PARSE, 1, 3},
    {"a TXT \"x\" \"\\999\"\n", DMS_E_RDATA_PARSE, 1, 11},
    {"a LOC 1 2 3\n", DMS_E_RDATA_PARSE, 1, 11},
    {"www.example.net. A 192.0.2.1\n", DMS_E_LABEL_NOT_IN_DOMAIN, 1, 1},
    {"xexample.org. A 192.0.2.1\n", DMS_E_LABEL_NOT_IN_DOMAIN, 1, 1},
    {"x\\.example.org. A 192.0.2.1\n", DMS_E_LABEL_NOT_IN_DOMAIN, 1, 1},
    {"$ORIGIN net.\nwww A 192.0.2.1\n", DMS_E_LABEL_NOT_IN_DOMAIN, 2, 1},
    {"a..b A 192.0.2.1\n", DMS_E_BAD_NAME_OWNER, 1, 1},
    {"\"a\" A 192.0.2.1\n", DMS_E_BAD_NAME_OWNER, 1, 1},
    {"\xe2\x98\x83 A 192.0.2.1\n", DMS_E_BAD_NAME_OWNER, 1, 1},
    {"a SOA a b 1 2 3 4 5\n", DMS_E_ZONE_SOA_RECORD_NOT_AT_APEX, 1, 3},
    {"@ SOA a b 1 2 3 4\n", DMS_E_NOT7_VALUES_SOA_PARSE, 1, 3},
    {"@ SOA a b x 2 3 4 5\n", DMS_E_SOA_SERIAL_MUST_BE_INTEGER, 1, 11},
    {"@ SOA a b 1 2 3 4 5\n@ SOA a b 1 2 3 4 5\n", DMS_E_ZONE_ALREADY_HAS_SOA_RECORD, 2, 3},
    {"@ SOA a b 1 2 3 4y 5\n", DMS_E_RDATA_PARSE, 1, 17},
    {"$INCLUDE /etc/passwd\n", DMS_E_INCLUDE_NOT_SUPPORTED, 1, 1},
    {" $generate 1-10 a$\n", DMS_E_ZI_TEXT_PARSE, 1, 2},
    {"$GENERATE 3-1 a$ A 192.0.2.$\n", DMS_E_ZI_TEXT_PARSE, 1, 11},
    {"$GENERATE 1-3/0 a$ A 192.0.2.$\n", DMS_E_ZI_TEXT_PARSE, 1, 11},
    {"$GENERATE 1-3000000000 a$ A 192.0.2.$\n", DMS_E_ZI_TEXT_PARSE, 1, 11},
    {"$GENERATE 1-3 a${0,1,q} A 192.0.2.$\n", DMS_E_ZI_TEXT_PARSE, 1, 15},
    {"$GENERATE 1-3 a${0,1 A 192.0.2.$\n", DMS_E_ZI_TEXT_PARSE, 1, 15},
    {"$GENERATE 254-300 a$ A 192.0.2.$\n", DMS_E_RDATA_PARSE, 1, 1},
    {"$GENERATE 1-70000 a$ TXT x\n", DMS_E_TOO_LARGE, 1, 1},
    {"$UPDATE_TYPE x\n", DMS_E_UPDATE_TYPE_NOT_SUPPORTED, 1, 1},
    {"$FOO\n", DMS_E_ZI_TEXT_PARSE, 1, 1},
    {"$TTL 1x\n", DMS_E_TTL_PARSE, 1, 6},
    {"$TTL\n", DMS_E_TTL_PARSE, 1, 1},
    {"$TTL 1 2\n", DMS_E_TTL_PARSE, 1, 8},
    {"$TTL 1h1h1h1h1h1h1h1h1h1h1h\n", DMS_E_TTL_PARSE, 1, 6},
    {"$ORIGIN a..b\n", DMS_E_HOSTNAME_PARSE, 1, 9},
    {"$ORIGIN \"a\"\n", DMS_E_HOSTNAME_PARSE, 1, 9},
    {"$ORIGIN\n", DMS_E_HOSTNAME_PARSE, 1, 1},
    {"a TXT \"open\nb A 192.0.2.1\n", DMS_E_ZI_TEXT_PARSE, 1, 7},
    {"a TXT x\"open\n", DMS_E_ZI_TEXT_PARSE, 1, 8},
    {"a TXT ( \"1\" ( \"2\" )\nb A 192.0.2.1\n", DMS_E_ZI_TEXT_PARSE, 1, 13},
    {"a TXT \"1\" )\n", DMS_E_ZI_TEXT_PARSE, 1, 11},
    {"a TXT ( \"1\"\nb A 192.0.2.1\n", DMS_E_ZI_TEXT_PARSE, 1, 7},
    {"a TXT x\\\nb A 192.0.2.1\n", DMS_E_ZI_TEXT_PARSE, 1, 8},
    {"a TXT \"x\ty\" \x01\n", DMS_E_ZI_TEXT_PARSE, 1, 13},
    {"a TXT \"x\x02y\"\n", DMS_E_ZI_TEXT_PARSE, 1, 9},
    {";!\na A 192.0.2.1\n", DMS_E_ZI_TEXT_PARSE, 1, 3},
    {"  ;! DISABLE nonsense\na A 192.0.2.1\n", DMS_E_ZI_TEXT_PARSE, 1, 14},
    {";!LOCKPTRDISABLE\na A 192.0.2.1\n", DMS_E_ZI_TEXT_PARSE, 1, 3},
    {";!REF:\na A 192.0.2.1\n", DMS_E_REFERENCE_FORMAT, 1, 3},
    {";!REF:-a\na A 192.0.2.1\n", DMS_E_REFERENCE_FORMAT, 1, 3},
    {";!REF:one REF:two\na PTR b\n", DMS_E_REFERENCE_FORMAT, 1, 11},
    {";!REF:one\n;!REF:one\na PTR b\n", DMS_E_REFERENCE_FORMAT, 2, 3},
    {";!RROP:ADD\na A 192.0.2.1\n", DMS_E_RROP_NOT_SUPPORTED, 1, 3},
    {"\n;# bad \xff\na A 192.0.2.1\n", DMS_E_ZI_TEXT_PARSE, 2, 8},
    {";| \xed\xa0\x80\na A 192.0.2.1\n", DMS_E_ZI_TEXT_PARSE, 1, 4},
};

static void
errors_say_line_and_column(void **state)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct findings findings;
		read_text(bad[i].input, &findings);
		const struct finding *finding = &findings.items[0];
		if (findings.error_count != 1 || finding->id != bad[i].id ||
		    finding->line != bad[i].line || finding->column != bad[i].column)
			fail_msg("%s: %zu errors, the first %s at %d:%d: %s", bad[i].input,
				 findings.error_count,
				 findings.count > 0 ? dms_err_info(finding->id)->symbol : "-",
				 finding->line, finding->column,
				 findings.count > 0 ? finding->message : "-");
	}
}

static void
reading_goes_on_after_an_error(void **state)
{
	struct findings findings;
	struct zone_text *text = read_text("a A x\nb MX ( 10\n c..d )\n TXT \"kept\"\n"
					   "www.example.net. A 192.0.2.1\n   A 192.0.2.2\n"
					   "c CH TXT x\nd A 192.0.2.3\n",
					   &findings);

	assert_int_equal(findings.error_count, 4);
	assert_int_equal(findings.items[1].line, 3);
	/* What inherits an owner that could not be read goes nowhere. */
	assert_string_equal(show(text), "b TXT \"kept\"\nd A 192.0.2.3\n");
	/* A parenthesis left open costs its own line and no other. */
	text = read_text("a A 192.0.2.1\nb TXT (\nc A 192.0.2.2\nd A x\n", &findings);
	assert_int_equal(findings.error_count, 2);
	assert_int_equal(findings.items[1].line, 4);
	assert_string_equal(show(text), "a A 192.0.2.1\nc A 192.0.2.2\n");
}

static void
no_error_is_lost_to_warnings(void **state)
{
	struct findings findings;
	char *input = talloc_strdup(mem, "");

	for (int i = 0; i < 150; i++)
		input = talloc_strdup_append(input, "a TXT x y\n");
	input = talloc_strdup_append(input, "a A x\n");
	read_text(input, &findings);
	assert_int_equal(findings.count, ZONE_TEXT_FINDINGS_MAX);
	assert_int_equal(findings.error_count, 1);
	assert_int_equal(findings.dropped, 51);
	dms_error *error = findings_error(&findings, ZONE);
	assert_non_null(error);
	assert_int_equal(json_integer_value(json_object_get(error->data, "lineno")), 151);
	dms_error_free(error);
}

static void
an_error_carries_all_findings(void **state)
{
	struct findings findings;

	read_text("a TXT x y\nb MX 70000 c\n", &findings);
	dms_error *error = findings_error(&findings, ZONE);
	assert_int_equal(error->id, DMS_E_RDATA_PARSE);
	assert_non_null(strstr(error->message, "line 2, column 6"));
	assert_string_equal(json_string_value(json_object_get(error->data, "marked_input_line")),
			    "b MX >!<70000 c");
	json_t *list = json_object_get(error->data, "findings");
	assert_int_equal(json_array_size(list), 2);
	json_t *second = json_array_get(list, 1);
	assert_string_equal(json_string_value(json_object_get(second, "level")), "error");
	assert_int_equal(json_integer_value(json_object_get(second, "code")), -24);
	assert_string_equal(json_string_value(json_object_get(second, "name")), "RdataParseError");
	assert_string_equal(json_string_value(json_object_get(second, "label")), "b");
	assert_string_equal(json_string_value(json_object_get(second, "type")), "MX");
	assert_int_equal(json_integer_value(json_object_get(second, "line")), 2);
	dms_error_free(error);
	/* Octets that are no text do not get in the way of saying so. */
	read_text("\xff\xfe A 192.0.2.1\n", &findings);
	error = findings_error(&findings, ZONE);
	json_t *json = dms_error_to_json(error);
	assert_non_null(json);
	json_decref(json);
	dms_error_free(error);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(records_have_owner_ttl_class_in_any_order),
	    TEST(parentheses_join_lines),
	    TEST(bare_words_of_a_text_are_doubtful),
	    TEST(directives_set_ttl_and_origin),
	    TEST(another_ttl_is_for_what_follows),
	    TEST(records_are_generated),
	    TEST(an_soa_goes_to_the_zone),
	    TEST(comments_make_groups),
	    TEST(comments_and_flags_wait_for_their_record),
	    TEST(errors_say_line_and_column),
	    TEST(reading_goes_on_after_an_error),
	    TEST(no_error_is_lost_to_warnings),
	    TEST(an_error_carries_all_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
