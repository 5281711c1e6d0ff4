/* How replies and errors look: spec/zone-tool.md sections 1.7 and 5. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tool.h"

#define WRAP_COLUMN   70
#define FINDINGS_MORE 20 /* of a zone text, beside the first */

/* A place in wrapped text. */
struct wrap {
	FILE *out;
	int indent, column;
	bool has_word; /* on this line */
};

static void
wrap_line(struct wrap *wrap)
{
	fprintf(wrap->out, "\n%*s", wrap->indent, "");
	wrap->column = wrap->indent;
	wrap->has_word = false;
}

/* Characters of UTF-8; nothing that a terminal would obey. */
static void
wrap_put(struct wrap *wrap, const char *word, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)word[i];
		bool is_first = (c & 0xc0) != 0x80;

		if (is_first && wrap->column >= WRAP_COLUMN)
			wrap_line(wrap);
		fputc(c < ' ' || c == 127 ? '?' : c, wrap->out);
		wrap->column += is_first;
	}
	wrap->has_word = true;
}

static int
width(const char *word, size_t length)
{
	int columns = 0;

	for (size_t i = 0; i < length; i++)
		columns += ((unsigned char)word[i] & 0xc0) != 0x80;
	return columns;
}

void
print_wrapped(FILE *out, const char *first, int indent, const char *text)
{
	struct wrap wrap = {out, indent, (int)strlen(first), false};

	fputs(first, out);
	while (*text != '\0') {
		size_t length = strcspn(text, " \n");

		if (length > 0 && wrap.has_word) {
			if (wrap.column + 1 + width(text, length) > WRAP_COLUMN)
				wrap_line(&wrap);
			else
				wrap_put(&wrap, " ", 1);
		}
		wrap_put(&wrap, text, length);
		wrap.has_word = wrap.column > indent;
		text += length;
		if (*text == '\n' && text[1] != '\0')
			wrap_line(&wrap);
		text += *text != '\0';
	}
	fputc('\n', out);
}

void
show_error(FILE *out, const dms_error *error)
{
	print_wrapped(out, "***   ", 6, error->message);
}

/* What else is wrong in a zone text: the first is the error's message. */
static void
print_findings(FILE *out, const json_t *findings)
{
	const json_t *finding;
	size_t i;
	int count = 0;

	json_array_foreach (findings, i, finding) {
		json_int_t line = json_integer_value(json_object_get(finding, "line"));
		char place[64] = "      ";

		if (strcmp(get_text(finding, "level", ""), "error") != 0 || count++ == 0 ||
		    count > FINDINGS_MORE + 1)
			continue;
		if (line > 0)
			snprintf(place, sizeof(place),
				 "      line %lld, column %lld: ", (long long)line,
				 (long long)json_integer_value(json_object_get(finding, "column")));
		print_wrapped(out, place, 6, get_text(finding, "message", ""));
	}
	if (count > FINDINGS_MORE + 1)
		fprintf(out, "      ... and %d more\n", count - FINDINGS_MORE - 1);
}

/* Where two edits meet, RRset by RRset. */
static void
print_conflicts(FILE *out, const json_t *conflicts)
{
	static const char *const sides[] = {"base", "theirs", "mine"};
	const json_t *conflict, *record;
	size_t i, r;

	json_array_foreach (conflicts, i, conflict) {
		fprintf(out, "      %s %s\n", get_text(conflict, "label", ""),
			get_text(conflict, "type", ""));
		for (size_t s = 0; s < sizeof(sides) / sizeof(sides[0]); s++)
			json_array_foreach (json_object_get(conflict, sides[s]), r, record)
				fprintf(out, "        %-7s %s\n", sides[s],
					get_text(record, "rdata", ""));
	}
}

void
print_failure(FILE *out, const dms_error *error)
{
	const char *marked = get_text(error->data, "marked_input_line", NULL);
	const char *kept = get_text(error->data, "kept_file", NULL);

	for (; marked != NULL && *marked != '\0'; marked++)
		fputc((unsigned char)*marked < ' ' && *marked != '\t' ? '?' : *marked, out);
	if (marked != NULL)
		fputc('\n', out);
	show_error(out, error);
	print_findings(out, json_object_get(error->data, "findings"));
	print_conflicts(out, json_object_get(error->data, "conflicts"));
	if (kept != NULL)
		fprintf(out, "      Your text is kept in %s\n", kept);
}

void
print_field(FILE *out, int width_of_key, const char *key, const char *value)
{
	char label[64];

	snprintf(label, sizeof(label), "%s:", key);
	fprintf(out, "        %-*s %s\n", width_of_key, label, value);
}

void
print_long(FILE *out, const char *label, const char *text)
{
	fprintf(out, "        %s:\n", label);
	print_wrapped(out, "          ", 10, text != NULL ? text : "None");
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

/* "2026-01-02 03:04:05.123456+00:00": how the door writes times. */
static bool
looks_like_time(const char *text)
{
	struct tm tm;
	const char *end = strptime(text, "%Y-%m-%d %H:%M:%S", &tm);

	return end != NULL && strspn(end, ".0123456789+:") == strlen(end);
}

const char *
show_value(TALLOC_CTX *mem, const json_t *value)
{
	if (value == NULL)
		return "None";
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

static bool
is_named(const char *key, const char *const *names)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(key, *names) == 0)
			return true;
	return false;
}

void
print_object(FILE *out, const json_t *object, int width_of_key, const char *first,
	     const char *const *left_out)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	const char **keys = talloc_array(mem, const char *, json_object_size(object) + 1);
	size_t count = 0;
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)object, key, value)
		if (!json_is_object(value) && !json_is_array(value) && !is_named(key, left_out) &&
		    (first == NULL || strcmp(key, first) != 0))
			keys[count++] = key;
	qsort(keys, count, sizeof(keys[0]), by_name);
	if (first != NULL && json_object_get(object, first) != NULL)
		print_field(out, width_of_key, first,
			    show_value(mem, json_object_get(object, first)));
	for (size_t i = 0; i < count; i++)
		print_field(out, width_of_key, keys[i],
			    show_value(mem, json_object_get(object, keys[i])));
	talloc_free(mem);
}

void
print_json(FILE *out, const json_t *json)
{
	json_dumpf(json, out, JSON_INDENT(2) | JSON_ENCODE_ANY);
	fputc('\n', out);
}

const char *
get_text(const json_t *object, const char *key, const char *otherwise)
{
	const json_t *value = json_object_get(object, key);

	return json_is_string(value) ? json_string_value(value) : otherwise;
}
