/* One zone: from what the server has to what it should have. */
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "base/log.h"
#include "base/time.h"
#include "dns/serial.h"

#define SERVED_WITHIN_US (5 * (int64_t)1000000)
#define OCTETS_PER_US    1   /* a loading server is given so much longer for large content */
#define FIRST_LOOK_MS    300 /* only where a NOTIFY was lost */
#define LONGEST_LOOK_MS  5000

static bool
is_primary(const struct applier *applier)
{
	return strcmp(applier->state->role, "master") == 0;
}

/* Until the server answers with the serial or a later one. It is asked at once, then when its
 * NOTIFY says that it has loaded the zone; the wait's own end is for a NOTIFY that was lost.
 * `*is_lost` (may be NULL): it has loaded its former content, which it had put in the new one's
 * place. */
static dms_error *
wait_served(struct applier *applier, const struct wanted_zone *zone, uint32_t *serial,
	    bool *is_lost)
{
	const struct driver_ops *ops = applier->driver->ops;
	int64_t size_us = (int64_t)zone->content_size / OCTETS_PER_US;
	int64_t deadline_us = monotonic_us() + SERVED_WITHIN_US + size_us;
	bool is_served = false, is_loaded = false;
	for (int ms = FIRST_LOOK_MS;; ms = ms < LONGEST_LOOK_MS / 2 ? ms * 2 : LONGEST_LOOK_MS) {
		TRY(ops->zone_serial(applier->driver, zone->name, &is_served, serial));
		if (is_served && !serial_lt(*serial, zone->content_serial))
			return NULL;
		if (*applier->stopping)
			return dms_error_new(DMS_E_STOPPING, "stopping");
		bool is_over = monotonic_us() > deadline_us;
		if (is_lost != NULL && (is_loaded || is_over))
			*is_lost = !ops->keeps_content(applier->driver, zone->name);
		if (is_over || (is_lost != NULL && *is_lost))
			break;
		is_loaded = arrivals_wait(applier->arrivals, ms);
	}
	if (!is_served)
		return dms_error_new(DMS_E_CONTROL, "%s is not served after its content was loaded",
				     zone->name);
	return dms_error_new(DMS_E_CONTROL, "%s is served with serial %u, not %u", zone->name,
			     *serial, zone->content_serial);
}

/* Once: `*is_lost` when the server put its former content in the new one's place and loaded that.
 */
static dms_error *
exchange_content(struct applier *applier, const struct wanted_zone *zone, bool *is_lost)
{
	struct driver *driver = applier->driver;
	uint32_t serial;
	*is_lost = false;
	arrivals_expect(applier->arrivals, zone->name);
	TRY(driver->ops->replace_content(driver, zone->name, zone->content, zone->content_size));
	dms_error *error = wait_served(applier, zone, &serial, is_lost);
	if (error == NULL || !driver_is_away(error))
		driver->ops->finish_content(driver, zone->name, error == NULL || *is_lost);
	return error;
}

/* New content for a zone that is served; when it does not come to be served the old one stays. A
 * large zone is written out by the server for a while; after that it has nothing left to write. */
static dms_error *
replace_content(struct applier *applier, const struct wanted_zone *zone)
{
	bool is_lost = false;
	dms_error *error = exchange_content(applier, zone, &is_lost);
	if (!is_lost)
		return error;
	log_notice("the server wrote its former content over the new one",
		   F_STR("zone", zone->name));
	dms_error_free(error);
	return exchange_content(applier, zone, &is_lost);
}

/* The server may have the zone already: from a run that was cut short, or before this agent's state
 * began. Content it already has, or has gone beyond by updates, is left alone. */
static dms_error *
adopt_primary(struct applier *applier, const struct wanted_zone *zone)
{
	struct driver *driver = applier->driver;
	bool is_served = false;
	uint32_t serial = 0;
	TRY(driver->ops->resume_zone(driver, zone->name));
	TRY(driver->ops->modify_zone(driver, zone->name, zone->class));
	TRY(driver->ops->zone_serial(driver, zone->name, &is_served, &serial));
	if (zone->content == NULL)
		return NULL;
	if (!is_served || serial_lt(serial, zone->content_serial))
		return replace_content(applier, zone);
	driver->ops->finish_content(driver, zone->name, true);
	return NULL;
}

