/* rooms: dms_dns dms_base */
/* Zone text: what the reader takes and refuses, where it says so, and that the writer's text reads
 * back as what was written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/zonetext.h"

#include "memory.h"

#define ZONE "example.org."

static struct zone_text *
read_text(const char *input, struct findings *findings)
{
	struct zone_text *text;

	memset(findings, 0, sizeof *findings);
	zone_text_read(mem, ZONE, input, strlen(input), &text, findings);
	return text;
}

/* Text that must be without findings. */
static struct zone_text *
read_good(const char *input)
{
	struct findings findings;
	struct zone_text *text = read_text(input, &findings);

	if (findings.count > 0)
		fail_msg("%d:%d %s", findings.items[0].line, findings.items[0].column,
			 findings.items[0].message);
	return text;
}

static const char *
flag_text(const struct zone_text_record *record)
{
	return talloc_asprintf(mem, "%s%s%s%s", record->has_lock_ptr ? " LOCKPTR" : "",
			       record->is_disabled ? " DISABLE" : "",
			       record->tracks_reverse ? " TRACKREV" : "",
			       record->forces_reverse ? " FORCEREV" : "");
}

/* "label ttl type rdata [group] {comment} <reference> flags\n" of every record, ttl -1 left out. */
static char *
show(const struct zone_text *text)
{
	char *shown = talloc_strdup(mem, "");

	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		char *rdata, ttl[24] = "";
		assert_null(rdata_print(mem, record->type, record->rdata, record->rdata_size,
					text->zone, &rdata));
		if (record->ttl >= 0)
			snprintf(ttl, sizeof ttl, "%lld ", (long long)record->ttl);
		shown = talloc_asprintf_append(shown, "%s %s%s %s", record->label, ttl,
					       rr_type_name(record->type), rdata);
		if (record->group >= 0)
			shown = talloc_asprintf_append(shown, " [%s]",
						       text->groups[record->group].comment);
		if (record->comment != NULL)
			shown = talloc_asprintf_append(shown, " {%s}", record->comment);
		if (record->reference != NULL)
			shown = talloc_asprintf_append(shown, " <%s>", record->reference);
		shown = talloc_asprintf_append(shown, "%s\n", flag_text(record));
	}
	return shown;
}

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

static const char written[] =
    "$TTL 1h\n"
    "$ORIGIN example.org.\n"
    "\n"
    ";\n"
    "; Zone:       example.org.\n"
    "; Reference:  CUST-1\n"
    "; change_by:  op1@master1.example.net/Admin\n"
    "; zi_id:      102\n"
    "; zi_ctime:   Fri Jan  2 10:00:00 2026\n"
    ";\n"
    "\n"
    "\n"
    ";| Apex resource records for example.org.\n"
    ";!REF:CUST-1\n"
    "@                       IN      SOA             ( ns1.example.net. ;Master NS\n"
    "                                                hostmaster   ;RP email\n"
    "                                                2026010203   ;Serial yyyymmddnn\n"
    "                                                7200         ;Refresh\n"
    "                                                900          ;Retry\n"
    "                                                604800       ;Expire\n"
    "                                                3600         ;Minimum/Ncache\n"
    "                                                )           \n"
    "                        IN      NS              ns2.example.net.\n"
    "                        IN      NS              ns1.example.net.\n"
    "\n"
    "\n"
    ";| Mail\n"
    "@                       IN      MX              10 mail\n"
    "\n"
    "\n"
    ";| Web hosts\n"
    ";!DISABLE\n"
    "old             5m      IN      A               192.0.2.9\n"
    "www                     IN      A               192.0.2.10\n"
    ";# Main web server\n"
    ";# Do not touch\n"
    ";!TRACKREV\n"
    "                        IN      AAAA            2001:db8::10\n"
    "\n"
    "\n"
    ";!LOCKPTR DISABLE TRACKREV REF:CUST-9\n"
    "mail                    IN      A               192.0.2.25\n"
    "\n"
    "\n";

