/* rooms: dms_dns dms_base */
/* Zone text as it is written: its dialect, and that it reads back as what was written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#include "zonetext_show.h"

static const char written[] =
    "$TTL 1h\n"
    "$ORIGIN example.org.\n"
    "\n"
    ";\n"
    "; Zone:       example.org.\n"
    "; Reference:  CUST-1\n"
    "; change_by:  op1@master1.example.net/Admin\n"
    "; zi_id:      102\n"
    "; zi_ctime:   Fri Jan  2 10:00:00 2026\n"
    ";\n"
    "\n"
    "\n"
    ";| Apex resource records for example.org.\n"
    ";!REF:CUST-1\n"
    "@                       IN      SOA             ( ns1.example.net. ;Master NS\n"
    "                                                hostmaster   ;RP email\n"
    "                                                2026010203   ;Serial yyyymmddnn\n"
    "                                                7200         ;Refresh\n"
    "                                                900          ;Retry\n"
    "                                                604800       ;Expire\n"
    "                                                3600         ;Minimum/Ncache\n"
    "                                                )           \n"
    "                        IN      NS              ns2.example.net.\n"
    "                        IN      NS              ns1.example.net.\n"
    "\n"
    "\n"
    ";| Mail\n"
    "@                       IN      MX              10 mail\n"
    "\n"
    "\n"
    ";| Web hosts\n"
    ";!DISABLE\n"
    "old             5m      IN      A               192.0.2.9\n"
    "www                     IN      A               192.0.2.10\n"
    ";# Main web server\n"
    ";# Do not touch\n"
    ";!TRACKREV\n"
    "                        IN      AAAA            2001:db8::10\n"
    "\n"
    "\n"
    ";!LOCKPTR DISABLE TRACKREV REF:CUST-9\n"
    "mail                    IN      A               192.0.2.25\n"
    "\n"
    "\n";

static void
the_writer_writes_the_dialect(void **state)
{
	struct zone_text *text = read_good(written);
	const struct zone_text_header header = {
	    .reference = "CUST-1",
	    .change_by = "op1@master1.example.net/Admin",
	    .zi_id = "102",
	    .zi_ctime = "Fri Jan  2 10:00:00 2026",
	};

	assert_string_equal(zone_text_write(mem, text, &header, false), written);
	char *body = zone_text_write(mem, text, NULL, true);
	assert_null(strstr(body, "SOA"));
	assert_null(strstr(body, "Apex"));
	assert_null(strstr(body, "Zone:"));
	assert_non_null(strstr(body, "$TTL 1h\n$ORIGIN example.org.\n\n;| Mail\n"));
}

static void
long_comments_are_wrapped_and_stay_as_they_are(void **state)
{
	static const char words[] =
	    "This comment came without a line break and is far too long to stay on one line of "
	    "seventy columns, so it is wrapped at its blanks.";
	struct zone_text *text = zone_text_new(mem, ZONE);
	struct zone_text_record record = {.label = "a",
					  .type = RR_TXT,
					  .ttl = -1,
					  .rdata = (const uint8_t *)"\1x",
					  .rdata_size = 2,
					  .group = zone_text_add_group(text, words, NULL)};

	zone_text_add(text, &record);
	char *first = zone_text_write(mem, text, NULL, false);
	for (char *line = first; *line != '\0'; line = strchr(line, '\n') + 1)
		assert_true(strchr(line, '\n') - line <= 70);
	/* Read back and written again nothing moves any more. */
	assert_string_equal(zone_text_write(mem, read_good(first), NULL, false), first);
	/* A long line that somebody typed is left as it is. */
	char *typed = talloc_asprintf(mem, "$ORIGIN %s\n\n;| %s\n%-15s %-7s %-7s %-15s \"x\"\n\n\n",
				      ZONE, words, "a", "", "IN", "TXT");
	assert_string_equal(zone_text_write(mem, read_good(typed), NULL, false), typed);
}

static void
a_master_file_is_plain(void **state)
{
	assert_string_equal(
	    zone_text_master_file(mem, read_good(written), 2026010299),
	    "example.org. 3600 IN SOA ns1.example.net. hostmaster.example.org. 2026010299 7200 900 "
	    "604800 3600\n"
	    "example.org. 3600 IN NS ns2.example.net.\n"
	    "example.org. 3600 IN NS ns1.example.net.\n"
	    "example.org. 3600 IN MX 10 mail.example.org.\n"
	    "www.example.org. 3600 IN A 192.0.2.10\n"
	    "www.example.org. 3600 IN AAAA 2001:db8::10\n");
}

