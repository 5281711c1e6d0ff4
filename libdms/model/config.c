/* Central configuration: the table of keys, reading and setting (spec/schema.md section 8.2). */
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "dns/rr.h"
#include "model/server.h"

enum config_kind {
	CONFIG_HOST,
	CONFIG_TTL,
	CONFIG_FLAG,
	CONFIG_COUNT, /* integer from 1 */
	CONFIG_DAYS,  /* number from 0, with fraction */
	CONFIG_GROUP,
	CONFIG_REFERENCE,
	CONFIG_SERVER_TYPE,
};

static const struct config_item {
	const char *key;
	enum config_kind kind;
	bool has_groups; /* may differ from group to group */
} config_items[] = {
    {"soa_mname", CONFIG_HOST, true},
    {"soa_rname", CONFIG_HOST, true},
    {"soa_refresh", CONFIG_TTL, true},
    {"soa_retry", CONFIG_TTL, true},
    {"soa_expire", CONFIG_TTL, true},
    {"soa_minimum", CONFIG_TTL, true},
    {"soa_ttl", CONFIG_TTL, true},
    {"zone_ttl", CONFIG_TTL, true},
    {"use_apex_ns", CONFIG_FLAG, false},
    {"edit_lock", CONFIG_FLAG, false},
    {"auto_dnssec", CONFIG_FLAG, false},
    {"nsec3", CONFIG_FLAG, false},
    {"inc_updates", CONFIG_FLAG, false},
    {"auto_reverse", CONFIG_FLAG, false},
    {"auto_create_ipv4_ptr", CONFIG_FLAG, false},
    {"auto_create_ipv6_ptr", CONFIG_FLAG, false},
    {"default_sg", CONFIG_GROUP, false},
    {"default_ref", CONFIG_REFERENCE, false},
    {"default_stype", CONFIG_SERVER_TYPE, false},
    {"zi_max_num", CONFIG_COUNT, false},
    {"zi_max_age", CONFIG_DAYS, false},
    {"zone_del_age", CONFIG_DAYS, false},
    {"zone_del_pare_age", CONFIG_DAYS, false},
    {"event_max_age", CONFIG_DAYS, false},
    {"syslog_max_age", CONFIG_DAYS, false},
};

static const struct config_item *
config_item(const char *key)
{
	for (size_t i = 0; i < sizeof(config_items) / sizeof(config_items[0]); i++)
		if (strcmp(config_items[i].key, key) == 0)
			return &config_items[i];
	return NULL;
}

static dms_error *
no_value(const char *key)
{
	return dms_error_put_str(
	    dms_error_new(DMS_E_ZONE_CFG_ITEM_NOT_FOUND, "configuration key %s has no value", key),
	    "key", key);
}

dms_error *
config_value(struct db *db, TALLOC_CTX *mem, const char *key, int64_t sg_id, char **value)
{
	struct db_result *result = NULL;
	TRY(db_query(db, NULL, &result,
		     "SELECT value FROM config_default WHERE key = $1 "
		     "AND (sg_id = $2 OR sg_id IS NULL) ORDER BY sg_id NULLS LAST LIMIT 1",
		     P_TEXT(key), P_INT(sg_id)));
	bool is_found = db_rows(result) == 1;
	*value = is_found ? talloc_strdup(mem, db_text(result, 0, "value")) : NULL;
	talloc_free(result);
	return is_found ? NULL : no_value(key);
}

static dms_error *
bad_value(enum dms_err id, const char *key, const char *value, const char *wanted)
{
	dms_error *error = dms_error_new(id, "%s = '%s': %s is wanted", key, value, wanted);
	return dms_error_put_str(dms_error_put_str(error, "key", key), "value", value);
}

/* 1, 0, or -1 for what is no boolean. */
static int
flag_parse(const char *text)
{
	static const char *const words[][2] = {
	    {"true", "false"}, {"on", "off"}, {"yes", "no"}, {"1", "0"}};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(text, words[i][0]) == 0)
			return 1;
		if (strcasecmp(text, words[i][1]) == 0)
			return 0;
	}
	return -1;
}

dms_error *
config_flag(struct db *db, const char *key, bool *value)
{
	char *text = NULL;
	dms_error *error = config_value(db, NULL, key, 0, &text);
	*value = false;
	if (error != NULL && error->id == DMS_E_ZONE_CFG_ITEM_NOT_FOUND) {
		dms_error_free(error);
		return NULL;
	}
	TRY(error);
	int flag = flag_parse(text);
	if (flag < 0)
		error = bad_value(DMS_E_ZONE_CFG_ITEM_VALUE, key, text, "true or false");
	*value = flag == 1;
	talloc_free(text);
	return error;
}

