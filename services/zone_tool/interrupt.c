/* Ctrl-C (spec/zone-tool.md section 1.11). */
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include "tool.h"

static volatile sig_atomic_t has_come, is_deferring;

static void
on_interrupt(int number)
{
	(void)number;
	if (!is_deferring)
		_exit(EX_UNAVAILABLE);
	has_come = 1;
}

void
interrupt_begin(void)
{
	struct sigaction action = {.sa_handler = on_interrupt}; /* no SA_RESTART: reads end */

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
}

void
interrupt_defer(bool is_deferred)
{
	is_deferring = is_deferred;
}

bool
interrupt_came(void)
{
	return has_come != 0;
}

void
interrupt_forget(void)
{
	has_come = 0;
}
