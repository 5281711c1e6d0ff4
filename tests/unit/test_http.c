/* rooms: dms_base http_parser */
/* The HTTP layer against what honest and hostile clients send, without sockets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testing.h"

#include "rpc-gateway/https/http.c"

static const struct http_limits limits = {.header_max = 1024, .body_max = 4096};

/* Feeds `text` in pieces of `step` bytes until a request is complete or refused; `*used` is how far
 * it came. */
static enum http_event
feed(struct http *http, const char *text, size_t size, size_t step, size_t *used)
{
	enum http_event event = HTTP_MORE;
	*used = 0;
	while (event != HTTP_COMPLETE && event != HTTP_REFUSED) {
		size_t taken, piece = size - *used < step ? size - *used : step;
		event = http_feed(http, text + *used, piece, &taken);
		*used += taken;
		assert_true(taken <= piece);
		if (event == HTTP_MORE && *used == size)
			break;
	}
	return event;
}

#define POST                                                                                    \
	"POST /admin_dms HTTP/1.1\r\nHost: door\r\nAuthorization: Basic YTpi\r\nContent-Type: " \
	"application/json\r\n"

static void
a_request_reads_the_same_in_pieces_of_every_size(void **state)
{
	static const char text[] = POST "Content-Length: 11\r\n\r\nhello world";
	for (size_t step = 1; step <= sizeof text; step++) {
		struct http *http = http_new(NULL, &limits);
		size_t used;
		assert_int_equal(feed(http, text, sizeof text - 1, step, &used), HTTP_COMPLETE);
		assert_int_equal(used, sizeof text - 1);
		assert_string_equal(http->request.method, "POST");
		assert_string_equal(http->request.path, "/admin_dms");
		assert_string_equal(http->request.authorization, "Basic YTpi");
		assert_string_equal(http->request.content_type, "application/json");
		assert_string_equal(http->request.body, "hello world");
		assert_int_equal(http->request.body_size, 11);
		assert_true(http->request.is_keep_alive);
		talloc_free(http);
	}
}

static void
pipelined_requests_come_out_one_by_one(void **state)
{
	static const char text[] =
	    "\r\n" POST "Content-Length: 3\r\n\r\none" POST
	    "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\ntwo\r\n0\r\nTrailer: "
	    "a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\nConnection: "
	    "Upgrade\r\n\r\n" POST "Content-Length: 0\r\n\r\n";
	static const char *const bodies[] = {"one", "two", NULL, NULL};
	for (size_t step = 1; step <= sizeof text; step++) {
		struct http *http = http_new(NULL, &limits);
		size_t at = 0, used;
		for (int i = 0; i < 4; i++) {
			assert_true(http_is_idle(http));
			assert_int_equal(feed(http, text + at, sizeof text - 1 - at, step, &used),
					 HTTP_COMPLETE);
			if (bodies[i] != NULL)
				assert_string_equal(http->request.body, bodies[i]);
			else
				assert_null(http->request.body);
			assert_int_equal(http->request.has_body, bodies[i] != NULL);
			at += used;
			http_next(http);
		}
		assert_int_equal(at, sizeof text - 1);
		talloc_free(http);
	}
}

static int
status_of(const char *text, size_t size, size_t step)
{
	struct http *http = http_new(NULL, &limits);
	size_t used;
	enum http_event event = feed(http, text, size, step, &used);
	int status = event == HTTP_REFUSED ? http->status : event == HTTP_COMPLETE ? 200 : 0;
	if (status >= 400) {
		assert_non_null(http->reason);
		assert_string_not_equal(http_reason(status), "Unknown");
		/* once refused, refused for good */
		assert_int_equal(http_feed(http, "GET", 3, &used), HTTP_REFUSED);
	}
	talloc_free(http);
	return status;
}

