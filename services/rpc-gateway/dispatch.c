#include "dispatch.h"

#include <time.h>

#include "base/fault.h"
#include "base/log.h"
#include "base/time.h"
#include "model/change.h"
#include "waits.h"

#define ATTEMPTS_MAX        5 /* of a call whose transaction met another */
#define CONFLICT_FIRST_MS   2
#define CONFLICT_LONGEST_MS 50

static rpc_handler *const handlers[RPC_METHOD_COUNT] = {
#define RPC_METHOD(name, ...) [RPC_METHOD_##name] = rpc_##name,
#include "rpc/methods.def"
#undef RPC_METHOD
};

static int
release_ticket(struct ticket *ticket)
{
	json_decref(ticket->call.params);
	json_decref(ticket->call.result);
	dms_error_free(ticket->error);
	return 0;
}

/* Who a change is written to: the login id if the caller gave one, else who authenticated from
 * where; always with the sectag of the door (spec/json-rpc.md section 2.2). */
static const char *
actor_of(const struct ticket *ticket)
{
	const struct rpc_call *call = &ticket->call;
	const char *login = json_string_value(json_object_get(call->params, "login_id"));
	if (login != NULL)
		return talloc_asprintf(ticket, "%s/%s", login, call->sectag);
	if (call->user != NULL)
		return talloc_asprintf(ticket, "%s@%s/%s", call->user, call->source, call->sectag);
	return talloc_asprintf(ticket, "%s/%s", call->source, call->sectag);
}

/* An optional parameter that is null is one that was not given: handlers see only those that were.
 */
static void
drop_nulls(json_t *params)
{
	const char *key;
	json_t *value;
	void *next;
	json_object_foreach_safe (params, next, key, value) {
		if (json_is_null(value))
			json_object_del(params, key);
	}
}

static dms_error *
prepare(struct ticket *ticket, const json_t *params)
{
	struct rpc_call *call = &ticket->call;
	int id = rpc_method_find(ticket->name, ticket->access->bit);
	if (id < 0)
		return dms_error_put_str(dms_error_new(DMS_E_METHOD_NOT_FOUND,
						       "there is no method '%.80s' at %s",
						       ticket->name, ticket->access->path),
					 "method", ticket->name);
	call->method = &rpc_methods[id];
	TRY(rpc_params_named(call->method, params, &call->params));
	TRY(rpc_params_check(call->method, call->params));
	drop_nulls(call->params);
	call->actor = actor_of(ticket);
	return NULL;
}

struct ticket *
ticket_new(TALLOC_CTX *mem, struct gateway *gateway, const struct ticket_origin *origin,
	   const char *method, const json_t *params)
{
	struct ticket *ticket = talloc_zero(mem, struct ticket);
	talloc_set_destructor(ticket, release_ticket);
	ticket->access = origin->access;
	ticket->name = talloc_strdup(ticket, method);
	ticket->call = (struct rpc_call){
	    .gateway = gateway,
	    .bus = gateway->service->bus,
	    .access_point = origin->access->path,
	    .sectag = origin->access->sectag,
	    .user = talloc_strdup(ticket, origin->user),
	    .source = talloc_strdup(ticket, origin->source),
	    .request_id = talloc_strdup(ticket, origin->request_id),
	    .started_us = origin->started_us,
	};
	ticket->error = prepare(ticket, params);
	return ticket;
}

static dms_error *
begin_change(struct rpc_call *call)
{
	if (!call->method->is_change)
		return NULL;
	struct change change = {
	    .access_point = call->access_point,
	    .method = call->method->name,
	    .actor = call->actor,
	    .source = call->source,
	    .request_id = call->request_id,
	};
	TRY(change_begin(call->db, &change, &call->change_id));
	log_context(call->change_id, 0);
	return NULL;
}

static dms_error *
run_handler(struct rpc_call *call)
{
	TRY(begin_change(call));
	TRY(handlers[call->method - rpc_methods](call));
	if (call->result == NULL && call->wait == NULL)
		return dms_error_new(DMS_E_INTERNAL, "%s gave neither result nor error",
				     call->method->name);
	return NULL;
}

/* The connection may have died since it was last used: then BEGIN, which has done nothing yet, is
 * worth a second try. */
static dms_error *
begin(struct db *db)
{
	dms_error *error = db_begin(db);
	if (error == NULL || error->id != DMS_E_DB_UNAVAILABLE)
		return error;
	dms_error_free(error);
	return db_begin(db);
}

