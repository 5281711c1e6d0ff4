/* What the unit tests have in common: cmocka with what it asks for, and errors as expectations. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"

/* Fails with the error's own words; all else would hide them. */
#define ok(expression)                                                                          \
	do {                                                                                    \
		dms_error *ok_error = (expression);                                             \
		if (ok_error != NULL)                                                           \
			fail_msg("line %d: %s: %s", __LINE__, dms_err_info(ok_error->id)->name, \
				 ok_error->message);                                            \
	} while (0)

/* Fails unless the error is that one and has these words in it; frees it. */
static inline void
expect_words(dms_error *error, enum dms_err id, const char *words)
{
	if (error == NULL)
		fail_msg("no error where %s was due", dms_err_info(id)->name);
	else if (error->id != id || strstr(error->message, words) == NULL)
		fail_msg("%s where %s was due: %s", dms_err_info(error->id)->name,
			 dms_err_info(id)->name, error->message);
	dms_error_free(error);
}

static inline void
expect_error(dms_error *error, enum dms_err id)
{
	expect_words(error, id, "");
}
