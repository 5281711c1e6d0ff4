/* Calls to the gateway. Each waits on a thread of its own, so that Ctrl-C can leave it behind. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

/* How long a command waits for the bus before it says so. */
#define CONNECT_MS 5000

/* One request. Who is last frees it: the thread when the call was left behind, else the caller. */
struct call {
	struct bus *bus;
	const char *url, *subject;
	char *body;
	int64_t timeout_ms;
	pthread_t thread;
	int done[2]; /* pipe: the thread closes its end when it is done */
	pthread_mutex_t lock;
	bool is_done, is_left_behind;
	uint8_t *reply;
	size_t size;
	dms_error *error;
};

/* Who asks is said with every call that can say it. */
static void
add_login(const struct tool *tool, const struct rpc_method *method, json_t *params)
{
	for (const struct rpc_param *p = method->params; p->name != NULL; p++)
		if (strcmp(p->name, "login_id") == 0 && json_object_get(params, "login_id") == NULL)
			json_object_set_new(params, "login_id", json_string(tool->login_id));
}

/* Calls that wait on purpose may take that much longer. */
static int64_t
waiting_ms(const struct rpc_method *method, const json_t *params)
{
	const json_t *given = json_object_get(params, "timeout_ms");

	if (given != NULL)
		return json_integer_value(given);
	for (const struct rpc_param *p = method->params; p->name != NULL; p++)
		if (strcmp(p->name, "timeout_ms") == 0)
			return 30000;
	return 0;
}

static void
call_free(struct call *call)
{
	close(call->done[0]);
	dms_error_free(call->error);
	pthread_mutex_destroy(&call->lock);
	talloc_free(call);
}

static void *
request_thread(void *arg)
{
	struct call *call = arg;
	struct bus_outgoing out = {
	    .subject = call->subject,
	    .data = call->body,
	    .size = strlen(call->body),
	};
	dms_error *error = dms_error_wrap(bus_wait(call->bus, CONNECT_MS), "%s", call->url);

	if (error == NULL)
		error =
		    bus_request(call->bus, call, &out, call->timeout_ms, &call->reply, &call->size);
	if (error != NULL && error->id == DMS_E_BUS_NO_RESPONDER)
		error = dms_error_wrap(error, "no rpc-gateway is running");
	pthread_mutex_lock(&call->lock);
	call->error = error;
	call->is_done = true;
	bool is_mine = call->is_left_behind;
	close(call->done[1]); /* wakes the caller, who then waits for the lock */
	pthread_mutex_unlock(&call->lock);
	if (is_mine)
		call_free(call);
	return NULL;
}

/* The bus and its threads, and this one, leave SIGINT to the main thread. */
static dms_error *
start(struct tool *tool, struct call *call)
{
	sigset_t interrupt, before;
	dms_error *error = NULL;
	int failure = 0;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	pthread_sigmask(SIG_BLOCK, &interrupt, &before);
	if (tool->bus == NULL)
		error = bus_open(tool->mem, tool->config, NULL, NULL, &tool->bus);
	if (error == NULL) {
		call->bus = tool->bus;
		failure = pthread_create(&call->thread, NULL, request_thread, call);
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failure != 0)
		return dms_error_new(DMS_E_SYSTEM, "no thread for a call: %s", strerror(failure));
	return error;
}

/* Until the thread has ended, or Ctrl-C; true: the call is the caller's again. A thread that is
 * done is waited for: at its end the libraries below free what they kept for it, and must not do
 * that while the process exits. */
static bool
await(struct tool *tool, struct call *call)
{
	struct pollfd ends = {.fd = call->done[0], .events = POLLIN};
	sigset_t interrupt, before;
	pthread_t thread = call->thread;
	bool is_done;

	/* Blocked but while waiting, so that none comes between the look and the wait. */
	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	pthread_sigmask(SIG_BLOCK, &interrupt, &before);
	while (!interrupt_came() && ppoll(&ends, 1, NULL, &before) < 0 && errno == EINTR)
		continue;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_mutex_lock(&call->lock);
	is_done = call->is_done;
	call->is_left_behind = !is_done;
	pthread_mutex_unlock(&call->lock);
	if (is_done) {
		pthread_join(thread, NULL);
		return true;
	}
	pthread_detach(thread);
	tool->calls_left_behind++;
	return false;
}

/* The reply's JSON, or the error. */
static dms_error *
take_reply(struct call *call, const char *name, json_t **result)
{
	json_error_t where;
	dms_error *error = call->error;

	call->error = NULL;
	if (error != NULL)
		return error;
	*result = json_loadb((char *)call->reply, call->size, JSON_DECODE_ANY, &where);
	if (*result == NULL)
		return dms_error_new(DMS_E_FORMAT, "%s: the reply is not JSON: %s", name,
				     where.text);
	return NULL;
}

dms_error *
tool_call(struct tool *tool, int method, json_t *params, json_t **result)
{
	const char *name = rpc_methods[method].name;
	struct call *call = talloc_zero(NULL, struct call);
	char *body;
	dms_error *error;

	add_login(tool, &rpc_methods[method], params);
	body = json_dumps(params, JSON_COMPACT);
	call->body = talloc_strdup(call, body);
	call->url = talloc_strdup(call, tool->config->nats_url);
	call->subject = talloc_asprintf(call, "dms.rpc.%s.%s", tool->config->rpc_access, name);
	call->timeout_ms = tool->config->rpc_timeout + waiting_ms(&rpc_methods[method], params);
	free(body);
	json_decref(params);
	pthread_mutex_init(&call->lock, NULL);
	if (pipe(call->done) != 0) {
		error = dms_error_new(DMS_E_SYSTEM, "no pipe for a call: %s", strerror(errno));
		pthread_mutex_destroy(&call->lock);
		talloc_free(call);
		return error;
	}
	error = start(tool, call);
	if (error != NULL)
		close(call->done[1]);
	else if (!await(tool, call))
		return dms_error_new(DMS_E_TIMEOUT, "%s: interrupted", name);
	else
		error = take_reply(call, name, result);
	call_free(call);
	return error;
}
