#include "base/log.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "base/time.h"

static struct {
	char service[64];
	enum log_format format;
	int level;
	bool has_journal; /* journald adds the time, and reads the level from a "<6>" in front */
} settings = {.service = "dms", .format = LOG_TEXT, .level = LOG_INFO};

static pthread_mutex_t one_line_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int64_t context_change_id, context_event_id;

static const char *const level_names[] = {"emerg",   "alert",  "crit", "err",
					  "warning", "notice", "info", "debug"};

void
log_init(const char *service, enum log_format format, int level)
{
	snprintf(settings.service, sizeof settings.service, "%s", service);
	settings.format = format;
	settings.level = level;
	settings.has_journal = getenv("JOURNAL_STREAM") != NULL && !isatty(STDERR_FILENO);
}

int
log_level_parse(const char *text)
{
	for (int level = LOG_CRIT; level <= LOG_DEBUG; level++)
		if (strcmp(text, level_names[level]) == 0)
			return level;
	return -1;
}

void
log_context(int64_t change_id, int64_t event_id)
{
	context_change_id = change_id;
	context_event_id = event_id;
}

/* "2024-05-01T12:00:00.123456Z" */
static void
write_time(char out[40])
{
	int64_t now = realtime_us();
	time_t seconds = (time_t)(now / 1000000);
	struct tm utc;
	char date[24];

	gmtime_r(&seconds, &utc);
	strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(out, 40, "%s.%06dZ", date, (int)(now % 1000000));
}

/* a word goes bare, anything else as a C-like quoted string: a value cannot fake a second line */
static void
write_text_value(FILE *line, const char *text)
{
	bool is_plain = *text != '\0';

	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++)
		if (*at <= ' ' || *at == '"' || *at == '\\' || *at == '=' || *at == 0x7F)
			is_plain = false;
	if (is_plain) {
		fputs(text, line);
		return;
	}
	fputc('"', line);
	for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			fprintf(line, "\\%c", *at);
		else if (*at == '\n')
			fputs("\\n", line);
		else if (*at == '\t')
			fputs("\\t", line);
		else if (*at < ' ' || *at == 0x7F)
			fprintf(line, "\\x%02x", *at);
		else
			fputc(*at, line);
	}
	fputc('"', line);
}

static void
write_text_field(FILE *line, const struct log_field *field)
{
	if (field->kind == LOG_FIELD_STR && field->str == NULL)
		return;
	fprintf(line, " %s=", field->key);
	switch (field->kind) {
	case LOG_FIELD_STR:
		write_text_value(line, field->str);
		break;
	case LOG_FIELD_INT:
		fprintf(line, "%" PRId64, field->number);
		break;
	case LOG_FIELD_MS:
		fprintf(line, "%.3f", field->ms);
		break;
	case LOG_FIELD_BOOL:
		fputs(field->truth ? "true" : "false", line);
		break;
	}
}

/* the message itself keeps its blanks but no line breaks */
static void
write_text_message(FILE *line, const char *message)
{
	for (const unsigned char *at = (const unsigned char *)message; *at != '\0'; at++) {
		if (*at == '\n')
			fputs("\\n", line);
		else if (*at < ' ' || *at == 0x7F)
			fprintf(line, "\\x%02x", *at);
		else
			fputc(*at, line);
	}
}

static void
write_text_line(FILE *line, int level, const char *message, const struct log_field *fields)
{
	char now[40];

	if (settings.has_journal) {
		fprintf(line, "<%d>", level);
	} else {
		write_time(now);
		fprintf(line, "%s %-7s %s: ", now, level_names[level], settings.service);
	}
	write_text_message(line, message);
	if (context_change_id != 0)
		fprintf(line, " change_id=%" PRId64, context_change_id);
	if (context_event_id != 0)
		fprintf(line, " event_id=%" PRId64, context_event_id);
	for (; fields != NULL && fields->key != NULL; fields++)
		write_text_field(line, fields);
	fputc('\n', line);
}

static json_t *
json_of_field(const struct log_field *field)
{
	switch (field->kind) {
	case LOG_FIELD_STR:
		return json_text(field->str);
	case LOG_FIELD_INT:
		return json_integer(field->number);
	case LOG_FIELD_MS:
		return json_real(field->ms);
	case LOG_FIELD_BOOL:
		return json_boolean(field->truth);
	}
	return json_null();
}

static void
write_json_line(FILE *line, int level, const char *message, const struct log_field *fields)
{
	char now[40];
	json_t *object = json_object();

	write_time(now);
	json_object_set_new(object, "time", json_string(now));
	json_object_set_new(object, "level", json_string(level_names[level]));
	json_object_set_new(object, "service", json_text(settings.service));
	json_object_set_new(object, "message", json_text(message));
	if (context_change_id != 0)
		json_object_set_new(object, "change_id", json_integer(context_change_id));
	if (context_event_id != 0)
		json_object_set_new(object, "event_id", json_integer(context_event_id));
	for (; fields != NULL && fields->key != NULL; fields++) {
		if (fields->kind == LOG_FIELD_STR && fields->str == NULL)
			continue;
		json_object_set_new(object, fields->key, json_of_field(fields));
	}
	json_dumpf(object, line, JSON_COMPACT | JSON_REAL_PRECISION(9));
	fputc('\n', line);
	json_decref(object);
}

void
log_write(int level, const char *message, const struct log_field *fields)
{
	char *text = NULL;
	size_t size = 0;

	if (level > settings.level || level < LOG_EMERG || level > LOG_DEBUG)
		return;
	FILE *line = open_memstream(&text, &size);
	if (line == NULL)
		return;
	if (settings.format == LOG_JSON)
		write_json_line(line, level, message, fields);
	else
		write_text_line(line, level, message, fields);
	fclose(line);

	/* one write a line: several threads, and several programs on one pipe, do not mix */
	pthread_mutex_lock(&one_line_at_a_time);
	for (size_t done = 0; text != NULL && done < size;) {
		ssize_t put = write(STDERR_FILENO, text + done, size - done);
		if (put <= 0)
			break;
		done += (size_t)put;
	}
	pthread_mutex_unlock(&one_line_at_a_time);
	free(text);
}

/* "zone.c:120 < handler.c:40": where the error was made, then who passed it on */
static void
write_trace(const dms_error *error, char *out, size_t room)
{
	size_t used = 0;

	out[0] = '\0';
	for (int i = 0; i < error->trace_count && used < room; i++) {
		const char *file = strrchr(error->trace[i].file, '/');
		file = file != NULL ? file + 1 : error->trace[i].file;
		int put = snprintf(out + used, room - used, "%s%s:%d", i > 0 ? " < " : "", file,
				   error->trace[i].line);
		if (put < 0)
			break;
		used += (size_t)put;
	}
}

void
log_error(int level, const char *message, const dms_error *error, const struct log_field *fields)
{
	enum { FIELDS_MAX = 32, OWN = 4 };
	struct log_field all[FIELDS_MAX + OWN + 1];
	char trace[512];
	int count = 0;

	if (level > settings.level)
		return;
	for (; fields != NULL && fields->key != NULL && count < FIELDS_MAX; fields++)
		all[count++] = *fields;
	if (error != NULL) {
		write_trace(error, trace, sizeof trace);
		all[count++] = F_STR("error", error->message);
		all[count++] = F_STR("error_name", dms_err_info(error->id)->name);
		all[count++] = F_INT("error_code", dms_err_info(error->id)->code);
		all[count++] = F_STR("trace", trace);
	}
	all[count] = (struct log_field){.key = NULL};
	log_write(level, message, all);
}
