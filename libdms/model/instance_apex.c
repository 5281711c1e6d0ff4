/* The apex of a zone from the central configuration (spec/zone-data.md section 13). */
#include <string.h>

#include "base/log.h"
#include "dns/name.h"
#include "model/content.h"
#include "model/server.h"

#define APEX_TAG "APEX_RRS"

struct apex_defaults {
	const char *mname, *rname;
	int64_t refresh, retry, expire, minimum, soa_ttl, zone_ttl; /* -1: no value */
};

static dms_error *
take_ttl(const char *key, const char *value, int64_t *ttl)
{
	uint32_t seconds = 0;
	TRY(dms_error_wrap(ttl_parse(value, &seconds), "configuration key %s", key));
	*ttl = seconds;
	return NULL;
}

static dms_error *
defaults_take(struct apex_defaults *defaults, const char *key, const char *value)
{
	if (strcmp(key, "soa_mname") == 0)
		defaults->mname = value;
	else if (strcmp(key, "soa_rname") == 0)
		defaults->rname = value;
	else if (strcmp(key, "soa_refresh") == 0)
		return take_ttl(key, value, &defaults->refresh);
	else if (strcmp(key, "soa_retry") == 0)
		return take_ttl(key, value, &defaults->retry);
	else if (strcmp(key, "soa_expire") == 0)
		return take_ttl(key, value, &defaults->expire);
	else if (strcmp(key, "soa_minimum") == 0)
		return take_ttl(key, value, &defaults->minimum);
	else if (strcmp(key, "soa_ttl") == 0)
		return take_ttl(key, value, &defaults->soa_ttl);
	else if (strcmp(key, "zone_ttl") == 0)
		return take_ttl(key, value, &defaults->zone_ttl);
	return NULL;
}

/* All keys at once; texts live on `mem`. */
static dms_error *
defaults_load(struct db *db, TALLOC_CTX *mem, int64_t sg_id, struct apex_defaults *defaults)
{
	struct db_result *result = NULL;
	*defaults = (struct apex_defaults){NULL, NULL, -1, -1, -1, -1, -1, -1};
	TRY(db_query(db, mem, &result,
		     "SELECT DISTINCT ON (key) key, value FROM config_default "
		     "WHERE key IN ('soa_mname', 'soa_rname', 'soa_refresh', 'soa_retry', "
		     "'soa_expire', 'soa_minimum', 'soa_ttl', 'zone_ttl') "
		     "AND (sg_id = $1 OR sg_id IS NULL) ORDER BY key, sg_id NULLS LAST",
		     P_INT(sg_id)));
	for (int i = 0; i < db_rows(result); i++)
		TRY(defaults_take(defaults, db_text(result, i, "key"),
				  db_text(result, i, "value")));
	return NULL;
}

static dms_error *
missing_key(const char *key)
{
	return dms_error_put_str(
	    dms_error_new(DMS_E_ZONE_CFG_ITEM_NOT_FOUND, "configuration key %s has no value", key),
	    "key", key);
}

static dms_error *
fill_name(struct zone_text *text, const char **name, bool is_ours, const char *value,
	  const char *key)
{
	if (!is_ours && *name != NULL)
		return NULL;
	if (value == NULL)
		return missing_key(key);
	*name = talloc_strdup(text, value);
	return NULL;
}

static dms_error *
fill_number(uint32_t *number, bool is_ours, int64_t value, const char *key)
{
	if (!is_ours && *number != SOA_FIELD_MISSING)
		return NULL;
	if (value < 0)
		return missing_key(key);
	*number = (uint32_t)value;
	return NULL;
}

/* With use_apex_ns all but minimum and zone TTL are ours; else only what is missing is filled in.
 */
static dms_error *
fill_soa(const struct zone *zone, struct zone_text *text, const struct apex_defaults *defaults)
{
	bool is_ours = zone->use_apex_ns;
	struct soa *soa = &text->soa;
	if (!text->has_soa) {
		*soa = (struct soa){.serial = soa->serial,
				    .refresh = SOA_FIELD_MISSING,
				    .retry = SOA_FIELD_MISSING,
				    .expire = SOA_FIELD_MISSING,
				    .minimum = SOA_FIELD_MISSING};
		text->soa_ttl = defaults->soa_ttl;
		text->has_soa = true;
	}
	if (is_ours)
		text->soa_ttl = -1;
	TRY(fill_name(text, &soa->mname, is_ours, defaults->mname, "soa_mname"));
	TRY(fill_name(text, &soa->rname, is_ours, defaults->rname, "soa_rname"));
	TRY(fill_number(&soa->refresh, is_ours, defaults->refresh, "soa_refresh"));
	TRY(fill_number(&soa->retry, is_ours, defaults->retry, "soa_retry"));
	TRY(fill_number(&soa->expire, is_ours, defaults->expire, "soa_expire"));
	TRY(fill_number(&soa->minimum, false, defaults->minimum, "soa_minimum"));
	if (text->zone_ttl < 0)
		text->zone_ttl = defaults->zone_ttl;
	if (text->zone_ttl < 0)
		return missing_key("zone_ttl");
	if (soa->serial == 0)
		soa->serial = zone->soa_serial;
	return NULL;
}

static bool
is_apex_ns(const struct zone_text_record *record)
{
	return record->type == RR_NS && strcmp(record->label, "@") == 0;
}

/* One configured name server as rdata; on `mem`. */
struct apex_server {
	uint8_t *rdata;
	size_t size;
	bool is_there;
};

