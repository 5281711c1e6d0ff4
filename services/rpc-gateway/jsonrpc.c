#include "jsonrpc.h"

#include <ctype.h>
#include <string.h>

/* 15 digits are what a double holds for sure: 0.1 stays 0.1 */
#define FORM (JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15))

/* Brackets are counted before the parser sees the text: its own limit is far deeper than a call
 * needs, and every later walk over the value recurses. */
static bool
is_too_deep(const char *text, size_t size)
{
	size_t depth = 0;
	bool in_string = false;
	for (size_t i = 0; i < size; i++) {
		char c = text[i];
		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '['))
			depth++;
		else if (!in_string && (c == '}' || c == ']') && depth > 0)
			depth--;
		if (depth > JSONRPC_DEPTH_MAX)
			return true;
	}
	return false;
}

/* First a letter or digit, then also '.' and '_': nothing hidden can be called. */
static bool
is_method_name(const char *name)
{
	if (!isalnum((unsigned char)*name))
		return false;
	for (; *name != '\0'; name++)
		if (!isascii((unsigned char)*name) ||
		    (!isalnum((unsigned char)*name) && *name != '.' && *name != '_'))
			return false;
	return true;
}

/* Old clients leave `jsonrpc` out, or send what an earlier draft said. */
static bool
is_known_version(const json_t *version)
{
	static const char *const known[] = {"", "1.0", "1.2", "2.0"};
	if (version == NULL || json_is_null(version))
		return true;
	if (!json_is_string(version))
		return false;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(json_string_value(version), known[i]) == 0)
			return true;
	return false;
}

static dms_error *
check_members(const json_t *object)
{
	static const char *const known[] = {"jsonrpc", "method", "id", "params"};
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)object, key, value) {
		size_t i = 0;
		while (i < 4 && strcmp(key, known[i]) != 0)
			i++;
		if (i == 4)
			return dms_error_new(DMS_E_INVALID_REQUEST,
					     "member '%.80s' does not belong in a request", key);
	}
	return NULL;
}

static dms_error *
check_params(const json_t *params)
{
	if (params == NULL || json_is_object(params) || json_is_array(params) ||
	    json_is_null(params))
		return NULL;
	return dms_error_new(DMS_E_INVALID_REQUEST, "params must be an object or an array");
}

/* One call. The id is taken first, so that an error can name it. */
static dms_error *
read_call(json_t *object, struct jsonrpc_call *call)
{
	if (!json_is_object(object))
		return dms_error_new(DMS_E_INVALID_REQUEST, "a call must be an object");
	json_t *id = json_object_get(object, "id");
	bool is_id = id == NULL || json_is_string(id) || json_is_integer(id) || json_is_null(id);
	call->id = is_id ? id : NULL;
	if (!is_id)
		return dms_error_new(DMS_E_INVALID_REQUEST,
				     "id must be a string, an integer or null");
	if (!is_known_version(json_object_get(object, "jsonrpc")))
		return dms_error_new(DMS_E_INVALID_REQUEST, "jsonrpc must be \"2.0\"");
	TRY(check_members(object));
	json_t *method = json_object_get(object, "method");
	if (!json_is_string(method))
		return dms_error_new(DMS_E_INVALID_REQUEST, "method must be there and be a string");
	if (!is_method_name(json_string_value(method)))
		return dms_error_new(DMS_E_INVALID_REQUEST, "'%.80s' cannot be a method's name",
				     json_string_value(method));
	json_t *params = json_object_get(object, "params");
	TRY(check_params(params));
	call->method = json_string_value(method);
	call->params = json_is_null(params) ? NULL : params;
	call->is_notification = id == NULL;
	return NULL;
}

static int
release_request(struct jsonrpc_request *request)
{
	for (size_t i = 0; i < request->count; i++)
		dms_error_free(request->calls[i].error);
	json_decref(request->root);
	json_decref(request->replies);
	return 0;
}

dms_error *
jsonrpc_load(const char *text, size_t size, json_t **root)
{
	json_error_t where;
	if (is_too_deep(text, size))
		return dms_error_new(DMS_E_INVALID_REQUEST, "nested deeper than %d",
				     JSONRPC_DEPTH_MAX);
	*root = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
	if (*root != NULL)
		return NULL;
	return dms_error_new(DMS_E_PARSE_ERROR, "not JSON at line %d column %d: %s", where.line,
			     where.column, where.text);
}

dms_error *
jsonrpc_parse(TALLOC_CTX *mem, const char *text, size_t size, size_t batch_max,
	      struct jsonrpc_request **made)
{
	json_t *root = NULL;
	TRY(jsonrpc_load(text, size, &root));
	struct jsonrpc_request *request = talloc_zero(mem, struct jsonrpc_request);
	request->root = root;
	request->replies = json_array();
	talloc_set_destructor(request, release_request);
	request->is_batch = json_is_array(root);
	size_t count = request->is_batch ? json_array_size(root) : 1;
	dms_error *error = NULL;
	if (!request->is_batch && !json_is_object(root))
		error =
		    dms_error_new(DMS_E_INVALID_REQUEST, "a request must be an object or an array");
	else if (count == 0)
		error = dms_error_new(DMS_E_INVALID_REQUEST, "a batch must hold a call");
	else if (count > batch_max)
		error = dms_error_new(DMS_E_INVALID_REQUEST,
				      "a batch of %zu calls: the limit is %zu", count, batch_max);
	if (error != NULL) {
		talloc_free(request);
		return error;
	}
	request->calls = talloc_zero_array(request, struct jsonrpc_call, count);
	for (; request->count < count; request->count++) {
		json_t *element = request->is_batch ? json_array_get(root, request->count) : root;
		struct jsonrpc_call *call = &request->calls[request->count];
		call->error = read_call(element, call);
	}
	*made = request;
	return NULL;
}

static json_t *
reply_to(json_t *id, json_t *result, const dms_error *error)
{
	json_t *reply = json_object();
	json_object_set_new(reply, "jsonrpc", json_string("2.0"));
	json_object_set_new(reply, "id", id != NULL ? json_incref(id) : json_null());
	if (error != NULL)
		json_object_set_new(reply, "error", dms_error_to_json(error));
	else
		json_object_set(reply, "result", result);
	return reply;
}

void
jsonrpc_answer(struct jsonrpc_request *request, const struct jsonrpc_call *call, json_t *result,
	       const dms_error *error)
{
	if (!call->is_notification)
		json_array_append_new(request->replies, reply_to(call->id, result, error));
	json_decref(result);
}

char *
jsonrpc_text(const struct jsonrpc_request *request)
{
	if (json_array_size(request->replies) == 0)
		return NULL;
	const json_t *reply =
	    request->is_batch ? request->replies : json_array_get(request->replies, 0);
	return json_dumps(reply, FORM);
}

char *
jsonrpc_failure_text(const dms_error *error)
{
	json_t *reply = reply_to(NULL, NULL, error);
	char *text = json_dumps(reply, FORM);
	json_decref(reply);
	return text;
}
