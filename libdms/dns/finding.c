/* What is wrong with a zone's content, collected. */
#include "base/text.h"
#include "dns/zonetext.h"

#include <stdarg.h>
#include <string.h>

enum { INPUT_LINE_SHOWN = 200 };

bool
findings_have_place(const struct findings *findings, int level)
{
	return findings->count < ZONE_TEXT_FINDINGS_MAX ||
	       (level == FINDING_ERROR && findings->warning_count > 0);
}

/* The warning that an error takes the place of; there is one. */
static struct finding *
last_warning(struct findings *findings)
{
	size_t i = findings->count - 1;

	while (findings->items[i].level != FINDING_WARNING)
		i--;
	return &findings->items[i];
}

/* A place for one more, NULL: it is dropped. */
static struct finding *
find_place(struct findings *findings, int level)
{
	if (findings->count < ZONE_TEXT_FINDINGS_MAX) {
		findings->warning_count += level == FINDING_WARNING;
		return &findings->items[findings->count++];
	}
	findings->dropped++;
	if (level != FINDING_ERROR || findings->warning_count == 0)
		return NULL;
	findings->warning_count--;
	return last_warning(findings);
}

void
finding_add(struct findings *findings, TALLOC_CTX *mem, const struct finding *finding,
	    const char *fmt, ...)
{
	va_list arguments;

	if (finding->level == FINDING_ERROR)
		findings->error_count++;
	struct finding *place = find_place(findings, finding->level);
	if (place == NULL)
		return;
	*place = *finding;
	place->label = talloc_strdup(mem, finding->label);
	place->rdata = talloc_strdup(mem, finding->rdata);
	place->input_line = talloc_strdup(mem, finding->input_line);
	va_start(arguments, fmt);
	place->message = talloc_vasprintf(mem, fmt, arguments);
	va_end(arguments);
}

/* Whether `b` comes before `a`. */
static bool
is_after(const struct finding *a, const struct finding *b)
{
	if ((a->line == 0) != (b->line == 0))
		return a->line == 0;
	return a->line != b->line ? a->line > b->line : a->column > b->column;
}

void
findings_sort(struct findings *findings)
{
	/* A hundred at most, and what is equal keeps its order. */
	for (size_t i = 1; i < findings->count; i++) {
		struct finding moved = findings->items[i];
		size_t at = i;
		for (; at > 0 && is_after(&findings->items[at - 1], &moved); at--)
			findings->items[at] = findings->items[at - 1];
		findings->items[at] = moved;
	}
}

/* The start of the next line, NULL: there is none. */
static const char *
next_line(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return newline == NULL ? NULL : newline + 1;
}

void
findings_quote(struct findings *findings, TALLOC_CTX *mem, const char *input, size_t size)
{
	const char *at = input, *end = input + size;
	int line = 1;

	for (size_t i = 0; i < findings->count; i++) {
		struct finding *finding = &findings->items[i];
		if (finding->line == 0 || finding->input_line != NULL)
			continue;
		if (finding->line < line || at == NULL) {
			at = input;
			line = 1;
		}
		for (; line < finding->line && at != NULL; line++)
			at = next_line(at, end);
		if (at == NULL)
			continue;
		size_t shown = (size_t)(end - at);
		if (shown > INPUT_LINE_SHOWN)
			shown = INPUT_LINE_SHOWN;
		const char *newline = memchr(at, '\n', shown);
		if (newline != NULL)
			shown = (size_t)(newline - at);
		finding->input_line = talloc_strndup(mem, at, shown);
	}
}

static json_t *
type_to_json(const struct finding *finding)
{
	return json_text(finding->type == 0 ? NULL : rr_type_name(finding->type));
}

json_t *
findings_to_json(const struct findings *findings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];
		const struct dms_err_info *info = dms_err_info(finding->id);
		json_t *object = json_object();
		json_object_set_new(
		    object, "level",
		    json_string(finding->level == FINDING_ERROR ? "error" : "warning"));
		json_object_set_new(object, "code", json_integer(info->code));
		json_object_set_new(object, "name", json_string(info->name));
		if (finding->file != NULL)
			json_object_set_new(object, "file", json_text(finding->file));
		json_object_set_new(object, "line", json_integer(finding->line));
		json_object_set_new(object, "column", json_integer(finding->column));
		json_object_set_new(object, "label", json_text(finding->label));
		json_object_set_new(object, "type", type_to_json(finding));
		json_object_set_new(object, "rdata", json_text(finding->rdata));
		json_object_set_new(object, "message", json_text(finding->message));
		json_array_append_new(list, object);
	}
	return list;
}

/* The line with ">!<" before the column. */
static char *
mark_line(TALLOC_CTX *mem, const struct finding *finding)
{
	size_t before = finding->column > 0 ? (size_t)finding->column - 1 : 0;
	size_t length = strlen(finding->input_line);

	if (before > length)
		before = length;
	return talloc_asprintf(mem, "%.*s>!<%s", (int)before, finding->input_line,
			       finding->input_line + before);
}

/* The fields that say where, and about which record. */
static void
put_place(dms_error *error, const struct finding *finding)
{
	if (finding->line > 0) {
		dms_error_put_int(error, "lineno", finding->line);
		dms_error_put_int(error, "col", finding->column);
	}
	if (finding->label != NULL)
		dms_error_put(error, "rr_data",
			      json_pack("{s:o,s:o,s:o}", "label", json_text(finding->label), "type",
					type_to_json(finding), "rdata", json_text(finding->rdata)));
	if (finding->input_line == NULL)
		return;
	char *marked = mark_line(NULL, finding);
	dms_error_put(error, "marked_input_line", json_text(marked));
	talloc_free(marked);
}

dms_error *
findings_error(const struct findings *findings, const char *zone)
{
	const struct finding *first = NULL;

	for (size_t i = 0; i < findings->count && first == NULL; i++) {
		if (findings->items[i].level == FINDING_ERROR)
			first = &findings->items[i];
	}
	if (first == NULL)
		return NULL;
	dms_error *error = first->line > 0
			       ? dms_error_new(first->id, "zone %s, line %d, column %d: %s", zone,
					       first->line, first->column, first->message)
			       : dms_error_new(first->id, "zone %s: %s", zone, first->message);
	dms_error_put_str(error, "name", zone);
	dms_error_put(error, "parse_error", json_text(first->message));
	put_place(error, first);
	dms_error_put_int(error, "error_count", (json_int_t)findings->error_count);
	return dms_error_put(error, "findings", findings_to_json(findings));
}
