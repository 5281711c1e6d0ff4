/* rooms: dms_dns dms_base */
/* What the RFCs say of zone content, one by one: text in, findings and normal form out. What needs
 * a name server is told in tests/story/test_reverse_zones.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/zonetext.h"

#include "memory.h"

#define ZONE    "example.org."
#define OCTETS  "2.0.192.in-addr.arpa."
#define NIBBLES "8.b.d.0.1.0.0.2.ip6.arpa."
#define ENUM    "9.8.9.4.e164.arpa."

/* One record or a few, under "$TTL 1h". */
static const struct {
	const char *rfc, *zone, *input;
	const char *normal; /* without " 3600 IN"; NULL: not looked at */
	const char *found;  /* "E BadNameRdataError 1, W ..." */
} cases[] = {
    /* Masters, owners and escapes. */
    {"1035", ZONE, "WWW A 192.0.2.1\n", "www.example.org. A 192.0.2.1\n", ""},
    {"1035", ZONE, "a\\.b TXT ( \"x\"\n ; why\n \"y\" )\n", "a\\.b.example.org. TXT \"x\" \"y\"\n",
     ""},
    {"1035", ZONE, "a A 192.0.2.256\n", NULL, "E RdataParseError 2"},
    {"1035", ZONE, "a CNAME b.example.net.\n", "a.example.org. CNAME b.example.net.\n", ""},
    {"1035", ZONE, "a MX 10 mail.example.net.\n", "a.example.org. MX 10 mail.example.net.\n", ""},
    {"1035", ZONE, "a MX mail.example.net.\n", NULL, "E RdataParseError 2"},
    {"4343", ZONE, "A TXT \"x\"\na TXT \"x\"\n", NULL, "E DuplicateRecordInZone 3"},
    /* name=value in TXT, quoted where there is an equals sign. */
    {"1464", ZONE, "host TXT \"printer=lpr5\" \"favorite drink=orange juice\"\n",
     "host.example.org. TXT \"printer=lpr5\" \"favorite drink=orange juice\"\n", ""},
    {"1464", ZONE, "host TXT \"a`=b=true\" \"equation=a=4\"\n",
     "host.example.org. TXT \"a`=b=true\" \"equation=a=4\"\n", ""},
    /* Common mistakes. */
    {"1912", ZONE, "a CNAME b.example.net.\na A 192.0.2.1\n", NULL, "E ZoneCNAMEExists 3"},
    {"1912", ZONE, "sub NS ns.sub\n", NULL, "E ZoneCheckIntegrityNoGlue 2"},
    {"1912", ZONE, "sub NS ns.sub\nns.sub A 192.0.2.1\n", NULL, ""},
    {"1912", ZONE, "a MX 10 192.0.2.1.\n", NULL, "W AddressAsName 2"},
    {"1912", OCTETS, "1 PTR www.example.org\n", NULL, "W FinalDotMissing 2"},
    {"1912", ZONE, "a MX 10 b\nb CNAME c.example.net.\n", NULL, "W TargetIsCname 2"},
    /* One TTL for an RRset, one CNAME, no NS to an alias. */
    {"2181", ZONE, "a 60 A 192.0.2.1\na 61 A 192.0.2.2\n", NULL, "W TtlMismatch 3"},
    {"2181", ZONE, "a CNAME b.example.net.\na CNAME c.example.net.\n", NULL, "E ZoneCNAMEExists 3"},
    {"2181", ZONE, "sub NS a\na CNAME b.example.net.\n", NULL, "E TargetIsCname 2"},
    {"2181", ZONE, "a 2147483647 A 192.0.2.1\n", NULL, "W TtlUnusual 2"},
    {"2181", ZONE, "a 2147483648 A 192.0.2.1\n", NULL, "E RdataParseError 2"},
    {"2181", ZONE, "a/b_c\\032d TXT \"any octets\"\n",
     "a/b_c\\032d.example.org. TXT \"any octets\"\n", ""},
    /* $TTL is for what follows. */
    {"2308", ZONE, "a A 192.0.2.1\n$TTL 2h\nb A 192.0.2.2\n$TTL 1h\nc 5 A 192.0.2.3\n", NULL, ""},
    /* Classless delegation, with either delimiter. */
    {"2317", OCTETS, "1 CNAME 1.0/25\n0/25 NS ns.example.net.\n",
     "0/25.2.0.192.in-addr.arpa. NS ns.example.net.\n"
     "1.2.0.192.in-addr.arpa. CNAME 1.0/25.2.0.192.in-addr.arpa.\n",
     ""},
    {"2317", "0/25." OCTETS, "1 PTR host.example.net.\n",
     "1.0/25.2.0.192.in-addr.arpa. PTR host.example.net.\n", ""},
    {"4183", OCTETS, "129 CNAME 129.128-26\n128-26 NS ns.example.net.\n",
     "128-26.2.0.192.in-addr.arpa. NS ns.example.net.\n"
     "129.2.0.192.in-addr.arpa. CNAME 129.128-26.2.0.192.in-addr.arpa.\n",
     ""},
    {"4183", "128-18.16.172.in-addr.arpa.", "7.130 PTR host.example.net.\n",
     "7.130.128-18.16.172.in-addr.arpa. PTR host.example.net.\n", ""},
    /* Services. */
    {"2782", ZONE, "_sip._tcp SRV 0 5 5060 sip.example.net.\n",
     "_sip._tcp.example.org. SRV 0 5 5060 sip.example.net.\n", ""},
    {"2782", ZONE, "_sip._tcp SRV 0 0 0 .\n", "_sip._tcp.example.org. SRV 0 0 0 .\n", ""},
    {"2782", ZONE, "_sip._tcp SRV 0 5 5060 sip\n", NULL, "E ZoneCheckIntegrityNoGlue 2"},
    {"2782", ZONE, "_sip._tcp SRV 0 5 65536 sip.example.net.\n", NULL, "E RdataParseError 2"},
    {"2782", ZONE, "_sip._tcp SRV 0 5 5060 a_b.example.net.\n", NULL, "E BadNameRdataError 2"},
    /* NAPTR: rewriting, S-NAPTR, ENUM. */
    {"3403", ZONE, "a NAPTR 100 50 \"s\" \"z3950+I2L+I2C\" \"\" _z3950._tcp.example.net.\n",
     "a.example.org. NAPTR 100 50 \"s\" \"z3950+I2L+I2C\" \"\" _z3950._tcp.example.net.\n", ""},
    {"3403", ZONE, "a NAPTR 100 10 \"\" \"\" \"!^urn:cid:.+@([^\\\\.]+\\\\.)(.*)$!\\\\2!i\" .\n",
     "a.example.org. NAPTR 100 10 \"\" \"\" \"!^urn:cid:.+@([^\\\\.]+\\\\.)(.*)$!\\\\2!i\" .\n",
     ""},
    {"3402", ZONE, "a NAPTR 100 10 \"u\" \"x\" \"!^(.*$!x!\" .\n", NULL, "E RdataParseError 2"},
    {"3402", ZONE, "a NAPTR 100 10 \"u\" \"x\" \"!^(.*)$!\\\\2!\" .\n", NULL,
     "E RdataParseError 2"},
    {"3958", ZONE, "@ NAPTR 100 10 \"s\" \"EM:ProtA\" \"\" _ProtA._tcp.example.net.\n",
     "example.org. NAPTR 100 10 \"s\" \"EM:ProtA\" \"\" _prota._tcp.example.net.\n", ""},
    {"3761", ENUM, "4.3.2.1 NAPTR 10 100 u E2U+sip \"!^.*$!sip:info@example.net!\" .\n",
     "4.3.2.1.9.8.9.4.e164.arpa. NAPTR 10 100 \"u\" \"E2U+sip\" "
     "\"!^.*$!sip:info@example.net!\" .\n",
     ""},
    {"3761", ENUM,
     "* NAPTR 10 100 u E2U+sip \"!^\\\\+4989(.*)$!sip:\\\\1@example.net!\" .\n"
     "9 NS ns.example.net.\n",
     NULL, ""},
    /* IPv6: addresses, their text, their reverse zones. */
    {"3596", ZONE, "a AAAA 4321:0:1:2:3:4:567:89ab\n",
     "a.example.org. AAAA 4321:0:1:2:3:4:567:89ab\n", ""},
    {"3596", NIBBLES, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 PTR a.example.net.\n", NULL,
     ""},
    {"3596", NIBBLES, "1.0.0.0 PTR a.example.net.\n", NULL, "W PtrOwnerShape 2"},
    {"4291", ZONE, "a AAAA FF01:0:0:0:0:0:0:101\nb AAAA 0:0:0:0:0:0:13.1.68.3\n",
     "a.example.org. AAAA ff01::101\nb.example.org. AAAA ::13.1.68.3\n", ""},
    {"4291", ZONE, "a AAAA ::FFFF:129.144.52.38\n", NULL, "W Ipv4MappedAddress 2"},
    {"4291", ZONE, "a AAAA fe80::1%eth0\n", NULL, "E RdataParseError 2"},
    {"4472", NIBBLES, "*.0.0.0.0.0.0.0.0 PTR dynamic.example.net.\n",
     "*.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR dynamic.example.net.\n", ""},
    {"5952", ZONE, "a AAAA 2001:0DB8:0000:0000:0001:0000:0000:0001\n",
     "a.example.org. AAAA 2001:db8::1:0:0:1\n", ""},
    {"5952", ZONE, "a AAAA 2001:db8:0:1:1:1:1:1\n", "a.example.org. AAAA 2001:db8:0:1:1:1:1:1\n",
     ""},
    {"5952", ZONE, "a AAAA 2001:db8:0:0:1:0:0:0\n", "a.example.org. AAAA 2001:db8:0:0:1::\n", ""},
    {"5952", ZONE, "a AAAA 2001:DB8::1\na AAAA 2001:db8:0::1\n", NULL, "E DuplicateRecordInZone 3"},
    /* Certificates. */
    {"6844", ZONE, "@ CAA 0 issue \"ca.example.net\"\n",
     "example.org. CAA 0 issue \"ca.example.net\"\n", ""},
    {"8659", ZONE, "@ CAA 128 issuewild \";\"\n", "example.org. CAA 128 issuewild \";\"\n", ""},
    {"8659", ZONE, "@ CAA 0 iodef \"security@example.net\"\n", NULL, "W CaaDoubtful 2"},
    {"8659", ZONE, "@ CAA 1 tbs \"x\"\n", NULL, "W CaaDoubtful 2, W CaaDoubtful 2"},
    {"8659", ZONE, "@ CAA 0 is-sue \"x\"\n", NULL, "E RdataParseError 2"},
    /* No mail. */
    {"7505", ZONE, "nomail MX 0 .\n", "nomail.example.org. MX 0 .\n", ""},
    /* Letters. */
    {"5891", ZONE, "b\303\274cher CNAME caf\303\251.example.net.\n",
     "xn--bcher-kva.example.org. CNAME xn--caf-dma.example.net.\n", ""},
    {"5891", ZONE, "B\303\234CHER TXT \"stra\303\237e\"\n",
     "xn--bcher-kva.example.org. TXT \"stra\\195\\159e\"\n", ""},
    {"5892", ZONE, "snow\342\230\203man A 192.0.2.1\n", NULL, "E BadNameOwnerError 2"},
};