static void
the_writer_writes_the_dialect(void **state)
{
	struct zone_text *text = read_good(written);
	const struct zone_text_header header = {
	    .reference = "CUST-1",
	    .change_by = "op1@master1.example.net/Admin",
	    .zi_id = "102",
	    .zi_ctime = "Fri Jan  2 10:00:00 2026",
	};

	assert_string_equal(zone_text_write(mem, text, &header, false), written);
	char *body = zone_text_write(mem, text, NULL, true);
	assert_null(strstr(body, "SOA"));
	assert_null(strstr(body, "Apex"));
	assert_null(strstr(body, "Zone:"));
	assert_non_null(strstr(body, "$TTL 1h\n$ORIGIN example.org.\n\n;| Mail\n"));
}

static void
long_comments_are_wrapped_and_stay_as_they_are(void **state)
{
	static const char words[] =
	    "This comment came without a line break and is far too long to stay on one line of "
	    "seventy columns, so it is wrapped at its blanks.";
	struct zone_text *text = zone_text_new(mem, ZONE);
	struct zone_text_record record = {.label = "a",
					  .type = RR_TXT,
					  .ttl = -1,
					  .rdata = (const uint8_t *)"\1x",
					  .rdata_size = 2,
					  .group = zone_text_add_group(text, words, NULL)};

	zone_text_add(text, &record);
	char *first = zone_text_write(mem, text, NULL, false);
	for (char *line = first; *line != '\0'; line = strchr(line, '\n') + 1)
		assert_true(strchr(line, '\n') - line <= 70);
	/* Read back and written again nothing moves any more. */
	assert_string_equal(zone_text_write(mem, read_good(first), NULL, false), first);
	/* A long line that somebody typed is left as it is. */
	char *typed = talloc_asprintf(mem, "$ORIGIN %s\n\n;| %s\n%-15s %-7s %-7s %-15s \"x\"\n\n\n",
				      ZONE, words, "a", "", "IN", "TXT");
	assert_string_equal(zone_text_write(mem, read_good(typed), NULL, false), typed);
}

static void
a_master_file_is_plain(void **state)
{
	assert_string_equal(
	    zone_text_master_file(mem, read_good(written), 2026010299),
	    "example.org. 3600 IN SOA ns1.example.net. hostmaster.example.org. 2026010299 7200 900 "
	    "604800 3600\n"
	    "example.org. 3600 IN NS ns2.example.net.\n"
	    "example.org. 3600 IN NS ns1.example.net.\n"
	    "example.org. 3600 IN MX 10 mail.example.org.\n"
	    "www.example.org. 3600 IN A 192.0.2.10\n"
	    "www.example.org. 3600 IN AAAA 2001:db8::10\n");
}

static const char *
random_comment(unsigned *seed)
{
	static const char *const comments[] = {NULL,
					       NULL,
					       "",
					       "one",
					       " two  blanks ",
					       "a\nb",
					       "x\n\ny",
					       "caf\xc3\xa9 \\ \"quoted\" (;"};

	return comments[(size_t)rand_r(seed) % (sizeof comments / sizeof comments[0])];
}

