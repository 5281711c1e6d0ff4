/* Encoding, signing and checking of control channel messages. */
#include "ccmsg.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

#define VERSION     1
#define TYPE_BINARY 1
#define TYPE_TABLE  2
#define DIGEST_TEXT 88 /* base64 of the longest HMAC; shorter ones are padded with NULs */

struct bytes {
	uint8_t *data;
	size_t size;
};

struct view {
	const uint8_t *data;
	size_t size;
};

static const struct algorithm {
	const char *name;
	uint8_t number;
	const EVP_MD *(*digest)(void);
} algorithms[] = {
    {"hmac-sha1", 161, EVP_sha1},     {"hmac-sha224", 162, EVP_sha224},
    {"hmac-sha256", 163, EVP_sha256}, {"hmac-sha384", 164, EVP_sha384},
    {"hmac-sha512", 165, EVP_sha512},
};

static dms_error *
find_algorithm(const struct control_key *key, const struct algorithm **algorithm)
{
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (strcmp(algorithms[i].name, key->algorithm) == 0) {
			*algorithm = &algorithms[i];
			return NULL;
		}
	}
	return dms_error_new(
	    DMS_E_CONFIG,
	    "control key %s has algorithm %s: only hmac-sha1 to hmac-sha512 can be used", key->name,
	    key->algorithm);
}

static void
put(TALLOC_CTX *mem, struct bytes *to, const void *data, size_t size)
{
	to->data = talloc_realloc_size(mem, to->data, to->size + size + 1);
	if (size != 0)
		memcpy(to->data + to->size, data, size);
	to->size += size;
}

static void
put_u32(uint8_t *to, uint32_t value)
{
	to[0] = (uint8_t)(value >> 24);
	to[1] = (uint8_t)(value >> 16);
	to[2] = (uint8_t)(value >> 8);
	to[3] = (uint8_t)value;
}

