#include "htpasswd.h"

#include <string.h>

#include "base/log.h"
#include "base/secret.h"

#define FILE_MAX 1048576

/* Why a hash cannot be used; NULL when it can. The hash itself is never shown. */
static const char *
hash_fault(const char *hash)
{
	static const char *const known[] = {"$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$"};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strncmp(hash, known[i], strlen(known[i])) == 0)
			return NULL;
	if (strncmp(hash, "$apr1$", 6) == 0)
		return "MD5 ($apr1$) is not accepted: use htpasswd -B";
	if (strncmp(hash, "{SHA}", 5) == 0)
		return "unsalted SHA-1 ({SHA}) is not accepted: use htpasswd -B";
	return "the hash is none of bcrypt, sha512-crypt, sha256-crypt, yescrypt";
}

static void
take_line(struct htpasswd *file, const char *path, int number, char *line)
{
	char *hash = strchr(line, ':');
	const char *fault, *user = NULL;
	if (hash == NULL || hash == line) {
		fault = "not of the form user:hash";
	} else {
		*hash++ = '\0';
		user = line;
		fault = htpasswd_find(file, line) != NULL ? "the user is there already"
							  : hash_fault(hash);
	}
	if (fault != NULL) {
		log_err("a line of the password file is left out", F_STR("file", path),
			F_INT("line", number), F_STR("user", user), F_STR("reason", fault));
		return;
	}
	file->users = talloc_realloc(file, file->users, struct htpasswd_user, file->count + 1);
	file->users[file->count++] = (struct htpasswd_user){
	    .name = talloc_strdup(file, line),
	    .hash = talloc_strdup(file, hash),
	};
}

dms_error *
htpasswd_read(TALLOC_CTX *mem, const char *path, struct htpasswd **made)
{
	char *text, *rest;
	struct htpasswd *file = talloc_zero(mem, struct htpasswd);
	dms_error *error = file_read(file, path, FILE_MAX, &text, NULL);
	if (error != NULL) {
		talloc_free(file);
		return error;
	}
	rest = text;
	for (int number = 1; rest != NULL; number++) {
		char *line = strsep(&rest, "\n");
		line[strcspn(line, "\r")] = '\0';
		if (line[0] != '\0' && line[0] != '#')
			take_line(file, path, number, line);
	}
	talloc_free(text);
	*made = file;
	return NULL;
}

struct htpasswd_user *
htpasswd_find(const struct htpasswd *file, const char *name)
{
	for (int i = 0; i < file->count; i++)
		if (strcmp(file->users[i].name, name) == 0)
			return &file->users[i];
	return NULL;
}
