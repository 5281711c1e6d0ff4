#include "db/connection.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A value of the `options` parameter: blanks and backslashes would end it. */
static char *
session_options(TALLOC_CTX *mem, int64_t statement_timeout_ms)
{
	return talloc_asprintf(mem,
			       "-c statement_timeout=%" PRId64 " -c TimeZone=UTC -c DateStyle=ISO "
			       "-c IntervalStyle=postgres -c extra_float_digits=1 "
			       "-c bytea_output=hex -c standard_conforming_strings=on",
			       statement_timeout_ms > 0 ? statement_timeout_ms : 0);
}

/* Options that the URL brings (search_path, say) stay, ours come after them. */
static char *
options_of_url(TALLOC_CTX *mem, const char *url)
{
	char *options = NULL;
	PQconninfoOption *parts = PQconninfoParse(url, NULL);

	for (PQconninfoOption *part = parts; part != NULL && part->keyword != NULL; part++)
		if (strcmp(part->keyword, "options") == 0 && part->val != NULL)
			options = talloc_strdup(mem, part->val);
	PQconninfoFree(parts);
	return options != NULL ? options : talloc_strdup(mem, "");
}

static void
drop_notice(void *arg, const PGresult *result)
{
}

dms_error *
db_connect(const char *url, const char *application, int64_t statement_timeout_ms, PGconn **conn)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	char *options = talloc_asprintf(mem, "%s %s", options_of_url(mem, url),
					session_options(mem, statement_timeout_ms));
	/* those before the URL (dbname) are defaults it may change, those after it are fixed */
	/* clang-format off */
	static const char *const keywords[] = {
	    "connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count",
	    "tcp_user_timeout", "dbname", "client_encoding", "options", "application_name", NULL,
	};
	const char *const values[] = {
	    "10", "10", "5", "3",
	    "25000", url, "UTF8", options, application, NULL,
	};
	/* clang-format on */

	*conn = PQconnectdbParams(keywords, values, 1);
	talloc_free(mem);
	if (PQstatus(*conn) != CONNECTION_OK) {
		dms_error *error = db_error_of(*conn, NULL, "cannot connect to PostgreSQL");
		PQfinish(*conn);
		*conn = NULL;
		return error;
	}
	PQsetNoticeReceiver(*conn, drop_notice, NULL);
	return NULL;
}

static int
close_connection(struct db *db)
{
	PQfinish(db->conn);
	return 0;
}

struct db *
db_open_later(TALLOC_CTX *mem, const char *url, const char *application,
	      int64_t statement_timeout_ms)
{
	struct db *made = talloc_zero(mem, struct db);

	made->url = talloc_strdup(made, url);
	made->application = talloc_strdup(made, application);
	made->statement_timeout_ms = statement_timeout_ms;
	talloc_set_destructor(made, close_connection);
	return made;
}

dms_error *
db_open(TALLOC_CTX *mem, const char *url, const char *application, int64_t statement_timeout_ms,
	struct db **db)
{
	struct db *made = db_open_later(mem, url, application, statement_timeout_ms);
	dms_error *error = db_connect(url, application, statement_timeout_ms, &made->conn);

	if (error != NULL) {
		talloc_free(made);
		return error;
	}
	*db = made;
	return NULL;
}

bool
db_is_connected(const struct db *db)
{
	return db->conn != NULL && PQstatus(db->conn) == CONNECTION_OK;
}

dms_error *
db_ensure(struct db *db)
{
	if (db->is_lost)
		return dms_error_new(DMS_E_DB_UNAVAILABLE,
				     "the connection to PostgreSQL broke within this transaction");
	if (db_is_connected(db))
		return NULL;
	db_forget_statements(db);
	PQfinish(db->conn);
	db->conn = NULL;
	return db_connect(db->url, db->application, db->statement_timeout_ms, &db->conn);
}

dms_error *
db_failed(struct db *db, dms_error *error)
{
	if (!db_is_connected(db) && db->is_begun)
		db->is_lost = true;
	return error;
}

/* which of our errors an SQLSTATE is (PostgreSQL manual, appendix A) */
static enum dms_err
error_of_state(const char *state)
{
	static const struct {
		const char *prefix;
		enum dms_err id;
	} table[] = {
	    {"08", DMS_E_DB_UNAVAILABLE},    /* connection exception */
	    {"57P0", DMS_E_DB_UNAVAILABLE},  /* shutdown, crash, cannot connect now */
	    {"53300", DMS_E_DB_UNAVAILABLE}, /* too many connections */
	    {"40001", DMS_E_DB_CONFLICT},    /* serialization failure */
	    {"40P01", DMS_E_DB_CONFLICT},    /* deadlock */
	    {"55P03", DMS_E_DB_CONFLICT},    /* lock not available */
	    {"25006", DMS_E_DB_READ_ONLY},   /* read-only transaction: a standby */
	    {"23505", DMS_E_DB_UNIQUE},      /* unique violation */
	    {"23514", DMS_E_DB_CHECK},       /* check violation */
	    {"23503", DMS_E_DB_CHECK},       /* foreign key violation */
	    {"23502", DMS_E_DB_CHECK},       /* not null violation */
	    {"22", DMS_E_DB_CHECK},          /* data exception */
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (strncmp(state, table[i].prefix, strlen(table[i].prefix)) == 0)
			return table[i].id;
	return DMS_E_DB;
}

/* attaches a field of the server's report when it has one */
static void
put_field(dms_error *error, const PGresult *result, int field, const char *key)
{
	const char *value = PQresultErrorField(result, field);

	if (value != NULL)
		dms_error_put_str(error, key, value);
}

/* libpq's messages end with a line feed and may have several lines: one sentence of it */
static dms_error *
error_with_text(enum dms_err id, const char *doing, const char *text)
{
	size_t length = strlen(text);

	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == ' '))
		length--;
	char *line = strndup(text, length);
	if (line != NULL)
		for (char *at = line; *at != '\0'; at++)
			if (*at == '\n' || *at == '\t')
				*at = ' ';
	dms_error *error = dms_error_new(id, "%s: %s", doing, line != NULL ? line : "");
	free(line);
	return error;
}

dms_error *
db_error_of(PGconn *conn, const PGresult *result, const char *doing)
{
	const char *state = result != NULL ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

	if (state == NULL) {
		/* said by libpq, not by the server: the wire, or the authentication */
		const char *text =
		    result != NULL ? PQresultErrorMessage(result) : PQerrorMessage(conn);
		bool is_down = PQstatus(conn) != CONNECTION_OK;
		return error_with_text(is_down ? DMS_E_DB_UNAVAILABLE : DMS_E_DB, doing, text);
	}
	dms_error *error = error_with_text(error_of_state(state), doing,
					   PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
	if (PQstatus(conn) != CONNECTION_OK && error->id == DMS_E_DB) {
		error->id = DMS_E_DB_UNAVAILABLE;
		error->is_transient = true;
	}
	dms_error_put_str(error, "sqlstate", state);
	put_field(error, result, PG_DIAG_CONSTRAINT_NAME, "constraint");
	put_field(error, result, PG_DIAG_TABLE_NAME, "table");
	put_field(error, result, PG_DIAG_COLUMN_NAME, "column");
	/* only these: of a broken CHECK the detail is the whole row, TSIG secrets and all */
	if (strcmp(state, "23505") == 0 || strcmp(state, "23503") == 0)
		put_field(error, result, PG_DIAG_MESSAGE_DETAIL, "detail");
	if (error->id == DMS_E_DB_READ_ONLY)
		put_field(error, result, PG_DIAG_MESSAGE_PRIMARY, "exc_msg");
	return error;
}
