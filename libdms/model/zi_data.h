/* Reading ZI data: what its two halves share. Private to the model. */
#pragma once

#include "model/instance.h"

enum key_use { KEY_UNKNOWN, KEY_TAKEN, KEY_IGNORED };

/* A TTL as text in BIND syntax, or as a plain number. */
dms_error *zi_ttl(const json_t *value, uint32_t *ttl);
/* The record groups, of a zone or of an update; wrong records become findings. */
dms_error *zi_groups_parse(struct zone_text *text, const json_t *groups, bool is_update,
			   struct findings *findings);
