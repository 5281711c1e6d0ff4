/* Faults on purpose; nothing at all unless DMS_FAULTS is set. */
#include "base/fault.h"

#ifdef DMS_FAULTS

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

/* Longer than the relay's patience, shorter than a test's. */
#define DELAY_MS 1000

static const char *const names[] = {
#define FAULT_POINT(id, name, ...) name,
#include "base/fault_points.def"
#undef FAULT_POINT
};

/* Whoever removes the file has the fault, and nobody else. */
static bool
is_armed(enum fault_point point, const char *what, const char *action)
{
	const char *folder = getenv("DMS_FAULT_DIR");
	char path[512];

	if (folder == NULL)
		return false;
	snprintf(path, sizeof path, "%s/%s.%s.%s", folder, names[point], what, action);
	if (unlink(path) != 0)
		return false;
	log_warning("a fault on purpose", F_STR("point", names[point]), F_STR("what", what),
		    F_STR("action", action));
	return true;
}

enum fault
fault_here(enum fault_point point, const char *what)
{
	if (is_armed(point, what, "crash"))
		raise(SIGKILL);
	if (is_armed(point, what, "stop"))
		raise(SIGSTOP);
	if (is_armed(point, what, "delay"))
		poll(NULL, 0, DELAY_MS);
	if (is_armed(point, what, "drop"))
		return FAULT_DROP;
	if (is_armed(point, what, "twice"))
		return FAULT_TWICE;
	return is_armed(point, what, "error") ? FAULT_ERROR : FAULT_NONE;
}

dms_error *
fault_error_here(enum fault_point point, const char *what)
{
	if (fault_here(point, what) == FAULT_NONE)
		return NULL;
	return dms_error_new(DMS_E_TIMEOUT, "a fault on purpose at '%s' of %s", names[point], what);
}

#endif
