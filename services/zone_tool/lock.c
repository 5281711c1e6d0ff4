/* Edit locks as the tool takes, keeps and gives them back (spec/zone-tool.md section 7). */
#include <signal.h>

#include "tool.h"

/* Ctrl-C that has come already must not keep a lock from being given back. */
static void
call_in_peace(struct tool *tool, int method, json_t *params)
{
	bool was_interrupted = interrupt_came();
	json_t *reply = NULL;

	interrupt_forget();
	dms_error_free(tool_call(tool, method, params, &reply));
	json_decref(reply);
	if (was_interrupted)
		raise(SIGINT);
}

dms_error *
lock_take(struct tool *tool, TALLOC_CTX *mem, json_t *params, char **token, json_t **zone)
{
	json_t *reply;

	TRY(tool_call(tool, RPC_METHOD_edit_zone, params, &reply));
	*zone = json_incref(json_array_get(reply, 0));
	*token = talloc_strdup(mem, json_string_value(json_array_get(reply, 1)));
	json_decref(reply);
	return NULL;
}

/* At worst it expires. */
void
lock_give_back(struct tool *tool, const char *name, char **token)
{
	if (*token != NULL)
		call_in_peace(tool, RPC_METHOD_cancel_edit_zone,
			      json_pack("{s:s, s:s}", "name", name, "edit_lock_token", *token));
	TALLOC_FREE(*token);
}

/* A refusal shows when the text is saved; in the middle of an editor's screen nobody wants it. */
void
lock_keep(struct tool *tool, const char *name, const char *token)
{
	call_in_peace(tool, RPC_METHOD_tickle_editlock,
		      json_pack("{s:s, s:s}", "name", name, "edit_lock_token", token));
}

bool
is_unlocked_error(const dms_error *error)
{
	return error != NULL && error->id == DMS_E_UPDATE_ZONE &&
	       json_is_false(json_object_get(error->data, "is_locked")) &&
	       json_object_get(error->data, "broken_by") == NULL;
}

/* Under a lock of its own, which the save ends. */
static dms_error *
load_locked(struct tool *tool, struct command_line *line)
{
	json_t *given = json_object_get(line->params, "name"), *zone;
	const char *name;
	char *token;
	dms_error *error;

	TRY(lock_take(tool, line->mem, json_pack("{s:O}", "name", given), &token, &zone));
	name = talloc_strdup(line->mem, get_text(zone, "name", ""));
	json_decref(zone);
	json_object_set_new(line->params, "edit_lock_token", json_string(token));
	error = call_and_show(tool, line, RPC_METHOD_update_zone, show_warnings);
	if (error != NULL)
		lock_give_back(tool, name, &token);
	return error;
}

dms_error *
run_load_zone_zi(struct tool *tool, struct command_line *line)
{
	dms_error *error = call_and_show(tool, line, RPC_METHOD_update_zone, show_warnings);

	if (!is_unlocked_error(error))
		return error;
	dms_error_free(error);
	return load_locked(tool, line);
}

static void
show_broken(struct tool *tool, struct command_line *line, const json_t *reply)
{
	if (json_is_true(json_object_get(reply, "was_locked")))
		fprintf(tool->out, "Zone %s was locked by %s since %s.\n",
			get_text(reply, "name", ""), get_text(reply, "locked_by", ""),
			show_time(line->mem, get_text(reply, "locked_at", NULL)));
}

dms_error *
run_break_edit_lock(struct tool *tool, struct command_line *line)
{
	if (!is_confirmed(tool, line,
			  "***   Whoever edits the zone cannot save then. End that lock?\n"
			  "--y/[N]> "))
		return NULL;
	return call_and_show(tool, line, RPC_METHOD_break_edit_lock, show_broken);
}
