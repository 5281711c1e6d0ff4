/* Errors on the wire: the JSON-RPC error object of spec/json-rpc.md section 1.3, both ways. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* name of the parent of a family or an error; NULL above the root */
static const char *
parent_of(const char *name)
{
	static const char root[] = "BaseJsonRpcError";

	if (strcmp(name, root) == 0)
		return NULL;
	if (strcmp(name, "DMSError") == 0)
		return root;
	for (int id = DMS_OK + 1; id < DMS_E_COUNT; id++)
		if (strcmp(dms_err_info((enum dms_err)id)->name, name) == 0)
			return dms_err_info((enum dms_err)id)->parent;
	/* families without a code of their own: spec/json-rpc.md section 12.1 */
	return "DMSError";
}

/* "BaseJsonRpcError.DMSError.ZoneNotFound": the ancestry, root first */
static char *
exception_type(const struct dms_err_info *info)
{
	enum { DEPTH_MAX = 8 };
	const char *names[DEPTH_MAX];
	int depth = 0;
	size_t size = 1;

	for (const char *name = info->name; name != NULL && depth < DEPTH_MAX;
	     name = parent_of(name)) {
		names[depth++] = name;
		size += strlen(name) + 1;
	}
	char *type = malloc(size);
	if (type == NULL)
		return NULL;
	char *end = type;
	while (depth > 0) {
		end = stpcpy(end, names[--depth]);
		if (depth > 0)
			end = stpcpy(end, ".");
	}
	return type;
}

json_t *
dms_error_to_json(const dms_error *error)
{
	const struct dms_err_info *info = dms_err_info(error->id);
	json_t *data = error->data != NULL ? json_deep_copy(error->data) : json_object();
	char *text;

	if (asprintf(&text, "%s: %s", info->name, error->message) >= 0) {
		json_object_set_new(data, "exception_message", json_text(text));
		free(text);
	}
	/* argument errors carry no type: that is how clients know them */
	if (error->id != DMS_E_INVALID_PARAMS) {
		char *type = exception_type(info);
		json_object_set_new(data, "exception_type", json_text(type));
		free(type);
	}
	return json_pack("{s:i, s:o, s:o}", "code", info->code, "message",
			 json_text(error->message), "data", data);
}

/* the error's own name out of "BaseJsonRpcError.DMSError.ZoneNotFound"; NULL when there is none */
static const char *
name_in_type(const json_t *data)
{
	const char *type = json_string_value(json_object_get(data, "exception_type"));
	if (type == NULL)
		return NULL;
	const char *dot = strrchr(type, '.');
	return dot != NULL ? dot + 1 : type;
}

dms_error *
dms_error_from_json(const json_t *object)
{
	const json_t *code = json_object_get(object, "code");
	const char *message = json_string_value(json_object_get(object, "message"));
	json_t *data = json_object_get(object, "data");

	if (!json_is_integer(code) || message == NULL)
		return dms_error_new(DMS_E_INTERNAL,
				     "the peer answered with an error that has no code or message");

	json_int_t number = json_integer_value(code);
	enum dms_err id = DMS_OK;
	if (number >= -65536 && number <= 65535)
		id = dms_err_by_code((int)number, name_in_type(data));
	dms_error *error = dms_error_new(id != DMS_OK ? id : DMS_E_INTERNAL, "%s", message);
	if (id == DMS_OK)
		dms_error_put_int(error, "code", number);

	const char *key;
	json_t *value;
	json_object_foreach (data, key, value) {
		if (strcmp(key, "exception_message") != 0 && strcmp(key, "exception_type") != 0)
			dms_error_put(error, key, json_incref(value));
	}
	return error;
}
