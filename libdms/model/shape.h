/* How rows become values that people see: the forms of spec/json-rpc.md section 4.1. */
#pragma once

#include <jansson.h>
#include <stdint.h>

/* A timestamptz as "2026-01-02 03:04:05.123456+00:00"; NULL stays NULL. */
#define UTC_TEXT(expression) \
	"to_char(" expression " AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US\"+00:00\"')"
/* The same as a column of the same name, for a list of columns. */
#define UTC_COLUMN(table, column) UTC_TEXT(table column) " AS " column ", "
/* The same as microseconds since 1970. */
#define UTC_MICROSECONDS(expression) "(extract(epoch FROM " expression ") * 1000000)::bigint"

/* A string, or null for NULL. */
static inline json_t *
shape_text(const char *text)
{
	return text == NULL ? json_null() : json_string(text);
}

/* An integer, or null for 0: ids and serials. */
static inline json_t *
shape_id(int64_t id)
{
	return id == 0 ? json_null() : json_integer(id);
}

/* TTL-like values are strings of seconds. */
static inline json_t *
shape_ttl(int64_t ttl)
{
	return ttl < 0 ? json_null() : json_sprintf("%lld", (long long)ttl);
}

/* JSON as a row holds it; null for NULL. */
static inline json_t *
shape_json(const char *text)
{
	json_t *json = text == NULL ? NULL : json_loads(text, JSON_DECODE_ANY, NULL);
	return json == NULL ? json_null() : json;
}