dms_error *
config_apex_ns(struct db *db, TALLOC_CTX *mem, int64_t sg_id, const char ***names)
{
	struct db_result *result = NULL;
	TRY(db_query(db, mem, &result,
		     "SELECT name FROM apex_ns WHERE sg_id IS NOT DISTINCT FROM "
		     "(SELECT sg_id FROM apex_ns WHERE sg_id = $1 LIMIT 1) ORDER BY rank",
		     P_INT(sg_id)));
	int count = db_rows(result);
	*names = talloc_zero_array(mem, const char *, count + 1);
	talloc_steal(*names, result);
	for (int i = 0; i < count; i++)
		(*names)[i] = db_text(result, i, "name");
	return NULL;
}

/* A host name, made absolute. */
static dms_error *
check_host(TALLOC_CTX *mem, const char *key, const char *value, char **clean)
{
	size_t size = strlen(value);
	const char *dot = size > 0 && value[size - 1] == '.' ? "" : ".";
	dms_error *error =
	    name_normalise(mem, talloc_asprintf(mem, "%s%s", value, dot), NULL, clean);
	if (error == NULL && strcmp(*clean, ".") != 0 && name_is_host(*clean, false))
		return NULL;
	dms_error_free(error);
	return bad_value(DMS_E_HOSTNAME_ZI_PARSE, key, value, "a host name");
}

static dms_error *
check_ttl(const char *key, const char *value)
{
	uint32_t ttl = 0;
	dms_error *error = ttl_parse(value, &ttl);
	if (error == NULL && strlen(value) <= 20)
		return NULL;
	dms_error_free(error);
	return bad_value(DMS_E_TTL_ZI_PARSE, key, value, "a TTL like 3600, 1h or 1w2d");
}

static dms_error *
check_number(const char *key, const char *value, bool is_count)
{
	char *end = NULL;
	double number = strtod(value, &end);
	bool is_plain = value[0] >= '0' && value[0] <= '9' && *end == '\0' &&
			strspn(value, "0123456789.") == strlen(value) && number <= 1e6;
	if (is_plain && (!is_count || (strchr(value, '.') == NULL && number >= 1)))
		return NULL;
	return bad_value(DMS_E_ZONE_CFG_ITEM_VALUE, key, value,
			 is_count ? "an integer from 1" : "a number of days from 0");
}

/* Checks `value` as the key wants it; `*clean` is what will be stored. */
static dms_error *
config_check(struct db *db, TALLOC_CTX *mem, const struct config_item *item, const char *value,
	     char **clean)
{
	struct server_group *sg = NULL;
	int64_t ref_id = 0;
	*clean = talloc_strdup(mem, value);
	switch (item->kind) {
	case CONFIG_HOST:
		return check_host(mem, item->key, value, clean);
	case CONFIG_TTL:
		return check_ttl(item->key, value);
	case CONFIG_COUNT:
	case CONFIG_DAYS:
		return check_number(item->key, value, item->kind == CONFIG_COUNT);
	case CONFIG_FLAG:
		if (flag_parse(value) < 0)
			return bad_value(DMS_E_ZONE_CFG_ITEM_VALUE, item->key, value,
					 "true or false");
		*clean = talloc_strdup(mem, flag_parse(value) == 1 ? "true" : "false");
		return NULL;
	case CONFIG_GROUP:
		TRY(sg_by_name(db, mem, value, &sg));
		*clean = talloc_strdup(mem, sg->name);
		return NULL;
	case CONFIG_REFERENCE:
		return reference_get(db, value, &ref_id);
	case CONFIG_SERVER_TYPE:
		if (strcmp(value, "bind9") != 0 && strcmp(value, "nsd") != 0 &&
		    strcmp(value, "knot") != 0 && strcmp(value, "pdns") != 0)
			return bad_value(DMS_E_ZONE_CFG_ITEM_VALUE, item->key, value,
					 "bind9, nsd, knot or pdns");
		return NULL;
	}
	return NULL;
}

dms_error *
config_set(struct db *db, const char *key, int64_t sg_id, const char *value)
{
	const struct config_item *item = config_item(key);
	if (item == NULL)
		return dms_error_put_str(dms_error_new(DMS_E_ZONE_CFG_ITEM_NOT_FOUND,
						       "there is no configuration key %s", key),
					 "key", key);
	if (sg_id != 0 && !item->has_groups)
		return bad_value(DMS_E_INVALID_PARAMS, key, value, "a value for all groups");
	TALLOC_CTX *mem = talloc_new(NULL);
	char *clean = NULL;
	dms_error *error = config_check(db, mem, item, value, &clean);
	if (error == NULL)
		error =
		    db_exec(db,
			    "INSERT INTO config_default (key, sg_id, value) VALUES ($1, $2, $3) "
			    "ON CONFLICT (key, sg_id) DO UPDATE SET value = excluded.value",
			    P_TEXT(key), P_ID(sg_id), P_TEXT(clean));
	talloc_free(mem);
	return error;
}
