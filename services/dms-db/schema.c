#include <stdio.h>

#include "commands.h"
#include "db/migrate.h"

static void
say_applied(void *arg, const struct migration *migration)
{
	printf("applied %04d_%s\n", migration->version, migration->name);
	/* a long migration may follow */
	fflush(stdout);
}

dms_error *
command_migrate(struct db *db, int *status)
{
	int applied, database, program;

	TRY(migrate_telling(db, &applied, say_applied, NULL));
	TRY(migrate_versions(db, &database, &program));
	printf("schema version %d%s\n", database, applied == 0 ? ", nothing to do" : "");
	return NULL;
}

dms_error *
command_version(struct db *db, int *status)
{
	int database, program;

	TRY(migrate_versions(db, &database, &program));
	printf("database %d\nprogram %d\n", database, program);
	if (database != program)
		*status = database < program ? 1 : 2;
	return NULL;
}
