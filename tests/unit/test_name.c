/* rooms: dms_dns dms_base */
/* Names, zone names and reverse networks. */
#include <string.h>

#include "dns/name.h"

#include "memory.h"

static void
assert_normalised(const char *text, const char *origin, const char *expected)
{
	char *name = NULL;
	dms_error *error = name_normalise(mem, text, origin, &name);

	if (error != NULL)
		fail_msg("%s: %s", text, error->message);
	assert_string_equal(name, expected);
}

static void
assert_invalid(dms_error *error)
{
	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_INVALID_DOMAIN_NAME);
	dms_error_free(error);
}

static void
names_come_out_absolute_in_lower_case_with_few_escapes(void **state)
{
	assert_normalised("WWW.Example.ORG.", NULL, "www.example.org.");
	assert_normalised("www", "example.org.", "www.example.org.");
	assert_normalised("@", "example.org.", "example.org.");
	assert_normalised("ns.example", NULL, "ns.example.");
	assert_normalised(".", "example.org.", ".");
	assert_normalised("a", ".", "a.");
	assert_normalised("\\119\\119w.x.", NULL, "www.x.");
	assert_normalised("a\\.b.x.", NULL, "a\\.b.x.");
	assert_normalised("a\\046b.x.", NULL, "a\\.b.x.");
	assert_normalised("a\\032b.x.", NULL, "a\\032b.x.");
	assert_normalised("\\200.x.", NULL, "\\200.x.");
	assert_normalised("\\065.x.", NULL, "a.x.");
	assert_normalised("0/25.2.0.192.in-addr.arpa.", NULL, "0/25.2.0.192.in-addr.arpa.");
	assert_normalised("*._x.y.", NULL, "*._x.y.");
}

static void
malformed_names_are_refused(void **state)
{
	static const char *const bad[] = {
	    "",       "..",      ".a.",    "a..b.",   "a b.",
	    "a\\",    "a\\1.",   "a\\25",  "a\\256.", "\xe2\x98\x83.x.",
	    "a\tb.x", "a\"b.x.", "a;b.x.", "a(b.x.",  "\x7f."};
	char *name;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_invalid(name_normalise(mem, bad[i], NULL, &name));
	assert_invalid(name_normalise(mem, "@", NULL, &name));
}

/* `labels` labels of `length` octets each. */
static char *
long_name(size_t labels, size_t length)
{
	char *text = talloc_strdup(mem, "");

	for (size_t i = 0; i < labels; i++) {
		for (size_t j = 0; j < length; j++)
			text = talloc_strdup_append(text, "a");
		text = talloc_strdup_append(text, ".");
	}
	return text;
}

static void
limits_are_63_and_255_octets(void **state)
{
	char *name;
	char *most = long_name(3, 63); /* 192 octets without the root */

	assert_normalised(long_name(1, 63), NULL, long_name(1, 63));
	assert_invalid(name_normalise(mem, long_name(1, 64), NULL, &name));
	most = talloc_asprintf(mem, "%s%s", most, long_name(1, 61)); /* 254, 255 with the root */
	assert_normalised(most, NULL, most);
	assert_invalid(
	    name_normalise(mem, talloc_asprintf(mem, "%sa.", long_name(4, 63)), NULL, &name));
	assert_invalid(name_normalise(mem, talloc_asprintf(mem, "a%s", most), NULL, &name));
	assert_invalid(name_normalise(mem, talloc_asprintf(mem, "b.%s", most), NULL, &name));
	assert_normalised(long_name(127, 1), NULL, long_name(127, 1));
	assert_invalid(name_normalise(mem, long_name(128, 1), NULL, &name));
	/* The limit counts the origin too. */
	assert_invalid(name_normalise(mem, "a", most, &name));
	/* Escapes count as one octet. */
	char *escaped = talloc_strdup(mem, "");
	for (int i = 0; i < 63; i++)
		escaped = talloc_strdup_append(escaped, "\\200");
	assert_normalised(talloc_asprintf(mem, "%s.", escaped), NULL,
			  talloc_asprintf(mem, "%s.", escaped));
}

