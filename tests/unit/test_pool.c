/* rooms: dms_service dms_base */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/log.h"
#include "base/time.h"
#include "service/service.h"
#include "testing.h"

static struct dms_config config = {.program_name = "test", .db_statement_timeout = 1000};

static struct work_pool *
open_pool(int threads, const char *db_url)
{
	struct work_pool *pool = NULL;

	assert_null(work_pool_new(NULL, &config, threads, db_url, &pool));
	return pool;
}

static void
close_pool(struct work_pool *pool)
{
	assert_true(work_pool_drain(pool, 10000));
	assert_int_equal(talloc_free(pool), 0);
}

/* A door that jobs wait at until it opens; each job that comes knocks. */
struct door {
	sem_t knocks;
	pthread_mutex_t lock;
	pthread_cond_t opened;
	bool is_open;
};

static void
door_init(struct door *door)
{
	memset(door, 0, sizeof *door);
	sem_init(&door->knocks, 0, 0);
	pthread_mutex_init(&door->lock, NULL);
	pthread_cond_init(&door->opened, NULL);
}

static void
door_open(struct door *door)
{
	pthread_mutex_lock(&door->lock);
	door->is_open = true;
	pthread_cond_broadcast(&door->opened);
	pthread_mutex_unlock(&door->lock);
}

static void
wait_at_door(struct worker *worker, void *arg)
{
	struct door *door = arg;

	sem_post(&door->knocks);
	pthread_mutex_lock(&door->lock);
	while (!door->is_open)
		pthread_cond_wait(&door->opened, &door->lock);
	pthread_mutex_unlock(&door->lock);
}

/* What ran, in the order in which it ran. */
struct record {
	pthread_mutex_t lock;
	int count;
	int ran[64];
};

struct entry {
	struct record *record;
	int number;
};

static void
record_init(struct record *record)
{
	memset(record, 0, sizeof *record);
	pthread_mutex_init(&record->lock, NULL);
}

static void
write_down(struct worker *worker, void *arg)
{
	struct entry *entry = arg;

	pthread_mutex_lock(&entry->record->lock);
	entry->record->ran[entry->record->count++] = entry->number;
	pthread_mutex_unlock(&entry->record->lock);
	free(entry);
}

static void
submit(struct work_pool *pool, enum work_class class, uint64_t key, struct record *record,
       int number)
{
	struct entry *entry = calloc(1, sizeof *entry);

	*entry = (struct entry){record, number};
	assert_true(work_submit(pool, class, key, write_down, entry));
}

#define KEYS     7
#define PER_KEY  400
#define SPINNING 200

struct lane_watch {
	atomic_int inside;
	int next; /* only ever touched by one job at a time: that is what is proved */
	atomic_int faults;
};

struct step {
	struct lane_watch *watch;
	int number;
};

static void
watched(struct worker *worker, void *arg)
{
	struct step *step = arg;
	volatile int spin = 0;

	if (atomic_fetch_add(&step->watch->inside, 1) != 0)
		atomic_fetch_add(&step->watch->faults, 1);
	if (step->watch->next != step->number)
		atomic_fetch_add(&step->watch->faults, 1);
	step->watch->next++;
	while (spin < SPINNING)
		spin++;
	assert_non_null(talloc_strdup(worker->mem, "freed with the job"));
	atomic_fetch_sub(&step->watch->inside, 1);
	free(step);
}

static void
test_jobs_of_a_key_run_in_order_and_alone(void **state)
{
	struct work_pool *pool = open_pool(6, NULL);
	struct lane_watch watches[KEYS];

	memset(watches, 0, sizeof watches);
	for (int number = 0; number < PER_KEY; number++)
		for (int key = 0; key < KEYS; key++) {
			struct step *step = calloc(1, sizeof *step);

			*step = (struct step){&watches[key], number};
			assert_true(work_submit(pool, key % 2 == 0 ? WORK_INTERACTIVE : WORK_BULK,
						(uint64_t)key + 1, watched, step));
		}
	close_pool(pool);
	for (int key = 0; key < KEYS; key++) {
		assert_int_equal(watches[key].faults, 0);
		assert_int_equal(watches[key].next, PER_KEY);
	}
}

static void
test_busy_key_does_not_hold_up_others(void **state)
{
	struct work_pool *pool = open_pool(2, NULL);
	struct door door;
	struct record record;

	door_init(&door);
	record_init(&record);
	assert_true(work_submit(pool, WORK_INTERACTIVE, 5, wait_at_door, &door));
	sem_wait(&door.knocks);
	submit(pool, WORK_INTERACTIVE, 5, &record, 1);
	submit(pool, WORK_INTERACTIVE, 6, &record, 2);
	assert_true(work_submit(pool, WORK_INTERACTIVE, 0, wait_at_door, &door));
	sem_wait(&door.knocks); /* the other worker has come past key 6 */
	assert_int_equal(record.count, 1);
	assert_int_equal(record.ran[0], 2);
	door_open(&door);
	close_pool(pool);
	assert_int_equal(record.count, 2);
	assert_int_equal(record.ran[1], 1);
}

static void
test_keys_take_turns(void **state)
{
	struct work_pool *pool = open_pool(1, NULL);
	struct door door;
	struct record record;

	door_init(&door);
	record_init(&record);
	assert_true(work_submit(pool, WORK_INTERACTIVE, 0, wait_at_door, &door));
	for (int i = 0; i < 3; i++)
		submit(pool, WORK_INTERACTIVE, 1, &record, 10 + i);
	submit(pool, WORK_INTERACTIVE, 2, &record, 20);
	submit(pool, WORK_INTERACTIVE, 0, &record, 30);
	door_open(&door);
	close_pool(pool);
	const int wanted[] = {10, 20, 30, 11, 12};
	assert_int_equal(record.count, 5);
	assert_memory_equal(record.ran, wanted, sizeof wanted);
}

