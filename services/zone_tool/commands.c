#include <string.h>

#include "tool.h"

#define METHOD(name) RPC_METHOD_##name
#define NO_METHOD    (-1)
#define ALIAS(name, of)                               \
	{                                             \
		name, of, NULL, NULL, NO_METHOD, NULL \
	}

/* Every command of the shell. Dispatch, `help`, completion and the man page come from here. */
const struct command commands[] = {
    {"create_server", NULL, "[-g sg] [-t type] [-p port] server address [ssh-address]",
     "Creates a name server; it starts DISABLED.", METHOD(create_server), run_create_server},
    {"create_sg", NULL, "[-C config-dir] [-a master-address] [-A alt-master-address] [-R] sg",
     "Creates a server group; -R makes it the replica group.", METHOD(create_sg), run_create_sg},
    {"create_zone", NULL, "[-g sg] [-i] [-r reference] name|network/mask [zone-option ...]",
     "Creates a zone with SOA and NS from the central configuration.", METHOD(create_zone),
     run_create_zone},
    {"decode_event", NULL, "[file]",
     "Prints a message of dms.event.> (protobuf, from the file or standard input) as JSON.",
     NO_METHOD, run_decode_event},
    {"delete_zone", NULL, "zone", "Withdraws a zone from all servers; its content is kept.",
     METHOD(delete_zone), run_delete_zone},
    {"disable_server", NULL, "server", "Takes a server out of service; it keeps what it has.",
     METHOD(disable_server), run_disable_server},
    {"edit_zone", NULL, "zone", "Opens a zone in your editor and publishes what you save.",
     METHOD(update_zone), run_edit_zone},
    {"enable_server", NULL, "server", "Puts a server in service.", METHOD(enable_server),
     run_enable_server},
    {"exit", NULL, "", "Leaves the shell.", NO_METHOD, run_exit},
    {"help", NULL, "[command]", "Lists the commands, or explains one.", NO_METHOD, run_help},
    ALIAS("list_events", "ls_events"),
    ALIAS("list_pending_events", "ls_pending_events"),
    ALIAS("list_server", "ls_server"),
    ALIAS("list_sg", "ls_sg"),
    ALIAS("list_zone", "ls"),
    {"load_zone", NULL, "[-g sg] [-i] [-r reference] file name [zone-option ...]",
     "Creates a zone from a zone file.", METHOD(create_zone), run_load_zone},
    {"load_zone_zi", NULL, "file zone",
     "Replaces a zone's content by a zone file and publishes it.", METHOD(update_zone),
     run_load_zone_zi},
    {"ls", NULL, "[-tvd] [-r reference] [-g sg] [pattern ...]",
     "Lists zones; -v with serial and state, -t without disabled ones, -d deleted ones.",
     METHOD(list_zone), run_list_zone},
    {"ls_events", NULL, "[-v] [n]", "Lists the newest events.", METHOD(list_events),
     run_list_events},
    {"ls_failed_events", NULL, "[-v] [n]", "Lists the newest events that failed.",
     METHOD(list_events), run_list_failed_events},
    {"ls_pending_events", NULL, "[-v]", "Lists the events that wait.", METHOD(list_events),
     run_list_pending_events},
    {"ls_server", NULL, "[-v] [-g sg] [pattern ...]", "Lists servers; -v with state and addresses.",
     METHOD(list_server), run_list_server},
    {"ls_sg", NULL, "", "Lists server groups.", METHOD(list_sg), run_list_sg},
    ALIAS("quit", "exit"),
    {"reconfig_all", NULL, "", "Reads all templates anew and sends every server what changed.",
     METHOD(reconfig_all), run_reconfig_all},
    {"reconfig_sg", NULL, "sg",
     "Reads a group's templates anew and sends its servers what changed.", METHOD(reconfig_sg),
     run_reconfig_sg},
    {"set_apex_ns", NULL, "[-g sg] name ...", "Sets the NS names of zones with use_apex_ns.",
     METHOD(set_apex_ns), run_set_apex_ns},
    {"set_config", NULL, "[-g sg] key value", "Sets a central default.", METHOD(set_config),
     run_set_config},
    {"show_config", NULL, "", "Shows the central defaults.", METHOD(show_config), run_show_config},
    {"show_master_status", NULL, "", "Shows the master state machine and the groups' generations.",
     METHOD(show_master_status), run_show_master_status},
    {"show_server", NULL, "server", "Shows everything about a server.", METHOD(list_server),
     run_show_server},
    {"show_zone", NULL, "zone [zi-id]", "Shows a zone's content as zone text.",
     METHOD(show_zone_text), run_show_zone},
    {"show_zonesm", NULL, "zone", "Shows a zone's state and who serves it.", METHOD(show_zone),
     run_show_zonesm},
    {"update_zone", "load_zone_zi", NULL, NULL, NO_METHOD, NULL},
    {"wait_zone_sync", NULL, "[-t seconds] zone [change-id]",
     "Waits until every server in service serves the zone's newest content.",
     METHOD(wait_zone_sync), run_wait_zone_sync},
    {0},
};

const struct command *
command_find(const char *name)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c->alias_of != NULL ? command_find(c->alias_of) : c;
	return NULL;
}

/* The error of a command, where its output would have been, and the status it means. */
static void
report(struct tool *tool, dms_error *error)
{
	tool->status = dms_err_info(error->id)->exit_status;
	if (tool->is_json) {
		json_t *object = dms_error_to_json(error);

		json_dumpf(object, tool->out, JSON_INDENT(2));
		fputc('\n', tool->out);
		json_decref(object);
	} else {
		print_error(tool->out, error);
	}
	dms_error_free(error);
}

void
command_run(struct tool *tool, struct command_line *line)
{
	const struct command *command = command_find(line->words[0]);
	char *text = NULL;
	size_t size = 0;
	dms_error *error;

	tool->status = 0;
	tool->out = open_memstream(&text, &size);
	if (command == NULL)
		error = dms_error_new(DMS_E_USAGE, "unknown command '%s' (help lists all)",
				      line->words[0]);
	else
		error = command->run(tool, line);
	if (error != NULL)
		report(tool, error);
	if (error != NULL && tool->status == 64 && command != NULL && !tool->is_json)
		fprintf(tool->out, "      usage: %s %s\n", command->name, command->synopsis);
	fclose(tool->out);
	tool->out = stdout;
	show_pages(text, size);
	free(text);
}