static void
relative_names_go_by_labels(void **state)
{
	assert_string_equal(name_relative(mem, "www.example.org.", "example.org."), "www");
	assert_string_equal(name_relative(mem, "a.b.example.org.", "example.org."), "a.b");
	assert_string_equal(name_relative(mem, "example.org.", "example.org."), "@");
	assert_null(name_relative(mem, "xexample.org.", "example.org."));
	assert_null(name_relative(mem, "org.", "example.org."));
	assert_null(name_relative(mem, "x\\.example.org.", "example.org."));
	assert_string_equal(name_relative(mem, "x\\\\.example.org.", "example.org."), "x\\\\");
	assert_string_equal(name_relative(mem, "a.b.", "."), "a.b");
	assert_string_equal(name_relative(mem, ".", "."), "@");
	assert_true(name_is_within("example.org.", "."));
	assert_true(name_is_within(".", "."));
	assert_false(name_is_within("xexample.org.", "example.org."));

	assert_string_equal(name_absolute(mem, "www", "example.org."), "www.example.org.");
	assert_string_equal(name_absolute(mem, "@", "example.org."), "example.org.");
	assert_string_equal(name_absolute(mem, "a", "."), "a.");
	assert_string_equal(name_absolute(mem, "a.b.", "c."), "a.b.");

	assert_string_equal(name_parent("a.b."), "b.");
	assert_string_equal(name_parent("a\\.b.c."), "c.");
	assert_string_equal(name_parent("org."), ".");
	assert_null(name_parent("."));
}

static void
host_names_follow_rfc_1123(void **state)
{
	static const char *const good[] = {"@", "a", "a.b", "a.b.", "1.2", "x-1.example.", "xn--a"};
	static const char *const bad[] = {"",   "a_b", ".",   "-a",  "a-",    "a..b", ".a",
					  "*a", "a*",  "a b", "a/b", "a\\.b", "a.*.b"};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(name_is_host(good[i], false));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_false(name_is_host(bad[i], false));
		assert_false(name_is_host(bad[i], true));
	}
	assert_true(name_is_host("*", true));
	assert_true(name_is_host("*.a.b", true));
	assert_false(name_is_host("*", false));
	assert_false(name_is_host("*.a", false));
	assert_false(name_is_host("*.*.a", true));
	assert_false(name_is_host(long_name(1, 64), false));
	assert_true(name_is_host(long_name(1, 63), false));
}

static void
zone_names_have_their_own_rules(void **state)
{
	static const struct {
		const char *text, *name;
	} good[] = {
	    {"Example.ORG", "example.org."},
	    {"example.org.", "example.org."},
	    {"_msdcs.example.com", "_msdcs.example.com."},
	    {"0/25.2.0.192.in-addr.arpa", "0/25.2.0.192.in-addr.arpa."},
	    {"128-255.2.0.192.in-addr.arpa.", "128-255.2.0.192.in-addr.arpa."},
	};
	static const char *const bad[] = {"",
					  ".",
					  "*.example.org",
					  "-a.org",
					  "a-.org",
					  "a..org",
					  "a b.org",
					  "a\\.b.org",
					  "@",
					  "0/25.example.org",
					  "192.0.2.0/33",
					  "2001:db8::/130"};
	char *name;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_null(zone_name_normalise(mem, good[i].text, &name));
		assert_string_equal(name, good[i].name);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_invalid(zone_name_normalise(mem, bad[i], &name));
}

static void
wire_names_round_trip(void **state)
{
	uint8_t wire[NAME_WIRE_MAX];
	size_t size, used;
	char *name;

	assert_null(name_to_wire("Www.\\000b.x.", wire, &size));
	assert_int_equal(size, 10);
	assert_memory_equal(wire, "\3Www\2\0b\1x", 10);
	assert_null(name_from_wire(mem, wire, size, &name, &used));
	assert_string_equal(name, "Www.\\000b.x.");
	assert_int_equal(used, size);
	for (size_t cut = 0; cut < size; cut++) {
		dms_error *error = name_from_wire(mem, wire, cut, &name, &used);
		assert_non_null(error);
		dms_error_free(error);
	}
	dms_error *error = name_from_wire(mem, (const uint8_t *)"\xc0\x00", 2, &name, &used);
	assert_non_null(error);
	dms_error_free(error);
	uint8_t endless[300];
	memset(endless, 1, sizeof endless);
	error = name_from_wire(mem, endless, sizeof endless, &name, &used);
	assert_non_null(error);
	dms_error_free(error);
}

