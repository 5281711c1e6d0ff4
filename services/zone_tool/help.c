/* help, the usage, the manual page: all out of the table of commands. */
#include <string.h>

#include "tool.h"

void
print_command_list(FILE *out)
{
	fputs("Commands (help COMMAND explains one)\n====================================\n", out);
	for (const struct command *c = commands; c->name != NULL; c++)
		if (c->alias_of == NULL)
			fprintf(out, "  %-20s %s\n", c->name, c->summary);
}

static const char *
type_name(enum rpc_type type)
{
	static const char *const names[] = {"string", "integer",   "boolean", "object", "strings",
					    "zone",   "user@host", "address", "TTL"};

	return names[type];
}

void
print_usage_line(FILE *out, const struct command *command)
{
	fprintf(out, "      usage: %s%s%s\n", command->name,
		command->synopsis[0] != '\0' ? " " : "", command->synopsis);
}

static void
print_aliases(FILE *out, const struct command *command)
{
	const char *before = "\nAlso: ";

	for (const struct command *c = commands; c->name != NULL; c++) {
		if (c->alias_of == NULL || strcmp(c->alias_of, command->name) != 0)
			continue;
		fprintf(out, "%s%s", before, c->name);
		before = ", ";
	}
	if (strcmp(before, ", ") == 0)
		fputc('\n', out);
}

static void
print_options(FILE *out, const struct command *command)
{
	struct syntax syntax;
	const char *name;

	syntax_read(command->synopsis, &syntax);
	fputs("\nOptions:\n", out);
	for (size_t n = 0; (name = long_option_name(&syntax, n)) != NULL; n++) {
		int letter = long_option(&syntax, name, strlen(name));
		const char *value = syntax.options[letter].value;
		char brief[8] = "    ";

		if (strcmp(name, "json") != 0)
			snprintf(brief, sizeof(brief), "-%c, ", letter);
		fprintf(out, "  %s--%s%s%s\n", brief, name, value[0] != '\0' ? " " : "", value);
	}
}

void
print_command_help(FILE *out, const struct command *command)
{
	fprintf(out, "%s %s\n\n%s\n", command->name, command->synopsis, command->summary);
	print_aliases(out, command);
	print_options(out, command);
	if (strstr(command->synopsis, "zone-option") != NULL) {
		fputs("\nZone options (no_ before one: off, def_: as configured):\n", out);
		for (size_t n = 0; zone_option_name(n) != NULL; n++)
			fprintf(out, "  %s\n", zone_option_name(n));
	}
	if (command->method == NO_METHOD)
		return;
	fprintf(out, "\nCalls %s: %s\n", rpc_methods[command->method].name,
		rpc_methods[command->method].help);
	for (const struct rpc_param *p = rpc_methods[command->method].params; p->name != NULL; p++)
		fprintf(out, "  %-16s %-9s %s%s\n", p->name, type_name(p->type), p->help,
			p->is_required ? "" : " (optional)");
}

static json_t *
command_to_json(const struct command *command)
{
	return json_pack("{s:s, s:s, s:s, s:s?}", "name", command->name, "synopsis",
			 command->synopsis, "summary", command->summary, "method",
			 command->method != NO_METHOD ? rpc_methods[command->method].name : NULL);
}

static void
print_as_json(FILE *out, const struct command *only)
{
	json_t *list = json_array();

	for (const struct command *c = commands; c->name != NULL; c++)
		if (c->alias_of == NULL && (only == NULL || c == only))
			json_array_append_new(list, command_to_json(c));
	print_json(out, list);
	json_decref(list);
}

dms_error *
run_help(struct tool *tool, struct command_line *line)
{
	const struct command *command = NULL;

	if (line->count > 1) {
		command = command_find(line->words[1]);
		if (command == NULL)
			return dms_error_new(DMS_E_USAGE,
					     "no help on '%s': there is no such command",
					     line->words[1]);
	}
	if (tool->is_json)
		print_as_json(tool->out, command);
	else if (command != NULL)
		print_command_help(tool->out, command);
	else
		print_command_list(tool->out);
	return NULL;
}

/* A hyphen in man source is a dash unless it is escaped. */
static void
print_escaped(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '-')
			putchar('\\');
		putchar(*text);
	}
}

static void
print_man_commands(void)
{
	for (const struct command *c = commands; c->name != NULL; c++) {
		printf(".TP\n.B ");
		print_escaped(c->name);
		if (c->alias_of != NULL) {
			printf("\nThe same as %s.\n", c->alias_of);
			continue;
		}
		putchar(' ');
		print_escaped(c->synopsis);
		putchar('\n');
		print_escaped(c->summary);
		putchar('\n');
	}
}

void
print_man(void)
{
	puts(
	    ".TH ZONE_TOOL 1 \"\" \"DMS\" \"DMS\"\n.SH NAME\nzone_tool \\- operators' shell of "
	    "DMS\n.SH SYNOPSIS\n.B zone_tool\n[\\-c FILE] [\\-f] [\\-j] [command [argument ...]]\n"
	    ".SH DESCRIPTION\nCalls the methods of DMS over NATS. With a command it runs that one\n"
	    "and exits with its status; without, it is a shell with completion, or takes\n"
	    "commands from standard input, one a line.\n.SH OPTIONS\n.TP\n"
	    ".B \\-c, \\-\\-config FILE\nConfiguration file; default $DMS_CONFIG, then\n"
	    "/etc/dms/dms.conf.\n.TP\n.B \\-f, \\-\\-force\nAsks nothing; edit_zone saves an\n"
	    "unchanged text too.\n.TP\n.B \\-j, \\-\\-json\nPrints replies and errors as JSON.\n"
	    ".SH COMMANDS\nEvery command also takes \\-f and \\-\\-json.");
	print_man_commands();
	puts(".SH EXIT STATUS\nThose of sysexits.h: 0 done, 64 wrong use, 65 wrong data, 68 no "
	     "such\n"
	     "zone, server or instance, 69 refused, or ended by Ctrl-C, 70 the editor or pager\n"
	     "failed, 71 a file cannot be read, 73 it exists already, 74 not a text file,\n"
	     "75 try again later, 76 refused by a state machine, 77 not permitted, 78 the\n"
	     "configuration is wrong. Of piped commands, the status of the last that failed.\n"
	     ".SH ENVIRONMENT\nDMS_CONFIG, VISUAL, EDITOR, PAGER, LESS, TMPDIR.\n"
	     ".SH CONFIGURATION");
	config_man(stdout, PROGRAM_ZONE_TOOL);
}
