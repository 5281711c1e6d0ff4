/* PostgreSQL: one connection, one thread, one transaction at a time.
 *
 * Statements are prepared on first use and kept by their text, so give string literals. Values go
 * as parameters, never into the text. A lost connection shows as DMS_E_DB_UNAVAILABLE (transient);
 * the next statement outside a transaction connects again.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/error.h"

struct db;
struct db_result;

struct db_param {
	enum { DB_NULL, DB_TEXT, DB_INT, DB_BOOL, DB_DOUBLE, DB_BYTES, DB_INT_ARRAY } kind;
	union {
		const char *text; /* NULL is SQL NULL */
		int64_t integer;
		bool truth;
		double real;
	};
	const void *bytes; /* DB_BYTES: bytea; DB_INT_ARRAY: const int64_t * as bigint[] */
	size_t size;       /* bytes, or elements of the array */
};

#define P_NULL    ((struct db_param){.kind = DB_NULL})
#define P_TEXT(v) ((struct db_param){.kind = DB_TEXT, .text = (v)})
#define P_INT(v)  ((struct db_param){.kind = DB_INT, .integer = (v)})
/* 0 is SQL NULL: for foreign keys, whose ids start at 1. */
#define P_ID(v)       db_param_id(v)
#define P_BOOL(v)     ((struct db_param){.kind = DB_BOOL, .truth = (v)})
#define P_DOUBLE(v)   ((struct db_param){.kind = DB_DOUBLE, .real = (v)})
#define P_BYTES(p, n) ((struct db_param){.kind = DB_BYTES, .bytes = (p), .size = (n)})
#define P_INTS(p, n)  ((struct db_param){.kind = DB_INT_ARRAY, .bytes = (p), .size = (n)})

static inline struct db_param
db_param_id(int64_t id)
{
	return id == 0 ? P_NULL : P_INT(id);
}

/* Connects. Freed (and closed) with `mem`. `application` shows in pg_stat_activity. */
dms_error *db_open(TALLOC_CTX *mem, const char *url, const char *application,
		   int64_t statement_timeout_ms, struct db **db);
/* The same without connecting yet: the first statement does, or fails with DMS_E_DB_UNAVAILABLE. */
struct db *db_open_later(TALLOC_CTX *mem, const char *url, const char *application,
			 int64_t statement_timeout_ms);
/* True while the connection is known good. */
bool db_is_connected(const struct db *db);

dms_error *db_begin(struct db *db);
dms_error *db_commit(struct db *db);
/* Never fails: a broken connection has rolled back already. Also drops what the hooks gathered. */
void db_rollback(struct db *db);
bool db_in_transaction(const struct db *db);

/* Called once after the next successful commit, in order of registration, then forgotten; forgotten
 * uncalled on rollback. `arg` is reparented to the connection until then. */
void db_after_commit(struct db *db, void (*hook)(struct db *db, void *arg), void *arg);

/* Runs one statement. `*result` lives on `mem`; NULL result pointer: not wanted.
 * Errors: DMS_E_DB_UNAVAILABLE, DMS_E_DB_CONFLICT (serialization, deadlock: transient),
 * DMS_E_DB_READ_ONLY, DMS_E_DB_UNIQUE and DMS_E_DB_CHECK (data: "constraint"), DMS_E_DB. */
dms_error *db_query_params(struct db *db, TALLOC_CTX *mem, struct db_result **result,
			   const char *sql, int count, const struct db_param *params);
#define db_query(db, mem, result, sql, ...)                                                    \
	db_query_params((db), (mem), (result), (sql),                                          \
			(int)(sizeof((struct db_param[]){P_NULL __VA_OPT__(, ) __VA_ARGS__}) / \
			      sizeof(struct db_param)) -                                       \
			    1,                                                                 \
			(struct db_param[]){P_NULL __VA_OPT__(, ) __VA_ARGS__} + 1)
/* No rows wanted. */
#define db_exec(db, sql, ...) db_query((db), NULL, NULL, (sql)__VA_OPT__(, ) __VA_ARGS__)
/* Several statements in one string, no parameters: migrations. */
dms_error *db_script(struct db *db, const char *sql);

int db_rows(const struct db_result *result);
/* Rows that the statement changed. */
int64_t db_affected(const struct db_result *result);
bool db_is_null(const struct db_result *result, int row, const char *column);
/* A value by column name; asking for a column that isn't there is a bug and aborts. Texts live as
 * long as the result; SQL NULL reads as NULL, 0 or false. */
const char *db_text(const struct db_result *result, int row, const char *column);
int64_t db_int(const struct db_result *result, int row, const char *column);
bool db_bool(const struct db_result *result, int row, const char *column);
double db_double(const struct db_result *result, int row, const char *column);
/* bytea, allocated on the result. */
const uint8_t *db_bytes(const struct db_result *result, int row, const char *column, size_t *size);

/* Many rows in bounded memory: `each` is called for every batch (default 1000 rows) of a
 * server-side cursor inside the open transaction. An error from `each` stops. */
dms_error *db_each(struct db *db, const char *sql, int count, const struct db_param *params,
		   int batch, dms_error *(*each)(void *arg, const struct db_result *result),
		   void *arg);

/* COPY ... FROM STDIN in text format, for many rows: begin, rows, end. Values as in db_query. */
dms_error *db_copy_begin(struct db *db, const char *copy_sql);
dms_error *db_copy_row(struct db *db, int count, const struct db_param *params);
dms_error *db_copy_end(struct db *db);

/* LISTEN on a connection of its own, kept alive in a thread of its own with back-off; `hear` gets
 * channel and payload there, and channel NULL after every (re)connect: look at everything then. */
struct db_listener;
dms_error *db_listen(TALLOC_CTX *mem, const char *url, const char *application,
		     const char *const *channels, int count,
		     void (*hear)(void *arg, const char *channel, const char *payload), void *arg,
		     struct db_listener **listener);
/* Stops the thread and waits for it; talloc_free does the same. */
void db_listener_stop(struct db_listener *listener);
