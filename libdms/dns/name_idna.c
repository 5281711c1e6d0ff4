/* Labels in letters beyond ASCII (IDNA 2008, RFC 5890 to 5893): U-labels in, A-labels stored. */
#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dns/name_parts.h"

enum { LABEL_MAX = 63, U_LABEL_MAX = 4 * LABEL_MAX };

/* Upper case and composed forms are mapped as users expect (RFC 5895), ss and final sigma stay what
 * they are; what IDNA 2008 does not allow in a label is refused. */
#define IDNA_FLAGS (IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL)

/* The library's own check of this drops what it does not like. */
static bool
has_only_letters(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = text[i], letter = c | 0x20;
		if ((uint8_t)c < 0x80 && c != '-' && !(c >= '0' && c <= '9') &&
		    !(letter >= 'a' && letter <= 'z'))
			return false;
	}
	return true;
}

const char *
label_to_ascii(const char *text, size_t size, uint8_t *label, size_t *label_size)
{
	static _Thread_local char reason[U_LABEL_MAX + 160];
	char unicode[U_LABEL_MAX + 1];
	uint8_t *ascii = NULL;

	if (size > U_LABEL_MAX)
		return "a label is longer than 63 octets";
	if (memchr(text, '\\', size) != NULL || memchr(text, '\0', size) != NULL)
		return "a label has both letters beyond ASCII and escapes";
	memcpy(unicode, text, size);
	unicode[size] = '\0';
	if (!has_only_letters(text, size)) {
		snprintf(reason, sizeof reason,
			 "the label \"%s\" has both letters beyond ASCII and other characters than "
			 "letters, digits and '-'",
			 unicode);
		return reason;
	}
	int result = idn2_lookup_u8((const uint8_t *)unicode, &ascii, IDNA_FLAGS);
	if (result == IDN2_ENCODING_ERROR || result == IDN2_ICONV_FAIL)
		return "octets beyond ASCII that are not UTF-8";
	/* An ideographic full stop is mapped to a dot, which would make two labels. */
	if (result == IDN2_OK && strchr((char *)ascii, '.') != NULL)
		result = IDN2_DOT_IN_LABEL;
	if (result != IDN2_OK) {
		idn2_free(ascii);
		snprintf(reason, sizeof reason, "the label \"%s\" is not possible in IDNA 2008: %s",
			 unicode, idn2_strerror(result));
		return reason;
	}
	*label_size = strlen((char *)ascii);
	if (*label_size == 0 || *label_size > LABEL_MAX) {
		idn2_free(ascii);
		return "a label is empty or longer than 63 octets in its xn-- form";
	}
	memcpy(label, ascii, *label_size);
	idn2_free(ascii);
	return NULL;
}

/* NULL: it is no A-label, or one that does not come from the U-label it pretends. */
static char *
label_to_unicode(const char *label, size_t size)
{
	char ascii[LABEL_MAX + 1], *unicode = NULL;
	uint8_t *back = NULL;

	if (size < 5 || size > LABEL_MAX || strncasecmp(label, "xn--", 4) != 0)
		return NULL;
	memcpy(ascii, label, size);
	ascii[size] = '\0';
	bool is_fine = idn2_to_unicode_8z8z(ascii, &unicode, 0) == IDN2_OK &&
		       idn2_lookup_u8((uint8_t *)unicode, &back, IDNA_FLAGS) == IDN2_OK &&
		       strcasecmp((char *)back, ascii) == 0;
	idn2_free(back);
	if (is_fine)
		return unicode;
	idn2_free(unicode);
	return NULL;
}

char *
name_to_unicode(TALLOC_CTX *mem, const char *name)
{
	char *text = NULL;
	bool has_unicode = false;

	if (strcasestr(name, "xn--") == NULL)
		return NULL;
	text = talloc_strdup(mem, "");
	while (*name != '\0') {
		size_t size = 0;
		while (name[size] != '\0' && name[size] != '.')
			size += name[size] == '\\' && name[size + 1] != '\0' ? 2 : 1;
		char *unicode = label_to_unicode(name, size);
		text = unicode != NULL ? talloc_strdup_append(text, unicode)
				       : talloc_strndup_append(text, name, size);
		has_unicode |= unicode != NULL;
		idn2_free(unicode);
		name += size;
		if (*name == '.') {
			text = talloc_strdup_append(text, ".");
			name++;
		}
	}
	if (has_unicode)
		return text;
	talloc_free(text);
	return NULL;
}