static void
networks_make_reverse_zones(void **state)
{
	static const struct {
		const char *given, *zone, *network;
	} good[] = {
	    {"192.0.2.0/24", "2.0.192.in-addr.arpa.", "192.0.2.0/24"},
	    {"192.0.2.77/24", "2.0.192.in-addr.arpa.", "192.0.2.0/24"},
	    {"192.0.2/24", "2.0.192.in-addr.arpa.", "192.0.2.0/24"},
	    {"192.0.2./24", "2.0.192.in-addr.arpa.", "192.0.2.0/24"},
	    {"10/8", "10.in-addr.arpa.", "10.0.0.0/8"},
	    {"172.16.99/16", "16.172.in-addr.arpa.", "172.16.0.0/16"},
	    {"2001:DB8::/32", "8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db8::/32"},
	    {"2001:db8:1:2:3::/52", "0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db8:1::/52"},
	    {"2001:db8::/64", "0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.", "2001:db8::/64"},
	    {"2000::/4", "2.ip6.arpa.", "2000::/4"},
	    {"2001:db8:0:1:8000::/68", "8.1.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.",
	     "2001:db8:0:1:8000::/68"},
	    {"192.0.2.0/25", "0/25.2.0.192.in-addr.arpa.", "192.0.2.0/25"},
	    {"192.0.2.77/28", "64/28.2.0.192.in-addr.arpa.", "192.0.2.64/28"},
	    {"192.0.2.255/31", "254/31.2.0.192.in-addr.arpa.", "192.0.2.254/31"},
	    {"192.0.2.1/32", "1.2.0.192.in-addr.arpa.", "192.0.2.1/32"},
	};
	static const char *const not_zones[] = {
	    "192.0.2.0/20",   "10.0.0.0/9", "10.0.0.0/7", "2001:db8::/30",
	    "2001:db8::/127", "::/0",       "0/0"};
	static const char *const not_networks[] = {"",
						   "/",
						   "192.0.2.0",
						   "192.0.2.0/33",
						   "192.0.2.0/",
						   "a/8",
						   "10/08",
						   "192.0.2.0.1/24",
						   "1.2.3.4.5.6/8",
						   "256/8",
						   "2001:db8::/129",
						   "::1.2.3.4/64",
						   "0/25.2.0.192.in-addr.arpa.",
						   "10/-8",
						   "10/+8",
						   "01/8"};
	char *zone, *network;

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_true(is_network(good[i].given));
		assert_null(network_to_zone(mem, good[i].given, &zone, &network));
		assert_string_equal(zone, good[i].zone);
		assert_string_equal(network, good[i].network);
	}
	for (size_t i = 0; i < sizeof not_zones / sizeof not_zones[0]; i++) {
		assert_true(is_network(not_zones[i]));
		assert_invalid(network_to_zone(mem, not_zones[i], &zone, &network));
	}
	for (size_t i = 0; i < sizeof not_networks / sizeof not_networks[0]; i++) {
		assert_false(is_network(not_networks[i]));
		assert_invalid(network_to_zone(mem, not_networks[i], &zone, &network));
	}
}

