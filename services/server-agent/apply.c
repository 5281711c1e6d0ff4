/* The part of a run in which the zones become what they should be, batch by batch. */
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "base/log.h"
#include "base/time.h"
#include "run.h"

#define BATCH_CONTENT_MAX ((size_t)16 << 20) /* octets of content held for one batch */

static dms_error *
flush(struct run *run)
{
	struct state *state = run->applier->state;
	struct zone_entry *before = talloc_array(run->batch_mem, struct zone_entry, BATCH_MAX);
	bool was_there[BATCH_MAX];
	dms_error *error = NULL;
	for (size_t i = 0; i < run->batch_count; i++) {
		struct wanted_zone *zone = &run->batch[i];
		struct zone_entry *entry = zones_find(state->zones, zone->name);
		was_there[i] = entry != NULL;
		if (entry != NULL)
			before[i] = *entry;
		state_zone_begin(state, zone->name, zone->class);
	}
	TRY(state_sync(state));
	FAULT_TRY(ZONES, run->pull->role);
	for (size_t i = 0; i < run->batch_count && error == NULL; i++)
		error = apply_zone(run->applier, &run->batch[i], was_there[i] ? &before[i] : NULL,
				   run->applied);
	run->batch_count = run->batch_content = 0;
	talloc_free_children(run->batch_mem);
	if (error == NULL && *run->applier->stopping)
		error = dms_error_new(DMS_E_STOPPING, "stopping during an apply");
	return error;
}

/* What was said of the zone before must be done before more is made of it. */
static dms_error *
settle(struct run *run, const char *name)
{
	for (size_t i = 0; i < run->batch_count; i++) {
		if (strcmp(run->batch[i].name, name) == 0)
			return flush(run);
	}
	return NULL;
}

static dms_error *
batch_add(struct run *run, const struct wanted_zone *zone)
{
	if (run->batch_count == BATCH_MAX || run->batch_content > BATCH_CONTENT_MAX)
		TRY(flush(run));
	struct wanted_zone *copy = &run->batch[run->batch_count++];
	*copy = *zone;
	copy->name = talloc_strdup(run->batch_mem, zone->name);
	if (zone->content != NULL)
		copy->content = talloc_memdup(run->batch_mem, zone->content, zone->content_size);
	run->batch_content += zone->content != NULL ? zone->content_size : 0;
	return NULL;
}

static dms_error *
do_removal(struct run *run, const char *name)
{
	TRY(settle(run, name));
	const struct zone_entry *entry = zones_find(run->applier->state->zones, name);
	if (entry == NULL)
		return NULL;
	struct wanted_zone zone = {.name = name, .class = entry->class, .is_removal = true};
	return batch_add(run, &zone);
}

static dms_error *
do_item(void *arg, const Dms__ConfigItem *item)
{
	struct run *run = arg;
	struct state *state = run->applier->state;
	struct wanted_zone zone = {0};
	if (item->item_case == DMS__CONFIG_ITEM__ITEM_ZONE_REMOVED)
		return do_removal(run, item->zone_removed);
	if (item->item_case != DMS__CONFIG_ITEM__ITEM_ZONE)
		return NULL;
	TRY(run_read_zone(run, item->zone, &zone));
	TRY(settle(run, zone.name));
	const struct zone_entry *entry = zones_find(state->zones, zone.name);
	if (entry != NULL && entry->zone_id == zone.zone_id &&
	    zone.content_generation < entry->content_generation)
		zone.content_generation = entry->content_generation;
	if (entry == NULL || run_needs_work(&zone, entry))
		return batch_add(run, &zone);
	if (entry->class != zone.class)
		state_zone_settled(state, zone.name, zone.zone_id, zone.class, zone.digest,
				   zone.content_generation);
	return NULL;
}

/* A snapshot names all there is: what it does not name goes. */
static dms_error *
do_removals(struct run *run, const char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		TRY(do_removal(run, names[i]));
	return flush(run);
}

/* After new settings: zones that the pull did not name and whose clause has changed. */
static dms_error *
do_others(struct run *run, const char **names, size_t count)
{
	struct applier *applier = run->applier;
	for (size_t i = 0; i < count; i++) {
		const struct zone_entry *e = zones_find(applier->state->zones, names[i]);
		struct wanted_zone zone = {.name = names[i]};
		if (e == NULL)
			continue;
		zone.class = e->class;
		zone.zone_id = e->zone_id;
		zone.content_generation = e->content_generation;
		TRY(ops_of(run)->zone_digest(applier->driver, e->name, e->class, &zone.digest));
		if (zone.digest != e->digest)
			TRY(batch_add(run, &zone));
	}
	return flush(run);
}

