/* rooms: dms_dns dms_base */
/* The serial policy: the table of spec/zone-data.md section 16, and what must hold for any input.
 */
#include <stdlib.h>

#include "dns/serial.h"
#include "testing.h"

#define TODAY 2026030500U

enum { WRAP = 1 };

static const struct row {
	uint32_t current, known, wanted;
	int mode;
	enum dms_err id;
	uint32_t serial;
} rows[] = {
    {2026030407, 0, 0, 0, DMS_OK, 2026030500},
    {2026030500, 0, 0, 0, DMS_OK, 2026030501},
    {2026030599, 0, 0, 0, DMS_OK, 2026030600},
    {4294967295, 0, 0, 0, DMS_OK, 2026030500},
    {4000000000, 0, 0, 0, DMS_OK, 4000000001},
    {2026030503, 2026030509, 0, 0, DMS_OK, 2026030510},
    {2026030407, 2026030500, 0, 0, DMS_OK, 2026030501},
    {2026030503, 0, 2026030520, 0, DMS_OK, 2026030520},
    {2026030503, 0, 2026030502, 0, DMS_OK, 2026030504},
    {2026030503, 0, 4173514150, 0, DMS_OK, 4173514150},
    {2026030503, 0, 4173514151, 0, DMS_OK, 2026030504},
    {2026030503, 4173514150, 0, 0, DMS_E_SOA_SERIAL_OCCLUSION, 0},
    {2026030503, 0, 0, WRAP, DMS_OK, 4173514150},
    {4173514150, 0, 0, 0, DMS_OK, 2026030500},
    {4000000000, 0, 0, WRAP, DMS_OK, 1852516351},
    {1852516351, 0, 0, 0, DMS_OK, 2026030500},
    {2147483649, 0, 0, WRAP, DMS_OK, 4294967295},
    {2147483649, 4294967295, 0, WRAP, DMS_E_SOA_SERIAL_PUBLISHED, 0},
    /* A window that goes past zero: loose comparison would step backwards here. */
    {4294967000, 2012, 3000000000, 0, DMS_OK, 2013},
    {4294967000, 2012, 5000, 0, DMS_OK, 5000},
    {4294967000, 2012, 1000, 0, DMS_OK, 2013},
    /* Zero is stepped over. */
    {4294967295, 0, 4294967290, 0, DMS_OK, 1},
    /* What is stored counts only when it is ahead. */
    {2026030503, 2026030401, 0, 0, DMS_OK, 2026030504},
    /* Not on the master yet. */
    {0, 0, 0, 0, DMS_OK, 2026030500},
    {0, 0, 4000000000, 0, DMS_OK, 4000000000},
    {0, 2026030500, 0, 0, DMS_OK, 2026030501},
    {0, 2026030407, 0, 0, DMS_OK, 2026030500},
};

static void
the_table_of_examples_holds(void **state)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct row *row = &rows[i];
		uint32_t serial = 0;
		uint32_t wanted = row->mode == WRAP ? serial_furthest(row->current) : row->wanted;
		dms_error *error =
		    serial_next("example.org.", row->current, row->known, wanted, TODAY, &serial);
		enum dms_err id = error == NULL ? DMS_OK : error->id;

		if (id != row->id || serial != row->serial)
			fail_msg("row %zu: error %d, serial %u instead of %d, %u", i, id, serial,
				 row->id, row->serial);
		dms_error_free(error);
	}
}

static void
comparison_is_that_of_rfc_1982(void **state)
{
	assert_true(serial_lt(1, 2));
	assert_false(serial_lt(2, 1));
	assert_false(serial_lt(7, 7));
	assert_true(serial_lt(4294967295, 0));
	assert_true(serial_lt(4294967295, 100));
	assert_false(serial_lt(100, 4294967295));
	assert_true(serial_lt(0, 2147483647));
	/* Half-way round nothing is defined. */
	assert_false(serial_lt(0, 2147483648));
	assert_false(serial_lt(2147483648, 0));
}

static uint32_t
random_serial(unsigned *seed)
{
	static const uint32_t edges[] = {0,          1,          2147483647, 2147483648,
					 2147483649, 4294967295, TODAY};
	uint32_t serial = (uint32_t)rand_r(seed) << 17 ^ (uint32_t)rand_r(seed);

	switch (rand_r(seed) % 4) {
	case 0:
		return edges[(size_t)rand_r(seed) % (sizeof edges / sizeof edges[0])] +
		       (uint32_t)(rand_r(seed) % 7) - 3;
	case 1:
		return TODAY + serial % 200 - 100;
	default:
		return serial;
	}
}

/* Whatever comes in, a serial that comes out is one every slave takes: after the one on the master,
 * within one legal step, never zero, after the stored one when that is ahead. */
static void
every_serial_moves_forward(void **state)
{
	unsigned seed = 20260305;

	for (int i = 0; i < 2000000; i++) {
		uint32_t current = random_serial(&seed), known = random_serial(&seed);
		uint32_t wanted = rand_r(&seed) % 2 ? random_serial(&seed) : 0;
		uint32_t serial = 0;
		if (current == 0)
			continue;
		if (rand_r(&seed) % 3 == 0)
			known = 0;
		dms_error *error =
		    serial_next("example.org.", current, known, wanted, TODAY, &serial);
		if (error != NULL) {
			uint32_t furthest = current + 2147483647U;
			assert_true(error->id == DMS_E_SOA_SERIAL_OCCLUSION
					? known == furthest
					: known == serial_furthest(current));
			dms_error_free(error);
			continue;
		}
		bool is_known_ahead = known != 0 && serial_lt(current, known);
		if (serial == 0 || !serial_lt(current, serial) ||
		    (is_known_ahead && !serial_lt(known, serial)))
			fail_msg("%u %u %u -> %u", current, known, wanted, serial);
		/* A wish that can be met is met. */
		if (wanted != 0 && serial_lt(current, wanted) &&
		    (!is_known_ahead || serial_lt(known, wanted)))
			assert_int_equal(serial, wanted);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_table_of_examples_holds),
	    cmocka_unit_test(comparison_is_that_of_rfc_1982),
	    cmocka_unit_test(every_serial_moves_forward),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
