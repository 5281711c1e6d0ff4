/* TLS over memory: bytes from the network go in, plaintext comes out, and back. OpenSSL never sees
 * a socket, so the loop owns all waiting. */
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum tls_result {
	TLS_DONE,
	TLS_WANT,   /* needs more bytes from the network */
	TLS_CLOSED, /* the peer said goodbye */
	TLS_FAILED,
};

struct tls {
	SSL *ssl;
	BIO *in, *out; /* the ssl's */
};

/* TLS 1.2 and later, forward secrecy, AEAD ciphers, ALPN http/1.1. SSL_CTX_free at the end;
 * sessions keep it alive. DMS_E_CONFIG names the file that is wrong. */
dms_error *tls_context_new(const char *cert, const char *key, SSL_CTX **context);

/* False when out of memory. */
bool tls_open(struct tls *tls, SSL_CTX *context);
void tls_free(struct tls *tls);
/* Bytes that came from the network. */
bool tls_feed(struct tls *tls, const void *bytes, size_t size);
/* Bytes fed and not yet read. */
size_t tls_unread(const struct tls *tls);
enum tls_result tls_handshake(struct tls *tls);
enum tls_result tls_read(struct tls *tls, char *buffer, size_t size, size_t *got);
bool tls_write(struct tls *tls, const void *bytes, size_t size);
/* Says goodbye. */
void tls_close(struct tls *tls);
/* What is to go to the network; it stays until tls_sent. */
size_t tls_output(const struct tls *tls, char **bytes);
void tls_sent(struct tls *tls);