static const char *
summary(const struct findings *findings)
{
	char *text = talloc_strdup(mem, "");

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		text = talloc_asprintf_append(text, "%s%c %s %d", i > 0 ? ", " : "",
					      finding->level == FINDING_ERROR ? 'E' : 'W',
					      dms_err_info(finding->id)->name, finding->line);
	}
	return text;
}

/* The normal form without TTL and class, which no case here is about. */
static const char *
normal_form(const struct zone_text *text)
{
	char *written = NULL, *short_form = talloc_strdup(mem, "");
	size_t size;
	FILE *out = open_memstream(&written, &size);

	zone_text_normal_form(out, text);
	fclose(out);
	for (char *line = strtok(written, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char *middle = strstr(line, " 3600 IN ");
		assert_non_null(middle);
		short_form = talloc_asprintf_append(short_form, "%.*s %s\n", (int)(middle - line),
						    line, middle + strlen(" 3600 IN "));
	}
	free(written);
	return short_form;
}

static struct zone_text *
read_case(const char *zone, const char *input, const char *found, const char *rfc)
{
	struct findings *findings = talloc_zero(mem, struct findings);
	char *whole = talloc_asprintf(mem, "$TTL 1h\n%s", input);
	struct zone_text *text;

	zone_text_read(mem, zone, whole, strlen(whole), &text, findings);
	zone_text_check(text, findings);
	if (strcmp(summary(findings), found) != 0)
		fail_msg("RFC %s: %s\nwanted: %s\nfound:  %s %s", rfc, input, found,
			 summary(findings), findings->count > 0 ? findings->items[0].message : "");
	return text;
}

static void
content_is_what_the_rfcs_say(void **state)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct zone_text *text =
		    read_case(cases[i].zone, cases[i].input, cases[i].found, cases[i].rfc);
		if (cases[i].normal == NULL)
			continue;
		const char *normal = normal_form(text);
		if (strcmp(normal, cases[i].normal) != 0)
			fail_msg("RFC %s: %s\nwanted: %s\ngot:    %s", cases[i].rfc, cases[i].input,
				 cases[i].normal, normal);
		/* What is written, and what the normal form says, is the same zone. */
		char *written = zone_text_write(mem, text, NULL, false);
		struct findings again = {0};
		struct zone_text *back;
		zone_text_read(mem, cases[i].zone, written, strlen(written), &back, &again);
		assert_int_equal(again.error_count, 0);
		assert_string_equal(normal_form(back), normal);
		text = read_case(cases[i].zone, normal, cases[i].found, cases[i].rfc);
		assert_string_equal(normal_form(text), normal);
	}
}

/* RFC 1035 section 3.3: a string has 255 octets at most; a longer text is several, which readers of
 * SPF and DKIM join without blanks (RFC 7208 section 3.3). */
static void
long_texts_are_split_at_255_octets(void **state)
{
	char letters[601] = "";
	memset(letters, 'x', 600);
	struct zone_text *text =
	    read_case(ZONE, talloc_asprintf(mem, "long TXT \"%s\"\n", letters), "", "7208");
	const char *wanted =
	    talloc_asprintf(mem, "long.example.org. TXT \"%.255s\" \"%.255s\" \"%.90s\"\n", letters,
			    letters, letters);
	assert_string_equal(normal_form(text), wanted);
	/* Never inside what is one octet. */
	memset(letters, 0, sizeof letters);
	memset(letters, 'y', 254);
	text = read_case(ZONE, talloc_asprintf(mem, "long TXT \"%s\\\"\\007z\"\n", letters), "",
			 "1035");
	wanted = talloc_asprintf(mem, "long.example.org. TXT \"%s\\\"\" \"\\007z\"\n", letters);
	assert_string_equal(normal_form(text), wanted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(content_is_what_the_rfcs_say),
	    TEST(long_texts_are_split_at_255_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
