/* What is wrong with a zone's content, collected. */
#include "base/text.h"
#include "dns/zonetext.h"

#include <stdarg.h>
#include <string.h>

/* A place for one more, NULL: it is dropped. */
static struct finding *
find_place(struct findings *findings, int level)
{
	if (findings->count < ZONE_TEXT_FINDINGS_MAX)
		return &findings->items[findings->count++];
	findings->dropped++;
	for (size_t i = findings->count; level == FINDING_ERROR && i-- > 0;) {
		if (findings->items[i].level == FINDING_WARNING)
			return &findings->items[i];
	}
	return NULL;
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
	place->input_line = talloc_strdup(mem, finding->input_line);
	va_start(arguments, fmt);
	place->message = talloc_vasprintf(mem, fmt, arguments);
	va_end(arguments);
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
		json_object_set_new(object, "line", json_integer(finding->line));
		json_object_set_new(object, "column", json_integer(finding->column));
		json_object_set_new(object, "label", json_text(finding->label));
		json_object_set_new(
		    object, "type",
		    json_text(finding->type == 0 ? NULL : rr_type_name(finding->type)));
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
	if (first->line > 0) {
		dms_error_put_int(error, "lineno", first->line);
		dms_error_put_int(error, "col", first->column);
	}
	if (first->input_line != NULL) {
		char *marked = mark_line(NULL, first);
		dms_error_put(error, "marked_input_line", json_text(marked));
		talloc_free(marked);
	}
	dms_error_put_int(error, "error_count", (json_int_t)findings->error_count);
	return dms_error_put(error, "findings", findings_to_json(findings));
}
