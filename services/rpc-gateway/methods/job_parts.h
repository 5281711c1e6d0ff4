/* Methods that begin a job (jobs/jobs.h). */
#pragma once

#include "methods/methods.h"

/* Makes a job of `parts` (stolen), named after the call's method. One that `is_collecting` begins
 * when it is told to. */
dms_error *job_make(struct rpc_call *call, json_t *parts, bool is_collecting, int64_t *job_id);
/* Makes one that begins, and job_wait. */
dms_error *job_begin(struct rpc_call *call, json_t *parts, int64_t otherwise_ms);
/* The call goes on to wait for a job, by parameter timeout_ms, or so long when the caller does not
 * say; 0: he gets the job as it is. `seen_done` not -1: as well until it
 * has done another number than that. */
dms_error *job_wait(struct rpc_call *call, int64_t job_id, int64_t seen_done, int64_t otherwise_ms);
/* The job's row, locked when `is_change`: its state. DMS_E_JOB_NOT_FOUND. On call->mem. */
dms_error *job_state(struct rpc_call *call, int64_t job_id, bool is_change, const char **state);
bool job_has_ended(const char *state);
/* Lets it step. */
dms_error *job_post_step(struct rpc_call *call, int64_t job_id, const char *name);