static void
test_interactive_overtakes_bulk(void **state)
{
	struct work_pool *pool = open_pool(1, NULL);
	struct door door;
	struct record record;

	door_init(&door);
	record_init(&record);
	assert_true(work_submit(pool, WORK_INTERACTIVE, 3, wait_at_door, &door));
	sem_wait(&door.knocks);
	submit(pool, WORK_BULK, 1, &record, 1);
	submit(pool, WORK_BULK, 3, &record, 2); /* waits in its key's lane */
	submit(pool, WORK_INTERACTIVE, 2, &record, 3);
	submit(pool, WORK_INTERACTIVE, 3, &record, 4); /* overtakes within the lane too */
	submit(pool, WORK_INTERACTIVE, 1, &record, 5);
	door_open(&door);
	close_pool(pool);
	const int wanted[] = {3, 5, 4, 1, 2};
	assert_int_equal(record.count, 5);
	assert_memory_equal(record.ran, wanted, sizeof wanted);
}

/* however much bulk work runs, a worker is left for the rest */
static void
test_bulk_leaves_a_worker_free(void **state)
{
	struct work_pool *pool = open_pool(3, NULL);
	struct door door;
	struct door interactive;
	int running;

	door_init(&door);
	door_init(&interactive);
	for (uint64_t key = 1; key <= 5; key++)
		assert_true(work_submit(pool, WORK_BULK, key, wait_at_door, &door));
	sem_wait(&door.knocks);
	sem_wait(&door.knocks);
	assert_true(work_submit(pool, WORK_INTERACTIVE, 9, wait_at_door, &interactive));
	sem_wait(&interactive.knocks);
	sem_getvalue(&door.knocks, &running);
	assert_int_equal(running, 0);
	door_open(&door);
	for (int i = 0; i < 3; i++) /* the rest of the bulk work, while that one worker is busy */
		sem_wait(&door.knocks);
	door_open(&interactive);
	close_pool(pool);
}

static void
test_drain_ends_what_was_taken_and_takes_no_more(void **state)
{
	struct work_pool *pool = open_pool(2, NULL);
	struct record record;

	record_init(&record);
	for (int i = 0; i < 50; i++)
		submit(pool, WORK_BULK, 1 + (uint64_t)i % 3, &record, i);
	assert_true(work_pool_drain(pool, 10000));
	assert_int_equal(record.count, 50);
	assert_false(work_submit(pool, WORK_INTERACTIVE, 0, wait_at_door, NULL));
	assert_true(work_pool_drain(pool, 0));
	assert_int_equal(talloc_free(pool), 0);
}

static void
test_drain_gives_up_in_time(void **state)
{
	struct work_pool *pool = open_pool(1, NULL);
	struct door door;
	struct record record;
	struct entry never = {&record, 1};
	int64_t start;

	door_init(&door);
	record_init(&record);
	assert_true(work_submit(pool, WORK_INTERACTIVE, 4, wait_at_door, &door));
	sem_wait(&door.knocks);
	assert_true(work_submit(pool, WORK_INTERACTIVE, 4, write_down, &never));
	assert_true(work_submit(pool, WORK_BULK, 5, write_down, &never));
	start = monotonic_us();
	assert_false(work_pool_drain(pool, 50));
	assert_true(elapsed_ms(start) >= 49);
	assert_true(elapsed_ms(start) < 5000);
	door_open(&door);
	close_pool(pool); /* the running job ends, those behind it were dropped */
	assert_int_equal(record.count, 0);
}

static void
try_database(struct worker *worker, void *arg)
{
	dms_error **error = arg;

	*error = worker->db == NULL ? NULL : db_exec(worker->db, "SELECT 1");
}

static void
keep_name(struct worker *worker, void *arg)
{
	snprintf(arg, 128, "%s", worker->name);
	assert_null(worker->db);
}

static void
test_workers_live_without_database(void **state)
{
	struct work_pool *pool = open_pool(1, "postgresql:///nothing?host=/nonexistent");
	dms_error *error = NULL;
	char name[128] = "";
	char pid[32];

	assert_true(work_submit(pool, WORK_INTERACTIVE, 0, try_database, &error));
	close_pool(pool);
	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_DB_UNAVAILABLE);
	assert_true(error->is_transient);
	dms_error_free(error);

	pool = open_pool(1, NULL);
	assert_true(work_submit(pool, WORK_INTERACTIVE, 0, keep_name, name));
	close_pool(pool);
	snprintf(pid, sizeof pid, "/test/%d/1", (int)getpid());
	assert_non_null(strstr(name, pid));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jobs_of_a_key_run_in_order_and_alone),
	    cmocka_unit_test(test_busy_key_does_not_hold_up_others),
	    cmocka_unit_test(test_keys_take_turns),
	    cmocka_unit_test(test_interactive_overtakes_bulk),
	    cmocka_unit_test(test_bulk_leaves_a_worker_free),
	    cmocka_unit_test(test_drain_ends_what_was_taken_and_takes_no_more),
	    cmocka_unit_test(test_drain_gives_up_in_time),
	    cmocka_unit_test(test_workers_live_without_database),
	};

	log_init("test_pool", LOG_TEXT, LOG_CRIT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
