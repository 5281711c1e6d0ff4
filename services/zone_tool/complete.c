/* What TAB adds: commands, after them their options and zone options. */
#include <string.h>

#include "tool.h"

static void
add(TALLOC_CTX *mem, struct completion *completion, const char *word, const char *candidate)
{
	if (strncmp(candidate, word, strlen(word)) != 0)
		return;
	completion->list =
	    talloc_realloc(mem, completion->list, char *, (size_t)completion->count + 2);
	completion->list[completion->count++] = talloc_strdup(mem, candidate);
	completion->list[completion->count] = NULL;
}

static void
add_commands(TALLOC_CTX *mem, struct completion *completion, const char *word)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		add(mem, completion, word, c->name);
}

static void
add_options(TALLOC_CTX *mem, struct completion *completion, const char *word,
	    const struct command *command)
{
	static const char *const prefixes[] = {"", "no_", "def_"};
	struct syntax syntax;
	const char *name;

	syntax_read(command->synopsis, &syntax);
	if (word[0] == '-') {
		for (size_t n = 0; (name = long_option_name(&syntax, n)) != NULL; n++)
			add(mem, completion, word, talloc_asprintf(mem, "--%s", name));
		return;
	}
	if (strstr(command->synopsis, "zone-option") == NULL)
		return;
	for (size_t p = 0; p < 3; p++)
		for (size_t n = 0; (name = zone_option_name(n)) != NULL; n++)
			add(mem, completion, word, talloc_asprintf(mem, "%s%s", prefixes[p], name));
}

/* What all candidates have in common behind what is there; a blank when there is only one. */
static char *
common_rest(TALLOC_CTX *mem, const struct completion *completion, size_t length)
{
	size_t common = strlen(completion->list[0]);

	for (int i = 1; i < completion->count; i++) {
		size_t same = 0;

		while (same < common && completion->list[i][same] == completion->list[0][same])
			same++;
		common = same;
	}
	return talloc_asprintf(mem, "%.*s%s", (int)(common - length), completion->list[0] + length,
			       completion->count == 1 ? " " : "");
}

void
complete_text(TALLOC_CTX *mem, const char *text, struct completion *completion)
{
	const struct command *command;
	const char *blank, *word, *first_end;

	*completion = (struct completion){0};
	text += strspn(text, " \t?");
	blank = strrchr(text, ' ');
	word = blank != NULL ? blank + 1 : text;
	first_end = text + strcspn(text, " ");
	command = command_find(talloc_strndup(mem, text, (size_t)(first_end - text)));
	if (word == text || (command != NULL && command->run == run_help))
		add_commands(mem, completion, word);
	else if (command != NULL)
		add_options(mem, completion, word, command);
	if (completion->count > 0)
		completion->rest = common_rest(mem, completion, strlen(word));
}
