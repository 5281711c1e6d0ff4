/* One job of the applier at a time: pull before repair before inspection. */
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "base/log.h"
#include "base/time.h"

#define RETRY_FIRST_MS  250
#define RETRY_MAX_MS    10000
#define REFUSED_MS      15000 /* until a server that master-sm does not serve asks again */
#define HEAL_MAX        500   /* zones waiting for repair; the round comes by the others again */
#define WATCH_ADDED_MAX 1000  /* of zones new to a secondary; NOTIFY tells of the others */

enum job_kind { JOB_PULL, JOB_HEAL, JOB_INSPECT };

struct jobs {
	struct agent *agent;
	struct applier *applier;
	uv_timer_t retry;
	bool is_busy, wants_pull, wants_inspect;
	int64_t wanted_generation; /* newest one heard of since the last pull began; 0 = none */
	int failures;              /* of pulls in a row */
	bool was_refused;          /* said once */
	char *trouble;             /* with the control channel */
	char *heal[HEAL_MAX];
	size_t heal_count;
};

struct job {
	struct agent *agent;
	enum job_kind kind;
	size_t name_count;
	const char **names;
	struct applied *applied;
};

static void next_job(struct agent *agent);

static void
on_retry(uv_timer_t *timer)
{
	struct agent *agent = timer->data;
	jobs_pull_now(agent, 0);
}

static void
pull_again_in(struct agent *agent, int64_t ms)
{
	uv_timer_start(&agent->jobs->retry, on_retry, (uint64_t)ms, 0);
}

/* The control channel's trouble is said when it begins and when it ends. */
static void
note_trouble(struct jobs *jobs, const dms_error *error)
{
	if (error != NULL && error->id == DMS_E_STOPPING)
		return;
	if (error != NULL && jobs->trouble == NULL)
		log_failure(LOG_WARNING, "the name server cannot be controlled", error);
	else if (error == NULL && jobs->trouble != NULL)
		log_notice("the name server can be controlled again");
	TALLOC_FREE(jobs->trouble);
	if (error != NULL)
		jobs->trouble = talloc_strdup(jobs, error->message);
}

static void
after_pull(struct agent *agent, struct applied *applied)
{
	struct jobs *jobs = agent->jobs;
	if (applied->error != NULL) {
		int64_t ms = backoff_ms(RETRY_FIRST_MS, RETRY_MAX_MS, ++jobs->failures);
		log_failure(jobs->failures == 1 ? LOG_WARNING : LOG_DEBUG, "pull failed",
			    applied->error, F_INT("again_ms", ms));
		pull_again_in(agent, ms);
		return;
	}
	jobs->failures = 0;
	if (applied->is_refused && !jobs->was_refused)
		log_warning("no configuration for this server", F_STR("reason", applied->reason));
	jobs->was_refused = applied->is_refused;
	if (applied->is_refused)
		pull_again_in(agent, REFUSED_MS);
	if (applied->rejected_generation != 0) {
		agent->rejected_generation = applied->rejected_generation;
		TALLOC_FREE(agent->rejected_sg);
		TALLOC_FREE(agent->rejected_reason);
		agent->rejected_sg = talloc_strdup(agent->mem, applied->rejected_sg);
		agent->rejected_reason = talloc_strdup(agent->mem, applied->reason);
	} else if (applied->has_news) {
		agent->rejected_generation = 0;
		TALLOC_FREE(agent->rejected_reason);
	}
}

static void
take_news(struct agent *agent, const struct applied *applied)
{
	size_t watched = 0;
	for (size_t i = 0; i < applied->news_count; i++) {
		const struct zone_news *news = &applied->news[i];
		if (news->reason != NULL) {
			report_refused(agent, news->name, news->reason);
		} else if (news->serial != 0) {
			zones_note_serial(agent->zones, news->name, news->serial);
			report_served(agent, news->name, news->serial);
		} else if (watched++ < WATCH_ADDED_MAX) {
			watch_zone(agent, news->name, 0);
		}
	}
}

static void
on_done(struct service *service, void *arg)
{
	struct job *job = arg;
	struct agent *agent = job->agent;
	struct applied *applied = job->applied;
	struct jobs *jobs = agent->jobs;
	jobs->is_busy = false;
	if (!agent->is_stopping) {
		talloc_free(agent->sg);
		talloc_free(agent->role);
		agent->sg = talloc_strdup(agent->mem, applied->sg);
		agent->role = talloc_strdup(agent->mem, applied->role);
		agent->generation = applied->generation;
		if (job->kind == JOB_PULL)
			after_pull(agent, applied);
		else
			note_trouble(jobs, applied->error);
		take_news(agent, applied);
		subscriptions_follow(agent, agent->sg);
		jobs->wants_pull |= applied->wants_pull && job->kind != JOB_PULL;
		if (job->kind == JOB_PULL || applied->has_news || applied->news_count > 0)
			report_soon(agent);
		next_job(agent);
	}
	dms_error_free(applied->error);
	talloc_free(applied);
	talloc_free(job);
}

