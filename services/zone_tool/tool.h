/* What the files of zone_tool share: the running tool, its commands, and how it speaks to people.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <talloc.h>

#include "base/config.h"
#include "base/error.h"
#include "bus/bus.h"
#include "rpc/rpc.h"

/* One run of the program. */
struct tool {
	TALLOC_CTX *mem;
	const struct dms_config *config;
	struct bus *bus; /* NULL until a command needs it */
	char *login_id;  /* user@host, spec/zone-tool.md section 1.8 */
	bool is_json;    /* --json: replies as they came */
	bool is_forced;  /* -f: no questions */
	bool is_interactive;
	FILE *out;  /* what a command prints; goes through the pager on a terminal */
	int status; /* of the last command: sysexits */
};

#define ARGUMENTS_MAX 64

/* One command as typed. */
struct command_line {
	TALLOC_CTX *mem; /* freed after it */
	int count;
	char **words; /* words[0] is the command */
};

/* A command. Its help comes from here and, when it calls a method, from the method's table. */
struct command {
	const char *name;
	const char *alias_of; /* another name of the same; everything else is there */
	const char *synopsis; /* arguments */
	const char *summary;
	int method; /* RPC_METHOD_..., -1: none */
	dms_error *(*run)(struct tool *tool, struct command_line *line);
};

extern const struct command commands[]; /* by name; ends with name NULL */
/* The command, with aliases resolved; NULL when there is none. */
const struct command *command_find(const char *name);
/* Runs one line of words; the status is in tool->status. */
void command_run(struct tool *tool, struct command_line *line);

/* --- arguments (arguments.c) --- */

/* Takes the options of a command out of its words: "g:i" gives values['g'] and so on (index: the
 * letter). DMS_E_USAGE on unknown options or a wrong number of arguments left (words[1]...). */
dms_error *take_options(struct command_line *line, const char *letters, const char *values[128],
			int least, int most);
/* "use_apex_ns", "no_use_apex_ns", "def_use_apex_ns"...: into params (spec/zone-tool.md
 * section 2.1). */
dms_error *take_zone_option(json_t *params, const char *word);
/* Splits a line into words by the rules of the POSIX shell without expansion. */
dms_error *split_words(TALLOC_CTX *mem, const char *text, struct command_line *line);

/* --- talking to the gateway (call.c) --- */

/* Calls a method; params are stolen. `*result` is a new reference. */
dms_error *tool_call(struct tool *tool, int method, json_t *params, int64_t extra_ms,
		     json_t **result);
/* The same for a command that prints its reply as JSON with --json, and nothing otherwise. */
dms_error *tool_do(struct tool *tool, int method, json_t *params);
dms_error *tool_connect(struct tool *tool);

/* --- output (output.c) --- */

/* "***   message", wrapped at 70 columns. */
void print_error(FILE *out, const dms_error *error);
/* Eight blanks, key and colon in `width`, value. */
void print_field(FILE *out, int width, const char *key, const char *value);
/* A value of a reply as people read it: None, True, a time as `Fri Jan  2 10:00:00 2026`. On `mem`.
 */
const char *show_value(TALLOC_CTX *mem, const json_t *value);
const char *show_time(TALLOC_CTX *mem, const char *timestamp);
/* All fields of an object: `first` on top, the rest by name; arrays and objects are left out. */
void print_object(FILE *out, const json_t *object, int width, const char *first);
const char *get_text(const json_t *object, const char *key, const char *otherwise);
/* What the command printed goes to the terminal, through a pager if it is long. */
void show_pages(const char *text, size_t size);
/* Asks y/N; with -f, yes. */
bool confirm(struct tool *tool, const char *question);

/* --- the shell (shell.c) --- */
int shell_run(struct tool *tool);
void print_command_list(FILE *out);
void print_command_help(FILE *out, const struct command *command);

/* --- commands, by subject --- */
typedef dms_error *command_fn(struct tool *tool, struct command_line *line);
command_fn run_create_zone, run_load_zone, run_load_zone_zi, run_edit_zone, run_delete_zone,
    run_show_zone, run_show_zonesm, run_list_zone, run_wait_zone_sync;
command_fn run_create_sg, run_list_sg, run_create_server, run_enable_server, run_disable_server,
    run_list_server, run_show_server, run_show_master_status, run_reconfig_sg, run_reconfig_all;
command_fn run_show_config, run_set_config, run_set_apex_ns, run_list_events,
    run_list_pending_events, run_list_failed_events, run_decode_event;
command_fn run_help, run_exit;
