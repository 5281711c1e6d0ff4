/* Inside of the BIND 9 driver: what its files share. */
#pragma once

#include <sys/stat.h>

#include <stdio.h>

#include "../driver.h"
#include "ask.h"
#include "control.h"
#include "render.h"
#include "settings.h"

/* A reconfig with a hundred thousand zones takes four seconds, on a busy host more. */
#define CONTROL_TIMEOUT_MS 120000

struct bind9 {
	struct driver driver; /* first */
	const struct dms_config *config;
	struct control *control;
	struct asker *asker;
	struct renderer renderer;
	struct settings_set *staged; /* NULL: nothing staged */
	FILE *staged_zones;
	struct stat laid; /* of the file that replaced a zone's content last */
};

/* stage.c */
dms_error *bind9_stage(struct driver *driver);
dms_error *bind9_check(struct driver *driver);
dms_error *bind9_apply_settings(struct driver *driver);
/* content.c */
bool bind9_has_content(struct driver *driver, const char *zone);
dms_error *bind9_write_content(struct driver *driver, const char *zone, const uint8_t *content,
			       size_t size);
dms_error *bind9_replace_content(struct driver *driver, const char *zone, const uint8_t *content,
				 size_t size);
bool bind9_keeps_content(struct driver *driver, const char *zone);
void bind9_finish_content(struct driver *driver, const char *zone, bool is_good);
dms_error *bind9_resume_zone(struct driver *driver, const char *zone);
