/* New events, and messages that go out after the commit. */
#include <string.h>

#include "base/fault.h"
#include "base/log.h"
#include "proto/event.pb-c.h"
#include "sm/engine.h"

/* A message that waits for the commit. */
struct outgoing {
	struct bus *bus;
	char *subject;
	char *msg_id; /* NULL: none; events have one */
	char *what;   /* type of the event, or what is announced */
	uint8_t *data;
	size_t size;
	int64_t change_id;
};

static dms_error *
publish(const struct outgoing *out, const char *msg_id)
{
	return bus_publish(out->bus, &(struct bus_outgoing){
					 .subject = out->subject,
					 .data = out->data,
					 .size = out->size,
					 .msg_id = msg_id,
					 .change_id = out->change_id,
				     });
}

static void
publish_now(struct db *db, void *arg)
{
	struct outgoing *out = arg;
	enum fault fault = FAULT_AT(PUBLISH, out->what);
	dms_error *error = NULL;

	if (fault == FAULT_TWICE)
		dms_error_free(publish(out, NULL));
	if (fault != FAULT_DROP)
		error = publish(out, out->msg_id);
	/* Events are rows: the relay finds them. Facts are news: whoever needs them reads rows. */
	if (error != NULL)
		log_failure(LOG_DEBUG, "not published now", error, F_STR("subject", out->subject));
	dms_error_free(error);
}

/* Only zones are so many that bulk work has a consumer of its own; of jobs all is bulk work. */
static bool
goes_by_bulk(const struct db_result *result, int row)
{
	const char *machine = db_text(result, row, "machine");

	return strcmp(machine, "job") == 0 ||
	       (db_bool(result, row, "is_bulk") && strcmp(machine, "zone") == 0);
}

static struct outgoing *
event_message(TALLOC_CTX *mem, struct bus *bus, const struct db_result *result, int row)
{
	struct outgoing *out = talloc_zero(mem, struct outgoing);
	Dms__Event event = DMS__EVENT__INIT;

	event.id = db_int(result, row, "id");
	event.machine = (char *)db_text(result, row, "machine");
	event.sm_id = db_int(result, row, "sm_id");
	event.sm_name = (char *)db_text(result, row, "sm_name");
	event.type = (char *)db_text(result, row, "type");
	event.change_id = db_int(result, row, "change_id");
	event.cause_id = db_int(result, row, "cause_id");
	event.parameters = (char *)db_text(result, row, "parameters");
	event.relays = (int32_t)db_int(result, row, "relays");

	out->bus = bus;
	out->change_id = event.change_id;
	out->what = talloc_strdup(out, event.type);
	out->subject =
	    talloc_asprintf(out, "dms.event.%s%s.%lld", event.machine,
			    goes_by_bulk(result, row) ? "-bulk" : "", (long long)event.sm_id);
	out->msg_id = event.relays == 0
			  ? talloc_asprintf(out, "e%lld", (long long)event.id)
			  : talloc_asprintf(out, "e%lld.%d", (long long)event.id, event.relays);
	out->size = dms__event__get_packed_size(&event);
	out->data = talloc_size(out, out->size);
	dms__event__pack(&event, out->data);
	return out;
}

void
sm_knock_out(struct bus *bus, const struct db_result *result, int row)
{
	struct outgoing *out = event_message(NULL, bus, result, row);

	publish_now(NULL, out);
	talloc_free(out);
}

dms_error *
sm_post(struct db *db, struct bus *bus, const struct sm_event *event, int64_t *event_id)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	char *parameters =
	    event->parameters != NULL ? json_dumps(event->parameters, JSON_COMPACT) : NULL;
	struct db_result *result;
	dms_error *error;

	error = db_query(
	    db, mem, &result,
	    "INSERT INTO event (machine, sm_id, sm_name, type, parameters, change_id, cause_id, "
	    "is_bulk,"
	    " due_at, relay_at)"
	    " SELECT $1::text, $2::bigint, $3::text, $4::text, $5::jsonb, $6::bigint, $7::bigint,"
	    "  $8::boolean, t.due, t.due + $10::bigint * interval '1 ms'"
	    " FROM (SELECT clock_timestamp() + $9::bigint * interval '1 ms' AS due) t"
	    " WHERE NOT $11::boolean OR NOT EXISTS (SELECT FROM event WHERE processed_at IS NULL"
	    "  AND machine = $1 AND sm_id = $2 AND type = $4 AND state <> 'RUNNING'"
	    "  AND id IS DISTINCT FROM $7::bigint AND due_at <= t.due)"
	    " RETURNING id, machine, sm_id, sm_name, type, parameters::text AS parameters, "
	    "change_id,"
	    "  cause_id, relays, is_bulk",
	    P_TEXT(event->machine), P_INT(event->sm_id), P_TEXT(event->sm_name),
	    P_TEXT(event->type), P_TEXT(parameters != NULL ? parameters : "{}"),
	    P_ID(event->change_id), P_ID(event->cause_id), P_BOOL(event->is_bulk),
	    P_INT(event->delay_ms), P_INT(event->delay_ms == 0 ? SM_RELAY_GRACE_MS : 0),
	    P_BOOL(event->is_single));
	free(parameters);
	if (error == NULL) {
		bool is_posted = db_rows(result) == 1;

		if (event_id != NULL)
			*event_id = is_posted ? db_int(result, 0, "id") : 0;
		if (is_posted && event->delay_ms == 0 && bus != NULL)
			db_after_commit(db, publish_now, event_message(NULL, bus, result, 0));
	}
	talloc_free(mem);
	return error;
}

dms_error *
sm_post_next(struct sm_work *work, struct sm_event event)
{
	if (event.change_id == 0)
		event.change_id = work->change_id;
	event.cause_id = work->event_id;
	event.is_bulk |= work->is_bulk;
	return sm_post(work->db, work->bus, &event, NULL);
}

dms_error *
sm_publish(struct db *db, struct bus *bus, const char *subject, const void *data, size_t size,
	   int64_t change_id)
{
	struct outgoing *out;

	if (bus == NULL)
		return NULL;
	out = talloc_zero(NULL, struct outgoing);
	out->bus = bus;
	out->change_id = change_id;
	out->subject = talloc_strdup(out, subject);
	out->what = talloc_strdup(out, strrchr(subject, '.') + 1);
	out->data = talloc_memdup(out, data, size);
	out->size = size;
	db_after_commit(db, publish_now, out);
	return NULL;
}

dms_error *
sm_fact(struct db *db, struct bus *bus, const char *sg, const char *kind,
	const ProtobufCMessage *fact, int64_t change_id)
{
	size_t size = protobuf_c_message_get_packed_size(fact);
	uint8_t *data = talloc_size(NULL, size);
	char *subject = talloc_asprintf(data, "dms.fact.%s.%s", sg, kind);
	dms_error *error;

	protobuf_c_message_pack(fact, data);
	error = sm_publish(db, bus, subject, data, size, change_id);
	talloc_free(data);
	return error;
}
