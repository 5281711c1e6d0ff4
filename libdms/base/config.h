/* The configuration file: one INI file (default /etc/dms/dms.conf) for all programs of a host.
 *
 * Keys of the section named after the program win over keys of [dms]. Every key that exists is a
 * line of config_keys.def; from it come the struct below, the parser, `--help-config` and the man
 * pages. An unknown key, a key of another program in this program's section, a value of the wrong
 * type or out of range, or a missing file is an error that names file, line, key and value
 * (DMS_E_CONFIG). Relative paths in values are relative to the file's own folder.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <talloc.h>

#include "base/error.h"

/* Which program; a key says who may have it. */
enum program {
	PROGRAM_RPC_GATEWAY = 1 << 0,
	PROGRAM_ZONE_SM = 1 << 1,
	PROGRAM_MASTER_SM = 1 << 2,
	PROGRAM_SERVER_AGENT = 1 << 3,
	PROGRAM_REVERSE_PTR = 1 << 4,
	PROGRAM_ZONE_TOOL = 1 << 5,
	PROGRAM_DMS_DB = 1 << 6,
};

typedef const char *config_string; /* may be empty, never NULL */
typedef const char *config_path;   /* absolute, or empty when unset */
typedef int64_t config_integer;
typedef int64_t config_milliseconds; /* written 250ms, 2s, 5m, 1h, 7d; a bare number is an error */
typedef int64_t config_bytes;        /* written 512, 100k, 4m, 1g (powers of 1024) */
typedef bool config_boolean;         /* true yes on 1 / false no off 0 */

struct dms_config {
	const char *file;         /* as opened; "" when the defaults alone are used */
	const char *program_name; /* "zone-sm" */
	enum program program;
#define CONFIG_KEY(name, type, default_text, min, max, programs, help) config_##type name;
#include "base/config_keys.def"
#undef CONFIG_KEY
};

/* Reads `path`; NULL means: $DMS_CONFIG if set, else /etc/dms/dms.conf, and for that last one a
 * missing file is fine (defaults). Everything in `*config` lives on `mem`. */
dms_error *config_load(TALLOC_CTX *mem, const char *path, enum program program,
		       struct dms_config **config);
/* "zone-sm" for PROGRAM_ZONE_SM. */
const char *program_name(enum program program);
/* The key table of one program as text for a terminal, or as man(7) source. */
void config_help(FILE *out, enum program program);
void config_man(FILE *out, enum program program);
