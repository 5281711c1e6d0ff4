#include "base/config.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/config_table.h"
#include "base/log.h"
#include "base/secret.h"

enum {
	FILE_MAX = 1 << 20,
	LINE_MAX_BYTES = 4096, /* with line end and NUL */
};

/* Where a value came from; own section beats [dms]. */
enum source { FROM_DEFAULT, FROM_COMMON, FROM_OWN };

struct reading {
	struct dms_config *config;
	const char *path;   /* as the messages name it */
	const char *folder; /* what relative paths are relative to */
	const char *rest;   /* text not read yet */
	int line;
	struct {
		enum source source;
		int line;
	} * keys;         /* of config_key_count */
	dms_error *error; /* the first one; nothing is looked at after it */
};

static dms_error *
place(const struct reading *reading, int line, dms_error *error)
{
	dms_error_wrap(error, "%s:%d", reading->path, line);
	dms_error_put_str(error, "file", reading->path);
	return dms_error_put_int(error, "line", line);
}

/* a key in a section of a program that may have it */
static dms_error *
find_key(const char *section, const char *name, int *index)
{
	bool is_common = strcmp(section, "dms") == 0;
	unsigned programs = config_program_find(section);

	if (section[0] == '\0')
		return dms_error_new(DMS_E_CONFIG, "key '%s' stands before the first [section]",
				     name);
	if (!is_common && programs == 0)
		return dms_error_new(DMS_E_CONFIG, "unknown section [%s]", section);
	*index = config_key_find(name);
	if (*index < 0)
		return dms_error_new(DMS_E_CONFIG, "unknown key '%s'", name);
	if (!is_common && (config_keys[*index].programs & programs) == 0)
		return dms_error_new(DMS_E_CONFIG, "key '%s' is not one of %s", name, section);
	return NULL;
}

static dms_error *
take_value(struct reading *reading, const char *section, const char *name, const char *text)
{
	int index = 0;
	union {
		const char *text;
		int64_t number;
		bool truth;
	} ignored;

	TRY(find_key(section, name, &index));
	const struct config_key *key = &config_keys[index];
	bool is_own = strcmp(section, reading->config->program_name) == 0;
	bool is_common = strcmp(section, "dms") == 0;
	enum source source = is_own ? FROM_OWN : FROM_COMMON;

	/* other programs' sections are checked like our own: one file, one verdict */
	bool is_wanted = (is_own || is_common) && source >= reading->keys[index].source;
	void *slot = is_wanted ? (void *)((char *)reading->config + key->offset) : &ignored;
	dms_error *error = config_parse_value(reading->config, key, text, reading->folder, slot);
	if (error != NULL)
		return dms_error_put_str(dms_error_wrap(error, "key '%s'", name), "key", name);
	if (is_wanted) {
		if (source == reading->keys[index].source)
			return dms_error_new(DMS_E_CONFIG,
					     "key '%s' is here again, first in line %d", name,
					     reading->keys[index].line);
		reading->keys[index].source = source;
		reading->keys[index].line = reading->line;
	}
	return NULL;
}

static int
on_value(void *arg, const char *section, const char *name, const char *value)
{
	struct reading *reading = arg;

	if (reading->error == NULL) {
		dms_error *error = take_value(reading, section, name, value);
		if (error != NULL)
			reading->error = place(reading, reading->line, error);
	}
	return reading->error == NULL;
}

/* Hands inih one line, counted, without the blanks in front: to inih an indented line is more of
 * the value above, which nobody means here. */
static char *
next_line(char *out, int room, void *stream)
{
	struct reading *reading = stream;

	if (reading->error != NULL || reading->rest[0] == '\0')
		return NULL;
	reading->line++;
	const char *start = reading->rest + strspn(reading->rest, " \t");
	size_t length = strcspn(start, "\n");
	reading->rest = start + length + (start[length] == '\n');
	if (length + 3 > (size_t)room) {
		reading->error = place(
		    reading, reading->line,
		    dms_error_new(DMS_E_CONFIG, "line is longer than %d characters", room - 3));
		return NULL;
	}
	memcpy(out, start, length);
	memcpy(out + length, "\n", 2);
	return out;
}

