/* rooms: dms_dns dms_base */
/* Rdata at its limits: types that are not for zones, the longest, the malformed, TTLs and the SOA.
 */
#include <string.h>

#include "memory.h"

#include "rdata_text.h"

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
	    TEST(server_made_and_meta_types_are_refused),
	    TEST(types_have_names_and_numbers),
	    TEST(long_texts_are_split_into_strings),
	    TEST(rdata_is_never_longer_than_65535_octets),
	    TEST(wire_that_does_not_fit_is_not_printed_as_if_it_did),
	    TEST(ttls_have_units),
	    TEST(soa_round_trips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
