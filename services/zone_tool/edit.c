/* edit_zone: a zone's text through the user's editor (spec/zone-tool.md section 7). Whatever goes
 * wrong, what was typed is kept. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "tool.h"

struct edit {
	struct tool *tool;
	struct command_line *line;
	const char *name;  /* the zone's own, also when an address was given */
	char *path;        /* of the file the editor gets */
	char *text;        /* as it was */
	char *token;       /* of the edit lock; NULL: the zone needs none */
	int64_t candidate; /* the instance it must still be when the edit is saved */
	int at_line;       /* where the editor shall begin; 0: at the top */
	struct stat seen;  /* of the file, when last looked at */
	bool is_merging;   /* what others have changed meanwhile is to stay */
};

/* Lock and text: of the zone's candidate, or of the instance asked for. */
static dms_error *
fetch(struct edit *edit)
{
	json_t *zone, *result = NULL;
	dms_error *error;

	TRY(lock_take(edit->tool, edit->line->mem, json_copy(edit->line->params), &edit->token,
		      &zone));
	edit->name = talloc_strdup(edit->line->mem, get_text(zone, "name", ""));
	edit->candidate = json_integer_value(json_object_get(zone, "zi_candidate_id"));
	error = tool_call(edit->tool, RPC_METHOD_show_zone_text,
			  json_pack("{s:s, s:O}", "name", edit->name, "zi_id",
				    json_object_get(json_object_get(zone, "zi"), "zi_id")),
			  &result);
	json_decref(zone);
	if (error == NULL)
		edit->text = talloc_strdup(edit->line->mem, get_text(result, "zi_text", ""));
	json_decref(result);
	return error;
}

/* A private file (0600) with the text. */
static dms_error *
write_file(struct edit *edit)
{
	const char *folder = getenv("TMPDIR");
	size_t length = strlen(edit->text);
	FILE *file;
	int fd;

	edit->path = talloc_asprintf(edit->line->mem, "%s/zone_tool-XXXXXX.zone",
				     folder != NULL && folder[0] != '\0' ? folder : "/tmp");
	fd = mkstemps(edit->path, (int)strlen(".zone"));
	file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (file == NULL)
		return dms_error_new(DMS_E_SYSTEM, "cannot make the file %s: %s", edit->path,
				     strerror(errno));
	bool is_written = fwrite(edit->text, 1, length, file) == length;
	if (fclose(file) == 0 && is_written)
		return NULL;
	dms_error *error =
	    dms_error_new(DMS_E_FILE, "cannot write %s: %s", edit->path, strerror(errno));
	unlink(edit->path);
	return error;
}

static dms_error *
save_now(struct edit *edit)
{
	json_t *params = edit->line->params;

	if (edit->token != NULL)
		json_object_set_new(params, "edit_lock_token", json_string(edit->token));
	TRY(call_and_show(edit->tool, edit->line, RPC_METHOD_update_zone, show_warnings));
	TALLOC_FREE(edit->token); /* the save has ended the lock */
	return NULL;
}

/* A lock that was lost meanwhile is no harm if nobody has used the time: it is taken again, and a
 * newer candidate would still be seen. */
static dms_error *
save(struct edit *edit, const char *text)
{
	json_t *params = edit->line->params, *zone;
	dms_error *error;

	json_object_del(params, "zi_id");
	json_object_set_new(params, "name", json_string(edit->name));
	json_object_set_new(params, "zi_text", json_string(text));
	json_object_set_new(params, "if_zi_id", json_integer(edit->candidate));
	if (edit->is_merging)
		json_object_set_new(params, "merge", json_true());
	error = save_now(edit);
	if (!is_unlocked_error(error))
		return error;
	dms_error_free(error);
	TRY(lock_take(edit->tool, edit->line->mem, json_pack("{s:s}", "name", edit->name),
		      &edit->token, &zone));
	json_decref(zone);
	return save_now(edit);
}

/* Who saves the file is still at it. */
static void
look_at_file(void *arg)
{
	struct edit *edit = arg;
	struct stat now;

	if (edit->token == NULL || stat(edit->path, &now) != 0)
		return;
	if (now.st_ino != edit->seen.st_ino || now.st_size != edit->seen.st_size ||
	    now.st_mtim.tv_sec != edit->seen.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != edit->seen.st_mtim.tv_nsec)
		lock_keep(edit->tool, edit->name, edit->token);
	edit->seen = now;
}