static void
add_random_record(struct zone_text *text, unsigned *seed, int group)
{
	static const char *const spellings[] = {NULL, "24h", "1d0h", "86400", "1H"};
	static const char *const tails[] = {NULL, NULL, " end", "a\nb ; c\n \"(", "x"};
	static const char *const remarks[] = {NULL, NULL, "; a\n;; b\n;", ";x"};
	/* Outside of groups empty lines are possible, in front only behind another such record. */
	static const char *const free_remarks[] = {"; block\n", ";| no group\n\n; x", "", "\n; y"};
	size_t count = text->record_count;
	bool is_joined = count > 0 ? text->records[count - 1].group == -1
				   : text->has_soa && text->group_count == 0;
	const char *remark = remarks[rand_r(seed) % 4], *spelling = spellings[rand_r(seed) % 5];
	uint8_t rdata[300];
	char label[64] = "";
	size_t size = 1;

	rdata[0] = (uint8_t)(rand_r(seed) % 256);
	for (; size <= rdata[0]; size++)
		rdata[size] = (uint8_t)rand_r(seed);
	for (int i = rand_r(seed) % 4; i >= 0; i--)
		snprintf(label + strlen(label), sizeof label - strlen(label), "%s\\%03d%c",
			 label[0] != '\0' ? "." : "", rand_r(seed) % 33,
			 "ab-_*/"[rand_r(seed) % 6]);
	if (group == -1 && rand_r(seed) % 2 != 0)
		remark = free_remarks[rand_r(seed) % (is_joined ? 4 : 2)];
	uint32_t ttl = (uint32_t)rand_r(seed);
	if (spelling != NULL)
		assert_null(ttl_parse(spelling, &ttl));
	struct zone_text_record record = {
	    .label = rand_r(seed) % 4 == 0 ? "@" : label,
	    .type = rand_r(seed) % 2 ? RR_TXT : 1234,
	    .ttl = spelling == NULL && rand_r(seed) % 2 ? -1 : (int64_t)ttl,
	    .ttl_text = spelling,
	    .remark = remark,
	    .tail = tails[rand_r(seed) % 5],
	    .rdata = rdata,
	    .rdata_size = size,
	    .group = group,
	    .is_disabled = rand_r(seed) % 2,
	    .has_lock_ptr = rand_r(seed) % 2,
	    .tracks_reverse = rand_r(seed) % 2,
	    .reference = rand_r(seed) % 2 ? "X@y.z" : NULL,
	    .comment = random_comment(seed),
	};
	zone_text_add(text, &record);
}

/* The whole with its layout and in its order. */
static char *
show_all(const struct zone_text *text)
{
	char *shown = show(text);

	shown = talloc_asprintf_append(
	    shown, "%lld %s %d %lld %s %s|%s|%s|%s\n", (long long)text->zone_ttl,
	    text->zone_ttl_text, text->has_soa, (long long)text->soa_ttl, text->soa_ttl_text,
	    text->soa_comment, text->soa_remark, text->soa_tail, text->end_remark);
	for (size_t i = 0; i < text->group_count; i++)
		shown = talloc_asprintf_append(shown, "%s|%s|%s\n", text->groups[i].comment,
					       text->groups[i].tag, text->groups[i].remark);
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		shown = talloc_asprintf_append(shown, "%d %s|%s|%s\n", record->group,
					       record->ttl_text, record->remark, record->tail);
	}
	return shown;
}

/* Those before a mark of show_all or show. */
static char *
without_newlines(char *shown)
{
	char *out = shown;

	for (const char *at = shown; *at != '\0'; at++) {
		if (*at != '\n' || strchr("]}|", at[1]) == NULL)
			*out++ = *at;
	}
	*out = '\0';
	return shown;
}

/* Shows where long texts differ. */
static void
assert_same(const char *is, const char *wanted)
{
	size_t at = 0;

	while (is[at] != '\0' && is[at] == wanted[at])
		at++;
	if (is[at] != wanted[at])
		fail_msg("...%.200s\n--- but wanted:\n...%.200s", is + (at < 50 ? 0 : at - 50),
			 wanted + (at < 50 ? 0 : at - 50));
}

static const char *
comment_or(const char *comment, const char *otherwise)
{
	return comment != NULL ? comment : otherwise;
}

