/* rooms: dms_dns dms_base */
/* Names in letters beyond ASCII: both forms in, A-labels stored, U-labels shown. */
#include <string.h>

#include "dns/name.h"
#include "dns/rr.h"
#include "dns/zonetext.h"

#include "memory.h"

/* Given, stored, and shown to people (NULL: as stored). */
static const struct {
	const char *given, *stored, *shown;
} names[] = {
    {"b\303\274cher.example.", "xn--bcher-kva.example.", "b\303\274cher.example."},
    {"B\303\234CHER.Example.", "xn--bcher-kva.example.", "b\303\274cher.example."},
    {"bu\314\210cher.example.", "xn--bcher-kva.example.", "b\303\274cher.example."},
    {"XN--BCHER-KVA.example.", "xn--bcher-kva.example.", "b\303\274cher.example."},
    {"fa\303\237.de.", "xn--fa-hia.de.", "fa\303\237.de."},
    {"*.\321\200\321\204.", "*.xn--p1ai.", "*.\321\200\321\204."},
    {"_sip.caf\303\251", "_sip.xn--caf-dma.", "_sip.caf\303\251."},
    {"a\\.b.\303\251.", "a\\.b.xn--9ca.", "a\\.b.\303\251."},
    {"\\195\\169.", "\\195\\169.", NULL},
    {"xn--a.example.", "xn--a.example.", NULL},
    {"www.example.", "www.example.", NULL},
};

static void
either_form_is_taken_and_the_ascii_one_stored(void **state)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		char *stored = NULL;
		dms_error *error = name_normalise(mem, names[i].given, NULL, &stored);
		if (error != NULL)
			fail_msg("%s: %s", names[i].given, error->message);
		assert_string_equal(stored, names[i].stored);
		char *shown = name_to_unicode(mem, stored);
		if (names[i].shown == NULL)
			assert_null(shown);
		else
			assert_string_equal(shown, names[i].shown);
	}
}

static void
what_idna_forbids_is_refused_with_its_label(void **state)
{
	static const struct {
		const char *name, *reason;
	} bad[] = {
	    {"a.\342\230\203.example.", "\342\230\203"}, /* a snowman */
	    {"_\303\251.example.", "_\303\251"},
	    {"-\303\251.example.", "-\303\251"},
	    {"a\343\200\202\303\251.example.", "IDNA 2008"}, /* an ideographic full stop */
	    {"\314\210a.example.", "IDNA 2008"},             /* begins in a combining mark */
	    {"\327\220a.example.", "IDNA 2008"},             /* both directions (RFC 5893) */
	    {"\303.example.", "UTF-8"},
	    {"\303\251\\046.example.", "escapes"},
	    {"\\046\303\251.example.", "escapes"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char *name;
		dms_error *error = name_normalise(mem, bad[i].name, NULL, &name);
		if (error == NULL)
			fail_msg("%s was taken as %s", bad[i].name, name);
		assert_int_equal(error->id, DMS_E_INVALID_DOMAIN_NAME);
		if (strstr(error->message, bad[i].reason) == NULL)
			fail_msg("%s: %s", bad[i].name, error->message);
		dms_error_free(error);
	}
	char *text = talloc_strdup(mem, ""), *name;
	for (int i = 0; i < 60; i++)
		text = talloc_strdup_append(text, "\303\251");
	dms_error *error = name_normalise(mem, text, NULL, &name);
	assert_non_null(error); /* 64 octets or more as A-label */
	dms_error_free(error);
	error = name_normalise(mem, talloc_asprintf(mem, "%s%s%s", text, text, text), NULL, &name);
	assert_non_null(error);
	assert_non_null(strstr(error->message, "63"));
	dms_error_free(error);
}

static void
zone_names_and_rdata_take_them_too(void **state)
{
	char *zone, *text;
	uint8_t *rdata;
	size_t size;

	assert_null(zone_name_normalise(mem, "b\303\274cher.example", &zone));
	assert_string_equal(zone, "xn--bcher-kva.example.");
	assert_null(
	    rdata_parse(mem, RR_MX, "10 caf\303\251.b\303\274cher.example.", zone, &rdata, &size));
	assert_null(rdata_print(mem, RR_MX, rdata, size, zone, &text));
	assert_string_equal(text, "10 xn--caf-dma");
}

/* People see both forms, and what they see can be given back. */
static void
zone_text_shows_both_forms(void **state)
{
	static const char input[] = "$TTL 1h\nb\303\274cher CNAME caf\303\251\n"
				    "*.caf\303\251 A 192.0.2.1\ncaf\303\251 A 192.0.2.2\n"
				    "b\303\274cher.xn--x A 192.0.2.3\nplain A 192.0.2.4\n";
	const struct zone_text_header header = {.zi_id = "7"};
	struct findings findings = {0}, none = {0};
	struct zone_text *text, *again;

	zone_text_read(mem, "xn--bcher-kva.example.", input, strlen(input), &text, &findings);
	assert_int_equal(findings.count, 0);
	char *shown = zone_text_write(mem, text, &header, false);
	static const char wanted[] =
	    "; zi_id:      7\n"
	    "; IDN:        xn--bcher-kva.example. = b\303\274cher.example.\n"
	    "; IDN:        *.xn--caf-dma = *.caf\303\251\n"
	    "; IDN:        xn--bcher-kva = b\303\274cher\n"
	    "; IDN:        xn--bcher-kva.xn--x = b\303\274cher.xn--x\n"
	    "; IDN:        xn--caf-dma = caf\303\251\n;\n";
	if (strstr(shown, wanted) == NULL)
		fail_msg("%s", shown);
	zone_text_read(mem, text->zone, shown, strlen(shown), &again, &none);
	assert_int_equal(none.count, 0);
	assert_string_equal(zone_text_write(mem, again, NULL, false),
			    zone_text_write(mem, text, NULL, false));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(either_form_is_taken_and_the_ascii_one_stored),
	    TEST(what_idna_forbids_is_refused_with_its_label),
	    TEST(zone_names_and_rdata_take_them_too),
	    TEST(zone_text_shows_both_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
