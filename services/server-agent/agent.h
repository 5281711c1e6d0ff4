/* The agent on the loop thread: what it hears, what it watches, what it says. Everything here
 * belongs to the loop; the applier (apply.h) works on one worker at a time and reports to it, the
 * reporter (report.c) on another. */
#pragma once

#include <stdatomic.h>

#include "apply.h"
#include "proto/report.pb-c.h"
#include "service/service.h"

/* Keys of the worker pool: jobs of one key never run side by side. */
enum { WORK_KEY_APPLIER = 1, WORK_KEY_REPORTER = 2 };

struct prober;
struct watches;
struct listener;
struct jobs;
struct reporter;
struct health;
struct subscription;

struct agent {
	struct service *service;
	const struct dms_config *config;
	TALLOC_CTX *mem;
	atomic_bool is_stopping;
	struct zones *zones; /* the loop's side of zones.h */

	/* As the applier last left them. */
	char *sg, *role;
	int64_t generation;
	int64_t rejected_generation; /* 0: none */
	char *rejected_sg, *rejected_reason;

	struct arrivals *arrivals; /* from the listener to the applier */
	struct subscription *subscriptions;
	struct jobs *jobs;
	struct prober *prober;
	struct watches *watches;
	struct listener *listener;
	struct health *health;
	struct reporter *reporter;
};

/* agent.c */
dms_error *agent_start(struct service *service);
void agent_stop(struct service *service);
void agent_bus_state(struct service *service, bool is_connected);
bool agent_is_primary(const struct agent *agent);
/* This generation was tried and refused: only another one is tried. */
bool agent_has_rejected(const struct agent *agent, const char *sg, int64_t generation);
/* The zone was seen served with this serial: tells watch and reporter. */
void agent_seen(struct agent *agent, const char *zone, uint32_t serial);

/* subscriptions.c: announcements and facts of the group */
void subscriptions_follow(struct agent *agent, const char *sg);

/* jobs.c: what the applier is to do next */
dms_error *jobs_start(struct agent *agent);
void jobs_stop(struct agent *agent);
/* There is this generation, 0 = something that only a pull tells; nothing happens when it is here
 * by the time its turn comes. After a failure this waits for its back-off... */
void jobs_pull(struct agent *agent, int64_t generation);
/* ... and this, for news that may mend it, does not. */
void jobs_pull_now(struct agent *agent, int64_t generation);
/* Look how the server is, if there is nothing better to do. */
void jobs_inspect(struct agent *agent);
/* The server seems to lack this zone. */
void jobs_heal(struct agent *agent, const char *zone);
/* Why the control channel cannot be used, NULL when it can. */
const char *jobs_trouble(const struct agent *agent);

/* prober.c: SOA queries to the name server */
struct probe {
	enum { PROBE_ANSWERED, PROBE_TIMEOUT, PROBE_UNREACHABLE, PROBE_NONSENSE } outcome;
	int rcode; /* when answered */
	bool is_served;
	uint32_t serial;
	const char *reason; /* when not answered, or nonsense */
};
typedef void probe_fn(struct agent *agent, const char *zone, const struct probe *probe);
dms_error *prober_start(struct agent *agent);
void prober_stop(struct agent *agent);
/* Asks; `fn` hears the outcome once, later. False when too many questions are open. */
bool prober_ask(struct agent *agent, const char *zone, probe_fn *fn);

/* watch.c: zones that should soon be served with a serial */
dms_error *watches_start(struct agent *agent);
void watches_stop(struct agent *agent);
/* Sends the server a NOTIFY (not a primary) and looks until the zone is served with `serial` or a
 * later one; 0 = any. */
void watch_zone(struct agent *agent, const char *zone, uint32_t serial);
/* True when somebody waited for just this. */
bool watch_seen(struct agent *agent, const char *zone, uint32_t serial);

/* listener.c: NOTIFY from our own name server */
dms_error *listener_start(struct agent *agent);
void listener_stop(struct agent *agent);

/* health.c: the heartbeat, and the slow round over all zones */
dms_error *health_start(struct agent *agent);
void health_stop(struct agent *agent);
Dms__Report__Health health_now(const struct agent *agent, const char **reason);

/* report.c */
dms_error *reporter_start(struct agent *agent);
void reporter_stop(struct agent *agent);
void report_served(struct agent *agent, const char *zone, uint32_t serial);
void report_refused(struct agent *agent, const char *zone, const char *reason);
/* Says what there is to say, soon. */
void report_soon(struct agent *agent);
