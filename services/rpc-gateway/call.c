#include "call.h"

const char *
call_string(const struct rpc_call *call, const char *name)
{
	return json_string_value(json_object_get(call->params, name));
}

int64_t
call_integer(const struct rpc_call *call, const char *name, int64_t otherwise)
{
	const json_t *value = json_object_get(call->params, name);
	return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

bool
call_boolean(const struct rpc_call *call, const char *name, bool otherwise)
{
	const json_t *value = json_object_get(call->params, name);
	return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

bool
call_has(const struct rpc_call *call, const char *name)
{
	const json_t *value = json_object_get(call->params, name);
	return value != NULL && !json_is_null(value);
}