static dms_error *
add_primary(struct applier *applier, const struct wanted_zone *zone)
{
	struct driver *driver = applier->driver;
	bool has_file = driver->ops->has_content(driver, zone->name), has_zone = false;
	/* Never write over the file of a zone that is open. */
	if (has_file)
		TRY(driver->ops->has_zone(driver, zone->name, &has_zone));
	if (has_zone)
		return adopt_primary(applier, zone);
	if (zone->content != NULL)
		TRY(driver->ops->write_content(driver, zone->name, zone->content,
					       zone->content_size));
	else if (!has_file)
		return dms_error_new(DMS_E_FILE, "%s: no content came with it and none is here",
				     zone->name);
	arrivals_expect(applier->arrivals, zone->name);
	return driver->ops->add_zone(driver, zone->name, zone->class);
}

/* A zone that is there and known. */
static dms_error *
change_zone(struct applier *applier, const struct wanted_zone *zone, const struct zone_entry *entry)
{
	struct driver *driver = applier->driver;
	if (entry->digest != zone->digest)
		TRY(driver->ops->modify_zone(driver, zone->name, zone->class));
	if (zone->content != NULL && zone->content_generation > entry->content_generation)
		TRY(replace_content(applier, zone));
	return NULL;
}

/* A server that has signed a zone goes on with its keys and signatures whatever its definition says
 * afterwards: the zone is taken away and comes back with its new content. The slaves serve on. */
static bool
stops_signing(const struct applier *applier, const struct wanted_zone *zone,
	      const struct zone_entry *before)
{
	return is_primary(applier) && before->class->auto_dnssec && !zone->class->auto_dnssec &&
	       zone->content != NULL;
}

/* `before` is the entry as it was before this run touched it; NULL: none. */
static dms_error *
make_so(struct applier *applier, const struct wanted_zone *zone, const struct zone_entry *before,
	bool *is_added)
{
	struct driver *driver = applier->driver;
	bool is_other = before != NULL && before->zone_id != 0 &&
			(before->zone_id != zone->zone_id || stops_signing(applier, zone, before));
	if (zone->is_removal || is_other)
		TRY(driver->ops->remove_zone(driver, zone->name));
	if (zone->is_removal)
		return NULL;
	*is_added = before == NULL || is_other || before->digest == 0;
	if (!*is_added)
		return change_zone(applier, zone, before);
	if (is_primary(applier))
		return add_primary(applier, zone);
	return driver->ops->add_zone(driver, zone->name, zone->class);
}

static void
note(struct applier *applier, const struct wanted_zone *zone, bool is_added, uint32_t serial,
     struct applied *applied)
{
	if (zone->is_removal) {
		state_zone_removed(applier->state, zone->name);
		return;
	}
	state_zone_settled(applier->state, zone->name, zone->zone_id, zone->class, zone->digest,
			   zone->content_generation);
	zones_find(applier->state->zones, zone->name)->mark = applier->run;
	if (is_added || serial != 0)
		applied_news(applied, zone->name, serial, NULL);
}

dms_error *
apply_zone(struct applier *applier, const struct wanted_zone *zone, const struct zone_entry *before,
	   struct applied *applied)
{
	bool is_added = false;
	uint32_t serial = 0;
	dms_error *error = make_so(applier, zone, before, &is_added);
	if (error == NULL && zone->content != NULL && !zone->is_removal)
		error = wait_served(applier, zone, &serial, NULL);
	if (error == NULL) {
		note(applier, zone, is_added, serial, applied);
		return NULL;
	}
	if (driver_is_away(error))
		return error;
	log_failure(LOG_ERR, "zone refused", error, F_STR("zone", zone->name));
	applied_news(applied, zone->name, 0, error->message);
	dms_error_free(error);
	return NULL;
}