static const struct {
	int status;
	const char *text;
} shapes[] = {
    {400, POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {400, POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"},
    {400, POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"},
    {400, POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc"},
    {400, POST "Content-Length: 3, 3\r\n\r\nabc"},
    {400, POST "Content-Length: +3\r\n\r\nabc"},
    {400, POST "Content-Length: -3\r\n\r\nabc"},
    {400, POST "Content-Length: 0x3\r\n\r\nabc"},
    {400, POST "Content-Length: 99999999999999999999999\r\n\r\nabc"},
    {400, POST "Content-Length : 3\r\n\r\nabc"},
    {400, POST "Content-Length: 3\n\r\nabc\r\n\r\n"},
    {400, POST "\tContent-Length: 3\r\n\r\nabc"},
    {400, POST "Content-Len\xe9gth: 3\r\n\r\nabc"},
    {400, POST ": 3\r\n\r\nabc"},
    {400, POST "Content-Length\r\n\r\nabc"},
    {400, "POST  / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "POST\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "POST /\xff HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, " POST / HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "POST / HTTP/1.1\nHost: a\r\n\r\n"},
    {400, POST "X: y\r\n Content-Length: 3\r\n\r\nabc"},
    {400, POST "Content-Length:\r\n 3\r\n\r\nabc"},
    {400, POST "Content-Length: 3\rX: y\r\n\r\nabc"},
    {400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {501, POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
    {501, POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"},
    {501, POST "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n"},
    {400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {400, POST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx"},
    {400, POST "Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n0\r\n\r\n"},
    {400, POST "Transfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\n"},
    {413, POST "Transfer-Encoding: chunked\r\n\r\n1001\r\n"},
    {413, POST "Content-Length: 4097\r\n\r\n"},
    {200, POST "Content-Length: 4\r\n\r\nabcd"},
    {400, POST "Authorization: Basic Yjpj\r\n\r\n"},
    {400, POST "Host: other\r\n\r\n"},
    {400, "POST /admin_dms HTTP/1.1\r\nContent-Length: 0\r\n\r\n"},
    {200, "POST /admin_dms HTTP/1.0\r\nContent-Length: 0\r\n\r\n"},
    {505, "POST / HTTP/2.0\r\nHost: a\r\n\r\n"},
    {400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {400, "POST /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
    {400, "POST / HTTP/1.1\r\nHost: a\r\nX: a\x01"
	  "b\r\n\r\n"},
    {400, "\x16\x03\x01\x02\r\n\r\n"},
    {400, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"},
};

static void
what_two_readers_could_read_differently_is_refused(void **state)
{
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		size_t size = strlen(shapes[i].text);
		int at_once = status_of(shapes[i].text, size, size);
		int slowly = status_of(shapes[i].text, size, 1);
		if (at_once != shapes[i].status || slowly != shapes[i].status)
			fail_msg("%d at once, %d slowly, not %d:\n%s", at_once, slowly,
				 shapes[i].status, shapes[i].text);
	}
	static const char with_nul[] = "POST / HTTP/1.1\r\nHost: a\0b\r\n\r\n";
	assert_int_equal(status_of(with_nul, sizeof with_nul - 1, 7), 400);
}

static void
the_header_limit_is_exact(void **state)
{
	for (size_t total = limits.header_max - 1; total <= limits.header_max + 1; total++) {
		char text[2048];
		int size = snprintf(text, sizeof text, "POST / HTTP/1.1\r\nHost: a\r\nX: ");
		while ((size_t)size < total - 4)
			text[size++] = 'x';
		memcpy(text + size, "\r\n\r\n", 4);
		int expected = total <= limits.header_max ? 200 : 431;
		assert_int_equal(status_of(text, total, total), expected);
		assert_int_equal(status_of(text, total, 1), expected);
	}
	char *endless = malloc(100000);
	memset(endless, 'x', 100000);
	assert_int_equal(status_of(endless, 100000, 1000), 431);
	free(endless);
}

static void
the_body_limit_is_exact_with_and_without_chunks(void **state)
{
	for (size_t body = limits.body_max - 1; body <= limits.body_max + 1; body++) {
		char text[8192];
		int expected = body <= limits.body_max ? 200 : 413;
		int size = snprintf(text, sizeof text, POST "Content-Length: %zu\r\n\r\n", body);
		memset(text + size, 'x', body);
		assert_int_equal(status_of(text, (size_t)size + body, 100), expected);
		size = snprintf(text, sizeof text, POST "Transfer-Encoding: chunked\r\n\r\n%zx\r\n",
				body);
		memset(text + size, 'x', body);
		memcpy(text + size + body, "\r\n0\r\n\r\n", 7);
		assert_int_equal(status_of(text, (size_t)size + body + 7, 100), expected);
	}
}

static void
framing_without_content_ends(void **state)
{
	struct http *http = http_new(NULL, &limits);
	size_t used;
	static const char head[] = POST "Transfer-Encoding: chunked\r\n\r\n";
	assert_int_equal(feed(http, head, sizeof head - 1, 100, &used), HTTP_MORE);
	static const char chunk[] =
	    "1;aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n";
	enum http_event event = HTTP_MORE;
	int count = 0;
	for (; count < 4000 && event == HTTP_MORE; count++)
		event = feed(http, chunk, sizeof chunk - 1, 100, &used);
	assert_int_equal(event, HTTP_REFUSED);
	assert_int_equal(http->status, 400);
	assert_in_range(count, 1000, 2000);
	talloc_free(http);
}

static void
a_refused_body_is_read_but_not_kept(void **state)
{
	struct http *http = http_new(NULL, &limits);
	size_t used;
	static const char text[] = POST "Expect: 100-Continue\r\nContent-Length: 5\r\n\r\n12345";
	assert_int_equal(http_feed(http, text, sizeof text - 1, &used), HTTP_HEADERS);
	assert_true(http->request.expects_continue);
	assert_true(http->request.has_body);
	http->is_discarding = true;
	size_t rest;
	assert_int_equal(http_feed(http, text + used, sizeof text - 1 - used, &rest),
			 HTTP_COMPLETE);
	assert_int_equal(used + rest, sizeof text - 1);
	assert_null(http->request.body);
	assert_int_equal(http->request.body_size, 5);
	talloc_free(http);
}

static void
an_absolute_target_has_the_same_path(void **state)
{
	static const char text[] = "POST https://door:8443/list_zone?a HTTP/1.1\r\nHost: door\r\n"
				   "Connection: close\r\n\r\n";
	struct http *http = http_new(NULL, &limits);
	size_t used;
	assert_int_equal(feed(http, text, sizeof text - 1, 9, &used), HTTP_COMPLETE);
	assert_string_equal(http->request.path, "/list_zone?a");
	assert_false(http->request.is_keep_alive);
	talloc_free(http);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_reads_the_same_in_pieces_of_every_size),
	    cmocka_unit_test(pipelined_requests_come_out_one_by_one),
	    cmocka_unit_test(what_two_readers_could_read_differently_is_refused),
	    cmocka_unit_test(the_header_limit_is_exact),
	    cmocka_unit_test(the_body_limit_is_exact_with_and_without_chunks),
	    cmocka_unit_test(framing_without_content_ends),
	    cmocka_unit_test(a_refused_body_is_read_but_not_kept),
	    cmocka_unit_test(an_absolute_target_has_the_same_path),
	};
	http_setup(limits.header_max);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
