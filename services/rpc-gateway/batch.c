#include "batch.h"

#include "base/time.h"
#include "jsonrpc.h"

/* The id as text, for the change table and the log. */
static const char *
id_text(TALLOC_CTX *mem, const json_t *id)
{
	if (json_is_integer(id))
		return talloc_asprintf(mem, "%lld", (long long)json_integer_value(id));
	return json_is_string(id) ? talloc_strndup(mem, json_string_value(id), 128) : NULL;
}

static void
settle(struct batch *batch)
{
	struct ticket *ticket = batch->ticket;
	jsonrpc_answer(batch->request, &batch->request->calls[batch->next++], ticket->call.result,
		       ticket->error);
	ticket->call.result = NULL;
	ticket_end(ticket, batch->gateway->https_endpoint);
	talloc_free(ticket);
	batch->ticket = NULL;
}

static void resume(struct worker *worker, struct ticket *ticket);

/* Runs the next call; false when it is parked. */
static bool
run_next(struct worker *worker, struct batch *batch)
{
	const struct jsonrpc_call *call = &batch->request->calls[batch->next];
	if (call->error != NULL) {
		jsonrpc_answer(batch->request, call, NULL, call->error);
		batch->next++;
		return true;
	}
	batch->origin.request_id = id_text(batch->mem, call->id);
	batch->ticket =
	    ticket_new(batch->mem, batch->gateway, &batch->origin, call->method, call->params);
	batch->ticket->done = resume;
	batch->ticket->owner = batch;
	if (!ticket_run(worker, batch->ticket))
		return false;
	settle(batch);
	return true;
}

static void
run_rest(struct worker *worker, struct batch *batch)
{
	while (batch->next < batch->request->count) {
		if (!run_next(worker, batch))
			return;
		batch->origin.started_us = monotonic_us();
	}
	batch->reply = jsonrpc_text(batch->request);
	batch->done(batch);
}

/* A parked call has ended. */
static void
resume(struct worker *worker, struct ticket *ticket)
{
	struct batch *batch = ticket->owner;
	settle(batch);
	batch->origin.started_us = monotonic_us();
	run_rest(worker, batch);
}

static void
refuse(struct batch *batch, dms_error *error)
{
	batch->reply = jsonrpc_failure_text(error);
	bus_count(batch->gateway->service->bus, batch->gateway->https_endpoint,
		  monotonic_us() - batch->origin.started_us, error);
	dms_error_free(error);
	batch->done(batch);
}

static void
run(struct worker *worker, void *arg)
{
	struct batch *batch = arg;
	size_t most = (size_t)batch->gateway->service->config->rpc_batch_max;
	dms_error *error =
	    jsonrpc_parse(batch->mem, batch->text, batch->size, most, &batch->request);
	if (error != NULL) {
		refuse(batch, error);
		return;
	}
	TALLOC_FREE(batch->text);
	run_rest(worker, batch);
}

void
batch_submit(struct batch *batch)
{
	if (!work_submit(batch->gateway->service->pool, WORK_INTERACTIVE, 0, run, batch))
		refuse(batch, dms_error_new(DMS_E_STOPPING, "the gateway is stopping"));
}
