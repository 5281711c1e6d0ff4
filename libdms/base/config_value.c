/* Texts of configuration values turned into what they mean. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/config_table.h"

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit no_units[] = {{"", 1}, {NULL, 0}};
static const struct unit time_units[] = {{"ms", 1},      {"s", 1000},     {"m", 60000},
					 {"h", 3600000}, {"d", 86400000}, {NULL, 0}};
static const struct unit byte_units[] = {
    {"", 1}, {"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {NULL, 0}};

/* a number with one of the units behind it, within the key's bounds */
static dms_error *
parse_number(const struct config_key *key, const char *text, const struct unit *units,
	     const char *form, int64_t *value)
{
	char *end;

	errno = 0;
	long long number = strtoll(text, &end, 10);
	bool is_number = end != text && errno == 0 && text[0] != '+' && text[0] != ' ';
	while (is_number && units->name != NULL && strcmp(units->name, end) != 0)
		units++;
	if (!is_number || units->name == NULL)
		return dms_error_new(DMS_E_CONFIG, "'%s' is not %s", text, form);

	bool is_in_range = !__builtin_mul_overflow(number, units->factor, value);
	if (key->min != 0 || key->max != 0)
		is_in_range = is_in_range && *value >= key->min && *value <= key->max;
	if (!is_in_range)
		return dms_error_new(
		    DMS_E_CONFIG, "'%s' is out of range: %" PRId64 " to %" PRId64 "%s", text,
		    key->min, key->max, key->type == TYPE_milliseconds ? " ms" : "");
	return NULL;
}

static dms_error *
parse_boolean(const char *text, bool *value)
{
	static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};

	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcasecmp(text, words[i]) == 0) {
			*value = i % 2 == 1;
			return NULL;
		}
	}
	return dms_error_new(DMS_E_CONFIG, "'%s' is not a boolean: true or false", text);
}

dms_error *
config_parse_value(TALLOC_CTX *mem, const struct config_key *key, const char *text,
		   const char *folder, void *slot)
{
	switch (key->type) {
	case TYPE_string:
		*(const char **)slot = talloc_strdup(mem, text);
		return NULL;
	case TYPE_path:
		if (text[0] == '\0' || text[0] == '/')
			*(const char **)slot = talloc_strdup(mem, text);
		else
			*(const char **)slot = talloc_asprintf(mem, "%s/%s", folder, text);
		return NULL;
	case TYPE_integer:
		return parse_number(key, text, no_units, "an integer", slot);
	case TYPE_milliseconds:
		return parse_number(key, text, time_units,
				    "a time with its unit, such as 250ms, 2s, 5m, 1h or 7d", slot);
	case TYPE_bytes:
		return parse_number(key, text, byte_units, "a size such as 512, 100k, 4m or 1g",
				    slot);
	case TYPE_boolean:
		return parse_boolean(text, slot);
	}
	return dms_error_new(DMS_E_INTERNAL, "key %s has no type", key->name);
}
