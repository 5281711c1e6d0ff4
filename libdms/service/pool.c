/* Worker threads and their queue.
 *
 * Jobs of one key form a lane. A lane with something to do stands in line with the others of its
 * class; a worker takes the first lane, runs its first job, and the lane stands at the end again:
 * one busy zone does not starve the others. A running lane stands nowhere, so no two of its jobs
 * meet. A job without key has a lane of its own. With more than one worker the last idle one is
 * kept for interactive work, so bulk work never makes it wait for a job to end.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/time.h"
#include "service/service.h"

#define BUCKETS 1024

struct job {
	work_fn *fn;
	void *arg;
	struct job *next;
};

struct fifo {
	struct job *first;
	struct job **end;
};

struct lane {
	uint64_t key;
	bool is_running;
	struct fifo waiting[WORK_CLASS_COUNT];
	bool is_in_line[WORK_CLASS_COUNT];
	struct lane *before[WORK_CLASS_COUNT];
	struct lane *behind[WORK_CLASS_COUNT];
	struct lane *next_in_bucket;
};

struct line {
	struct lane *first;
	struct lane *last;
};

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
	struct line lines[WORK_CLASS_COUNT];
	struct lane *buckets[BUCKETS];
	size_t waiting; /* jobs not begun */
	int running;
	int running_bulk;
	bool is_draining;
	bool has_ended; /* workers leave after the job they are at */
	bool is_joined;
	int thread_count;
	struct thread *threads;
};

static struct lane **
bucket_of(struct work_pool *pool, uint64_t key)
{
	return &pool->buckets[(key * UINT64_C(0x9e3779b97f4a7c15)) >> 54];
}

static void *
allocate(size_t size)
{
	void *made = calloc(1, size);

	if (made == NULL)
		abort();
	return made;
}

static struct lane *
lane_new(uint64_t key)
{
	struct lane *lane = allocate(sizeof *lane);

	lane->key = key;
	for (int class = 0; class < WORK_CLASS_COUNT; class ++)
		lane->waiting[class].end = &lane->waiting[class].first;
	return lane;
}

/* the key's lane, made when there is none */
static struct lane *
lane_of(struct work_pool *pool, uint64_t key)
{
	struct lane **at = bucket_of(pool, key);

	if (key == 0)
		return lane_new(0);
	while (*at != NULL && (*at)->key != key)
		at = &(*at)->next_in_bucket;
	if (*at == NULL)
		*at = lane_new(key);
	return *at;
}

static void
lane_free(struct work_pool *pool, struct lane *lane)
{
	if (lane->key != 0) {
		struct lane **at = bucket_of(pool, lane->key);

		while (*at != lane)
			at = &(*at)->next_in_bucket;
		*at = lane->next_in_bucket;
	}
	free(lane);
}

static void
line_join(struct work_pool *pool, struct lane *lane, enum work_class class)
{
	struct line *line = &pool->lines[class];

	if (lane->is_in_line[class] || lane->waiting[class].first == NULL)
		return;
	lane->is_in_line[class] = true;
	lane->before[class] = line->last;
	lane->behind[class] = NULL;
	if (line->last != NULL)
		line->last->behind[class] = lane;
	else
		line->first = lane;
	line->last = lane;
}

static void
line_leave(struct work_pool *pool, struct lane *lane, enum work_class class)
{
	struct line *line = &pool->lines[class];

	if (!lane->is_in_line[class])
		return;
	lane->is_in_line[class] = false;
	if (lane->before[class] != NULL)
		lane->before[class]->behind[class] = lane->behind[class];
	else
		line->first = lane->behind[class];
	if (lane->behind[class] != NULL)
		lane->behind[class]->before[class] = lane->before[class];
	else
		line->last = lane->before[class];
}

/* The next lane and the class of the job to run; NULL when there is nothing that may run now. */
static struct lane *
next_lane(struct work_pool *pool, enum work_class *class)
{
	*class = WORK_INTERACTIVE;
	if (pool->lines[WORK_INTERACTIVE].first != NULL)
		return pool->lines[WORK_INTERACTIVE].first;
	*class = WORK_BULK;
	if (pool->thread_count > 1 && pool->running_bulk >= pool->thread_count - 1)
		return NULL;
	return pool->lines[WORK_BULK].first;
}

