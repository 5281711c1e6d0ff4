/* Jobs: beginning one and waiting for it with its progress, lists of them. */
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "tool.h"

#define PATIENCE_MS 30000

static json_int_t
number_of(const json_t *job, const char *key)
{
	return json_integer_value(json_object_get(job, key));
}

static void
print_job(struct tool *tool, struct command_line *line, const json_t *job)
{
	const char *total = show_value(line->mem, json_object_get(job, "total"));

	fprintf(tool->out, "%-8lld %-30s %-10s %lld/%s", number_of(job, "job_id"),
		get_text(job, "name", ""), get_text(job, "state", ""), number_of(job, "done"),
		json_is_integer(json_object_get(job, "total")) ? total : "?");
	if (number_of(job, "failed") > 0)
		fprintf(tool->out, ", %lld failed", number_of(job, "failed"));
	fputc('\n', tool->out);
}

void
show_jobs(struct tool *tool, struct command_line *line, const json_t *jobs)
{
	json_t *job;
	size_t i;

	json_array_foreach (jobs, i, job)
		print_job(tool, line, job);
}

static void
print_failures(struct tool *tool, const json_t *job)
{
	json_t *failure;
	size_t i;

	json_array_foreach (json_object_get(job, "failures"), i, failure)
		print_wrapped(tool->out, "***   ", 6, get_text(failure, "message", ""));
}

static void
print_results(struct tool *tool, const json_t *job)
{
	const char *kind;
	json_t *count;

	json_object_foreach (json_object_get(job, "results"), kind, count)
		fprintf(tool->out, "        %s: %lld\n", kind, json_integer_value(count));
}

void
show_job(struct tool *tool, struct command_line *line, const json_t *job)
{
	(void)line;
	print_object(tool->out, job, 16, "job_id", NULL);
	print_results(tool, job);
	print_failures(tool, job);
}

/* On a terminal, on one line, beside what the command prints at its end. */
static void
show_progress(const json_t *job, bool is_last)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r        %s: %lld", get_text(job, "name", ""), number_of(job, "done"));
	if (json_is_integer(json_object_get(job, "total")))
		fprintf(stderr, " of %lld", number_of(job, "total"));
	fputs(is_last ? "\n" : " ", stderr);
	fflush(stderr);
}

/* Until it ends; `*job` is replaced by what it has become. */
static dms_error *
follow(struct tool *tool, json_t **job)
{
	while (!json_is_true(json_object_get(*job, "has_ended"))) {
		json_t *params =
		    json_pack("{s:I,s:I,s:i}", "job_id", number_of(*job, "job_id"), "seen_done",
			      number_of(*job, "done"), "timeout_ms", PATIENCE_MS);
		json_t *next;

		show_progress(*job, false);
		TRY(tool_call(tool, RPC_METHOD_wait_job, params, &next));
		json_decref(*job);
		*job = next;
	}
	show_progress(*job, true);
	return NULL;
}

/* What came of it; the status is that of a failure when there is one. */
static dms_error *
show_end(struct tool *tool, struct command_line *line, const json_t *job)
{
	bool is_good =
	    strcmp(get_text(job, "state", ""), "DONE") == 0 && number_of(job, "failed") == 0;
	json_t *whole;

	if (is_good) {
		if (tool->is_json)
			print_json(tool->out, job);
		else if (line->values['v'] != NULL)
			print_results(tool, job);
		return NULL;
	}
	TRY(tool_call(tool, RPC_METHOD_show_job,
		      json_pack("{s:I}", "job_id", number_of(job, "job_id")), &whole));
	tool->status = EX_TEMPFAIL;
	if (tool->is_json) {
		print_json(tool->out, whole);
	} else {
		print_failures(tool, whole);
		print_job(tool, line, whole);
	}
	json_decref(whole);
	return NULL;
}

dms_error *
job_follow(struct tool *tool, struct command_line *line, json_t *job)
{
	dms_error *error = NULL;

	if (line->values['b'] != NULL) {
		if (tool->is_json)
			print_json(tool->out, job);
		else
			fprintf(tool->out, "job %lld\n", number_of(job, "job_id"));
	} else {
		error = follow(tool, &job);
		if (error == NULL)
			error = show_end(tool, line, job);
	}
	json_decref(job);
	return error;
}

/* Calls the command's own method, which begins a job. */
dms_error *
run_job(struct tool *tool, struct command_line *line)
{
	json_t *job;

	json_object_set_new(line->params, "timeout_ms", json_integer(0));
	TRY(tool_call(tool, command_find(line->words[0])->method, json_incref(line->params), &job));
	return job_follow(tool, line, job);
}

dms_error *
run_vacuum(struct tool *tool, struct command_line *line)
{
	if (json_object_get(line->params, "age_days") != NULL &&
	    !is_confirmed(tool, line, "***   Delete all that is older?\n--y/[N]> "))
		return NULL;
	return run_job(tool, line);
}

dms_error *
run_wait_job(struct tool *tool, struct command_line *line)
{
	json_t *job;

	TRY(tool_call(tool, RPC_METHOD_wait_job, json_incref(line->params), &job));
	if (!json_is_true(json_object_get(job, "has_ended")))
		tool->status = EX_TEMPFAIL;
	if (tool->is_json)
		print_json(tool->out, job);
	else
		print_job(tool, line, job);
	json_decref(job);
	return NULL;
}
