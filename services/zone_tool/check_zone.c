/* check_zone: a zone file on this host, read and checked as it would be on its way into DMS. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dns/name.h"
#include "dns/zonetext.h"
#include "tool.h"

enum { STATUS_WARNINGS = 1, STATUS_ERRORS = 2 };

/* Where $INCLUDE may go. */
struct folder {
	char path[PATH_MAX]; /* without symbolic links, no slash at its end */
};

static bool
is_below(const struct folder *folder, const char *path)
{
	size_t length = strcmp(folder->path, "/") == 0 ? 0 : strlen(folder->path);

	return strncmp(path, folder->path, length) == 0 && path[length] == '/';
}

/* Names are relative to the folder; links are followed before it is seen where they lead. */
static FILE *
open_include(void *context, TALLOC_CTX *mem, const char *name, const char *from, const char **path,
	     const char **reason)
{
	const struct folder *folder = context;
	char *wanted = name[0] == '/' ? talloc_strdup(mem, name)
				      : talloc_asprintf(mem, "%s/%s", folder->path, name);
	char real[PATH_MAX];
	struct stat status;

	*path = wanted;
	if (realpath(wanted, real) == NULL || stat(real, &status) != 0) {
		*reason = talloc_strdup(mem, strerror(errno));
		return NULL;
	}
	if (!is_below(folder, real)) {
		*reason = talloc_asprintf(mem, "the file is not below %s", folder->path);
		return NULL;
	}
	if (!S_ISREG(status.st_mode)) {
		*reason = "this is not a file";
		return NULL;
	}
	FILE *stream = fopen(real, "re");
	if (stream == NULL)
		*reason = talloc_strdup(mem, strerror(errno));
	return stream;
}

/* The zone's name as given, or of its network. */
static dms_error *
take_zone(TALLOC_CTX *mem, const char *given, char **zone)
{
	char *network;

	if (is_network(given))
		return network_to_zone(mem, given, zone, &network);
	return name_normalise(mem, given, NULL, zone);
}

/* The folder that is given, or the checked file's own. */
static dms_error *
take_folder(struct command_line *line, const char *file, struct folder *folder)
{
	const char *given = line->values['I'];
	const char *slash = strrchr(file, '/');

	if (given == NULL && slash == NULL)
		given = ".";
	else if (given == NULL)
		given =
		    slash == file ? "/" : talloc_strndup(line->mem, file, (size_t)(slash - file));
	if (realpath(given, folder->path) == NULL)
		return dms_error_new(DMS_E_SYSTEM, "'%s': %s", given, strerror(errno));
	return NULL;
}

static void
list_finding(FILE *out, const char *file, const struct finding *finding)
{
	const struct dms_err_info *info = dms_err_info(finding->id);

	fprintf(out, "%s:", finding->file != NULL ? finding->file : file);
	if (finding->line > 0)
		fprintf(out, "%d:%d:", finding->line, finding->column);
	fprintf(out, " %s: %s (%s, %d)\n", finding->level == FINDING_ERROR ? "error" : "warning",
		finding->message, info->name, info->code);
}

static void
list_findings(const struct tool *tool, FILE *out, const char *file, const struct findings *findings)
{
	if (tool->is_json) {
		json_t *list = findings_to_json(findings);
		print_json(out, list);
		json_decref(list);
		return;
	}
	for (size_t i = 0; i < findings->count; i++)
		list_finding(out, file, &findings->items[i]);
	if (findings->dropped > 0)
		fprintf(out, "%s: %zu more are not shown\n", file, findings->dropped);
}

/* Reads and checks; the stream is closed by the caller. */
static void
check_stream(struct tool *tool, struct command_line *line, const char *zone,
	     const struct zone_text_source *source)
{
	struct findings *findings = talloc_zero(line->mem, struct findings);
	bool shows_records = line->values['n'] != NULL;
	struct zone_text *text;

	zone_text_read_source(line->mem, zone, source, &text, findings);
	zone_text_check(text, findings);
	zone_text_check_apex(text, findings);
	list_findings(tool, shows_records ? stderr : tool->out, source->name, findings);
	if (shows_records)
		zone_text_normal_form(tool->out, text);
	tool->status = findings->error_count > 0 ? STATUS_ERRORS
		       : findings->count > 0     ? STATUS_WARNINGS
						 : 0;
}

dms_error *
run_check_zone(struct tool *tool, struct command_line *line)
{
	const char *file = line->words[2];
	bool is_input = strcmp(file, "-") == 0;
	struct folder folder;
	struct stat status;
	char *zone;

	TRY(take_zone(line->mem, line->words[1], &zone));
	TRY(take_folder(line, file, &folder));
	FILE *stream = is_input ? stdin : fopen(file, "re");
	if (stream == NULL)
		return dms_error_new(DMS_E_SYSTEM, "'%s': %s", file, strerror(errno));
	if (fstat(fileno(stream), &status) == 0 && S_ISDIR(status.st_mode)) {
		fclose(stream);
		return dms_error_new(DMS_E_SYSTEM, "'%s' is a folder", file);
	}
	const struct zone_text_source source = {.stream = stream,
						.name = is_input ? "standard input" : file,
						.include = open_include,
						.context = &folder};
	check_stream(tool, line, zone, &source);
	if (!is_input)
		fclose(stream);
	return NULL;
}
