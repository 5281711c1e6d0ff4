/* Begin, commit, roll back, and what waits for the commit. */
#include <stdio.h>
#include <string.h>

#include "db/connection.h"

/* a statement of the simple protocol without result */
static dms_error *
run(struct db *db, const char *sql)
{
	PGresult *pg = PQexec(db->conn, sql);
	dms_error *error = NULL;

	if (PQresultStatus(pg) != PGRES_COMMAND_OK)
		error = db_failed(db, db_error_of(db->conn, pg, sql));
	/* COMMIT of a failed transaction answers ROLLBACK, without an error */
	else if (strcmp(sql, "COMMIT") == 0 && strcmp(PQcmdStatus(pg), "COMMIT") != 0)
		error = dms_error_new(DMS_E_DB, "COMMIT: the transaction had failed before and was "
						"rolled back");
	PQclear(pg);
	return error;
}

/* takes the hooks off the connection, so that they may begin a transaction of their own */
static void
take_hooks(struct db *db, struct db_hook **hooks, size_t *count)
{
	*hooks = db->hooks;
	*count = db->hook_count;
	db->hooks = NULL;
	db->hook_count = db->hook_room = 0;
}

static void
drop_hooks(struct db *db)
{
	struct db_hook *hooks;
	size_t count;

	take_hooks(db, &hooks, &count);
	for (size_t i = 0; i < count; i++)
		talloc_free(hooks[i].arg);
	talloc_free(hooks);
}

dms_error *
db_begin(struct db *db)
{
	if (db->is_begun)
		return dms_error_new(DMS_E_INTERNAL, "a transaction is open already");
	TRY(db_ensure(db));
	dms_error *error = run(db, "BEGIN");
	/* a session that died while we were idle shows here; nothing was begun, so nothing is lost
	 */
	if (error != NULL && !db_is_connected(db)) {
		dms_error_free(error);
		TRY(db_ensure(db));
		error = run(db, "BEGIN");
	}
	TRY(error);
	db->is_begun = true;
	return NULL;
}

dms_error *
db_commit(struct db *db)
{
	dms_error *error = NULL;

	if (!db->is_begun)
		return dms_error_new(DMS_E_INTERNAL, "no transaction is open");
	error = db_ensure(db);
	if (error == NULL)
		error = run(db, "COMMIT");
	if (error != NULL) {
		db_rollback(db);
		return error;
	}
	db->is_begun = false;

	struct db_hook *hooks;
	size_t count;
	take_hooks(db, &hooks, &count);
	for (size_t i = 0; i < count; i++) {
		hooks[i].hook(db, hooks[i].arg);
		talloc_free(hooks[i].arg);
	}
	talloc_free(hooks);
	return NULL;
}

void
db_rollback(struct db *db)
{
	db->is_begun = false;
	db->is_lost = false;
	drop_hooks(db);
	if (!db_is_connected(db) || PQtransactionStatus(db->conn) == PQTRANS_IDLE)
		return;
	dms_error *error = run(db, "ROLLBACK");
	if (error == NULL)
		return;
	dms_error_free(error);
	/* a session that cannot roll back is of no use: the next statement takes a new one */
	db_forget_statements(db);
	PQfinish(db->conn);
	db->conn = NULL;
}

bool
db_in_transaction(const struct db *db)
{
	if (!db_is_connected(db))
		return false;
	PGTransactionStatusType status = PQtransactionStatus(db->conn);
	return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

void
db_after_commit(struct db *db, void (*hook)(struct db *db, void *arg), void *arg)
{
	if (db->hook_count == db->hook_room) {
		db->hook_room = db->hook_room > 0 ? db->hook_room * 2 : 8;
		db->hooks = talloc_realloc(db, db->hooks, struct db_hook, db->hook_room);
	}
	db->hooks[db->hook_count++] = (struct db_hook){hook, arg};
	if (arg != NULL)
		talloc_steal(db, arg);
}
