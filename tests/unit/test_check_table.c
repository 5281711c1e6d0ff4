/* rooms: dms_model dms_db dms_dns dms_base */
/* Each row of the table of checks has a zone that it finds a fault in, and one that it does not, as
 * text and as JSON. A row without them fails. */
#include <stdio.h>
#include <stdlib.h>

#include "dns/zonetext_check.h"
#include "model/instance.h"

#include "memory.h"

#include "checks_zone.h"

#define SOA       "@ SOA a.net. b.net. 1 7200 900 604800 3600\n"
#define NS        "@ NS a.net.\n@ NS b.net.\n"
#define APEX      SOA NS /* three lines */
#define OCTETS_20 "0123456789abcdef0123456789abcdef01234567"
#define OCTETS_32 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What no text can hold: TTLs, and owners that came from a zone with a shorter name. */
static void
spoil_ttl(struct zone_text *text)
{
	text->records[text->record_count - 1].ttl = INT64_C(1) << 31;
}

static void
spoil_zone_ttl(struct zone_text *text)
{
	text->zone_ttl = INT64_C(1) << 31;
}

static void
spoil_owner(struct zone_text *text)
{
	char label[65] = "";

	memset(label, 'x', 64);
	text->records[text->record_count - 1].label = talloc_strdup(text, label);
}

/* A TXT of 65520 octets: one record may have them, but no answer holds it. */
static void
spoil_size(struct zone_text *text)
{
	struct zone_text_record *record = &text->records[text->record_count - 1];
	uint8_t *rdata = talloc_zero_array(text, uint8_t, 65520);

	for (size_t at = 0; at < 65520; at += 256)
		rdata[at] = at + 256 <= 65520 ? 255 : 239;
	record->rdata = rdata;
	record->rdata_size = 65520;
}

/* `place` is the bad one's; NULL: the reader and JSON let no such zone in, `spoil` makes it of the
 * good one. */
#define CASE(check, bad_zone, where, ...)                                          \
	{                                                                          \
		.run = check, .bad = bad_zone, .place = where, .good = __VA_ARGS__ \
	}
