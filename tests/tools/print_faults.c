/* The table of faults (base/fault_points.def), a line "POINT WHAT ACTION" for each. */
#include <stdio.h>
#include <string.h>

#include "base/fault.h"

static const struct {
	const char *name, *whats, *actions;
} points[] = {
#define FAULT_POINT(id, name, whats, actions, where) {name, whats, actions},
#include "base/fault_points.def"
#undef FAULT_POINT
};

/* One line for every word of `actions`. */
static void
print_actions(const char *name, const char *what, const char *actions)
{
	char words[128], *rest = words, *action;

	snprintf(words, sizeof words, "%s", actions);
	while ((action = strsep(&rest, " ")) != NULL)
		printf("%s %s %s\n", name, what, action);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
		char words[256], *rest = words, *what;

		snprintf(words, sizeof words, "%s", points[i].whats);
		while ((what = strsep(&rest, " ")) != NULL)
			print_actions(points[i].name, what, points[i].actions);
	}
	return 0;
}
