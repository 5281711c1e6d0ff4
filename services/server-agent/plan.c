/* The part of a run in which nothing of a zone is touched yet. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/name.h"
#include "run.h"

#define BRAKE_FLOOR 100 /* a snapshot that removes more, and more than half, needs a word */

/* The settings of this pull become the target. */
static dms_error *
plan_settings(struct run *run, const Dms__Settings *settings)
{
	struct driver *driver = run->applier->driver;
	if (strcmp(settings->server_type, driver->ops->server_type) != 0)
		return dms_error_new(DMS_E_CONFIG_REJECTED, "this agent drives %s, not \"%s\"",
				     driver->ops->server_type, settings->server_type);
	if (run->settings != NULL)
		return dms_error_new(DMS_E_FORMAT, "settings came twice");
	run->packed_size = dms__settings__get_packed_size(settings);
	run->packed = talloc_size(run->mem, run->packed_size + 1);
	dms__settings__pack(settings, run->packed);
	run->settings = dms__settings__unpack(NULL, run->packed_size, run->packed);
	run->target = (struct driver_target){run->pull->sg, run->pull->role, run->settings};
	driver->ops->set_target(driver, &run->target);
	return driver->ops->stage(driver);
}

/* Zones need settings to be rendered from: those of this pull, or the last ones. */
static dms_error *
plan_begin(struct run *run)
{
	struct applier *applier = run->applier;
	if (run->settings != NULL || run->target.settings != NULL)
		return NULL;
	if (applier->settings == NULL)
		return dms_error_new(DMS_E_FORMAT, "zones came and never any settings");
	run->target = (struct driver_target){run->pull->sg, run->pull->role, applier->settings};
	applier->driver->ops->set_target(applier->driver, &run->target);
	return applier->driver->ops->stage(applier->driver);
}

static struct zone_words
words_of(size_t count, char **items)
{
	return (struct zone_words){count, (const char *const *)items};
}

/* Addresses and names are looked at where they are rendered; here only that they are words. */
static dms_error *
check_words(const Dms__ZoneConfig *config)
{
	const struct zone_words lists[] = {
	    words_of(config->n_sgs, config->sgs),
	    words_of(config->n_primaries, config->primaries),
	    words_of(config->n_allow_transfer, config->allow_transfer),
	};
	for (size_t list = 0; list < sizeof(lists) / sizeof(lists[0]); list++) {
		for (size_t i = 0; i < lists[list].count; i++) {
			if (strchr(lists[list].items[i], '\n') != NULL)
				return dms_error_new(DMS_E_FORMAT,
						     "zone %s came with a line break in a list",
						     config->name);
		}
	}
	return NULL;
}

static const struct zone_class *
class_of(const struct run *run, const Dms__ZoneConfig *config)
{
	struct zone_class facts = {
	    .zone_type = config->zone_type,
	    .auto_dnssec = config->auto_dnssec,
	    .nsec3 = config->nsec3,
	    .sgs = words_of(config->n_sgs, config->sgs),
	    .primaries = words_of(config->n_primaries, config->primaries),
	    .allow_transfer = words_of(config->n_allow_transfer, config->allow_transfer),
	};
	return zones_class(run->applier->state->zones, &facts);
}

dms_error *
run_read_zone(struct run *run, const Dms__ZoneConfig *config, struct wanted_zone *zone)
{
	char *name;
	TRY(zone_name_normalise(run->mem, config->name, &name));
	bool is_same = strcmp(name, config->name) == 0;
	talloc_free(name);
	if (!is_same)
		return dms_error_new(DMS_E_INVALID_DOMAIN_NAME, "zone name %s is not normalised",
				     config->name);
	TRY(check_words(config));
	*zone = (struct wanted_zone){
	    .name = config->name,
	    .zone_id = config->zone_id,
	    .class = class_of(run, config),
	    .content = config->content_serial != 0 ? config->content.data : NULL,
	    .content_size = config->content.len,
	    .content_serial = config->content_serial,
	    .content_generation = config->content_generation,
	};
	return ops_of(run)->zone_digest(run->applier->driver, zone->name, zone->class,
					&zone->digest);
}

