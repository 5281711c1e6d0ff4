/* Structured logs on stderr: one line an event, JSON or logfmt-like text, with syslog levels.
 *
 * Thread-safe. Secrets never go in: log names of keys, not keys. A thread may carry a context
 * (change id, event id) that every line it writes then shows.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

#include "base/error.h"

enum log_format { LOG_TEXT, LOG_JSON };

struct log_field {
	const char *key; /* NULL ends a list */
	enum { LOG_FIELD_STR, LOG_FIELD_INT, LOG_FIELD_MS, LOG_FIELD_BOOL } kind;
	union {
		const char *str; /* NULL leaves the field out */
		int64_t number;
		double ms;
		bool truth;
	};
};

#define F_STR(k, v)  ((struct log_field){.key = (k), .kind = LOG_FIELD_STR, .str = (v)})
#define F_INT(k, v)  ((struct log_field){.key = (k), .kind = LOG_FIELD_INT, .number = (v)})
#define F_MS(k, v)   ((struct log_field){.key = (k), .kind = LOG_FIELD_MS, .ms = (v)})
#define F_BOOL(k, v) ((struct log_field){.key = (k), .kind = LOG_FIELD_BOOL, .truth = (v)})

/* Once at start; before it, lines go out as text with the name "dms". `level` is a LOG_* of
 * syslog.h: lines above it are dropped. */
void log_init(const char *service, enum log_format format, int level);
/* "debug", "info", "notice", "warning", "err", "crit" -> LOG_*; -1 when unknown. */
int log_level_parse(const char *text);

/* What this thread is busy with; 0 clears. */
void log_context(int64_t change_id, int64_t event_id);

void log_write(int level, const char *message, const struct log_field *fields);
/* The error's message, code and trace as fields. Does not free it. */
void log_error(int level, const char *message, const dms_error *error,
	       const struct log_field *fields);

#define log_at(level, message, ...)   \
	log_write((level), (message), \
		  (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = 0}})
#define log_debug(...)   log_at(LOG_DEBUG, __VA_ARGS__)
#define log_info(...)    log_at(LOG_INFO, __VA_ARGS__)
#define log_notice(...)  log_at(LOG_NOTICE, __VA_ARGS__)
#define log_warning(...) log_at(LOG_WARNING, __VA_ARGS__)
#define log_err(...)     log_at(LOG_ERR, __VA_ARGS__)
#define log_failure(level, message, error, ...) \
	log_error((level), (message), (error),  \
		  (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = 0}})
