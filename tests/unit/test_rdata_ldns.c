/* rooms: dms_dns dms_base */
/* Our encoders beside ldns's, on text that both must read alike. */
#include <ldns/ldns.h>
#include <string.h>

#include "memory.h"

#include "rdata_text.h"

static const char *const lines[] = {
    "A 192.0.2.1",
    "A 0.0.0.0",
    "A 255.255.255.255",
    "AAAA ::",
    "AAAA 2001:db8::1",
    "AAAA ::ffff:1.2.3.4",
    "AAAA 1:2:3:4:5:6:7:8",
    "NS ns1",
    "NS ns1.example.net.",
    "NS @",
    "CNAME a\\.b.c",
    "CNAME *.x",
    "CNAME \\065\\200.x",
    "PTR h",
    "DNAME d.",
    "MX 0 .",
    "MX 65535 m",
    "MX 10 mail.example.org.",
    "TXT a b c",
    "TXT \"a b\" \"\"",
    "TXT \"\\\"q\\\" \\\\ \\001\\255\"",
    "TXT a\\;b",
    "SPF \"v=spf1 -all\"",
    "SRV 1 2 3 t",
    "SRV 0 0 0 .",
    "SOA a b.c 1 2h 3m 1w 5",
    "SOA ns h 4294967295 1 1 1 1",
    "HINFO \"a b\" c",
    "MINFO a b",
    "RP a b",
    "AFSDB 1 b",
    "RT 1 b",
    "PX 1 a b",
    "KX 1 b",
    "NAPTR 1 2 \"a\" \"b\" \"!c!d!\" d",
    "X25 \"1234\"",
    "LP 1 b",
    "TALINK a b",
    "DS 1 2 9 abcd",
    "SSHFP 1 3 ABCD ef",
    "TLSA 3 1 1 abcd",
    "SMIMEA 3 1 1 abcd",
    "OPENPGPKEY AAECAw==",
    "OPENPGPKEY AAEC AwQ=",
    "CAA 0 issue \"a; b\"",
    "CAA 1 x \"\"",
    "URI 1 2 \"http://a\"",
    "CERT PGP 1 RSASHA256 AAEC",
    "EUI48 00-00-5e-00-53-2a",
    "EUI64 00-00-5e-ef-10-00-00-2a",
    "NID 10 0014:4fff:ff20:ee64",
    "L32 10 10.1.2.0",
    "L64 10 2001:0db8:1140:1000",
    "DHCID AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
    "CSYNC 66 3 A NS AAAA TYPE1234",
    "APL 1:192.168.32.0/21 !1:192.168.38.0/28 2:ff00::/8",
    "NSAP 0x47000580005a00",
    "LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m",
    "LOC 1 1 1.001 S 179 59 59.999 W 100m 3m 20m 400m",
    "CDS 1 8 9 abcd",
    "CDNSKEY 257 3 13 AAEC",
    "ZONEMD 1 1 240 0123456789abcdef01234567",
    "HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cI rvs",
    "SVCB 1 foo alpn=h2,h3 port=8443",
    "HTTPS 1 . alpn=h2 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1",
};

/* ldns's fields one behind the other must be our rdata. */
static void
compare_with_ldns(const char *line, ldns_rdf *origin, const uint8_t *ours, size_t size)
{
	ldns_rr *rr = NULL;
	size_t at = 0;
	ldns_status status =
	    ldns_rr_new_frm_str(&rr, talloc_asprintf(mem, "@ 0 IN %s", line), 0, origin, NULL);
	if (status != LDNS_STATUS_OK)
		fail_msg("ldns: %s: %s", line, ldns_get_errorstr_by_id(status));
	ldns_rr2canonical(rr);
	for (size_t j = 0; j < ldns_rr_rd_count(rr); j++) {
		const ldns_rdf *field = ldns_rr_rdf(rr, j);
		if (ldns_rdf_size(field) == 0)
			continue;
		if (at + ldns_rdf_size(field) > size ||
		    memcmp(ours + at, ldns_rdf_data(field), ldns_rdf_size(field)) != 0)
			fail_msg("%s: field %zu differs", line, j);
		at += ldns_rdf_size(field);
	}
	assert_int_equal(at, size);
	ldns_rr_free(rr);
}

static void
direct_encoders_agree_with_ldns(void **state)
{
	ldns_rdf *origin = ldns_dname_new_frm_str(ORIGIN);

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		const char *blank = strchr(lines[i], ' ');
		char *type = talloc_strndup(mem, lines[i], (size_t)(blank - lines[i]));
		size_t size;
		uint8_t *ours = parse(type, blank + 1, &size);
		compare_with_ldns(lines[i], origin, ours, size);
	}
	ldns_rdf_deep_free(origin);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(direct_encoders_agree_with_ldns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