bool
run_needs_work(const struct wanted_zone *zone, const struct zone_entry *entry)
{
	return entry == NULL || entry->digest != zone->digest || entry->zone_id != zone->zone_id ||
	       (zone->content != NULL && zone->content_generation > entry->content_generation);
}

static dms_error *
plan_zone(struct run *run, const Dms__ZoneConfig *config)
{
	struct wanted_zone zone = {0};
	TRY(plan_begin(run));
	TRY(run_read_zone(run, config, &zone));
	struct zone_entry *entry = zones_find(run->applier->state->zones, zone.name);
	if (entry != NULL)
		entry->mark = run->applier->run;
	if (!run_needs_work(&zone, entry))
		return NULL;
	run->changes++;
	if (entry != NULL && entry->digest == zone.digest)
		return NULL;
	return ops_of(run)->stage_zone(run->applier->driver, zone.name, zone.class);
}

static dms_error *
plan_item(void *arg, const Dms__ConfigItem *item)
{
	struct run *run = arg;
	switch (item->item_case) {
	case DMS__CONFIG_ITEM__ITEM_SETTINGS:
		return plan_settings(run, item->settings);
	case DMS__CONFIG_ITEM__ITEM_ZONE:
		return plan_zone(run, item->zone);
	case DMS__CONFIG_ITEM__ITEM_ZONE_REMOVED: {
		struct zone_entry *entry =
		    zones_find(run->applier->state->zones, item->zone_removed);
		if (entry != NULL)
			entry->mark = run->applier->run;
		run->changes += entry != NULL;
		return NULL;
	}
	default:
		return NULL; /* from a newer master-sm */
	}
}

/* New settings may change the clause of zones that the pull does not name. */
static dms_error *
plan_others(struct run *run)
{
	struct applier *applier = run->applier;
	if (run->settings == NULL || run->pull->kind != DMS__PULL_REPLY__KIND__DELTA)
		return NULL;
	struct zones *zones = applier->state->zones;
	for (struct zone_entry *e = zones_next(zones, NULL); e != NULL; e = zones_next(zones, e)) {
		uint64_t digest;
		if (e->mark == applier->run)
			continue;
		TRY(ops_of(run)->zone_digest(applier->driver, e->name, e->class, &digest));
		if (digest != e->digest)
			TRY(ops_of(run)->stage_zone(applier->driver, e->name, e->class));
	}
	return NULL;
}

/* A snapshot that would take away most of a server's zones is more likely a mistake than a wish. */
static dms_error *
check_brake(struct run *run, size_t removals)
{
	struct applier *applier = run->applier;
	size_t count = zones_count(applier->state->zones);
	if (removals <= BRAKE_FLOOR || removals * 2 <= count ||
	    strcmp(applier->state->sg, run->pull->sg) != 0)
		return NULL;
	char *path = talloc_asprintf(run->mem, "%s/allow-removal", applier->config->state_dir);
	if (unlink(path) == 0)
		return NULL;
	return dms_error_new(DMS_E_CONFIG_REJECTED,
			     "it would remove %zu of %zu zones at once: create %s if that is meant",
			     removals, count, path);
}

/* Names of the entries that this run has not seen. */
static size_t
unseen(struct run *run, const char ***names)
{
	struct zones *zones = run->applier->state->zones;
	size_t count = 0;
	*names = talloc_array(run->mem, const char *, zones_count(zones) + 1);
	for (struct zone_entry *e = zones_next(zones, NULL); e != NULL; e = zones_next(zones, e)) {
		if (e->mark != run->applier->run)
			(*names)[count++] = talloc_strdup(*names, e->name);
	}
	return count;
}

dms_error *
run_plan(struct run *run, const char ***rest, size_t *rest_count)
{
	struct applier *applier = run->applier;
	applier->run++;
	TRY(pull_items(run->pull, plan_item, run));
	TRY(plan_begin(run));
	TRY(plan_others(run));
	*rest_count = unseen(run, rest);
	if (run->pull->kind == DMS__PULL_REPLY__KIND__SNAPSHOT)
		TRY(check_brake(run, *rest_count));
	TRY(ops_of(run)->check(applier->driver));
	return ops_of(run)->apply_settings(applier->driver);
}
