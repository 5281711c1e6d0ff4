/* Looking for zones that the server should have and has not, and giving them back. */
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "base/log.h"
#include "base/time.h"

#define REPAIR_AGAIN_S    30 /* a zone whose repair failed is left alone for so long */
#define SNAPSHOT_AGAIN_US (60 * (int64_t)1000000)

static uint32_t
now_s(void)
{
	return (uint32_t)(monotonic_us() / 1000000);
}

/* A primary zone whose content is gone from this host: only a snapshot brings it back. */
static void
ask_for_snapshot(struct applier *applier, const char *zone)
{
	int64_t now_us = monotonic_us();
	if (applier->snapshot_asked_us != 0 &&
	    now_us - applier->snapshot_asked_us < SNAPSHOT_AGAIN_US)
		return;
	log_warning("content is missing here: asking for everything", F_STR("zone", zone));
	applier->snapshot_asked_us = now_us;
	applier->wants_snapshot = true;
}

/* Gives the server the zone as the state knows it. */
static dms_error *
give_back(struct applier *applier, struct zone_entry *entry, struct applied *applied)
{
	struct driver *driver = applier->driver;
	const struct zone_entry before = *entry;
	uint64_t digest;
	bool is_primary = strcmp(applier->state->role, "master") == 0;
	entry->retry_s = now_s() + REPAIR_AGAIN_S;
	if (is_primary && !driver->ops->has_content(driver, entry->name)) {
		ask_for_snapshot(applier, entry->name);
		state_zone_begin(applier->state, entry->name, entry->class);
		return NULL;
	}
	TRY(driver->ops->zone_digest(driver, entry->name, entry->class, &digest));
	state_zone_begin(applier->state, entry->name, before.class);
	TRY(state_sync(applier->state));
	TRY(driver->ops->add_zone(driver, entry->name, before.class));
	state_zone_settled(applier->state, entry->name, before.zone_id, before.class, digest,
			   before.content_generation);
	applied_news(applied, entry->name, 0, NULL);
	applied->has_news = true;
	log_notice("a zone that the name server had lost was given back",
		   F_STR("zone", entry->name));
	return NULL;
}

static dms_error *
heal_zone(struct applier *applier, const char *name, struct applied *applied)
{
	struct zone_entry *entry = zones_find(applier->state->zones, name);
	bool has = true;
	if (entry == NULL || (entry->retry_s != 0 && entry->retry_s > now_s()))
		return NULL;
	TRY(applier->driver->ops->has_zone(applier->driver, name, &has));
	if (has)
		return NULL;
	dms_error *error = give_back(applier, entry, applied);
	if (error == NULL || driver_is_away(error))
		return error;
	log_failure(LOG_WARNING, "a lost zone could not be given back", error, F_STR("zone", name));
	applied_news(applied, name, 0, error->message);
	dms_error_free(error);
	return NULL;
}

static dms_error *
heal_all(struct applier *applier, size_t count, const char *const *names, struct applied *applied)
{
	for (size_t i = 0; i < count; i++) {
		if (*applier->stopping)
			return dms_error_new(DMS_E_STOPPING, "stopping during a repair");
		TRY(heal_zone(applier, names[i], applied));
	}
	return state_sync(applier->state);
}

struct applied *
applier_heal(struct applier *applier, size_t count, const char *const *names)
{
	struct applied *applied = applied_new();
	dms_error *error =
	    applier->settings == NULL ? NULL : heal_all(applier, count, names, applied);
	return applied_finish(applier, applied, error);
}

static dms_error *
heal_every_zone(struct applier *applier, struct applied *applied)
{
	struct zones *zones = applier->state->zones;
	const char **names = talloc_array(applied, const char *, zones_count(zones) + 1);
	size_t count = 0;
	for (struct zone_entry *e = zones_next(zones, NULL); e != NULL; e = zones_next(zones, e))
		names[count++] = talloc_strdup(names, e->name);
	dms_error *error = heal_all(applier, count, names, applied);
	talloc_free(names);
	return error;
}

static dms_error *
count_over(struct applier *applier, struct driver_status *status, int64_t *over)
{
	TRY(applier->driver->ops->status(applier->driver, status));
	*over = status->zone_count - (int64_t)zones_count(applier->state->zones);
	return NULL;
}

/* `excess` is by how much the server's count is known to differ rightly: it has zones of its own,
 * and lacks those it refused. */
static dms_error *
inspect(struct applier *applier, struct applied *applied)
{
	struct driver_status status = {0};
	int64_t over;
	TRY(count_over(applier, &status, &over));
	if (applier->boot[0] != '\0' && strcmp(applier->boot, status.boot) != 0)
		log_notice("the name server was restarted", F_INT("zones", status.zone_count));
	memcpy(applier->boot, status.boot, sizeof(applier->boot));
	if (over < applier->excess && applier->settings != NULL) {
		log_warning("the name server has fewer zones than it should",
			    F_INT("zones", status.zone_count),
			    F_INT("expected", (int64_t)zones_count(applier->state->zones)));
		TRY(heal_every_zone(applier, applied));
		TRY(count_over(applier, &status, &over));
	}
	applier->excess = over;
	return NULL;
}

struct applied *
applier_inspect(struct applier *applier)
{
	struct applied *applied = applied_new();
	dms_error *error = inspect(applier, applied);
	return applied_finish(applier, applied, error);
}
