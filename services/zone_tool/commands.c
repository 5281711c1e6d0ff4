/* Every command of the shell. Dispatch, options, parameters, `help`, completion and the manual page
 * come from this table and, where a command calls a method, from the method's. */
#include <string.h>

#include "tool.h"

#define METHOD(called) .method = RPC_METHOD_##called
#define OFFLINE        .method = NO_METHOD
#define ALIAS(another, of)                      \
	{                                       \
		.name = another, .alias_of = of \
	}

const struct command commands[] = {
    ALIAS("EOF", "exit"),
    {"check_zone", .synopsis = "[-n] [-I folder] zone file",
     .summary = "Checks a zone file offline; -n prints its records.", OFFLINE,
     .run = run_check_zone},
    {"create_server", .synopsis = "[-g sg] [-p port] server address [type [ssh-address]]",
     .summary = "Creates a name server; it starts DISABLED.", METHOD(create_server)},
    {"create_sg", .synopsis = "[-p] sg [config-dir [master-address [alt-address]]]",
     .summary = "Creates a server group; -p: the replica group.", METHOD(create_sg)},
    {"create_zone", .synopsis = "[-g sg] [-i] [-r reference] name|network/mask [zone-option ...]",
     .summary = "Creates a zone; SOA and NS from the configuration.", METHOD(create_zone),
     .show = show_warnings},
    {"decode_event", .synopsis = "[file]", .summary = "Prints a message of dms.event.> as JSON.",
     OFFLINE, .run = run_decode_event},
    {"delete_zone", .synopsis = "zone", .summary = "Withdraws a zone from all servers.",
     METHOD(delete_zone)},
    {"disable_server", .synopsis = "server", .summary = "Takes a server out of service.",
     METHOD(disable_server)},
    {"edit_zone", .synopsis = "zone [zi-id]",
     .summary = "Opens a zone in your editor, publishes what you save.", METHOD(update_zone),
     .run = run_edit_zone},
    {"enable_server", .synopsis = "server", .summary = "Puts a server in service.",
     METHOD(enable_server)},
    ALIAS("eof", "exit"),
    {"exit", .synopsis = "[word ...]", .summary = "Leaves the shell.", OFFLINE, .run = run_exit},
    {"help", .synopsis = "[command]", .summary = "Lists the commands, or explains one.", OFFLINE,
     .run = run_help},
    ALIAS("list_events", "ls_events"),
    ALIAS("list_pending_events", "ls_pending_events"),
    ALIAS("list_server", "ls_server"),
    ALIAS("list_sg", "ls_sg"),
    ALIAS("list_zone", "ls"),
    ALIAS("list_zone_deleted", "ls_deleted"),
    {"load_zone", .synopsis = "[-g sg] [-i] [-r reference] file name [zone-option ...]",
     .summary = "Creates a zone from a zone file.", METHOD(create_zone), .show = show_warnings},
    {"load_zone_zi", .synopsis = "file zone",
     .summary = "Replaces a zone's content by a zone file.", METHOD(update_zone),
     .show = show_warnings},
    {"ls", .synopsis = "[-tv] [-r reference] [-g sg] [pattern ...]",
     .summary = "Lists zones; -v serial and state, -t no disabled ones.", METHOD(list_zone),
     .run = run_list_zone},
    {"ls_deleted", .synopsis = "[-v] [-r reference] [-g sg] [pattern ...]",
     .summary = "Lists deleted zones; -v when they were deleted.", METHOD(list_zone),
     .fixed = "{\"toggle_deleted\": true}", .run = run_list_zone},
    {"ls_events", .synopsis = "[-v] [n]", .summary = "Lists the newest events.",
     METHOD(list_events), .show = show_events},
    {"ls_failed_events", .synopsis = "[-v] [n]", .summary = "Lists the newest events that failed.",
     METHOD(list_events), .fixed = "{\"only\": \"failed\"}", .show = show_events},
    {"ls_pending_events", .synopsis = "[-v]", .summary = "Lists the events still to be done.",
     METHOD(list_events), .fixed = "{\"only\": \"pending\", \"last_limit\": 10000}",
     .show = show_pending_events},
    {"ls_server", .synopsis = "[-tv] [-g sg] [pattern ...]",
     .summary = "Lists servers; -v states, -t no disabled ones.", METHOD(list_server),
     .show = show_server_list},
    {"ls_sg", .synopsis = "", .summary = "Lists the server groups.", METHOD(list_sg),
     .show = show_groups},
    ALIAS("quit", "exit"),
    {"reconfig_all", .synopsis = "", .summary = "Reads all templates anew, configures all servers.",
     METHOD(reconfig_all)},
    {"reconfig_sg", .synopsis = "sg", .summary = "The same for the servers of one group.",
     METHOD(reconfig_sg)},
    {"set_apex_ns", .synopsis = "[-g sg] ns-name [ns-name ...]",
     .summary = "Sets the NS names of zones with use_apex_ns.", METHOD(set_apex_ns)},
    {"set_config", .synopsis = "[-g sg] [sg] key value", .summary = "Sets a central default.",
     METHOD(set_config)},
    {"show_config", .synopsis = "", .summary = "Shows the central defaults.", METHOD(show_config),
     .show = show_config},
    {"show_master_status", .synopsis = "[-v]",
     .summary = "Shows the master's state and the groups' servers.", METHOD(show_master_status),
     .show = show_master_status},
    {"show_server", .synopsis = "server", .summary = "Shows everything about a server.",
     METHOD(list_server), .show = show_servers},
    {"show_zone", .synopsis = "zone [zi-id]", .summary = "Shows a zone's content as zone text.",
     METHOD(show_zone_text), .run = run_show_zone},
    {"show_zonesm", .synopsis = "zone", .summary = "Shows a zone's state and who serves it.",
     METHOD(show_zone), .show = show_zonesm},
    ALIAS("update_zone", "load_zone_zi"),
    {"wait_zone_sync", .synopsis = "[-t seconds] zone [change-id]",
     .summary = "Waits until every server has the newest content.", METHOD(wait_zone_sync),
     .run = run_wait_zone_sync},
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
