/* Statements: prepared once, run often. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "db/connection.h"

void
db_forget_statements(struct db *db)
{
	TALLOC_FREE(db->statements);
	db->statement_count = db->statement_room = 0;
}

/* the slot of a statement, or the free one where it belongs */
static struct db_statement *
slot_of(struct db_statement *statements, size_t room, const char *sql, uint32_t hash)
{
	size_t at = hash & (room - 1);

	while (statements[at].sql != NULL &&
	       (statements[at].hash != hash || strcmp(statements[at].sql, sql) != 0))
		at = (at + 1) & (room - 1);
	return &statements[at];
}

/* keeps the table at most half full */
static void
make_room(struct db *db)
{
	if (db->statement_count * 2 < db->statement_room)
		return;
	size_t room = db->statement_room > 0 ? db->statement_room * 2 : 64;
	struct db_statement *statements = talloc_zero_array(db, struct db_statement, room);
	for (size_t i = 0; i < db->statement_room; i++) {
		const struct db_statement *old = &db->statements[i];
		if (old->sql == NULL)
			continue;
		struct db_statement *slot = slot_of(statements, room, old->sql, old->hash);
		*slot = *old;
		talloc_steal(statements, old->sql);
	}
	talloc_free(db->statements);
	db->statements = statements;
	db->statement_room = room;
}

/* the first words of a statement, for a message */
static const char *
shorten(const char *sql, char out[64])
{
	snprintf(out, 64, "%.60s", sql);
	for (char *at = out; *at != '\0'; at++)
		if (*at == '\n' || *at == '\t')
			*at = ' ';
	return out;
}

static dms_error *
check_result(struct db *db, PGresult *pg, const char *sql)
{
	ExecStatusType status = PQresultStatus(pg);
	char words[64];

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK)
		return NULL;
	dms_error *error = db_error_of(db->conn, pg, shorten(sql, words));
	PQclear(pg);
	return db_failed(db, error);
}

static dms_error *
prepare(struct db *db, const char *sql, char name[16])
{
	uint32_t hash = (uint32_t)text_hash(sql);

	make_room(db);
	struct db_statement *slot = slot_of(db->statements, db->statement_room, sql, hash);
	if (slot->sql == NULL) {
		unsigned number = db->next_number++;
		snprintf(name, 16, "s%u", number);
		PGresult *pg = PQprepare(db->conn, name, sql, 0, NULL);
		TRY(check_result(db, pg, sql));
		PQclear(pg);
		slot->sql = talloc_strdup(db->statements, sql);
		slot->hash = hash;
		slot->number = number;
		db->statement_count++;
	}
	snprintf(name, 16, "s%u", slot->number);
	return NULL;
}

/* A prepared statement the server will not run any more: its table has other columns now, or a
 * pooler gave us another session. By source function, as the message may be in any language. */
static bool
is_stale(const PGresult *pg)
{
	const char *state = PQresultErrorField(pg, PG_DIAG_SQLSTATE);
	const char *function = PQresultErrorField(pg, PG_DIAG_SOURCE_FUNCTION);

	if (state == NULL)
		return false;
	return strcmp(state, "26000") == 0 || (strcmp(state, "0A000") == 0 && function != NULL &&
					       strcmp(function, "RevalidateCachedQuery") == 0);
}

/* Runs the statement. A stale one is prepared anew and, outside a transaction, tried again at once;
 * within one the transaction is lost, and its next try will be right. */
static dms_error *
execute(struct db *db, const char *sql, int count, const struct db_wire_params *wire, PGresult **pg)
{
	char name[16];

	for (bool is_second = false;; is_second = true) {
		TRY(prepare(db, sql, name));
		*pg = PQexecPrepared(db->conn, name, count, wire->values, wire->lengths,
				     wire->formats, 0);
		if (!is_stale(*pg))
			break;
		db_forget_statements(db);
		if (is_second || PQtransactionStatus(db->conn) != PQTRANS_IDLE)
			break;
		PQclear(*pg);
		PQclear(PQexec(db->conn, "DEALLOCATE ALL"));
	}
	return check_result(db, *pg, sql);
}

dms_error *
db_query_params(struct db *db, TALLOC_CTX *mem, struct db_result **result, const char *sql,
		int count, const struct db_param *params)
{
	struct db_wire_params wire;
	TALLOC_CTX *scratch = talloc_new(NULL);
	dms_error *error;
	PGresult *pg;

	TRY_GOTO(db_ensure(db), out);
	db_params_to_wire(scratch, count, params, &wire);
	TRY_GOTO(execute(db, sql, count, &wire, &pg), out);
	if (result != NULL)
		*result = db_result_new(mem, pg);
	else
		PQclear(pg);
out:
	talloc_free(scratch);
	return error;
}

dms_error *
db_script(struct db *db, const char *sql)
{
	TRY(db_ensure(db));
	PGresult *pg = PQexec(db->conn, sql);
	/* a script may end with nothing but a comment */
	if (PQresultStatus(pg) != PGRES_EMPTY_QUERY)
		TRY(check_result(db, pg, sql));
	PQclear(pg);
	return NULL;
}
