/* Instances: lists, records, differences, and going back (spec/zone-tool.md sections 4.4, 4.5, 5.2,
 * 5.3 and 8). */
#include "tool.h"

static void
print_zi(struct tool *tool, struct command_line *line, const json_t *zi, int64_t published)
{
	TALLOC_CTX *mem = line->mem;
	const char *comment = get_text(zi, "comment", NULL);
	bool is_published = json_integer_value(json_object_get(zi, "zi_id")) == published;

	fprintf(tool->out, "        %c%-19s  %-12s  %s", is_published ? '*' : ' ',
		show_value(mem, json_object_get(zi, "zi_id")),
		show_value(mem, json_object_get(zi, "soa_serial")),
		show_time(mem, get_text(zi, "ctime", NULL)));
	if (line->values['v'] != NULL) {
		fprintf(tool->out, "  %s", show_time(mem, get_text(zi, "mtime", NULL)));
		fprintf(tool->out, "  %s", get_text(zi, "change_by", ""));
	}
	fputc('\n', tool->out);
	if (line->values['v'] != NULL && comment != NULL)
		print_wrapped(tool->out, "            ", 12, comment);
}

/* Newest first. */
void
show_zi_list(struct tool *tool, struct command_line *line, const json_t *zone)
{
	const json_t *all = json_object_get(zone, "all_zis");
	int64_t published = json_integer_value(json_object_get(zone, "zi_id"));

	for (size_t i = json_array_size(all); i-- > 0;)
		print_zi(tool, line, json_array_get(all, i), published);
}

void
show_zi(struct tool *tool, struct command_line *line, const json_t *zi)
{
	(void)line;
	print_object(tool->out, zi, 16, "zi_id", NULL);
}

void
show_difference(struct tool *tool, struct command_line *line, const json_t *reply)
{
	(void)line;
	fputs(get_text(reply, "text", ""), tool->out);
}

dms_error *
run_refresh_zone(struct tool *tool, struct command_line *line)
{
	if (json_object_get(line->params, "zi_id") != NULL &&
	    !is_confirmed(tool, line,
			  "***   Publish that instance in the place of the present one?\n"
			  "--y/[N]> "))
		return NULL;
	return call_and_show(tool, line, RPC_METHOD_refresh_zone, NULL);
}
