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
	const struct dms_config *config; /* NULL: only what needs no gateway can be done */
	struct bus *bus;                 /* NULL until a command needs it */
	char *login_id;                  /* user@host, spec/zone-tool.md section 1.8 */
	bool is_json;                    /* --json: replies and errors as JSON */
	bool is_forced;                  /* -f: no questions, and an unchanged text is saved too */
	bool is_interactive;             /* a prompt: Ctrl-C ends a command, not the program */
	bool has_exited;                 /* exit, quit or EOF was given */
	int calls_left_behind;           /* interrupted calls that a thread still waits for */
	FILE *out;                       /* what a command prints; see show_pages */
	int status;                      /* of the last command: sysexits */
};

/* One command as typed. take_options parts it, params_from_words understands it. */
struct command_line {
	TALLOC_CTX *mem; /* freed after it */
	int count;
	char **words;            /* words[0] is the command, then the arguments */
	const char *values[128]; /* by option letter: "" for a flag, NULL when not given */
	bool is_json, is_forced; /* --json and -f, which every command has */
	json_t *params;          /* for the command's method */
};

/* --- commands (commands.c) --- */

/* How people see a method's reply; without one a command succeeds silently. */
typedef void show_fn(struct tool *tool, struct command_line *line, const json_t *reply);
typedef dms_error *run_fn(struct tool *tool, struct command_line *line);

/* A command. Its arguments and options are read off its synopsis (struct syntax), its help is this
 * and, when it calls a method, the method's table. */
struct command {
	const char *name;
	const char *alias_of; /* another name of the same; everything else is there */
	const char *synopsis;
	const char *summary;
	int method;           /* RPC_METHOD_..., NO_METHOD */
	const char *fixed;    /* parameters it always gives, JSON; or NULL */
	const char *question; /* a human at a terminal is asked first; NULL: not */
	show_fn *show;
	run_fn *run; /* NULL: calls the method with the parameters and shows the reply */
};

#define NO_METHOD (-1)

extern const struct command commands[]; /* by name; ends with name NULL */
/* The command, with aliases resolved; NULL when there is none. */
const struct command *command_find(const char *name);

/* --- running one (run.c) --- */

/* Runs one line of words; the status is in tool->status. */
void command_run(struct tool *tool, struct command_line *line);
/* Calls a method with the line's parameters and shows the reply, with --json as it came. */
dms_error *call_and_show(struct tool *tool, struct command_line *line, int method, show_fn *show);
/* The words as one line of the audit log: quoted where needed, control characters masked. */
char *audit_text(TALLOC_CTX *mem, const struct command_line *line);

/* --- words and options (syntax.c, arguments.c) --- */

#define SYNTAX_ARGUMENTS_MAX 6

/* A synopsis, understood: "[-g sg] [-i] file name [zone-option ...]". */
struct syntax {
	struct {
		bool is_known;
		char value[24]; /* what the option wants: "sg"; "" for a flag */
	} options[128];
	struct {
		char name[24];
		bool is_optional, is_many;
	} arguments[SYNTAX_ARGUMENTS_MAX];
	int count;
	int least, most; /* words; most -1: any number */
};

void syntax_read(const char *synopsis, struct syntax *syntax);
/* Splits a line into words by the rules of the POSIX shell without expansion. */
dms_error *split_words(TALLOC_CTX *mem, const char *text, struct command_line *line);
/* Takes the options out of the words: they are in line->values afterwards. DMS_E_USAGE on unknown
 * ones and on too few or too many words left. */
dms_error *take_options(struct command_line *line, const struct syntax *syntax);
/* A long option's letter among those of a command, by a prefix that fits no other; 0: none. 'J' is
 * --json. */
int long_option(const struct syntax *syntax, const char *name, size_t length);
/* The n-th long name of the options a command has; NULL behind the last. */
const char *long_option_name(const struct syntax *syntax, size_t n);

/* --- parameters (params.c) --- */

/* Fills line->params for a method from what the words are by the synopsis, checking numbers and
 * reading files. */
dms_error *params_from_words(struct command_line *line, const struct syntax *syntax,
			     const struct command *command);
/* "use_apex_ns", "no_use_apex_ns", "def_use_apex_ns"...: into params (spec/zone-tool.md
 * section 2.1). The last one wins. */
dms_error *take_zone_option(json_t *params, const char *word);
/* The n-th zone option's name; NULL behind the last. */
const char *zone_option_name(size_t n);
/* A whole number between the bounds; DMS_E_USAGE names `what` and the word. */
dms_error *take_number(const char *what, const char *word, int64_t least, int64_t most,
		       int64_t *number);
/* Which parameter of a method an argument ("zone") or option ("-i") of a synopsis becomes; NULL
 * when it is none. */
const char *param_of(const char *argument, int method);

/* --- files (zone_file.c) --- */

/* A zone file as text on `mem`: 71 when unreadable, 74 when it does not look like text
 * (spec/zone-tool.md sections 4.6, 6.2). */
dms_error *read_zone_file(TALLOC_CTX *mem, const char *path, char **text);

/* --- talking to the gateway (call.c) --- */

