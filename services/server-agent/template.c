/* Filling templates in. */
#include "template.h"

#include <ctype.h>
#include <string.h>

static dms_error *
wrong(const char *template_name, const char *body, const char *at, const char *what,
      const char *key)
{
	int line = 1;
	for (const char *c = body; c < at; c++)
		line += *c == '\n';
	dms_error *error = dms_error_new(DMS_E_TEMPLATE, "template %s line %d: %s%s", template_name,
					 line, what, key);
	dms_error_put_str(error, "template", template_name);
	return dms_error_put_int(error, "line", line);
}

dms_error *
template_expand(TALLOC_CTX *mem, const char *template_name, const char *body,
		template_lookup *find_value, void *arg, char **text)
{
	char *out = talloc_strdup(mem, "");
	const char *at = body;
	for (const char *percent; (percent = strchr(at, '%')) != NULL;) {
		out = talloc_strndup_append_buffer(out, at, (size_t)(percent - at));
		if (percent[1] == '%') {
			out = talloc_strdup_append_buffer(out, "%");
			at = percent + 2;
			continue;
		}
		if (percent[1] != '(')
			return wrong(template_name, body, percent,
				     "% must be followed by % or (key)s", "");
		size_t size = strcspn(percent + 2, ")\n");
		if (strncmp(percent + 2 + size, ")s", 2) != 0)
			return wrong(template_name, body, percent, "%( without its )s", "");
		char *key = talloc_strndup(mem, percent + 2, size);
		const char *value = NULL;
		TRY(find_value(arg, mem, key, &value));
		if (value == NULL)
			return wrong(template_name, body, percent, "unknown key ", key);
		out = talloc_strdup_append_buffer(out, value);
		at = percent + 2 + size + 2;
	}
	*text = talloc_strdup_append_buffer(out, at);
	return NULL;
}

/* Behind the comment that begins at `c`, or `c` itself when none does. */
static char *
over_comment(char *c)
{
	if (*c == '#' || (c[0] == '/' && c[1] == '/'))
		return c + strcspn(c, "\n");
	if (c[0] == '/' && c[1] == '*') {
		char *end = strstr(c + 2, "*/");
		return end != NULL ? end + 2 : c + strlen(c);
	}
	return c;
}

void
template_squeeze(char *text)
{
	char *to = text;
	for (char *from = text; *from != '\0';) {
		char *next = over_comment(from);
		if (next != from || isspace((unsigned char)*from)) {
			if (to > text && to[-1] != ' ')
				*to++ = ' ';
			from = next != from ? next : from + 1;
		} else if (*from == '"') {
			do
				*to++ = *from++;
			while (*from != '\0' && *from != '"');
			if (*from == '"')
				*to++ = *from++;
		} else {
			*to++ = *from++;
		}
	}
	while (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
}
