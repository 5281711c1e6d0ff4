/* Where zones lie on disk. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/error.h"

/* "<dir>/3f/example.org.zone". The two hex digits spread many zones over 256 folders. Octets other
 * than a-z 0-9 - _ . are written =XX, so "0/25.2.0.192.in-addr.arpa." can be read back; a name
 * whose file name would be too long ends in "==" and its digest instead. */
char *zone_file_path(TALLOC_CTX *mem, const char *dir, const char *zone);
/* Replaces the file whole, makes its folder, and removes the journal that belonged to the old
 * content. DMS_E_FILE. */
dms_error *zone_file_write(const char *path, const uint8_t *content, size_t size);
/* Makes the folder the file will be in. */
dms_error *zone_file_make_dir(const char *path);
/* Removes the file and its journal; absent ones are fine. */
void zone_file_remove(const char *path);
/* mkdir -p with exactly this mode, whatever the umask; a set-group-id bit inherited from the parent
 * stays, so that agent and name server can share the folder by group. */
dms_error *folder_make(const char *path, unsigned mode);
