/* A reader of just enough named.conf syntax for `key "name" { algorithm ...; secret "..."; };`. */
#include "keyfile.h"

#include <ctype.h>
#include <string.h>

#include "base/secret.h"

#define KEY_FILE_MAX (64 * 1024)

struct scanner {
	const char *path;
	const char *at;
	int line;
};

/* Over blanks and the three kinds of comment. */
static void
skip_blank(struct scanner *s)
{
	while (*s->at != '\0') {
		if (*s->at == '\n') {
			s->line++;
			s->at++;
		} else if (isspace((unsigned char)*s->at)) {
			s->at++;
		} else if (*s->at == '#' || (s->at[0] == '/' && s->at[1] == '/')) {
			s->at += strcspn(s->at, "\n");
		} else if (s->at[0] == '/' && s->at[1] == '*') {
			for (s->at += 2; *s->at != '\0' && !(s->at[0] == '*' && s->at[1] == '/');
			     s->at++)
				s->line += *s->at == '\n';
			s->at += *s->at != '\0' ? 2 : 0;
		} else {
			return;
		}
	}
}

/* A quoted text, a word, or one of "{};" alone; NULL at the end. */
static char *
next_token(struct scanner *s, TALLOC_CTX *mem)
{
	skip_blank(s);
	const char *start = s->at;
	if (*start == '\0')
		return NULL;
	if (*start == '"') {
		size_t size = strcspn(start + 1, "\"\n");
		s->at = start + 1 + size + (start[1 + size] == '"');
		return talloc_strndup(mem, start + 1, size);
	}
	size_t size = strchr("{};", *start) != NULL ? 1 : strcspn(start, " \t\r\n{};\"");
	s->at = start + size;
	return talloc_strndup(mem, start, size);
}

static dms_error *
wrong(const struct scanner *s, const char *what)
{
	return dms_error_new(DMS_E_CONFIG, "%s line %d: %s", s->path, s->line, what);
}

/* `word value ;` pairs up to the closing brace. */
static dms_error *
read_clause(struct scanner *s, struct control_key *key)
{
	char *token = next_token(s, key);
	if (token == NULL || strcmp(token, "{") != 0)
		return wrong(s, "a key clause needs \"{\" after its name");
	while ((token = next_token(s, key)) != NULL && strcmp(token, "}") != 0) {
		if (strcmp(token, ";") == 0)
			continue;
		char *value = next_token(s, key);
		if (value == NULL)
			break;
		if (strcmp(token, "algorithm") == 0) {
			for (char *c = value; *c != '\0'; c++)
				*c = (char)tolower((unsigned char)*c);
			key->algorithm = value;
		} else if (strcmp(token, "secret") == 0) {
			uint8_t *secret;
			dms_error *error = base64_decode(key, value, &secret, &key->secret_size);
			if (error != NULL) {
				dms_error_free(error);
				return wrong(s, "the secret is not base64");
			}
			key->secret = secret;
		} else {
			return wrong(s, "only algorithm and secret belong in a key clause");
		}
	}
	if (token == NULL)
		return wrong(s, "the key clause has no end");
	if (key->algorithm == NULL || key->secret == NULL || key->secret_size == 0)
		return wrong(s, "the key clause lacks algorithm or secret");
	return NULL;
}

dms_error *
control_key_read(TALLOC_CTX *mem, const char *path, struct control_key **out)
{
	struct control_key *key = talloc_zero(mem, struct control_key);
	char *text;
	dms_error *error = file_read(key, path, KEY_FILE_MAX, &text, NULL);
	if (error != NULL) {
		talloc_free(key);
		return error;
	}
	struct scanner s = {.path = path, .at = text, .line = 1};
	char *token;
	while ((token = next_token(&s, key)) != NULL && strcmp(token, "key") != 0)
		;
	if (token == NULL)
		error = wrong(&s, "no key clause");
	else if ((key->name = next_token(&s, key)) == NULL)
		error = wrong(&s, "the key clause has no name");
	else
		error = read_clause(&s, key);
	if (error != NULL)
		talloc_free(key);
	else
		*out = key;
	return error;
}
