/* rooms: dms_base http_parser */
/* Requests from a stranger. The same bytes must mean the same requests whether they come at once or
 * in pieces: what depends on the packets could be smuggled past somebody. The first byte of the
 * input is the size of the pieces. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rpc-gateway/https/http.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct http_limits limits = {.header_max = 512, .body_max = 256};

/* Notes what has come out, as text. */
static char *
read_all(TALLOC_CTX *mem, const char *bytes, size_t size, size_t step)
{
	struct http *http = http_new(mem, &limits);
	char *seen = talloc_strdup(mem, "");
	size_t at = 0;
	for (;;) {
		size_t taken, piece = size - at < step ? size - at : step;
		enum http_event event = http_feed(http, bytes + at, piece, &taken);
		if (taken > piece)
			abort();
		at += taken;
		const struct http_request *request = &http->request;
		if (event == HTTP_REFUSED)
			return talloc_asprintf_append(seen, "refused %d", http->status);
		if (event == HTTP_COMPLETE) {
			if (request->body_size > limits.body_max)
				abort();
			seen = talloc_asprintf_append(
			    seen, "%s %s %s %s %d %.*s\n", request->method, request->path,
			    request->authorization, request->content_type, request->is_keep_alive,
			    (int)request->body_size, request->body != NULL ? request->body : "");
			http_next(http);
		}
		if (event == HTTP_MORE && at == size)
			return seen;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool is_set_up;
	if (!is_set_up)
		http_setup(limits.header_max);
	is_set_up = true;
	if (size == 0)
		return 0;
	TALLOC_CTX *mem = talloc_new(NULL);
	size_t step = data[0] % 64 + 1;
	const char *at_once = read_all(mem, (const char *)data + 1, size - 1, size);
	const char *in_pieces = read_all(mem, (const char *)data + 1, size - 1, step);
	if (strcmp(at_once, in_pieces) != 0) {
		fprintf(stderr, "at once:\n%s\nin pieces of %zu:\n%s\n", at_once, step, in_pieces);
		abort();
	}
	talloc_free(mem);
	return 0;
}
