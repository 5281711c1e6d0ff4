/* Content of primary zones that goes by file. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "bind9.h"
#include "zonefile.h"

static char *
path_of(struct driver *driver, TALLOC_CTX *mem, const char *zone)
{
	return zone_file_path(mem, ((struct bind9 *)driver)->config->named_zone_dir, zone);
}

bool
bind9_has_content(struct driver *driver, const char *zone)
{
	char *path = path_of(driver, NULL, zone);
	bool has = access(path, F_OK) == 0;
	talloc_free(path);
	return has;
}

dms_error *
bind9_write_content(struct driver *driver, const char *zone, const uint8_t *content, size_t size)
{
	char *path = path_of(driver, NULL, zone);
	dms_error *error = zone_file_write(path, content, size);
	talloc_free(path);
	return error;
}

/* `verb "zone"`; a refusal whose word is `fine` counts as done. */
static dms_error *
tell(struct driver *driver, const char *verb, const char *zone, const char *fine)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct control_answer answer;
	dms_error *error = control_ask(((struct bind9 *)driver)->control, mem,
				       talloc_asprintf(mem, "%s \"%s\"", verb, zone), &answer);
	if (error == NULL && answer.result != 0 && strcmp(answer.error, fine) != 0)
		error = dms_error_new(DMS_E_CONTROL, "%s %s: %s%s%s", verb, zone, answer.error,
				      answer.text[0] != '\0' ? ": " : "", answer.text);
	talloc_free(mem);
	return error;
}

dms_error *
bind9_resume_zone(struct driver *driver, const char *zone)
{
	dms_error *error = tell(driver, "thaw", zone, "not frozen");
	if (error != NULL && !driver_is_away(error)) {
		/* Not a dynamic zone, or no such zone: nothing was frozen. */
		dms_error_free(error);
		return NULL;
	}
	return error;
}

/* With the zone frozen: the new content, or, when BIND does not load it, the old one again. */
static dms_error *
exchange_file(struct driver *driver, const char *zone, const char *path, const uint8_t *content,
	      size_t size)
{
	char *old = talloc_asprintf(NULL, "%s.old", path);
	unlink(old);
	dms_error *error;
	if (link(path, old) != 0 && errno != ENOENT) {
		error = dms_error_new(DMS_E_FILE, "%s: link: %s", old, strerror(errno));
		goto thaw;
	}
	TRY_GOTO(zone_file_write(path, content, size), thaw);
	error = tell(driver, "thaw", zone, "");
	if (error != NULL && error->id == DMS_E_CONTROL && rename(old, path) == 0)
		goto thaw;
	unlink(old);
	talloc_free(old);
	return error;
thaw:
	dms_error_free(tell(driver, "thaw", zone, ""));
	talloc_free(old);
	return error;
}

dms_error *
bind9_replace_content(struct driver *driver, const char *zone, const uint8_t *content, size_t size)
{
	TRY(tell(driver, "freeze", zone, "already frozen"));
	char *path = path_of(driver, NULL, zone);
	dms_error *error = exchange_file(driver, zone, path, content, size);
	talloc_free(path);
	return error;
}
