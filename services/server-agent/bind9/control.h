/* BIND's control channel over one kept TCP connection. One thread at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <talloc.h>

#include "base/error.h"

struct control;

/* Opens nothing yet. `address` "127.0.0.1:953"; the key file is read at every connect, so a new key
 * is taken up without a restart. */
dms_error *control_new(TALLOC_CTX *mem, const char *address, const char *key_file,
		       int64_t timeout_ms, struct control **control);

struct control_answer {
	int64_t result;    /* 0: done */
	const char *error; /* BIND's word for the result: "not found", "already exists" */
	const char *text;  /* what it says besides, "" when nothing */
};
/* Runs a command ("addzone \"example.org\" {...};"). An answer is success here, also when BIND
 * refuses. A connection that has gone stale is opened again and the command sent once more, so a
 * command must bear being run twice. DMS_E_DNS_UNREACHABLE, DMS_E_DNS_TIMEOUT,
 * DMS_E_DNS_BAD_ANSWER, DMS_E_TSIG, or what reading the key file gave. */
dms_error *control_ask(struct control *control, TALLOC_CTX *mem, const char *command,
		       struct control_answer *answer);
/* The same; a refusal is DMS_E_CONTROL with BIND's words. */
dms_error *control_do(struct control *control, TALLOC_CTX *mem, const char *command);
/* How often it has been opened: a change means that BIND may have been restarted. */
unsigned control_connections(const struct control *control);
void control_close(struct control *control);
