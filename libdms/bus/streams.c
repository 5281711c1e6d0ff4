/* The streams and consumers of the system. Nothing in them is the only copy of anything. */
#include "bus/internal.h"

const struct bus_stream bus_streams[BUS_STREAM_COUNT] = {
    {"DMS_EVENT", "dms.event.>", js_WorkQueuePolicy, 0, -1},
    {"DMS_FACT", "dms.fact.>", js_LimitsPolicy, INT64_C(7) * 24 * 3600, -1},
    {"DMS_CONFIG", "dms.config.>", js_LimitsPolicy, 0, 1},
};

/* The filters of a work queue must not overlap: each message has one consumer. */
const struct bus_durable bus_durables[BUS_CONSUMER_COUNT] = {
    [BUS_CONSUMER_ZONE] = {"DMS_EVENT", "zone", "dms.event.zone.>", "dms.deliver.zone", 256},
    [BUS_CONSUMER_ZONE_BULK] = {"DMS_EVENT", "zone-bulk", "dms.event.zone-bulk.>",
				"dms.deliver.zone-bulk", 32},
    [BUS_CONSUMER_MASTER] = {"DMS_EVENT", "master", "dms.event.master.>", "dms.deliver.master", 64},
    [BUS_CONSUMER_SERVER] = {"DMS_EVENT", "server", "dms.event.server.>", "dms.deliver.server", 64},
    [BUS_CONSUMER_REVERSE] = {"DMS_EVENT", "reverse", "dms.event.reverse.>", "dms.deliver.reverse",
			      64},
    [BUS_CONSUMER_JOB] = {"DMS_EVENT", "job", "dms.event.job-bulk.>", "dms.deliver.job", 64},
};
