/* Memory that lives as long as a test. Included by one C file of a program, behind the headers that
 * name a parameter like it. */
#pragma once

#include <talloc.h>

#include "testing.h"

static TALLOC_CTX *mem;

static int
set_up(void **state)
{
	(void)state;
	mem = talloc_new(NULL);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	talloc_free(mem);
	return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
