/* rooms: dms_dns dms_base */
/* Rdata between text and wire: round trips, what is refused, and our encoders beside ldns's. */
#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

#include "dns/rr.h"

#include "memory.h"

#define ORIGIN "example.org."

static uint8_t *
parse(const char *type, const char *text, size_t *size)
{
	uint8_t *rdata = NULL;
	dms_error *error = rdata_parse(mem, rr_type_parse(type), text, ORIGIN, &rdata, size);

	if (error != NULL)
		fail_msg("%s %s: %s", type, text, error->message);
	return rdata;
}

static char *
print(const char *type, const uint8_t *rdata, size_t size, const char *origin)
{
	char *text = NULL;
	dms_error *error = rdata_print(mem, rr_type_parse(type), rdata, size, origin, &text);

	if (error != NULL)
		fail_msg("%s: %s", type, error->message);
	return text;
}

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

static void
server_made_and_meta_types_are_refused(void **state)
{
	static const char *const types[] = {
	    "RRSIG", "DNSKEY", "NSEC", "NSEC3", "NSEC3PARAM", "TYPE65534", "SIG", "NXT",
	    "NULL",  "OPT",    "TSIG", "TKEY",  "AXFR",       "IXFR",      "ANY", "TYPE128"};
	uint8_t *rdata;
	size_t size;

	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		uint16_t type = rr_type_parse(types[i]);
		assert_int_not_equal(type, 0);
		dms_error *error = rdata_parse(mem, type, "\\# 1 00", ORIGIN, &rdata, &size);
		assert_non_null(error);
		assert_int_equal(error->id, DMS_E_UNHANDLED_TYPE);
		dms_error_free(error);
	}
	/* What a server made can still be shown. */
	static const uint8_t nsec3param[] = {1, 0, 0, 0, 0};
	assert_string_equal(print("NSEC3PARAM", nsec3param, 5, NULL), "1 0 0 -");
}

static void
types_have_names_and_numbers(void **state)
{
	assert_int_equal(rr_type_parse("mx"), RR_MX);
	assert_int_equal(rr_type_parse("Type15"), RR_MX);
	assert_int_equal(rr_type_parse("HTTPS"), 65);
	assert_int_equal(rr_type_parse("TYPE65535"), 65535);
	static const char *const unknown[] = {"",  "TYPE",  "TYPE12abc", "TYPE99999", "TYPE-1",
					      "M", "ALIAS", "TYPE65536", "MX "};
	for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
		assert_int_equal(rr_type_parse(unknown[i]), 0);
	assert_string_equal(rr_type_name(RR_AAAA), "AAAA");
	assert_string_equal(rr_type_name(257), "CAA");
	assert_string_equal(rr_type_name(54), "TYPE54");
	assert_string_equal(rr_type_name(1234), "TYPE1234");
	assert_string_equal(rr_type_name(0), "TYPE0");
	/* Two in one message. */
	const char *first = rr_type_name(2000), *second = rr_type_name(2001);
	assert_string_equal(first, "TYPE2000");
	assert_string_equal(second, "TYPE2001");
	for (unsigned type = 1; type <= 65535; type++)
		assert_int_equal(rr_type_parse(rr_type_name((uint16_t)type)), type);
}

static void
long_texts_are_split_into_strings(void **state)
{
	char *text = talloc_zero_array(mem, char, 603);
	size_t size;

	memset(text, 'x', 602);
	text[0] = text[601] = '"';
	uint8_t *rdata = parse("TXT", text, &size);
	assert_int_equal(size, 600 + 3);
	assert_int_equal(rdata[0], 255);
	assert_int_equal(rdata[256], 255);
	assert_int_equal(rdata[512], 90);
	/* Exactly 255 and 510 leave no empty string behind. */
	text[256] = '"';
	text[257] = '\0';
	parse("TXT", text, &size);
	assert_int_equal(size, 256);
	text[256] = 'x';
	text[257] = 'x';
	text[511] = '"';
	text[512] = '\0';
	parse("TXT", text, &size);
	assert_int_equal(size, 512);
	/* Other types' strings have one length octet and no more. */
	uint8_t *unused;
	dms_error *error = rdata_parse(mem, rr_type_parse("X25"), text, ORIGIN, &unused, &size);
	assert_non_null(error);
	dms_error_free(error);
}

static void
rdata_is_never_longer_than_65535_octets(void **state)
{
	char *text = talloc_zero_array(mem, char, 70003);
	uint8_t *rdata;
	size_t size;

	memset(text, 'x', 70002);
	text[0] = text[70001] = '"';
	dms_error *error = rdata_parse(mem, RR_TXT, text, ORIGIN, &rdata, &size);
	assert_non_null(error);
	assert_non_null(strstr(error->message, "65535"));
	dms_error_free(error);
	memset(text + 65200, 0, 70003 - 65200);
	text[65199] = '"';
	rdata = parse("TXT", text, &size);
	assert_int_equal(size, 65198 + 256);
	assert_string_not_equal(print("TXT", rdata, size, ORIGIN), "");
	/* And names at their longest come out whole. */
	char *name = talloc_strdup(mem, "");
	for (int i = 0; i < 127; i++)
		name = talloc_strdup_append(name, "\\001.");
	rdata = parse("MX", talloc_asprintf(mem, "65535 %s", name), &size);
	assert_string_equal(print("MX", rdata, size, ORIGIN),
			    talloc_asprintf(mem, "65535 %s", name));
}

