#include <arpa/inet.h>
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "rpc/rpc.h"

#define LOGIN_ID_MAX 512
#define TTL_MAX      2147483647ULL /* RFC 2181 section 8 */

static const char *const wanted[] = {
    [RPC_STRING] = "a string",
    [RPC_INTEGER] = "an integer",
    [RPC_BOOLEAN] = "true or false",
    [RPC_OBJECT] = "an object",
    [RPC_STRINGS] = "an array of strings",
    [RPC_ZONE] = "a zone name, address or network that is not empty",
    [RPC_LOGIN] = "a login id",
    [RPC_ADDRESS] = "an IPv4 or IPv6 address",
    [RPC_TTL] = "a TTL such as 3600 or 1h30m, at most 2147483647 seconds",
    [RPC_NUMBER] = "a number",
    [RPC_SERIAL] = "an SOA serial: an integer from 1 to 4294967295",
    [RPC_ZI] = "an instance: its number, or a selector in a string",
};

static const char *
kind_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	case JSON_REAL:
		return "a number with a fraction";
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_NULL:
		return "null";
	}
	return "something else";
}

static dms_error *
refuse(const struct rpc_method *method, const struct rpc_param *param, const char *got)
{
	dms_error *error =
	    dms_error_new(DMS_E_INVALID_PARAMS, "%s: parameter '%s' must be %s, not %s",
			  method->name, param->name, wanted[param->type], got);
	dms_error_put_str(error, "method", method->name);
	return dms_error_put_str(error, "parameter", param->name);
}

/* Digits with units, as BIND writes TTLs: 86400, 1d, 1h30m. */
static bool
is_ttl(const char *text)
{
	static const char units[] = "smhdw";
	static const unsigned seconds[] = {1, 60, 3600, 86400, 604800};
	unsigned long long total = 0;
	if (*text == '\0')
		return false;
	while (*text != '\0') {
		unsigned long long number = 0;
		if (!isdigit((unsigned char)*text))
			return false;
		for (; isdigit((unsigned char)*text); text++)
			if ((number = number * 10 + (unsigned)(*text - '0')) > TTL_MAX)
				return false;
		const char *unit =
		    *text != '\0' ? strchr(units, tolower((unsigned char)*text)) : units;
		if (unit == NULL)
			return false;
		if (*text != '\0')
			text++;
		if ((total += number * seconds[unit - units]) > TTL_MAX)
			return false;
	}
	return true;
}

