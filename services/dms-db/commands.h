/* The commands of dms-db. Each prints its result on standard output and may set the exit status;
 * `db` is NULL for those that need no database. */
#pragma once

#include "base/config.h"
#include "db/db.h"

dms_error *command_migrate(struct db *db, int *status);
dms_error *command_version(struct db *db, int *status);
dms_error *command_errors(struct db *db, int *status);
dms_error *command_checks(struct db *db, int *status);