static void
wire_that_does_not_fit_is_not_printed_as_if_it_did(void **state)
{
	char *text;

	static const struct {
		uint16_t type;
		const char *octets;
		size_t size;
	} unfit[] = {{RR_A, "\1\2\3", 3},
		     {RR_MX, "\0", 1},
		     {RR_MX, "\0\1\3ab", 5},
		     {RR_NS, "\xc0\x00", 2},
		     {RR_TXT, "\5ab", 3},
		     {RR_TXT, "", 0},
		     {RR_SRV, "\0\0\0\0\0\0\0x", 8},
		     {257, "\0\0x", 3},
		     {64, "\0", 1},
		     {29, "\1\2", 2}};
	for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++) {
		dms_error *error = rdata_print(mem, unfit[i].type, (const uint8_t *)unfit[i].octets,
					       unfit[i].size, ORIGIN, &text);
		assert_non_null(error);
		dms_error_free(error);
	}
	/* What servers make can be malformed there, and is shown all the same. */
	assert_string_equal(print("NSEC", (const uint8_t *)"\300", 1, ORIGIN), "\\# 1 c0");
}

/* Our encoders beside ldns on text that both must read alike. */
static void
direct_encoders_agree_with_ldns(void **state)
{
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
	ldns_rdf *origin = ldns_dname_new_frm_str(ORIGIN);

	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		const char *blank = strchr(lines[i], ' ');
		char *type = talloc_strndup(mem, lines[i], (size_t)(blank - lines[i]));
		size_t size, at = 0;
		uint8_t *ours = parse(type, blank + 1, &size);
		ldns_rr *rr = NULL;
		ldns_status status = ldns_rr_new_frm_str(
		    &rr, talloc_asprintf(mem, "@ 0 IN %s", lines[i]), 0, origin, NULL);
		if (status != LDNS_STATUS_OK)
			fail_msg("ldns: %s: %s", lines[i], ldns_get_errorstr_by_id(status));
		ldns_rr2canonical(rr);
		for (size_t j = 0; j < ldns_rr_rd_count(rr); j++) {
			const ldns_rdf *field = ldns_rr_rdf(rr, j);
			if (ldns_rdf_size(field) == 0)
				continue;
			if (at + ldns_rdf_size(field) > size ||
			    memcmp(ours + at, ldns_rdf_data(field), ldns_rdf_size(field)) != 0)
				fail_msg("%s: field %zu differs", lines[i], j);
			at += ldns_rdf_size(field);
		}
		assert_int_equal(at, size);
		ldns_rr_free(rr);
	}
	ldns_rdf_deep_free(origin);
}

static void
ttls_have_units(void **state)
{
	static const struct {
		const char *text;
		uint32_t seconds;
	} good[] = {
	    {"0", 0},       {"3600", 3600},         {"7d", 604800}, {"10m", 600},
	    {"24H", 86400}, {"1w2d3h4m5s", 788645}, {"1s1s", 2},    {"2147483647", 2147483647}};
	static const char *const wrong[] = {
	    "",   "d",  "1d2", "1.5h",       "-1",     "+1", " 1",
	    "1 ", "1x", "1dd", "2147483648", "99999w", "w1", "99999999999999999999999999"};
	uint32_t ttl;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_null(ttl_parse(good[i].text, &ttl));
		assert_int_equal(ttl, good[i].seconds);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
		dms_error *error = ttl_parse(wrong[i], &ttl);
		if (error == NULL)
			fail_msg("\"%s\" was taken", wrong[i]);
		assert_int_equal(error->id, DMS_E_TTL_PARSE);
		dms_error_free(error);
	}
}

static void
soa_round_trips(void **state)
{
	const struct soa soa = {"ns1.example.org.", "a\\.b.example.org.", 4294967295, 1, 2, 3, 4};
	struct soa back;
	uint8_t *rdata;
	size_t size;

	assert_null(soa_to_rdata(mem, &soa, &rdata, &size));
	assert_null(soa_from_rdata(mem, rdata, size, &back));
	assert_string_equal(back.mname, soa.mname);
	assert_string_equal(back.rname, soa.rname);
	assert_int_equal(back.serial, soa.serial);
	assert_int_equal(back.refresh, 1);
	assert_int_equal(back.minimum, 4);
	assert_string_equal(print("SOA", rdata, size, ORIGIN), "ns1 a\\.b 4294967295 1 2 3 4");
	for (size_t cut = 0; cut < size; cut++) {
		dms_error *error = soa_from_rdata(mem, rdata, cut, &back);
		assert_non_null(error);
		dms_error_free(error);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(text_goes_to_wire_and_back),
	    TEST(malformed_rdata_is_refused_with_its_reason),
	    TEST(server_made_and_meta_types_are_refused),
	    TEST(types_have_names_and_numbers),
	    TEST(long_texts_are_split_into_strings),
	    TEST(rdata_is_never_longer_than_65535_octets),
	    TEST(wire_that_does_not_fit_is_not_printed_as_if_it_did),
	    TEST(direct_encoders_agree_with_ldns),
	    TEST(ttls_have_units),
	    TEST(soa_round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
