/* Ctrl-C (spec/zone-tool.md section 1.11). A signal that comes just before a read does not end it:
 * who waits is told through a pipe. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include "tool.h"

static volatile sig_atomic_t has_come, is_deferring;
static int tell[2] = {-1, -1};

static void
on_interrupt(int number)
{
	int saved = errno;

	(void)number;
	if (!is_deferring)
		_exit(EX_UNAVAILABLE);
	has_come = 1;
	if (write(tell[1], "", 1) < 0)
		has_come = 1; /* the pipe is full of earlier ones: it is told already */
	errno = saved;
}

void
interrupt_begin(void)
{
	struct sigaction action = {.sa_handler = on_interrupt}; /* no SA_RESTART: reads end */

	if (pipe2(tell, O_NONBLOCK | O_CLOEXEC) != 0)
		abort();
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

bool
interrupt_or_input(int fd)
{
	struct pollfd waits[2] = {{.fd = fd, .events = POLLIN}, {.fd = tell[0], .events = POLLIN}};

	while (!interrupt_came() && poll(waits, 2, -1) < 0 && errno == EINTR)
		;
	if (waits[1].revents & POLLIN)
		has_come = 1;
	return interrupt_came();
}

/* The claim first: one that comes meanwhile makes it true again, whether or not it is drained. */
void
interrupt_forget(void)
{
	char drain[16];

	has_come = 0;
	while (read(tell[0], drain, sizeof(drain)) > 0)
		;
}
