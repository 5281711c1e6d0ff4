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

static void
a_new_zone_begins_after_what_is_remembered(void **state)
{
	static const struct {
		uint32_t given, last, serial;
	} cases[] = {
	    {0, 0, 2026030500},
	    {2026030407, 0, 2026030500},
	    {2026030500, 0, 2026030501},
	    {4000000000, 0, 4000000001},
	    {0, 2026030500, 2026030501},
	    {0, 4000000000, 4000000001},
	    /* The text's serial counts as long as it is ahead of what secondaries have. */
	    {2026030599, 2026030407, 2026030600},
	    {7, 2026030507, 2026030508},
	    {4000000000, 2026030507, 4000000001},
	    /* The farthest ahead, and one more; half-way round nothing is ahead. */
	    {4173514154, 2026030507, 2026030508},
	    {4173514155, 2026030507, 2026030508},
	    {0, 4294967295, 2026030500},
	};
	unsigned seed = 20260305;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint32_t serial = serial_first(cases[i].given, cases[i].last, TODAY);
		if (serial != cases[i].serial)
			fail_msg("%u %u -> %u", cases[i].given, cases[i].last, serial);
	}
	for (int i = 0; i < 500000; i++) {
		uint32_t given = rand_r(&seed) % 3 ? random_serial(&seed) : 0;
		uint32_t last = rand_r(&seed) % 3 ? random_serial(&seed) : 0;
		uint32_t serial = serial_first(given, last, TODAY);
		if (serial == 0 || (last != 0 && !serial_lt(last, serial)) ||
		    (last == 0 && given != 0 && !serial_lt(given, serial)))
			fail_msg("%u %u -> %u", given, last, serial);
	}
}

/* Years of a zone: quiet days and days with far more than 100 changes, serials that somebody sets
 * far ahead, wraps, deletions after which the name comes back. Secondaries that keep the last
 * serial they saw always see a newer one, and the date is found again. */
static void
a_long_life_never_steps_back(void **state)
{
	unsigned seed = 20260722;

	for (int life = 0; life < 200; life++) {
		uint32_t today = TODAY, before;
		uint32_t serial = serial_first(random_serial(&seed), 0, today);
		for (int day = 0; day < 300; day++, today += 100) {
			int changes = day % 50 == 7 ? 150 : rand_r(&seed) % 3;
			for (int i = 0; i < changes; i++) {
				int what = rand_r(&seed) % 60;
				uint32_t wanted = what == 0  ? serial_furthest(serial)
						  : what < 3 ? random_serial(&seed)
							     : 0;
				before = serial;
				if (what == 3) /* deleted, and made again by a text */
					serial = serial_first(random_serial(&seed), serial, today);
				else
					assert_null(serial_next("example.org.", serial, serial,
								wanted, today, &serial));
				if (serial == 0 || !serial_lt(before, serial))
					fail_msg("%u -> %u, wanted %u", before, serial, wanted);
			}
		}
		/* From anywhere one wrap, or none, leads back to the date. */
		before = serial;
		if (!serial_lt(serial, today))
			assert_null(serial_next("example.org.", serial, 0, serial_furthest(serial),
						today, &before));
		assert_null(serial_next("example.org.", before, 0, 0, today, &serial));
		assert_true(serial == today || serial == before + 1);
		if (serial_lt(before, today))
			assert_int_equal(serial, today);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_table_of_examples_holds),
	    cmocka_unit_test(comparison_is_that_of_rfc_1982),
	    cmocka_unit_test(every_serial_moves_forward),
	    cmocka_unit_test(a_new_zone_begins_after_what_is_remembered),
	    cmocka_unit_test(a_long_life_never_steps_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
