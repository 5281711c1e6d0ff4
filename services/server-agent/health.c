/* The heartbeat: is the name server well, is the control channel, and a slow round over all zones.
 */
#include <string.h>

#include "agent.h"
#include "base/log.h"
#include "dns/wire.h"

#define ROUND_MS       1000
#define ROUND_MAX      64 /* zones looked at in one step of the round */
#define RCODE_SERVFAIL 2

struct health {
	uv_timer_t beat, round;
	Dms__Report__Health now;
	char *reason;
	bool is_known;
	size_t cursor; /* of the round */
};

static void
set_health(struct agent *agent, Dms__Report__Health now, const char *reason)
{
	struct health *health = agent->health;
	bool is_change = !health->is_known || health->now != now;
	health->is_known = true;
	health->now = now;
	TALLOC_FREE(health->reason);
	health->reason = talloc_strdup(health, reason);
	if (!is_change)
		return;
	if (now == DMS__REPORT__HEALTH__ANSWERS)
		log_notice("the name server answers");
	else
		log_warning("the name server is not well", F_STR("reason", reason));
	if (now == DMS__REPORT__HEALTH__ANSWERS)
		jobs_inspect(agent);
}

/* NOERROR, NXDOMAIN, REFUSED and NOTAUTH say that it speaks DNS (spec/operations.md 3.10). */
static bool
is_sane(int rcode)
{
	return rcode == 0 || rcode == 3 || rcode == 5 || rcode == 9;
}

static void
on_beat_probe(struct agent *agent, const char *zone, const struct probe *probe)
{
	char reason[96];
	switch (probe->outcome) {
	case PROBE_TIMEOUT:
	case PROBE_UNREACHABLE:
		set_health(agent, DMS__REPORT__HEALTH__UNREACHABLE, probe->reason);
		break;
	case PROBE_NONSENSE:
		set_health(agent, DMS__REPORT__HEALTH__NONSENSE, probe->reason);
		break;
	case PROBE_ANSWERED:
		if (is_sane(probe->rcode)) {
			set_health(agent, DMS__REPORT__HEALTH__ANSWERS, "");
			break;
		}
		snprintf(reason, sizeof(reason), "SOA query of %s: %s", zone,
			 dns_rcode_name(probe->rcode));
		set_health(agent, DMS__REPORT__HEALTH__NONSENSE, reason);
		break;
	}
	report_soon(agent);
}

static void
on_beat(uv_timer_t *timer)
{
	struct agent *agent = timer->data;
	if (!prober_ask(agent, "localhost.", on_beat_probe))
		report_soon(agent);
	jobs_inspect(agent);
}

/* SERVFAIL is a zone that has not arrived yet, or has expired: not one that is missing. */
static void
on_round_probe(struct agent *agent, const char *zone, const struct probe *probe)
{
	if (probe->outcome != PROBE_ANSWERED)
		return;
	if (probe->is_served)
		agent_seen(agent, zone, probe->serial);
	else if (probe->rcode != RCODE_SERVFAIL && zones_have(agent->zones, zone))
		jobs_heal(agent, zone);
}

static void
on_round(uv_timer_t *timer)
{
	struct agent *agent = timer->data;
	struct health *health = agent->health;
	const char *names[ROUND_MAX];
	if (health->now != DMS__REPORT__HEALTH__ANSWERS)
		return;
	TALLOC_CTX *mem = talloc_new(NULL);
	size_t count = zones_sample(agent->zones, mem, ROUND_MAX, &health->cursor, names);
	for (size_t i = 0; i < count; i++)
		prober_ask(agent, names[i], on_round_probe);
	talloc_free(mem);
}

Dms__Report__Health
health_now(const struct agent *agent, const char **reason)
{
	const struct health *health = agent->health;
	const char *trouble = jobs_trouble(agent);
	*reason = health->reason != NULL && health->reason[0] != '\0' ? health->reason
		  : trouble != NULL                                   ? trouble
								      : "";
	return health->is_known ? health->now : DMS__REPORT__HEALTH__UNREACHABLE;
}

dms_error *
health_start(struct agent *agent)
{
	struct health *health = talloc_zero(agent->mem, struct health);
	agent->health = health;
	uv_timer_init(agent->service->loop, &health->beat);
	uv_timer_init(agent->service->loop, &health->round);
	health->beat.data = health->round.data = agent;
	uv_timer_start(&health->beat, on_beat, 0, (uint64_t)agent->config->heartbeat);
	uv_timer_start(&health->round, on_round, ROUND_MS, ROUND_MS);
	return NULL;
}

void
health_stop(struct agent *agent)
{
	uv_close((uv_handle_t *)&agent->health->beat, NULL);
	uv_close((uv_handle_t *)&agent->health->round, NULL);
}
