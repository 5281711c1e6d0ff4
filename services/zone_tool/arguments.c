#include <string.h>

#include "tool.h"

static dms_error *
take_option(struct command_line *line, const char *letters, const char *values[128], int *at,
	    const char *word)
{
	for (const char *letter = word + 1; *letter != '\0'; letter++) {
		const char *known = strchr(letters, *letter);

		if (known == NULL || *letter == ':')
			return dms_error_new(DMS_E_USAGE, "%s: unknown option -%c", line->words[0],
					     *letter);
		if (known[1] != ':') {
			values[(unsigned char)*letter] = "";
			continue;
		}
		if (letter[1] != '\0') {
			values[(unsigned char)*letter] = letter + 1;
			return NULL;
		}
		if (*at + 1 >= line->count)
			return dms_error_new(DMS_E_USAGE, "%s: option -%c needs a value",
					     line->words[0], *letter);
		values[(unsigned char)*letter] = line->words[++*at];
		return NULL;
	}
	return NULL;
}

dms_error *
take_options(struct command_line *line, const char *letters, const char *values[128], int least,
	     int most)
{
	int left = 1;
	bool has_ended = false;

	memset(values, 0, 128 * sizeof(values[0]));
	for (int at = 1; at < line->count; at++) {
		char *word = line->words[at];

		if (!has_ended && strcmp(word, "--") == 0)
			has_ended = true;
		else if (!has_ended && word[0] == '-' && word[1] != '\0')
			TRY(take_option(line, letters, values, &at, word));
		else
			line->words[left++] = word;
	}
	line->count = left;
	if (left - 1 < least)
		return dms_error_new(DMS_E_USAGE, "%s: an argument is missing", line->words[0]);
	if (most >= 0 && left - 1 > most)
		return dms_error_new(DMS_E_USAGE, "%s: too many arguments, from '%s' on",
				     line->words[0], line->words[most + 1]);
	return NULL;
}

dms_error *
take_zone_option(json_t *params, const char *word)
{
	static const char *const flags[] = {"use_apex_ns", "edit_lock", "auto_dnssec", "nsec3",
					    "inc_updates"};
	bool is_off = strncmp(word, "no_", 3) == 0;
	bool is_default = strncmp(word, "def_", 4) == 0;
	const char *name = word + (is_off ? 3 : is_default ? 4 : 0);

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (strcmp(flags[i], name) != 0)
			continue;
		if (!is_default)
			json_object_set_new(params, name, json_boolean(!is_off));
		return NULL;
	}
	return dms_error_new(
	    DMS_E_USAGE,
	    "'%s' is not a zone option: [no_|def_]use_apex_ns, edit_lock, auto_dnssec, "
	    "nsec3, inc_updates",
	    word);
}

/* One word from `*text` into `*out`; both move on. */
static dms_error *
take_word(const char **text, char **out)
{
	const char *in = *text;
	char quote = '\0';

	for (; *in != '\0' && (quote != '\0' || strchr(" \t\n", *in) == NULL); in++) {
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
	char *out = talloc_size(mem, strlen(text) + 2);

	line->mem = mem;
	line->count = 0;
	line->words = talloc_array(mem, char *, ARGUMENTS_MAX);
	for (text += strspn(text, " \t\n"); *text != '\0'; text += strspn(text, " \t\n")) {
		if (line->count == ARGUMENTS_MAX)
			return dms_error_new(DMS_E_USAGE, "more than %d words", ARGUMENTS_MAX);
		line->words[line->count++] = out;
		TRY(take_word(&text, &out));
	}
	return NULL;
}
