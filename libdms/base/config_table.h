/* The key table as data, for the parser and the printed help; private to this room. */
#pragma once

#include <stddef.h>

#include "base/config.h"

enum config_type {
	TYPE_string,
	TYPE_path,
	TYPE_integer,
	TYPE_milliseconds,
	TYPE_bytes,
	TYPE_boolean,
};

struct config_key {
	const char *name;
	const char *default_text;
	int64_t min, max; /* 0, 0: unbounded */
	const char *help;
	size_t offset; /* of the value in struct dms_config */
	unsigned programs;
	enum config_type type;
};

extern const struct config_key config_keys[];
extern const int config_key_count;

/* Index of a key; -1 when there is none. */
int config_key_find(const char *name);
/* The program called `name`; 0 when there is none. */
unsigned config_program_find(const char *name);
/* Turns text into the value at `slot`. `folder` is what relative paths are relative to. The error's
 * message says only what is wrong with the value. */
dms_error *config_parse_value(TALLOC_CTX *mem, const struct config_key *key, const char *text,
			      const char *folder, void *slot);