static bool
is_address(const char *text)
{
	unsigned char bytes[16];
	return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static dms_error *
login_error(enum dms_err id, const struct rpc_method *method, const char *what)
{
	dms_error *error = dms_error_new(id, "%s: login_id %s", method->name, what);
	return dms_error_put_str(error, "error", what);
}

/* spec/json-rpc.md section 2.2. Letters are ASCII's, whatever the locale. */
static dms_error *
check_login(const struct rpc_method *method, const json_t *value)
{
	static const char alnum[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	if (!json_is_string(value))
		return login_error(DMS_E_LOGIN_ID_INVALID, method, "is not a string");
	const char *text = json_string_value(value);
	size_t length = json_string_length(value);
	if (length == 0)
		return login_error(DMS_E_LOGIN_ID_INVALID, method, "is empty");
	if (length > LOGIN_ID_MAX)
		return login_error(DMS_E_LOGIN_ID_INVALID, method, "is longer than 512 characters");
	if (memchr(alnum, text[0], sizeof alnum - 1) == NULL)
		return login_error(DMS_E_LOGIN_ID_FORMAT, method,
				   "must begin with a letter or digit");
	for (size_t i = 0; i < length; i++)
		if (memchr(alnum, text[i], sizeof alnum - 1) == NULL &&
		    memchr("-_.@", text[i], 4) == NULL)
			return dms_error_put(
			    login_error(DMS_E_LOGIN_ID_FORMAT, method,
					"may only have letters, digits and - _ . @"),
			    "login_id", json_string(text));
	return NULL;
}

static dms_error *
check_strings(const struct rpc_method *method, const struct rpc_param *param, const json_t *value)
{
	if (!json_is_array(value))
		return refuse(method, param, kind_of(value));
	size_t i;
	json_t *element;
	json_array_foreach (value, i, element) {
		if (!json_is_string(element)) {
			dms_error *error = refuse(method, param, kind_of(element));
			dms_error_put_int(error, "index", (json_int_t)i);
			return dms_error_wrap(error, "element %zu", i);
		}
	}
	return NULL;
}

static dms_error *
check_text(const struct rpc_method *method, const struct rpc_param *param, const json_t *value)
{
	const char *text = json_string_value(value);
	if (text == NULL)
		return refuse(method, param, kind_of(value));
	bool is_good = param->type == RPC_STRING || (param->type == RPC_ZONE && text[0] != '\0') ||
		       (param->type == RPC_ADDRESS && is_address(text)) ||
		       (param->type == RPC_TTL && is_ttl(text));
	if (is_good)
		return NULL;
	char got[96];
	snprintf(got, sizeof got, "'%.80s'", text);
	return refuse(method, param, got);
}

/* Never 0 (RFC 2136 section 4.1). */
static dms_error *
check_serial(const struct rpc_method *method, const struct rpc_param *param, const json_t *value)
{
	dms_error *error;
	if (json_is_integer(value) && json_integer_value(value) >= 1 &&
	    json_integer_value(value) <= UINT32_MAX)
		return NULL;
	if (!json_is_integer(value))
		error =
		    dms_error_new(DMS_E_SOA_SERIAL_TYPE, "%s: %s must be %s, not %s", method->name,
				  param->name, wanted[RPC_SERIAL], kind_of(value));
	else
		error = dms_error_new(DMS_E_SOA_SERIAL_RANGE, "%s: %s must be %s, not %lld",
				      method->name, param->name, wanted[RPC_SERIAL],
				      (long long)json_integer_value(value));
	return dms_error_put_str(error, "parameter", param->name);
}

static dms_error *
check_value(const struct rpc_method *method, const struct rpc_param *param, const json_t *value)
{
	switch (param->type) {
	case RPC_LOGIN:
		return check_login(method, value);
	case RPC_STRINGS:
		return check_strings(method, param, value);
	case RPC_INTEGER:
		return json_is_integer(value) ? NULL : refuse(method, param, kind_of(value));
	case RPC_BOOLEAN:
		return json_is_boolean(value) ? NULL : refuse(method, param, kind_of(value));
	case RPC_OBJECT:
		return json_is_object(value) ? NULL : refuse(method, param, kind_of(value));
	case RPC_NUMBER:
		return json_is_number(value) ? NULL : refuse(method, param, kind_of(value));
	case RPC_SERIAL:
		return check_serial(method, param, value);
	case RPC_ZI:
		return json_is_integer(value) || json_is_string(value)
			   ? NULL
			   : refuse(method, param, kind_of(value));
	case RPC_TTL:
		if (json_is_integer(value) && json_integer_value(value) >= 0 &&
		    json_integer_value(value) <= (json_int_t)TTL_MAX)
			return NULL;
		return check_text(method, param, value);
	case RPC_STRING:
	case RPC_ZONE:
	case RPC_ADDRESS:
		return check_text(method, param, value);
	}
	return dms_error_new(DMS_E_INTERNAL, "%s: parameter '%s' has no known type", method->name,
			     param->name);
}

static dms_error *
missing(const struct rpc_method *method, const struct rpc_param *param, const json_t *value)
{
	if (param->type == RPC_LOGIN)
		return login_error(DMS_E_LOGIN_ID_INVALID, method, "is missing");
	if (value != NULL)
		return refuse(method, param, "null");
	dms_error *error =
	    dms_error_new(DMS_E_INVALID_PARAMS, "%s: parameter '%s' is missing: it must be %s",
			  method->name, param->name, wanted[param->type]);
	dms_error_put_str(error, "method", method->name);
	return dms_error_put_str(error, "parameter", param->name);
}

static dms_error *
refuse_unknown(const struct rpc_method *method, const json_t *params)
{
	const char *key;
	json_t *value;
	json_object_foreach ((json_t *)params, key, value) {
		const struct rpc_param *param = method->params;
		while (param->name != NULL && strcmp(param->name, key) != 0)
			param++;
		if (param->name == NULL) {
			dms_error *error =
			    dms_error_new(DMS_E_INVALID_PARAMS, "%s: there is no parameter '%.80s'",
					  method->name, key);
			return dms_error_put_str(error, "method", method->name);
		}
	}
	return NULL;
}

dms_error *
rpc_params_check(const struct rpc_method *method, const json_t *params)
{
	if (!json_is_object(params))
		return dms_error_new(DMS_E_INVALID_PARAMS, "%s: params must be an object, not %s",
				     method->name, params != NULL ? kind_of(params) : "absent");
	TRY(refuse_unknown(method, params));
	for (const struct rpc_param *param = method->params; param->name != NULL; param++) {
		const json_t *value = json_object_get(params, param->name);
		bool is_absent = value == NULL || json_is_null(value);
		if (is_absent && param->is_required)
			return missing(method, param, value);
		if (!is_absent)
			TRY(check_value(method, param, value));
	}
	return NULL;
}

dms_error *
rpc_params_named(const struct rpc_method *method, const json_t *given, json_t **named)
{
	if (given == NULL || json_is_null(given)) {
		*named = json_object();
		return NULL;
	}
	if (json_is_object(given)) {
		*named = json_incref((json_t *)given);
		return NULL;
	}
	if (!json_is_array(given))
		return dms_error_new(DMS_E_INVALID_PARAMS, "%s: params must be an object, not %s",
				     method->name, kind_of(given));
	size_t most = 0, count = json_array_size(given);
	while (method->params[most].name != NULL)
		most++;
	if (count > most)
		return dms_error_put_str(
		    dms_error_new(DMS_E_INVALID_PARAMS,
				  "%s: takes at most %zu parameters in order, %zu came",
				  method->name, most, count),
		    "method", method->name);
	*named = json_object();
	for (size_t i = 0; i < count; i++)
		json_object_set(*named, method->params[i].name, json_array_get(given, i));
	return NULL;
}
