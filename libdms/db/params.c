/* Parameters on their way to PostgreSQL. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "db/connection.h"

/* "{1,2,3}" */
static const char *
ints_text(TALLOC_CTX *mem, const int64_t *values, size_t count)
{
	enum { WIDEST = 21 }; /* "-9223372036854775808" and a comma */
	char *text = talloc_array(mem, char, count *WIDEST + 3);
	char *end = text;

	*end++ = '{';
	for (size_t i = 0; i < count; i++)
		end += sprintf(end, "%s%" PRId64, i > 0 ? "," : "", values[i]);
	*end++ = '}';
	*end = '\0';
	return text;
}

static const char *
bytes_text(TALLOC_CTX *mem, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	char *text = talloc_array(mem, char, 2 * size + 3);

	text[0] = '\\';
	text[1] = 'x';
	for (size_t i = 0; i < size; i++) {
		text[2 * i + 2] = digits[bytes[i] >> 4];
		text[2 * i + 3] = digits[bytes[i] & 15];
	}
	text[2 * size + 2] = '\0';
	return text;
}

static const char *
double_text(TALLOC_CTX *mem, double value)
{
	if (isnan(value))
		return "NaN";
	if (isinf(value))
		return value > 0 ? "Infinity" : "-Infinity";
	return talloc_asprintf(mem, "%.17g", value);
}

const char *
db_param_text(TALLOC_CTX *mem, const struct db_param *param)
{
	switch (param->kind) {
	case DB_NULL:
		return NULL;
	case DB_TEXT:
		return param->text;
	case DB_INT:
		return talloc_asprintf(mem, "%" PRId64, param->integer);
	case DB_BOOL:
		return param->truth ? "t" : "f";
	case DB_DOUBLE:
		return double_text(mem, param->real);
	case DB_BYTES:
		return param->bytes == NULL ? NULL : bytes_text(mem, param->bytes, param->size);
	case DB_INT_ARRAY:
		return ints_text(mem, param->bytes, param->size);
	}
	return NULL;
}

void
db_params_to_wire(TALLOC_CTX *mem, int count, const struct db_param *params,
		  struct db_wire_params *wire)
{
	wire->values = talloc_array(mem, const char *, count);
	wire->lengths = talloc_zero_array(mem, int, count);
	wire->formats = talloc_zero_array(mem, int, count);
	for (int i = 0; i < count; i++) {
		if (params[i].kind == DB_BYTES) {
			/* binary: half the size, and no quoting to get wrong; an empty one needs a
			 * pointer all the same, NULL is SQL NULL */
			bool is_empty = params[i].size == 0 && params[i].bytes != NULL;
			wire->values[i] = is_empty ? "" : params[i].bytes;
			wire->lengths[i] = (int)params[i].size;
			wire->formats[i] = 1;
		} else {
			wire->values[i] = db_param_text(wire->values, &params[i]);
		}
	}
}
