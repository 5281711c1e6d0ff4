/* Reports: one at a time; what happens meanwhile goes with the next; nothing is forgotten before
 * master-sm has answered. */
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/time.h"

#define SERVED_MAX     2000 /* in one report: far below the largest payload */
#define REFUSED_MAX    200
#define REASON_MAX     1500
#define QUEUE_MAX      1000000 /* beyond it the oldest are let go: master-sm asks for what it misses */
#define REPLY_MS       5000
#define RETRY_FIRST_MS 200
#define RETRY_MAX_MS   5000
#define GATHER_MS      1 /* news that come in one go travel together */

struct entry {
	char *zone;
	char *reason; /* NULL: served */
	uint32_t serial;
	int64_t seen_us;
};

struct reporter {
	struct agent *agent;
	uv_timer_t soon;
	struct entry *queue;
	size_t count, capacity;
	size_t in_flight; /* the first so many are on their way */
	bool is_busy, is_wanted;
	int failures;
};

/* One report on its way: made on the loop, sent by a worker, back to the loop. */
struct sending {
	struct agent *agent;
	char *subject;
	uint8_t *packed;
	size_t size;
	Dms__ReportReply *reply;
	dms_error *error;
};

static void
drop_first(struct reporter *reporter, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(reporter->queue[i].zone);
		free(reporter->queue[i].reason);
	}
	if (count == 0)
		return;
	memmove(reporter->queue, reporter->queue + count,
		(reporter->count - count) * sizeof(struct entry));
	reporter->count -= count;
}

static void
enqueue(struct agent *agent, const char *zone, uint32_t serial, const char *reason)
{
	struct reporter *reporter = agent->reporter;
	if (reporter->count == QUEUE_MAX && reporter->in_flight == 0)
		drop_first(reporter, SERVED_MAX);
	if (reporter->count == reporter->capacity) {
		reporter->capacity = reporter->capacity * 2 + 64;
		reporter->queue =
		    reallocarray(reporter->queue, reporter->capacity, sizeof(struct entry));
		if (reporter->queue == NULL)
			abort();
	}
	reporter->queue[reporter->count++] = (struct entry){
	    .zone = strdup(zone),
	    .reason = reason != NULL ? strndup(reason, REASON_MAX) : NULL,
	    .serial = serial,
	    .seen_us = realtime_us(),
	};
	report_soon(agent);
}

void
report_served(struct agent *agent, const char *zone, uint32_t serial)
{
	enqueue(agent, zone, serial, NULL);
}

void
report_refused(struct agent *agent, const char *zone, const char *reason)
{
	enqueue(agent, zone, 0, reason);
}

/* How many of the queue go now: at most so many of each kind. */
static size_t
portion(const struct reporter *reporter)
{
	size_t served = 0, refused = 0, count = 0;
	for (; count < reporter->count && served < SERVED_MAX && refused < REFUSED_MAX; count++) {
		if (reporter->queue[count].reason != NULL)
			refused++;
		else
			served++;
	}
	return count;
}

static void
add_entries(struct reporter *reporter, TALLOC_CTX *mem, Dms__Report *report)
{
	reporter->in_flight = portion(reporter);
	report->served = talloc_array(mem, Dms__Served *, reporter->in_flight);
	report->refused = talloc_array(mem, Dms__Refused *, reporter->in_flight);
	for (size_t i = 0; i < reporter->in_flight; i++) {
		const struct entry *entry = &reporter->queue[i];
		if (entry->reason != NULL) {
			Dms__Refused *refused = talloc(mem, Dms__Refused);
			dms__refused__init(refused);
			refused->zone = entry->zone;
			refused->reason = entry->reason;
			report->refused[report->n_refused++] = refused;
		} else {
			Dms__Served *served = talloc(mem, Dms__Served);
			dms__served__init(served);
			served->zone = entry->zone;
			served->serial = entry->serial;
			served->seen_us = entry->seen_us;
			report->served[report->n_served++] = served;
		}
	}
}

static void
pack(struct agent *agent, struct sending *sending)
{
	TALLOC_CTX *mem = talloc_new(sending);
	Dms__Report report = DMS__REPORT__INIT;
	const char *reason;
	report.server = (char *)agent->config->server_name;
	report.agent_version = (char *)DMS_VERSION;
	report.sg = agent->sg;
	report.generation = agent->generation;
	report.zone_count = (int64_t)zones_count(agent->zones);
	report.health = health_now(agent, &reason);
	report.health_reason = (char *)reason;
	report.rejected_generation = agent->rejected_generation;
	if (agent->rejected_reason != NULL)
		report.rejected_reason = agent->rejected_reason;
	add_entries(agent->reporter, mem, &report);
	sending->size = dms__report__get_packed_size(&report);
	sending->packed = talloc_size(sending, sending->size + 1);
	dms__report__pack(&report, sending->packed);
	talloc_free(mem);
}

