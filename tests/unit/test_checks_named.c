/* rooms: dms_dns dms_base */
/* The checks beside named-checkzone: both judge some hundred zones with faults strewn in. Where
 * they differ, the difference is one that docs/checks.md explains. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <talloc.h>

#include "dns/zonetext.h"
#include "testing.h"

#define ZONE  "example.org."
#define ZONES 300

/* Lines that are right, and lines that bring a fault; %u is a small number. */
static const char *const good[] = {
    "h%u A 192.0.2.%u\n",
    "h%u AAAA 2001:db8::%u\n",
    "t%u TXT \"text %u\"\n",
    "c%u CNAME h1\n",
    "@ MX %u h1\n",
    "_s%u._tcp SRV 0 0 %u h2\n",
    "*.w%u A 192.0.2.%u\n",
    "d%u NS ns%u.net.\n",
    "g%u NS n.g%u\nn.g%u A 192.0.2.%u\n",
    "n%u DNAME x%u.net.\n",
};
static const char *const faulty[] = {
    "c%u TXT \"beside\"\nc%u CNAME h1\n",
    "k%u CNAME h1\nk%u CNAME h2\n",
    "@ CNAME x.net.\n",
    "@ MX 10 none%u\n",
    "@ MX 10 k%u\nk%u CNAME h1\n",
    "@ MX 10 _x.net.\n",
    "_s._tcp SRV 0 0 1 none%u\n",
    "a_%u A 192.0.2.1\n",
    "sub%u NS ns.sub%u\n",
    "sub%u NS none%u\n",
    "sub%u NS k%u\nk%u CNAME h1\n",
    "r%u DNAME x.net.\ny.r%u A 192.0.2.1\n",
    "r%u DNAME x.net.\nr%u DNAME z.net.\n",
    "h%u A 192.0.2.300\n",
    "h%u A 192.0.2.1 192.0.2.2\n",
    "h%u NOTYPE x\n",
    "out%u.example.net. A 192.0.2.1\n",
    "l%u 99999999999 A 192.0.2.1\n",
    "l%u CNAME l%u\n",
    "m%u 60 TXT \"a\"\nm%u 61 TXT \"b\"\n",
    "z%u TXT \"unclosed\n",
    "p%u.0123456789012345678901234567890123456789012345678901234567890123 A 192.0.2.1\n",
};

/* What named-checkzone lets pass with a message, or none, and we refuse; by the code of ours. */
static const enum dms_err stricter[] = {
    DMS_E_ZONE_CHECK_INTEGRITY_NO_GLUE, /* it says so, and loads the zone */
    DMS_E_CNAME_TARGET,                 /* the same, for NS */
    DMS_E_CNAME_LOOP,                   /* it does not follow them */
    DMS_E_DNAME_OCCLUSION,              /* it serves what it can */
    DMS_E_DUPLICATE_RECORD_IN_ZONE,     /* it drops the second */
    DMS_E_LABEL_NOT_IN_DOMAIN,          /* it leaves the record out */
};
/* What it refuses and we only doubt: nothing. */

static uint32_t state_of_chance;

static unsigned
chance(unsigned below)
{
	state_of_chance = state_of_chance * 1664525u + 1013904223u;
	return (state_of_chance >> 16) % below;
}

static void
put_line(FILE *out, const char *pattern)
{
	unsigned number = 3 + chance(9);
	const char *at = strstr(pattern, "%u");

	for (; at != NULL; pattern = at + 2, at = strstr(pattern, "%u"))
		fprintf(out, "%.*s%u", (int)(at - pattern), pattern, number);
	fputs(pattern, out);
}

/* On malloc; every third zone is without a fault. */
static char *
make_zone(unsigned seed)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	state_of_chance = seed * 2654435761u + 1;
	fputs("$TTL 3600\n@ SOA ns1.net. host.net. 1 7200 900 604800 3600\n"
	      "@ NS ns1.net.\n@ NS ns2.net.\nh1 A 192.0.2.1\nh2 AAAA 2001:db8::2\n",
	      out);
	for (unsigned i = chance(12); i > 0; i--)
		put_line(out, good[chance(sizeof good / sizeof good[0])]);
	for (unsigned i = seed % 3; i > 0; i--)
		put_line(out, faulty[chance(sizeof faulty / sizeof faulty[0])]);
	fclose(out);
	return text;
}

/* Our judgement: false, refused; `*why` is the first error that named-checkzone would refuse for,
 * or else the first. */
static bool
we_take(const char *input, enum dms_err *why, char *message, size_t size)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct findings findings = {0};
	struct zone_text *text;
	bool is_excused = true;

	zone_text_read(mem, ZONE, input, strlen(input), &text, &findings);
	zone_text_check(text, &findings);
	zone_text_check_apex(text, &findings);
	*why = DMS_OK;
	for (size_t i = 0; i < findings.count; i++) {
		const struct finding *finding = &findings.items[i];
		bool is_stricter = false;
		if (finding->level != FINDING_ERROR)
			continue;
		for (size_t s = 0; s < sizeof stricter / sizeof stricter[0]; s++)
			is_stricter |= finding->id == stricter[s];
		if (*why != DMS_OK && (is_stricter || !is_excused))
			continue;
		is_excused = is_stricter;
		*why = finding->id;
		snprintf(message, size, "line %d: %s", finding->line, finding->message);
	}
	talloc_free(mem);
	return *why == DMS_OK;
}

static bool
is_stricter_for(enum dms_err why)
{
	for (size_t i = 0; i < sizeof stricter / sizeof stricter[0]; i++) {
		if (stricter[i] == why)
			return true;
	}
	return false;
}

/* named-checkzone's judgement, with the checks of names as strict as a primary's. */
static bool
named_takes(const char *path, const char *input, char *said, size_t size)
{
	char command[256];
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(input, file);
	assert_int_equal(fclose(file), 0);
	snprintf(command, sizeof command, "named-checkzone -i local -k fail -n fail %s %s 2>&1",
		 ZONE, path);
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	size_t got = fread(said, 1, size - 1, pipe);
	said[got] = '\0';
	int status = pclose(pipe);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
	return WEXITSTATUS(status) == 0;
}

static void
both_judge_alike(void **state)
{
	char path[] = "/tmp/test_checks_named.XXXXXX", said[8192], message[1024] = "";
	int taken = 0, stricter_count = 0, handle = mkstemp(path);
	char *wrong = NULL;

	assert_true(handle >= 0);
	close(handle);
	for (unsigned seed = 0; seed < ZONES && wrong == NULL; seed++) {
		char *input = make_zone(seed);
		enum dms_err why;
		bool we = we_take(input, &why, message, sizeof message);
		bool named = named_takes(path, input, said, sizeof said);
		bool is_known = !we && named && is_stricter_for(why);
		taken += we && named;
		stricter_count += is_known;
		if (we != named && !is_known)
			wrong = talloc_asprintf(NULL, "zone %u\n%s\nours: %s %s\nnamed: %s", seed,
						input, we ? "taken" : "refused", we ? "" : message,
						said);
		free(input);
	}
	unlink(path);
	if (wrong != NULL)
		fail_msg("%s", wrong);
	/* The set tells something only when it has enough of each. */
	assert_in_range(taken, ZONES / 4, ZONES);
	assert_in_range(stricter_count, 5, ZONES);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(both_judge_alike),
	};

	if (system("command -v named-checkzone >/dev/null") != 0) {
		puts("named-checkzone is not installed: nothing to compare with");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
