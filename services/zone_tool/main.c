/* zone_tool: the operators' shell. Everything it does is a method of the door, called over NATS. */
#include <getopt.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "tool.h"

#define BUS_END_MS 2000

/* The real user at the host's full name (spec/zone-tool.md section 1.8). */
static char *
make_login_id(TALLOC_CTX *mem)
{
	char host[256] = "localhost";
	struct addrinfo hints = {.ai_flags = AI_CANONNAME};
	struct addrinfo *found = NULL;
	const struct passwd *user = getpwuid(getuid());
	char *login;

	gethostname(host, sizeof(host) - 1);
	if (getaddrinfo(host, NULL, &hints, &found) == 0 && found->ai_canonname != NULL)
		snprintf(host, sizeof(host), "%s", found->ai_canonname);
	if (found != NULL)
		freeaddrinfo(found);
	login = user != NULL ? talloc_asprintf(mem, "%s@%s", user->pw_name, host)
			     : talloc_asprintf(mem, "uid%u@%s", (unsigned)getuid(), host);
	return login;
}

static void
print_usage(FILE *out)
{
	fputs("usage: zone_tool [-c FILE] [-f] [-j] [command [argument ...]]\n"
	      "  -c, --config FILE   configuration, default $DMS_CONFIG or /etc/dms/dms.conf\n"
	      "  -f, --force         ask nothing\n"
	      "  -j, --json          print replies and errors as JSON\n"
	      "      --help-config   the configuration keys\n"
	      "      --man           the manual page, as man(7) source\n"
	      "  -h, --help          this and the commands\n"
	      "      --version       the version\n"
	      "Without a command: an interactive shell, or commands from standard input.\n\n",
	      out);
	if (out == stdout)
		print_command_list(out);
}

enum { OPTION_VERSION = 256, OPTION_HELP_CONFIG, OPTION_MAN };

/* Reads the options; -1 to go on, else the exit status. */
static int
parse_options(int argc, char **argv, struct tool *tool, const char **config)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"force", no_argument, NULL, 'f'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, OPTION_VERSION},
	    {"help-config", no_argument, NULL, OPTION_HELP_CONFIG},
	    {"man", no_argument, NULL, OPTION_MAN},
	    {0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "+c:fjh", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			*config = optarg;
			break;
		case 'f':
			tool->is_forced = true;
			break;
		case 'j':
			tool->is_json = true;
			break;
		case 'h':
			print_usage(stdout);
			return EX_OK;
		case OPTION_VERSION:
			puts("zone_tool " DMS_VERSION);
			return EX_OK;
		case OPTION_HELP_CONFIG:
			config_help(stdout, PROGRAM_ZONE_TOOL);
			return EX_OK;
		case OPTION_MAN:
			print_man();
			return EX_OK;
		default:
			print_usage(stderr);
			return EX_USAGE;
		}
	}
	return -1;
}

/* Only what calls a method needs the configuration. */
static bool
is_offline(int argc, char **argv)
{
	const struct command *command = optind < argc ? command_find(argv[optind]) : NULL;

	return optind < argc &&
	       (command == NULL || command->method == NO_METHOD || argv[optind][0] == '?');
}

static dms_error *
load_config(struct tool *tool, const char *file)
{
	struct dms_config *config = NULL;

	TRY(config_load(tool->mem, file, PROGRAM_ZONE_TOOL, &config));
	tool->config = config;
	return NULL;
}

/* Threads of calls that were left behind still hold the bus: it goes with the process, past what
 * other threads must not be in. */
static void
leave(struct tool *tool)
{
	bool has_bus = tool->bus != NULL, has_ended = tool->calls_left_behind == 0;

	if (has_bus && has_ended) {
		bus_drain(tool->bus, 1000);
		has_ended = talloc_free(tool->bus) == 0 && bus_end(BUS_END_MS);
	}
	if (!has_ended) {
		fflush(NULL);
		_exit(tool->status);
	}
	talloc_free(tool->mem);
}

int
main(int argc, char **argv)
{
	struct tool tool = {.mem = talloc_new(NULL), .out = stdout};
	const char *file = NULL;
	int status = parse_options(argc, argv, &tool, &file);
	dms_error *error = NULL;

	if (status >= 0) {
		talloc_free(tool.mem);
		return status;
	}
	if (!is_offline(argc, argv)) {
		error = load_config(&tool, file);
		tool.login_id = make_login_id(tool.mem);
	}
	if (error != NULL) {
		fprintf(stderr, "zone_tool: %s\n", error->message);
		dms_error_free(error);
		talloc_free(tool.mem);
		return EX_CONFIG;
	}
	log_init("zone_tool", LOG_TEXT, LOG_CRIT);
	interrupt_begin();
	if (optind < argc) {
		struct command_line line = {
		    .mem = talloc_new(tool.mem), .count = argc - optind, .words = argv + optind};

		command_run(&tool, &line);
	} else {
		tool.status = shell_run(&tool);
	}
	status = tool.status;
	leave(&tool);
	return status;
}
