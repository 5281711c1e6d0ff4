/* Many rows: out through a cursor, in through COPY. */
#include <inttypes.h>
#include <stdio.h>
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
	db->copy_size = 0; /* of one that was given up */
	PGresult *pg = PQexec(db->conn, copy_sql);
	ExecStatusType status = PQresultStatus(pg);
	dms_error *error = NULL;

	if (status != PGRES_COPY_IN)
		error = db_failed(db, db_error_of(db->conn, pg, "COPY"));
	PQclear(pg);
	return error;
}

enum { COPY_CHUNK = 64 * 1024 };

/* Room for `more` further bytes. */
static char *
copy_room(struct db *db, size_t more)
{
	if (db->copy_room - db->copy_size < more) {
		db->copy_room = (db->copy_size + more) * 2 + COPY_CHUNK;
		db->copy = talloc_realloc(db, db->copy, char, db->copy_room);
	}
	return db->copy + db->copy_size;
}

/* escapes of COPY's text format: PostgreSQL manual, COPY, "Text Format" */
static void
append_copy_text(struct db *db, const char *text)
{
	static const char plain[] = "\\\n\r\t\b\f\v", escaped[] = "\\nrtbfv";
	size_t size = strlen(text);
	char *begin = copy_room(db, 2 * size), *to = begin;

	while (size > 0) {
		size_t run = strcspn(text, plain);
		memcpy(to, text, run);
		to += run;
		text += run;
		size -= run;
		if (size == 0)
			break;
		*to++ = '\\';
		*to++ = escaped[strchr(plain, *text) - plain];
		text++;
		size--;
	}
	db->copy_size += (size_t)(to - begin);
}

static void
append_copy_bytes(struct db *db, const char *bytes, size_t size)
{
	memcpy(copy_room(db, size), bytes, size);
	db->copy_size += size;
}

/* Numbers and octets, which most values are, hold nothing to escape but the backslash before the x:
 * they are written where they go. */
static void
append_copy_value(struct db *db, const struct db_param *param)
{
	static const char digits[] = "0123456789abcdef";
	char number[24];

	if (param->kind == DB_INT) {
		int length = snprintf(number, sizeof number, "%" PRId64, param->integer);
		append_copy_bytes(db, number, (size_t)length);
	} else if (param->kind == DB_BYTES && param->bytes != NULL) {
		const uint8_t *bytes = param->bytes;
		char *to = copy_room(db, 2 * param->size + 3);
		memcpy(to, "\\\\x", 3);
		for (size_t i = 0; i < param->size; i++) {
			to[2 * i + 3] = digits[bytes[i] >> 4];
			to[2 * i + 4] = digits[bytes[i] & 15];
		}
		db->copy_size += 2 * param->size + 3;
	} else {
		bool is_made = param->kind == DB_DOUBLE || param->kind == DB_INT_ARRAY;
		TALLOC_CTX *mem = is_made ? talloc_new(NULL) : NULL;
		const char *text = db_param_text(mem, param);
		if (text == NULL)
			append_copy_bytes(db, "\\N", 2);
		else
			append_copy_text(db, text);
		talloc_free(mem);
	}
}

static dms_error *
copy_flush(struct db *db)
{
	size_t size = db->copy_size;

	db->copy_size = 0;
	if (size > 0 && PQputCopyData(db->conn, db->copy, (int)size) != 1)
		return db_failed(db, db_error_of(db->conn, NULL, "COPY"));
	return NULL;
}

dms_error *
db_copy_row(struct db *db, int count, const struct db_param *params)
{
	for (int i = 0; i < count; i++) {
		if (i > 0)
			append_copy_bytes(db, "\t", 1);
		append_copy_value(db, &params[i]);
	}
	append_copy_bytes(db, "\n", 1);
	return db->copy_size < COPY_CHUNK ? NULL : copy_flush(db);
}

dms_error *
db_copy_end(struct db *db)
{
	dms_error *error = NULL;

	TRY(copy_flush(db));
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
