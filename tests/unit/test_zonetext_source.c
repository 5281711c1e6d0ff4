/* rooms: dms_dns dms_base */
/* Where zone text comes from: memory, streams, included files, hostile hands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#include "zonetext_show.h"

static void
hostile_input_is_survived(void **state)
{
	enum { SIZE = 1 << 20 };
	static const char *const pieces[] = {"(",       "\"",           "\\",
					     "a A (\n", ";|\n",         ";!x\n",
					     "\n",      "\0",           "a TXT ( \"",
					     ")",       "$ORIGIN a.\n", "\xff",
					     "a.",      " 1",           "a TXT \"x\" (\n",
					     ";#",      "a TXT (((\n"};
	char *input = talloc_array(mem, char, SIZE);

	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		struct findings findings = {0};
		struct zone_text *text;
		size_t length = pieces[i][0] == '\0' ? 1 : strlen(pieces[i]);
		for (size_t at = 0; at + length <= SIZE; at += length)
			memcpy(input + at, pieces[i], length);
		zone_text_read(mem, ZONE, input, SIZE - SIZE % length, &text, &findings);
		zone_text_check(text, &findings);
		assert_true(findings.count <= ZONE_TEXT_FINDINGS_MAX);
		talloc_free(text);
	}
	/* Many records at one owner, all pointed at: still no more than sorting. */
	FILE *out = fmemopen(input, SIZE, "w");
	int count = 0;
	for (; ftell(out) < SIZE - 100; count += 2)
		fprintf(out, "x TXT \"%d\"\nm%d MX 10 x\n", count, count);
	size_t size = (size_t)ftell(out);
	fclose(out);
	struct findings findings = {0};
	struct zone_text *text;
	zone_text_read(mem, ZONE, input, size, &text, &findings);
	zone_text_check(text, &findings);
	assert_int_equal(text->record_count, count);
	/* Each target without an address, and an RRset that no answer holds. */
	assert_int_equal(findings.error_count, count / 2 + 1);
}

static FILE *
include_from_memory(void *context, TALLOC_CTX *on, const char *name, const char *from,
		    const char **path, const char **reason)
{
	static const char *const files[] = {
	    "one",  "x A 192.0.2.1\n$ORIGIN deep\n$TTL 7\nx A 192.0.2.2\n$INCLUDE two\n",
	    "two",  "y A 192.0.2.x\n;!DISABLE\n",
	    "loop", "$INCLUDE loop\nl A 192.0.2.9\n",
	};

	*reason = "there is no such file";
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i += 2) {
		if (strcmp(files[i], name) != 0)
			continue;
		*path = talloc_strdup(on, name);
		return fmemopen((void *)files[i + 1], strlen(files[i + 1]), "r");
	}
	return NULL;
}

static void
files_are_included_where_the_caller_lets_them(void **state)
{
	static const char input[] = "$TTL 1h\na A 192.0.2.1\n$INCLUDE one sub ; c\n A 192.0.2.2\n"
				    "b A 192.0.2.3\n$INCLUDE loop\n$include none\n";
	const struct zone_text_source source = {.input = input,
						.size = sizeof input - 1,
						.name = "top",
						.include = include_from_memory};
	struct findings findings = {0};
	struct zone_text *text;

	zone_text_read_source(mem, ZONE, &source, &text, &findings);
	assert_int_equal(findings.error_count, 3);
	assert_string_equal(findings.items[0].file, "two");
	assert_int_equal(findings.items[0].line, 1);
	assert_int_equal(findings.items[0].column, 5);
	assert_string_equal(findings.items[1].file, "loop");
	assert_string_equal(findings.items[2].file, "top");
	assert_int_equal(findings.items[2].line, 7);
	assert_int_equal(findings.items[2].column, 10);
	char *shown = show(text);
	assert_non_null(strstr(shown, "a A 192.0.2.1\nx.sub A 192.0.2.1\nx.deep.sub 7 A 192.0.2.2\n"
				      "a 7 A 192.0.2.2 DISABLE\nb 7 A 192.0.2.3\nl 7 A"));
	assert_int_equal(text->record_count, 5 + 16);
}

