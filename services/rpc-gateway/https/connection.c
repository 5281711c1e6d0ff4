#include "connection.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/time.h"
#include "connection_io.h"
#include "request.h"

#define PIECE      65536 /* of a reply, encrypted at once */
#define LINGER_MS  1000
#define LINGER_MAX 4194304

static void on_timer(uv_timer_t *timer);

/* The timer is not moved at every request; when it fires too early it is set for the rest. */
static void
set_deadline(struct connection *c, uint64_t after_ms)
{
	c->deadline_ms = uv_now(c->https->loop) + after_ms;
	if (!uv_is_active((uv_handle_t *)&c->timer) || uv_timer_get_due_in(&c->timer) > after_ms)
		uv_timer_start(&c->timer, on_timer, after_ms, 0);
}

static void
on_closed(uv_handle_t *handle)
{
	struct connection *c = handle->data;
	if (--c->handles > 0)
		return;
	c->https->connections--;
	tls_free(&c->tls);
	talloc_free(c->http);
	free(c->rest);
	free(c->reply.body);
	free(c);
}

void
connection_close(struct connection *c)
{
	if (c->phase == PHASE_CLOSED)
		return;
	c->phase = PHASE_CLOSED;
	request_abandon(c);
	TAILQ_REMOVE(&c->https->list, c, entry);
	uv_close((uv_handle_t *)&c->timer, on_closed);
	uv_close((uv_handle_t *)&c->tcp, on_closed);
}

void
connection_forget(struct connection *c)
{
	request_abandon(c);
	c->phase = PHASE_CLOSED;
	uv_timer_stop(&c->timer);
	uv_read_stop((uv_stream_t *)&c->tcp);
}

bool
connection_is_idle(const struct connection *c)
{
	return c->phase == PHASE_HANDSHAKE || (c->phase == PHASE_READING && http_is_idle(c->http));
}

/* Ends what the peer can be told to end. */
static void
say_goodbye(struct connection *c)
{
	tls_close(&c->tls);
	connection_flush(c);
	connection_close(c);
}

static bool
turn_handshake(struct connection *c)
{
	switch (tls_handshake(&c->tls)) {
	case TLS_DONE:
		c->phase = PHASE_READING;
		set_deadline(c, c->https->idle_timeout_ms);
		return true;
	case TLS_WANT:
		if (c->is_eof)
			connection_close(c);
		return false;
	default:
		log_debug("TLS handshake failed", F_STR("source", c->peer));
		connection_flush(c); /* the alert */
		connection_close(c);
		return false;
	}
}

/* The next plaintext: first what was set aside, then what can be decrypted. False: none now. */
static bool
take_plaintext(struct connection *c, const char **bytes, size_t *size)
{
	if (c->rest != NULL) {
		*bytes = c->rest + c->rest_at;
		*size = c->rest_size - c->rest_at;
		return true;
	}
	*bytes = c->https->plain;
	enum tls_result result = tls_read(&c->tls, c->https->plain, READ_BUFFER, size);
	if (result == TLS_DONE)
		return true;
	if (result == TLS_CLOSED || (result == TLS_WANT && c->is_eof))
		say_goodbye(c);
	else if (result == TLS_FAILED) {
		connection_flush(c);
		connection_close(c);
	} else
		connection_read(c);
	return false;
}

/* Sets aside what is behind the bytes used. */
static void
keep_rest(struct connection *c, const char *bytes, size_t used, size_t size)
{
	if (c->rest != NULL) {
		c->rest_at += used;
		if (c->rest_at == c->rest_size) {
			free(c->rest);
			c->rest = NULL;
		}
	} else if (used < size) {
		c->rest = malloc(size - used);
		if (c->rest == NULL) {
			connection_close(c);
			return;
		}
		memcpy(c->rest, bytes + used, size - used);
		c->rest_at = 0;
		c->rest_size = size - used;
	}
}

static void
begin_request(struct connection *c)
{
	if (c->has_begun || http_is_idle(c->http))
		return;
	c->has_begun = true;
	c->started_us = monotonic_us();
	set_deadline(c, c->https->request_timeout_ms);
}

static bool
turn_reading(struct connection *c)
{
	const char *bytes;
	size_t size, used = 0;
	if (c->is_sending || !take_plaintext(c, &bytes, &size))
		return false;
	while (c->phase == PHASE_READING) {
		size_t taken;
		enum http_event event = http_feed(c->http, bytes + used, size - used, &taken);
		used += taken;
		begin_request(c);
		if (event == HTTP_HEADERS)
			request_headers(c);
		else if (event == HTTP_COMPLETE)
			request_complete(c);
		else if (event == HTTP_REFUSED)
			request_refuse(c, c->http->status, c->http->reason);
		else
			break;
	}
	if (c->phase != PHASE_CLOSED)
		keep_rest(c, bytes, used, size);
	return c->phase != PHASE_CLOSED;
}

static void
end_reply(struct connection *c)
{
	free(c->reply.body);
	c->reply.body = NULL;
	http_next(c->http);
	c->has_begun = false;
	c->refusal = 0;
	if (c->is_last) {
		tls_close(&c->tls);
		c->phase = PHASE_LINGERING;
		c->rest_size = 0; /* counts what is read in vain */
		set_deadline(c, LINGER_MS);
		return;
	}
	c->phase = PHASE_READING;
	TAILQ_REMOVE(&c->https->list, c, entry);
	TAILQ_INSERT_TAIL(&c->https->list, c, entry);
	set_deadline(c, c->https->idle_timeout_ms);
}

