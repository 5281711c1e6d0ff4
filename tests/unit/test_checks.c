/* rooms: dms_model dms_db dms_dns dms_base */
/* Checks of zone content: each has bad and good cases, as small zones. */
#include "memory.h"

#include "checks_zone.h"

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
	    {"d DNAME c.net.\nd DNAME b.net.\n", "E DnameNotSingle 2:1"},
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
	    {"*.b NS ns.net.\n", "E WildcardDelegation 1:1"},
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
	    {"@ TXT \"v=spf1 mx -all\"\n@ TXT \"v=spf1 -all\"\n", "W SpfDoubtful 2:1"},
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
	    {"_dmarc TXT \"v=DMARC1; p=reject\"\n_dmarc TXT \"v=DMARC1; p=none\"\n",
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

/* BIND refuses a zone with any other CDS or CDNSKEY that no DNSKEY of it matches. */
static void
parents_are_asked_for_nothing_but_to_delete(void **state)
{
	static const struct check_case cases[] = {
	    {"@ CDS 0 0 0 00\n@ CDNSKEY 0 3 0 AA==\n", ""},
	    {"@ CDS 1 13 4 "
	     "00000000000000000000000000000000000000000000000000000000000000000000000000000000"
	     "0000000000000000\n",
	     "E CdsUnmatched 1:1"},
	    {"@ CDS 0 0 0 00\n@ CDS 0 0 1 0000000000000000000000000000000000000000\n",
	     "W DigestSha1 2:1, E CdsUnmatched 2:1"},
	    {"@ CDNSKEY 257 3 13 AAEC\n", "E CdsUnmatched 1:1"},
	    {"@ CDNSKEY 0 3 0 AAA=\n", "E CdsUnmatched 1:1"},
	    {"a CDS 0 0 0 00\na CDNSKEY 257 3 13 AAEC\n", "W CdsLocation 1:1, W CdsLocation 2:1"},
	    {";!DISABLE\n@ CDNSKEY 257 3 13 AAEC\n", ""},
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
	    TEST(parents_are_asked_for_nothing_but_to_delete),
	    TEST(reverse_zones_have_addresses_as_owners),
	    TEST(the_apex_is_complete),
	    TEST(serials_far_apart_are_doubtful),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
