/* Commands say their options and arguments once, in their synopsis; here it is read, and words are
 * parted by it. */
#include <string.h>

#include "tool.h"

/* The options that every command has. */
#define LETTER_JSON 'J'

static const struct {
	const char *name;
	char letter;
	bool has_value;
} long_options[] = {
    {"force", 'f', false},        {"inc-updates", 'i', false}, {"include", 'I', true},
    {"json", LETTER_JSON, false}, {"normal-form", 'n', false}, {"port", 'p', true},
    {"ref", 'r', true},           {"reference", 'r', true},    {"replica-sg", 'p', false},
    {"server-group", 'g', true},  {"sg", 'g', true},           {"show-active", 't', false},
    {"timeout", 't', true},       {"verbose", 'v', false},
};

#define LONG_OPTIONS (sizeof(long_options) / sizeof(long_options[0]))

/* "[-tv]" or "[-g sg]", from behind the '[' on; returns where it ends. */
static const char *
read_option(const char *at, struct syntax *syntax)
{
	int letter = 0;

	for (at++; *at != ' ' && *at != ']' && *at != '\0'; at++) {
		letter = (unsigned char)*at & 127;
		syntax->options[letter].is_known = true;
	}
	if (*at == ' ') {
		size_t length = strcspn(++at, "]");

		snprintf(syntax->options[letter].value, sizeof(syntax->options[letter].value),
			 "%.*s", (int)length, at);
		at += length;
	}
	return at;
}

static const char *
read_argument(const char *at, bool is_optional, struct syntax *syntax)
{
	size_t length = strcspn(at, " ]");
	int n = syntax->count;

	if (strncmp(at, "...", length) == 0 && n > 0) {
		syntax->arguments[n - 1].is_many = true;
		syntax->most = -1;
	} else if (n < SYNTAX_ARGUMENTS_MAX) {
		snprintf(syntax->arguments[n].name, sizeof(syntax->arguments[n].name), "%.*s",
			 (int)length, at);
		syntax->arguments[n].is_optional = is_optional;
		syntax->least += is_optional ? 0 : 1;
		syntax->most += syntax->most >= 0 ? 1 : 0;
		syntax->count++;
	}
	return at + length;
}

void
syntax_read(const char *synopsis, struct syntax *syntax)
{
	int depth = 0;

	*syntax = (struct syntax){0};
	syntax->options['f'].is_known = syntax->options[LETTER_JSON].is_known = true;
	for (const char *at = synopsis; *at != '\0';) {
		if (*at == ' ' || *at == '[' || *at == ']') {
			depth += *at == '[' ? 1 : *at == ']' ? -1 : 0;
			at++;
		} else if (*at == '-') {
			at = read_option(at, syntax);
		} else {
			at = read_argument(at, depth > 0, syntax);
		}
	}
}

static bool
is_of_command(const struct syntax *syntax, size_t i)
{
	int letter = (unsigned char)long_options[i].letter;

	return syntax->options[letter].is_known &&
	       (syntax->options[letter].value[0] != '\0') == long_options[i].has_value;
}

const char *
long_option_name(const struct syntax *syntax, size_t n)
{
	for (size_t i = 0; i < LONG_OPTIONS; i++)
		if (is_of_command(syntax, i) && n-- == 0)
			return long_options[i].name;
	return NULL;
}

int
long_option(const struct syntax *syntax, const char *name, size_t length)
{
	int found = 0;

	for (size_t i = 0; i < LONG_OPTIONS; i++) {
		int letter = (unsigned char)long_options[i].letter;

		if (!is_of_command(syntax, i) || strncmp(long_options[i].name, name, length) != 0)
			continue;
		if (long_options[i].name[length] == '\0')
			return letter;
		if (found != 0 && found != letter)
			return 0;
		found = letter;
	}
	return found;
}

/* The value of an option: what follows in the word, else the next word. */
static dms_error *
take_value(struct command_line *line, int letter, const char *inside, int *at, const char *shown)
{
	if (inside == NULL && *at + 1 >= line->count)
		return dms_error_new(DMS_E_USAGE, "%s: option %s needs a value", line->words[0],
				     shown);
	line->values[letter] = inside != NULL ? inside : line->words[++*at];
	return NULL;
}

static dms_error *
take_long_option(struct command_line *line, const struct syntax *syntax, int *at, const char *word)
{
	size_t length = strcspn(word + 2, "=");
	const char *inside = word[2 + length] == '=' ? word + 3 + length : NULL;
	int letter = length > 0 ? long_option(syntax, word + 2, length) : 0;

	if (letter == 0)
		return dms_error_new(DMS_E_USAGE, "%s: unknown or ambiguous option %s",
				     line->words[0], word);
	if (syntax->options[letter].value[0] != '\0')
		return take_value(line, letter, inside, at, word);
	if (inside != NULL)
		return dms_error_new(DMS_E_USAGE, "%s: option %.*s takes no value, not '%s'",
				     line->words[0], (int)length + 2, word, inside);
	line->values[letter] = "";
	return NULL;
}

static dms_error *
take_letters(struct command_line *line, const struct syntax *syntax, int *at, const char *word)
{
	for (const char *letter = word + 1; *letter != '\0'; letter++) {
		unsigned char index = (unsigned char)*letter;
		char shown[3] = {'-', *letter, '\0'};

		if (index >= 128 || index == LETTER_JSON || !syntax->options[index].is_known)
			return dms_error_new(DMS_E_USAGE, "%s: unknown option %s in '%s'",
					     line->words[0], shown, word);
		if (syntax->options[index].value[0] != '\0')
			return take_value(line, index, letter[1] != '\0' ? letter + 1 : NULL, at,
					  shown);
		line->values[index] = "";
	}
	return NULL;
}

static dms_error *
check_count(const struct command_line *line, const struct syntax *syntax)
{
	int given = line->count - 1;
	int at = 0;

	if (given > syntax->most && syntax->most >= 0)
		return dms_error_new(DMS_E_USAGE, "%s: too many arguments, from '%s' on",
				     line->words[0], line->words[syntax->most + 1]);
	if (given >= syntax->least)
		return NULL;
	for (int missing = given; at < syntax->count - 1; at++)
		if (!syntax->arguments[at].is_optional && missing-- == 0)
			break;
	return dms_error_new(DMS_E_USAGE, "%s: %s is missing", line->words[0],
			     syntax->arguments[at].name);
}

dms_error *
take_options(struct command_line *line, const struct syntax *syntax)
{
	int left = 1;
	bool has_ended = false;

	memset(line->values, 0, sizeof(line->values));
	for (int at = 1; at < line->count; at++) {
		char *word = line->words[at];

		if (has_ended || word[0] != '-' || word[1] == '\0')
			line->words[left++] = word;
		else if (strcmp(word, "--") == 0)
			has_ended = true;
		else if (word[1] == '-')
			TRY(take_long_option(line, syntax, &at, word));
		else
			TRY(take_letters(line, syntax, &at, word));
	}
	line->count = left;
	line->is_json = line->values[LETTER_JSON] != NULL;
	line->is_forced = line->values['f'] != NULL;
	return check_count(line, syntax);
}
