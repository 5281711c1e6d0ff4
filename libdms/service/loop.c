/* Calls from other threads onto the loop. */
#include <stdlib.h>

#include "service/daemon.h"

struct loop_call {
	void (*fn)(struct service *service, void *arg);
	void *arg;
	struct loop_call *next;
};

void
calls_init(struct daemon *daemon)
{
	pthread_mutex_init(&daemon->calls_lock, NULL);
	daemon->calls_end = &daemon->first_call;
}

void
service_on_loop(struct service *service, void (*fn)(struct service *service, void *arg), void *arg)
{
	struct daemon *daemon = (struct daemon *)service;
	struct loop_call *call = calloc(1, sizeof *call);

	if (call == NULL)
		abort();
	*call = (struct loop_call){.fn = fn, .arg = arg};
	pthread_mutex_lock(&daemon->calls_lock);
	if (daemon->is_deaf) {
		free(call);
	} else {
		*daemon->calls_end = call;
		daemon->calls_end = &call->next;
		uv_async_send(&daemon->wake);
	}
	pthread_mutex_unlock(&daemon->calls_lock);
}

static struct loop_call *
calls_take(struct daemon *daemon)
{
	struct loop_call *first;

	pthread_mutex_lock(&daemon->calls_lock);
	first = daemon->first_call;
	daemon->first_call = NULL;
	daemon->calls_end = &daemon->first_call;
	pthread_mutex_unlock(&daemon->calls_lock);
	return first;
}

void
calls_run(struct daemon *daemon)
{
	for (struct loop_call *call = calls_take(daemon), *next; call != NULL; call = next) {
		next = call->next;
		call->fn(&daemon->service, call->arg);
		free(call);
	}
}

void
calls_end(struct daemon *daemon)
{
	pthread_mutex_lock(&daemon->calls_lock);
	daemon->is_deaf = true;
	pthread_mutex_unlock(&daemon->calls_lock);
	for (struct loop_call *call = calls_take(daemon), *next; call != NULL; call = next) {
		next = call->next;
		free(call);
	}
}
