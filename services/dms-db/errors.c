/* docs/errors.md, out of the error table. */
#include <stdio.h>

#include "commands.h"

/* a table cell: the bar would end it */
static void
print_cell(const char *text)
{
	fputs(" ", stdout);
	for (; *text != '\0'; text++) {
		if (*text == '|')
			putchar('\\');
		putchar(*text);
	}
	fputs(" |", stdout);
}

dms_error *
command_errors(struct db *db, int *status)
{
	fputs(
	    "# Errors\n\n"
	    "Every error has a stable code and name. A JSON-RPC reply carries the code in "
	    "`error.code`,\na sentence in `error.message`, and in `error.data` the fields named in "
	    "braces, the ancestry in\n`exception_type` and name and sentence in "
	    "`exception_message`. *Transient* errors may go better\nat the next try. `zone_tool` "
	    "exits with the status shown.\n\n"
	    "This page is the output of `dms-db errors`.\n\n"
	    "| Code | Name | Family | Kind | Exit | Meaning |\n"
	    "|---:|---|---|---|---:|---|\n",
	    stdout);
	for (int id = DMS_OK + 1; id < DMS_E_COUNT; id++) {
		const struct dms_err_info *info = dms_err_info((enum dms_err)id);
		printf("| %d | %s | %s | %s | %d |", info->code, info->name, info->parent,
		       info->manner == DMS_TRANSIENT ? "transient" : "permanent",
		       info->exit_status);
		print_cell(info->meaning);
		putchar('\n');
	}
	return NULL;
}
