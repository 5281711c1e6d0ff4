/* Zone files on their way in. */
#include <string.h>

#include "base/secret.h"
#include "tool.h"

#define ZONE_FILE_MAX (256U << 20)
#define LOOKED_AT     256 /* bytes that must look like text */

static dms_error *
binary_error(const char *path, const char *what, size_t at)
{
	return dms_error_put_str(dms_error_new(DMS_E_BINARY_FILE,
					       "'%s' is not a text file: %s at byte %zu", path,
					       what, at),
				 "file_name", path);
}

/* The beginning of the first line that is not UTF-8; `size` when all of them are. */
static size_t
utf8_lines(const char *text, size_t size)
{
	size_t good = 0;

	while (good < size) {
		const char *end = memchr(text + good, '\n', size - good);
		size_t next = end != NULL ? (size_t)(end - text) + 1 : size;
		json_t *string = json_stringn(text + good, next - good);

		if (string == NULL)
			break;
		json_decref(string);
		good = next;
	}
	return good;
}

dms_error *
read_zone_file(TALLOC_CTX *mem, const char *path, char **text)
{
	size_t size;
	dms_error *error = file_read(mem, path, ZONE_FILE_MAX, text, &size);

	if (error != NULL) {
		error->id = DMS_E_SYSTEM; /* spec/zone-tool.md section 1.6: 71 */
		return error;
	}
	for (size_t i = 0; i < size && i < LOOKED_AT; i++)
		if ((unsigned char)(*text)[i] < ' ' && strchr("\t\n\r\f", (*text)[i]) == NULL)
			return binary_error(path, "a control character", i + 1);
	if (strlen(*text) != size)
		return binary_error(path, "a NUL", strlen(*text) + 1);
	if (utf8_lines(*text, size) != size)
		return binary_error(path, "no UTF-8 in the line that begins",
				    utf8_lines(*text, size) + 1);
	return NULL;
}
