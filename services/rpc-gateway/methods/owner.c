/* Events whose outcome the caller waits for. */
#include <stdlib.h>

#include "methods/methods.h"
#include "proto/event.pb-c.h"

#define OWNER_TIMEOUT_MS 10000

static dms_error *
ask(struct rpc_call *call, const char *subject, const Dms__Event *event, json_t **results)
{
	size_t size = dms__event__get_packed_size(event);
	uint8_t *packed = talloc_array(call->mem, uint8_t, size), *reply = NULL;
	size_t reply_size = 0;
	dms__event__pack(event, packed);
	struct bus_outgoing out = {
	    .subject = subject,
	    .data = packed,
	    .size = size,
	    .change_id = call->change_id,
	    .cause = call->request_id,
	};
	TRY(bus_request(call->bus, call->mem, &out, OWNER_TIMEOUT_MS, &reply, &reply_size));
	json_t *answer = json_loadb((const char *)reply, reply_size, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(answer)) {
		json_decref(answer);
		return dms_error_new(DMS_E_FORMAT, "%s: the answer is not a JSON object", subject);
	}
	if (results != NULL)
		*results = answer;
	else
		json_decref(answer);
	return NULL;
}

/* What front ends know from a refused event (spec/json-rpc.md section 12.2). */
static void
put_event_fields(dms_error *error)
{
	json_t *results = json_object();

	if (error->data != NULL)
		json_object_update(results, error->data);
	json_object_set_new(results, "message", json_string(error->message));
	dms_error_put_str(error, "event_message", error->message);
	dms_error_put(error, "event_results", results);
}

dms_error *
owner_request(struct rpc_call *call, const char *machine, int64_t sm_id, const char *sm_name,
	      const char *event_type, const json_t *parameters, json_t **results)
{
	char *subject = talloc_asprintf(call->mem, "dms.sm.%s.%s", machine, event_type);
	char *text = parameters != NULL ? json_dumps(parameters, JSON_COMPACT) : NULL;
	Dms__Event event = DMS__EVENT__INIT;
	event.machine = (char *)machine;
	event.sm_id = sm_id;
	event.sm_name = (char *)sm_name;
	event.type = (char *)event_type;
	event.change_id = call->change_id;
	event.parameters = text != NULL ? talloc_strdup(call->mem, text) : (char *)"{}";
	free(text);
	TRY(db_commit(call->db));
	dms_error *error = ask(call, subject, &event, results);
	if (error != NULL)
		put_event_fields(error);
	if (error != NULL && error->id == DMS_E_BUS_NO_RESPONDER)
		dms_error_wrap(error,
			       "the service that owns %s machines does not run, nothing changed",
			       machine);
	TRY(error);
	return db_begin(call->db);
}