static const char *
random_comment(unsigned *seed)
{
	static const char *const comments[] = {NULL,
					       NULL,
					       "",
					       "one",
					       " two  blanks ",
					       "a\nb",
					       "x\n\ny",
					       "caf\xc3\xa9 \\ \"quoted\" (;"};

	return comments[(size_t)rand_r(seed) % (sizeof comments / sizeof comments[0])];
}

static void
add_random_record(struct zone_text *text, unsigned *seed, int group)
{
	static const char *const spellings[] = {NULL, "24h", "1d0h", "86400", "1H"};
	static const char *const tails[] = {NULL, NULL, " end", "a\nb ; c\n \"(", "x"};
	static const char *const remarks[] = {NULL, NULL, "; a\n;; b\n;", ";x"};
	/* Outside of groups empty lines are possible, in front only behind another such record. */
	static const char *const free_remarks[] = {"; block\n", ";| no group\n\n; x", "", "\n; y"};
	size_t count = text->record_count;
	bool is_joined = count > 0 ? text->records[count - 1].group == -1
				   : text->has_soa && text->group_count == 0;
	const char *remark = remarks[rand_r(seed) % 4], *spelling = spellings[rand_r(seed) % 5];
	uint8_t rdata[300];
	char label[64] = "";
	size_t size = 1;

	rdata[0] = (uint8_t)(rand_r(seed) % 256);
	for (; size <= rdata[0]; size++)
		rdata[size] = (uint8_t)rand_r(seed);
	for (int i = rand_r(seed) % 4; i >= 0; i--)
		snprintf(label + strlen(label), sizeof label - strlen(label), "%s\\%03d%c",
			 label[0] != '\0' ? "." : "", rand_r(seed) % 33,
			 "ab-_*/"[rand_r(seed) % 6]);
	if (group == -1 && rand_r(seed) % 2 != 0)
		remark = free_remarks[rand_r(seed) % (is_joined ? 4 : 2)];
	uint32_t ttl = (uint32_t)rand_r(seed);
	if (spelling != NULL)
		assert_null(ttl_parse(spelling, &ttl));
	struct zone_text_record record = {
	    .label = rand_r(seed) % 4 == 0 ? "@" : label,
	    .type = rand_r(seed) % 2 ? RR_TXT : 1234,
	    .ttl = spelling == NULL && rand_r(seed) % 2 ? -1 : (int64_t)ttl,
	    .ttl_text = spelling,
	    .remark = remark,
	    .tail = tails[rand_r(seed) % 5],
	    .rdata = rdata,
	    .rdata_size = size,
	    .group = group,
	    .is_disabled = rand_r(seed) % 2,
	    .has_lock_ptr = rand_r(seed) % 2,
	    .tracks_reverse = rand_r(seed) % 2,
	    .reference = rand_r(seed) % 2 ? "X@y.z" : NULL,
	    .comment = random_comment(seed),
	};
	zone_text_add(text, &record);
}

/* The whole with its layout and in its order. */
static char *
show_all(const struct zone_text *text)
{
	char *shown = show(text);

	shown = talloc_asprintf_append(
	    shown, "%lld %s %d %lld %s %s|%s|%s|%s\n", (long long)text->zone_ttl,
	    text->zone_ttl_text, text->has_soa, (long long)text->soa_ttl, text->soa_ttl_text,
	    text->soa_comment, text->soa_remark, text->soa_tail, text->end_remark);
	for (size_t i = 0; i < text->group_count; i++)
		shown = talloc_asprintf_append(shown, "%s|%s|%s\n", text->groups[i].comment,
					       text->groups[i].tag, text->groups[i].remark);
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		shown = talloc_asprintf_append(shown, "%d %s|%s|%s\n", record->group,
					       record->ttl_text, record->remark, record->tail);
	}
	return shown;
}

/* Those before a mark of show_all or show. */
static char *
without_newlines(char *shown)
{
	char *out = shown;

	for (const char *at = shown; *at != '\0'; at++) {
		if (*at != '\n' || strchr("]}|", at[1]) == NULL)
			*out++ = *at;
	}
	*out = '\0';
	return shown;
}

/* Shows where long texts differ. */
static void
assert_same(const char *is, const char *wanted)
{
	size_t at = 0;

	while (is[at] != '\0' && is[at] == wanted[at])
		at++;
	if (is[at] != wanted[at])
		fail_msg("...%.200s\n--- but wanted:\n...%.200s", is + (at < 50 ? 0 : at - 50),
			 wanted + (at < 50 ? 0 : at - 50));
}

