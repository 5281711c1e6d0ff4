/* Events whose outcome the caller waits for. */
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

dms_error *
owner_request(struct rpc_call *call, const char *machine, int64_t sm_id, const char *sm_name,
	      const char *event_type, json_t **results)
{
	char *subject = talloc_asprintf(call->mem, "dms.sm.%s.%s", machine, event_type);
	Dms__Event event = DMS__EVENT__INIT;
	event.machine = (char *)machine;
	event.sm_id = sm_id;
	event.sm_name = (char *)sm_name;
	event.type = (char *)event_type;
	event.change_id = call->change_id;
	event.parameters = (char *)"{}";
	TRY(db_commit(call->db));
	dms_error *error = ask(call, subject, &event, results);
	if (error != NULL && error->id == DMS_E_BUS_NO_RESPONDER)
		dms_error_wrap(error,
			       "the service that owns %s machines does not run, nothing changed",
			       machine);
	TRY(error);
	return db_begin(call->db);
}
