#include "master_sm.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/secret.h"

#define TEMPLATE_BYTES_MAX (256 * 1024)

/* Files whose names end in .conf and hold no odd characters: editors leave others behind. */
static bool
is_template(const char *name)
{
	size_t length = strlen(name);

	return length > 5 && strcmp(name + length - 5, ".conf") == 0 && name[0] != '.' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == length;
}

static dms_error *
read_file(struct db *db, TALLOC_CTX *mem, const struct server_group *sg, const char *type,
	  const char *folder, const char *name)
{
	char *body;

	TRY(file_read(mem, talloc_asprintf(mem, "%s/%s", folder, name), TEMPLATE_BYTES_MAX, &body,
		      NULL));
	return db_exec(
	    db, "INSERT INTO template (sg_id, server_type, name, body) VALUES ($1, $2, $3, $4)",
	    P_INT(sg->id), P_TEXT(type), P_TEXT(name), P_TEXT(body));
}

/* A type's folder that does not exist has no templates: the site has no such servers. */
static dms_error *
read_folder(struct db *db, TALLOC_CTX *mem, const struct server_group *sg, const char *type,
	    const char *folder)
{
	DIR *dir = opendir(folder);
	dms_error *error = NULL;
	struct dirent *entry;

	if (dir == NULL && errno == ENOENT)
		return NULL;
	if (dir == NULL)
		return dms_error_new(DMS_E_FILE, "template folder '%s': %s", folder,
				     strerror(errno));
	while (error == NULL && (entry = readdir(dir)) != NULL)
		if (is_template(entry->d_name))
			error = read_file(db, mem, sg, type, folder, entry->d_name);
	closedir(dir);
	return error;
}

/* <template_dir>/<type>/<role>, or <config_dir>/<type> for a group with a folder of its own. */
dms_error *
templates_read(struct db *db, TALLOC_CTX *mem, const struct dms_config *config,
	       const struct server_group *sg)
{
	static const char *const types[] = {"bind9", "nsd", "knot", "pdns"};

	TRY(db_exec(db, "DELETE FROM template WHERE sg_id = $1", P_INT(sg->id)));
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		char *folder = sg->config_dir != NULL
				   ? talloc_asprintf(mem, "%s/%s", sg->config_dir, types[i])
				   : talloc_asprintf(mem, "%s/%s/%s", config->template_dir,
						     types[i], sg->kind);

		TRY(read_folder(db, mem, sg, types[i], folder));
	}
	return NULL;
}
