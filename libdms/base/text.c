#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* length of the UTF-8 sequence that begins at `text` (RFC 3629 section 4); 0 when it is none */
static size_t
utf8_length(const unsigned char *text)
{
	size_t length;
	unsigned char low = 0x80, high = 0xBF;

	if (text[0] < 0x80)
		return 1;
	if (text[0] >= 0xC2 && text[0] <= 0xDF)
		length = 2;
	else if (text[0] >= 0xE0 && text[0] <= 0xEF)
		length = 3;
	else if (text[0] >= 0xF0 && text[0] <= 0xF4)
		length = 4;
	else
		return 0;

	if (text[0] == 0xE0)
		low = 0xA0;
	else if (text[0] == 0xED)
		high = 0x9F;
	else if (text[0] == 0xF0)
		low = 0x90;
	else if (text[0] == 0xF4)
		high = 0x8F;
	if (text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	return length;
}

json_t *
json_text(const char *text)
{
	if (text == NULL)
		return json_null();
	json_t *value = json_string(text);
	if (value != NULL)
		return value;

	/* a bad byte grows to the three of U+FFFD */
	char *clean = malloc(3 * strlen(text) + 1);
	if (clean == NULL)
		return NULL;
	char *out = clean;
	for (const char *in = text; *in != '\0';) {
		size_t length = utf8_length((const unsigned char *)in);
		if (length == 0) {
			memcpy(out, "\xEF\xBF\xBD", 3);
			out += 3;
			in++;
		} else {
			memcpy(out, in, length);
			out += length;
			in += length;
		}
	}
	*out = '\0';
	value = json_string(clean);
	free(clean);
	return value;
}

uint64_t
text_hash(const char *text)
{
	uint64_t hash = 14695981039346656037u;
	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * 1099511628211u;
	return hash;
}
