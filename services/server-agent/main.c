/* server-agent: makes the name server beside it what the system says it should be. */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "agent.h"
#include "bind9/settings.h"

/* `server-agent [-c file] --prepare`: the files that named.conf includes, so that the name server
 * can start before the first pull. */
static int
prepare(int argc, char **argv)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct dms_config *config;
	const char *path = NULL;
	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], "-c") == 0)
			path = argv[i + 1];
	}
	dms_error *error = config_load(mem, path, PROGRAM_SERVER_AGENT, &config);
	if (error == NULL)
		error = settings_prepare(config);
	if (error != NULL)
		fprintf(stderr, "server-agent: %s\n", error->message);
	int status = error == NULL ? EX_OK : error->id == DMS_E_CONFIG ? EX_CONFIG : EX_CANTCREAT;
	dms_error_free(error);
	talloc_free(mem);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct service_description description = {
	    .program = PROGRAM_SERVER_AGENT,
	    .version = DMS_VERSION,
	    .summary = "keeps the name server on this host as its server group should be",
	    .threads = 2, /* one applies, one reports; neither waits for the other */
	    .start = agent_start,
	    .stop = agent_stop,
	    .bus_state = agent_bus_state,
	};
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--prepare") == 0)
			return prepare(argc, argv);
	}
	return service_main(argc, argv, &description);
}
