/* A database of the test's own on the PostgreSQL that DMS_TEST_PG_URL names; without that variable
 * the tests are skipped. Included by one C file of a program. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "db/db.h"
#include "testing.h"

struct scratch {
	const char *url; /* of the scratch database */
	struct db *db;
};

static char *scratch_name, *scratch_url;

/* the URL with another database: "scheme://host/old?options" */
static char *
url_with_database(const char *url, const char *name)
{
	const char *authority = strstr(url, "://");
	const char *path = authority != NULL ? strchr(authority + 3, '/') : NULL;
	const char *options = path != NULL ? strchr(path, '?') : NULL;

	if (path == NULL)
		return talloc_asprintf(NULL, "%s/%s", url, name);
	return talloc_asprintf(NULL, "%.*s/%s%s", (int)(path - url), url, name,
			       options != NULL ? options : "");
}

static int
run_on_server(const char *url, const char *sql)
{
	struct db *db;
	dms_error *error = db_open(NULL, url, "test", 60000, &db);

	if (error == NULL) {
		error = db_script(db, sql);
		talloc_free(db);
	}
	if (error != NULL)
		print_error("%s\n", error->message);
	int status = error != NULL;
	dms_error_free(error);
	return status;
}

static int
make_database(void **state)
{
	const char *url = getenv("DMS_TEST_PG_URL");

	if (url == NULL)
		return 0;
	char *random = random_hex(NULL, 6);
	scratch_name = talloc_asprintf(NULL, "dms_test_%s", random);
	talloc_free(random);
	scratch_url = url_with_database(url, scratch_name);
	char *sql = talloc_asprintf(NULL, "CREATE DATABASE %s", scratch_name);
	int status = run_on_server(url, sql);
	talloc_free(sql);
	return status;
}

static int
drop_database(void **state)
{
	if (scratch_name == NULL)
		return 0;
	char *sql = talloc_asprintf(NULL, "DROP DATABASE %s WITH (FORCE)", scratch_name);
	int status = run_on_server(getenv("DMS_TEST_PG_URL"), sql);
	talloc_free(sql);
	talloc_free(scratch_name);
	talloc_free(scratch_url);
	return status;
}

static int
open_scratch(void **state)
{
	if (scratch_url == NULL)
		return 0;
	struct scratch *scratch = talloc_zero(NULL, struct scratch);
	scratch->url = scratch_url;
	*state = scratch;
	ok(db_open(scratch, scratch_url, "test", 30000, &scratch->db));
	return 0;
}

static int
close_scratch(void **state)
{
	talloc_free(*state);
	return 0;
}

static struct scratch *
need_scratch(void **state)
{
	if (*state == NULL)
		skip();
	return *state;
}
