/* Random bytes, encodings, and files that must not be half written. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/error.h"

/* Fills from the kernel's generator; aborts the process if the kernel has none. */
void random_bytes(void *out, size_t size);
/* NUL-terminated lower-case hex of `size` random bytes. */
char *random_hex(TALLOC_CTX *mem, size_t size);
char *hex_encode(TALLOC_CTX *mem, const uint8_t *bytes, size_t size);
char *base64_encode(TALLOC_CTX *mem, const uint8_t *bytes, size_t size);
/* DMS_E_FORMAT on anything that is not base64. */
dms_error *base64_decode(TALLOC_CTX *mem, const char *text, uint8_t **bytes, size_t *size);
/* SHA-256 of `size` bytes. */
void sha256(const void *bytes, size_t size, uint8_t digest[32]);
/* Compares in constant time. */
bool secret_equal(const void *a, const void *b, size_t size);

/* The whole file, NUL-terminated; `*size` (may be NULL) is without the NUL. At most `max` bytes.
 * DMS_E_FILE names path and reason. */
dms_error *file_read(TALLOC_CTX *mem, const char *path, size_t max, char **text, size_t *size);
/* Replaces `path` whole or not at all: temporary file in the same folder, write, fsync, rename,
 * fsync of the folder. */
dms_error *file_write_atomic(const char *path, const void *bytes, size_t size, unsigned mode);
/* mkdir -p. */
dms_error *dir_make(const char *path, unsigned mode);
