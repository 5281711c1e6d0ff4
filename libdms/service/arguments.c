/* The command line of a daemon, and its pages. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "service/daemon.h"

enum { OPTION_VERSION = 256, OPTION_HELP_CONFIG, OPTION_MACHINES, OPTION_MAN };

static const struct shown {
	const char *name; /* as on the terminal */
	const char *help;
	bool is_of_machines; /* for daemons that own state machines */
} shown[] = {
    {"-c, --config FILE", "Configuration file; default $DMS_CONFIG, else /etc/dms/dms.conf.",
     false},
    {"-h, --help", "Print this summary.", false},
    {"    --help-config", "Print every configuration key with its type and default.", false},
    {"    --machines", "Print the state machines it owns: diagrams and tables, as Markdown.", true},
    {"    --man", "Print the manual page as man(7) source: pipe it to man -l -.", false},
    {"    --version", "Print the version.", false},
};

static bool
is_shown(const struct shown *option, const struct service_description *description)
{
	return !option->is_of_machines || description->print_machines != NULL;
}

static void
print_help(FILE *out, const struct service_description *description)
{
	fprintf(out, "%s: %s\n\nUsage: %s [-c FILE]\n\n", program_name(description->program),
		description->summary, program_name(description->program));
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++)
		if (is_shown(&shown[i], description))
			fprintf(out, "  %-20s %s\n", shown[i].name, shown[i].help);
}

/* a hyphen in man source is a dash unless it is escaped */
static void
print_man_text(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '-')
			fputs("\\-", out);
		else if (*text == '\\')
			fputs("\\e", out);
		else
			fputc(*text, out);
	}
}

static void
print_man_head(FILE *out, const struct service_description *description)
{
	const char *name = program_name(description->program);

	fprintf(out, ".TH \"%s\" 8 \"\" \"dms %s\" \"DMS\"\n.SH NAME\n", name,
		description->version);
	print_man_text(out, name);
	fputs(" \\- ", out);
	print_man_text(out, description->summary);
	fputs("\n.SH SYNOPSIS\n.B ", out);
	print_man_text(out, name);
	fputs("\n.RB [ \\-c\n.IR FILE ]\n.SH DESCRIPTION\n.B ", out);
	print_man_text(out, name);
	fputs("\nis one of the services of DMS: ", out);
	print_man_text(out, description->summary);
	fputs(
	    ".\nIt stays in the foreground, logs to standard error, and tells the service manager\n"
	    "when it is ready (see\n.BR sd_notify (3)).\n"
	    "NATS, and the database where it is used, may be away when it starts and at any time\n"
	    "later: it waits for them and goes on.\n.SH OPTIONS\n",
	    out);
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		if (!is_shown(&shown[i], description))
			continue;
		fputs(".TP\n.B ", out);
		print_man_text(out, shown[i].name + strspn(shown[i].name, " "));
		fputc('\n', out);
		print_man_text(out, shown[i].help);
		fputc('\n', out);
	}
}

static const char man_tail[] =
    ".SH SIGNALS\n"
    ".TP\n.BR SIGTERM \", \" SIGINT\n"
    "Stop: take in nothing new, finish what was begun (at most\n.BR drain_timeout ),\nexit.\n"
    "A second one ends the process at once; what it was at is taken up by another copy\n"
    "or after the restart.\n"
    ".TP\n.B SIGHUP\n"
    "Read log level and log format of the configuration file again, and whatever else the\n"
    "service can change while it runs. Other keys need a restart.\n"
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\nStopped by a signal, or a page was printed.\n"
    ".TP\n.B 1\nStopped by a second signal.\n"
    ".TP\n.B 64\nWrong arguments.\n"
    ".TP\n.B 69\nSomething needed was not to be had at the start; trying again may help.\n"
    ".TP\n.B 78\nThe configuration is wrong; the message on standard error says where.\n"
    ".SH SEE ALSO\n"
    ".BR dms\\-db (8),\n.BR master\\-sm (8),\n.BR reverse\\-ptr (8),\n.BR rpc\\-gateway (8),\n"
    ".BR server\\-agent (8),\n.BR zone\\-sm (8),\n.BR zone_tool (1)\n";

static void
print_man(FILE *out, const struct service_description *description)
{
	print_man_head(out, description);
	config_man(out, description->program);
	fputs(man_tail, out);
}

static int
wrong_use(const struct service_description *description)
{
	fprintf(stderr, "Try '%s --help'.\n", program_name(description->program));
	return EX_USAGE;
}

int
arguments_read(int argc, char **argv, const struct service_description *description,
	       const char **path)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {"help-config", no_argument, NULL, OPTION_HELP_CONFIG},
	    {"machines", no_argument, NULL, OPTION_MACHINES},
	    {"man", no_argument, NULL, OPTION_MAN},
	    {"version", no_argument, NULL, OPTION_VERSION},
	    {NULL, 0, NULL, 0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			*path = optarg;
			break;
		case 'h':
			print_help(stdout, description);
			return EX_OK;
		case OPTION_HELP_CONFIG:
			config_help(stdout, description->program);
			return EX_OK;
		case OPTION_MACHINES:
			if (description->print_machines == NULL)
				return wrong_use(description);
			description->print_machines(stdout);
			return EX_OK;
		case OPTION_MAN:
			print_man(stdout, description);
			return EX_OK;
		case OPTION_VERSION:
			printf("%s %s\n", program_name(description->program), description->version);
			return EX_OK;
		default:
			return wrong_use(description);
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "%s: %s: no such argument\n", argv[0], argv[optind]);
	return wrong_use(description);
}

dms_error *
logs_init(const struct dms_config *config)
{
	int level = log_level_parse(config->log_level);
	bool is_json = strcmp(config->log_format, "json") == 0;

	if (level < 0)
		return dms_error_new(DMS_E_CONFIG,
				     "%s: log_level \"%s\" is not a level: debug, info, notice, "
				     "warning, err, crit",
				     config->file, config->log_level);
	if (!is_json && strcmp(config->log_format, "text") != 0)
		return dms_error_new(DMS_E_CONFIG, "%s: log_format \"%s\" is neither text nor json",
				     config->file, config->log_format);
	log_init(config->program_name, is_json ? LOG_JSON : LOG_TEXT, level);
	return NULL;
}
