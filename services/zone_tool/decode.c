/* decode_event: messages of dms.event.> made readable, without a gateway. */
#include <unistd.h>

#include "base/secret.h"
#include "proto/event.pb-c.h"
#include "tool.h"

#define MESSAGE_MAX (1U << 20)

static json_t *
event_to_json(const Dms__Event *event)
{
	return json_pack("{s:I, s:s, s:I, s:s, s:s, s:I, s:I, s:o, s:i}", "id",
			 (json_int_t)event->id, "machine", event->machine, "sm_id",
			 (json_int_t)event->sm_id, "sm_name", event->sm_name, "type", event->type,
			 "change_id", (json_int_t)event->change_id, "cause_id",
			 (json_int_t)event->cause_id, "parameters",
			 json_loads(event->parameters, 0, NULL), "relays", (int)event->relays);
}

dms_error *
run_decode_event(struct tool *tool, struct command_line *line)
{
	const char *path = line->count > 1 ? line->words[1] : "/dev/stdin";
	Dms__Event *event;
	json_t *shown;
	dms_error *error;
	char *bytes;
	size_t size;

	if (line->count == 1 && isatty(STDIN_FILENO))
		return dms_error_new(DMS_E_USAGE, "decode_event: name a file: a terminal cannot "
						  "send the bytes of a message");
	error = file_read(line->mem, path, MESSAGE_MAX, &bytes, &size);
	if (error != NULL) {
		error->id = DMS_E_SYSTEM; /* 71, as for zone files */
		return error;
	}
	event = dms__event__unpack(NULL, size, (uint8_t *)bytes);
	if (event == NULL)
		return dms_error_new(DMS_E_FORMAT, "%s: these %zu bytes are not an Event message",
				     path, size);
	shown = event_to_json(event);
	dms__event__free_unpacked(event, NULL);
	if (shown == NULL)
		return dms_error_new(DMS_E_FORMAT,
				     "%s: the event's texts or parameters are not valid", path);
	print_json(tool->out, shown);
	json_decref(shown);
	return NULL;
}
