#include "http.h"

#include <string.h>
#include <strings.h>

/* Chunk framing may weigh so many times what it carries, and this much on top. */
#define CHUNK_OVERHEAD_TIMES 8
#define CHUNK_OVERHEAD_MAX   65536

void
http_setup(size_t header_max)
{
	http_parser_set_max_header_size((uint32_t)header_max + 1024);
}

struct http *
http_new(TALLOC_CTX *mem, const struct http_limits *limits)
{
	struct http *http = talloc_zero(mem, struct http);
	http->limits = *limits;
	http_next(http);
	return http;
}

void
http_next(struct http *http)
{
	struct http_limits limits = http->limits;
	talloc_free(http->mem);
	memset(http, 0, sizeof *http);
	http->limits = limits;
	http->mem = talloc_new(http);
	http_parser_init(&http->parser, HTTP_REQUEST);
	http->parser.data = http;
}

bool
http_is_idle(const struct http *http)
{
	return http->header_size == 0 && !http->has_headers;
}

static enum http_event
refuse(struct http *http, int status, const char *reason)
{
	http->status = status;
	http->reason = reason;
	return HTTP_REFUSED;
}

static const char token[] = "!#$%&'*+-.^_`|~0123456789"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Method, one space, target without spaces, one space, version: nothing else (RFC 9112 section 3).
 */
static const char *
request_line_fault(const char *line, size_t size)
{
	int spaces = 0;
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)line[i];
		if (c < 0x20 || c >= 0x7f)
			return "A character in the request line that must be escaped.";
		spaces += c == ' ';
	}
	return spaces == 2 ? NULL : "The request line is not three words.";
}

/* A name of token characters up to the colon: also no folded lines and no space before the colon
 * (RFC 9112 section 5). */
