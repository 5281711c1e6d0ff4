#include "base/error.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const struct dms_err_info infos[DMS_E_COUNT] = {
    [DMS_OK] = {"OK", 0, "Success", "DMSError", DMS_PERMANENT, 0, "nothing went wrong"},
#define DMS_ERROR(symbol, code, name, parent, manner, exit_status, meaning) \
	[DMS_E_##symbol] = {#symbol, code, name, parent, manner, exit_status, meaning},
#include "base/error_codes.def"
#undef DMS_ERROR
};

/* Shared by all who run out of memory, so nobody may change or free it. */
static dms_error out_of_memory = {
    .id = DMS_E_INTERNAL,
    .is_transient = true,
    .message = (char[]){"out of memory"},
};

dms_error *
dms_error_new_at(const char *file, int line, enum dms_err id, const char *fmt, ...)
{
	dms_error *error = calloc(1, sizeof *error);
	if (error == NULL)
		return &out_of_memory;

	va_list arguments;
	va_start(arguments, fmt);
	int length = vasprintf(&error->message, fmt, arguments);
	va_end(arguments);
	if (length < 0) {
		free(error);
		return &out_of_memory;
	}
	error->id = id;
	error->is_transient = dms_err_info(id)->manner == DMS_TRANSIENT;
	return dms_error_pass(error, file, line);
}

dms_error *
dms_error_wrap(dms_error *error, const char *fmt, ...)
{
	if (error == NULL || error == &out_of_memory)
		return error;

	char *prefix, *message;
	va_list arguments;
	va_start(arguments, fmt);
	int length = vasprintf(&prefix, fmt, arguments);
	va_end(arguments);
	if (length < 0)
		return error;
	if (asprintf(&message, "%s: %s", prefix, error->message) >= 0) {
		free(error->message);
		error->message = message;
	}
	free(prefix);
	return error;
}

dms_error *
dms_error_put(dms_error *error, const char *key, json_t *value)
{
	if (error == NULL || error == &out_of_memory) {
		json_decref(value);
		return error;
	}
	if (error->data == NULL)
		error->data = json_object();
	/* steals the value even when it fails */
	(void)json_object_set_new(error->data, key, value);
	return error;
}

dms_error *
dms_error_put_str(dms_error *error, const char *key, const char *value)
{
	return dms_error_put(error, key, json_text(value));
}

dms_error *
dms_error_put_int(dms_error *error, const char *key, json_int_t value)
{
	return dms_error_put(error, key, json_integer(value));
}

void
dms_error_free(dms_error *error)
{
	if (error == NULL || error == &out_of_memory)
		return;
	free(error->message);
	json_decref(error->data);
	free(error);
}

dms_error *
dms_error_pass(dms_error *error, const char *file, int line)
{
	if (error == NULL || error == &out_of_memory || error->trace_count == DMS_ERROR_TRACE_MAX)
		return error;
	error->trace[error->trace_count].file = file;
	error->trace[error->trace_count].line = line;
	error->trace_count++;
	return error;
}

const struct dms_err_info *
dms_err_info(enum dms_err id)
{
	if ((int)id < 0 || id >= DMS_E_COUNT)
		id = DMS_E_INTERNAL;
	return &infos[id];
}

enum dms_err
dms_err_by_code(int code, const char *name)
{
	enum dms_err found = DMS_OK;

	for (int id = DMS_OK + 1; id < DMS_E_COUNT; id++) {
		if (infos[id].code != code)
			continue;
		if (name != NULL && strcmp(infos[id].name, name) == 0)
			return (enum dms_err)id;
		if (found == DMS_OK)
			found = (enum dms_err)id;
	}
	return found;
}
