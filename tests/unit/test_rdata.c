/* rooms: dms_dns dms_base */
/* Rdata as text: what comes out of what is given, and what is refused. */
#include <string.h>

#include "memory.h"

#include "rdata_text.h"

/* Text as given, and as it comes out relative to the zone (NULL: the same). */
static const struct {
	const char *type, *given, *printed;
} samples[] = {
    {"A", "192.0.2.1", NULL},
    {"AAAA", "2001:DB8:0:0::1", "2001:db8::1"},
    {"AAAA", "::ffff:192.0.2.1", NULL},
    {"NS", "ns1", NULL},
    {"NS", "NS1.Example.ORG.", "ns1"},
    {"NS", "ns.example.net.", NULL},
    {"NS", "xexample.org.", NULL},
    {"CNAME", "@", NULL},
    {"CNAME", "a\\.b", NULL},
    {"PTR", "www.example.org.", "www"},
    {"DNAME", "other", NULL},
    {"MX", "10 mail", NULL},
    {"MX", "0 .", NULL},
    {"SRV", "0 5 5060 sip.Example.com.", "0 5 5060 sip.example.com."},
    {"SOA", "ns1 host\\.master 2026030501 2h 15m 1w 1h",
     "ns1 host\\.master 2026030501 7200 900 604800 3600"},
    {"TXT", "\"v=spf1 -all\"", NULL},
    {"TXT", "v=spf1 -all", "\"v=spf1\" \"-all\""},
    {"TXT", "\"\"", NULL},
    {"TXT", "\"a;b (c) \\\"d\\\" \\\\ \\007\"", NULL},
    {"TXT", "a\\;b", "\"a;b\""},
    {"TXT", "\"\xc3\xa9\"", "\"\\195\\169\""},
    {"SPF", "\"v=spf1 -all\"", NULL},
    {"HINFO", "x86 \"Debian GNU\"", "\"x86\" \"Debian GNU\""},
    {"MINFO", "r e", NULL},
    {"RP", "admin.example.org. text", "admin text"},
    {"AFSDB", "1 afs", NULL},
    {"X25", "311061700956", "\"311061700956\""},
    {"RT", "2 relay", NULL},
    {"PX", "10 a b.example.net.", NULL},
    {"KX", "10 kx", NULL},
    {"NAPTR", "100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b!\" .", NULL},
    {"NAPTR", "100 10 S SIP+D2U \"\" _sip._udp", "100 10 \"S\" \"SIP+D2U\" \"\" _sip._udp"},
    {"NAPTR", "1 2 u x \"!^(\\\\+[0-9]{2,3})|([[:alpha:]^]+)x?$!\\\\1@\\\\2!i\" .",
     "1 2 \"u\" \"x\" \"!^(\\\\+[0-9]{2,3})|([[:alpha:]^]+)x?$!\\\\1@\\\\2!i\" ."},
    {"LP", "10 Sub.example.net.", NULL},
    {"DS", "20326 RSASHA256 9 E06D44B8 0B8F1D39", "20326 8 9 e06d44b80b8f1d39"},
    {"SSHFP", "4 3 abCD 01", "4 3 abcd01"},
    {"ISDN", "150862028003217 004", "\"150862028003217\" \"004\""},
    {"ISDN", "150862028003217", "\"150862028003217\""},
    {"GPOS", "-32.6882 116.8652 10.0", "\"-32.6882\" \"116.8652\" \"10.0\""},
    {"KEY", "512 3 ED25519 AQID", "512 3 15 AQID"},
    {"KEY", "49152 3 0", NULL},
    {"HIP",
     "2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cI rvs "
     "RVS2.example.net.",
     "2 200100107b1a74df365639cc39f1d578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cI rvs "
     "RVS2.example.net."},
    {"AMTRELAY", "10 0 1 203.0.113.15", NULL},
    {"AMTRELAY", "10 1 2 2001:DB8::15", "10 1 2 2001:db8::15"},
    {"AMTRELAY", "128 1 3 amtrelays.example.org.", "128 1 3 amtrelays"},
    {"AMTRELAY", "0 0 0 .", NULL},
    {"CDS", "0 0 0 00", NULL},
    {"CDNSKEY", "0 3 0 AA==", NULL},
    {"ZONEMD", "2026010100 1 240 0123456789abcdef01234567", NULL},
    {"NSAP-PTR", "h", NULL},
    {"RESINFO", "qnamemin exterr=15", "\"qnamemin\" \"exterr=15\""},
    {"WALLET", "BTC x", "\"BTC\" \"x\""},
    {"APL", "\\# 0", NULL},
    {"APL", "2:FF00::/8 1:0.0.0.0/0", "2:ff00::/8 1:0.0.0.0/0"},
    {"WKS", "\\# 6 c00002010640", NULL},
    {"TLSA", "3 1 1 00ff", NULL},
    {"SMIMEA", "3 0 0 00ff", NULL},
    {"OPENPGPKEY", "AAEC Aw==", "AAECAw=="},
    {"CAA", "0 issue \"ca.example; a=b\"", NULL},
    {"CAA", "128 tbs \"\"", NULL},
    {"CAA", "0 issue ca.example", "0 issue \"ca.example\""},
    {"URI", "10 1 \"https://a.example/b c\"", NULL},
    {"CERT", "PKIX 1 5 AAEC", NULL},
    {"IPSECKEY", "10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==", NULL},
    {"IPSECKEY", "10 3 2 gw AQNRU3mG", NULL},
    {"IPSECKEY", "10 2 2 2001:db8::1 AQNRU3mG", NULL},
    {"IPSECKEY", "10 0 2 . AQNRU3mG", NULL},
    {"LOC", "52 22 23.000 N 4 53 32.000 E -2.00m", NULL},
    {"LOC", "90 N 180 W 0m 1 10000 10M", "90 0 0.000 N 180 0 0.000 W 0.00m"},
    {"LOC", "1 2 S 3 4 5.6 e -100000 15.9m",
     "1 2 0.000 S 3 4 5.600 E -100000.00m 10.00m 10000.00m 10.00m"},
    {"LOC", "0 S 0 W 42849672.95 90000000.00 0 0.01",
     "0 0 0.000 N 0 0 0.000 E 42849672.95m 90000000.00m 0.00m 0.01m"},
    {"NSAP", "0x47.0005.80.005a00", "0x47000580005a00"},
    {"NSAP", "0x4.7.", "0x47"},
    {"SVCB", "1 foo alpn=h2 port=8443", NULL},
    {"HTTPS", "1 . alpn=\"h2,h3\" ipv4hint=192.0.2.1", "1 . alpn=h2,h3 ipv4hint=192.0.2.1"},
    {"HTTPS", "0 www.example.net.", NULL},
    {"HTTPS", "0 .", NULL},
    {"SVCB", "16 foo ipv6hint=2001:db8::1,2001:db8::53:1 port=53 mandatory=port,alpn alpn=h2,h3-19",
     "16 foo mandatory=alpn,port alpn=h2,h3-19 port=53 ipv6hint=2001:db8::1,2001:db8::53:1"},
    {"SVCB", "16 foo alpn=\"f\\\\\\\\oo\\\\,bar,h2\"", "16 foo alpn=\"f\\\\\\\\oo\\\\,bar,h2\""},
    {"SVCB", "1 foo key667=\"hello\\210qoo\"", NULL},
    {"SVCB", "1 foo key667", NULL},
    {"SVCB", "1 foo key3=\\032\\251", "1 foo port=8443"},
    {"SVCB", "1 . dohpath=/dns-query{?dns} ech=AAEC no-default-alpn alpn=dot ohttp",
     "1 . alpn=dot no-default-alpn ech=AAEC dohpath=/dns-query{?dns} ohttp"},
    {"EUI48", "00-00-5e-00-53-2a", NULL},
    {"EUI64", "00-00-5e-ef-10-00-00-2a", NULL},
    {"NID", "10 0014:4fff:ff20:ee64", NULL},
    {"L64", "10 2001:0db8:1140:1000", NULL},
    {"L32", "10 10.1.2.0", NULL},
    {"DHCID", "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=", NULL},
    {"CSYNC", "66 3 A NS AAAA", NULL},
    {"APL", "1:192.168.32.0/21 !1:192.168.38.0/28", NULL},
    {"TYPE1234", "\\# 3 0a0B 0c", "\\# 3 0a0b0c"},
    {"TYPE1234", "\\# 0", NULL},
    {"TYPE260", "\\# 2 0a00", "10 0 0 ."},
    {"A", "\\# 4 c0000201", "192.0.2.1"},
    {"MX", "\\# 9 000a 0557572e5757 00", "10 ww\\.ww."},
    {"CAA", "\\# 8 00 05 6973737565 3b", "0 issue \";\""},
};