static const char *
comment_or(const char *comment, const char *otherwise)
{
	return comment != NULL ? comment : otherwise;
}

static struct zone_text *
random_text(unsigned *seed)
{
	struct zone_text *text = zone_text_new(mem, ZONE);
	int group = -1;

	text->zone_ttl = rand_r(seed) % 2 ? 86400 : 1000;
	text->zone_ttl_text = text->zone_ttl == 86400 ? "24h" : NULL;
	text->has_soa = rand_r(seed) % 2;
	if (text->has_soa) {
		text->soa = (struct soa){"ns.example.org.", "a\\.b.x.", 1, 2, 3, 4, 5};
		text->soa_ttl = rand_r(seed) % 2 ? 120 : -1;
		text->soa_ttl_text = text->soa_ttl == 120 ? "120" : NULL;
		text->soa_comment = random_comment(seed);
		text->soa_remark = rand_r(seed) % 2 ? "; soa" : NULL;
		text->soa_tail = rand_r(seed) % 2 ? "\n\n serial\n\n\n\n\n more\n yet more" : NULL;
		if (rand_r(seed) % 2)
			group = zone_text_add_group(text, comment_or(random_comment(seed), "apex"),
						    "APEX_RRS");
	}
	text->end_remark = rand_r(seed) % 2 ? "; the end\n\n; really" : NULL;
	for (int i = rand_r(seed) % 30; i > 0; i--) {
		int dice = rand_r(seed) % 5;
		if (dice == 0)
			group = -1;
		if (dice == 1) {
			group = zone_text_add_group(text, comment_or(random_comment(seed), "same"),
						    NULL);
			text->groups[group].remark = rand_r(seed) % 2 ? "; before\n\n; it" : NULL;
		}
		add_random_record(text, seed, group);
	}
	return text;
}

/* Comments come back with a newline at their end, and that is what the second reading is compared
 * with; everything else must be the same at once. */
static void
what_is_written_reads_back(void **state)
{
	unsigned seed = 4711;

	for (int round = 0; round < 1000; round++) {
		struct zone_text *text = random_text(&seed);
		char *first = zone_text_write(mem, text, NULL, false);
		struct zone_text *again = read_good(first);
		char *second = zone_text_write(mem, again, NULL, false);
		assert_string_equal(second, first);
		assert_string_equal(show_all(again), show_all(read_good(second)));
		assert_same(without_newlines(show_all(again)), without_newlines(show_all(text)));
		talloc_free_children(mem);
	}
}

static void
comments_stay_where_they_are(void **state)
{
	static const char typed[] =
	    "$TTL 24h\n$ORIGIN example.org.\n\n"
	    "; Ours since 1999.\n\n"
	    ";| Apex\n"
	    ";# the SOA\n"
	    "@               3600    IN      SOA             ( ns1          ;Master NS\n"
	    "                                                hostmaster   ; ask Eve\n"
	    "                                                1            ;Serial yyyymmddnn\n"
	    "                                                2            ;Refresh\n"
	    "                                                3            ;Retry\n"
	    "                                                4            ;Expire\n"
	    "                                                5            ;Minimum/Ncache\n"
	    "                                                )           \n"
	    "; two of them\n"
	    "                        IN      NS              ns1 ; the first\n\n\n"
	    "www                     IN      A               192.0.2.2\n\n"
	    "; === mail ===\n\n"
	    "mail                    IN      TXT             ( \"a\" \"b\" ; one\n\t\t; "
	    "two\n\t\t)\n"
	    "\n\n; not in use\n;| Same\n"
	    "ns1                     IN      A               192.0.2.1\n\n\n"
	    ";| Same\n"
	    "aaa             24h     IN      A               192.0.2.3\n\n\n"
	    "; the end\n";
	struct zone_text *text = read_good(typed);

	assert_string_equal(zone_text_write(mem, text, NULL, false), typed);
	/* What is shown to people has a header: it is nobody's comment when it comes back. */
	const struct zone_text_header header = {.reference = "R", .zi_id = "7"};
	char *headed = zone_text_write(mem, text, &header, false);
	assert_non_null(strstr(headed, "; zi_id:      7\n;\n\n\n; Ours since 1999.\n"));
	assert_string_equal(zone_text_write(mem, read_good(headed), NULL, false), typed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_writer_writes_the_dialect),
	    TEST(long_comments_are_wrapped_and_stay_as_they_are),
	    TEST(a_master_file_is_plain),
	    TEST(what_is_written_reads_back),
	    TEST(comments_stay_where_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
