/* Sets of configuration files and the switch between them. */
#include "settings.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "render.h"
#include "zonefile.h"

#define FILE_MODE 0640
#define DIR_MODE  0750

static const char first_options[] =
    "# Until the first configuration has been pulled.\n"
    "allow-new-zones yes;\nlmdb-mapsize 4g;\nrecursion no;\nallow-transfer { none; };\n"
    "notify no;\ndnssec-validation no;\n";
static const char first_global[] = "# Until the first configuration has been pulled.\n";

struct settings_set *
settings_set_new(TALLOC_CTX *mem, const char *options, const char *global)
{
	struct settings_set *set = talloc_zero(mem, struct settings_set);
	set->options = talloc_strdup(set, options);
	set->global = talloc_strdup(set, global);
	uint8_t digests[64], digest[32];
	sha256(options, strlen(options), digests);
	sha256(global, strlen(global), digests + 32);
	sha256(digests, sizeof(digests), digest);
	set->name = hex_encode(set, digest, 12);
	return set;
}

char *
settings_path(TALLOC_CTX *mem, const struct dms_config *config, const char *set_name,
	      const char *file)
{
	return talloc_asprintf(mem, "%s/sets/%s/%s", config->named_config_dir, set_name, file);
}

dms_error *
settings_write(const struct dms_config *config, const struct settings_set *set)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	dms_error *error;
	TRY_GOTO(folder_make(talloc_asprintf(mem, "%s/sets", config->named_config_dir), DIR_MODE),
		 out);
	TRY_GOTO(
	    folder_make(talloc_asprintf(mem, "%s/sets/%s", config->named_config_dir, set->name),
			DIR_MODE),
	    out);
	TRY_GOTO(file_write_atomic(settings_path(mem, config, set->name, TEMPLATE_OPTIONS),
				   set->options, strlen(set->options), FILE_MODE),
		 out);
	TRY_GOTO(file_write_atomic(settings_path(mem, config, set->name, TEMPLATE_GLOBAL),
				   set->global, strlen(set->global), FILE_MODE),
		 out);
out:
	talloc_free(mem);
	return error;
}

char *
settings_current(TALLOC_CTX *mem, const struct dms_config *config)
{
	char target[PATH_MAX];
	char *link = talloc_asprintf(mem, "%s/current", config->named_config_dir);
	ssize_t size = readlink(link, target, sizeof(target) - 1);
	talloc_free(link);
	if (size <= 0)
		return talloc_strdup(mem, "");
	target[size] = '\0';
	const char *slash = strrchr(target, '/');
	return talloc_strdup(mem, slash != NULL ? slash + 1 : target);
}

/* A symbolic link that appears, or changes its target, in one step. */
static dms_error *
link_atomic(const char *target, const char *path)
{
	char *fresh = talloc_asprintf(NULL, "%s.new", path);
	dms_error *error = NULL;
	unlink(fresh);
	if (symlink(target, fresh) != 0 || rename(fresh, path) != 0)
		error =
		    dms_error_new(DMS_E_FILE, "%s: link to %s: %s", path, target, strerror(errno));
	talloc_free(fresh);
	return error;
}

dms_error *
settings_switch(const struct dms_config *config, const char *set_name)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	dms_error *error =
	    link_atomic(talloc_asprintf(mem, "sets/%s", set_name),
			talloc_asprintf(mem, "%s/current", config->named_config_dir));
	talloc_free(mem);
	return error;
}

static void
remove_set(const struct dms_config *config, const char *name)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	unlink(settings_path(mem, config, name, TEMPLATE_OPTIONS));
	unlink(settings_path(mem, config, name, TEMPLATE_GLOBAL));
	rmdir(settings_path(mem, config, name, ""));
	talloc_free(mem);
}

void
settings_sweep(const struct dms_config *config, const char *keep, const char *keep_too)
{
	char *path = talloc_asprintf(NULL, "%s/sets", config->named_config_dir);
	DIR *dir = opendir(path);
	for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, keep) != 0 &&
		    strcmp(entry->d_name, keep_too) != 0)
			remove_set(config, entry->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	talloc_free(path);
}

bool
settings_untold(const struct dms_config *config)
{
	char *path = talloc_asprintf(NULL, "%s/untold", config->state_dir);
	bool untold = access(path, F_OK) == 0;
	talloc_free(path);
	return untold;
}

dms_error *
settings_set_untold(const struct dms_config *config, bool untold)
{
	char *path = talloc_asprintf(NULL, "%s/untold", config->state_dir);
	dms_error *error = NULL;
	if (untold)
		error = file_write_atomic(path, "", 0, 0600);
	else if (unlink(path) != 0 && errno != ENOENT)
		error = dms_error_new(DMS_E_FILE, "%s: unlink: %s", path, strerror(errno));
	talloc_free(path);
	return error;
}

/* The two names that named.conf includes. */
static dms_error *
make_links(const struct dms_config *config, TALLOC_CTX *mem)
{
	const char *const files[] = {TEMPLATE_OPTIONS, TEMPLATE_GLOBAL};
	for (int i = 0; i < 2; i++) {
		char *path = talloc_asprintf(mem, "%s/%s", config->named_config_dir, files[i]);
		char *target = talloc_asprintf(mem, "current/%s", files[i]);
		char found[PATH_MAX] = "";
		if (readlink(path, found, sizeof(found) - 1) < 0 || strcmp(found, target) != 0)
			TRY(link_atomic(target, path));
	}
	return NULL;
}

dms_error *
settings_prepare(const struct dms_config *config)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	dms_error *error;
	TRY_GOTO(folder_make(config->named_config_dir, DIR_MODE), out);
	TRY_GOTO(folder_make(config->named_zone_dir, 0770), out);
	TRY_GOTO(folder_make(talloc_asprintf(mem, "%s/keys", config->named_zone_dir), 0770), out);
	char *current = settings_current(mem, config);
	if (current[0] == '\0' ||
	    access(settings_path(mem, config, current, TEMPLATE_GLOBAL), R_OK) != 0) {
		struct settings_set *first = settings_set_new(mem, first_options, first_global);
		TRY_GOTO(settings_write(config, first), out);
		TRY_GOTO(settings_switch(config, first->name), out);
	}
	error = make_links(config, mem);
out:
	talloc_free(mem);
	return dms_error_wrap(error, "preparing %s", config->named_config_dir);
}
