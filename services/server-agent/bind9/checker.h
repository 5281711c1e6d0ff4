/* Running the server's own configuration checker. */
#pragma once

#include "base/error.h"

/* Runs `program file` without a shell. NULL when it exits with 0; DMS_E_CONFIG_REJECTED with its
 * words (standard output and error) when not, or when it takes too long; DMS_E_SYSTEM when it
 * cannot run. */
dms_error *checker_run(const char *program, const char *file);
