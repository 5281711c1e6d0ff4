/* Worker threads. With more than one, one is never given bulk work: an interactive job does not
 * wait for a long one to end. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "service/lanes.h"

struct thread {
	pthread_t id;
	struct work_pool *pool;
	int number;
};

struct work_pool {
	const char *db_url;
	const struct dms_config *config;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t work;  /* something to do, or the end */
	pthread_cond_t idle;  /* a job ended */
	struct lanes lanes;
	int bulk_limit; /* bulk jobs at a time */
	bool is_draining;
	bool has_ended; /* workers leave after the job they are at */
	bool is_joined;
	int thread_count;
	struct thread *threads;
};

/* A job that leaves a transaction open has a fault; the next job must not inherit it. */
static void
run_job(struct worker *worker, TALLOC_CTX *root, struct job *job)
{
	worker->mem = talloc_new(root);
	job->fn(worker, job->arg);
	if (worker->db != NULL && db_in_transaction(worker->db)) {
		log_err("a job left its transaction open: rolled back",
			F_STR("worker", worker->name));
		db_rollback(worker->db);
	}
	log_context(0, 0);
	talloc_free(worker->mem);
	free(job);
}

static struct worker *
worker_new(TALLOC_CTX *root, const struct thread *thread)
{
	const struct work_pool *pool = thread->pool;
	struct worker *worker = talloc_zero(root, struct worker);
	char host[256] = "localhost";

	gethostname(host, sizeof host - 1);
	worker->number = thread->number;
	worker->name = talloc_asprintf(worker, "%s/%s/%d/%d", host, pool->config->program_name,
				       (int)getpid(), thread->number);
	if (pool->db_url != NULL)
		worker->db = db_open_later(worker, pool->db_url, pool->config->program_name,
					   pool->config->db_statement_timeout);
	return worker;
}

/* Everything a worker allocates hangs on a root of its own: talloc is not thread-safe. */
static void *
work(void *arg)
{
	struct thread *thread = arg;
	struct work_pool *pool = thread->pool;
	TALLOC_CTX *root = talloc_new(NULL);
	struct worker *worker = worker_new(root, thread);

	pthread_mutex_lock(&pool->lock);
	while (!pool->has_ended) {
		enum work_class class;
		struct lane *lane;
		struct job *job = lanes_take(&pool->lanes, pool->bulk_limit, &lane, &class);

		if (job == NULL) {
			pthread_cond_wait(&pool->work, &pool->lock);
			continue;
		}
		pthread_mutex_unlock(&pool->lock);
		run_job(worker, root, job);
		pthread_mutex_lock(&pool->lock);
		lanes_done(&pool->lanes, lane, class);
		/* this worker takes the next job itself; its lane or its place for bulk may serve
		 * one more */
		pthread_cond_signal(&pool->work);
		pthread_cond_broadcast(&pool->idle);
	}
	pthread_mutex_unlock(&pool->lock);
	talloc_free(root);
	return NULL;
}

bool
work_submit(struct work_pool *pool, enum work_class class, uint64_t key, work_fn *fn, void *arg)
{
	struct job *job = calloc(1, sizeof *job);
	bool is_taken;

	if (job == NULL)
		abort();
	*job = (struct job){.fn = fn, .arg = arg};
	pthread_mutex_lock(&pool->lock);
	is_taken = !pool->is_draining;
	if (is_taken) {
		lanes_add(&pool->lanes, class, key, job);
		pthread_cond_signal(&pool->work);
	}
	pthread_mutex_unlock(&pool->lock);
	if (!is_taken)
		free(job);
	return is_taken;
}

/* Lock held. */
static bool
wait_idle(struct work_pool *pool, int64_t timeout_ms)
{
	int64_t deadline = monotonic_us() + timeout_ms * 1000;
	struct timespec until = {.tv_sec = deadline / 1000000,
				 .tv_nsec = deadline % 1000000 * 1000};

	while (pool->lanes.waiting > 0 || pool->lanes.running > 0)
		if (pthread_cond_timedwait(&pool->idle, &pool->lock, &until) == ETIMEDOUT)
			break;
	return pool->lanes.waiting == 0 && pool->lanes.running == 0;
}

bool
work_pool_drain(struct work_pool *pool, int64_t timeout_ms)
{
	bool is_idle;

	pthread_mutex_lock(&pool->lock);
	pool->is_draining = true;
	is_idle = wait_idle(pool, timeout_ms);
	if (!is_idle)
		lanes_drop(&pool->lanes);
	pool->has_ended = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	if (!is_idle || pool->is_joined)
		return is_idle;
	for (int i = 0; i < pool->thread_count; i++)
		pthread_join(pool->threads[i].id, NULL);
	pool->is_joined = true;
	return true;
}

/* -1 keeps the memory, for a thread is still in it. */
static int
pool_free(struct work_pool *pool)
{
	if (!work_pool_drain(pool, 0))
		return -1;
	pthread_cond_destroy(&pool->work);
	pthread_cond_destroy(&pool->idle);
	pthread_mutex_destroy(&pool->lock);
	return 0;
}

static void
locks_init(struct work_pool *pool)
{
	pthread_condattr_t attributes;

	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->work, &attributes);
	pthread_cond_init(&pool->idle, &attributes);
	pthread_condattr_destroy(&attributes);
}

/* Signals are for the loop's thread. */
static int
start_threads(struct work_pool *pool, int threads)
{
	sigset_t all;
	sigset_t before;
	int failure = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (failure == 0 && pool->thread_count < threads) {
		struct thread *thread = &pool->threads[pool->thread_count];

		*thread = (struct thread){.pool = pool, .number = pool->thread_count + 1};
		pthread_mutex_lock(&pool->lock);
		failure = pthread_create(&thread->id, NULL, work, thread);
		pool->thread_count += failure == 0;
		pthread_mutex_unlock(&pool->lock);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failure;
}

dms_error *
work_pool_new(TALLOC_CTX *mem, const struct dms_config *config, int threads, const char *db_url,
	      struct work_pool **pool)
{
	struct work_pool *made = talloc_zero(mem, struct work_pool);
	int failure;

	made->config = config;
	made->db_url = db_url != NULL ? talloc_strdup(made, db_url) : NULL;
	made->threads = talloc_zero_array(made, struct thread, (size_t)threads);
	made->bulk_limit = threads > 1 ? threads - 1 : 1;
	locks_init(made);
	talloc_set_destructor(made, pool_free);
	failure = start_threads(made, threads);
	if (failure != 0) {
		talloc_free(made);
		return dms_error_new(DMS_E_SYSTEM, "no thread for a worker: %s", strerror(failure));
	}
	*pool = made;
	return NULL;
}
