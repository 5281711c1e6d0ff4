/* rooms: dms_db dms_base */
/* Needs a PostgreSQL: see test_db_scratch.h. */
#include <stdio.h>

#include <pthread.h>

#include "db/migrate.h"
#include "test_db_scratch.h"
#include "testing.h"

static int
count_of_migrations(void)
{
	int count = 0;

	while (migrations[count].version != 0)
		count++;
	return count;
}

static void
migrations_are_numbered_from_one(void **state)
{
	for (int i = 0; i < count_of_migrations(); i++) {
		assert_int_equal(migrations[i].version, i + 1);
		assert_true(strlen(migrations[i].name) > 0);
		assert_non_null(strchr(migrations[i].sql, ';'));
	}
	assert_string_equal(migrations[0].name, "schema");
	/* the text came through whole, brackets, semicolons and last line */
	assert_non_null(strstr(migrations[0].sql, "'^[A-Za-z0-9][-_A-Za-z0-9]{0,31}$'"));
	assert_non_null(strstr(migrations[0].sql, "EXECUTE FUNCTION touch_mtime();"));
}

/* empties the scratch database */
static void
start_anew(struct scratch *scratch)
{
	ok(db_script(scratch->db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public"));
}

static void
expect_schema_error(dms_error *error, bool is_transient, const char *words)
{
	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_SCHEMA);
	assert_int_equal(error->is_transient, is_transient);
	if (strstr(error->message, words) == NULL)
		fail_msg("'%s' does not say '%s'", error->message, words);
	dms_error_free(error);
}

static void
a_second_time_does_nothing(void **state)
{
	struct scratch *scratch = need_scratch(state);
	int applied, database, program;

	start_anew(scratch);
	expect_schema_error(migrate_check(scratch->db), true, "schema version 0");
	ok(migrate(scratch->db, &applied));
	assert_int_equal(applied, count_of_migrations());
	ok(migrate_check(scratch->db));
	ok(migrate(scratch->db, &applied));
	assert_int_equal(applied, 0);
	ok(migrate_versions(scratch->db, &database, &program));
	assert_int_equal(database, program);
}

struct migrator {
	const char *url;
	int applied;
	dms_error *error;
	pthread_t thread;
};

static void *
migrate_in_thread(void *arg)
{
	struct migrator *migrator = arg;
	struct db *db;

	migrator->error = db_open(NULL, migrator->url, "migrator", 0, &db);
	if (migrator->error == NULL) {
		migrator->error = migrate(db, &migrator->applied);
		talloc_free(db);
	}
	return NULL;
}

static void
many_at_once_do_it_once(void **state)
{
	enum { MIGRATORS = 4 };
	struct scratch *scratch = need_scratch(state);
	struct migrator migrators[MIGRATORS];
	int applied = 0;

	start_anew(scratch);
	for (int i = 0; i < MIGRATORS; i++) {
		migrators[i] = (struct migrator){.url = scratch->url};
		assert_int_equal(
		    pthread_create(&migrators[i].thread, NULL, migrate_in_thread, &migrators[i]),
		    0);
	}
	for (int i = 0; i < MIGRATORS; i++)
		pthread_join(migrators[i].thread, NULL);
	for (int i = 0; i < MIGRATORS; i++) {
		ok(migrators[i].error);
		applied += migrators[i].applied;
	}
	assert_int_equal(applied, count_of_migrations());
	ok(migrate_check(scratch->db));
}

static void
a_foreign_history_is_refused(void **state)
{
	struct scratch *scratch = need_scratch(state);
	int applied, database, program;

	start_anew(scratch);
	ok(migrate(scratch->db, &applied));
	ok(db_exec(scratch->db, "INSERT INTO schema_migration (version, name, sha256) VALUES "
				"(9001, 'tomorrow', 'x'), (9002, 'later', 'y')"));
	expect_schema_error(migrate_check(scratch->db), false, "schema version 9002");
	expect_schema_error(migrate(scratch->db, &applied), false, "schema version 9002");
	ok(migrate_versions(scratch->db, &database, &program));
	assert_int_equal(database, 9002);
	assert_int_equal(program, count_of_migrations());

	ok(db_exec(scratch->db, "DELETE FROM schema_migration WHERE version > 9000"));
	ok(migrate_check(scratch->db));
	ok(db_exec(scratch->db, "UPDATE schema_migration SET sha256 = 'z' WHERE version = 1"));
	expect_schema_error(migrate(scratch->db, &applied), false, "migration 1 (schema)");
	expect_schema_error(migrate_check(scratch->db), false, "migration 1 (schema)");
}

static void
every_table_and_column_is_explained(void **state)
{
	struct scratch *scratch = need_scratch(state);
	struct db_result *rows;
	int applied;

	start_anew(scratch);
	ok(migrate(scratch->db, &applied));
	ok(db_query(
	    scratch->db, scratch, &rows,
	    "SELECT c.relname || '.' || a.attname AS name "
	    "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
	    "WHERE c.relkind IN ('r', 'p', 'v') AND c.relnamespace = 'public'::regnamespace "
	    "AND a.attnum > 0 AND NOT a.attisdropped "
	    "AND coalesce(col_description(c.oid, a.attnum), '') !~ '\\.$' "
	    "UNION ALL SELECT relname FROM pg_class "
	    "WHERE relkind IN ('r', 'p', 'v') AND relnamespace = 'public'::regnamespace "
	    "AND coalesce(obj_description(oid, 'pg_class'), '') !~ '\\.$' "
	    "UNION ALL SELECT typname FROM pg_type "
	    "WHERE typtype = 'd' AND typnamespace = 'public'::regnamespace "
	    "AND coalesce(obj_description(oid, 'pg_type'), '') !~ '\\.$' ORDER BY 1"));
	for (int i = 0; i < db_rows(rows); i++)
		print_error("no comment: %s\n", db_text(rows, i, "name"));
	assert_int_equal(db_rows(rows), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(migrations_are_numbered_from_one),
	    cmocka_unit_test_setup_teardown(a_second_time_does_nothing, open_scratch,
					    close_scratch),
	    cmocka_unit_test_setup_teardown(many_at_once_do_it_once, open_scratch, close_scratch),
	    cmocka_unit_test_setup_teardown(a_foreign_history_is_refused, open_scratch,
					    close_scratch),
	    cmocka_unit_test_setup_teardown(every_table_and_column_is_explained, open_scratch,
					    close_scratch),
	};
	return cmocka_run_group_tests(tests, make_database, drop_database);
}
