#include "db/migrate.h"

#include <string.h>

#include "base/secret.h"

/* key of the advisory lock: "dms" and the word migrate, as one number nobody else uses here */
#define LOCK_SQL "SELECT pg_advisory_xact_lock(7235421120431)"

/* the row says what was applied, and the digest that its text must keep */
static const char make_table[] =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    " version integer PRIMARY KEY CHECK (version > 0),"
    " name text NOT NULL,"
    " sha256 text NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT clock_timestamp());"
    "COMMENT ON TABLE schema_migration IS"
    " 'Migrations of this schema that have been applied.';"
    "COMMENT ON COLUMN schema_migration.version IS"
    " 'Number of the migration, counted from 1 without gaps.';"
    "COMMENT ON COLUMN schema_migration.name IS"
    " 'Name of the migration, as its file has it.';"
    "COMMENT ON COLUMN schema_migration.sha256 IS"
    " 'SHA-256 of the migration''s text in hexadecimal, which must not change once applied.';"
    "COMMENT ON COLUMN schema_migration.applied_at IS"
    " 'When it was applied.';";

static int
program_version(void)
{
	int version = 0;

	for (const struct migration *m = migrations; m->version != 0; m++)
		version = m->version;
	return version;
}

static const char *
digest_of(TALLOC_CTX *mem, const struct migration *migration)
{
	uint8_t digest[32];

	sha256(migration->sql, strlen(migration->sql), digest);
	return hex_encode(mem, digest, sizeof digest);
}

/* the recorded migrations must be a beginning of ours, word for word; `*version` is the last */
static dms_error *
check_recorded(struct db *db, TALLOC_CTX *mem, int *version)
{
	struct db_result *rows;
	const struct migration *m = migrations;

	*version = 0;
	TRY(db_query(db, mem, &rows,
		     "SELECT to_regclass('schema_migration') IS NOT NULL AS is_there"));
	if (!db_bool(rows, 0, "is_there"))
		return NULL;
	TRY(db_query(db, mem, &rows,
		     "SELECT version, name, sha256 FROM schema_migration ORDER BY version"));
	for (int i = 0; i < db_rows(rows); i++) {
		int found = (int)db_int(rows, i, "version");
		*version = found;
		/* beyond ours: the database is newer */
		if (m->version == 0)
			continue;
		if (found != m->version ||
		    strcmp(db_text(rows, i, "sha256"), digest_of(mem, m)) != 0)
			return dms_error_new(
			    DMS_E_SCHEMA,
			    "migration %d (%s) recorded in the database is not this "
			    "program's %d (%s)",
			    found, db_text(rows, i, "name"), m->version, m->name);
		m++;
	}
	return NULL;
}

static dms_error *
mismatch(int database, int program)
{
	dms_error *error = dms_error_new(
	    DMS_E_SCHEMA, "the database has schema version %d, this program needs version %d%s",
	    database, program, database < program ? ": run 'dms-db migrate'" : "");

	/* somebody may be migrating just now */
	error->is_transient = database < program;
	dms_error_put_int(error, "database_version", database);
	return dms_error_put_int(error, "program_version", program);
}

/* one migration, unless another caller was faster; within a transaction under the lock */
static dms_error *
apply_locked(struct db *db, TALLOC_CTX *mem, const struct migration *migration, bool *did)
{
	int recorded;

	TRY(db_exec(db, LOCK_SQL));
	TRY(check_recorded(db, mem, &recorded));
	if (recorded > program_version())
		return mismatch(recorded, program_version());
	*did = recorded < migration->version;
	if (!*did)
		return NULL;
	TRY(db_script(db, make_table));
	TRY(db_script(db, migration->sql));
	return db_exec(
	    db, "INSERT INTO schema_migration (version, name, sha256) VALUES ($1, $2, $3)",
	    P_INT(migration->version), P_TEXT(migration->name), P_TEXT(digest_of(mem, migration)));
}

static dms_error *
apply(struct db *db, const struct migration *migration, bool *did)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	dms_error *error = db_begin(db);

	if (error == NULL)
		error = apply_locked(db, mem, migration, did);
	if (error == NULL)
		error = db_commit(db);
	else
		db_rollback(db);
	talloc_free(mem);
	return dms_error_wrap(error, "migration %d (%s)", migration->version, migration->name);
}

dms_error *
migrate(struct db *db, int *applied)
{
	return migrate_telling(db, applied, NULL, NULL);
}

dms_error *
migrate_telling(struct db *db, int *applied,
		void (*tell)(void *arg, const struct migration *migration), void *arg)
{
	*applied = 0;
	for (const struct migration *m = migrations; m->version != 0; m++) {
		bool did = false;
		TRY(apply(db, m, &did));
		if (!did)
			continue;
		++*applied;
		if (tell != NULL)
			tell(arg, m);
	}
	return NULL;
}

dms_error *
migrate_versions(struct db *db, int *database, int *program)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	dms_error *error = check_recorded(db, mem, database);

	talloc_free(mem);
	*program = program_version();
	return error;
}

dms_error *
migrate_check(struct db *db)
{
	int database, program;

	TRY(migrate_versions(db, &database, &program));
	return database == program ? NULL : mismatch(database, program);
}
