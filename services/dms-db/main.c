/* dms-db: the schema of the database, brought up to date and looked at. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "base/log.h"
#include "commands.h"

struct command {
	const char *name;
	const char *help;
	bool needs_db;
	dms_error *(*run)(struct db *db, int *status);
};

static const struct command commands[] = {
    {"migrate", "Apply the migrations that the database does not have yet.", true, command_migrate},
    {"version", "Show both schema versions; exit 0: equal, 1: database older, 2: newer.", true,
     command_version},
    {"errors", "Print the catalogue of errors as Markdown.", false, command_errors},
    {"checks", "Print the checks of zones as Markdown.", false, command_checks},
};
#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static const char summary[] = "create and upgrade the database schema of DMS";

static void
print_help(FILE *out)
{
	fprintf(out, "dms-db: %s\n\nUsage: dms-db [-c FILE] COMMAND\n\nCommands:\n", summary);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
	fputs("\nOptions:\n"
	      "  -c, --config FILE  configuration file (else $DMS_CONFIG, else /etc/dms/dms.conf)\n"
	      "      --help-config  explain the configuration keys\n"
	      "      --man          print the manual page's source\n"
	      "  -h, --help         this text\n"
	      "      --version      version of the program\n",
	      out);
}

static void
print_man(FILE *out)
{
	fprintf(
	    out,
	    ".TH DMS\\-DB 8 \"\" \"DMS %s\" \"System Administration\"\n"
	    ".SH NAME\ndms\\-db \\- %s\n"
	    ".SH SYNOPSIS\n.B dms\\-db\n[\\fB\\-c\\fR \\fIFILE\\fR] \\fICOMMAND\\fR\n"
	    ".SH DESCRIPTION\n"
	    "Every program of DMS carries the numbered migrations that lead to its schema; this "
	    "one "
	    "applies them.\nEach is applied once, in order, in a transaction of its own, under a "
	    "lock: it does no harm to run it again, or twice at once.\nThe services wait until the "
	    "schema is the one they need.\n"
	    ".SH COMMANDS\n",
	    DMS_VERSION, summary);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(out, ".TP\n.B %s\n%s\n", commands[i].name, commands[i].help);
	fputs(".SH OPTIONS\n"
	      ".TP\n.BR \\-c \", \" \\-\\-config \" \\fIFILE\\fR\"\nUse this configuration file.\n"
	      ".TP\n.B \\-\\-help\\-config\nExplain the configuration keys.\n"
	      ".TP\n.B \\-\\-man\nPrint the source of this page.\n"
	      ".TP\n.BR \\-h \", \" \\-\\-help\nShow a summary.\n"
	      ".TP\n.B \\-\\-version\nShow the version of the program.\n",
	      out);
	config_man(out, PROGRAM_DMS_DB);
	fputs(".SH EXIT STATUS\n"
	      "0 on success; of\n.BR version ,\n1 when the database is older than the program and "
	      "2 when "
	      "it is newer; else as in\n.BR sysexits (3):\n64 wrong usage, 75 PostgreSQL cannot be "
	      "reached, 78 wrong configuration or foreign schema.\n"
	      ".SH SEE ALSO\n.BR psql (1)\n",
	      out);
}

/* says the error on the terminal; its exit status */
static int
complain(dms_error *error)
{
	int status = dms_err_info(error->id)->exit_status;

	fprintf(stderr, "dms-db: %s\n", error->message);
	dms_error_free(error);
	return status;
}

/* the command named on the command line; NULL sets `*error` */
static const struct command *
find_command(int argc, char **argv, dms_error **error)
{
	for (size_t i = 0; i < COMMAND_COUNT && argc - optind == 1; i++)
		if (strcmp(commands[i].name, argv[optind]) == 0)
			return &commands[i];
	if (optind >= argc)
		*error = dms_error_new(DMS_E_USAGE, "which command? See dms-db --help");
	else if (argc - optind > 1)
		*error = dms_error_new(DMS_E_USAGE, "unexpected argument '%s'", argv[optind + 1]);
	else
		*error = dms_error_new(DMS_E_USAGE, "unknown command '%s'; see dms-db --help",
				       argv[optind]);
	return NULL;
}

static dms_error *
run_command(TALLOC_CTX *mem, const struct command *command, const char *config_file, int *status)
{
	struct dms_config *config;
	struct db *db = NULL;

	if (command->needs_db) {
		TRY(config_load(mem, config_file, PROGRAM_DMS_DB, &config));
		log_init("dms-db", strcmp(config->log_format, "json") == 0 ? LOG_JSON : LOG_TEXT,
			 log_level_parse(config->log_level));
		/* no statement timeout: a migration may rewrite a big table */
		TRY(db_open(mem, config->db_url, "dms-db", 0, &db));
	}
	TRY(command->run(db, status));
	if (fflush(stdout) != 0)
		return dms_error_new(DMS_E_FILE, "cannot write to standard output: %s",
				     strerror(errno));
	return NULL;
}

int
main(int argc, char **argv)
{
	enum { OPT_VERSION = 256, OPT_HELP_CONFIG, OPT_MAN };
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, OPT_VERSION},
	    {"help-config", no_argument, NULL, OPT_HELP_CONFIG},
	    {"man", no_argument, NULL, OPT_MAN},
	    {NULL, 0, NULL, 0},
	};
	const char *config_file = NULL;
	dms_error *error = NULL;
	int option, status = 0;

	while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			config_file = optarg;
			break;
		case 'h':
			print_help(stdout);
			return 0;
		case OPT_VERSION:
			printf("dms-db %s\n", DMS_VERSION);
			return 0;
		case OPT_HELP_CONFIG:
			config_help(stdout, PROGRAM_DMS_DB);
			return 0;
		case OPT_MAN:
			print_man(stdout);
			return 0;
		default:
			return EX_USAGE;
		}
	}
	const struct command *command = find_command(argc, argv, &error);
	if (command == NULL)
		return complain(error);
	TALLOC_CTX *mem = talloc_new(NULL);
	error = run_command(mem, command, config_file, &status);
	talloc_free(mem);
	return error != NULL ? complain(error) : status;
}
