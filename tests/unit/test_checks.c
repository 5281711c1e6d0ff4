/* rooms: dms_model dms_db dms_dns dms_base */
/* Checks of zone content: each has bad and good cases, as small zones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dns/zonetext.h"
#include "model/instance.h"

#include "memory.h"

#define ZONE    "example.org."
#define REVERSE "2.0.192.in-addr.arpa."
#define NIBBLES "8.b.d.0.1.0.0.2.ip6.arpa."

static struct zone_text *
read_zone(const char *zone, const char *input)
{
	struct findings findings = {0};
	struct zone_text *text;

	zone_text_read(mem, zone, input, strlen(input), &text, &findings);
	if (findings.error_count > 0)
		fail_msg("%s\n%d:%d %s", input, findings.items[0].line, findings.items[0].column,
			 findings.items[0].message);
	return text;
}

/* "E ZoneCNAMEExists 2:1, W TtlMismatch 3:1" */
static const char *
summary(const struct findings *findings)
{
	char *text = talloc_strdup(mem, "");

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		text = talloc_asprintf_append(text, "%s%c %s %d:%d", i > 0 ? ", " : "",
					      finding->level == FINDING_ERROR ? 'E' : 'W',
					      dms_err_info(finding->id)->name, finding->line,
					      finding->column);
	}
	return text;
}

struct check_case {
	const char *input, *found;
};

static void
try_cases(const char *zone, const struct check_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct findings findings = {0};
		zone_text_check(read_zone(zone, cases[i].input), &findings);
		if (strcmp(summary(&findings), cases[i].found) != 0)
			fail_msg("%s\nwanted: %s\nfound:  %s", cases[i].input, cases[i].found,
				 summary(&findings));
	}
}
#define TRY_CASES(zone, cases) try_cases(zone, cases, sizeof cases / sizeof cases[0])

static void
a_cname_is_alone(void **state)
{
	static const struct check_case cases[] = {
	    {"a CNAME b.net.\na TXT \"x\"\n", "E ZoneCNAMEExists 2:1"},
	    {"a TXT \"x\"\na CNAME b.net.\n", "E ZoneCNAMELabelExists 2:1"},
	    {"a TXT \"x\"\na CNAME b.net.\na A 192.0.2.1\n", "E ZoneCNAMEExists 3:1"},
	    {"a CNAME b.net.\na CNAME c.net.\n", "E ZoneCNAMEExists 2:1"},
	    {"a CNAME b.net.\n;!DISABLE\na TXT \"x\"\n", ""},
	    {"@ CNAME b.net.\n", "E ZoneCNAMELabelExists 1:1"},
	    {"@ CNAME b.net.\n@ NS ns.net.\n", "E ZoneCNAMEExists 2:1"},
	    {"a CNAME b.net.\nb TXT \"x\"\n", ""},
	};
	TRY_CASES(ZONE, cases);
}

/* What the name server makes may stand beside a CNAME. */
static void
signatures_stand_beside_a_cname(void **state)
{
	struct zone_text *text = read_zone(ZONE, "a CNAME b.net.\n");
	struct findings findings = {0};
	const struct zone_text_record nsec = {.label = "a",
					      .type = RR_NSEC,
					      .ttl = -1,
					      .rdata = (const uint8_t *)"\0\0\1\4",
					      .rdata_size = 4,
					      .group = -1};

	zone_text_add(text, &nsec);
	zone_text_check(text, &findings);
	assert_string_equal(summary(&findings), "");
}

