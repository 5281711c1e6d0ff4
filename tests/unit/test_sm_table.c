/* rooms: dms_sm */
/* Transition tables: what they must tell, and how their pages look. */
#include <stdlib.h>
#include <string.h>

#include "sm/sm.h"
#include "testing.h"

static dms_error *
begin(struct sm_work *work, enum sm_step *step)
{
	*step = SM_DONE;
	return NULL;
}

static const struct sm_handler on_turn = {.begin = begin};

static const struct sm_transition whole[] = {
    SM_ON("OFF", "Turn", on_turn, "ON", "lights it"),
    SM_ON("ON DIM", "Turn", on_turn, "OFF [*]", "puts it out, for good if it is old"),
    SM_REFUSE("OFF", "Fade", ILLEGAL_EVENT, "NotLit", "it is out"),
    SM_ON("ON", "Fade", on_turn, "DIM =", "less light, if it can"),
    SM_KEEP("DIM", "Fade", "fades again when it is lit"),
    {0},
};

static struct sm_machine
lamp(const struct sm_transition *transitions)
{
	return (struct sm_machine){
	    .name = "lamp", .states = "OFF ON DIM", .about = "A lamp.", .transitions = transitions};
}

static void
a_whole_table_is_taken(void **state)
{
	struct sm_machine machine = lamp(whole);

	assert_null(sm_machine_check(&machine));
	assert_string_equal(sm_find(&machine, "DIM", "Turn")->next, "OFF [*]");
	assert_int_equal(sm_find(&machine, "OFF", "Fade")->refusal, DMS_E_ILLEGAL_EVENT);
	assert_true(sm_find(&machine, "DIM", "Fade")->is_kept);
	assert_null(sm_find(&machine, "DI", "Fade"));
	assert_null(sm_find(&machine, "OFF ON", "Turn"));
	assert_null(sm_find(&machine, "OFF", "Smash"));
}

static void
is_refused(const struct sm_transition *transitions, const char *why)
{
	struct sm_machine machine = lamp(transitions);
	dms_error *error = sm_machine_check(&machine);

	assert_non_null(error);
	assert_int_equal(error->id, DMS_E_INTERNAL);
	assert_string_equal(error->message, why);
	dms_error_free(error);
}

static void
gaps_and_strangers_are_named(void **state)
{
	static const struct sm_transition gap[] = {
	    SM_ON("OFF DIM", "Turn", on_turn, "ON", "lights it"), {0}};
	static const struct sm_transition twice[] = {
	    SM_ON("OFF DIM", "Turn", on_turn, "ON", "lights it"),
	    SM_KEEP("ON DIM", "Turn", "later"),
	    {0}};
	static const struct sm_transition stranger[] = {
	    SM_ON("OFF ON DIM", "Turn", on_turn, "BLUE", "another light"), {0}};
	static const struct sm_transition nameless[] = {
	    SM_REFUSE("OFF ON DIM", "Turn", ILLEGAL_EVENT, NULL, "no"), {0}};

	is_refused(gap, "machine lamp: 0 rows for Turn in state ON");
	is_refused(twice, "machine lamp: 2 rows for Turn in state DIM");
	is_refused(stranger, "machine lamp: Turn: no state 'BLUE'");
	is_refused(nameless, "machine lamp: Turn in OFF ON DIM is not told of");
}

static void
the_page_is_the_table(void **state)
{
	struct sm_machine machine = lamp(whole);
	char *page = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&page, &size);

	sm_machine_print(out, &machine);
	fclose(out);
	assert_string_equal(page,
			    "## Machine `lamp`\n\nA lamp.\n\n"
			    "```mermaid\nstateDiagram-v2\n"
			    "    [*] --> OFF\n"
			    "    OFF --> ON: Turn\n"
			    "    ON --> OFF: Turn\n"
			    "    ON --> DIM: Fade\n"
			    "    ON --> [*]: Turn\n"
			    "    DIM --> OFF: Turn\n"
			    "    DIM --> [*]: Turn\n"
			    "```\n\n"
			    "| Event | In state | Leads to | What happens |\n|---|---|---|---|\n"
			    "| Turn | OFF | ON | lights it |\n"
			    "|  | ON, DIM | OFF, (gone) | puts it out, for good if it is old |\n"
			    "| Fade | OFF | *refused*, -151 NotLit | it is out |\n"
			    "|  | ON | DIM, (stays) | less light, if it can |\n"
			    "|  | DIM | *kept* | fades again when it is lit |\n\n");
	free(page);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_whole_table_is_taken),
	    cmocka_unit_test(gaps_and_strangers_are_named),
	    cmocka_unit_test(the_page_is_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