static void
text_goes_to_wire_and_back(void **state)
{
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		const char *expected =
		    samples[i].printed != NULL ? samples[i].printed : samples[i].given;
		size_t size, again_size;
		uint8_t *rdata = parse(samples[i].type, samples[i].given, &size);
		char *printed = print(samples[i].type, rdata, size, ORIGIN);
		if (strcmp(printed, expected) != 0)
			fail_msg("%s %s -> %s", samples[i].type, samples[i].given, printed);

		/* What is printed, relative or absolute, is the same rdata again. */
		uint8_t *again = parse(samples[i].type, printed, &again_size);
		assert_int_equal(size, again_size);
		assert_memory_equal(rdata, again, size);
		printed = print(samples[i].type, rdata, size, NULL);
		again = parse(samples[i].type, printed, &again_size);
		assert_int_equal(size, again_size);
		assert_memory_equal(rdata, again, size);
	}
}

static const struct {
	const char *type, *text, *reason;
} bad[] = {
    {"A", "", "no rdata"},
    {"A", "192.0.2", "IPv4"},
    {"A", "192.0.2.256", "IPv4"},
    {"A", "192.0.2.01", "IPv4"},
    {"A", "192.0.2.1.", "IPv4"},
    {"A", "192.0.2.1 192.0.2.2", "more words"},
    {"A", "\"192.0.2.1\"", "IPv4"},
    {"AAAA", "2001:db8::1%eth0", "IPv6"},
    {"AAAA", "192.0.2.1", "IPv6"},
    {"NS", "a..b", "empty label"},
    {"NS", "\"a\"", "without quotes"},
    {"NS", "a b", "more words"},
    {"MX", "10", "missing"},
    {"MX", "70000 mail", "65535"},
    {"MX", "-1 mail", "65535"},
    {"MX", "1x mail", "65535"},
    {"SRV", "1 2 3", "missing"},
    {"SOA", "a b 1 2 3 4", "missing"},
    {"SOA", "a b 4294967296 2 3 4 5", "4294967295"},
    {"SOA", "a b 1 2x 3 4 5", "time value"},
    {"TXT", "\"open", "not closed"},
    {"TXT", "a\"b", "not closed"},
    {"TXT", "a\"b\"", "inside a word"},
    {"TXT", "\\256", "backslash"},
    {"TXT", "a;b", "outside quotes"},
    {"TXT", "(a)", "outside quotes"},
    {"DS", "1 2 3", "missing"},
    {"DS", "1 2 3 abc", "odd number"},
    {"DS", "1 2 3 xy", "hexadecimal"},
    {"DS", "1 256 3 ab", "255"},
    {"SSHFP", "1 1 \"\"", "without quotes"},
    {"DS", "1 8 9 \"ab\"", "without quotes"},
    {"OPENPGPKEY", "\"AA==\"", "without quotes"},
    {"OPENPGPKEY", "AB==", "bits left over"},
    {"CAA", "0 \"issue\" \"x\"", "without quotes"},
    {"IPSECKEY", "10 0 2 \".\" AQNR", "no gateway"},
    {"RKEY", "8 1 0 AQID", "flags are 0"},
    {"TLSA", "3 1 999 00", "255"},
    {"OPENPGPKEY", "A===", "base64"},
    {"OPENPGPKEY", "AAA", "cut short"},
    {"OPENPGPKEY", "AA==AA==", "base64"},
    {"CAA", "0 is-sue \"x\"", "letters and digits"},
    {"CAA", "0 issue \"x\" y", "more words"},
    {"URI", "1 1 \"\"", "empty"},
    {"LOC", "95 0 0 N 10 0 0 E 0m", "degrees"},
    {"LOC", "1194 0 0 N 10 0 0 E 0m", "degrees"},
    {"LOC", "90 59 0 N 10 0 0 E 0m", "more than 90"},
    {"LOC", "180 N 10 E 0m", "degrees"},
    {"LOC", "1 N 180 0 0.001 E 0m", "more than 180"},
    {"LOC", "1 60 N 1 E 0m", "minutes"},
    {"LOC", "1 1 60 N 1 E 0m", "seconds"},
    {"LOC", "1 1 1.2345 N 1 E 0m", "seconds"},
    {"LOC", "1 1 1 1 N 1 E 0m", "is wanted"},
    {"LOC", "1 N 1 E", "altitude"},
    {"LOC", "1 N 1 E -100000.01m", "altitude"},
    {"LOC", "1 N 1 E 0m 90000000.01m", "size"},
    {"LOC", "1 N 1 E 0m 1m 1m 1m 1m", "more words"},
    {"LOC", "1 N", "no E or W"},
    {"LOC", "\\# 16 01121613800000008000000000989680", "do not fit"},
    {"LOC", "\\# 16 00a21613800000008000000000989680", "do not fit"},
    {"LOC", "\\# 16 00121613ffffffff8000000000989680", "do not fit"},
    {"CERT", "1 99999 5 AAEC", "65535"},
    {"CERT", "PKIXX 1 5 AAEC", "65535"},
    {"X25", "311", "four or more digits"},
    {"X25", "31106170095a", "four or more digits"},
    {"GPOS", "-32.6882 116.8652", "missing"},
    {"GPOS", "1 x 2", "decimal"},
    {"GPOS", "1 . 2", "decimal"},
    {"ISDN", "1 2 3", "more words"},
    {"EUI48", "00-00-5e-00-53", "of the form"},
    {"EUI48", "00:00:5e:00:53:2a", "of the form"},
    {"EUI64", "00-00-5e-ef-10-00-00-2g", "of the form"},
    {"NID", "10 0014:4fff:ff20", "of the form"},
    {"NID", "10 ::1", "of the form"},
    {"L32", "10 10.1.2", "IPv4"},
    {"NSAP", "47.0005", "0x"},
    {"NSAP", "0x470", "odd"},
    {"HIP", "2 2001", "wanted"},
    {"HIP", "2 200 AwEA", "odd"},
    {"HIP", "2 \"\" AwEA", "without quotes"},
    {"AMTRELAY", "10 2 1 203.0.113.15", "discovery"},
    {"AMTRELAY", "10 0 4 x", "type"},
    {"AMTRELAY", "10 0 0 x", "no relay"},
    {"AMTRELAY", "10 0 1 2001:db8::", "IPv4"},
    {"AMTRELAY", "\\# 2 0004", "do not fit"},
    {"APL", "1:192.0.2.0", "of the form"},
    {"APL", "1:192.0.2.0/33", "of the form"},
    {"APL", "3:192.0.2.0/24", "of the form"},
    {"APL", "/:1", "of the form"},
    {"APL", "1:2001:db8::/24", "of the form"},
    {"APL", "\\# 5 0001080200", "do not fit"},
    {"CSYNC", "66 3 A FOO", "not a record type"},
    {"CSYNC", "\\# 8 0000004200030000", "do not fit"},
    {"DS", "1 8 2 abcd", "length of its type"},
    {"CDS", "1 8 1 abcd", "length of its type"},
    {"SSHFP", "1 1 abcd", "length of its type"},
    {"ZONEMD", "1 1 1 0123456789abcdef01234567", "length of its type"},
    {"ZONEMD", "1 1 240 01", "12 octets"},
    {"SVCB", "1", "missing"},
    {"SVCB", "0 foo port=1", "alias"},
    {"SVCB", "1 foo port", "port needs"},
    {"SVCB", "1 foo port=99999", "65535"},
    {"SVCB", "1 foo port=1 port=2", "twice"},
    {"SVCB", "1 foo frob=1", "name of a parameter"},
    {"SVCB", "1 foo key01=x", "name of a parameter"},
    {"SVCB", "1 foo key65535=x", "name of a parameter"},
    {"SVCB", "1 foo alpn=h2,", "empty item"},
    {"SVCB", "1 foo no-default-alpn", "without alpn"},
    {"SVCB", "1 foo no-default-alpn=x alpn=h2", "no value"},
    {"SVCB", "1 foo mandatory=port", "is missing"},
    {"SVCB", "1 foo mandatory=mandatory", "other keys"},
    {"SVCB", "1 foo mandatory=port,port port=1", "each once"},
    {"SVCB", "1 foo ipv4hint=2001:db8::1", "IPv4"},
    {"SVCB", "1 foo key3=x", "port needs"},
    {"SVCB", "1 foo dohpath=dns-query", "dohpath"},
    {"SVCB", "1 foo ech=x", "base64"},
    {"SVCB", "\\# 7 0001 00 0003 0000", "do not fit"},
    {"WKS", "192.0.2.1 6 smtp", "RFC 3597"},
    {"IPSECKEY", "1 4 1 . AAEC", "from 0 to 3"},
    {"IPSECKEY", "1 0 1 gw AAEC", "no gateway"},
    {"IPSECKEY", "\\# 3 010301", "do not fit"},
    {"IPSECKEY", "10 0 0 .", "missing"},
    {"KEY", "512 3 13", "key is missing"},
    {"KEY", "49152 3 0 AQID", "no key"},
    {"NAPTR", "1 2 u x !a!b .", "substitution"},
    {"NAPTR", "1 2 u x !a!b!x .", "substitution"},
    {"NAPTR", "1 2 u x x .", "substitution"},
    {"NAPTR", "1 2 u x 1a1b1 .", "substitution"},
    {"NAPTR", "1 2 u x !!b! .", "substitution"},
    {"NAPTR", "1 2 u x \"!(a!b!\" .", "substitution"},
    {"NAPTR", "1 2 u x \"!a)!b!\" .", "substitution"},
    {"NAPTR", "1 2 u x \"!a||b!b!\" .", "substitution"},
    {"NAPTR", "1 2 u x \"!(a)!\\\\2!\" .", "substitution"},
    {"NAPTR", "1 2 u x !a{2,1}!b! .", "substitution"},
    {"NAPTR", "1 2 u x ![a!b! .", "substitution"},
    {"NAPTR", "1 2 u x !**!b! .", "substitution"},
    {"NID", "70000 0014:4fff:ff20:ee64", "65535"},
    {"TYPE1234", "0a0b", "RFC 3597"},
    {"TYPE1234", "\\# 3 0a0b", "says 3"},
    {"TYPE1234", "\\# x", "size"},
    {"TYPE1234", "\\#", "size"},
    {"TYPE1234", "\\# 1 0g", "hexadecimal"},
    {"A", "\\# 3 c00002", "do not fit"},
    {"NS", "\\# 2 c000", "do not fit"},
    {"SVCB", "\\# 2 0001", "do not fit"},
};

static void
malformed_rdata_is_refused_with_its_reason(void **state)
{
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		uint8_t *rdata;
		size_t size;
		dms_error *error = rdata_parse(mem, rr_type_parse(bad[i].type), bad[i].text, ORIGIN,
					       &rdata, &size);
		if (error == NULL)
			fail_msg("%s %s was taken", bad[i].type, bad[i].text);
		assert_int_equal(error->id, DMS_E_RDATA_PARSE);
		if (strstr(error->message, bad[i].reason) == NULL)
			fail_msg("%s %s: %s", bad[i].type, bad[i].text, error->message);
		dms_error_free(error);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(text_goes_to_wire_and_back),
	    TEST(malformed_rdata_is_refused_with_its_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
