/* Parameters, patterns and the audit. */
#include <stdarg.h>
#include <string.h>

#include "methods/methods.h"
#include "model/change.h"

dms_error *
param_error(const struct rpc_call *call, const char *param, const char *fmt, ...)
{
	va_list arguments;
	va_start(arguments, fmt);
	char *what = talloc_vasprintf(call->mem, fmt, arguments);
	va_end(arguments);
	return dms_error_put_str(
	    dms_error_new(DMS_E_INVALID_PARAMS, "%s: %s: %s", call->method->name, param, what),
	    "param", param);
}

dms_error *
param_range(const struct rpc_call *call, const char *param, int64_t otherwise, int64_t min,
	    int64_t max, int64_t *value)
{
	*value = call_integer(call, param, otherwise);
	if (*value >= min && *value <= max)
		return NULL;
	return param_error(call, param, "%lld is not within %lld to %lld", (long long)*value,
			   (long long)min, (long long)max);
}

bool
wildcard_match(const char *pattern, const char *text)
{
	const char *star = NULL, *retry = NULL;
	while (*text != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			retry = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star != NULL) {
			pattern = star + 1;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

char *
wildcard_to_like(TALLOC_CTX *mem, const char *pattern)
{
	char *like = talloc_array(mem, char, strlen(pattern) * 2 + 1);
	char *end = like;
	for (const char *at = pattern; *at != '\0'; at++) {
		if (strchr("\\%_", *at) != NULL)
			*end++ = '\\';
		*end++ = *at == '*' ? '%' : *at == '?' ? '_' : *at;
	}
	*end = '\0';
	return like;
}

dms_error *
describe(const struct rpc_call *call, const char *kind, const char *name, json_t *before,
	 json_t *after)
{
	dms_error *error = change_describe(call->db, call->change_id, kind, name, before, after);
	json_decref(before);
	json_decref(after);
	return error;
}
