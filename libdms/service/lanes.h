/* The queue of a worker pool.
 *
 * Jobs of one key form a lane. A lane with something to do stands in line with the others of its
 * class; a worker takes the first lane, runs its first job, and the lane stands at the end again:
 * one busy zone does not starve the others. A running lane stands nowhere, so no two of its jobs
 * meet. A job without key has a lane of its own.
 *
 * No locks here: the pool holds its own.
 */
#pragma once

#include "service/service.h"

#define LANE_BUCKETS 1024

struct lane;

struct job {
	work_fn *fn;
	void *arg;
	struct job *next;
};

struct line {
	struct lane *first;
	struct lane *last;
};

struct lanes {
	struct line lines[WORK_CLASS_COUNT];
	struct lane *buckets[LANE_BUCKETS]; /* by key, running or waiting */
	size_t waiting;                     /* jobs not begun */
	int running;
	int running_bulk;
};

void lanes_add(struct lanes *lanes, enum work_class class, uint64_t key, struct job *job);
/* The next job, with its lane, which runs until lanes_done; NULL when there is none that may run
 * with `bulk_limit` bulk jobs at a time. */
struct job *lanes_take(struct lanes *lanes, int bulk_limit, struct lane **lane,
		       enum work_class *class);
void lanes_done(struct lanes *lanes, struct lane *lane, enum work_class class);
/* Forgets the jobs that have not begun; their arguments are their owner's. */
void lanes_drop(struct lanes *lanes);
