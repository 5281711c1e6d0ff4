#include "request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "../batch.h"
#include "base/log.h"
#include "base/time.h"

/* The calls of one request under way; outlives the connection if that goes first. */
struct exchange {
	struct connection *connection; /* NULL: gone; loop thread only */
	struct batch batch;
};

/* RFC 9110 section 6.6.1; made once a second. */
static const char *
date_header(struct https *https)
{
	time_t now = time(NULL);
	struct tm parts;
	if (now != https->date_second && gmtime_r(&now, &parts) != NULL) {
		strftime(https->date, sizeof https->date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
		https->date_second = now;
	}
	return https->date;
}

/* Header section and body; `type` NULL: no body at all. */
static void
answer(struct connection *c, int status, const char *type, const char *more, char *body,
       size_t size, bool is_last)
{
	char head[sizeof c->reply.head];
	char length[96] = "";
	is_last = is_last || c->is_last || c->https->is_draining || !c->http->request.is_keep_alive;
	if (type != NULL)
		snprintf(length, sizeof length, "Content-Type: %s\r\nContent-Length: %zu\r\n", type,
			 size);
	int head_size = snprintf(head, sizeof head,
				 "HTTP/1.1 %d %s\r\nDate: %s\r\n%sCache-Control: no-store\r\n"
				 "%sConnection: %s\r\n\r\n",
				 status, http_reason(status), date_header(c->https), length, more,
				 is_last ? "close" : "keep-alive");
	connection_reply(c, head, (size_t)head_size, body, size, is_last);
}

/* An error of HTTP itself, in words. */
static void
answer_plain(struct connection *c, int status, const char *reason, bool is_last)
{
	char more[160] = "", *body;
	if (status == 401)
		snprintf(more, sizeof more,
			 "WWW-Authenticate: Basic realm=\"%s\", charset=\"UTF-8\"\r\n",
			 c->access->realm);
	else if (status == 405)
		strcpy(more, "Allow: POST\r\n");
	else if (status == 503)
		strcpy(more, "Retry-After: 1\r\n");
	log_info("request refused", F_STR("source", c->peer), F_INT("status", status),
		 F_STR("access", c->access != NULL ? c->access->path : NULL),
		 F_STR("reason", reason));
	if (c->http->request.method != NULL && strcmp(c->http->request.method, "HEAD") == 0) {
		answer(c, status, NULL, more, NULL, 0, true); /* no body may follow */
		return;
	}
	if (asprintf(&body, "%s\n", reason) < 0)
		body = NULL;
	answer(c, status, "text/plain; charset=utf-8", more, body, body != NULL ? strlen(body) : 0,
	       is_last);
}

void
request_refuse(struct connection *c, int status, const char *reason)
{
	answer_plain(c, status, reason, true);
}

/* A refusal before the body has come: the body is read and dropped, so that the connection stays
 * usable; unless the client waits to be told to send it. */
static void
decide_refusal(struct connection *c, int status, const char *reason)
{
	if (c->http->request.expects_continue && c->http->request.has_body) {
		answer_plain(c, status, reason, true);
		return;
	}
	c->http->is_discarding = true;
	c->refusal = status;
	c->refusal_reason = reason;
}

static bool
is_json_type(const char *type)
{
	static const char *const known[] = {"application/json-rpc", "application/json",
					    "application/json-request"};
	size_t length = type != NULL ? strcspn(type, ";") : 0;
	while (length > 0 && (type[length - 1] == ' ' || type[length - 1] == '\t'))
		length--;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i]) == length && strncasecmp(type, known[i], length) == 0)
			return true;
	return false;
}

/* The client may send its body now. */
static void
admit(struct connection *c)
{
	if (c->http->request.expects_continue && c->http->request.has_body)
		connection_interim(c, "HTTP/1.1 100 Continue\r\n\r\n");
}

static void
refuse_login(struct connection *c)
{
	decide_refusal(c, 401, "A valid user and password are needed.");
}

/* The password has been checked. */
static void
on_auth(void *arg, bool is_good)
{
	struct connection *c = arg;
	c->auth_wait = NULL;
	connection_resume(c);
	if (is_good) {
		admit(c);
	} else {
		log_warning("login failed", F_STR("source", c->peer),
			    F_STR("access", c->access->path));
		refuse_login(c);
	}
	connection_turn(c);
}

static void
check_login(struct connection *c)
{
	const char *header = c->http->request.authorization;
	if (header == NULL) {
		refuse_login(c);
		return;
	}
	switch (auth_check(c->https->auth, header, c->access->user, on_auth, c, &c->auth_wait)) {
	case AUTH_GOOD:
		admit(c);
		break;
	case AUTH_BAD:
		refuse_login(c);
		break;
	case AUTH_WAIT:
		c->phase = PHASE_WAITING;
		break;
	case AUTH_BUSY:
		decide_refusal(c, 503, "Too many logins are being checked; try again.");
		break;
	}
}

void
request_headers(struct connection *c)
{
	const struct http_request *request = &c->http->request;
	c->access = rpc_access_point_by_path(request->path);
	if (c->access == NULL)
		decide_refusal(c, 404, "There is no such access point.");
	else if (strcmp(request->method, "POST") != 0)
		decide_refusal(c, 405, "Calls are made with POST.");
	else if (!is_json_type(request->content_type))
		decide_refusal(c, 400,
			       "Content-Type must be application/json-rpc, application/json "
			       "or application/json-request.");
	else if (request->content_length == NULL && !request->is_chunked)
		decide_refusal(c, 411, "Content-Length is needed.");
	else
		check_login(c);
}

/* On the loop: the reply of the calls, if there is still somebody to give it to. */
static void
deliver(struct service *service, void *arg)
{
	struct exchange *exchange = arg;
	struct connection *c = exchange->connection;
	char *text = exchange->batch.reply;
	if (c == NULL) {
		free(text);
	} else {
		c->exchange = NULL;
		if (text != NULL)
			answer(c, 200, "application/json-rpc", "", text, strlen(text), false);
		else
			answer(c, 204, NULL, "", NULL, 0, false);
	}
	talloc_free(exchange);
	if (c != NULL)
		connection_turn(c);
}

static void
on_done(struct batch *batch)
{
	service_on_loop(batch->gateway->service, deliver, batch->owner);
}

/* The text of the source and of the body move to the exchange: the connection may go any time. */
static void
run_calls(struct connection *c)
{
	struct exchange *exchange = talloc_zero(NULL, struct exchange);
	struct http_request *request = &c->http->request;
	exchange->connection = c;
	exchange->batch = (struct batch){
	    .mem = exchange,
	    .gateway = c->https->gateway,
	    .origin = {.access = c->access,
		       .user = c->access->user,
		       .source = talloc_strdup(exchange, c->peer),
		       .started_us = c->started_us},
	    .text = talloc_steal(exchange, request->body),
	    .size = request->body_size,
	    .done = on_done,
	    .owner = exchange,
	};
	request->body = NULL;
	c->exchange = exchange;
	c->phase = PHASE_WAITING;
	batch_submit(&exchange->batch);
}

void
request_complete(struct connection *c)
{
	if (c->refusal != 0)
		answer_plain(c, c->refusal, c->refusal_reason, false);
	else
		run_calls(c);
}

void
request_abandon(struct connection *c)
{
	if (c->auth_wait != NULL)
		auth_forget(c->auth_wait);
	if (c->exchange != NULL)
		c->exchange->connection = NULL;
	c->auth_wait = NULL;
	c->exchange = NULL;
}
