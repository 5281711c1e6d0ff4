/* Messages out: publish, publish and wait for the store, request and reply. */
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "bus/internal.h"

static enum dms_err
error_of(natsStatus status)
{
	switch (status) {
	case NATS_NO_RESPONDERS:
		return DMS_E_BUS_NO_RESPONDER;
	case NATS_TIMEOUT:
		return DMS_E_TIMEOUT;
	case NATS_MAX_PAYLOAD:
		return DMS_E_TOO_LARGE;
	case NATS_CONNECTION_CLOSED:
	case NATS_CONNECTION_DISCONNECTED:
	case NATS_CONNECTION_AUTH_FAILED:
	case NATS_NO_SERVER:
	case NATS_STALE_CONNECTION:
	case NATS_SECURE_CONNECTION_WANTED:
	case NATS_SECURE_CONNECTION_REQUIRED:
	case NATS_SSL_ERROR:
	case NATS_IO_ERROR:
	case NATS_NO_SERVER_SUPPORT: /* headers before the server has said hello */
	case NATS_NOT_YET_CONNECTED:
	case NATS_DRAINING:
		return DMS_E_BUS_UNAVAILABLE;
	default:
		return DMS_E_BUS;
	}
}

dms_error *
nats_error(natsStatus status, const char *what, const char *subject)
{
	const char *detail = nats_GetLastError(NULL);
	const char *text = natsStatus_GetText(status);
	bool has_detail = detail != NULL && *detail != '\0' && strcmp(detail, text) != 0;
	dms_error *error = dms_error_new(error_of(status), "%s %s: %s%s%s", what, subject, text,
					 has_detail ? ": " : "", has_detail ? detail : "");

	if (status == NATS_INVALID_SUBJECT || status == NATS_INVALID_ARG)
		error->is_transient = false;
	return dms_error_put_str(error, "subject", subject);
}

/* a subject goes on the wire as it stands: a blank or a line end in it would be a command of its
 * own */
static dms_error *
check_subject(const char *subject)
{
	bool is_good = *subject != '\0' && *subject != '.';

	for (const char *c = subject; *c != '\0' && is_good; c++) {
		if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '*' || *c == '>')
			is_good = false;
		if (*c == '.' && (c[1] == '.' || c[1] == '\0'))
			is_good = false;
	}
	if (is_good)
		return NULL;
	dms_error *error =
	    dms_error_new(DMS_E_BUS, "\"%s\" is not a subject to publish on", subject);
	error->is_transient = false;
	return dms_error_put_str(error, "subject", subject);
}