static dms_error *
read_file(struct reading *reading, bool may_be_missing)
{
	char *text;
	size_t size;

	if (may_be_missing && access(reading->path, F_OK) != 0 && errno == ENOENT)
		return NULL;
	dms_error *error = file_read(reading->config, reading->path, FILE_MAX, &text, &size);
	if (error != NULL) {
		error->id = DMS_E_CONFIG;
		return dms_error_wrap(error, "configuration file");
	}
	reading->config->file = talloc_strdup(reading->config, reading->path);
	reading->rest = text;
	if (strlen(text) != size)
		return dms_error_new(DMS_E_CONFIG, "%s: a NUL byte at offset %zu", reading->path,
				     strlen(text));

	ini_stop_on_first_error = true;
	ini_use_stack = false;
	ini_max_line = LINE_MAX_BYTES;
	ini_initial_alloc = LINE_MAX_BYTES;
	int line = ini_parse_stream(next_line, reading, on_value, reading);
	/* may hold passwords */
	memset(text, 0, size);
	talloc_free(text);
	TRY(reading->error);
	if (line > 0)
		return place(reading, line,
			     dms_error_new(DMS_E_CONFIG, "neither a [section] nor 'key = value'"));
	if (line < 0)
		return dms_error_new(DMS_E_CONFIG, "%s: out of memory", reading->path);
	return NULL;
}

/* the values that are words of a fixed list */
static dms_error *
check_words(const struct reading *reading)
{
	const struct dms_config *config = reading->config;
	dms_error *error = NULL;
	const char *name = "log_level";

	if (log_level_parse(config->log_level) < 0) {
		error = dms_error_new(DMS_E_CONFIG,
				      "key 'log_level': '%s' is not one of debug, info, notice, "
				      "warning, err, crit",
				      config->log_level);
	} else if (strcmp(config->log_format, "text") != 0 &&
		   strcmp(config->log_format, "json") != 0) {
		name = "log_format";
		error =
		    dms_error_new(DMS_E_CONFIG, "key 'log_format': '%s' is neither text nor json",
				  config->log_format);
	} else if (strcmp(config->drift_policy, "revert") != 0 &&
		   strcmp(config->drift_policy, "adopt") != 0) {
		name = "drift_policy";
		error = dms_error_new(DMS_E_CONFIG,
				      "key 'drift_policy': '%s' is neither revert nor adopt",
				      config->drift_policy);
	}
	if (error == NULL)
		return NULL;
	dms_error_put_str(error, "key", name);
	return place(reading, reading->keys[config_key_find(name)].line, error);
}

/* the absolute folder of a file */
static const char *
folder_of(TALLOC_CTX *mem, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL ? talloc_strdup(mem, ".")
				     : talloc_strndup(mem, path, (size_t)(slash - path) + 1);
	char *absolute = realpath(folder, NULL);
	if (absolute != NULL) {
		folder = talloc_strdup(mem, absolute);
		free(absolute);
	}
	return folder;
}

dms_error *
config_load(TALLOC_CTX *mem, const char *path, enum program program, struct dms_config **config)
{
	struct dms_config *made = talloc_zero(mem, struct dms_config);
	struct reading reading = {.config = made, .path = path, .rest = ""};

	made->file = "";
	made->program = program;
	made->program_name = program_name(program);
	if (reading.path == NULL)
		reading.path = getenv("DMS_CONFIG");
	bool may_be_missing = reading.path == NULL || reading.path[0] == '\0';
	if (may_be_missing)
		reading.path = "/etc/dms/dms.conf";
	reading.folder = folder_of(made, reading.path);
	reading.keys = talloc_zero_size(made, sizeof *reading.keys * (size_t)config_key_count);

	dms_error *error = NULL;
	for (int i = 0; i < config_key_count && error == NULL; i++)
		error = config_parse_value(made, &config_keys[i], config_keys[i].default_text,
					   reading.folder, (char *)made + config_keys[i].offset);
	if (error == NULL)
		error = read_file(&reading, may_be_missing);
	if (error == NULL)
		error = check_words(&reading);
	if (error != NULL) {
		talloc_free(made);
		return error;
	}
	*config = made;
	return NULL;
}
