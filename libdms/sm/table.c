/* Transition tables. */
#include <string.h>

#include "base/log.h"
#include "sm/engine.h"

const struct sm_transition *
sm_find(const struct sm_machine *machine, const char *state, const char *event)
{
	for (const struct sm_transition *t = machine->transitions; t->state != NULL; t++)
		if (strcmp(t->state, state) == 0 && strcmp(t->event, event) == 0)
			return t;
	return NULL;
}

/* Whether `state` is one of the words of `next`. */
static bool
leads_to(const char *next, const char *state)
{
	size_t length = strlen(state);

	if (length == 0)
		return *next == '\0';
	for (const char *at = next; (at = strstr(at, state)) != NULL; at += length)
		if ((at == next || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

void
sm_goto(struct sm_work *work, const char *state)
{
	const struct sm_transition *transition = work->claim->transition;

	if (!leads_to(transition->next, state)) {
		log_at(LOG_CRIT, "a handler left its transition table",
		       F_STR("event", work->event_type), F_STR("from", work->state),
		       F_STR("to", state));
		abort();
	}
	work->next_state = state;
}
