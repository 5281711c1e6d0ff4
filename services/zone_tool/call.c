#include <string.h>

#include "tool.h"

/* How long a command waits for the bus before it says so. */
#define CONNECT_MS 5000

dms_error *
tool_connect(struct tool *tool)
{
	if (tool->bus == NULL)
		TRY(bus_open(tool->mem, tool->config, NULL, NULL, &tool->bus));
	return dms_error_wrap(bus_wait(tool->bus, CONNECT_MS), "%s", tool->config->nats_url);
}

/* Who asks is said with every call that can say it. */
static void
add_login(const struct tool *tool, const struct rpc_method *method, json_t *params)
{
	for (const struct rpc_param *p = method->params; p->name != NULL; p++)
		if (strcmp(p->name, "login_id") == 0 && json_object_get(params, "login_id") == NULL)
			json_object_set_new(params, "login_id", json_string(tool->login_id));
}

dms_error *
tool_call(struct tool *tool, int method, json_t *params, int64_t extra_ms, json_t **result)
{
	const char *name = rpc_methods[method].name;
	TALLOC_CTX *mem = talloc_new(tool->mem);
	char *body, *subject;
	uint8_t *reply;
	size_t size;
	dms_error *error;

	add_login(tool, &rpc_methods[method], params);
	body = json_dumps(params, JSON_COMPACT);
	json_decref(params);
	subject = talloc_asprintf(mem, "dms.rpc.%s.%s", tool->config->rpc_access, name);
	error = tool_connect(tool);
	if (error == NULL)
		error = bus_request(tool->bus, mem,
				    &(struct bus_outgoing){
					.subject = subject,
					.data = body,
					.size = strlen(body),
				    },
				    tool->config->rpc_timeout + extra_ms, &reply, &size);
	free(body);
	if (error != NULL && error->id == DMS_E_BUS_NO_RESPONDER)
		error = dms_error_wrap(error, "no rpc-gateway is running");
	if (error == NULL) {
		json_error_t where;

		*result = json_loadb((char *)reply, size, JSON_DECODE_ANY, &where);
		if (*result == NULL)
			error = dms_error_new(DMS_E_FORMAT, "%s: the reply is not JSON: %s", name,
					      where.text);
	}
	talloc_free(mem);
	return error;
}

dms_error *
tool_do(struct tool *tool, int method, json_t *params)
{
	json_t *result;

	TRY(tool_call(tool, method, params, 0, &result));
	if (tool->is_json) {
		json_dumpf(result, tool->out, JSON_INDENT(2) | JSON_ENCODE_ANY);
		fputc('\n', tool->out);
	}
	json_decref(result);
	return NULL;
}
