/* Lines "ZONE FILE" -> one line of JSON each: {"zone", "findings"}, as zone_tool check_zone finds
 * them. What has no errors is written beside the file: FILE.normal in normal form, FILE.written as
 * zone text. For the comparison of many zones with other programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/zonetext.h"

/* The file's octets; NULL: it cannot be read. */
static char *
read_file(TALLOC_CTX *mem, const char *path, size_t *size)
{
	FILE *file = fopen(path, "r");
	char *input = talloc_array(mem, char, 1 << 20);

	if (file == NULL)
		return NULL;
	*size = fread(input, 1, 1 << 20, file);
	fclose(file);
	return input;
}

static void
put(TALLOC_CTX *mem, const char *path, const char *suffix, const struct zone_text *text)
{
	FILE *out = fopen(talloc_asprintf(mem, "%s.%s", path, suffix), "w");

	if (out == NULL)
		return;
	if (strcmp(suffix, "normal") == 0)
		zone_text_normal_form(out, text);
	else
		fputs(zone_text_write(mem, text, NULL, false), out);
	fclose(out);
}

static void
judge(TALLOC_CTX *mem, const char *zone, const char *path)
{
	struct findings *findings = talloc_zero(mem, struct findings);
	struct zone_text *text;
	size_t size = 0;
	char *input = read_file(mem, path, &size);

	if (input == NULL) {
		fprintf(stderr, "%s cannot be read\n", path);
		exit(1);
	}
	zone_text_read(mem, zone, input, size, &text, findings);
	zone_text_check(text, findings);
	zone_text_check_apex(text, findings);
	json_t *answer =
	    json_pack("{s:s, s:o}", "zone", zone, "findings", findings_to_json(findings));
	json_dumpf(answer, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(answer);
	if (findings->error_count > 0)
		return;
	put(mem, path, "normal", text);
	put(mem, path, "written", text);
}

int
main(void)
{
	char line[4096], zone[1024], path[2048];

	while (fgets(line, sizeof line, stdin) != NULL) {
		TALLOC_CTX *mem = talloc_new(NULL);
		if (sscanf(line, "%1023s %2047s", zone, path) == 2)
			judge(mem, zone, path);
		talloc_free(mem);
	}
	return 0;
}