static void
cnames_lead_somewhere(void **state)
{
	static const struct check_case cases[] = {
	    {"a CNAME b\nb A 192.0.2.1\n", ""},
	    {"a CNAME b\nx.b A 192.0.2.1\n", ""},
	    {"a CNAME b.w\n*.w A 192.0.2.1\n", ""},
	    {"a CNAME b\n", "W CnameTargetMissing 1:1"},
	    {"a CNAME @\n", ""},
	    {"a CNAME b\nb CNAME c.net.\n", "W CnameChain 1:1"},
	    {"a CNAME b.w\n*.w CNAME c.net.\n", "W CnameChain 1:1"},
	    {"a CNAME a\n", "E CnameLoop 1:1"},
	    {"a CNAME b\nb CNAME c\nc CNAME a\n",
	     "E CnameLoop 1:1, E CnameLoop 2:1, E CnameLoop 3:1"},
	    {"a CNAME b\nb CNAME b\n", "W CnameChain 1:1, E CnameLoop 2:1"},
	    {"*.w CNAME x.w\n", "E CnameLoop 1:1"},
	    {"a CNAME x.sub\nsub NS ns.net.\n", ""},
	    {"a CNAME x.d\nd DNAME b.net.\n", ""},
	};
	TRY_CASES(ZONE, cases);
}

static void
nothing_is_below_a_dname(void **state)
{
	static const struct check_case cases[] = {
	    {"d DNAME b.net.\n", ""},
	    {"d DNAME b.net.\nd A 192.0.2.1\n", ""},
	    {"d DNAME b.net.\ndd A 192.0.2.1\n", ""},
	    {"d DNAME b.net.\nx.d A 192.0.2.1\n", "E DnameOcclusion 2:1"},
	    {"y.x.d TXT \"x\"\nd DNAME b.net.\n", "E DnameOcclusion 1:1"},
	    {"x.d A 192.0.2.1\n;!DISABLE\nd DNAME b.net.\n", ""},
	    {"@ DNAME b.net.\nx A 192.0.2.1\n", "E DnameOcclusion 2:1"},
	    {"d DNAME b.net.\nd DNAME c.net.\n", "E DnameNotSingle 2:1"},
	    {"d DNAME b.net.\nd CNAME c.net.\n", "E ZoneCNAMELabelExists 2:1"},
	    {"*.d DNAME b.net.\n", "W WildcardDelegation 1:1"},
	};
	TRY_CASES(ZONE, cases);
}

static void
duplicates_and_ttls(void **state)
{
	static const struct check_case cases[] = {
	    {"a TXT \"x\"\nA TXT x\n", "E DuplicateRecordInZone 2:1"},
	    {"a PTR B.net.\na PTR b.net.\n", "E DuplicateRecordInZone 2:1"},
	    {"a 5 TXT \"x\"\na 6 TXT \"x\"\n", "E DuplicateRecordInZone 2:1, W TtlMismatch 2:1"},
	    {"a TXT \"x\"\n;!DISABLE\na TXT \"x\"\n", ""},
	    {"a TXT \"x\"\na TXT \"y\"\n", ""},
	    {"a 5 TXT \"x\"\na 6 TXT \"y\"\n", "W TtlMismatch 2:1"},
	    {"a 5 TXT \"z\"\nb TXT \"q\"\na 6 TXT \"y\"\na 7 TXT \"a\"\n", "W TtlMismatch 3:1"},
	    {"$TTL 1h\na 60m TXT \"x\"\na TXT \"y\"\na 6 A 192.0.2.1\n", ""},
	    {"$TTL 1h\na 61m TXT \"x\"\na TXT \"y\"\n", "W TtlMismatch 3:1"},
	    {"a 0 TXT \"x\"\n", "W TtlUnusual 1:1"},
	    {"a 7d TXT \"x\"\n", ""},
	    {"a 8d TXT \"x\"\na 8d TXT \"y\"\n", "W TtlUnusual 1:1"},
	};
	TRY_CASES(ZONE, cases);
}

static void
owners_of_hosts_are_host_names(void **state)
{
	static const struct check_case cases[] = {
	    {"a_b A 192.0.2.1\n", "E BadNameOwnerError 1:1"},
	    {"_x AAAA 2001:db8::1\n", "E BadNameOwnerError 1:1"},
	    {"a.*.b MX 10 x.net.\n", "E BadNameOwnerError 1:1"},
	    {"*.b A 192.0.2.1\n_x TXT a\n0/25 NS ns.net.\n", ""},
	    {"*.b NS ns.net.\n", "W WildcardDelegation 1:1"},
	    {"a_b TXT a\n\t 60 A 192.0.2.1\n", "E BadNameOwnerError 2:3"},
	    {"$ORIGIN a_b.example.org.\n@ TXT a\n(\n  A 192.0.2.1 )\n", "E BadNameOwnerError 4:3"},
	    {" $GENERATE 1-1 a_$ A 192.0.2.1\n", "E BadNameOwnerError 1:2"},
	    {"a AAAA ::ffff:192.0.2.1\n", "W Ipv4MappedAddress 1:1"},
	    {"a AAAA 2001:db8::ffff:192.0.2.1\n", ""},
	};
	TRY_CASES(ZONE, cases);
}