static const char *
field_line_fault(const char *line, size_t size)
{
	size_t name = 0;
	while (name < size && memchr(token, line[name], sizeof token - 1) != NULL)
		name++;
	if (name == 0 || name == size || line[name] != ':')
		return "A header line does not begin with a name and a colon.";
	for (size_t i = name; i < size; i++) {
		unsigned char c = (unsigned char)line[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return "A control character in a header.";
	}
	return NULL;
}

/* What the parser would let pass; NULL when fine. The section ends with an empty line. */
static const char *
header_fault(const char *header, size_t size)
{
	const char *line = header, *end = header + size - 2;
	while (line < end) {
		const char *lf = memchr(line, '\n', (size_t)(end - line));
		if (lf == NULL || lf == line || lf[-1] != '\r')
			return "A line does not end with CR LF.";
		size_t length = (size_t)(lf - 1 - line);
		const char *fault = line == header ? request_line_fault(line, length)
						   : field_line_fault(line, length);
		if (fault != NULL)
			return fault;
		line = lf + 1;
	}
	return NULL;
}

static int
on_url(http_parser *parser, const char *at, size_t size)
{
	struct http *http = parser->data;
	http->request.target = talloc_strndup(http->mem, at, size);
	return 0;
}

static int
on_field(http_parser *parser, const char *at, size_t size)
{
	struct http *http = parser->data;
	http->field = at;
	http->field_size = size;
	return 0;
}

static bool
is_field(const struct http *http, const char *name)
{
	return http->field_size == strlen(name) &&
	       strncasecmp(http->field, name, http->field_size) == 0;
}

/* A header that may come once; twice is an attempt to be read in two ways. */
static int
keep_once(struct http *http, const char **place, const char *at, size_t size)
{
	if (*place != NULL) {
		http->reason = "A header that may come once came twice.";
		return 1;
	}
	*place = talloc_strndup(http->mem, at, size);
	return 0;
}

static int
on_value(http_parser *parser, const char *at, size_t size)
{
	struct http *http = parser->data;
	struct http_request *request = &http->request;
	if (http->has_headers) /* trailers mean nothing here */
		return 0;
	while (size > 0 && (at[size - 1] == ' ' || at[size - 1] == '\t'))
		size--;
	if (is_field(http, "authorization"))
		return keep_once(http, &request->authorization, at, size);
	if (is_field(http, "content-type"))
		return keep_once(http, &request->content_type, at, size);
	if (is_field(http, "content-length"))
		return keep_once(http, &request->content_length, at, size);
	if (is_field(http, "transfer-encoding"))
		return keep_once(http, &http->transfer_encoding, at, size);
	if (is_field(http, "host"))
		http->hosts++;
	if (is_field(http, "expect"))
		request->expects_continue = size == 12 && strncasecmp(at, "100-continue", 12) == 0;
	return 0;
}

/* Nothing here is ever upgraded or tunnelled: the bytes that follow are the next request. */
static int
on_headers(http_parser *parser)
{
	struct http *http = parser->data;
	http->has_headers = true;
	if (http->request.content_length != NULL)
		http->body_announced = parser->content_length;
	parser->upgrade = 0;
	return 0;
}

static int
on_body(http_parser *parser, const char *at, size_t size)
{
	struct http *http = parser->data;
	struct http_request *request = &http->request;
	if (size > http->limits.body_max - request->body_size) {
		http->is_body_over = true;
		return 1;
	}
	if (http->is_discarding) {
		request->body_size += size;
		return 0;
	}
	if (request->body_size + size + 1 > http->body_room) {
		size_t room = http->body_room < 4096 ? 4096 : http->body_room * 2;
		while (room < request->body_size + size + 1)
			room *= 2;
		request->body = talloc_realloc(http->mem, request->body, char, room);
		http->body_room = room;
	}
	memcpy(request->body + request->body_size, at, size);
	request->body_size += size;
	request->body[request->body_size] = '\0';
	return 0;
}

/* A chunk says its size before it comes. */
static int
on_chunk(http_parser *parser)
{
	struct http *http = parser->data;
	http->is_body_over =
	    parser->content_length > http->limits.body_max - http->request.body_size;
	return http->is_body_over;
}

/* Stops the parser here, so that bytes of a following request stay outside. */
static int
on_complete(http_parser *parser)
{
	struct http *http = parser->data;
	http->has_message = true;
	http_parser_pause(parser, 1);
	return 0;
}

static const http_parser_settings settings = {
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_headers,
    .on_body = on_body,
    .on_chunk_header = on_chunk,
    .on_message_complete = on_complete,
};

/* "https://host:1/path" and "/path" are the same request (RFC 9112 section 3.2.2). */
static const char *
path_of(const char *target)
{
	if (target[0] == '/')
		return target;
	const char *authority = strstr(target, "://");
	const char *path = authority != NULL ? strchr(authority + 3, '/') : NULL;
	return path != NULL ? path : "";
}

/* What the header section says as a whole (RFC 9112 sections 3.2, 6.1 and 6.3). */
static enum http_event
judge_headers(struct http *http)
{
	struct http_request *request = &http->request;
	const http_parser *parser = &http->parser;
	if (parser->http_major != 1 || parser->http_minor > 1)
		return refuse(http, 505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
	if (http->hosts > 1 || (http->hosts == 0 && parser->http_minor == 1))
		return refuse(http, 400, "There must be one Host header.");
	if (http->transfer_encoding != NULL && request->content_length != NULL)
		return refuse(http, 400, "Content-Length and Transfer-Encoding together.");
	if (http->transfer_encoding != NULL && parser->http_minor == 0)
		return refuse(http, 400, "HTTP/1.0 knows no Transfer-Encoding.");
	if (http->transfer_encoding != NULL && strcasecmp(http->transfer_encoding, "chunked") != 0)
		return refuse(http, 501, "The only Transfer-Encoding known here is chunked.");
	request->method = http_method_str((enum http_method)parser->method);
	request->path = path_of(request->target);
	request->is_chunked = http->transfer_encoding != NULL;
	request->is_keep_alive = http_should_keep_alive(parser) != 0;
	request->has_body = request->is_chunked || http->body_announced > 0;
	if (http->body_announced > http->limits.body_max)
		return refuse(http, 413, "The body is over the limit.");
	return HTTP_HEADERS;
}

static enum http_event
parse_headers(struct http *http)
{
	const char *fault = header_fault(http->header, http->header_size);
	if (fault != NULL)
		return refuse(http, 400, fault);
	size_t parsed =
	    http_parser_execute(&http->parser, &settings, http->header, http->header_size);
	if (http->reason != NULL)
		return refuse(http, 400, http->reason);
	if (http->has_headers && judge_headers(http) == HTTP_REFUSED)
		return HTTP_REFUSED;
	if (!http->has_headers || parsed != http->header_size)
		return refuse(http, 400, "The header section is not HTTP.");
	return HTTP_HEADERS;
}

/* Where the header section ends: just behind the first empty line; 0 when it is not there yet. */
static size_t
header_end(const char *header, size_t from, size_t size)
{
	const char *end = memmem(header + from, size - from, "\r\n\r\n", 4);
	return end != NULL ? (size_t)(end - header) + 4 : 0;
}

static enum http_event
feed_header(struct http *http, const char *bytes, size_t size, size_t *taken)
{
	size_t skipped = 0, had = http->header_size;
	/* RFC 9112 section 2.2: empty lines before a request are ignored */
	while (had == 0 && skipped < size && (bytes[skipped] == '\r' || bytes[skipped] == '\n'))
		skipped++;
	*taken = skipped;
	if (skipped == size)
		return HTTP_MORE;
	size_t some = size - skipped;
	if (some > http->limits.header_max + 1 - had)
		some = http->limits.header_max + 1 - had;
	if (had + some > http->header_room) {
		http->header_room = had + some < 1024 ? 1024 : (had + some) * 2;
		http->header = talloc_realloc(http->mem, http->header, char, http->header_room);
	}
	memcpy(http->header + had, bytes + skipped, some);
	size_t end = header_end(http->header, had > 3 ? had - 3 : 0, had + some);
	http->header_size = end > 0 ? end : had + some;
	*taken = skipped + http->header_size - had;
	if (http->header_size > http->limits.header_max)
		return refuse(http, 431, "The header section is over the limit.");
	return end > 0 ? parse_headers(http) : HTTP_MORE;
}

static enum http_event
feed_body(struct http *http, const char *bytes, size_t size, size_t *taken)
{
	size_t parsed = http_parser_execute(&http->parser, &settings, bytes, size);
	*taken = parsed;
	http->body_raw += parsed;
	if (http->is_body_over)
		return refuse(http, 413, "The body is over the limit.");
	if (http->has_message)
		return HTTP_COMPLETE;
	if (parsed != size || HTTP_PARSER_ERRNO(&http->parser) != HPE_OK)
		return refuse(http, 400, "The body's framing is not HTTP.");
	if (http->body_raw > http->request.body_size * CHUNK_OVERHEAD_TIMES + CHUNK_OVERHEAD_MAX)
		return refuse(http, 400, "The body is nearly all framing.");
	return HTTP_MORE;
}

enum http_event
http_feed(struct http *http, const char *bytes, size_t size, size_t *taken)
{
	*taken = 0;
	if (http->status != 0)
		return HTTP_REFUSED;
	if (http->has_message)
		return HTTP_COMPLETE;
	if (size == 0)
		return HTTP_MORE;
	if (http->has_headers)
		return feed_body(http, bytes, size, taken);
	return feed_header(http, bytes, size, taken);
}

const char *
http_reason(int status)
{
	switch (status) {
#define STATUS(code, name, text) \
	case code:               \
		return #text;
		HTTP_STATUS_MAP(STATUS)
#undef STATUS
	}
	return "Unknown";
}
