#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

#define WRAP_COLUMN 70

void
print_error(FILE *out, const dms_error *error)
{
	const char *text = error->message;
	int column = 6;

	fputs("***   ", out);
	while (*text != '\0') {
		size_t length = strcspn(text, " \n");

		if (column + (int)length > WRAP_COLUMN && column > 6) {
			fputs("\n      ", out);
			column = 6;
		}
		fwrite(text, 1, length, out);
		column += (int)length;
		text += length;
		if (*text == '\n') {
			fputs("\n      ", out);
			column = 6;
			text++;
		} else if (*text == ' ') {
			text += strspn(text, " ");
			fputc(' ', out);
			column++;
		}
	}
	fputc('\n', out);
}

void
print_field(FILE *out, int width, const char *key, const char *value)
{
	char label[64];

	snprintf(label, sizeof(label), "%s:", key);
	fprintf(out, "        %-*s %s\n", width, label, value);
}

const char *
show_time(TALLOC_CTX *mem, const char *timestamp)
{
	struct tm tm = {0};
	char text[64];

	if (timestamp == NULL)
		return "None";
	if (strptime(timestamp, "%Y-%m-%d %H:%M:%S", &tm) == NULL)
		return timestamp;
	strftime(text, sizeof(text), "%a %b %e %H:%M:%S %Y", &tm);
	return talloc_strdup(mem, text);
}

/* "2026-01-02 03:04:05...": how the door writes times. */
static bool
looks_like_time(const char *text)
{
	struct tm tm;

	return strlen(text) >= 19 && strptime(text, "%Y-%m-%d %H:%M:%S", &tm) != NULL;
}

const char *
show_value(TALLOC_CTX *mem, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_TRUE:
		return "True";
	case JSON_FALSE:
		return "False";
	case JSON_INTEGER:
		return talloc_asprintf(mem, "%lld", (long long)json_integer_value(value));
	case JSON_REAL:
		return talloc_asprintf(mem, "%g", json_real_value(value));
	case JSON_STRING:
		return looks_like_time(json_string_value(value))
			   ? show_time(mem, json_string_value(value))
			   : json_string_value(value);
	default:
		return "None";
	}
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void
print_object(FILE *out, const json_t *object, int width, const char *first)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	const char **keys = talloc_array(mem, const char *, (unsigned)json_object_size(object) + 1);
	size_t count = 0;
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)object, key, value)
		if (!json_is_object(value) && !json_is_array(value) && strcmp(key, first) != 0)
			keys[count++] = key;
	qsort(keys, count, sizeof(keys[0]), by_name);
	if (json_object_get(object, first) != NULL)
		print_field(out, width, first, show_value(mem, json_object_get(object, first)));
	for (size_t i = 0; i < count; i++)
		print_field(out, width, keys[i], show_value(mem, json_object_get(object, keys[i])));
	talloc_free(mem);
}

const char *
get_text(const json_t *object, const char *key, const char *otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_string(value) ? json_string_value(value) : otherwise;
}

static size_t
count_lines(const char *text, size_t size)
{
	size_t lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

void
show_pages(const char *text, size_t size)
{
	const char *program = getenv("PAGER");
	struct winsize window;
	FILE *pager = NULL;

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 &&
	    window.ws_row > 0 && count_lines(text, size) >= window.ws_row)
		pager = popen(program != NULL && program[0] != '\0' ? program : "less -EX", "w");
	fwrite(text, 1, size, pager != NULL ? pager : stdout);
	if (pager != NULL)
		pclose(pager);
	fflush(stdout);
}

bool
confirm(struct tool *tool, const char *question)
{
	char answer[16];

	if (tool->is_forced)
		return true;
	for (;;) {
		printf("***   %s\n\t--y/[N]> ", question);
		fflush(stdout);
		if (fgets(answer, sizeof(answer), stdin) == NULL)
			return false;
		answer[strcspn(answer, "\n")] = '\0';
		if (strcmp(answer, "y") == 0 || strcmp(answer, "Y") == 0)
			return true;
		if (answer[0] == '\0' || strcmp(answer, "n") == 0 || strcmp(answer, "N") == 0)
			return false;
	}
}