static void
targets_are_host_names(void **state)
{
	static const struct check_case cases[] = {
	    {"@ NS a_b.net.\n", "E BadNameRdataError 1:1"},
	    {"@ MX 10 *.net.\n", "E BadNameRdataError 1:1"},
	    {"@ MX 10 .\n", "E BadNameRdataError 1:1"},
	    {"@ MX 0 .\n_x SRV 0 0 0 .\n", ""},
	    {"_x SRV 0 0 0 a_b.net.\n", "E BadNameRdataError 1:1"},
	    {"a PTR a_b.net.\nb CNAME _x.y.net.\n", ""},
	    {"@ SOA a_b c 1 2 3 4 5\n", "E BadNameRdataError 1:1"},
	    {"@ TXT a\n\tSOA (\n a_b c 1 2 3 4 5)\n", "E BadNameRdataError 2:2"},
	    {"\n@ SOA (\n a x.a_b.net. 1 2 3 4 5)\n", "E BadNameRdataError 2:1"},
	    {"@ SOA a a\\.b.example.net. 1 2 3 4 5\n", ""},
	    {"@ MX 10 192.0.2.1\n", "E ZoneCheckIntegrityNoGlue 1:1, W AddressAsName 1:1"},
	    {"a CNAME 192.0.2.1.\n", "W AddressAsName 1:1"},
	    {"a CNAME 192.0.2.1.net.\n", ""},
	    {"a CNAME b.example.org\n", "W CnameTargetMissing 1:1, W FinalDotMissing 1:1"},
	    {"a CNAME example.org\n", "W CnameTargetMissing 1:1, W FinalDotMissing 1:1"},
	    {"a CNAME b.xexample.org.example.org.\n*.org TXT \"x\"\n", ""},
	};
	TRY_CASES(ZONE, cases);
}

static void
targets_have_addresses(void **state)
{
	static const struct check_case cases[] = {
	    {"@ NS ns1\n", "E ZoneCheckIntegrityNoGlue 1:1"},
	    {"@ NS ns1\nns1 A 192.0.2.1\n", ""},
	    {"@ NS ns1\nns1 AAAA 2001:db8::1\n", ""},
	    {"@ NS ns1\n;!DISABLE\nns1 A 192.0.2.1\n", "E ZoneCheckIntegrityNoGlue 1:1"},
	    {"@ MX 10 m\nm TXT \"x\"\n", "E ZoneCheckIntegrityNoGlue 1:1"},
	    {"@ MX 10 m\nx.m A 192.0.2.1\n", "E ZoneCheckIntegrityNoGlue 1:1"},
	    {"@ MX 10 m\nmm A 192.0.2.1\n", "E ZoneCheckIntegrityNoGlue 1:1"},
	    {"@ MX 10 m\nm CNAME x.net.\n", "W TargetIsCname 1:1"},
	    {"@ MX 10 m.d\nd DNAME x.net.\n", "W TargetIsCname 1:1"},
	    {"@ NS m\nm CNAME x.net.\n", "E TargetIsCname 1:1"},
	    {"@ MX 10 @\n@ A 192.0.2.1\n", ""},
	    {"@ MX 10 @\n", "E ZoneCheckIntegrityNoGlue 1:1"},
	    {"_s._t SRV 1 1 1 t\n", "E ZoneCheckIntegrityNoGlue 1:1"},
	    {"@ MX 10 m.net.\n@ MX 10 xexample.org.\n", ""},
	    {"@ HTTPS 1 . alpn=h2\n@ SVCB 0 x.net.\n", ""},
	    {"@ HTTPS 1 w\n", "W ZoneCheckIntegrityNoGlue 1:1"},
	    {"@ HTTPS 1 w\nw CNAME x.net.\n", ""},
	    /* A wildcard covers what is not there, but not what is, nor below it. */
	    {"@ MX 10 m.w\n*.w A 192.0.2.1\n", ""},
	    {"@ MX 10 a.b.w\n*.w A 192.0.2.1\n", ""},
	    {"@ MX 10 m\n* A 192.0.2.1\n", ""},
	    {"@ MX 10 m.w\n*.w A 192.0.2.1\nm.w TXT \"x\"\n", "E ZoneCheckIntegrityNoGlue 1:1"},
	    {"@ MX 10 a.b.w\n*.w A 192.0.2.1\nb.w TXT \"x\"\n", "E ZoneCheckIntegrityNoGlue 1:1"},
	};
	TRY_CASES(ZONE, cases);
}

