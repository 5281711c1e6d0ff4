/* Errors: what went wrong, said once, carried upward with the places it passed.
 *
 * A fallible function returns `dms_error *`: NULL is success, anything else belongs to the caller,
 * who returns it (TRY), handles it, or frees it (dms_error_free). Nothing is printed deep inside;
 * the edge (RPC reply, log line, terminal) decides how an error looks.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* Which error. One line per error in error_codes.def, which gives its stable number (negative,
 * spec/json-rpc.md section 12; our own from -131 on), its name, its parent and its manners. */
enum dms_err {
	DMS_OK = 0,
#define DMS_ERROR(symbol, code, name, parent, manner, exit_status, meaning) DMS_E_##symbol,
#include "base/error_codes.def"
#undef DMS_ERROR
	DMS_E_COUNT
};

/* Whether the same try may go better later. */
enum dms_err_manner {
	DMS_TRANSIENT, /* a peer is away or busy: try again with back-off */
	DMS_PERMANENT, /* the same input fails the same way */
};

/* The fixed facts of an error; from the table, never allocated. */
struct dms_err_info {
	const char *symbol; /* "ZONE_NOT_FOUND" */
	int code;           /* -28: what JSON-RPC shows */
	const char *name;   /* "ZoneNotFound" */
	const char *parent; /* "DMSError": the family, for `exception_type` */
	enum dms_err_manner manner;
	int exit_status;     /* what zone_tool exits with: sysexits.h */
	const char *meaning; /* one sentence for the catalogue in docs/errors.md */
};

#define DMS_ERROR_TRACE_MAX 8

typedef struct dms_error {
	enum dms_err id;
	bool is_transient; /* starts as the table says; a driver that knows better may change it */
	char *message;     /* one sentence for a human: names the thing and the value */
	json_t *data;      /* structured fields for a program, object or NULL; owned */
	int trace_count;
	struct {
		const char *file;
		int line;
	} trace[DMS_ERROR_TRACE_MAX]; /* where it was made, then where TRY passed it on */
} dms_error;

/* A new error. Never returns NULL: out of memory gives a static error that dms_error_free ignores.
 */
#define dms_error_new(id, ...) dms_error_new_at(__FILE__, __LINE__, (id), __VA_ARGS__)
dms_error *dms_error_new_at(const char *file, int line, enum dms_err id, const char *fmt, ...)
    __attribute__((format(printf, 4, 5), returns_nonnull));

/* Prefixes the message: "fmt: old message". Takes and returns the same error; NULL stays NULL. */
dms_error *dms_error_wrap(dms_error *error, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Attaches one data field; `value` is stolen. Returns the error, so calls chain. */
dms_error *dms_error_put(dms_error *error, const char *key, json_t *value);
dms_error *dms_error_put_str(dms_error *error, const char *key, const char *value);
dms_error *dms_error_put_int(dms_error *error, const char *key, json_int_t value);

/* Frees; NULL is fine. */
void dms_error_free(dms_error *error);

/* Adds a place to the trace; used by TRY. Returns the error. */
dms_error *dms_error_pass(dms_error *error, const char *file, int line);

const struct dms_err_info *dms_err_info(enum dms_err id);
/* The error whose JSON-RPC code and name these are, or DMS_OK when unknown (a reply from a newer
 * peer). `name` decides where two share a code. */
enum dms_err dms_err_by_code(int code, const char *name);

/* {"code":-28,"message":"...","data":{..., "exception_message","exception_type"}}: the JSON-RPC
 * error object of spec/json-rpc.md section 1.3. New reference. */
json_t *dms_error_to_json(const dms_error *error);
/* The way back, in a client: never NULL. Unknown codes become DMS_E_INTERNAL with the text kept. */
dms_error *dms_error_from_json(const json_t *object);

/* Returns upward on failure, noting the place. */
#define TRY(expression)                                                              \
	do {                                                                         \
		dms_error *try_error = (expression);                                 \
		if (try_error != NULL) {                                             \
			(void)dms_error_pass(try_error, __FILE__, __LINE__);         \
			return try_error; /* which gcc -O3 then knows is not NULL */ \
		}                                                                    \
	} while (0)

/* The same where clean-up follows: needs `dms_error *error` and the label. */
#define TRY_GOTO(expression, label)                                        \
	do {                                                               \
		error = (expression);                                      \
		if (error != NULL) {                                       \
			error = dms_error_pass(error, __FILE__, __LINE__); \
			goto label;                                        \
		}                                                          \
	} while (0)
