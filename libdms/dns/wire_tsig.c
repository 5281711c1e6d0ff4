/* TSIG keys, signing, and the digests of RFC 8945 section 4.3. */
#include "dns/wire_tsig.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <string.h>
#include <strings.h>

#include "dns/wire_digest.h"

static const struct algorithm {
	const char *text, *name, *digest;
	size_t mac_size;
} algorithms[] = {
    {"hmac-md5", "hmac-md5.sig-alg.reg.int.", "MD5", 16},
    {"hmac-sha1", "hmac-sha1.", "SHA1", 20},
    {"hmac-sha224", "hmac-sha224.", "SHA224", 28},
    {"hmac-sha256", "hmac-sha256.", "SHA256", 32},
    {"hmac-sha384", "hmac-sha384.", "SHA384", 48},
    {"hmac-sha512", "hmac-sha512.", "SHA512", 64},
};

/* By its short or its full name, the final dot left out or not. */
static const struct algorithm *
algorithm_find(const char *text)
{
	size_t size = strlen(text);
	if (size > 0 && text[size - 1] == '.')
		size--;
	for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
		const struct algorithm *it = &algorithms[i];
		if ((strlen(it->text) == size && strncasecmp(it->text, text, size) == 0) ||
		    (strlen(it->name) == size + 1 && strncasecmp(it->name, text, size) == 0))
			return it;
	}
	return NULL;
}

static int
key_wipe(struct tsig_key *key)
{
	OPENSSL_cleanse(key->secret, key->secret_size);
	return 0;
}

dms_error *
tsig_key_new(TALLOC_CTX *mem, const struct tsig *tsig, struct tsig_key **out)
{
	const struct algorithm *algorithm = algorithm_find(tsig->algorithm);
	if (algorithm == NULL)
		return dms_error_new(DMS_E_CONFIG, "TSIG key %s: unknown algorithm '%s'",
				     tsig->name, tsig->algorithm);
	if (tsig->secret_size == 0)
		return dms_error_new(DMS_E_CONFIG, "TSIG key %s has an empty secret", tsig->name);

	struct wire_name name, algorithm_name;
	dms_error *error = wire_name_parse(tsig->name, &name);
	if (error != NULL)
		return dms_error_wrap(error, "TSIG key name '%s'", tsig->name);
	TRY(wire_name_parse(algorithm->name, &algorithm_name));

	struct tsig_key *key = talloc_zero(mem, struct tsig_key);
	key->text = talloc_strdup(key, tsig->name);
	key->name = name;
	key->algorithm = algorithm_name;
	key->digest = algorithm->digest;
	key->mac_size = algorithm->mac_size;
	key->secret = talloc_memdup(key, tsig->secret, tsig->secret_size);
	key->secret_size = tsig->secret_size;
	talloc_set_destructor(key, key_wipe);
	*out = key;
	return NULL;
}

size_t
tsig_size(const struct tsig_key *key)
{
	/* Owner, type to rdata size; algorithm, time, fudge, MAC size, MAC, id, error, other size.
	 */
	return key->name.size + 10 + key->algorithm.size + 6 + 2 + 2 + key->mac_size + 2 + 2 + 2;
}

static int
session_close(struct tsig_session *session)
{
	EVP_MAC_CTX_free(session->digest);
	return 0;
}

struct tsig_session *
tsig_session_new(TALLOC_CTX *mem, const struct tsig_key *key)
{
	struct tsig_session *session = talloc_zero(mem, struct tsig_session);
	session->key = key;
	talloc_set_destructor(session, session_close);
	return session;
}

/* Begins the digest of the next signature: with the MAC before it, if there is one. */
dms_error *
tsig_digest_start(struct tsig_session *session)
{
	const struct tsig_key *key = session->key;
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX_free(session->digest);
	session->digest = EVP_MAC_CTX_new(hmac);
	EVP_MAC_free(hmac);

	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)key->digest, 0),
	    OSSL_PARAM_construct_end()};
	if (session->digest == NULL ||
	    EVP_MAC_init(session->digest, key->secret, key->secret_size, params) != 1)
		return dms_error_new(DMS_E_TSIG, "TSIG key %s: this system can't compute HMAC-%s",
				     key->text, key->digest);
	if (session->mac_size > 0) {
		uint8_t size[2];
		wire_set_u16(size, (uint16_t)session->mac_size);
		tsig_digest_add(session, size, sizeof size);
		tsig_digest_add(session, session->mac, session->mac_size);
	}
	return NULL;
}

void
tsig_digest_add(struct tsig_session *session, const void *octets, size_t size)
{
	EVP_MAC_update(session->digest, octets, size);
}

/* RFC 8945 4.3.3 for requests and first answers; later messages cover only the timers (5.3.1). */
void
tsig_digest_add_variables(struct tsig_session *session, const struct tsig_variables *variables)
{
	struct wire_writer out = {.mem = session};
	if (!variables->is_timers_only) {
		wire_put(&out, session->key->name.octets, session->key->name.size);
		wire_put_u16(&out, WIRE_CLASS_ANY);
		wire_put_u32(&out, 0);
		wire_put(&out, session->key->algorithm.octets, session->key->algorithm.size);
	}
	tsig_put_timers(&out, variables);
	if (!variables->is_timers_only) {
		wire_put_u16(&out, variables->error);
		wire_put_u16(&out, variables->other_size);
		wire_put(&out, variables->other, variables->other_size);
	}
	tsig_digest_add(session, out.octets, out.size);
	talloc_free(out.octets);
}

void
tsig_put_timers(struct wire_writer *out, const struct tsig_variables *variables)
{
	wire_put_u16(out, (uint16_t)(variables->time >> 32));
	wire_put_u32(out, (uint32_t)variables->time);
	wire_put_u16(out, variables->fudge);
}

dms_error *
tsig_digest_finish(struct tsig_session *session)
{
	size_t size = 0;
	int is_done = EVP_MAC_final(session->digest, session->mac, &size, sizeof session->mac);
	EVP_MAC_CTX_free(session->digest);
	session->digest = NULL;
	session->mac_size = size;
	if (is_done != 1 || size != session->key->mac_size)
		return dms_error_new(DMS_E_TSIG, "TSIG key %s: HMAC-%s failed", session->key->text,
				     session->key->digest);
	return NULL;
}

dms_error *
tsig_sign(struct tsig_session *session, struct wire_writer *request, int64_t now_seconds)
{
	const struct tsig_key *key = session->key;
	struct tsig_variables variables = {.time = (uint64_t)now_seconds,
					   .fudge = TSIG_FUDGE_SECONDS};
	TRY(tsig_digest_start(session));
	tsig_digest_add(session, request->octets, request->size);
	tsig_digest_add_variables(session, &variables);
	TRY(tsig_digest_finish(session));

	uint16_t id = wire_u16(request->octets);
	wire_put(request, key->name.octets, key->name.size);
	wire_put_u16(request, WIRE_TYPE_TSIG);
	wire_put_u16(request, WIRE_CLASS_ANY);
	wire_put_u32(request, 0);
	wire_put_u16(request, (uint16_t)(tsig_size(key) - key->name.size - 10));
	wire_put(request, key->algorithm.octets, key->algorithm.size);
	tsig_put_timers(request, &variables);
	wire_put_u16(request, (uint16_t)session->mac_size);
	wire_put(request, session->mac, session->mac_size);
	wire_put_u16(request, id);
	wire_put_u16(request, 0); /* error */
	wire_put_u16(request, 0); /* no other data */
	wire_count(request, WIRE_ADDITIONAL);
	return NULL;
}