static void
take_reply(struct agent *agent, const Dms__ReportReply *reply)
{
	if (reply->error[0] != '\0')
		log_warning("master-sm does not take the report", F_STR("reason", reply->error));
	bool is_moved = reply->sg[0] != '\0' && strcmp(reply->sg, agent->sg) != 0;
	/* Disabled too: it is announced when there is something for this server. */
	subscriptions_follow(agent, reply->sg);
	if (!reply->is_disabled && (is_moved || reply->wanted_generation > agent->generation) &&
	    !agent_has_rejected(agent, reply->sg, reply->wanted_generation))
		jobs_pull(agent, is_moved ? 0 : reply->wanted_generation);
	for (size_t i = 0; i < reply->n_late; i++) {
		if (zones_have(agent->zones, reply->late[i]->zone))
			watch_zone(agent, reply->late[i]->zone, reply->late[i]->serial);
	}
}

static void on_soon(uv_timer_t *timer);

static void
on_sent(struct service *service, void *arg)
{
	struct sending *sending = arg;
	struct agent *agent = sending->agent;
	struct reporter *reporter = agent->reporter;
	reporter->is_busy = false;
	if (!agent->is_stopping && sending->error == NULL) {
		drop_first(reporter, reporter->in_flight);
		reporter->in_flight = 0;
		if (reporter->failures > 0)
			log_notice("reports are taken again");
		reporter->failures = 0;
		take_reply(agent, sending->reply);
		if (reporter->is_wanted || reporter->count > 0)
			uv_timer_start(&reporter->soon, on_soon, 0, 0);
	} else if (!agent->is_stopping) {
		reporter->in_flight = 0;
		log_failure(reporter->failures == 0 ? LOG_WARNING : LOG_DEBUG, "report not taken",
			    sending->error);
		uint64_t ms =
		    (uint64_t)backoff_ms(RETRY_FIRST_MS, RETRY_MAX_MS, ++reporter->failures);
		uv_timer_start(&reporter->soon, on_soon, ms, 0);
	}
	if (sending->reply != NULL)
		dms__report_reply__free_unpacked(sending->reply, NULL);
	dms_error_free(sending->error);
	talloc_free(sending);
}

static dms_error *
ask(struct sending *sending, TALLOC_CTX *mem)
{
	uint8_t *data = NULL;
	size_t size = 0;
	struct bus_outgoing out = {
	    .subject = sending->subject,
	    .data = sending->packed,
	    .size = sending->size,
	};
	FAULT_TRY(REPORT, "report");
	TRY(bus_request(sending->agent->service->bus, mem, &out, REPLY_MS, &data, &size));
	FAULT_TRY(REPORTED, "report");
	sending->reply = dms__report_reply__unpack(NULL, size, data);
	return sending->reply != NULL
		   ? NULL
		   : dms_error_new(DMS_E_FORMAT, "%s: the reply is not a ReportReply",
				   sending->subject);
}

static void
send_report(struct worker *worker, void *arg)
{
	struct sending *sending = arg;
	TALLOC_CTX *mem = talloc_new(NULL);
	sending->error = ask(sending, mem);
	talloc_free(mem);
	service_on_loop(sending->agent->service, on_sent, sending);
}

static void
on_soon(uv_timer_t *timer)
{
	struct agent *agent = timer->data;
	struct reporter *reporter = agent->reporter;
	if (reporter->is_busy || !bus_is_connected(agent->service->bus))
		return;
	struct sending *sending = talloc_zero(NULL, struct sending);
	sending->agent = agent;
	sending->subject = talloc_asprintf(sending, "dms.report.%s", agent->config->server_name);
	reporter->is_wanted = false;
	pack(agent, sending);
	reporter->is_busy = work_submit(agent->service->pool, WORK_INTERACTIVE, WORK_KEY_REPORTER,
					send_report, sending);
	if (!reporter->is_busy)
		talloc_free(sending);
}

/* A back-off that runs is not cut short: the heartbeat would otherwise defeat it. */
void
report_soon(struct agent *agent)
{
	struct reporter *reporter = agent->reporter;
	reporter->is_wanted = true;
	if (!agent->is_stopping && !reporter->is_busy &&
	    !uv_is_active((uv_handle_t *)&reporter->soon))
		uv_timer_start(&reporter->soon, on_soon, GATHER_MS, 0);
}

dms_error *
reporter_start(struct agent *agent)
{
	struct reporter *reporter = talloc_zero(agent->mem, struct reporter);
	reporter->agent = agent;
	uv_timer_init(agent->service->loop, &reporter->soon);
	reporter->soon.data = agent;
	agent->reporter = reporter;
	return NULL;
}

void
reporter_stop(struct agent *agent)
{
	drop_first(agent->reporter, agent->reporter->count);
	free(agent->reporter->queue);
	agent->reporter->queue = NULL;
	agent->reporter->capacity = 0;
	uv_close((uv_handle_t *)&agent->reporter->soon, NULL);
}
