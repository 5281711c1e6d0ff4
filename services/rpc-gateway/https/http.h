/* HTTP/1.1 requests out of bytes: a thin and strict layer over http_parser.
 *
 * The header section is gathered whole (so its limit is exact and nothing arrives in halves), held
 * to the letter (CRLF line ends, no folded lines, no control characters), then given to
 * http_parser, which also takes the body apart. What two programs could read differently is
 * refused.
 */
#pragma once

#include <http_parser.h>
#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

struct http_limits {
	size_t header_max;
	size_t body_max;
};

struct http_request {
	/* all NUL-terminated, NULL when the header is absent */
	const char *method; /* "POST" */
	const char *target; /* as sent: "/admin_dms", "https://host/admin_dms" */
	const char *path;   /* of the target, from its '/' on */
	const char *authorization;
	const char *content_type;
	const char *content_length;
	bool has_body; /* a length other than 0, or chunked */
	bool is_chunked;
	bool expects_continue; /* Expect: 100-continue */
	bool is_keep_alive;    /* the client's wish */
	char *body;            /* NUL-terminated */
	size_t body_size;
};

enum http_event {
	HTTP_MORE,     /* all bytes taken, more are needed */
	HTTP_HEADERS,  /* the header section is complete: look, then feed on (also with 0 bytes) */
	HTTP_COMPLETE, /* the request is complete: http_next before the next one */
	HTTP_REFUSED,  /* cannot go on; status and reason say what to answer before closing */
};

struct http {
	struct http_request request;
	struct http_limits limits;
	int status;         /* of HTTP_REFUSED: 400, 413, 431, 501, 505 */
	const char *reason; /* one sentence for the body of the answer */
	bool is_discarding; /* the body is read but not kept: the answer is already known */
	/* inside */
	TALLOC_CTX *mem; /* of this request */
	http_parser parser;
	char *header;
	size_t header_size, header_room;
	size_t body_room;
	uint64_t body_announced; /* Content-Length */
	size_t body_raw;         /* bytes of the body as sent, with chunk framing */
	int hosts;
	const char *transfer_encoding;
	const char *field; /* header line being read */
	size_t field_size;
	bool has_headers, has_message, is_body_over;
};

/* Once, before any thread: the parser library keeps one limit for the process. */
void http_setup(size_t header_max);
struct http *http_new(TALLOC_CTX *mem, const struct http_limits *limits);
/* Takes bytes up to the next event; `*taken` of `size` were used, the rest is for the next call. */
enum http_event http_feed(struct http *http, const char *bytes, size_t size, size_t *taken);
/* Forgets the request, ready for the next on the connection. */
void http_next(struct http *http);
/* True while no byte of a request has come. */
bool http_is_idle(const struct http *http);
/* "Not Found" for 404. */
const char *http_reason(int status);