static void
below_a_cut_only_glue_is_ours(void **state)
{
	static const struct check_case cases[] = {
	    {"sub NS ns.sub\n", "E ZoneCheckIntegrityNoGlue 1:1"},
	    {"sub NS ns.sub\nns.sub A 192.0.2.1\n", ""},
	    {"sub NS sub\nsub A 192.0.2.1\n", ""},
	    {"sub NS ns.x.net.\n@ MX 10 mail.sub\nother NS ns.sub\n", ""},
	    {"sub NS ns.x.net.\nother NS ns.sub\nns.sub A 192.0.2.1\n", ""},
	    {"sub NS ns.x.net.\nother NS ns.subx\n", "E ZoneCheckIntegrityNoGlue 2:1"},
	    {"sub NS ns.x.net.\na.sub A 192.0.2.1\n", "W DataBelowDelegation 2:1"},
	    {"sub NS ns.x.net.\nsub TXT \"x\"\n", "W DataBelowDelegation 2:1"},
	    {"sub NS ns.x.net.\nb.sub NS ns.x.net.\n", "W DataBelowDelegation 2:1"},
	    {"sub NS ns.x.net.\nsubb TXT \"x\"\n", ""},
	    {"sub NS ns.x.net.\nsub DS 1 13 2 " /* 32 octets */
	     "8d02536c887482bc34ff54e41d2ba659bf85b341a0a20afadb5813dcfbcf286d\n",
	     ""},
	    {"sub DS 1 13 2 8d02536c887482bc34ff54e41d2ba659bf85b341a0a20afadb5813dcfbcf286d\n",
	     "W DsWithoutNs 1:1"},
	    {"@ DS 1 13 2 8d02536c887482bc34ff54e41d2ba659bf85b341a0a20afadb5813dcfbcf286d\n",
	     "W DsWithoutNs 1:1"},
	};
	TRY_CASES(ZONE, cases);
}

