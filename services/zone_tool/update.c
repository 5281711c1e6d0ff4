/* update_rrs: an update file on its way (spec/zone-tool.md section 10). */
#include <string.h>
#include <strings.h>

#include "tool.h"

/* The name behind the first $ORIGIN, on line->mem; NULL: the text has none. */
static char *
origin_of(struct command_line *line, const char *text)
{
	static const char word[] = "$ORIGIN";

	for (const char *at = text; at != NULL && *at != '\0'; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncasecmp(at, word, sizeof word - 1) != 0)
			continue;
		const char *name = at + sizeof word - 1;
		size_t blank = strspn(name, " \t"), length = strcspn(name + blank, " \t\r\n;");
		if (blank > 0 && length > 0)
			return talloc_strndup(line->mem, name + blank, length);
	}
	return NULL;
}

dms_error *
run_update_rrs(struct tool *tool, struct command_line *line)
{
	const char *text = json_string_value(json_object_get(line->params, "update_text"));
	const char *name;

	if (json_object_get(line->params, "name") == NULL) {
		name = origin_of(line, text);
		if (name == NULL)
			return dms_error_new(DMS_E_USAGE,
					     "%s: which zone? The file has no $ORIGIN, and no "
					     "domain was given",
					     line->words[0]);
		json_object_set_new(line->params, "name", json_string(name));
	}
	return call_and_show(tool, line, RPC_METHOD_update_rrs, show_warnings);
}
