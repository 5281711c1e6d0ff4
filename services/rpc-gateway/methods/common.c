/* Parameters, patterns and the audit. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "methods/methods.h"
#include "model/change.h"
#include "model/selector.h"

#define COMMENT_MAX 1024 /* characters, as table zone_instance has it */

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

dms_error *
param_zi(const struct rpc_call *call, const struct zone *zone, const char *param, int64_t *zi_id)
{
	const json_t *value = json_object_get(call->params, param);
	const char *text = json_string_value(value);
	if (json_is_integer(value))
		text = talloc_asprintf(call->mem, "%lld", (long long)json_integer_value(value));
	return zi_select(call->db, zone, text, strcmp(call->sectag, "Admin") == 0, zi_id);
}

dms_error *
param_zi_number(const struct rpc_call *call, const char *param, int64_t *zi_id)
{
	const json_t *value = json_object_get(call->params, param);
	const char *text = json_string_value(value);
	*zi_id = json_integer_value(value);
	if (text != NULL && text[0] != '\0' && strlen(text) <= 18 &&
	    text[strspn(text, "0123456789")] == '\0')
		*zi_id = strtoll(text, NULL, 10);
	if (*zi_id > 0)
		return NULL;
	return param_error(call, param, "the number of an instance is wanted, not a selector");
}

dms_error *
param_author(const struct rpc_call *call, const char *otherwise, struct instance_author *author)
{
	const char *comment = call_string(call, "comment");
	size_t length = 0;
	if (comment == NULL || comment[0] == '\0')
		comment = otherwise;
	for (const char *at = comment; at != NULL && *at != '\0'; at++)
		length += ((unsigned char)*at & 0xc0) != 0x80;
	*author = (struct instance_author){
	    .change_by = call->actor, .change_id = call->change_id, .comment = comment};
	if (length <= COMMENT_MAX)
		return NULL;
	return param_error(call, "comment", "%zu characters are more than %d", length, COMMENT_MAX);
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
	dms_error *error =
	    call->is_bulk ? NULL
			  : change_describe(call->db, call->change_id, kind, name, before, after);
	json_decref(before);
	json_decref(after);
	return error;
}
