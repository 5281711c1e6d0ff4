/* Transition tables. */
#include <string.h>

#include "base/log.h"
#include "sm/engine.h"

bool
sm_has_word(const char *words, const char *word)
{
	size_t length = strlen(word);

	if (length == 0)
		return *words == '\0';
	for (const char *at = words; (at = strstr(at, word)) != NULL; at += length)
		if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

const struct sm_transition *
sm_find(const struct sm_machine *machine, const char *state, const char *event)
{
	for (const struct sm_transition *t = machine->transitions; t->states != NULL; t++)
		if (strcmp(t->event, event) == 0 && sm_has_word(t->states, state))
			return t;
	return NULL;
}

void
sm_goto(struct sm_work *work, const char *state)
{
	const struct sm_transition *transition = work->claim->transition;

	if (!sm_has_word(transition->next, state)) {
		log_at(LOG_CRIT, "a handler left its transition table",
		       F_STR("event", work->event_type), F_STR("from", work->state),
		       F_STR("to", state));
		abort();
	}
	work->next_state = state;
}

/* How many rows tell of the pair. */
static int
count_rows(const struct sm_machine *machine, const char *state, const char *event)
{
	int count = 0;

	for (const struct sm_transition *t = machine->transitions; t->states != NULL; t++)
		count += strcmp(t->event, event) == 0 && sm_has_word(t->states, state);
	return count;
}

/* The words of `words` that are no states of the machine make the error. */
static dms_error *
check_states(const struct sm_machine *machine, const struct sm_transition *row, const char *words)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	char *copy = talloc_strdup(mem, words), *save = NULL;
	dms_error *error = NULL;

	for (char *word = strtok_r(copy, " ", &save); word != NULL && error == NULL;
	     word = strtok_r(NULL, " ", &save))
		if (!sm_has_word(machine->states, word) && strcmp(word, SM_GONE) != 0 &&
		    strcmp(word, SM_STAYS) != 0)
			error = dms_error_new(DMS_E_INTERNAL, "machine %s: %s: no state '%s'",
					      machine->name, row->event, word);
	talloc_free(mem);
	return error;
}

/* Every state has one row for the event of `row`. */
static dms_error *
check_event(const struct sm_machine *machine, const struct sm_transition *row)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	char *copy = talloc_strdup(mem, machine->states), *save = NULL;
	dms_error *error = NULL;

	for (char *state = strtok_r(copy, " ", &save); state != NULL && error == NULL;
	     state = strtok_r(NULL, " ", &save)) {
		int count = count_rows(machine, state, row->event);

		if (count != 1)
			error =
			    dms_error_new(DMS_E_INTERNAL, "machine %s: %d rows for %s in state %s",
					  machine->name, count, row->event, state);
	}
	talloc_free(mem);
	return error;
}

dms_error *
sm_machine_check(const struct sm_machine *machine)
{
	if (machine->states == NULL)
		return NULL;
	for (const struct sm_transition *t = machine->transitions; t->states != NULL; t++) {
		bool acts = t->handler != NULL;

		if (t->what == NULL || (acts && t->refusal != DMS_OK) ||
		    (t->refusal != DMS_OK && t->reason == NULL))
			return dms_error_new(DMS_E_INTERNAL, "machine %s: %s in %s is not told of",
					     machine->name, t->event, t->states);
		TRY(check_states(machine, t, t->states));
		TRY(check_states(machine, t, acts ? t->next : ""));
		TRY(check_event(machine, t));
	}
	return NULL;
}
