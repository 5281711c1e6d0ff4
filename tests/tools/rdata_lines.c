/* One line "TYPE rdata" after the other -> "ok HEX TEXT" or "bad REASON", for the comparison with
 * other programs. The first argument is the origin. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/rr.h"

static void
answer(TALLOC_CTX *mem, char *line, const char *origin)
{
	char *rdata_text = strchr(line, ' ');
	uint8_t *rdata;
	size_t size;
	char *text = NULL;

	if (rdata_text == NULL) {
		printf("bad no rdata\n");
		return;
	}
	*rdata_text++ = '\0';
	uint16_t type = rr_type_parse(line);
	dms_error *error = rdata_parse(mem, type, rdata_text, origin, &rdata, &size);
	if (error == NULL)
		error = rdata_print(mem, type, rdata, size, NULL, &text);
	if (error != NULL) {
		printf("bad %s\n", error->message);
		dms_error_free(error);
		return;
	}
	printf("ok ");
	for (size_t i = 0; i < size; i++)
		printf("%02x", rdata[i]);
	printf(" %s\n", text);
}

int
main(int argc, char **argv)
{
	char *line = NULL;
	size_t capacity = 0;
	ssize_t length;

	if (argc != 2) {
		fprintf(stderr, "usage: rdata_lines ORIGIN\n");
		return 64;
	}
	while ((length = getline(&line, &capacity, stdin)) > 0) {
		TALLOC_CTX *mem = talloc_new(NULL);
		line[strcspn(line, "\n")] = '\0';
		answer(mem, line, argv[1]);
		talloc_free(mem);
	}
	free(line);
	return 0;
}