/* header values come from callers' callers: control characters would end the header */
static natsStatus
header_set(natsMsg *msg, const char *key, const char *value)
{
	char *clean = talloc_strdup(NULL, value);
	natsStatus status;

	if (clean == NULL)
		return NATS_NO_MEMORY;
	for (char *c = clean; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	status = natsMsgHeader_Set(msg, key, clean);
	talloc_free(clean);
	return status;
}

static dms_error *
compose(const struct bus_outgoing *out, natsMsg **msg)
{
	natsStatus status;

	TRY(check_subject(out->subject));
	if (out->size > INT_MAX)
		return dms_error_new(DMS_E_TOO_LARGE, "a message of %zu bytes for %s", out->size,
				     out->subject);
	status = natsMsg_Create(msg, out->subject, NULL, out->data, (int)out->size);
	if (status == NATS_OK && out->msg_id != NULL)
		status = header_set(*msg, BUS_HEADER_MSG_ID, out->msg_id);
	if (status == NATS_OK && out->change_id != 0) {
		char text[24];

		snprintf(text, sizeof text, "%" PRId64, out->change_id);
		status = natsMsgHeader_Set(*msg, BUS_HEADER_CHANGE, text);
	}
	if (status == NATS_OK && out->cause != NULL)
		status = header_set(*msg, BUS_HEADER_CAUSE, out->cause);
	if (status == NATS_OK)
		return NULL;
	natsMsg_Destroy(*msg);
	return nats_error(status, "writing a message for", out->subject);
}

static dms_error *
not_connected(const struct bus *bus, const char *subject)
{
	return dms_error_put_str(dms_error_new(DMS_E_BUS_UNAVAILABLE,
					       "not connected to NATS at %s: %s is not sent",
					       bus->where, subject),
				 "subject", subject);
}

/* the link if it is up: the library would hold the message back and send it who knows when */
static struct link *
take_connected(struct bus *bus)
{
	struct link *link = link_take(bus);

	if (link == NULL || natsConnection_Status(link->nc) == NATS_CONN_STATUS_CONNECTED)
		return link;
	link_put(link);
	return NULL;
}

dms_error *
bus_publish(struct bus *bus, const struct bus_outgoing *out)
{
	natsMsg *msg = NULL;
	struct link *link;
	natsStatus status;

	TRY(compose(out, &msg));
	link = take_connected(bus);
	if (link == NULL) {
		natsMsg_Destroy(msg);
		return not_connected(bus, out->subject);
	}
	status = natsConnection_PublishMsg(link->nc, msg);
	natsMsg_Destroy(msg);
	link_put(link);
	return status == NATS_OK ? NULL : nats_error(status, "publishing", out->subject);
}

dms_error *
bus_publish_stored(struct bus *bus, const struct bus_outgoing *out, int64_t timeout_ms)
{
	natsMsg *msg = NULL;
	jsErrCode code = 0;
	jsPubOptions options;
	struct link *link;
	natsStatus status;

	TRY(compose(out, &msg));
	link = take_connected(bus);
	if (link == NULL) {
		natsMsg_Destroy(msg);
		return not_connected(bus, out->subject);
	}
	jsPubOptions_Init(&options);
	options.MaxWait = timeout_ms;
	status = js_PublishMsg(NULL, link->js, msg, &options, &code);
	natsMsg_Destroy(msg);
	link_put(link);
	return status == NATS_OK ? NULL : nats_error(status, "storing", out->subject);
}

/* the other side's error, as it was there */
static dms_error *
error_from_reply(const char *subject, natsMsg *reply)
{
	json_error_t where;
	json_t *object = json_loadb(natsMsg_GetData(reply), (size_t)natsMsg_GetDataLength(reply),
				    JSON_REJECT_DUPLICATES, &where);
	dms_error *error;

	if (object == NULL)
		return dms_error_new(DMS_E_BUS, "%s answers with an error that cannot be read: %s",
				     subject, where.text);
	error = dms_error_from_json(object);
	json_decref(object);
	return error;
}

static dms_error *
take_reply(TALLOC_CTX *mem, const char *subject, natsMsg *reply, uint8_t **data, size_t *size)
{
	const char *code = NULL;
	size_t length = (size_t)natsMsg_GetDataLength(reply);
	uint8_t *copy;

	if (natsMsgHeader_Get(reply, BUS_HEADER_ERROR, &code) == NATS_OK)
		return error_from_reply(subject, reply);
	copy = talloc_size(mem, length + 1);
	if (copy == NULL)
		abort();
	if (length > 0)
		memcpy(copy, natsMsg_GetData(reply), length);
	copy[length] = 0;
	*data = copy;
	*size = length;
	return NULL;
}

dms_error *
bus_request(struct bus *bus, TALLOC_CTX *mem, const struct bus_outgoing *out, int64_t timeout_ms,
	    uint8_t **data, size_t *size)
{
	natsMsg *msg = NULL;
	natsMsg *reply = NULL;
	struct link *link;
	natsStatus status;
	dms_error *error;

	TRY(compose(out, &msg));
	link = take_connected(bus);
	if (link == NULL) {
		natsMsg_Destroy(msg);
		return not_connected(bus, out->subject);
	}
	status = natsConnection_RequestMsg(&reply, link->nc, msg, timeout_ms);
	natsMsg_Destroy(msg);
	link_put(link);
	if (status != NATS_OK)
		return nats_error(status, "asking", out->subject);
	error = take_reply(mem, out->subject, reply, data, size);
	natsMsg_Destroy(reply);
	return error;
}
