/* One client's connection: TLS, the bytes both ways, time limits. One request at a time: what comes
 * behind it waits in the socket. Everything on the loop thread. */
#pragma once

#include <sys/queue.h>
#include <uv.h>

#include "auth.h"
#include "http.h"
#include "https.h"
#include "tls.h"

#define READ_BUFFER 65536

struct connection;
TAILQ_HEAD(connection_list, connection);

struct https {
	struct gateway *gateway;
	uv_loop_t *loop;
	uv_tcp_t listener;
	bool is_listening, is_draining;
	SSL_CTX *tls;
	struct auth *auth;
	struct http_limits limits;
	uint64_t request_timeout_ms, idle_timeout_ms;
	int connections, connections_max;
	struct connection_list list; /* longest without a request first */
	char cipher[READ_BUFFER];    /* what a read callback brings; used up before it returns */
	char plain[READ_BUFFER];     /* what is decrypted; the unused rest is set aside */
	char date[40];               /* of `date_second`, for the Date header */
	int64_t date_second;
};

enum connection_phase {
	PHASE_HANDSHAKE,
	PHASE_READING,   /* a request, or nothing yet */
	PHASE_WAITING,   /* for the password check or for the calls to end */
	PHASE_WRITING,   /* the reply */
	PHASE_LINGERING, /* closing: reads on a little, so that the client sees the reply */
	PHASE_CLOSED,
};

struct exchange;

struct connection {
	TAILQ_ENTRY(connection) entry;
	struct https *https;
	uv_tcp_t tcp;
	uv_timer_t timer;
	uv_shutdown_t shutdown;
	int handles; /* open ones; the last to close frees */
	uint64_t deadline_ms;
	enum connection_phase phase;
	struct tls tls;
	struct http *http;
	char peer[64];
	bool is_reading, is_sending, is_eof, is_shut, has_begun, is_last;
	char *rest; /* plaintext behind the request being answered */
	size_t rest_at, rest_size;
	struct reply {
		char head[768];
		size_t head_size;
		char *body; /* free() */
		size_t body_size, body_at;
		bool is_head_written;
		int bursts; /* written without waiting */
	} reply;
	/* request.c */
	const struct rpc_access_point *access;
	struct auth_wait *auth_wait;
	struct exchange *exchange;
	int refusal; /* HTTP status already decided while the body is still coming */
	const char *refusal_reason;
	int64_t started_us;
};

/* Takes the connection that waits at the listener; `connection` is zeroed but for https. False when
 * it has come to nothing; it frees itself in any case. */
bool connection_begin(struct connection *connection, uv_tcp_t *listener);
/* Goes on as far as it can; to be called after anything has changed from outside. */
void connection_turn(struct connection *connection);
/* Back from waiting to reading the request. */
void connection_resume(struct connection *connection);
/* Sets the reply to be written: a complete header section and a body (free(), may be NULL; taken).
 * The connection is closed after it when `is_last`. */
void connection_reply(struct connection *connection, const char *head, size_t head_size, char *body,
		      size_t body_size, bool is_last);
/* Writes an interim response. */
void connection_interim(struct connection *connection, const char *text);
/* Is it between requests, or not even ready for one? */
bool connection_is_idle(const struct connection *connection);
void connection_close(struct connection *connection);
/* The process ends before the connection does: nothing of it moves any more. */
void connection_forget(struct connection *connection);