static struct zone_text *
random_text(unsigned *seed)
{
	struct zone_text *text = zone_text_new(mem, ZONE);
	int group = -1;

	text->zone_ttl = rand_r(seed) % 2 ? 86400 : 1000;
	text->zone_ttl_text = text->zone_ttl == 86400 ? "24h" : NULL;
	text->has_soa = rand_r(seed) % 2;
	if (text->has_soa) {
		text->soa = (struct soa){"ns.example.org.", "a\\.b.x.", 1, 2, 3, 4, 5};
		text->soa_ttl = rand_r(seed) % 2 ? 120 : -1;
		text->soa_ttl_text = text->soa_ttl == 120 ? "120" : NULL;
		text->soa_comment = random_comment(seed);
		text->soa_remark = rand_r(seed) % 2 ? "; soa" : NULL;
		text->soa_tail = rand_r(seed) % 2 ? "\n\n serial\n\n\n\n\n more\n yet more" : NULL;
		if (rand_r(seed) % 2)
			group = zone_text_add_group(text, comment_or(random_comment(seed), "apex"),
						    "APEX_RRS");
	}
	text->end_remark = rand_r(seed) % 2 ? "; the end\n\n; really" : NULL;
	for (int i = rand_r(seed) % 30; i > 0; i--) {
		int dice = rand_r(seed) % 5;
		if (dice == 0)
			group = -1;
		if (dice == 1) {
			group = zone_text_add_group(text, comment_or(random_comment(seed), "same"),
						    NULL);
			text->groups[group].remark = rand_r(seed) % 2 ? "; before\n\n; it" : NULL;
		}
		add_random_record(text, seed, group);
	}
	return text;
}

/* Comments come back with a newline at their end, and that is what the second reading is compared
 * with; everything else must be the same at once. */
static void
what_is_written_reads_back(void **state)
{
	unsigned seed = 4711;

	for (int round = 0; round < 1000; round++) {
		struct zone_text *text = random_text(&seed);
		char *first = zone_text_write(mem, text, NULL, false);
		struct zone_text *again = read_good(first);
		char *second = zone_text_write(mem, again, NULL, false);
		assert_string_equal(second, first);
		assert_string_equal(show_all(again), show_all(read_good(second)));
		assert_same(without_newlines(show_all(again)), without_newlines(show_all(text)));
		talloc_free_children(mem);
	}
}

static void
hostile_input_is_survived(void **state)
{
	enum { SIZE = 1 << 20 };
	static const char *const pieces[] = {"(",       "\"",           "\\",
					     "a A (\n", ";|\n",         ";!x\n",
					     "\n",      "\0",           "a TXT ( \"",
					     ")",       "$ORIGIN a.\n", "\xff",
					     "a.",      " 1",           "a TXT \"x\" (\n",
					     ";#",      "a TXT (((\n"};
	char *input = talloc_array(mem, char, SIZE);

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		struct findings findings = {0};
		struct zone_text *text;
		size_t length = pieces[i][0] == '\0' ? 1 : strlen(pieces[i]);
		for (size_t at = 0; at + length <= SIZE; at += length)
			memcpy(input + at, pieces[i], length);
		zone_text_read(mem, ZONE, input, SIZE - SIZE % length, &text, &findings);
		zone_text_check(text, &findings);
		assert_true(findings.count <= ZONE_TEXT_FINDINGS_MAX);
		talloc_free(text);
	}
	/* Many records at one owner, all pointed at: still no more than sorting. */
	FILE *out = fmemopen(input, SIZE, "w");
	int count = 0;
	for (; ftell(out) < SIZE - 100; count += 2)
		fprintf(out, "x TXT \"%d\"\nm%d MX 10 x\n", count, count);
	size_t size = (size_t)ftell(out);
	fclose(out);
	struct findings findings = {0};
	struct zone_text *text;
	zone_text_read(mem, ZONE, input, size, &text, &findings);
	zone_text_check(text, &findings);
	assert_int_equal(text->record_count, count);
	assert_int_equal(findings.error_count, count / 2);
}

static FILE *
include_from_memory(void *context, TALLOC_CTX *on, const char *name, const char *from,
		    const char **path, const char **reason)
{
	static const char *const files[] = {
	    "one",  "x A 192.0.2.1\n$ORIGIN deep\n$TTL 7\nx A 192.0.2.2\n$INCLUDE two\n",
	    "two",  "y A 192.0.2.x\n;!DISABLE\n",
	    "loop", "$INCLUDE loop\nl A 192.0.2.9\n",
	};

	*reason = "there is no such file";
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i += 2) {
		if (strcmp(files[i], name) != 0)
			continue;
		*path = talloc_strdup(on, name);
		return fmemopen((void *)files[i + 1], strlen(files[i + 1]), "r");
	}
	return NULL;
}