static dms_error *
edit_in_editor(struct edit *edit)
{
	struct editor_watch watch = {.look = look_at_file, .arg = edit};

	watch.pause_ms = (int)edit->tool->config->editor_look;
	if (edit->token == NULL || stat(edit->path, &edit->seen) != 0)
		return run_editor(edit->path, edit->at_line, NULL);
	return run_editor(edit->path, edit->at_line, &watch);
}

/* Once through the editor and to the gateway. */
static dms_error *
edit_once(struct edit *edit)
{
	char *text;
	dms_error *error;

	if (!edit->is_merging)
		TRY(edit_in_editor(edit));
	TRY(read_zone_file(edit->line->mem, edit->path, &text));
	if (strcmp(text, edit->text) != 0 || edit->tool->is_forced) {
		error = save(edit, text);
		talloc_free(text);
		return error;
	}
	if (edit->tool->is_json)
		fputs("{\n  \"is_changed\": false\n}\n", edit->tool->out);
	else
		fprintf(edit->tool->out, "Zone %s: nothing changed.\n", edit->name);
	return NULL;
}

/* A refused text may be corrected, by a person; one that others have overtaken may not: it would
 * undo theirs. */
static bool
is_asking(const struct edit *edit)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !edit->tool->is_json &&
	       !edit->tool->is_forced && !interrupt_came();
}

/* What has come since shows whether both changes go together. */
static bool
may_merge(struct edit *edit, const dms_error *error)
{
	const json_t *difference = json_object_get(error->data, "difference");

	if (error->id != DMS_E_STALE_INSTANCE || edit->is_merging || difference == NULL)
		return false;
	print_failure(stdout, error);
	printf("      %s has changed it:\n%s", get_text(error->data, "change_by", "Somebody"),
	       get_text(difference, "text", "      more than fits here: see diff_zone_zi\n"));
	edit->is_merging = ask("***   Save your changes on top of these?\n--[Y]/n> ", "yn") == 'y';
	return edit->is_merging;
}

static bool
may_correct(struct edit *edit, const dms_error *error)
{
	if (error->id == DMS_E_STALE_INSTANCE || error->id == DMS_E_MERGE_CONFLICT ||
	    error->id == DMS_E_EDITOR)
		return false;
	print_failure(stdout, error);
	edit->is_merging = false;
	return ask("***   Edit the text again?\n--[Y]/n> ", "yn") == 'y';
}

/* Until the text is accepted or given up. */
static dms_error *
edit_until_saved(struct edit *edit)
{
	for (;;) {
		dms_error *error = edit_once(edit);

		if (error == NULL || !is_asking(edit) ||
		    (!may_merge(edit, error) && !may_correct(edit, error)))
			return error;
		edit->at_line = (int)json_integer_value(json_object_get(error->data, "lineno"));
		dms_error_free(error);
	}
}

/* The file is the only copy of what was typed: it goes when that is saved, or was nothing. */
static dms_error *
keep_text(struct edit *edit, dms_error *error)
{
	char *text;
	dms_error *unreadable;

	if (error == NULL) {
		unlink(edit->path);
		return NULL;
	}
	unreadable = read_zone_file(edit->line->mem, edit->path, &text);
	if (unreadable == NULL && strcmp(text, edit->text) == 0)
		unlink(edit->path);
	else
		dms_error_put_str(error, "kept_file", edit->path);
	dms_error_free(unreadable);
	return error;
}

dms_error *
run_edit_zone(struct tool *tool, struct command_line *line)
{
	struct edit edit = {.tool = tool, .line = line};
	dms_error *error;

	interrupt_defer(true);
	error = fetch(&edit);
	if (error == NULL)
		error = write_file(&edit);
	if (error == NULL)
		error = keep_text(&edit, edit_until_saved(&edit));
	lock_give_back(tool, edit.name, &edit.token);
	interrupt_defer(tool->is_interactive);
	/* Ctrl-C ends a command silently, but not at the price of an edit. */
	if (error != NULL && interrupt_came() && get_text(error->data, "kept_file", NULL) != NULL)
		fprintf(tool->out, "      Your text is kept in %s\n", edit.path);
	return error;
}
