/* The password file: user:hash lines, '#' comments. Hashes are crypt(5)'s bcrypt, sha512-crypt,
 * sha256-crypt and yescrypt; lines with others are refused one by one with a log line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <talloc.h>

#include "base/error.h"

struct htpasswd_user {
	const char *name;
	const char *hash;
	bool is_verified;   /* `digest` is of the right password */
	uint8_t digest[32]; /* auth.c's keyed digest */
};

struct htpasswd {
	int count;
	struct htpasswd_user *users;
};

dms_error *htpasswd_read(TALLOC_CTX *mem, const char *path, struct htpasswd **file);
/* NULL when unknown. */
struct htpasswd_user *htpasswd_find(const struct htpasswd *file, const char *name);
