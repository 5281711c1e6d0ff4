/* Parked calls: they hold no worker while they wait for news about a zone, or about servers. */
#pragma once

#include "dispatch.h"

/* Subscribes to the facts. On the loop thread. */
dms_error *waits_open(TALLOC_CTX *mem, struct gateway *gateway, struct waits **waits);
/* Takes in a call whose handler has asked to wait; on a worker. Looks at once, because the fact may
 * have come while the handler was looking. True when it has ended, false when it stays parked. */
bool waits_hold(struct waits *waits, struct worker *worker, struct ticket *ticket);
/* Looks at all of them: facts may have been missed. From any thread. */
void waits_wake_all(struct waits *waits);
/* Ends all of them, now and from now on, with DMS_E_STOPPING. On the loop thread, pool still open.
 */
void waits_stop(struct waits *waits);