/* RFC 2317 section 4, RFC 4183 section 2 */
static void
classless_zones_have_networks(void **state)
{
	static const struct {
		const char *zone, *network;
	} cases[] = {
	    {"0/25.2.0.192.in-addr.arpa.", "192.0.2.0/25"},
	    {"128/25.2.0.192.in-addr.arpa.", "192.0.2.128/25"},
	    {"4/28.3.2.1.in-addr.arpa.", NULL}, /* host bits */
	    {"0-25.2.0.192.in-addr.arpa.", "192.0.2.0/25"},
	    {"64-26.2.0.192.in-addr.arpa.", "192.0.2.64/26"},
	    {"254/31.2.0.192.in-addr.arpa.", "192.0.2.254/31"},
	    {"128-255.2.0.192.in-addr.arpa.", "192.0.2.128/25"},
	    {"0-31.2.0.192.in-addr.arpa.", "192.0.2.0/27"},
	    {"64-127.2.0.192.in-addr.arpa.", "192.0.2.64/26"},
	    {"64-128.2.0.192.in-addr.arpa.", NULL},
	    {"32-95.2.0.192.in-addr.arpa.", NULL},
	    {"128-18.16.172.in-addr.arpa.", "172.16.128.0/18"},
	    {"128/18.16.172.in-addr.arpa.", "172.16.128.0/18"},
	    {"0-9.10.in-addr.arpa.", "10.0.0.0/9"},
	    {"128-18.2.0.192.in-addr.arpa.", NULL},
	    {"0/18.2.0.192.in-addr.arpa.", NULL}, /* the mask ends before the octet */
	    {"0/32.2.0.192.in-addr.arpa.", NULL},
	    {"0/24.2.0.192.in-addr.arpa.", NULL},
	    {"0/1.in-addr.arpa.", NULL},
	    {"0-255.2.0.192.in-addr.arpa.", NULL}, /* the /24 itself */
	    {"0/127.2.0.192.in-addr.arpa.", NULL},
	    {"00/25.2.0.192.in-addr.arpa.", NULL},
	    {"0/25.2.0.192.168.in-addr.arpa.", NULL},
	    {"0/25.2.0.256.in-addr.arpa.", NULL},
	    {"0/25.2.0.192.ip6.arpa.", NULL},
	    {"0/25.example.org.", NULL},
	    {"a.0/25.2.0.192.in-addr.arpa.", NULL},
	    {"2.0.192.in-addr.arpa.", NULL},
	    {"example.org.", NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *network = classless_network(mem, cases[i].zone);
		if (network == NULL || cases[i].network == NULL
			? network != cases[i].network
			: strcmp(network, cases[i].network) != 0)
			fail_msg("%s: %s", cases[i].zone, network != NULL ? network : "none");
	}
	/* What a network makes is read back as that network. */
	for (int prefix = 25; prefix < 32; prefix++) {
		char *zone, *network;
		assert_null(network_to_zone(mem, talloc_asprintf(mem, "198.51.100.211/%d", prefix),
					    &zone, &network));
		assert_string_equal(classless_network(mem, zone), network);
	}
}

static void
addresses_have_owners_in_reverse_zones(void **state)
{
	static const uint8_t low[] = {192, 0, 2, 5}, high[] = {192, 0, 2, 133},
			     wide[] = {172, 16, 130, 7};
	static const struct {
		const uint8_t *address;
		const char *zone, *label;
	} cases[] = {
	    {low, "2.0.192.in-addr.arpa.", "5"},
	    {low, "5.2.0.192.in-addr.arpa.", "@"},
	    {low, "0.192.in-addr.arpa.", "5.2"},
	    {low, "0/25.2.0.192.in-addr.arpa.", "5"},
	    {low, "0-127.2.0.192.in-addr.arpa.", "5"},
	    {high, "0/25.2.0.192.in-addr.arpa.", NULL},
	    {high, "128-25.2.0.192.in-addr.arpa.", "133"},
	    {wide, "128-18.16.172.in-addr.arpa.", "7.130"},
	    {wide, "0-18.16.172.in-addr.arpa.", NULL},
	    {low, "example.org.", NULL},
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *label = address_label(mem, cases[i].address, 4, cases[i].zone);
		if (label == NULL || cases[i].label == NULL ? label != cases[i].label
							    : strcmp(label, cases[i].label) != 0)
			fail_msg("%s: %s", cases[i].zone, label != NULL ? label : "none");
	}
}

static void
addresses_have_reverse_names(void **state)
{
	static const uint8_t v4[] = {192, 0, 2, 1};
	static const uint8_t v6[16] = {0x20, 1, 0xd, 0xb8, [15] = 0x1f};

	assert_string_equal(address_to_reverse(mem, v4, 4), "1.2.0.192.in-addr.arpa.");
	assert_string_equal(
	    address_to_reverse(mem, v6, 16),
	    "f.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(names_come_out_absolute_in_lower_case_with_few_escapes),
	    TEST(malformed_names_are_refused),
	    TEST(limits_are_63_and_255_octets),
	    TEST(relative_names_go_by_labels),
	    TEST(host_names_follow_rfc_1123),
	    TEST(zone_names_have_their_own_rules),
	    TEST(wire_names_round_trip),
	    TEST(networks_make_reverse_zones),
	    TEST(classless_zones_have_networks),
	    TEST(addresses_have_owners_in_reverse_zones),
	    TEST(addresses_have_reverse_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
