/* Starting, stopping, and what connects the parts. */
#include "agent.h"

#include <string.h>

#include "base/log.h"

bool
agent_is_primary(const struct agent *agent)
{
	return strcmp(agent->role, "master") == 0;
}

bool
agent_has_rejected(const struct agent *agent, const char *sg, int64_t generation)
{
	return agent->rejected_generation != 0 && agent->rejected_generation == generation &&
	       strcmp(agent->rejected_sg, sg) == 0;
}

/* Every serial that is news is told; one that somebody waits for is told also when it is not. */
void
agent_seen(struct agent *agent, const char *zone, uint32_t serial)
{
	bool is_news = zones_note_serial(agent->zones, zone, serial);
	bool is_awaited = watch_seen(agent, zone, serial);
	if (is_news || (is_awaited && zones_have(agent->zones, zone)))
		report_served(agent, zone, serial);
}

static dms_error *
check_config(const struct dms_config *config)
{
	if (config->server_name[0] == '\0')
		return dms_error_new(DMS_E_CONFIG, "server_name must be set: the name that "
						   "create_server gave this server");
	if (strpbrk(config->server_name, " *>\t") != NULL)
		return dms_error_new(DMS_E_CONFIG, "server_name \"%s\" cannot be part of a subject",
				     config->server_name);
	return NULL;
}

dms_error *
agent_start(struct service *service)
{
	struct agent *agent = talloc_zero(service->mem, struct agent);
	agent->service = service;
	agent->config = service->config;
	agent->mem = agent;
	TRY(check_config(agent->config));
	agent->arrivals = arrivals_new(agent);
	TRY(jobs_start(agent));
	TRY(reporter_start(agent));
	TRY(prober_start(agent));
	TRY(watches_start(agent));
	TRY(listener_start(agent));
	TRY(health_start(agent));
	service->mine = agent;
	log_info("state loaded", F_STR("server", agent->config->server_name),
		 F_STR("sg", agent->sg), F_STR("role", agent->role),
		 F_INT("generation", agent->generation),
		 F_INT("zones", (int64_t)zones_count(agent->zones)));
	subscriptions_follow(agent, agent->sg);
	return NULL;
}

/* Jobs that run end soon: is_stopping is looked at between zones. */
void
agent_stop(struct service *service)
{
	struct agent *agent = service->mine;
	agent->is_stopping = true;
	arrivals_end(agent->arrivals);
	health_stop(agent);
	listener_stop(agent);
	watches_stop(agent);
	prober_stop(agent);
	reporter_stop(agent);
	jobs_stop(agent);
}

static void
on_connected(struct service *service, void *arg)
{
	struct agent *agent = service->mine;
	if (agent->is_stopping)
		return;
	jobs_pull_now(agent, 0);
	report_soon(agent);
}

void
agent_bus_state(struct service *service, bool is_connected)
{
	log_notice(is_connected ? "connected to NATS" : "NATS is away; the name server serves on");
	if (is_connected)
		service_on_loop(service, on_connected, NULL);
}
