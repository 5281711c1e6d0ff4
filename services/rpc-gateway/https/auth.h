/* HTTP Basic authentication against a password file.
 *
 * A password hash takes 2 to 100 ms on purpose, so it is computed on libuv's threads, never on the
 * loop; and once per user: what was verified is remembered as a keyed SHA-256, the key made at
 * start, until the user's line of the file changes. Wrong passwords, wrong users and unknown users
 * all cost one hash. At most a few hashes run at once, and only so many may wait.
 */
#pragma once

#include <stdbool.h>
#include <talloc.h>
#include <uv.h>

#include "base/error.h"

struct auth;
struct auth_wait;

enum auth_verdict {
	AUTH_GOOD,
	AUTH_BAD,  /* not a usable Authorization header */
	AUTH_WAIT, /* `done` will be called on the loop */
	AUTH_BUSY, /* too many are waiting already */
};

dms_error *auth_open(TALLOC_CTX *mem, uv_loop_t *loop, const char *path, struct auth **auth);
/* Reads the file again if it has changed. A file that cannot be read leaves the users as they were.
 */
void auth_reload(struct auth *auth);
/* Is `header` ("Basic ...") the right password of `user`? All on the loop thread. */
enum auth_verdict auth_check(struct auth *auth, const char *header, const char *user,
			     void (*done)(void *arg, bool is_good), void *arg,
			     struct auth_wait **wait);
/* Nobody wants to know any more: `done` will not be called. */
void auth_forget(struct auth_wait *wait);
