/* File names and files of zones. */
#include "zonefile.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

#define STEM_MAX  200 /* octets; leaves room for ".zone.jnl" and temporary suffixes in 255 */
#define STEM_KEPT 120 /* of a longer one, before the digest */
#define FILE_MODE 0660
#define DIR_MODE  0770 /* the name server writes journals beside the files */

static char *
encode(TALLOC_CTX *mem, const char *zone)
{
	size_t size = strlen(zone);
	if (size > 1 && zone[size - 1] == '.')
		size--;
	char *stem = talloc_array(mem, char, size * 3 + 1), *to = stem;
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)zone[i];
		if (islower(c) || isdigit(c) || c == '-' || c == '_' || (c == '.' && i > 0))
			*to++ = (char)c;
		else
			to += sprintf(to, "=%02x", c);
	}
	*to = '\0';
	return stem;
}

char *
zone_file_path(TALLOC_CTX *mem, const char *dir, const char *zone)
{
	uint8_t digest[32];
	sha256(zone, strlen(zone), digest);
	char *stem = encode(mem, zone);
	if (strlen(stem) > STEM_MAX) {
		char *hex = hex_encode(stem, digest, sizeof(digest));
		char *cut = talloc_asprintf(mem, "%.*s==%s", STEM_KEPT, stem, hex);
		talloc_free(stem);
		stem = cut;
	}
	char *path = talloc_asprintf(mem, "%s/%02x/%s.zone", dir, digest[0], stem);
	talloc_free(stem);
	return path;
}

dms_error *
folder_make(const char *path, unsigned mode)
{
	struct stat status;
	if (access(path, F_OK) == 0)
		return NULL;
	TRY(dir_make(path, mode));
	if (stat(path, &status) != 0 || chmod(path, (status.st_mode & S_ISGID) | mode) != 0)
		return dms_error_new(DMS_E_FILE, "%s: chmod: %s", path, strerror(errno));
	return NULL;
}

dms_error *
zone_file_make_dir(const char *path)
{
	char *dir = talloc_strndup(NULL, path, (size_t)(strrchr(path, '/') - path));
	dms_error *error = folder_make(dir, DIR_MODE);
	talloc_free(dir);
	return error;
}

static void
remove_journal(const char *path)
{
	char *journal = talloc_asprintf(NULL, "%s.jnl", path);
	unlink(journal);
	talloc_free(journal);
}

dms_error *
zone_file_write(const char *path, const uint8_t *content, size_t size)
{
	TRY(zone_file_make_dir(path));
	TRY(file_write_atomic(path, content, size, FILE_MODE));
	remove_journal(path);
	return NULL;
}

void
zone_file_remove(const char *path)
{
	char *former = talloc_asprintf(NULL, "%s.former", path);
	remove_journal(path);
	unlink(path);
	unlink(former);
	talloc_free(former);
}
