#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "connection.h"

#define BACKLOG 1024

static void
name_peer(struct connection *c)
{
	struct sockaddr_storage address;
	int size = sizeof address;
	strcpy(c->peer, "unknown");
	if (uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&address, &size) != 0)
		return;
	uv_ip_name((struct sockaddr *)&address, c->peer, sizeof c->peer);
}

static void
on_refused(uv_handle_t *handle)
{
	free(handle);
}

/* Who comes when all places are taken gets that of whoever has been idle longest. */
static bool
make_room(struct https *https)
{
	struct connection *c;
	if (https->connections < https->connections_max)
		return true;
	TAILQ_FOREACH(c, &https->list, entry)
	{
		if (connection_is_idle(c)) {
			connection_close(c);
			return true;
		}
	}
	log_warning("a connection is refused: too many are open",
		    F_INT("connections", https->connections));
	return false;
}

static void
refuse_connection(struct https *https)
{
	uv_tcp_t *tcp = malloc(sizeof *tcp);
	if (tcp == NULL)
		return;
	uv_tcp_init(https->loop, tcp);
	uv_accept((uv_stream_t *)&https->listener, (uv_stream_t *)tcp);
	uv_close((uv_handle_t *)tcp, on_refused);
}

static void
accept_one(struct https *https)
{
	struct connection *c = make_room(https) ? calloc(1, sizeof *c) : NULL;
	if (c == NULL) {
		refuse_connection(https);
		return;
	}
	c->https = https;
	if (connection_begin(c, &https->listener))
		name_peer(c);
}

static void
on_connection(uv_stream_t *listener, int status)
{
	struct https *https = listener->data;
	if (status == 0)
		accept_one(https);
	else
		log_warning("a connection cannot be accepted",
			    F_STR("reason", uv_strerror(status)));
}

/* "192.0.2.1:8443" or "[2001:db8::1]:8443". */
static dms_error *
read_address(const char *text, struct sockaddr_storage *address)
{
	char host[64];
	const char *colon = strrchr(text, ':');
	char *end = NULL;
	long port = colon != NULL ? strtol(colon + 1, &end, 10) : -1;
	size_t length = colon != NULL ? (size_t)(colon - text) : 0;
	bool is_bracketed = length > 2 && text[0] == '[' && text[length - 1] == ']';
	if (is_bracketed) {
		text++;
		length -= 2;
	}
	bool is_good =
	    port >= 0 && port <= 65535 && end != colon + 1 && *end == '\0' && length < sizeof host;
	if (is_good) {
		memcpy(host, text, length);
		host[length] = '\0';
		is_good = (is_bracketed
			       ? uv_ip6_addr(host, (int)port, (struct sockaddr_in6 *)address)
			       : uv_ip4_addr(host, (int)port, (struct sockaddr_in *)address)) == 0;
	}
	if (!is_good)
		return dms_error_new(DMS_E_CONFIG, "https_listen: '%s' is not address:port", text);
	return NULL;
}

static dms_error *
listen_on(struct https *https, const char *text)
{
	struct sockaddr_storage address;
	memset(&address, 0, sizeof address);
	TRY(read_address(text, &address));
	uv_tcp_init(https->loop, &https->listener);
	https->listener.data = https;
	https->is_listening = true;
	int code = uv_tcp_bind(&https->listener, (struct sockaddr *)&address, 0);
	if (code == 0)
		code = uv_listen((uv_stream_t *)&https->listener, BACKLOG, on_connection);
	if (code != 0)
		return dms_error_new(DMS_E_SYSTEM, "https_listen %s: %s", text, uv_strerror(code));
	log_notice("listens for HTTPS", F_STR("address", text));
	return NULL;
}

static int
release_https(struct https *https)
{
	struct connection *c;
	TAILQ_FOREACH(c, &https->list, entry)
	connection_forget(c);
	SSL_CTX_free(https->tls);
	return 0;
}

dms_error *
https_open(TALLOC_CTX *mem, struct gateway *gateway, struct https **made)
{
	const struct dms_config *config = gateway->service->config;
	struct https *https = talloc_zero(mem, struct https);
	*https = (struct https){
	    .gateway = gateway,
	    .loop = gateway->service->loop,
	    .limits = {.header_max = (size_t)config->http_header_max,
		       .body_max = (size_t)config->http_body_max},
	    .request_timeout_ms = (uint64_t)config->http_request_timeout,
	    .idle_timeout_ms = (uint64_t)config->http_idle_timeout,
	    .connections_max = (int)config->http_connections_max,
	};
	TAILQ_INIT(&https->list);
	talloc_set_destructor(https, release_https);
	*made = https;
	if (config->https_listen[0] == '\0')
		return NULL;
	if (config->htpasswd_file[0] == '\0')
		return dms_error_new(DMS_E_CONFIG, "htpasswd_file must be set");
	http_setup(https->limits.header_max);
	TRY(tls_context_new(config->https_cert, config->https_key, &https->tls));
	TRY(auth_open(https, https->loop, config->htpasswd_file, &https->auth));
	return listen_on(https, config->https_listen);
}

void
https_reload(struct https *https)
{
	const struct dms_config *config = https->gateway->service->config;
	SSL_CTX *context;
	if (!https->is_listening)
		return;
	auth_reload(https->auth);
	dms_error *error = tls_context_new(config->https_cert, config->https_key, &context);
	if (error != NULL) {
		log_failure(LOG_ERR, "the certificate stays as it was", error);
		dms_error_free(error);
		return;
	}
	SSL_CTX_free(https->tls);
	https->tls = context;
	log_notice("read the certificate", F_STR("file", config->https_cert));
}

void
https_drain(struct https *https)
{
	struct connection *c, *after;
	if (!https->is_listening || https->is_draining)
		return;
	https->is_draining = true;
	uv_close((uv_handle_t *)&https->listener, NULL);
	for (c = TAILQ_FIRST(&https->list); c != NULL; c = after) {
		after = TAILQ_NEXT(c, entry);
		c->is_last = true;
		if (connection_is_idle(c))
			connection_close(c);
	}
}