/* One piece; the header section goes out with the first. */
static bool
turn_writing(struct connection *c)
{
	struct reply *reply = &c->reply;
	if (c->is_sending)
		return false;
	if (reply->is_head_written && reply->body_at == reply->body_size) {
		end_reply(c);
		return true;
	}
	size_t piece = reply->body_size - reply->body_at;
	if (piece > PIECE)
		piece = PIECE;
	bool is_good = true;
	if (!reply->is_head_written && reply->head_size + piece <= 4096) {
		char both[4096]; /* one TLS record for a small reply */
		memcpy(both, reply->head, reply->head_size);
		if (piece > 0)
			memcpy(both + reply->head_size, reply->body, piece);
		is_good = tls_write(&c->tls, both, reply->head_size + piece);
	} else {
		if (!reply->is_head_written)
			is_good = tls_write(&c->tls, reply->head, reply->head_size);
		is_good = is_good && tls_write(&c->tls, reply->body + reply->body_at, piece);
	}
	reply->is_head_written = true;
	reply->body_at += piece;
	set_deadline(c, c->https->request_timeout_ms);
	if (is_good)
		connection_flush(c);
	else
		connection_close(c);
	return c->phase != PHASE_CLOSED;
}

/* Our side is closed; reads what the client still sends, up to a limit, until it closes too. */
static bool
turn_lingering(struct connection *c)
{
	size_t got;
	if (c->is_sending)
		return false;
	connection_flush(c);
	if (c->phase == PHASE_CLOSED || c->is_sending)
		return false;
	if (!c->is_shut && uv_shutdown(&c->shutdown, (uv_stream_t *)&c->tcp, NULL) == 0)
		c->is_shut = true;
	switch (tls_read(&c->tls, c->https->plain, READ_BUFFER, &got)) {
	case TLS_DONE:
		c->rest_size += got;
		if (c->rest_size <= LINGER_MAX)
			return true;
		break;
	case TLS_WANT:
		connection_read(c);
		if (!c->is_eof)
			return false;
		break;
	default:
		break;
	}
	connection_close(c);
	return false;
}

void
connection_turn(struct connection *c)
{
	bool goes_on = true;
	while (goes_on) {
		switch (c->phase) {
		case PHASE_HANDSHAKE:
			goes_on = turn_handshake(c);
			break;
		case PHASE_READING:
			goes_on = turn_reading(c);
			break;
		case PHASE_WRITING:
			goes_on = turn_writing(c);
			break;
		case PHASE_LINGERING:
			goes_on = turn_lingering(c);
			break;
		case PHASE_WAITING:
		case PHASE_CLOSED:
			goes_on = false;
			break;
		}
	}
	connection_flush(c);
}

void
connection_reply(struct connection *c, const char *head, size_t head_size, char *body,
		 size_t body_size, bool is_last)
{
	struct reply *reply = &c->reply;
	*reply = (struct reply){.body = body, .body_size = body_size, .bursts = reply->bursts};
	reply->head_size = head_size < sizeof reply->head ? head_size : sizeof reply->head;
	memcpy(reply->head, head, reply->head_size);
	c->is_last = c->is_last || is_last;
	c->phase = PHASE_WRITING;
}

void
connection_resume(struct connection *c)
{
	c->phase = PHASE_READING;
	set_deadline(c, c->https->request_timeout_ms);
}

void
connection_interim(struct connection *c, const char *text)
{
	if (!tls_write(&c->tls, text, strlen(text)))
		connection_close(c);
	else
		connection_flush(c);
}

static void
on_timer(uv_timer_t *timer)
{
	struct connection *c = timer->data;
	uint64_t now = uv_now(c->https->loop);
	if (now < c->deadline_ms) {
		uv_timer_start(timer, on_timer, c->deadline_ms - now, 0);
		return;
	}
	if (c->phase == PHASE_WAITING) {
		return; /* for us, not for the client */
	} else if (c->phase != PHASE_READING) {
		connection_close(c);
	} else if (!c->has_begun) {
		say_goodbye(c);
	} else {
		request_refuse(c, 408, "The request did not come in time.");
		connection_turn(c);
	}
}

bool
connection_begin(struct connection *c, uv_tcp_t *listener)
{
	struct https *https = c->https;
	c->handles = 2;
	c->http = http_new(NULL, &https->limits);
	uv_tcp_init(https->loop, &c->tcp);
	uv_timer_init(https->loop, &c->timer);
	c->tcp.data = c->timer.data = c;
	https->connections++;
	TAILQ_INSERT_TAIL(&https->list, c, entry);
	if (uv_accept((uv_stream_t *)listener, (uv_stream_t *)&c->tcp) != 0 ||
	    !tls_open(&c->tls, https->tls)) {
		connection_close(c);
		return false;
	}
	uv_tcp_nodelay(&c->tcp, 1);
	set_deadline(c, https->request_timeout_ms);
	connection_read(c);
	return c->phase != PHASE_CLOSED;
}