static void
policies_are_looked_at(void **state)
{
	static const struct check_case cases[] = {
	    {"@ TXT \"v=spf1 -all\"\n@ TXT \"v=spf10\"\n@ TXT \"other\"\n", ""},
	    {"@ TXT \"v=spf1 -all\"\n@ TXT \"v=spf1 mx -all\"\n", "W SpfDoubtful 2:1"},
	    {"@ TXT \"v=spf1 a mx ptr a:x.net mx:x.net include:a include:b include:c exists:d "
	     "redirect=e all a4:1\"\n",
	     ""},
	    {"@ TXT \"v=spf1 a mx ptr a:x.net mx:x.net ?include:a include:b include:c exists:d "
	     "-a/24 redirect=e\"\n",
	     "W SpfDoubtful 1:1"},
	    {"@ SPF \"v=spf1 -all\"\n", "W SpfDoubtful 1:1, W TypeObsolete 1:1"},
	    {"@ SPF \"v=spf1 -all\"\n@ TXT \"v=spf1 -all\"\n", "W TypeObsolete 1:1"},
	    {"a NSAP 0x47000580\n", "W TypeObsolete 1:1"},
	    {"_dmarc TXT \"v=DMARC1; p=none\"\n", ""},
	    {"_dmarc TXT \"v=DMARC1\" \"; p = reject;rua=mailto:a@b.net\"\n", ""},
	    {"_dmarc TXT \"v=DMARC1; rua=mailto:a@b.net\"\n", "W DmarcDoubtful 1:1"},
	    {"_dmarc TXT \"v=DMARC1; sp=none; p=rejekt\"\n", "W DmarcDoubtful 1:1"},
	    {"_dmarc.a TXT \"p=none; v=DMARC1\"\n", "W DmarcDoubtful 1:1"},
	    {"_dmarc TXT \"v=DMARC1; p=none\"\n_dmarc TXT \"v=DMARC1; p=reject\"\n",
	     "W DmarcDoubtful 2:1"},
	    {"b._report._dmarc TXT \"v=DMARC1\"\n", ""},
	    {"@ CAA 0 issue \"ca.net\"\n@ CAA 128 iodef \"mailto:a@b.net\"\n", ""},
	    {"@ CAA 1 issue \"ca.net\"\n", "W CaaDoubtful 1:1"},
	    {"@ CAA 0 isue \"ca.net\"\n", "W CaaDoubtful 1:1"},
	    {"@ CAA 0 iodef \"a@b.net\"\n", "W CaaDoubtful 1:1"},
	};
	TRY_CASES(ZONE, cases);
}

#define OCTETS_20 "0123456789abcdef0123456789abcdef01234567"
#define OCTETS_32 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void
digests_have_their_length(void **state)
{
	static const struct check_case cases[] = {
	    {"a NS x.net.\na DS 1 8 1 " OCTETS_20 "\n", "W DigestSha1 2:1"},
	    {"a NS x.net.\na DS 1 8 99 " OCTETS_20 "\n", ""},
	    {"a SSHFP 4 2 " OCTETS_32 "\n", ""},
	    {"a SSHFP 1 1 " OCTETS_20 "\n", "W DigestSha1 1:1"},
	    {"_25._tcp.a TLSA 3 1 1 " OCTETS_32 "\n_25._tcp.b TLSA 3 1 0 00\n", ""},
	    {"_25._tcp.a TLSA 3 1 2 " OCTETS_32 "\n", "W DigestLength 1:1"},
	    {"_25._tcp.a TLSA 4 2 3 00\n", "W TlsaFields 1:1, W TlsaFields 1:1, W TlsaFields 1:1"},
	    {"_25._tcp.a TLSA 255 255 255 00\n", ""},
	};
	TRY_CASES(ZONE, cases);
}