static uint32_t
get_u32(const uint8_t *from)
{
	return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

static void
put_element(TALLOC_CTX *mem, struct bytes *to, const char *key, uint8_t type, const void *data,
	    size_t size)
{
	uint8_t key_size = (uint8_t)strlen(key);
	uint8_t head[5] = {type};
	put_u32(head + 1, (uint32_t)size);
	put(mem, to, &key_size, 1);
	put(mem, to, key, key_size);
	put(mem, to, head, sizeof(head));
	put(mem, to, data, size);
}

static void
put_text(TALLOC_CTX *mem, struct bytes *to, const char *key, const char *text)
{
	put_element(mem, to, key, TYPE_BINARY, text, strlen(text));
}

static void
put_number(TALLOC_CTX *mem, struct bytes *to, const char *key, int64_t number)
{
	put_text(mem, to, key, talloc_asprintf(mem, "%" PRId64, number));
}

/* The value of "hsha": algorithm octet and base64 of the HMAC. */
static dms_error *
sign(const struct control_key *key, const void *data, size_t size, uint8_t out[1 + DIGEST_TEXT])
{
	const struct algorithm *algorithm;
	TRY(find_algorithm(key, &algorithm));
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned digest_size = sizeof(digest);
	if (HMAC(algorithm->digest(), key->secret, (int)key->secret_size, data, size, digest,
		 &digest_size) == NULL)
		return dms_error_new(DMS_E_INTERNAL, "HMAC with control key %s failed", key->name);
	memset(out, 0, 1 + DIGEST_TEXT);
	out[0] = algorithm->number;
	char *text = base64_encode(NULL, digest, digest_size);
	memcpy(out + 1, text, strnlen(text, DIGEST_TEXT));
	talloc_free(text);
	return NULL;
}

dms_error *
ccmsg_encode(TALLOC_CTX *mem, const struct control_key *key, const struct ccmsg_request *request,
	     uint8_t **message, size_t *size)
{
	TALLOC_CTX *scratch = talloc_new(mem);
	struct bytes control = {0}, data = {0}, rest = {0}, auth = {0}, whole = {0};
	put_number(scratch, &control, "_ser", request->serial);
	put_number(scratch, &control, "_tim", request->now);
	put_number(scratch, &control, "_exp", request->expire);
	if (request->nonce != NULL)
		put_text(scratch, &control, "_nonce", request->nonce);
	put_text(scratch, &data, "type", request->command);
	put_element(scratch, &rest, "_ctrl", TYPE_TABLE, control.data, control.size);
	put_element(scratch, &rest, "_data", TYPE_TABLE, data.data, data.size);
	uint8_t digest[1 + DIGEST_TEXT];
	dms_error *error = sign(key, rest.data, rest.size, digest);
	if (error == NULL) {
		uint8_t head[8] = {0};
		put_element(scratch, &auth, "hsha", TYPE_BINARY, digest, sizeof(digest));
		put(scratch, &whole, head, sizeof(head));
		put_element(scratch, &whole, "_auth", TYPE_TABLE, auth.data, auth.size);
		put(scratch, &whole, rest.data, rest.size);
		put_u32(whole.data, (uint32_t)(whole.size - 4));
		put_u32(whole.data + 4, VERSION);
		*message = talloc_steal(mem, whole.data);
		*size = whole.size;
	}
	talloc_free(scratch);
	return error;
}

/* Takes one element off the front of `from`. */
static bool
next_element(struct view *from, struct view *key, uint8_t *type, struct view *value)
{
	if (from->size < 1 || from->size < 1u + from->data[0] + 5)
		return false;
	*key = (struct view){from->data + 1, from->data[0]};
	const uint8_t *head = from->data + 1 + key->size;
	size_t used = 1 + key->size + 5;
	size_t size = get_u32(head + 1);
	if (size > from->size - used)
		return false;
	*type = head[0];
	*value = (struct view){from->data + used, size};
	*from = (struct view){from->data + used + size, from->size - used - size};
	return true;
}

static bool
find(struct view table, const char *name, struct view *value)
{
	struct view key;
	uint8_t type;
	while (next_element(&table, &key, &type, value)) {
		if (key.size == strlen(name) && memcmp(key.data, name, key.size) == 0)
			return true;
	}
	return false;
}

static const char *
find_text(TALLOC_CTX *mem, struct view table, const char *name)
{
	struct view value;
	if (!find(table, name, &value))
		return NULL;
	return talloc_strndup(mem, (const char *)value.data, value.size);
}

static int64_t
find_number(TALLOC_CTX *mem, struct view table, const char *name, int64_t otherwise)
{
	const char *text = find_text(mem, table, name);
	return text != NULL ? strtoll(text, NULL, 10) : otherwise;
}

static dms_error *
malformed(const char *what)
{
	return dms_error_new(DMS_E_DNS_BAD_ANSWER, "control channel: %s", what);
}

static dms_error *
check_signature(const struct control_key *key, struct view auth, struct view rest)
{
	struct view name, given;
	uint8_t wanted[1 + DIGEST_TEXT], type;
	TRY(sign(key, rest.data, rest.size, wanted));
	if (!next_element(&auth, &name, &type, &given) || name.size != 4 || type != TYPE_BINARY ||
	    memcmp(name.data, "hsha", 4) != 0 || given.size != sizeof(wanted) ||
	    !secret_equal(given.data, wanted, sizeof(wanted)))
		return dms_error_new(
		    DMS_E_TSIG, "control channel: the answer is not signed with key %s", key->name);
	return NULL;
}

dms_error *
ccmsg_decode(TALLOC_CTX *mem, const struct control_key *key, const uint8_t *message, size_t size,
	     struct ccmsg_reply *reply)
{
	if (size < 4 || get_u32(message) != VERSION)
		return malformed("the answer is not of version 1");
	struct view rest = {message + 4, size - 4}, name, auth, control, data;
	uint8_t type;
	if (!next_element(&rest, &name, &type, &auth) || type != TYPE_TABLE || name.size != 5 ||
	    memcmp(name.data, "_auth", 5) != 0)
		return malformed("the answer does not begin with _auth");
	TRY(check_signature(key, auth, rest));
	if (!find(rest, "_ctrl", &control) || !find(rest, "_data", &data))
		return malformed("the answer lacks _ctrl or _data");
	reply->serial = (uint32_t)find_number(mem, control, "_ser", -1);
	reply->nonce = find_text(mem, control, "_nonce");
	reply->result = find_number(mem, data, "result", 0);
	reply->error = find_text(mem, data, "err");
	reply->text = find_text(mem, data, "text");
	return NULL;
}
