/* Faults on purpose, in test builds alone (CMake option DMS_FAULTS): at the points of
 * base/fault_points.def a process ends, is held up, or loses a message, once for every time it is
 * told to. Other builds contain none of it. */
#pragma once

#include "base/error.h"

enum fault_point {
#define FAULT_POINT(id, ...) FAULT_##id,
#include "base/fault_points.def"
#undef FAULT_POINT
};

enum fault { FAULT_NONE, FAULT_ERROR, FAULT_DROP, FAULT_TWICE };

#ifdef DMS_FAULTS
/* A test arms a fault by making a file POINT.WHAT.ACTION in the folder of the environment variable
 * DMS_FAULT_DIR; the first process that comes by with that `what` removes it and fails. Ends the
 * process or waits by itself; anything else is up to the caller. */
enum fault fault_here(enum fault_point point, const char *what);
/* The same where only `error` (then it returns one that is transient) and those make sense. */
dms_error *fault_error_here(enum fault_point point, const char *what);

#define FAULT_AT(point, what)  fault_here(FAULT_##point, what)
#define FAULT_TRY(point, what) TRY(fault_error_here(FAULT_##point, what))
#define FAULT_RUN(point, what) ((void)fault_here(FAULT_##point, what))
#else
#define FAULT_AT(point, what)  ((void)(what), FAULT_NONE)
#define FAULT_TRY(point, what) ((void)(what))
#define FAULT_RUN(point, what) ((void)(what))
#endif
