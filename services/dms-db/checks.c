/* docs/checks.md, out of the table of checks. */
#include <stdio.h>

#include "commands.h"
#include "dns/zonetext.h"

dms_error *
command_checks(struct db *db, int *status)
{
	zone_text_print_checks(stdout);
	return NULL;
}
