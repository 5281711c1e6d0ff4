/* Many rows: out through a cursor, in through COPY. */
#include <string.h>

#include "db/connection.h"

enum { BATCH_DEFAULT = 1000 };

/* cursors nest when `each` reads another big table, so each has a name of its own */
static dms_error *
fetch_all(struct db *db, const char *fetch, const char *cursor,
	  dms_error *(*each)(void *arg, const struct db_result *result), void *arg)
{
	for (;;) {
		PGresult *pg = PQexec(db->conn, fetch);
		if (PQresultStatus(pg) != PGRES_TUPLES_OK) {
			dms_error *error = db_error_of(db->conn, pg, cursor);
			PQclear(pg);
			return db_failed(db, error);
		}
		if (PQntuples(pg) == 0) {
			PQclear(pg);
			return NULL;
		}
		struct db_result *result = db_result_new(NULL, pg);
		dms_error *error = each(arg, result);
		talloc_free(result);
		TRY(error);
	}
}

dms_error *
db_each(struct db *db, const char *sql, int count, const struct db_param *params, int batch,
	dms_error *(*each)(void *arg, const struct db_result *result), void *arg)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct db_wire_params wire;
	dms_error *error;
	PGresult *pg;

	const char *cursor = talloc_asprintf(mem, "c%u", db->next_number++);
	const char *declare =
	    talloc_asprintf(mem, "DECLARE %s NO SCROLL CURSOR FOR %s", cursor, sql);
	const char *fetch = talloc_asprintf(mem, "FETCH FORWARD %d FROM %s",
					    batch > 0 ? batch : BATCH_DEFAULT, cursor);
	if (!db_in_transaction(db)) {
		error = dms_error_new(db->is_begun ? DMS_E_DB_UNAVAILABLE : DMS_E_INTERNAL,
				      "a cursor needs an open transaction");
		goto out;
	}
	db_params_to_wire(mem, count, params, &wire);
	pg = PQexecParams(db->conn, declare, count, NULL, wire.values, wire.lengths, wire.formats,
			  0);
	if (PQresultStatus(pg) != PGRES_COMMAND_OK) {
		error = db_failed(db, db_error_of(db->conn, pg, "cursor"));
		PQclear(pg);
		goto out;
	}
	PQclear(pg);
	TRY_GOTO(fetch_all(db, fetch, cursor, each, arg), out);
	error = db_script(db, talloc_asprintf(mem, "CLOSE %s", cursor));
out:
	talloc_free(mem);
	return error;
}

dms_error *
db_copy_begin(struct db *db, const char *copy_sql)
{
	TRY(db_ensure(db));
	PGresult *pg = PQexec(db->conn, copy_sql);
	ExecStatusType status = PQresultStatus(pg);
	dms_error *error = NULL;

	if (status != PGRES_COPY_IN)
		error = db_failed(db, db_error_of(db->conn, pg, "COPY"));
	PQclear(pg);
	return error;
}

/* escapes of COPY's text format: PostgreSQL manual, COPY, "Text Format" */
static char *
append_copy_text(char *row, const char *text)
{
	for (;;) {
		size_t plain = strcspn(text, "\\\n\r\t\b\f\v");
		row = talloc_strndup_append_buffer(row, text, plain);
		text += plain;
		switch (*text++) {
		case '\0':
			return row;
		case '\\':
			row = talloc_strdup_append_buffer(row, "\\\\");
			break;
		case '\n':
			row = talloc_strdup_append_buffer(row, "\\n");
			break;
		case '\r':
			row = talloc_strdup_append_buffer(row, "\\r");
			break;
		case '\t':
			row = talloc_strdup_append_buffer(row, "\\t");
			break;
		case '\b':
			row = talloc_strdup_append_buffer(row, "\\b");
			break;
		case '\f':
			row = talloc_strdup_append_buffer(row, "\\f");
			break;
		default:
			row = talloc_strdup_append_buffer(row, "\\v");
			break;
		}
	}
}

dms_error *
db_copy_row(struct db *db, int count, const struct db_param *params)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	char *row = talloc_strdup(mem, "");
	dms_error *error = NULL;

	for (int i = 0; i < count; i++) {
		const char *text = db_param_text(mem, &params[i]);
		if (i > 0)
			row = talloc_strdup_append_buffer(row, "\t");
		if (text == NULL)
			row = talloc_strdup_append_buffer(row, "\\N");
		else
			row = append_copy_text(row, text);
	}
	row = talloc_strdup_append_buffer(row, "\n");
	if (PQputCopyData(db->conn, row, (int)strlen(row)) != 1)
		error = db_failed(db, db_error_of(db->conn, NULL, "COPY"));
	talloc_free(mem);
	return error;
}

dms_error *
db_copy_end(struct db *db)
{
	dms_error *error = NULL;

	if (PQputCopyEnd(db->conn, NULL) != 1)
		return db_failed(db, db_error_of(db->conn, NULL, "COPY"));
	for (;;) {
		PGresult *pg = PQgetResult(db->conn);
		if (pg == NULL)
			break;
		if (PQresultStatus(pg) != PGRES_COMMAND_OK && error == NULL)
			error = db_error_of(db->conn, pg, "COPY");
		PQclear(pg);
	}
	return db_failed(db, error);
}
