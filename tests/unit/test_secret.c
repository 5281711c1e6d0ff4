/* rooms: dms_base */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dirent.h>

#include "base/secret.h"
#include "testing.h"

struct place {
	TALLOC_CTX *mem;
	char folder[64];
};

static int
make_place(void **state)
{
	struct place *place = talloc_zero(NULL, struct place);

	place->mem = place;
	strcpy(place->folder, "/tmp/dms-test-XXXXXX");
	*state = place;
	return mkdtemp(place->folder) == NULL;
}

/* what the tests made lies directly in the folder, or three levels down */
static int
remove_place(void **state)
{
	struct place *place = *state;
	char *command = talloc_asprintf(place, "rm -rf '%s'", place->folder);
	int status = system(command);

	talloc_free(place);
	return status;
}

/* RFC 4648 section 10 */
static void
base64_as_in_the_rfc(void **state)
{
	static const char *const cases[][2] = {
	    {"", ""},
	    {"f", "Zg=="},
	    {"fo", "Zm8="},
	    {"foo", "Zm9v"},
	    {"foob", "Zm9vYg=="},
	    {"fooba", "Zm9vYmE="},
	    {"foobar", "Zm9vYmFy"},
	    {"\xFB\xFF\xFE", "+//+"},
	};
	TALLOC_CTX *mem = talloc_new(NULL);

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *plain = cases[i][0];
		uint8_t *bytes;
		size_t size;
		assert_string_equal(base64_encode(mem, (const uint8_t *)plain, strlen(plain)),
				    cases[i][1]);
		assert_null(base64_decode(mem, cases[i][1], &bytes, &size));
		assert_int_equal(size, strlen(plain));
		assert_memory_equal(bytes, plain, size);
	}
	talloc_free(mem);
}

static void
what_is_not_base64_is_refused(void **state)
{
	static const char *const cases[] = {
	    "Z",         "Zg",     "Zg=",  "Zg===", "Z===", "====",     "=",
	    "Zm9v Zg==", "Zm9v\n", "Zm-_", "Zh==",  "Zm9=", "Zg==Zg==", "Zm\xC3\xBC",
	};
	TALLOC_CTX *mem = talloc_new(NULL);
	uint8_t *bytes;
	size_t size;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		expect_words(base64_decode(mem, cases[i], &bytes, &size), DMS_E_FORMAT, "");
	/* a refused secret is not shown */
	dms_error *error = base64_decode(mem, "hunter!!", &bytes, &size);
	assert_null(strstr(error->message, "hunter"));
	dms_error_free(error);
	assert_int_equal(talloc_total_blocks(mem), 1);
	talloc_free(mem);
}

static void
hex_and_digest(void **state)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	uint8_t digest[32];

	assert_string_equal(hex_encode(mem, (const uint8_t *)"\x00\x7F\xFF", 3), "007fff");
	/* FIPS 180-2 appendix B.1 */
	sha256("abc", 3, digest);
	assert_string_equal(hex_encode(mem, digest, 32),
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_true(secret_equal("abc", "abc", 3));
	assert_false(secret_equal("abc", "abd", 3));
	talloc_free(mem);
}

static void
random_is_not_twice_the_same(void **state)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	char *one = random_hex(mem, 16);
	char *two = random_hex(mem, 16);

	assert_int_equal(strlen(one), 32);
	assert_int_equal(strspn(one, "0123456789abcdef"), 32);
	assert_string_not_equal(one, two);
	talloc_free(mem);
}

static int
entries_of(const char *folder)
{
	int count = 0;
	DIR *open = opendir(folder);

	for (struct dirent *entry; (entry = readdir(open)) != NULL;)
		count += entry->d_name[0] != '.';
	closedir(open);
	return count;
}

static void
a_file_is_replaced_whole(void **state)
{
	struct place *place = *state;
	char *path = talloc_asprintf(place, "%s/key", place->folder);
	char *text;
	size_t size;
	struct stat found;

	mode_t old = umask(077);
	assert_null(file_write_atomic(path, "a\0b", 3, 0640));
	umask(old);
	assert_null(file_read(place, path, 3, &text, &size));
	assert_int_equal(size, 3);
	assert_memory_equal(text, "a\0b", 4);
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 0777, 0640);

	assert_null(file_write_atomic(path, "", 0, 0600));
	assert_null(file_read(place, path, 100, &text, NULL));
	assert_string_equal(text, "");
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 0777, 0600);
	/* nothing is left beside it */
	assert_int_equal(entries_of(place->folder), 1);
}

static void
a_failed_write_leaves_nothing(void **state)
{
	struct place *place = *state;
	char *target = talloc_asprintf(place, "%s/taken", place->folder);
	char *inside = talloc_asprintf(place, "%s/nowhere/file", place->folder);
	char *below = talloc_asprintf(place, "%s/taken/x", place->folder);

	/* a folder with something in it cannot be renamed over */
	assert_null(dir_make(target, 0700));
	assert_null(file_write_atomic(below, "x", 1, 0600));
	expect_words(file_write_atomic(target, "y", 1, 0600), DMS_E_FILE, target);
	assert_int_equal(entries_of(place->folder), 1);
	expect_words(file_write_atomic(inside, "y", 1, 0600), DMS_E_FILE, "No such file");
}

static void
reading_has_its_limits(void **state)
{
	struct place *place = *state;
	char *path = talloc_asprintf(place, "%s/big", place->folder);
	char *big = talloc_zero_array(place, char, 20000);
	char *text;
	size_t size;

	memset(big, 'x', 20000);
	assert_null(file_write_atomic(path, big, 20000, 0600));
	expect_words(file_read(place, path, 19999, &text, &size), DMS_E_FILE, "larger than 19999");
	assert_null(file_read(place, path, 20000, &text, &size));
	assert_int_equal(size, 20000);
	assert_memory_equal(text, big, size);
	expect_words(file_read(place, place->folder, 100, &text, &size), DMS_E_FILE, place->folder);
	expect_words(file_read(place, "/does/not/exist", 100, &text, &size), DMS_E_FILE,
		     "/does/not/exist");
}

static void
folders_are_made_with_their_parents(void **state)
{
	struct place *place = *state;
	char *deep = talloc_asprintf(place, "%s//a/b/c/", place->folder);
	char *file = talloc_asprintf(place, "%s/file", place->folder);
	char *through = talloc_asprintf(place, "%s/file/x", place->folder);
	struct stat found;

	assert_null(dir_make(deep, 0755));
	assert_null(dir_make(deep, 0755));
	assert_int_equal(stat(deep, &found), 0);
	assert_true(S_ISDIR(found.st_mode));
	assert_null(file_write_atomic(file, "", 0, 0600));
	expect_words(dir_make(through, 0755), DMS_E_FILE, file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(base64_as_in_the_rfc),
	    cmocka_unit_test(what_is_not_base64_is_refused),
	    cmocka_unit_test(hex_and_digest),
	    cmocka_unit_test(random_is_not_twice_the_same),
	    cmocka_unit_test_setup_teardown(a_file_is_replaced_whole, make_place, remove_place),
	    cmocka_unit_test_setup_teardown(a_failed_write_leaves_nothing, make_place,
					    remove_place),
	    cmocka_unit_test_setup_teardown(reading_has_its_limits, make_place, remove_place),
	    cmocka_unit_test_setup_teardown(folders_are_made_with_their_parents, make_place,
					    remove_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