/* Through a pipe of any piece size it is the same as from memory. */
static void
a_stream_reads_like_a_string(void **state)
{
	size_t size = 0;
	char *input = NULL;
	FILE *out = open_memstream(&input, &size);

	for (int i = 0; i < 40000; i++)
		fprintf(out, "; n %d\nh%d 5 IN TXT ( \"%0*d\" ; x\n\"b\" )\n", i, i, i % 200, i);
	fprintf(out, "bad A (\n192.0.2.x )\nlong TXT (%*s\n \"x\" )\nopen TXT ( \"1\"\n", 700000,
		"");
	for (int i = 0; i < 100; i++)
		fprintf(out, "t%d TXT x\n", i);
	fclose(out);
	struct findings findings = {0}, streamed = {0};
	struct zone_text *text, *same;
	zone_text_read(mem, ZONE, input, size, &text, &findings);
	FILE *stream = fmemopen(input, size, "r");
	const struct zone_text_source source = {.stream = stream};
	zone_text_read_source(mem, ZONE, &source, &same, &streamed);
	fclose(stream);
	free(input);
	assert_int_equal(findings.count, 2);
	assert_int_equal(text->record_count, 40000 + 1 + 100);
	assert_int_equal(streamed.count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(findings.items[i].line, streamed.items[i].line);
		assert_string_equal(findings.items[i].message, streamed.items[i].message);
		assert_string_equal(findings.items[i].input_line, streamed.items[i].input_line);
	}
	assert_string_equal(zone_text_write(mem, text, NULL, false),
			    zone_text_write(mem, same, NULL, false));
}

static void
a_comment_in_another_encoding_is_kept(void **state)
{
	struct findings findings;
	struct zone_text *text =
	    read_text("; caf\xe9 \x01\na A 192.0.2.1 ; z\xfcrich\n", &findings);

	assert_int_equal(findings.error_count, 0);
	assert_int_equal(findings.count, 2);
	assert_int_equal(findings.items[0].column, 6);
	assert_string_equal(text->records[0].remark, "; caf\xc3\xa9  ");
	assert_string_equal(text->records[0].tail, " z\xc3\xbcrich");
	/* A NUL is no text in any. */
	static const char binary[] = "a A 192.0.2.1 ; \0\nb TXT \0 x\n";
	memset(&findings, 0, sizeof findings);
	zone_text_read(mem, ZONE, binary, sizeof binary - 1, &text, &findings);
	assert_int_equal(findings.error_count, 2);
	assert_int_equal(findings.items[0].id, DMS_E_BINARY_FILE);
	assert_int_equal(findings.items[0].column, 17);
	assert_int_equal(findings.items[1].id, DMS_E_BINARY_FILE);
}

/* The zone that the quick start loads. */
static void
the_example_zone_is_clean(void **state)
{
	char input[16384];
	struct findings findings = {0};
	struct zone_text *text;
	FILE *file = fopen(DMS_SOURCE_DIR "/tests/data/zones/example-shop.zone", "r");

	assert_non_null(file);
	size_t size = fread(input, 1, sizeof input, file);
	fclose(file);
	zone_text_read(mem, "shop.example.", input, size, &text, &findings);
	zone_text_check(text, &findings);
	if (findings.count > 0)
		fail_msg("%d:%d %s", findings.items[0].line, findings.items[0].column,
			 findings.items[0].message);
	assert_true(text->record_count >= 45);
}

static void
a_bad_zone_name_is_found(void **state)
{
	struct findings findings = {0};
	struct zone_text *text;

	zone_text_read(mem, "a..b", "", 0, &text, &findings);
	assert_non_null(text);
	assert_int_equal(findings.items[0].id, DMS_E_BAD_INITIAL_ZONE_NAME);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(files_are_included_where_the_caller_lets_them),
	    TEST(a_stream_reads_like_a_string),
	    TEST(a_comment_in_another_encoding_is_kept),
	    TEST(hostile_input_is_survived),
	    TEST(the_example_zone_is_clean),
	    TEST(a_bad_zone_name_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
