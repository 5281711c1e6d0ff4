/* The JSON-RPC 2.0 envelope: text to calls and replies to text; knows no method
 * (spec/json-rpc.md sections 1.2 to 1.5, with the defects named there put right). */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

#include "base/error.h"

#define JSONRPC_DEPTH_MAX 64 /* brackets inside brackets in a request */

struct jsonrpc_call {
	const char *method;
	json_t *params; /* borrowed from the request; object, array or NULL */
	json_t *id;     /* borrowed; string, integer, null, or NULL when there is none */
	bool is_notification;
	dms_error *error; /* the envelope of this one call is wrong: the reply to give; owned */
};

struct jsonrpc_request {
	bool is_batch;
	size_t count; /* 1 or more */
	struct jsonrpc_call *calls;
	json_t *root;    /* owned */
	json_t *replies; /* array, owned */
};

/* Reads a request of `size` bytes of UTF-8. An error here is for the request as a whole
 * (DMS_E_PARSE_ERROR, DMS_E_INVALID_REQUEST); a wrong element of a batch is that call's error.
 * The request lives on `mem` and ends with it. */
dms_error *jsonrpc_parse(TALLOC_CTX *mem, const char *text, size_t size, size_t batch_max,
			 struct jsonrpc_request **request);
/* Any one JSON value, held to the same rules; new reference. */
dms_error *jsonrpc_load(const char *text, size_t size, json_t **value);
/* Notes the reply to one call: `result` is stolen; `error` (NULL: none) is not. A notification gets
 * no reply. */
void jsonrpc_answer(struct jsonrpc_request *request, const struct jsonrpc_call *call,
		    json_t *result, const dms_error *error);
/* The whole reply as ASCII JSON, to be freed with free(); NULL when there is nothing to say. */
char *jsonrpc_text(const struct jsonrpc_request *request);
/* The reply to a request that could not be read. */
char *jsonrpc_failure_text(const dms_error *error);
