/* What the loop hears of zones that have arrived, told to the applier's worker. One zone is
 * expected at a time. Thread-safe. */
#pragma once

#include <stdbool.h>
#include <talloc.h>

struct arrivals;

struct arrivals *arrivals_new(TALLOC_CTX *mem);
/* From now on the name server's NOTIFY for this zone counts; before what makes it come is done. */
void arrivals_expect(struct arrivals *arrivals, const char *zone);
/* Returns at the expected zone's next NOTIFY (one that came since the last call counts), after `ms`
 * milliseconds, or at once after arrivals_end. True: it was a NOTIFY. */
bool arrivals_wait(struct arrivals *arrivals, int ms);
/* The name server has sent a NOTIFY for this zone. */
void arrivals_heard(struct arrivals *arrivals, const char *zone);
/* Nobody waits any more: the agent stops. */
void arrivals_end(struct arrivals *arrivals);
