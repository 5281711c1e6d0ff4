/* The inside of a connection; private to this room. */
#pragma once

#include <libpq-fe.h>

#include "db/db.h"

struct db_statement {
	const char *sql; /* owned copy */
	uint32_t hash;
	unsigned number; /* prepared as "s<number>" */
};

struct db_hook {
	void (*hook)(struct db *db, void *arg);
	void *arg;
};

struct db {
	PGconn *conn;
	const char *url;
	const char *application;
	int64_t statement_timeout_ms;

	/* prepared statements of this connection: open addressing, room a power of two */
	struct db_statement *statements;
	size_t statement_count, statement_room;
	unsigned next_number;

	bool is_begun; /* the caller is between db_begin and its end, even if the wire is cut */
	bool is_lost;  /* the connection broke inside that transaction */
	struct db_hook *hooks;
	size_t hook_count, hook_room;

	char *copy; /* rows of a COPY that have not been sent yet */
	size_t copy_size, copy_room;
};

/* A connection with the session settings every part of DMS relies on. */
dms_error *db_connect(const char *url, const char *application, int64_t statement_timeout_ms,
		      PGconn **conn);
/* Connects again when that is needed and allowed. */
dms_error *db_ensure(struct db *db);
/* Forgets what was prepared: the statements die with their connection. */
void db_forget_statements(struct db *db);
/* What went wrong with `result` (may be NULL: then with the connection). Never NULL. */
dms_error *db_error_of(PGconn *conn, const PGresult *result, const char *doing);
/* Notes a broken connection on `db`; returns the error. */
dms_error *db_failed(struct db *db, dms_error *error);
/* Wraps a finished result; owns it from then on. */
struct db_result *db_result_new(TALLOC_CTX *mem, PGresult *pg);

/* The texts and lengths that libpq wants for the parameters. */
struct db_wire_params {
	const char **values;
	int *lengths;
	int *formats;
};
void db_params_to_wire(TALLOC_CTX *mem, int count, const struct db_param *params,
		       struct db_wire_params *wire);
/* One value as PostgreSQL's input text, bytea as \x hex; NULL for SQL NULL. */
const char *db_param_text(TALLOC_CTX *mem, const struct db_param *param);
