/* Lines into words: POSIX shell quoting without expansion (spec/zone-tool.md section 1.4). */
#include <string.h>

#include "tool.h"

#define BLANKS " \t\r\n"

/* One word from `*text` into `*out`; both move on. */
static dms_error *
take_word(const char **text, char **out)
{
	const char *in = *text;
	char quote = '\0';

	for (; *in != '\0' && (quote != '\0' || strchr(BLANKS, *in) == NULL); in++) {
		if (quote == '\0' && (*in == '\'' || *in == '"')) {
			quote = *in;
		} else if (*in == quote) {
			quote = '\0';
		} else if (*in == '\\' && quote != '\'' && in[1] != '\0' &&
			   (quote == '\0' || strchr("\\\"", in[1]) != NULL)) {
			*(*out)++ = *++in;
		} else {
			*(*out)++ = *in;
		}
	}
	*(*out)++ = '\0';
	*text = in;
	return quote == '\0' ? NULL
			     : dms_error_new(DMS_E_USAGE, "a quote (%c) is not closed", quote);
}

dms_error *
split_words(TALLOC_CTX *mem, const char *text, struct command_line *line)
{
	size_t length = strlen(text);
	char *out = talloc_array(mem, char, length + 2);

	*line = (struct command_line){.mem = mem};
	line->words = talloc_array(mem, char *, length / 2 + 2);
	for (text += strspn(text, BLANKS); *text != '\0'; text += strspn(text, BLANKS)) {
		line->words[line->count++] = out;
		TRY(take_word(&text, &out));
	}
	return NULL;
}