static void
files_are_included_where_the_caller_lets_them(void **state)
{
	static const char input[] = "$TTL 1h\na A 192.0.2.1\n$INCLUDE one sub ; c\n A 192.0.2.2\n"
				    "b A 192.0.2.3\n$INCLUDE loop\n$include none\n";
	const struct zone_text_source source = {.input = input,
						.size = sizeof input - 1,
						.name = "top",
						.include = include_from_memory};
	struct findings findings = {0};
	struct zone_text *text;

	zone_text_read_source(mem, ZONE, &source, &text, &findings);
	assert_int_equal(findings.error_count, 3);
	assert_string_equal(findings.items[0].file, "two");
	assert_int_equal(findings.items[0].line, 1);
	assert_int_equal(findings.items[0].column, 5);
	assert_string_equal(findings.items[1].file, "loop");
	assert_string_equal(findings.items[2].file, "top");
	assert_int_equal(findings.items[2].line, 7);
	assert_int_equal(findings.items[2].column, 10);
	char *shown = show(text);
	assert_non_null(strstr(shown, "a A 192.0.2.1\nx.sub A 192.0.2.1\nx.deep.sub 7 A 192.0.2.2\n"
				      "a 7 A 192.0.2.2 DISABLE\nb 7 A 192.0.2.3\nl 7 A"));
	assert_int_equal(text->record_count, 5 + 16);
}

/* Through a pipe of any piece size it is the same as from memory. */
static void
a_stream_reads_like_a_string(void **state)
{
	size_t size = 0;
	char *input = NULL;
	FILE *out = open_memstream(&input, &size);

	for (int i = 0; i < 40000; i++)
		fprintf(out, "; n %d\nh%d 5 IN TXT ( \"%0*d\" ; x\n\"b\" )\n", i, i, i % 200, i);
	fprintf(out, "bad A (\n192.0.2.x )\nlong TXT (%*s\n \"x\" )\nopen TXT ( \"1\"\n", 700000,
		"");
	for (int i = 0; i < 100; i++)
		fprintf(out, "t%d TXT x\n", i);
	fclose(out);
	struct findings findings = {0}, streamed = {0};
	struct zone_text *text, *same;
	zone_text_read(mem, ZONE, input, size, &text, &findings);
	FILE *stream = fmemopen(input, size, "r");
	const struct zone_text_source source = {.stream = stream};
	zone_text_read_source(mem, ZONE, &source, &same, &streamed);
	fclose(stream);
	free(input);
	assert_int_equal(findings.count, 2);
	assert_int_equal(text->record_count, 40000 + 1 + 100);
	assert_int_equal(streamed.count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(findings.items[i].line, streamed.items[i].line);
		assert_string_equal(findings.items[i].message, streamed.items[i].message);
		assert_string_equal(findings.items[i].input_line, streamed.items[i].input_line);
	}
	assert_string_equal(zone_text_write(mem, text, NULL, false),
			    zone_text_write(mem, same, NULL, false));
}