static void
reverse_zones_have_addresses_as_owners(void **state)
{
	static const struct check_case ipv4[] = {
	    {"1 PTR a_b.net.\n2 PTR host.net.\n", "E BadNameRdataError 1:1"},
	    {"1.2 PTR host.net.\n", "W PtrOwnerShape 1:1"},
	    {"@ PTR host.net.\n", "W PtrOwnerShape 1:1"},
	    {"x PTR host.net.\n* PTR host.net.\nlb._dns-sd._udp PTR host.net.\n", ""},
	    {"1 CNAME 1.0/25\n0/25 NS ns.net.\n2.0-25 PTR host.net.\n", ""},
	    {"1 PTR host.net\n", "W FinalDotMissing 1:1"},
	};
	static const struct check_case ipv6[] = {
	    {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR host.net.\n", ""},
	    {"1.0.0.0 PTR host.net.\n", "W PtrOwnerShape 1:1"},
	    {"*.0.0.0 PTR host.net.\n", ""},
	};
	TRY_CASES(REVERSE, ipv4);
	try_cases("0/25." REVERSE, ipv4 + 3, 2);
	TRY_CASES(NIBBLES, ipv6);
}

static void
the_apex_is_complete(void **state)
{
#define GOOD_SOA "@ SOA a.net. b.net. 1 7200 900 604800 3600\n"
#define GOOD_NS  "@ NS a.net.\n@ NS b.net.\n"
	static const struct check_case cases[] = {
	    {GOOD_SOA GOOD_NS, ""},
	    {GOOD_NS, "E ZoneHasNoSOARecord 0:0"},
	    {GOOD_SOA "a NS ns.net.\n", "E ZoneHasNoNSRecord 0:0"},
	    {GOOD_SOA ";!DISABLE\n@ NS ns.net.\n", "E ZoneHasNoNSRecord 0:0"},
	    {GOOD_SOA "@ NS ns.net.\n", "W NameServerSingle 2:1"},
	    {GOOD_NS "@ SOA a.net. b.net. 1 1199 900 604800 3600\n", "W SoaTimersUnusual 3:1"},
	    {GOOD_NS "@ SOA a.net. b.net. 1 7200 7200 604800 3600\n", "W SoaTimersUnusual 3:1"},
	    {GOOD_NS "@ SOA a.net. b.net. 1 7200 900 604799 3600\n", "W SoaTimersUnusual 3:1"},
	    {GOOD_NS "@ SOA a.net. b.net. 1 7200 900 8000 3600\n",
	     "W SoaTimersUnusual 3:1, W SoaTimersUnusual 3:1"},
	    {GOOD_NS "@ SOA a.net. b.net. 1 7200 900 604800 0\n", "W SoaTimersUnusual 3:1"},
	    {GOOD_NS "@ SOA a.net. b.net. 1 7200 900 604800 86401\n", "W SoaTimersUnusual 3:1"},
	    {GOOD_NS "@ SOA a.net. b.net. 0 7200 900 604800 86400\n", "W SoaSerialDoubtful 3:1"},
	    {"$TTL 0\n" GOOD_SOA GOOD_NS, "W TtlUnusual 2:1"},
	    {"$TTL 8d\n" GOOD_SOA GOOD_NS, "W TtlUnusual 2:1"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct findings findings = {0};
		zone_text_check_apex(read_zone(ZONE, cases[i].input), &findings);
		if (strcmp(summary(&findings), cases[i].found) != 0)
			fail_msg("%s\nwanted: %s\nfound:  %s", cases[i].input, cases[i].found,
				 summary(&findings));
	}
}

static void
serials_far_apart_are_doubtful(void **state)
{
	static const struct {
		uint32_t serial, published;
		bool is_far;
	} cases[] = {
	    {2026112200, 2026112199, false}, {2026112200, 2026112201, false},
	    {2026112200, 1795305600, false}, {5, 2026112200, true},
	    {5, 4294967295, false},          {2026112200, 5, true},
	    {0x80000005, 5, true},           {5, 0, false},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct findings findings = {0};
		struct zone_text *text = read_zone(
		    ZONE, talloc_asprintf(mem, "@ SOA a b %u 2 3 4 5\n", cases[i].serial));
		zone_text_check_serial(text, cases[i].published, &findings);
		if (findings.count != cases[i].is_far)
			fail_msg("%u beside %u", cases[i].serial, cases[i].published);
	}
}

/* A content that came from a zone with a shorter name, and TTLs that no text can have. */
static void
what_no_text_holds_is_found(void **state)
{
	struct findings findings = {0};
	char label[64 * 4 + 1] = "";
	struct zone_text *text = zone_text_new(mem, ZONE);
	struct zone_text_record record = {.label = label,
					  .type = RR_A,
					  .ttl = INT64_C(1) << 31,
					  .rdata = (const uint8_t *)"\300\0\2\1",
					  .rdata_size = 4,
					  .group = -1};

	zone_text_add(text, &record);
	text->records[0].label = "a";
	for (int i = 0; i < 4; i++) {
		memset(label + 64 * i, 'x', 63);
		label[64 * i + 63] = i < 3 ? '.' : '\0';
	}
	record.ttl = 60;
	record.line = 7;
	record.column = 1;
	zone_text_add(text, &record);
	label[64] = '\0';
	label[63] = 'x';
	record.line = 8;
	zone_text_add(text, &record);
	zone_text_check(text, &findings);
	assert_string_equal(summary(&findings),
			    "E NameTooLong 7:1, E BadNameOwnerError 7:1, E NameTooLong 8:1, "
			    "E BadNameOwnerError 8:1, E TtlRangeError 0:0");
	memset(&findings, 0, sizeof findings);
	text->zone_ttl = INT64_C(1) << 31;
	text->has_soa = true;
	text->soa = (struct soa){"a.net.", "b.net.", 1, 7200, 900, 604800, 3600};
	text->record_count = 0;
	zone_text_check_apex(text, &findings);
	assert_string_equal(summary(&findings), "E ZoneHasNoNSRecord 0:0, E TtlRangeError 0:0");
}

/* All of them, in the order of the text, with what a program needs. */
static void
a_refusal_tells_all(void **state)
{
	static const char input[] = "b A 192.0.2.1\nb CNAME c.net.\n@ NS ns1\n@ MX 10 m\n"
				    "a 5 TXT \"x\"\na 6 TXT \"y\"\n";
	struct findings findings = {0};

	zone_text_check(read_zone(ZONE, input), &findings);
	findings_quote(&findings, mem, input, strlen(input));
	dms_error *error = findings_error(&findings, ZONE);
	json_t *list = json_object_get(error->data, "findings");
	json_t *first = json_array_get(list, 0), *last = json_array_get(list, 3);
	assert_int_equal(error->id, DMS_E_ZONE_CNAME_LABEL_EXISTS);
	assert_int_equal(json_array_size(list), 4);
	assert_int_equal(json_integer_value(json_object_get(error->data, "lineno")), 2);
	assert_int_equal(json_integer_value(json_object_get(error->data, "error_count")), 3);
	assert_string_equal(json_string_value(json_object_get(error->data, "marked_input_line")),
			    ">!<b CNAME c.net.");
	json_t *rr = json_object_get(error->data, "rr_data");
	assert_string_equal(json_string_value(json_object_get(rr, "rdata")), "c.net.");
	assert_int_equal(json_integer_value(json_object_get(first, "code")), -19);
	assert_string_equal(json_string_value(json_object_get(first, "type")), "CNAME");
	assert_string_equal(json_string_value(json_object_get(last, "level")), "warning");
	assert_string_equal(json_string_value(json_object_get(last, "rdata")), "\"y\"");
	assert_non_null(strstr(json_string_value(json_object_get(last, "message")),
			       "saved with the lowest, 5"));
	dms_error_free(error);
}

/* Each record in JSON is found by where it stands there. */
static void
json_is_checked_the_same(void **state)
{
	static const char zi_data[] =
	    "{\"zone_ttl\": \"1h\", \"rr_groups\": ["
	    "{\"rrs\": [{\"label\": \"@\", \"type\": \"NS\", \"rdata\": \"ns1\"},"
	    "           {\"label\": \"a\", \"type\": \"CNAME\", \"rdata\": \"b.net.\"}]},"
	    "{\"rrs\": [{\"label\": \"c\", \"type\": \"A\", \"rdata\": \"192.0.2.1\"},"
	    "           {\"label\": \"a\", \"type\": \"TXT\", \"rdata\": \"\\\"x\\\"\"}]}]}";
	static const char *const wanted[] = {"ZoneCheckIntegrityNoGlue 0 0", "ZoneCNAMEExists 1 1"};
	json_t *json = json_loads(zi_data, 0, NULL);
	struct findings findings = {0};
	struct zone_text *text = NULL;

	assert_null(zi_data_parse(mem, ZONE, json, &text, &findings));
	zone_text_check(text, &findings);
	dms_error *error = zi_data_error(&findings, ZONE, json);
	assert_non_null(error);
	json_t *list = json_object_get(error->data, "findings");
	assert_int_equal(json_array_size(list), 2);
	for (size_t i = 0; i < 2; i++) {
		json_t *item = json_array_get(list, i);
		char found[80];
		snprintf(found, sizeof found, "%s %lld %lld",
			 json_string_value(json_object_get(item, "name")),
			 json_integer_value(json_object_get(item, "rr_groups_index")),
			 json_integer_value(json_object_get(item, "rrs_index")));
		assert_string_equal(found, wanted[i]);
	}
	dms_error_free(error);
	json_decref(json);
}

static void
rrsets_get_the_lowest_ttl(void **state)
{
	struct zone_text *text = read_zone(ZONE, "$TTL 1h\n"
						 "a 5m TXT \"x\"\n"
						 "b 2h TXT \"x\"\n"
						 "a 6m TXT \"y\"\n"
						 "a A 192.0.2.1\n"
						 "b TXT \"y\"\n"
						 "a TXT \"z\"\n"
						 ";!DISABLE\n"
						 "a 9m TXT \"w\"\n");
	static const int64_t wanted[] = {300, 3600, 300, -1, -1, 300, 540};

	zone_text_unify_ttls(text);
	for (size_t i = 0; i < 7; i++)
		if (text->records[i].ttl != wanted[i])
			fail_msg("record %zu has %lld", i, (long long)text->records[i].ttl);
	struct findings findings = {0};
	zone_text_check(text, &findings);
	assert_string_equal(summary(&findings), "");
}

static double
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Twice the records take about twice the time, whatever they are. */
static double
time_of(size_t count, const char *const *patterns, size_t pattern_count)
{
	char *input = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&input, &size);
	struct findings findings = {0};
	struct zone_text *text;

	for (size_t i = 0; i < count; i++) {
		unsigned scattered = (unsigned)(i * 2654435761u) % 1000003;
		/* %u: a scattered number, twice the same */
		const char *pattern = patterns[i % pattern_count];
		const char *at = strstr(pattern, "%u");
		for (; at != NULL; pattern = at + 2, at = strstr(pattern, "%u"))
			fprintf(out, "%.*s%u", (int)(at - pattern), pattern, scattered);
		fputs(pattern, out);
	}
	fclose(out);
	zone_text_read(mem, ZONE, input, size, &text, &findings);
	assert_int_equal(text->record_count, count);
	double begin = seconds_now();
	zone_text_check(text, &findings);
	double taken = seconds_now() - begin;
	talloc_free(text);
	free(input);
	return taken;
}

static void
time_grows_with_the_records(void **state)
{
	static const char *const hosts[] = {"h%u A 192.0.2.1\n", "c%u CNAME h%u\n",
					    "m%u MX 10 h%u\n", "d%u NS ns.d%u\n"};
	static const char *const one[] = {"x TXT \"%u\"\n", "a%u CNAME x\n"};
	static const char *const deep[] = {"a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p%u.s NS x.y\n",
					   "p%u.s DNAME b.net.\n"};
	static const struct {
		const char *const *patterns;
		size_t count;
	} zones[] = {{hosts, 4}, {one, 2}, {deep, 2}};
	const char *big = getenv("DMS_CHECKS_RECORDS");
	size_t base = big != NULL ? (size_t)atol(big) / 8 : 8000;

	for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
		double small = time_of(base, zones[i].patterns, zones[i].count);
		double large = time_of(8 * base, zones[i].patterns, zones[i].count);
		if (big != NULL)
			printf("zone %zu: %zu records %.3f s, %zu %.3f s\n", i, base, small,
			       8 * base, large);
		if (large > 24 * small + 0.2)
			fail_msg("zone %zu: %.3f s, and of 8 times the records %.3f s", i, small,
				 large);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_cname_is_alone),
	    TEST(signatures_stand_beside_a_cname),
	    TEST(cnames_lead_somewhere),
	    TEST(nothing_is_below_a_dname),
	    TEST(duplicates_and_ttls),
	    TEST(owners_of_hosts_are_host_names),
	    TEST(targets_are_host_names),
	    TEST(targets_have_addresses),
	    TEST(below_a_cut_only_glue_is_ours),
	    TEST(policies_are_looked_at),
	    TEST(digests_have_their_length),
	    TEST(reverse_zones_have_addresses_as_owners),
	    TEST(the_apex_is_complete),
	    TEST(serials_far_apart_are_doubtful),
	    TEST(what_no_text_holds_is_found),
	    TEST(a_refusal_tells_all),
	    TEST(json_is_checked_the_same),
	    TEST(rrsets_get_the_lowest_ttl),
	    TEST(time_grows_with_the_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