static struct job *
lane_take(struct work_pool *pool, struct lane *lane, enum work_class class)
{
	struct fifo *fifo = &lane->waiting[class];
	struct job *job = fifo->first;

	fifo->first = job->next;
	if (fifo->first == NULL)
		fifo->end = &fifo->first;
	for (int each = 0; each < WORK_CLASS_COUNT; each++)
		line_leave(pool, lane, each);
	lane->is_running = true;
	pool->waiting--;
	pool->running++;
	pool->running_bulk += class == WORK_BULK;
	return job;
}

static void
lane_done(struct work_pool *pool, struct lane *lane, enum work_class class)
{
	bool is_empty = true;

	lane->is_running = false;
	pool->running--;
	pool->running_bulk -= class == WORK_BULK;
	for (int each = 0; each < WORK_CLASS_COUNT; each++) {
		is_empty = is_empty && lane->waiting[each].first == NULL;
		line_join(pool, lane, each);
	}
	if (is_empty)
		lane_free(pool, lane);
	/* this worker goes on with the next job; a lane or a place for bulk may serve one more */
	pthread_cond_signal(&pool->work);
	pthread_cond_broadcast(&pool->idle);
}

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
		struct lane *lane = next_lane(pool, &class);
		struct job *job;

		if (lane == NULL) {
			pthread_cond_wait(&pool->work, &pool->lock);
			continue;
		}
		job = lane_take(pool, lane, class);
		pthread_mutex_unlock(&pool->lock);
		run_job(worker, root, job);
		pthread_mutex_lock(&pool->lock);
		lane_done(pool, lane, class);
	}
	pthread_mutex_unlock(&pool->lock);
	talloc_free(root);
	return NULL;
}

bool
work_submit(struct work_pool *pool, enum work_class class, uint64_t key, work_fn *fn, void *arg)
{
	struct job *job = allocate(sizeof *job);
	struct lane *lane;

	*job = (struct job){.fn = fn, .arg = arg};
	pthread_mutex_lock(&pool->lock);
	if (pool->is_draining) {
		pthread_mutex_unlock(&pool->lock);
		free(job);
		return false;
	}
	lane = lane_of(pool, key);
	*lane->waiting[class].end = job;
	lane->waiting[class].end = &job->next;
	pool->waiting++;
	if (!lane->is_running)
		line_join(pool, lane, class);
	pthread_cond_signal(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	return true;
}

static void
lane_drop(struct work_pool *pool, struct lane *lane)
{
	for (int class = 0; class < WORK_CLASS_COUNT; class ++) {
		struct fifo *fifo = &lane->waiting[class];

		line_leave(pool, lane, class);
		for (struct job *job = fifo->first, *next; job != NULL; job = next) {
			next = job->next;
			free(job);
			pool->waiting--;
		}
		fifo->first = NULL;
		fifo->end = &fifo->first;
	}
}

/* Jobs that never began; their arguments are their owner's. A running lane is freed when its job
 * has ended. Lock held. */
static void
drop_waiting(struct work_pool *pool)
{
	for (int class = 0; class < WORK_CLASS_COUNT; class ++) {
		struct lane *lane;

		while ((lane = pool->lines[class].first) != NULL) {
			lane_drop(pool, lane);
			lane_free(pool, lane);
		}
	}
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct lane *lane = pool->buckets[i]; lane != NULL;
		     lane = lane->next_in_bucket)
			lane_drop(pool, lane);
}

/* Lock held. */
static bool
wait_idle(struct work_pool *pool, int64_t timeout_ms)
{
	int64_t deadline = monotonic_us() + timeout_ms * 1000;
	struct timespec until = {.tv_sec = deadline / 1000000,
				 .tv_nsec = deadline % 1000000 * 1000};

	while (pool->waiting > 0 || pool->running > 0)
		if (pthread_cond_timedwait(&pool->idle, &pool->lock, &until) == ETIMEDOUT)
			break;
	return pool->waiting == 0 && pool->running == 0;
}

bool
work_pool_drain(struct work_pool *pool, int64_t timeout_ms)
{
	bool is_idle;

	pthread_mutex_lock(&pool->lock);
	pool->is_draining = true;
	is_idle = wait_idle(pool, timeout_ms);
	if (!is_idle)
		drop_waiting(pool);
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