static dms_error *
carry_out(struct run *run, const char **rest, size_t rest_count)
{
	struct state *state = run->applier->state;
	bool is_snapshot = run->pull->kind == DMS__PULL_REPLY__KIND__SNAPSHOT;
	FAULT_TRY(PLANNED, run->pull->role);
	/* From here on the server runs with the new settings, whether or not all zones are done. */
	bool is_same =
	    strcmp(state->sg, run->pull->sg) == 0 && strcmp(state->role, run->pull->role) == 0;
	if (!is_same || run->settings != NULL)
		state_generation(state, run->pull->sg, run->pull->role,
				 is_same ? state->generation : 0, run->packed, run->packed_size);
	if (is_snapshot)
		TRY(do_removals(run, rest, rest_count));
	TRY(pull_items(run->pull, do_item, run));
	TRY(flush(run));
	if (!is_snapshot && run->settings != NULL)
		TRY(do_others(run, rest, rest_count));
	FAULT_TRY(APPLIED, run->pull->role);
	state_generation(state, run->pull->sg, run->pull->role, run->pull->generation, NULL, 0);
	return state_sync(state);
}

/* The driver renders from what the state says; `settings` (stolen) replace the former ones. */
static void
adopt(struct applier *applier, Dms__Settings *settings)
{
	if (settings != NULL && applier->settings != NULL)
		dms__settings__free_unpacked(applier->settings, NULL);
	if (settings != NULL)
		applier->settings = settings;
	struct driver_target target = {applier->state->sg, applier->state->role, applier->settings};
	applier->driver->ops->set_target(applier->driver, &target);
}

/* Refused as it is: the same bytes will be refused again. */
static bool
is_rejection(const dms_error *error)
{
	return error->id == DMS_E_CONFIG_REJECTED || error->id == DMS_E_TEMPLATE ||
	       error->id == DMS_E_FORMAT || error->id == DMS_E_INVALID_DOMAIN_NAME;
}

static dms_error *
run_generation(struct applier *applier, const struct pull *pull, struct applied *applied)
{
	FAULT_TRY(FETCHED, pull->role);
	struct run *run = talloc_zero(NULL, struct run);
	run->applier = applier;
	run->pull = pull;
	run->applied = applied;
	run->mem = talloc_new(run);
	run->batch_mem = talloc_new(run);
	const char **rest;
	size_t rest_count;
	int64_t begun_us = monotonic_us();
	dms_error *error = run_plan(run, &rest, &rest_count);
	bool is_planned = error == NULL;
	if (is_planned)
		error = carry_out(run, rest, rest_count);
	adopt(applier, is_planned ? run->settings : NULL);
	if (!is_planned && run->settings != NULL)
		dms__settings__free_unpacked(run->settings, NULL);
	if (!is_planned && is_rejection(error)) {
		log_failure(LOG_ERR, "configuration rejected; the last good one stays", error,
			    F_INT("generation", pull->generation));
		applied->rejected_generation = pull->generation;
		applied->rejected_sg = talloc_strdup(applied, pull->sg);
		applied->reason = talloc_strdup(applied, error->message);
		dms_error_free(error);
		error = NULL;
	} else if (error == NULL) {
		applied->has_news = true;
		log_info("configuration applied", F_INT("generation", pull->generation),
			 F_STR("sg", pull->sg), F_STR("role", pull->role),
			 F_INT("zones", (int64_t)zones_count(applier->state->zones)),
			 F_INT("changes", (int64_t)run->changes), F_MS("ms", elapsed_ms(begun_us)));
	}
	talloc_free(run);
	return error;
}

struct applied *
applier_pull(struct applier *applier)
{
	struct applied *applied = applied_new();
	struct state *state = applier->state;
	struct pull *pull = NULL;
	bool from_nothing = applier->wants_snapshot;
	dms_error *error =
	    pull_fetch(applier->bus, applied, applier->config->server_name,
		       from_nothing ? 0 : state->generation, state->sg, applier->stopping, &pull);
	if (error == NULL && pull->kind == DMS__PULL_REPLY__KIND__REFUSED) {
		applied->is_refused = true;
		applied->reason = talloc_strdup(applied, pull->reason);
	} else if (error == NULL && pull->kind != DMS__PULL_REPLY__KIND__UP_TO_DATE) {
		error = run_generation(applier, pull, applied);
	}
	if (error == NULL && from_nothing)
		applier->wants_snapshot = false;
	talloc_free(pull);
	return applied_finish(applier, applied, error);
}
