#include "arrivals.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct arrivals {
	uv_mutex_t lock;
	uv_cond_t news;
	char *expected; /* NULL: none */
	bool is_heard, is_ended;
};

static int
arrivals_free(struct arrivals *arrivals)
{
	uv_cond_destroy(&arrivals->news);
	uv_mutex_destroy(&arrivals->lock);
	return 0;
}

struct arrivals *
arrivals_new(TALLOC_CTX *mem)
{
	struct arrivals *arrivals = talloc_zero(mem, struct arrivals);
	if (uv_mutex_init(&arrivals->lock) != 0 || uv_cond_init(&arrivals->news) != 0)
		abort();
	talloc_set_destructor(arrivals, arrivals_free);
	return arrivals;
}

void
arrivals_expect(struct arrivals *arrivals, const char *zone)
{
	uv_mutex_lock(&arrivals->lock);
	talloc_free(arrivals->expected);
	arrivals->expected = talloc_strdup(arrivals, zone);
	arrivals->is_heard = false;
	uv_mutex_unlock(&arrivals->lock);
}

bool
arrivals_wait(struct arrivals *arrivals, int ms)
{
	uint64_t now_ns = uv_hrtime(), until_ns = now_ns + (uint64_t)ms * 1000000;
	uv_mutex_lock(&arrivals->lock);
	while (!arrivals->is_heard && !arrivals->is_ended && now_ns < until_ns) {
		uv_cond_timedwait(&arrivals->news, &arrivals->lock, until_ns - now_ns);
		now_ns = uv_hrtime();
	}
	bool is_heard = arrivals->is_heard;
	arrivals->is_heard = false;
	uv_mutex_unlock(&arrivals->lock);
	return is_heard;
}

void
arrivals_heard(struct arrivals *arrivals, const char *zone)
{
	uv_mutex_lock(&arrivals->lock);
	if (arrivals->expected != NULL && strcmp(arrivals->expected, zone) == 0) {
		arrivals->is_heard = true;
		uv_cond_signal(&arrivals->news);
	}
	uv_mutex_unlock(&arrivals->lock);
}

void
arrivals_end(struct arrivals *arrivals)
{
	uv_mutex_lock(&arrivals->lock);
	arrivals->is_ended = true;
	uv_cond_signal(&arrivals->news);
	uv_mutex_unlock(&arrivals->lock);
}
