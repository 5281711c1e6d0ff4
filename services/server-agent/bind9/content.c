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

static dms_error *
ask_of(struct driver *driver, TALLOC_CTX *mem, const char *verb, const char *zone,
       struct control_answer *answer)
{
	return control_ask(((struct bind9 *)driver)->control, mem,
			   talloc_asprintf(mem, "%s \"%s\"", verb, zone), answer);
}

/* A refusal whose word is `fine` counts as done. */
static dms_error *
refusal(const char *verb, const char *zone, const struct control_answer *answer, const char *fine)
{
	if (answer->result == 0 || strcmp(answer->error, fine) == 0)
		return NULL;
	return dms_error_new(DMS_E_CONTROL, "%s %s: %s%s%s", verb, zone, answer->error,
			     answer->text[0] != '\0' ? ": " : "", answer->text);
}

static dms_error *
tell(struct driver *driver, const char *verb, const char *zone, const char *fine)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct control_answer answer;
	dms_error *error = ask_of(driver, mem, verb, zone, &answer);
	if (error == NULL)
		error = refusal(verb, zone, &answer, fine);
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

/* With the zone frozen. A former content that is still kept is from an exchange that was cut short,
 * and better than what lies in its place. */
static dms_error *
exchange_file(const char *path, const char *former, const uint8_t *content, size_t size)
{
	if (link(path, former) != 0 && errno != ENOENT && errno != EEXIST)
		return dms_error_new(DMS_E_FILE, "%s: link: %s", former, strerror(errno));
	return zone_file_write(path, content, size);
}

static char *
former_of(TALLOC_CTX *mem, const char *path)
{
	return talloc_asprintf(mem, "%s.former", path);
}

static dms_error *
freeze(struct driver *driver, const char *zone, bool *is_static)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct control_answer answer;
	dms_error *error = ask_of(driver, mem, "freeze", zone, &answer);
	*is_static = error == NULL && strcmp(answer.error, "not dynamic") == 0;
	if (error == NULL && !*is_static)
		error = refusal("freeze", zone, &answer, "already frozen");
	talloc_free(mem);
	return error;
}

/* BIND answers freeze before it has written the zone out, and thaw and reload before it has loaded
 * the file. What is written out late takes the place of what was laid down, and is loaded:
 * keeps_content. */
dms_error *
bind9_replace_content(struct driver *driver, const char *zone, const uint8_t *content, size_t size)
{
	struct bind9 *bind9 = (struct bind9 *)driver;
	bool is_static = false;
	TRY(freeze(driver, zone, &is_static));
	TALLOC_CTX *mem = talloc_new(NULL);
	char *path = path_of(driver, mem, zone);
	dms_error *error = exchange_file(path, former_of(mem, path), content, size);
	if (error == NULL && stat(path, &bind9->laid) != 0)
		error = dms_error_new(DMS_E_FILE, "%s: stat: %s", path, strerror(errno));
	dms_error *load_error = tell(driver, is_static ? "reload" : "thaw", zone, "");
	talloc_free(mem);
	if (error == NULL)
		return load_error;
	dms_error_free(load_error);
	return error;
}

/* Neither is written in place: another file has another inode. */
bool
bind9_keeps_content(struct driver *driver, const char *zone)
{
	const struct stat *laid = &((struct bind9 *)driver)->laid;
	char *path = path_of(driver, NULL, zone);
	struct stat now;
	bool keeps =
	    stat(path, &now) == 0 && now.st_ino == laid->st_ino && now.st_dev == laid->st_dev;
	talloc_free(path);
	return keeps;
}

/* After a failed load BIND goes on with what it has in memory, and that is the former file: freeze
 * had written it out. */
void
bind9_finish_content(struct driver *driver, const char *zone, bool is_good)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	char *path = path_of(driver, mem, zone), *former = former_of(mem, path);
	if (is_good)
		unlink(former);
	else if (rename(former, path) != 0 && errno != ENOENT)
		log_err("the former content of a zone cannot be put back", F_STR("zone", zone),
			F_STR("file", path), F_STR("reason", strerror(errno)));
	talloc_free(mem);
}