static dms_error *
servers_to_rdata(TALLOC_CTX *mem, const char **names, struct apex_server **servers, size_t *count)
{
	size_t total = 0;
	while (names[total] != NULL)
		total++;
	*servers = talloc_zero_array(mem, struct apex_server, total);
	*count = total;
	for (size_t i = 0; i < total; i++) {
		(*servers)[i].rdata = talloc_array(mem, uint8_t, NAME_WIRE_MAX);
		TRY(name_to_wire(names[i], (*servers)[i].rdata, &(*servers)[i].size));
	}
	return NULL;
}

/* True when the apex NS records are already exactly the configured ones: they keep their places. */
static bool
apex_is_right(const struct zone_text *text, struct apex_server *servers, size_t count)
{
	size_t found = 0;
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		if (!is_apex_ns(record))
			continue;
		size_t s = 0;
		while (s < count &&
		       (servers[s].is_there || servers[s].size != record->rdata_size ||
			memcmp(servers[s].rdata, record->rdata, record->rdata_size) != 0))
			s++;
		if (s == count || record->ttl >= 0 || record->is_disabled)
			return false;
		servers[s].is_there = true;
		found++;
	}
	return found == count;
}

/* The apex group: by its tag, or by the comment we gave it (zone text shows no tags); made if need
 * be. A comment that somebody wrote stays. */
static int
apex_group(struct zone_text *text)
{
	const char *comment = talloc_asprintf(text,
					      "Apex of %s\n"
					      "Kept by DMS from the central configuration.\n",
					      text->zone);
	for (size_t i = 0; i < text->group_count; i++) {
		struct zone_text_group *group = &text->groups[i];
		bool is_tagged = group->tag != NULL && strcmp(group->tag, APEX_TAG) == 0;
		if (!is_tagged && comment_compare(group->comment, comment) != 0)
			continue;
		group->tag = APEX_TAG;
		if (comment_compare(group->comment, NULL) == 0)
			group->comment = comment;
		return (int)i;
	}
	return zone_text_add_group(text, comment, APEX_TAG);
}

/* A configured server's record: with what was said of it when it was there before. */
static struct zone_text_record
server_record(const struct apex_server *server, int group, const struct zone_text_record *old,
	      size_t old_count)
{
	struct zone_text_record record = {.label = "@",
					  .type = RR_NS,
					  .ttl = -1,
					  .rdata = server->rdata,
					  .rdata_size = server->size,
					  .group = group};
	for (size_t i = 0; i < old_count; i++) {
		if (!is_apex_ns(&old[i]) || old[i].rdata_size != server->size ||
		    memcmp(old[i].rdata, server->rdata, server->size) != 0)
			continue;
		record.comment = old[i].comment;
		record.remark = old[i].remark;
		record.tail = old[i].tail;
		break;
	}
	return record;
}

/* Plain comments before NS records that go, which may be about more than that record, go over to
 * the first NS that has none. */
static void
keep_remarks(struct zone_text *text, size_t count, const struct zone_text_record *old,
	     size_t old_count)
{
	for (size_t i = 0; i < old_count; i++) {
		bool is_kept = !is_apex_ns(&old[i]) || old[i].remark == NULL;
		for (size_t s = 0; s < count && !is_kept; s++)
			is_kept = text->records[s].remark != NULL &&
				  strcmp(text->records[s].remark, old[i].remark) == 0;
		for (size_t s = 0; s < count && !is_kept; s++) {
			is_kept = text->records[s].remark == NULL;
			if (is_kept)
				text->records[s].remark = talloc_strdup(text, old[i].remark);
		}
	}
}

/* Drops the apex NS records and puts the configured ones first. */
static void
replace_apex(struct zone_text *text, const struct apex_server *servers, size_t count, int group)
{
	struct zone_text_record *old = text->records;
	size_t old_count = text->record_count;
	text->records = NULL;
	text->record_count = text->record_capacity = 0;
	for (size_t i = 0; i < count; i++) {
		struct zone_text_record record = server_record(&servers[i], group, old, old_count);
		zone_text_add(text, &record);
	}
	keep_remarks(text, count, old, old_count);
	for (size_t i = 0; i < old_count; i++)
		if (!is_apex_ns(&old[i]))
			zone_text_add(text, &old[i]);
	talloc_free(old);
}

dms_error *
instance_apply_apex(struct db *db, const struct zone *zone, struct zone_text *text)
{
	TALLOC_CTX *mem = talloc_new(text);
	struct apex_defaults defaults;
	struct apex_server *servers = NULL;
	const char **names = NULL;
	size_t count = 0;
	dms_error *error = NULL;
	TRY_GOTO(defaults_load(db, mem, zone->sg_id, &defaults), out);
	TRY_GOTO(fill_soa(zone, text, &defaults), out);
	if (!zone->use_apex_ns && text->record_count > 0)
		goto out;
	TRY_GOTO(config_apex_ns(db, mem, zone->sg_id, &names), out);
	TRY_GOTO(servers_to_rdata(mem, names, &servers, &count), out);
	/* With none configured the zone keeps what it has. */
	if (count == 0)
		log_at(LOG_CRIT, "no apex NS are configured for the zone's group",
		       F_STR("zone", zone->name), F_STR("sg_name", zone->sg_name));
	if (count > 0) {
		bool is_right = apex_is_right(text, servers, count);
		int group = apex_group(text);
		if (!is_right)
			replace_apex(text, servers, count, group);
		for (size_t i = 0; i < text->record_count; i++)
			if (is_apex_ns(&text->records[i]))
				text->records[i].group = group;
	}
out:
	talloc_free(mem);
	return error;
}