static dms_error *
in_transaction(struct worker *worker, struct rpc_call *call, dms_error *(*body)(struct rpc_call *))
{
	call->db = worker->db;
	TRY(begin(call->db));
	dms_error *error = body(call);
	if (error == NULL)
		error = db_commit(call->db);
	if (error != NULL && db_in_transaction(call->db))
		db_rollback(call->db);
	log_context(0, 0);
	return error;
}

/* Nothing of a failed attempt may be seen by the next. */
static void
clear_attempt(struct ticket *ticket)
{
	struct rpc_call *call = &ticket->call;
	json_decref(call->result);
	call->result = NULL;
	call->wait = NULL;
	call->again = NULL;
	call->mine = NULL;
	call->change_id = 0;
	talloc_free(call->mem);
	call->mem = talloc_new(ticket);
}

static void
pause_ms(int64_t ms)
{
	struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
	nanosleep(&time, NULL);
}

static dms_error *
run(struct worker *worker, struct ticket *ticket)
{
	for (int attempt = 1;; attempt++) {
		clear_attempt(ticket);
		dms_error *error = in_transaction(worker, &ticket->call, run_handler);
		if (error == NULL || error->id != DMS_E_DB_CONFLICT || attempt == ATTEMPTS_MAX)
			return error;
		log_failure(LOG_DEBUG, "transactions met, the call runs again", error,
			    F_STR("method", ticket->name), F_INT("attempt", attempt));
		dms_error_free(error);
		pause_ms(backoff_ms(CONFLICT_FIRST_MS, CONFLICT_LONGEST_MS, attempt));
	}
}

static void
note_change_id(struct rpc_call *call)
{
	if (call->change_id != 0 && json_is_object(call->result) &&
	    json_object_get(call->result, "change_id") == NULL)
		json_object_set_new(call->result, "change_id", json_integer(call->change_id));
}

static void
fail(struct ticket *ticket, dms_error *error)
{
	ticket->error = error;
	json_decref(ticket->call.result);
	ticket->call.result = NULL;
	ticket->call.change_id = 0;
}

bool
ticket_run(struct worker *worker, struct ticket *ticket)
{
	struct rpc_call *call = &ticket->call;
	if (ticket->error != NULL)
		return true;
	if (worker == NULL) {
		fail(ticket, dms_error_new(DMS_E_STOPPING, "the gateway is stopping"));
		return true;
	}
	dms_error *error = run(worker, ticket);
	if (error != NULL) {
		fail(ticket, error);
		return true;
	}
	FAULT_RUN(CALL, call->method->name);
	if (call->result == NULL && call->again != NULL)
		return waits_hold(call->gateway->waits, worker, ticket);
	note_change_id(call);
	return true;
}

static dms_error *
look_again(struct rpc_call *call)
{
	TRY(call->again(call));
	if (call->result == NULL && call->is_deadline)
		return dms_error_new(DMS_E_TIMEOUT, "%s: the time is over", call->method->name);
	return NULL;
}

bool
ticket_again(struct worker *worker, struct ticket *ticket)
{
	struct rpc_call *call = &ticket->call;
	call->is_deadline = monotonic_us() >= call->wait->deadline_us;
	dms_error *error = in_transaction(worker, call, look_again);
	/* a database that is away for a moment must not end a long wait */
	if (error != NULL && error->is_transient && !call->is_deadline) {
		dms_error_free(error);
		json_decref(call->result);
		call->result = NULL;
		return false;
	}
	if (error != NULL)
		fail(ticket, error);
	return error != NULL || call->result != NULL;
}

void
ticket_end(struct ticket *ticket, int endpoint)
{
	const struct rpc_call *call = &ticket->call;
	const dms_error *error = ticket->error;
	int64_t took = monotonic_us() - call->started_us;
	bus_count(call->bus, endpoint, took, error);
	struct log_field fields[] = {
	    F_STR("method", ticket->name),
	    F_STR("access", call->access_point),
	    F_STR("user", call->user),
	    F_STR("source", call->source),
	    F_STR("actor", call->actor),
	    F_STR("request", call->request_id),
	    F_MS("took_ms", (double)took / 1000),
	    F_INT("code", error != NULL ? dms_err_info(error->id)->code : 0),
	    F_STR("error", error != NULL ? error->message : NULL),
	    {.key = NULL},
	};
	bool is_fault = error != NULL && (error->id == DMS_E_INTERNAL || error->id == DMS_E_DB);
	log_context(call->change_id, 0);
	log_write(is_fault ? LOG_ERR : LOG_INFO, "call", fields);
	log_context(0, 0);
}
