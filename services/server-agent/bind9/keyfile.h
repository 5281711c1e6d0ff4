/* The control channel's key, read from a file in named.conf syntax. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/error.h"

struct control_key {
	const char *name;
	const char *algorithm; /* lower case: hmac-sha256 */
	const uint8_t *secret;
	size_t secret_size;
};

/* The first `key` clause of the file. DMS_E_FILE when it cannot be read, DMS_E_CONFIG (naming file
 * and line) when there is no whole clause in it. The secret never appears in a message. */
dms_error *control_key_read(TALLOC_CTX *mem, const char *path, struct control_key **key);
