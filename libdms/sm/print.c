/* The page of a machine: docs/machines.md consists of these. */
#include <string.h>

#include "sm/engine.h"

/* The words of a list, one after the other: false behind the last. `*at` begins at the list. */
static bool
next_word(const char **at, char *word, size_t size)
{
	size_t length;

	*at += strspn(*at, " ");
	length = strcspn(*at, " ");
	if (length == 0)
		return false;
	snprintf(word, size, "%.*s", (int)length, *at);
	*at += length;
	return true;
}

/* Every event that leads from one state to the other, as one arrow. */
static void
print_arrow(FILE *out, const struct sm_machine *machine, const char *from, const char *to)
{
	const char *between = "";

	for (const struct sm_transition *t = machine->transitions; t->states != NULL; t++) {
		if (t->handler == NULL || !sm_has_word(t->states, from) ||
		    !sm_has_word(t->next, to))
			continue;
		if (*between == '\0')
			fprintf(out, "    %s --> %s: ", from, to);
		fprintf(out, "%s%s", between, t->event);
		between = "<br>";
	}
	if (*between != '\0')
		fputc('\n', out);
}

static void
print_diagram(FILE *out, const struct sm_machine *machine)
{
	const char *first = machine->states, *sources = machine->states;
	char from[64], to[64];

	next_word(&first, from, sizeof from);
	fprintf(out, "```mermaid\nstateDiagram-v2\n    [*] --> %s\n", from);
	while (next_word(&sources, from, sizeof from)) {
		const char *targets = machine->states;

		while (next_word(&targets, to, sizeof to))
			if (strcmp(from, to) != 0)
				print_arrow(out, machine, from, to);
		print_arrow(out, machine, from, SM_GONE);
	}
	fputs("```\n\n", out);
}

/* "CREATE, RESET" */
static void
print_states(FILE *out, const char *states)
{
	char state[64];

	for (const char *between = ""; next_word(&states, state, sizeof state); between = ", ")
		fprintf(out, "%s%s", between,
			strcmp(state, SM_GONE) == 0    ? "(gone)"
			: strcmp(state, SM_STAYS) == 0 ? "(stays)"
						       : state);
}

static void
print_row(FILE *out, const struct sm_transition *row, bool is_first)
{
	fprintf(out, "| %s | ", is_first ? row->event : "");
	print_states(out, row->states);
	fputs(" | ", out);
	if (row->handler != NULL)
		print_states(out, row->next);
	else if (row->refusal != DMS_OK)
		fprintf(out, "*refused*, %d %s", dms_err_info(row->refusal)->code, row->reason);
	else
		fputs(row->is_kept ? "*kept*" : "*overtaken*", out);
	fprintf(out, " | %s |\n", row->what);
}

void
sm_machine_print(FILE *out, const struct sm_machine *machine)
{
	const char *event = "";

	if (machine->states == NULL)
		return; /* stateless */
	fprintf(out, "## Machine `%s`\n\n%s\n\n", machine->name, machine->about);
	print_diagram(out, machine);
	fputs("| Event | In state | Leads to | What happens |\n|---|---|---|---|\n", out);
	for (const struct sm_transition *t = machine->transitions; t->states != NULL; t++) {
		print_row(out, t, strcmp(event, t->event) != 0);
		event = t->event;
	}
	fputc('\n', out);
}
