#include "tls.h"

#include <openssl/err.h>
#include <string.h>

#define CIPHERS_TLS12 "ECDHE+AESGCM:ECDHE+CHACHA20"

static dms_error *
tls_error(const char *what, const char *file)
{
	char reason[256] = "no reason given";
	unsigned long code = ERR_peek_last_error();
	if (code != 0)
		ERR_error_string_n(code, reason, sizeof reason);
	ERR_clear_error();
	return dms_error_new(DMS_E_CONFIG, "%s %s: %s", what, file, reason);
}

/* A client that offers protocols without ours is told so (RFC 7301 section 3.2). */
static int
choose_protocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_size,
		const unsigned char *offered, unsigned int offered_size, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	if (SSL_select_next_proto((unsigned char **)chosen, chosen_size, ours, sizeof ours - 1,
				  offered, offered_size) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	return SSL_TLSEXT_ERR_OK;
}

static dms_error *
load_files(SSL_CTX *context, const char *cert, const char *key)
{
	if (*cert == '\0' || *key == '\0')
		return dms_error_new(DMS_E_CONFIG, "https_cert and https_key must be set");
	if (SSL_CTX_use_certificate_chain_file(context, cert) != 1)
		return tls_error("https_cert", cert);
	if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
		return tls_error("https_key", key);
	if (SSL_CTX_check_private_key(context) != 1)
		return tls_error("https_key does not belong to https_cert:", key);
	return NULL;
}

dms_error *
tls_context_new(const char *cert, const char *key, SSL_CTX **made)
{
	SSL_CTX *context = SSL_CTX_new(TLS_server_method());
	if (context == NULL)
		return tls_error("TLS", "context");
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
	SSL_CTX_set_cipher_list(context, CIPHERS_TLS12);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); /* tickets only */
	SSL_CTX_set_num_tickets(context, 1);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
	dms_error *error = load_files(context, cert, key);
	if (error != NULL) {
		SSL_CTX_free(context);
		return error;
	}
	*made = context;
	return NULL;
}

bool
tls_open(struct tls *tls, SSL_CTX *context)
{
	tls->ssl = SSL_new(context);
	tls->in = BIO_new(BIO_s_mem());
	tls->out = BIO_new(BIO_s_mem());
	if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL) {
		BIO_free(tls->in);
		BIO_free(tls->out);
		SSL_free(tls->ssl);
		tls->ssl = NULL;
		return false;
	}
	SSL_set_bio(tls->ssl, tls->in, tls->out);
	SSL_set_accept_state(tls->ssl);
	return true;
}

void
tls_free(struct tls *tls)
{
	SSL_free(tls->ssl);
	tls->ssl = NULL;
}

bool
tls_feed(struct tls *tls, const void *bytes, size_t size)
{
	return BIO_write(tls->in, bytes, (int)size) == (int)size;
}

size_t
tls_unread(const struct tls *tls)
{
	return BIO_ctrl_pending(tls->in);
}

static enum tls_result
result_of(struct tls *tls, int code)
{
	switch (SSL_get_error(tls->ssl, code)) {
	case SSL_ERROR_NONE:
		return TLS_DONE;
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return TLS_WANT;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_CLOSED;
	default:
		ERR_clear_error();
		return TLS_FAILED;
	}
}

enum tls_result
tls_handshake(struct tls *tls)
{
	int code = SSL_do_handshake(tls->ssl);
	return code == 1 ? TLS_DONE : result_of(tls, code);
}

enum tls_result
tls_read(struct tls *tls, char *buffer, size_t size, size_t *got)
{
	int code = SSL_read_ex(tls->ssl, buffer, size, got);
	return code == 1 ? TLS_DONE : result_of(tls, code);
}

bool
tls_write(struct tls *tls, const void *bytes, size_t size)
{
	const char *at = bytes;
	while (size > 0) {
		size_t put;
		if (SSL_write_ex(tls->ssl, at, size, &put) != 1) {
			ERR_clear_error();
			return false;
		}
		at += put;
		size -= put;
	}
	return true;
}

void
tls_close(struct tls *tls)
{
	if (SSL_is_init_finished(tls->ssl))
		SSL_shutdown(tls->ssl);
	ERR_clear_error();
}

size_t
tls_output(const struct tls *tls, char **bytes)
{
	long size = BIO_get_mem_data(tls->out, bytes);
	return size > 0 ? (size_t)size : 0;
}

void
tls_sent(struct tls *tls)
{
	BIO_reset(tls->out);
}