static void
comments_stay_where_they_are(void **state)
{
	static const char typed[] =
	    "$TTL 24h\n$ORIGIN example.org.\n\n"
	    "; Ours since 1999.\n\n"
	    ";| Apex\n"
	    ";# the SOA\n"
	    "@               3600    IN      SOA             ( ns1          ;Master NS\n"
	    "                                                hostmaster   ; ask Eve\n"
	    "                                                1            ;Serial yyyymmddnn\n"
	    "                                                2            ;Refresh\n"
	    "                                                3            ;Retry\n"
	    "                                                4            ;Expire\n"
	    "                                                5            ;Minimum/Ncache\n"
	    "                                                )           \n"
	    "; two of them\n"
	    "                        IN      NS              ns1 ; the first\n\n\n"
	    "www                     IN      A               192.0.2.2\n\n"
	    "; === mail ===\n\n"
	    "mail                    IN      TXT             ( \"a\" \"b\" ; one\n\t\t; "
	    "two\n\t\t)\n"
	    "\n\n; not in use\n;| Same\n"
	    "ns1                     IN      A               192.0.2.1\n\n\n"
	    ";| Same\n"
	    "aaa             24h     IN      A               192.0.2.3\n\n\n"
	    "; the end\n";
	struct zone_text *text = read_good(typed);

	assert_string_equal(zone_text_write(mem, text, NULL, false), typed);
	/* What is shown to people has a header: it is nobody's comment when it comes back. */
	const struct zone_text_header header = {.reference = "R", .zi_id = "7"};
	char *headed = zone_text_write(mem, text, &header, false);
	assert_non_null(strstr(headed, "; zi_id:      7\n;\n\n\n; Ours since 1999.\n"));
	assert_string_equal(zone_text_write(mem, read_good(headed), NULL, false), typed);
}

static void
a_comment_in_another_encoding_is_kept(void **state)
{
	struct findings findings;
	struct zone_text *text =
	    read_text("; caf\xe9 \x01\na A 192.0.2.1 ; z\xfcrich\n", &findings);

	assert_int_equal(findings.error_count, 0);
	assert_int_equal(findings.count, 2);
	assert_int_equal(findings.items[0].column, 6);
	assert_string_equal(text->records[0].remark, "; caf\xc3\xa9  ");
	assert_string_equal(text->records[0].tail, " z\xc3\xbcrich");
	/* A NUL is no text in any. */
	static const char binary[] = "a A 192.0.2.1 ; \0\nb TXT \0 x\n";
	memset(&findings, 0, sizeof findings);
	zone_text_read(mem, ZONE, binary, sizeof binary - 1, &text, &findings);
	assert_int_equal(findings.error_count, 2);
	assert_int_equal(findings.items[0].id, DMS_E_BINARY_FILE);
	assert_int_equal(findings.items[0].column, 17);
	assert_int_equal(findings.items[1].id, DMS_E_BINARY_FILE);
}

/* The zone that the quick start loads. */
static void
the_example_zone_is_clean(void **state)
{
	char input[16384];
	struct findings findings = {0};
	struct zone_text *text;
	FILE *file = fopen(DMS_SOURCE_DIR "/tests/data/zones/example-shop.zone", "r");

	assert_non_null(file);
	size_t size = fread(input, 1, sizeof input, file);
	fclose(file);
	zone_text_read(mem, "shop.example.", input, size, &text, &findings);
	zone_text_check(text, &findings);
	if (findings.count > 0)
		fail_msg("%d:%d %s", findings.items[0].line, findings.items[0].column,
			 findings.items[0].message);
	assert_true(text->record_count >= 45);
}

static void
a_bad_zone_name_is_found(void **state)
{
	struct findings findings = {0};
	struct zone_text *text;

	zone_text_read(mem, "a..b", "", 0, &text, &findings);
	assert_non_null(text);
	assert_int_equal(findings.items[0].id, DMS_E_BAD_INITIAL_ZONE_NAME);
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
	    TEST(the_writer_writes_the_dialect),
	    TEST(long_comments_are_wrapped_and_stay_as_they_are),
	    TEST(a_master_file_is_plain),
	    TEST(what_is_written_reads_back),
	    TEST(files_are_included_where_the_caller_lets_them),
	    TEST(a_stream_reads_like_a_string),
	    TEST(comments_stay_where_they_are),
	    TEST(a_comment_in_another_encoding_is_kept),
	    TEST(hostile_input_is_survived),
	    TEST(the_example_zone_is_clean),
	    TEST(a_bad_zone_name_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