/* Calls a method; params are stolen. `*result` is a new reference. Ctrl-C ends the waiting. */
dms_error *tool_call(struct tool *tool, int method, json_t *params, json_t **result);

/* --- edit locks (lock.c) --- */

/* Calls edit_zone; params are stolen. `*token` is on `mem`, NULL when the zone needs no lock;
 * `*zone` is a new reference. */
dms_error *lock_take(struct tool *tool, TALLOC_CTX *mem, json_t *params, char **token,
		     json_t **zone);
/* Frees the token; nothing when it is NULL. */
void lock_give_back(struct tool *tool, const char *name, char **token);
/* The editor is still at work. */
void lock_keep(struct tool *tool, const char *name, const char *token);
/* A save was refused because the zone is to be locked first, and is not; but not because somebody
 * has taken the lock away. */
bool is_unlocked_error(const dms_error *error);

/* --- jobs (job.c) --- */

/* Waits for the end of a job (stolen) with its progress, and shows what came of it; with -b only
 * tells its number. */
dms_error *job_follow(struct tool *tool, struct command_line *line, json_t *job);

/* --- Ctrl-C (interrupt.c) --- */

/* From now on SIGINT ends the program with status 69, or, between interrupt_defer(true) and
 * (false), only makes interrupt_came() true. */
void interrupt_begin(void);
void interrupt_defer(bool is_deferred);
bool interrupt_came(void);
/* Waits until `fd` can be read (false) or Ctrl-C has come (true). */
bool interrupt_or_input(int fd);
void interrupt_forget(void);

/* --- output (output.c) --- */

/* "***   message", wrapped at 70 columns, continued six blanks in. */
void show_error(FILE *out, const dms_error *error);
/* The error of a command as people see it: the line of a zone text it is about, with >!< at the
 * place, the error, what else was found in the text, and where an edited text was kept. */
void print_failure(FILE *out, const dms_error *error);
/* Words, each line at most 70 columns with its indent; `first` stands before the first line.
 * Control characters are masked. */
void print_wrapped(FILE *out, const char *first, int indent, const char *text);
/* Eight blanks, key and colon in `width`, value. */
void print_field(FILE *out, int width, const char *key, const char *value);
/* A label alone, then the text wrapped with ten blanks; None when there is no text. */
void print_long(FILE *out, const char *label, const char *text);
/* A value of a reply as people read it: None, True, a time as `Fri Jan  2 10:00:00 2026`. On `mem`.
 */
const char *show_value(TALLOC_CTX *mem, const json_t *value);
const char *show_time(TALLOC_CTX *mem, const char *timestamp);
/* Fields of an object: `first` on top, the rest by name; arrays, objects and the keys named in
 * `left_out` (ends with NULL; may be NULL) are not shown. */
void print_object(FILE *out, const json_t *object, int width, const char *first,
		  const char *const *left_out);
void print_json(FILE *out, const json_t *json);
const char *get_text(const json_t *object, const char *key, const char *otherwise);

/* --- the terminal (terminal.c) --- */

/* What a command printed goes out, through a pager if it is too long for the terminal. The status
 * when it could not: 70, 74; else 0. */
int show_pages(const char *text, size_t size);
/* Asks; the first letter of `letters` is the answer to Return, and to the end of input the last. */
char ask(const char *prompt, const char *letters);
/* A human at a terminal is asked first, a script is not; a no makes the status 75. */
bool is_confirmed(struct tool *tool, const struct command_line *line, const char *question);

/* What is looked at from time to time while an editor runs. */
struct editor_watch {
	int pause_ms;
	void (*look)(void *arg);
	void *arg;
};
/* The user's editor on a file, at a line (0: at the top); `watch` may be NULL. */
dms_error *run_editor(const char *path, int line, const struct editor_watch *watch);

/* --- the shell (shell.c, complete.c, help.c) --- */

int shell_run(struct tool *tool);
/* What TAB does at the end of a text. */
struct completion {
	char *rest;  /* to be added, maybe "" */
	char **list; /* the candidates, ends with NULL */
	int count;
};
void complete_text(TALLOC_CTX *mem, const char *text, struct completion *completion);
void print_command_list(FILE *out);
void print_command_help(FILE *out, const struct command *command);
void print_usage_line(FILE *out, const struct command *command);
void print_man(void);

/* --- commands, by subject --- */
run_fn run_show_zone, run_edit_zone, run_list_zone, run_wait_zone_sync;
show_fn show_zone_text, show_zonesm, show_warnings, show_message;
run_fn run_record_query;
show_fn show_groups, show_tsig_keys, show_server_list, show_servers, show_master_status,
    show_config, show_events, show_pending_events;
run_fn run_refresh_zone;
run_fn run_job, run_load_zones, run_vacuum, run_wait_job;
show_fn show_jobs, show_job;
run_fn run_load_zone_zi, run_break_edit_lock, run_update_rrs;
run_fn run_wait_change;
show_fn show_change, show_updates;
/* Updates as list_updates has them, one a line; `with_operations`: with what they do below. */
void print_updates(FILE *out, TALLOC_CTX *mem, const json_t *updates, bool with_operations);
show_fn show_zi_list, show_zi, show_difference;
run_fn run_check_zone, run_decode_event, run_help, run_exit;
