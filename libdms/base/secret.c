#include "base/secret.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void
random_bytes(void *out, size_t size)
{
	char *at = out;

	while (size > 0) {
		ssize_t got = getrandom(at, size, 0);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort();
		at += got;
		size -= (size_t)got;
	}
}

char *
random_hex(TALLOC_CTX *mem, size_t size)
{
	uint8_t *bytes = talloc_array(NULL, uint8_t, size);

	random_bytes(bytes, size);
	char *text = hex_encode(mem, bytes, size);
	OPENSSL_cleanse(bytes, size);
	talloc_free(bytes);
	return text;
}

char *
hex_encode(TALLOC_CTX *mem, const uint8_t *bytes, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	char *text = talloc_array(mem, char, 2 * size + 1);

	for (size_t i = 0; i < size; i++) {
		text[2 * i] = digits[bytes[i] >> 4];
		text[2 * i + 1] = digits[bytes[i] & 15];
	}
	text[2 * size] = '\0';
	return text;
}

/* the 64 signs of RFC 4648 section 4 */
static const char base64_signs[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *
base64_encode(TALLOC_CTX *mem, const uint8_t *bytes, size_t size)
{
	char *text = talloc_array(mem, char, (size + 2) / 3 * 4 + 1);
	char *out = text;

	for (size_t i = 0; i < size; i += 3) {
		size_t have = size - i;
		uint32_t group = (uint32_t)bytes[i] << 16;
		if (have > 1)
			group |= (uint32_t)bytes[i + 1] << 8;
		if (have > 2)
			group |= bytes[i + 2];
		*out++ = base64_signs[group >> 18];
		*out++ = base64_signs[group >> 12 & 63];
		*out++ = have > 1 ? base64_signs[group >> 6 & 63] : '=';
		*out++ = have > 2 ? base64_signs[group & 63] : '=';
	}
	*out = '\0';
	return text;
}

/* value of one sign; -1 for any other byte */
static int
base64_value(char sign)
{
	const char *found = sign != '\0' ? strchr(base64_signs, sign) : NULL;
	return found != NULL ? (int)(found - base64_signs) : -1;
}

/* Strict: no blanks, full padding, and no bits set below the last byte, so that one secret has one
 * text. The text is not shown: it may be a key. */
dms_error *
base64_decode(TALLOC_CTX *mem, const char *text, uint8_t **bytes, size_t *size)
{
	size_t length = strlen(text), padding = 0;

	while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
		padding++;
	if (length % 4 != 0)
		return dms_error_new(DMS_E_FORMAT,
				     "base64 text has %zu characters, not a multiple of 4", length);

	uint8_t *out = talloc_array(mem, uint8_t, length / 4 * 3 + 1);
	size_t written = 0;
	uint32_t group = 0;
	for (size_t i = 0; i < length; i++) {
		int value = i < length - padding ? base64_value(text[i]) : 0;
		if (value < 0) {
			talloc_free(out);
			return dms_error_new(DMS_E_FORMAT, "character %zu is not base64", i + 1);
		}
		group = group << 6 | (uint32_t)value;
		if (i % 4 == 3) {
			out[written++] = (uint8_t)(group >> 16);
			out[written++] = (uint8_t)(group >> 8);
			out[written++] = (uint8_t)group;
		}
	}
	written -= padding;
	for (size_t i = written; i < written + padding; i++) {
		if (out[i] != 0) {
			talloc_free(out);
			return dms_error_new(DMS_E_FORMAT, "base64 text ends with stray bits");
		}
	}
	out[written] = 0;
	*bytes = out;
	*size = written;
	return NULL;
}

void
sha256(const void *bytes, size_t size, uint8_t digest[32])
{
	if (EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

bool
secret_equal(const void *a, const void *b, size_t size)
{
	return CRYPTO_memcmp(a, b, size) == 0;
}
