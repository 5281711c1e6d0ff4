#include "service/lanes.h"

#include <stdlib.h>

struct fifo {
	struct job *first;
	struct job *last;
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

/* the upper ten bits of a multiplicative hash */
static struct lane **
bucket_of(struct lanes *lanes, uint64_t key)
{
	return &lanes->buckets[(key * UINT64_C(0x9e3779b97f4a7c15)) >> 54];
}

static void
fifo_add(struct fifo *fifo, struct job *job)
{
	job->next = NULL;
	if (fifo->first == NULL)
		fifo->first = job;
	else
		fifo->last->next = job;
	fifo->last = job;
}

static struct lane *
lane_new(uint64_t key)
{
	struct lane *lane = calloc(1, sizeof *lane);

	if (lane == NULL)
		abort();
	lane->key = key;
	return lane;
}

/* the key's lane, made when there is none */
static struct lane *
lane_of(struct lanes *lanes, uint64_t key)
{
	struct lane **at = bucket_of(lanes, key);

	if (key == 0)
		return lane_new(0);
	while (*at != NULL && (*at)->key != key)
		at = &(*at)->next_in_bucket;
	if (*at == NULL)
		*at = lane_new(key);
	return *at;
}

static void
lane_free(struct lanes *lanes, struct lane *lane)
{
	if (lane->key != 0) {
		struct lane **at = bucket_of(lanes, lane->key);

		while (*at != lane)
			at = &(*at)->next_in_bucket;
		*at = lane->next_in_bucket;
	}
	free(lane);
}

static void
line_join(struct lanes *lanes, struct lane *lane, enum work_class class)
{
	struct line *line = &lanes->lines[class];

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
line_leave(struct lanes *lanes, struct lane *lane, enum work_class class)
{
	struct line *line = &lanes->lines[class];

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

void
lanes_add(struct lanes *lanes, enum work_class class, uint64_t key, struct job *job)
{
	struct lane *lane = lane_of(lanes, key);

	if (!lane->is_running && !lane->is_in_line[class])
		line_join(lanes, lane, class);
	/* a new lane is in line now: the analyzer forgets that calloc has cleared its arrays */
	fifo_add(&lane->waiting[class], job);
	lanes->waiting++; /* NOLINT(clang-analyzer-unix.Malloc) */
}

struct job *
lanes_take(struct lanes *lanes, int bulk_limit, struct lane **lane, enum work_class *class)
{
	struct lane *first = lanes->lines[WORK_INTERACTIVE].first;
	struct job *job;

	*class = WORK_INTERACTIVE;
	if (first == NULL && lanes->running_bulk < bulk_limit) {
		first = lanes->lines[WORK_BULK].first;
		*class = WORK_BULK;
	}
	if (first == NULL)
		return NULL;
	job = first->waiting[*class].first;
	first->waiting[*class].first = job->next;
	for (int each = 0; each < WORK_CLASS_COUNT; each++)
		line_leave(lanes, first, each);
	first->is_running = true;
	lanes->waiting--;
	lanes->running++;
	lanes->running_bulk += *class == WORK_BULK;
	*lane = first;
	return job;
}

void
lanes_done(struct lanes *lanes, struct lane *lane, enum work_class class)
{
	bool is_empty = true;

	lane->is_running = false;
	lanes->running--;
	lanes->running_bulk -= class == WORK_BULK;
	for (int each = 0; each < WORK_CLASS_COUNT; each++) {
		if (lane->waiting[each].first == NULL)
			continue;
		is_empty = false;
		line_join(lanes, lane, each);
	}
	if (is_empty)
		lane_free(lanes, lane);
}

static void
lane_drop(struct lanes *lanes, struct lane *lane)
{
	for (int class = 0; class < WORK_CLASS_COUNT; class ++) {
		struct fifo *fifo = &lane->waiting[class];

		line_leave(lanes, lane, class);
		for (struct job *job = fifo->first, *next; job != NULL; job = next) {
			next = job->next;
			free(job);
			lanes->waiting--;
		}
		fifo->first = NULL;
	}
}

/* a running lane is freed when its job is done */
void
lanes_drop(struct lanes *lanes)
{
	for (int class = 0; class < WORK_CLASS_COUNT; class ++) {
		struct lane *lane;

		while ((lane = lanes->lines[class].first) != NULL) {
			lane_drop(lanes, lane);
			lane_free(lanes, lane);
		}
	}
	for (size_t i = 0; i < LANE_BUCKETS; i++)
		for (struct lane *lane = lanes->buckets[i]; lane != NULL;
		     lane = lane->next_in_bucket)
			lane_drop(lanes, lane);
}
