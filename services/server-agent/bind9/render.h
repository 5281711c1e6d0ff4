/* From settings and zones to BIND's words. */
#pragma once

#include <stdint.h>
#include <talloc.h>

#include "../zones.h"
#include "base/config.h"
#include "base/error.h"
#include "proto/config.pb-c.h"

/* What is rendered from; borrowed, must outlive the renderer. */
struct renderer {
	const struct dms_config *config;
	const char *sg, *role;
	const Dms__Settings *settings;
};

#define TEMPLATE_OPTIONS        "options.conf"
#define TEMPLATE_GLOBAL         "global.conf"
#define TEMPLATE_ZONE           "zone.conf"
#define TEMPLATE_ZONE_DNSSEC    "zone-dnssec.conf"    /* of zones with auto_dnssec; optional */
#define TEMPLATE_ZONE_STATIC    "zone-static.conf"    /* of static zones on the master; optional */
#define TEMPLATE_ZONE_SECONDARY "zone-secondary.conf" /* of zones from elsewhere */

/* The named template, filled in. DMS_E_TEMPLATE: it is not there, or names an unknown key. */
dms_error *render_settings(const struct renderer *renderer, TALLOC_CTX *mem,
			   const char *template_name, char **text);
/* What goes between the braces of the zone's clause, on one line, and a digest of it (never 0). */
dms_error *render_zone(const struct renderer *renderer, TALLOC_CTX *mem, const char *zone,
		       const struct zone_class *class, char **stanza, uint64_t *digest);
