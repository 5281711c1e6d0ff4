/* record_query_db: records as a resolver would print them. */
#include <sysexits.h>

#include "tool.h"

static void
print_record(struct tool *tool, const json_t *record)
{
	bool is_disabled = json_is_true(json_object_get(record, "disable"));
	const char *ttl = get_text(record, "ttl", NULL);

	fprintf(tool->out, "%s%-32s%s%s IN %-8s %s\n", is_disabled ? ";" : "",
		get_text(record, "label", ""), ttl != NULL ? " " : "", ttl != NULL ? ttl : "",
		get_text(record, "type", ""), get_text(record, "rdata", ""));
}

/* Nothing found is a status, and no message. */
dms_error *
run_record_query(struct tool *tool, struct command_line *line)
{
	json_t *reply, *record;
	size_t i;

	TRY(tool_call(tool, RPC_METHOD_rr_query_db, json_incref(line->params), &reply));
	if (!json_is_object(reply))
		tool->status = EX_NOHOST;
	if (tool->is_json) {
		print_json(tool->out, reply);
	} else if (json_is_object(reply)) {
		if (line->values['v'] != NULL)
			fprintf(tool->out, "; %s instance %s%s\n", get_text(reply, "name", ""),
				show_value(line->mem, json_object_get(reply, "zi_id")),
				json_is_true(json_object_get(reply, "zone_disabled")) ? ", disabled"
										      : "");
		json_array_foreach (json_object_get(reply, "rrs"), i, record)
			print_record(tool, record);
	}
	json_decref(reply);
	return NULL;
}
