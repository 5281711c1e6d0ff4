/* What the agent asks of its name server, whatever kind it is. One driver a kind, one folder each.
 *
 * All calls come from the applier thread and may block. "The target" is what the server should be:
 * everything is rendered from it. Errors that say the server cannot be reached just now
 * (driver_is_away) end a run, which is tried again; any other error concerns the one zone.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/config.h"
#include "base/error.h"
#include "proto/config.pb-c.h"
#include "zones.h"

struct driver_target {
	const char *sg, *role;         /* role: "master", "slave", "replica" */
	const Dms__Settings *settings; /* borrowed until the next target */
};

struct driver_status {
	int64_t zone_count; /* all the server has, its own included */
	char boot[64];      /* changes when the server has been restarted */
};

struct driver {
	const struct driver_ops *ops;
};

struct driver_ops {
	const char *server_type; /* "bind9" */
	dms_error *(*open)(TALLOC_CTX *mem, const struct dms_config *config,
			   struct driver **driver);
	/* From now on render from this. Touches nothing. */
	void (*set_target)(struct driver *driver, const struct driver_target *target);
	/* Digest of what the server would be told of the zone; 0 never. */
	dms_error *(*zone_digest)(struct driver *driver, const char *zone,
				  const struct zone_class *class, uint64_t *digest);

	/* Renders the settings into a staging area, begins an empty list of zones to check. */
	dms_error *(*stage)(struct driver *driver);
	dms_error *(*stage_zone)(struct driver *driver, const char *zone,
				 const struct zone_class *class);
	/* The server's own checker over everything staged. DMS_E_CONFIG_REJECTED with its words. */
	dms_error *(*check)(struct driver *driver);
	/* Switches to the staged settings and tells the server, both only when they differ from
	 * what it has. When the server refuses them it gets the former ones back:
	 * DMS_E_CONFIG_REJECTED. */
	dms_error *(*apply_settings)(struct driver *driver);

	dms_error *(*has_zone)(struct driver *driver, const char *zone, bool *has);
	/* A primary zone's content must be there (write_content). One that is there already is
	 * changed. */
	dms_error *(*add_zone)(struct driver *driver, const char *zone,
			       const struct zone_class *class);
	dms_error *(*modify_zone)(struct driver *driver, const char *zone,
				  const struct zone_class *class);
	/* With its files; an unknown one is fine. */
	dms_error *(*remove_zone)(struct driver *driver, const char *zone);
	bool (*has_content)(struct driver *driver, const char *zone);
	/* Lays down a primary zone's content that the server does not have open. */
	dms_error *(*write_content)(struct driver *driver, const char *zone, const uint8_t *content,
				    size_t size);
	/* Replaces the content of a primary zone the server is serving, in one step for its
	 * clients. The server may find out later that it cannot load it: the former content is kept
	 * until the caller has seen what is served and calls finish_content. */
	dms_error *(*replace_content)(struct driver *driver, const char *zone,
				      const uint8_t *content, size_t size);
	/* Whether the content that replace_content laid down last still lies there: a server may
	 * put in its place what it was still writing out. */
	bool (*keeps_content)(struct driver *driver, const char *zone);
	/* Good: the former content goes. Not good: it comes back, and is what the server still
	 * serves. */
	void (*finish_content)(struct driver *driver, const char *zone, bool is_good);
	/* Ends what a replace_content that was cut short may have left behind; never fails for
	 * good. */
	dms_error *(*resume_zone)(struct driver *driver, const char *zone);
	/* Asked over DNS, once. */
	dms_error *(*zone_serial)(struct driver *driver, const char *zone, bool *is_served,
				  uint32_t *serial);
	dms_error *(*status)(struct driver *driver, struct driver_status *status);
};

/* The driver of that server type, or NULL. */
const struct driver_ops *driver_find(const char *server_type);
/* The server cannot be talked to just now: nothing was refused. */
static inline bool
driver_is_away(const dms_error *error)
{
	return error->id == DMS_E_DNS_UNREACHABLE || error->id == DMS_E_DNS_TIMEOUT ||
	       error->id == DMS_E_DNS_BAD_ANSWER || error->id == DMS_E_TSIG ||
	       error->id == DMS_E_STOPPING;
}

extern const struct driver_ops bind9_driver;
