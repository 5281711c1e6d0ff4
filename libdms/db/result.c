/* Rows that came back. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/connection.h"

struct db_result {
	PGresult *pg;
};

static int
clear_result(struct db_result *result)
{
	PQclear(result->pg);
	return 0;
}

struct db_result *
db_result_new(TALLOC_CTX *mem, PGresult *pg)
{
	struct db_result *result = talloc_zero(mem, struct db_result);

	result->pg = pg;
	talloc_set_destructor(result, clear_result);
	return result;
}

int
db_rows(const struct db_result *result)
{
	return PQntuples(result->pg);
}

int64_t
db_affected(const struct db_result *result)
{
	return strtoll(PQcmdTuples(result->pg), NULL, 10);
}

/* PQfname in turn rather than PQfnumber, which copies and folds the name at each call. */
static int
column_of(const struct db_result *result, int row, const char *column)
{
	int count = PQnfields(result->pg);

	for (int i = 0; i < count; i++)
		if (strcmp(PQfname(result->pg, i), column) == 0 && row >= 0 &&
		    row < PQntuples(result->pg))
			return i;
	fprintf(stderr, "bug: a result of %d rows has no column '%s' in row %d\n",
		PQntuples(result->pg), column, row);
	abort();
}

/* NULL for SQL NULL */
static const char *
value_of(const struct db_result *result, int row, const char *column)
{
	int index = column_of(result, row, column);

	return PQgetisnull(result->pg, row, index) ? NULL : PQgetvalue(result->pg, row, index);
}

bool
db_is_null(const struct db_result *result, int row, const char *column)
{
	return value_of(result, row, column) == NULL;
}

const char *
db_text(const struct db_result *result, int row, const char *column)
{
	return value_of(result, row, column);
}

int64_t
db_int(const struct db_result *result, int row, const char *column)
{
	const char *text = value_of(result, row, column);

	return text != NULL ? strtoll(text, NULL, 10) : 0;
}

bool
db_bool(const struct db_result *result, int row, const char *column)
{
	const char *text = value_of(result, row, column);

	return text != NULL && text[0] == 't';
}

double
db_double(const struct db_result *result, int row, const char *column)
{
	const char *text = value_of(result, row, column);

	return text != NULL ? strtod(text, NULL) : 0;
}

static int
hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	return (digit | 0x20) - 'a' + 10;
}

const uint8_t *
db_bytes(const struct db_result *result, int row, const char *column, size_t *size)
{
	const char *text = value_of(result, row, column);

	*size = 0;
	if (text == NULL)
		return NULL;
	/* "\x0a0b": the session sets bytea_output to hex */
	if (text[0] != '\\' || text[1] != 'x') {
		fprintf(stderr, "bug: column '%s' is not bytea\n", column);
		abort();
	}
	size_t count = strlen(text + 2) / 2;
	uint8_t *bytes = talloc_array(result, uint8_t, count + 1);
	for (size_t i = 0; i < count; i++)
		bytes[i] = (uint8_t)(hex_value(text[2 + 2 * i]) << 4 | hex_value(text[3 + 2 * i]));
	bytes[count] = 0;
	*size = count;
	return bytes;
}