static const struct table_case {
	check_fn *run;
	const char *bad, *place, *good;
	bool is_text_only; /* JSON cannot say so, or is refused before */
	const char *zone;  /* NULL: example.org. */
	void (*spoil)(struct zone_text *text);
} cases[] = {
    CASE(check_soa_missing, NS, "0:0", APEX),
    CASE(check_ns_missing, SOA, "0:0", APEX),
    CASE(check_ns_single, SOA "@ NS a.net.\n", "2:1", APEX),
    CASE(check_soa_timers, NS "@ SOA a.net. b.net. 1 60 900 604800 3600\n", "3:1", APEX),
    CASE(check_soa_serial, NS "@ TXT a\n SOA a.net. b.net. 0 7200 900 604800 3600\n", "4:2", APEX,
	 true),
    CASE(check_zone_ttl_range, NULL, "1:1", APEX, .spoil = spoil_zone_ttl),
    CASE(check_zone_ttl, "$TTL 0\n" APEX, "2:1", "$TTL 1h\n" APEX),
    CASE(check_soa_names, NS "@ SOA a_b.net. b.net. 1 7200 900 604800 3600\n", "3:1", APEX,
	 .is_text_only = true),
    CASE(check_cname_loop, APEX "a CNAME b\nb CNAME a\n", "4:1", APEX "a CNAME b.net.\n"),
    CASE(check_cname_chain, APEX "a CNAME b\nb CNAME c.net.\n", "4:1", APEX "a CNAME b\nb TXT x\n"),
    CASE(check_cname_nowhere, APEX "a CNAME b\n", "4:1", APEX "a CNAME b\nb TXT x\n"),
    CASE(check_dname_occlusion, APEX "d DNAME b.net.\nx.d TXT x\n", "5:1",
	 APEX "d DNAME b.net.\nxd TXT x\n"),
    CASE(check_below_cut, APEX "s NS a.net.\nx.s TXT x\n", "5:1",
	 APEX "s NS x.s\nx.s A 192.0.2.1\n"),
    CASE(check_cname_first, APEX "a CNAME b.net.\n  TXT x\n", "5:3",
	 APEX "a CNAME b.net.\nb TXT x\n"),
    CASE(check_cname_last, APEX "a TXT x\na CNAME b.net.\n", "5:1",
	 APEX "a TXT x\nb CNAME b.net.\n"),
    CASE(check_spf_type, APEX "a SPF \"v=spf1 -all\"\n", "4:1",
	 APEX "a SPF \"v=spf1 -all\"\na TXT \"v=spf1 -all\"\n"),
    CASE(check_owner_length, NULL, "4:1", APEX "a A 192.0.2.1\n", .spoil = spoil_owner),
    CASE(check_duplicates, APEX "a 5 TXT x\nA 6 TXT \"x\"\n", "5:1", APEX "a TXT x\na TXT X\n"),
    CASE(check_ttl_mismatch, APEX "a 5 TXT x\na 6 TXT y\n", "5:1", APEX "a 5 TXT x\na 5 TXT y\n"),
    CASE(check_rrset_size, NULL, "4:1", APEX "a TXT x\n", .spoil = spoil_size),
    CASE(check_ttl_unusual, APEX "a 0 TXT x\n", "4:1", APEX "a 7d TXT x\n"),
    CASE(check_obsolete, APEX "a NSAP 0x47\n", "4:1", APEX "a TXT x\n"),
    CASE(check_dname_single, APEX "d DNAME b.net.\nd DNAME c.net.\n", "5:1",
	 APEX "d DNAME b.net.\ne DNAME c.net.\n"),
    CASE(check_owner_host, APEX "a_b A 192.0.2.1\n", "4:1", APEX "*.b A 192.0.2.1\na_b TXT x\n"),
    CASE(check_wildcard_ns, APEX "*.b NS a.net.\n", "4:1", APEX "b NS a.net.\n"),
    CASE(check_wildcard_dname, APEX "*.b DNAME a.net.\n", "4:1", APEX "b DNAME a.net.\n"),
    CASE(check_ds, APEX "s DS 1 13 2 " OCTETS_32 "\n", "4:1",
	 APEX "s NS a.net.\ns DS 1 13 2 " OCTETS_32 "\n"),
    CASE(check_spf, APEX "@ TXT \"v=spf1 -all\"\n@ TXT \"v=spf1 mx -all\"\n", "5:1",
	 APEX "@ TXT \"v=spf1 -all\"\n@ TXT \"other\"\n"),
    CASE(check_dmarc, APEX "_dmarc TXT \"v=DMARC1; p=no\"\n", "4:1",
	 APEX "_dmarc TXT \"v=DMARC1; p=none\"\n"),
    CASE(check_ttl_range, NULL, "4:1", APEX "a TXT x\n", .spoil = spoil_ttl),
    CASE(check_target_host, APEX "@ MX 10 a_b.net.\n", "4:1", APEX "@ MX 0 .\n"),
    CASE(check_target_address, APEX "@ MX 10 m\nm TXT x\n", "4:1",
	 APEX "@ MX 10 m\nm A 192.0.2.1\n"),
    CASE(check_target_alias_error, APEX "@ NS m\nm CNAME x.net.\n", "4:1", APEX "m CNAME x.net.\n"),
    CASE(check_target_alias_warning, APEX "@ MX 1 m\nm CNAME x.net.\n", "4:1",
	 APEX "@ MX 1 x.net.\nm CNAME x.net.\n"),
    CASE(check_target_missing, APEX "@ HTTPS 1 w\n", "4:1", APEX "@ HTTPS 1 w\nw TXT x\n"),
    CASE(check_target_dot, APEX "a CNAME example.org\n", "4:1", APEX "a CNAME example.org.\n"),
    CASE(check_target_literal, APEX "a CNAME 192.0.2.1.\n", "4:1", APEX "a CNAME 192.0.2.1.net.\n"),
    CASE(check_ptr_owner, APEX "1.2 PTR a.net.\n", "4:1", APEX "1 PTR a.net.\n", .zone = REVERSE),
    CASE(check_ptr_several, APEX "1 PTR b.net.\n1 PTR a.net.\n", "4:1",
	 APEX "1 PTR a.net.\n2 PTR a.net.\nb._dns-sd._udp PTR a.net.\n  PTR b.net.\n",
	 .zone = REVERSE),
    CASE(check_aaaa_mapped, APEX "a AAAA ::ffff:192.0.2.1\n", "4:1", APEX "a AAAA 2001:db8::1\n"),
    CASE(check_caa, APEX "@ CAA 0 isue \"a.net\"\n", "4:1", APEX "@ CAA 0 issue \"a.net\"\n"),
    CASE(check_digest_length, APEX "_25._tcp TLSA 3 1 1 00\n", "4:1",
	 APEX "_25._tcp TLSA 3 1 1 " OCTETS_32 "\n"),
    CASE(check_digest_sha1, APEX "a SSHFP 1 1 " OCTETS_20 "\n", "4:1",
	 APEX "a SSHFP 1 2 " OCTETS_32 "\n"),
    CASE(check_cds_unmatched, APEX "@ CDS 1 13 2 " OCTETS_32 "\n", "4:1", APEX "@ CDS 0 0 0 00\n"),
    CASE(check_cds_location, APEX "a CDS 0 0 0 00\n", "4:1", APEX "@ CDS 0 0 0 00\n"),
    CASE(check_tlsa, APEX "_25._tcp TLSA 9 1 0 00\n", "4:1", APEX "_25._tcp TLSA 3 1 0 00\n"),
};

static const struct table_case *
case_of(const struct check_rule *rule)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (cases[i].run == rule->run)
			return &cases[i];
	}
	fail_msg("%s: \"%s\" has no case", dms_err_info(rule->id)->name, rule->what);
	return NULL;
}

