/* The files that the site's named.conf includes: options.conf and global.conf in named_config_dir.
 *
 * Both are symbolic links through "current", which points to one folder under sets/ named after the
 * digest of its content. So both change in one rename, nobody ever sees half of a switch, and going
 * back is the same rename. A file "untold" in state_dir says that BIND has not yet confirmed what
 * "current" points to.
 */
#pragma once

#include <stdbool.h>
#include <talloc.h>

#include "base/config.h"
#include "base/error.h"

struct settings_set {
	char *name;    /* digest in hex */
	char *options; /* text */
	char *global;
};

/* On `mem`. */
struct settings_set *settings_set_new(TALLOC_CTX *mem, const char *options, const char *global);
/* Writes the set's folder (0640 files: they hold keys). Not yet live. */
dms_error *settings_write(const struct dms_config *config, const struct settings_set *set);
/* "<named_config_dir>/sets/<name>/<file>". */
char *settings_path(TALLOC_CTX *mem, const struct dms_config *config, const char *set_name,
		    const char *file);
/* Name of the set that is live, "" when none. */
char *settings_current(TALLOC_CTX *mem, const struct dms_config *config);
/* Makes the set live: one rename. */
dms_error *settings_switch(const struct dms_config *config, const char *set_name);
/* Removes the sets that are neither of the two. */
void settings_sweep(const struct dms_config *config, const char *keep, const char *keep_too);

bool settings_untold(const struct dms_config *config);
dms_error *settings_set_untold(const struct dms_config *config, bool untold);

/* Folders, links, and, when there is nothing yet, a first set with which BIND starts: no zones,
 * none served, ready for the first pull. */
dms_error *settings_prepare(const struct dms_config *config);
