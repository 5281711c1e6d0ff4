/* rooms: dms_rpc dms_base */
/* JSON-RPC requests from a stranger, through the envelope, the method table and the checks of
 * parameters. Whatever comes, the reply must be JSON-RPC again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rpc-gateway/jsonrpc.c"
#include "rpc/rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static dms_error *
check(const struct jsonrpc_call *call)
{
	json_t *params;
	int id = rpc_method_find(call->method, RPC_ADMIN);
	if (id < 0)
		return dms_error_new(DMS_E_METHOD_NOT_FOUND, "no method '%s'", call->method);
	TRY(rpc_params_named(&rpc_methods[id], call->params, &params));
	dms_error *error = rpc_params_check(&rpc_methods[id], params);
	json_decref(params);
	return error;
}

static char *
answer_all(struct jsonrpc_request *request)
{
	for (size_t i = 0; i < request->count; i++) {
		const struct jsonrpc_call *call = &request->calls[i];
		dms_error *error = call->error == NULL ? check(call) : NULL;
		const dms_error *shown = call->error != NULL ? call->error : error;
		jsonrpc_answer(request, call, shown == NULL ? json_true() : NULL, shown);
		dms_error_free(error);
	}
	return jsonrpc_text(request);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct jsonrpc_request *request;
	char *reply;
	dms_error *error = jsonrpc_parse(NULL, (const char *)data, size, 20, &request);
	if (error != NULL) {
		reply = jsonrpc_failure_text(error);
		if (reply == NULL)
			abort();
		dms_error_free(error);
	} else {
		reply = answer_all(request);
		talloc_free(request);
	}
	json_t *value =
	    reply != NULL ? json_loads(reply, JSON_REJECT_DUPLICATES, NULL) : json_true();
	if (value == NULL)
		abort();
	json_decref(value);
	free(reply);
	return 0;
}
