/* Streams and consumers: looked up, made when missing, updated when they differ from the tables.
 * Several services do this at once; the server takes the same declaration twice without complaint.
 */
#include <string.h>

#include "base/log.h"
#include "bus/internal.h"

#define NS_PER_S INT64_C(1000000000)

static bool
differs(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") != 0;
}

/* the fields that are ours; what an operator set beside them (placement, description) stays */
static void
stream_fill(const struct bus_stream *stream, int replicas, const char **subject,
	    jsStreamConfig *config)
{
	*subject = stream->subjects;
	config->Name = stream->name;
	config->Subjects = subject;
	config->SubjectsLen = 1;
	config->Retention = stream->retention;
	config->Storage = js_FileStorage;
	config->MaxAge = stream->max_age_s * NS_PER_S;
	config->MaxMsgsPerSubject = stream->max_per_subject;
	config->Duplicates = BUS_DUPLICATE_SECONDS * NS_PER_S;
	config->Replicas = replicas;
}

static bool
stream_is_right(const struct bus_stream *stream, int replicas, const jsStreamConfig *config)
{
	return config->SubjectsLen == 1 && !differs(config->Subjects[0], stream->subjects) &&
	       config->Retention == stream->retention && config->Storage == js_FileStorage &&
	       config->MaxAge == stream->max_age_s * NS_PER_S &&
	       config->MaxMsgsPerSubject == stream->max_per_subject &&
	       config->Duplicates == BUS_DUPLICATE_SECONDS * NS_PER_S &&
	       config->Replicas == replicas;
}

/* A stream that is there but cannot be made right (other storage, too few servers for the replicas)
 * still carries messages: that is said, not fatal. */
static void
stream_update(struct link *link, const struct bus_stream *stream, int replicas,
	      const jsStreamConfig *present)
{
	jsStreamConfig config = *present;
	const char *subject;
	jsErrCode code = 0;

	stream_fill(stream, replicas, &subject, &config);
	if (js_UpdateStream(NULL, link->js, &config, NULL, &code) == NATS_OK) {
		log_notice("stream updated", F_STR("stream", stream->name));
		return;
	}
	log_warning("stream differs from what it should be and cannot be updated",
		    F_STR("stream", stream->name), F_STR("reason", nats_GetLastError(NULL)),
		    F_INT("code", code));
}

static dms_error *
stream_add(struct link *link, const struct bus_stream *stream, int replicas, int *made)
{
	jsStreamConfig config;
	const char *subject;
	jsErrCode code = 0;
	natsStatus status;

	jsStreamConfig_Init(&config);
	stream_fill(stream, replicas, &subject, &config);
	status = js_AddStream(NULL, link->js, &config, NULL, &code);
	if (status != NATS_OK && code != JSStreamNameExistErr)
		return nats_error(status, "creating stream", stream->name);
	(*made)++;
	log_notice("stream created", F_STR("stream", stream->name));
	return NULL;
}

static dms_error *
stream_declare(struct link *link, const struct bus_stream *stream, int replicas, int *made)
{
	jsStreamInfo *info = NULL;
	jsErrCode code = 0;
	natsStatus status = js_GetStreamInfo(&info, link->js, stream->name, NULL, &code);

	if (status == NATS_NOT_FOUND)
		return stream_add(link, stream, replicas, made);
	if (status != NATS_OK)
		return nats_error(status, "looking up stream", stream->name);
	if (!stream_is_right(stream, replicas, info->Config))
		stream_update(link, stream, replicas, info->Config);
	jsStreamInfo_Destroy(info);
	return NULL;
}

static void
durable_fill(const struct bus_durable *durable, jsConsumerConfig *config)
{
	config->Durable = durable->name;
	config->DeliverPolicy = js_DeliverAll;
	config->DeliverSubject = durable->deliver;
	config->DeliverGroup = durable->name;
	config->FilterSubject = durable->filter;
	config->AckPolicy = js_AckExplicit;
	config->AckWait = BUS_ACK_WAIT_SECONDS * NS_PER_S;
	config->MaxAckPending = durable->max_ack_pending;
	config->MaxDeliver = -1;
}

