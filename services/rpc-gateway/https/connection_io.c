/* Encrypted bytes between TLS and the network. */
#include "connection_io.h"

#include <stdlib.h>
#include <string.h>

#define UNREAD_MAX 65536 /* bytes taken in behind a request that is being answered */
#define BURSTS_MAX 16    /* pieces written before the loop gets its turn */

struct sending {
	uv_write_t request;
	char bytes[];
};

static void
on_sent(uv_write_t *request, int status)
{
	struct connection *c = request->data;
	free(request);
	if (c->phase == PHASE_CLOSED)
		return;
	c->is_sending = false;
	c->reply.bursts = 0;
	if (status != 0)
		connection_close(c);
	else
		connection_turn(c);
}

void
connection_flush(struct connection *c)
{
	char *bytes;
	size_t size = tls_output(&c->tls, &bytes);
	if (c->phase == PHASE_CLOSED || c->is_sending || size == 0)
		return;
	uv_buf_t buffer = uv_buf_init(bytes, (unsigned)size);
	int sent = c->reply.bursts++ < BURSTS_MAX ? uv_try_write((uv_stream_t *)&c->tcp, &buffer, 1)
						  : UV_EAGAIN;
	if (sent < 0 && sent != UV_EAGAIN) {
		connection_close(c);
		return;
	}
	size_t taken = sent > 0 ? (size_t)sent : 0;
	if (taken < size) {
		struct sending *rest = malloc(sizeof *rest + size - taken);
		if (rest == NULL) {
			connection_close(c);
			return;
		}
		memcpy(rest->bytes, bytes + taken, size - taken);
		rest->request.data = c;
		buffer = uv_buf_init(rest->bytes, (unsigned)(size - taken));
		c->is_sending = true;
		if (uv_write(&rest->request, (uv_stream_t *)&c->tcp, &buffer, 1, on_sent) != 0) {
			free(rest);
			connection_close(c);
			return;
		}
	}
	tls_sent(&c->tls);
}

static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct connection *c = handle->data;
	*buffer = uv_buf_init(c->https->cipher, READ_BUFFER);
}

static void
stop_reading(struct connection *c)
{
	if (c->is_reading)
		uv_read_stop((uv_stream_t *)&c->tcp);
	c->is_reading = false;
}

static void
on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
	struct connection *c = stream->data;
	if (size == UV_EOF) {
		c->is_eof = true;
		stop_reading(c);
	} else if (size < 0 || !tls_feed(&c->tls, buffer->base, (size_t)size)) {
		connection_close(c);
		return;
	}
	connection_turn(c);
	if (c->phase != PHASE_CLOSED && tls_unread(&c->tls) > UNREAD_MAX)
		stop_reading(c);
}

void
connection_read(struct connection *c)
{
	if (c->is_reading || c->is_eof)
		return;
	c->is_reading = true;
	if (uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read) != 0)
		connection_close(c);
}