static void
run_job(struct worker *worker, void *arg)
{
	struct job *job = arg;
	struct applier *applier = job->agent->jobs->applier;
	switch (job->kind) {
	case JOB_PULL:
		job->applied = applier_pull(applier);
		break;
	case JOB_HEAL:
		job->applied = applier_heal(applier, job->name_count, job->names);
		break;
	case JOB_INSPECT:
		job->applied = applier_inspect(applier);
		break;
	}
	service_on_loop(job->agent->service, on_done, job);
}

static void
next_job(struct agent *agent)
{
	struct jobs *jobs = agent->jobs;
	if (jobs->is_busy || agent->is_stopping)
		return;
	struct job *job = talloc_zero(NULL, struct job);
	job->agent = agent;
	bool is_pull = jobs->wants_pull || jobs->wanted_generation > agent->generation;
	if (is_pull && bus_is_connected(agent->service->bus)) {
		job->kind = JOB_PULL;
		jobs->wants_pull = false;
		jobs->wanted_generation = 0;
		uv_timer_stop(&jobs->retry);
	} else if (jobs->heal_count > 0) {
		job->kind = JOB_HEAL;
		job->names = talloc_array(job, const char *, jobs->heal_count);
		for (size_t i = 0; i < jobs->heal_count; i++)
			job->names[job->name_count++] = talloc_move(job, &jobs->heal[i]);
		jobs->heal_count = 0;
	} else if (jobs->wants_inspect) {
		job->kind = JOB_INSPECT;
		jobs->wants_inspect = false;
	} else {
		talloc_free(job);
		return;
	}
	jobs->is_busy =
	    work_submit(agent->service->pool, WORK_INTERACTIVE, WORK_KEY_APPLIER, run_job, job);
	if (!jobs->is_busy)
		talloc_free(job);
}

void
jobs_pull_now(struct agent *agent, int64_t generation)
{
	struct jobs *jobs = agent->jobs;
	jobs->wants_pull |= generation == 0;
	if (generation > jobs->wanted_generation)
		jobs->wanted_generation = generation;
	next_job(agent);
}

void
jobs_pull(struct agent *agent, int64_t generation)
{
	/* The wait after a refusal is over once master-sm has something for us. */
	if (agent->jobs->was_refused || !uv_is_active((uv_handle_t *)&agent->jobs->retry))
		jobs_pull_now(agent, generation);
}

void
jobs_inspect(struct agent *agent)
{
	agent->jobs->wants_inspect = true;
	next_job(agent);
}

void
jobs_heal(struct agent *agent, const char *zone)
{
	struct jobs *jobs = agent->jobs;
	for (size_t i = 0; i < jobs->heal_count; i++) {
		if (strcmp(jobs->heal[i], zone) == 0)
			return;
	}
	if (jobs->heal_count < HEAL_MAX)
		jobs->heal[jobs->heal_count++] = talloc_strdup(NULL, zone);
	next_job(agent);
}

const char *
jobs_trouble(const struct agent *agent)
{
	return agent->jobs->trouble;
}

dms_error *
jobs_start(struct agent *agent)
{
	struct jobs *jobs = talloc_zero(agent->mem, struct jobs);
	jobs->agent = agent;
	TRY(applier_open(jobs, agent->config, agent->service->bus, agent->arrivals,
			 &agent->is_stopping, &jobs->applier));
	uv_timer_init(agent->service->loop, &jobs->retry);
	jobs->retry.data = agent;
	agent->jobs = jobs;
	agent->zones = jobs->applier->state->zones;
	agent->sg = talloc_strdup(agent->mem, jobs->applier->state->sg);
	agent->role = talloc_strdup(agent->mem, jobs->applier->state->role);
	agent->generation = jobs->applier->state->generation;
	return NULL;
}

void
jobs_stop(struct agent *agent)
{
	uv_close((uv_handle_t *)&agent->jobs->retry, NULL);
	for (size_t i = 0; i < agent->jobs->heal_count; i++)
		talloc_free(agent->jobs->heal[i]);
	agent->jobs->heal_count = 0;
}