static bool
durable_is_right(const struct bus_durable *durable, const jsConsumerConfig *config)
{
	return !differs(config->DeliverSubject, durable->deliver) &&
	       !differs(config->DeliverGroup, durable->name) &&
	       !differs(config->FilterSubject, durable->filter) &&
	       config->AckPolicy == js_AckExplicit && config->MaxDeliver == -1 &&
	       config->AckWait == BUS_ACK_WAIT_SECONDS * NS_PER_S &&
	       config->MaxAckPending == durable->max_ack_pending;
}

static dms_error *
durable_add(struct link *link, const struct bus_durable *durable, int *made)
{
	jsConsumerConfig config;
	jsErrCode code = 0;
	natsStatus status;

	jsConsumerConfig_Init(&config);
	durable_fill(durable, &config);
	status = js_AddConsumer(NULL, link->js, durable->stream, &config, NULL, &code);
	if (status != NATS_OK && code != JSConsumerNameExistErr &&
	    code != JSConsumerExistingActiveErr)
		return nats_error(status, "creating consumer", durable->name);
	(*made)++;
	log_notice("consumer created", F_STR("stream", durable->stream),
		   F_STR("consumer", durable->name));
	return NULL;
}

/* Made anew: the messages stay in the stream, those being worked on are delivered once more. */
static dms_error *
durable_replace(struct link *link, const struct bus_durable *durable, int *made)
{
	jsErrCode code = 0;
	natsStatus status =
	    js_DeleteConsumer(link->js, durable->stream, durable->name, NULL, &code);

	if (status != NATS_OK && status != NATS_NOT_FOUND)
		return nats_error(status, "deleting consumer", durable->name);
	return durable_add(link, durable, made);
}

/* A changed delivery the server (2.9) accepts and then does not deliver; other things it refuses to
 * change in place. */
static dms_error *
durable_update(struct link *link, const struct bus_durable *durable, bool is_elsewhere, int *made)
{
	jsConsumerConfig config;
	jsErrCode code = 0;

	jsConsumerConfig_Init(&config);
	durable_fill(durable, &config);
	if (!is_elsewhere &&
	    js_UpdateConsumer(NULL, link->js, durable->stream, &config, NULL, &code) == NATS_OK) {
		log_notice("consumer updated", F_STR("stream", durable->stream),
			   F_STR("consumer", durable->name));
		return NULL;
	}
	return durable_replace(link, durable, made);
}

static dms_error *
durable_declare(struct link *link, const struct bus_durable *durable, int *made)
{
	jsConsumerInfo *info = NULL;
	jsErrCode code = 0;
	natsStatus status =
	    js_GetConsumerInfo(&info, link->js, durable->stream, durable->name, NULL, &code);
	bool is_right;
	bool is_elsewhere;

	if (status == NATS_NOT_FOUND)
		return durable_add(link, durable, made);
	if (status != NATS_OK)
		return nats_error(status, "looking up consumer", durable->name);
	is_right = durable_is_right(durable, info->Config);
	is_elsewhere = differs(info->Config->DeliverSubject, durable->deliver) ||
		       differs(info->Config->DeliverGroup, durable->name);
	jsConsumerInfo_Destroy(info);
	return is_right ? NULL : durable_update(link, durable, is_elsewhere, made);
}

dms_error *
bus_declare(struct link *link, int replicas, int *made)
{
	*made = 0;
	for (size_t i = 0; i < BUS_STREAM_COUNT; i++)
		TRY(stream_declare(link, &bus_streams[i], replicas, made));
	for (size_t i = 0; i < BUS_CONSUMER_COUNT; i++)
		TRY(durable_declare(link, &bus_durables[i], made));
	return NULL;
}