static const char *
zone_of(const struct table_case *test)
{
	return test->zone != NULL ? test->zone : ZONE;
}

static struct findings *
check_all(struct zone_text *text)
{
	struct findings *findings = talloc_zero(text, struct findings);

	zone_text_check(text, findings);
	zone_text_check_apex(text, findings);
	return findings;
}

/* The first finding with the rule's name and level; NULL: there is none. */
static const struct finding *
find(const struct findings *findings, const struct check_rule *rule)
{
	for (size_t i = 0; i < findings->count; i++) {
		if (findings->items[i].id == rule->id &&
		    (int)findings->items[i].level == rule->level)
			return &findings->items[i];
	}
	return NULL;
}

static struct zone_text *
bad_text(const struct table_case *test)
{
	struct zone_text *text =
	    read_zone(zone_of(test), test->bad != NULL ? test->bad : test->good);

	if (test->spoil != NULL)
		test->spoil(text);
	return text;
}

static void
each_row_judges_text(void **state)
{
	for (size_t i = 0; i < check_rule_count; i++) {
		const struct check_rule *rule = &check_rules[i];
		const struct table_case *test = case_of(rule);
		const char *input = test->bad != NULL ? test->bad : test->good;
		struct zone_text *good = read_zone(zone_of(test), test->good);
		const struct finding *found = find(check_all(bad_text(test)), rule);
		if (found == NULL)
			fail_msg("%s: \"%s\" finds nothing in\n%s", dms_err_info(rule->id)->name,
				 rule->what, input);
		const char *place = talloc_asprintf(mem, "%d:%d", found->line, found->column);
		if (strcmp(place, test->place) != 0)
			fail_msg("found at %s: %s in\n%s", place, found->message, input);
		found = find(check_all(good), rule);
		if (found != NULL)
			fail_msg("%s in\n%s", found->message, test->good);
	}
}

/* The text's content as our replies show it. */
static json_t *
to_json(const struct zone_text *text)
{
	const struct zone zone = {.id = 7, .name = text->zone};
	const struct instance instance = {.id = 9,
					  .zone_id = 7,
					  .change_by = "op@host/Admin",
					  .soa = text->soa,
					  .soa_ttl = -1,
					  .zone_ttl =
					      text->zone_ttl < 0 ? 3600 : (uint32_t)text->zone_ttl};
	json_t *shown;

	if (text->has_soa)
		return zi_to_json(&zone, &instance, text, NULL);
	shown = json_object();
	json_t *whole = zi_to_json(&zone, &instance, text, NULL);
	json_object_set(shown, "rr_groups", json_object_get(whole, "rr_groups"));
	json_decref(whole);
	return shown;
}

/* The record that a finding's indices lead to must be the one it is about. */
static void
expect_place(const json_t *zi_data, const struct findings *findings, const struct finding *found)
{
	json_t *list = zi_data_findings(findings, zi_data);
	const json_t *item = json_array_get(list, (size_t)(found - findings->items));
	json_int_t group = json_integer_value(json_object_get(item, "rr_groups_index"));
	json_int_t index = json_integer_value(json_object_get(item, "rrs_index"));
	const json_t *rrs = json_object_get(
	    json_array_get(json_object_get(zi_data, "rr_groups"), (size_t)group), "rrs");
	const json_t *rr = json_array_get(rrs, (size_t)index);

	assert_non_null(json_object_get(item, "rrs_index"));
	assert_string_equal(json_string_value(json_object_get(rr, "label")), found->label);
	assert_string_equal(json_string_value(json_object_get(rr, "type")),
			    rr_type_name(found->type));
	json_decref(list);
}

static struct findings *
check_json(const struct table_case *test, json_t *zi_data)
{
	struct findings *findings = talloc_zero(mem, struct findings);
	struct zone_text *text = NULL;

	ok(zi_data_parse(mem, zone_of(test), zi_data, &text, findings));
	assert_int_equal(findings->count, 0);
	if (test->spoil != NULL && test->bad == NULL)
		test->spoil(text);
	return check_all(text);
}

static void
each_row_judges_json(void **state)
{
	for (size_t i = 0; i < check_rule_count; i++) {
		const struct check_rule *rule = &check_rules[i];
		const struct table_case *test = case_of(rule);
		const char *input = test->bad != NULL ? test->bad : test->good;
		if (test->is_text_only)
			continue;
		json_t *zi_data = to_json(read_zone(zone_of(test), input));
		const struct findings *findings = check_json(test, zi_data);
		const struct finding *found = find(findings, rule);
		if (found == NULL)
			fail_msg("%s: \"%s\" finds nothing in JSON of\n%s",
				 dms_err_info(rule->id)->name, rule->what, input);
		if (found->line > 0 && test->spoil == NULL)
			expect_place(zi_data, findings, found);
		json_decref(zi_data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(each_row_judges_text),
	    TEST(each_row_judges_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
