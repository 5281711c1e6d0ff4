/* The connection to BIND's control channel. */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/time.h"
#include "ccmsg.h"
#include "dns/wire.h"

#define EXPIRE_SECONDS 60

struct control {
	const char *address_text;
	struct sockaddr_storage address;
	socklen_t address_size;
	const char *key_file;
	int64_t timeout_ms;
	int fd; /* -1: closed */
	unsigned connections;
	uint32_t serial;
	struct control_key *key; /* of the open connection */
	char *nonce;
};

void
control_close(struct control *control)
{
	if (control->fd >= 0)
		close(control->fd);
	control->fd = -1;
	TALLOC_FREE(control->key);
	TALLOC_FREE(control->nonce);
}

static int
control_end(struct control *control)
{
	control_close(control);
	return 0;
}

dms_error *
control_new(TALLOC_CTX *mem, const char *address, const char *key_file, int64_t timeout_ms,
	    struct control **out)
{
	struct control *control = talloc_zero(mem, struct control);
	control->fd = -1;
	control->timeout_ms = timeout_ms;
	control->address_text = talloc_strdup(control, address);
	control->key_file = talloc_strdup(control, key_file);
	dms_error *error = endpoint_parse(address, &control->address, &control->address_size);
	if (error != NULL) {
		talloc_free(control);
		return dms_error_wrap(error, "control_address");
	}
	talloc_set_destructor(control, control_end);
	*out = control;
	return NULL;
}

unsigned
control_connections(const struct control *control)
{
	return control->connections;
}

static dms_error *
unreachable(const struct control *control, const char *doing, int number)
{
	return dms_error_new(DMS_E_DNS_UNREACHABLE, "control channel %s: %s: %s",
			     control->address_text, doing, strerror(number));
}

/* Waits until the socket is ready for `events`. */
static dms_error *
wait_for(const struct control *control, short events, int64_t deadline_us)
{
	for (;;) {
		int64_t left = (deadline_us - monotonic_us() + 999) / 1000;
		struct pollfd poll_fd = {.fd = control->fd, .events = events};
		int ready = left > 0 ? poll(&poll_fd, 1, (int)left) : 0;
		if (ready > 0)
			return NULL;
		if (ready == 0)
			return dms_error_new(DMS_E_DNS_TIMEOUT,
					     "control channel %s: nothing for %lld ms",
					     control->address_text, (long long)control->timeout_ms);
		if (errno != EINTR)
			return unreachable(control, "poll", errno);
	}
}

static dms_error *
send_all(const struct control *control, const uint8_t *data, size_t size, int64_t deadline_us)
{
	while (size > 0) {
		ssize_t sent = send(control->fd, data, size, MSG_NOSIGNAL);
		if (sent > 0) {
			data += sent;
			size -= (size_t)sent;
		} else if (errno == EAGAIN) {
			TRY(wait_for(control, POLLOUT, deadline_us));
		} else if (errno != EINTR) {
			return unreachable(control, "send", errno);
		}
	}
	return NULL;
}

static dms_error *
receive_all(const struct control *control, uint8_t *data, size_t size, int64_t deadline_us)
{
	while (size > 0) {
		ssize_t got = recv(control->fd, data, size, 0);
		if (got > 0) {
			data += got;
			size -= (size_t)got;
		} else if (got == 0) {
			return unreachable(control, "the name server closed the connection",
					   ECONNRESET);
		} else if (errno == EAGAIN) {
			TRY(wait_for(control, POLLIN, deadline_us));
		} else if (errno != EINTR) {
			return unreachable(control, "receive", errno);
		}
	}
	return NULL;
}

static dms_error *
receive_message(struct control *control, TALLOC_CTX *mem, uint8_t **message, size_t *size,
		int64_t deadline_us)
{
	uint8_t head[CCMSG_HEADER_SIZE];
	TRY(receive_all(control, head, sizeof(head), deadline_us));
	*size = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
	if (*size > CCMSG_SIZE_MAX)
		return dms_error_new(DMS_E_DNS_BAD_ANSWER,
				     "control channel %s: an answer of %zu octets is too large",
				     control->address_text, *size);
	*message = talloc_size(mem, *size + 1);
	return receive_all(control, *message, *size, deadline_us);
}

/* One message there and one back, over the open connection. */
static dms_error *
exchange(struct control *control, TALLOC_CTX *mem, const char *command, struct ccmsg_reply *reply)
{
	int64_t deadline_us = monotonic_us() + control->timeout_ms * 1000;
	int64_t now = realtime_us() / 1000000;
	struct ccmsg_request request = {
	    .serial = ++control->serial,
	    .now = now,
	    .expire = now + EXPIRE_SECONDS,
	    .nonce = control->nonce,
	    .command = command,
	};
	uint8_t *message;
	size_t size;
	TRY(ccmsg_encode(mem, control->key, &request, &message, &size));
	TRY(send_all(control, message, size, deadline_us));
	TRY(receive_message(control, mem, &message, &size, deadline_us));
	TRY(ccmsg_decode(mem, control->key, message, size, reply));
	bool is_ours = reply->serial == request.serial &&
		       (control->nonce == NULL ||
			(reply->nonce != NULL && strcmp(reply->nonce, control->nonce) == 0));
	if (!is_ours)
		return dms_error_new(
		    DMS_E_DNS_BAD_ANSWER,
		    "control channel %s: an answer to something else (serial %u, asked %u)",
		    control->address_text, reply->serial, request.serial);
	return NULL;
}

static dms_error *
connect_socket(struct control *control)
{
	int one = 1;
	control->fd =
	    socket(control->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (control->fd < 0)
		return unreachable(control, "socket", errno);
	setsockopt(control->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(control->fd, (struct sockaddr *)&control->address, control->address_size) == 0)
		return NULL;
	if (errno != EINPROGRESS)
		return unreachable(control, "connect", errno);
	TRY(wait_for(control, POLLOUT, monotonic_us() + control->timeout_ms * 1000));
	int number = 0;
	socklen_t size = sizeof(number);
	getsockopt(control->fd, SOL_SOCKET, SO_ERROR, &number, &size);
	return number == 0 ? NULL : unreachable(control, "connect", number);
}

/* Connects and learns the nonce that every further message must carry. */
static dms_error *
control_open(struct control *control)
{
	TRY(control_key_read(control, control->key_file, &control->key));
	TRY(connect_socket(control));
	random_bytes(&control->serial, sizeof(control->serial));
	TALLOC_CTX *mem = talloc_new(control);
	struct ccmsg_reply reply = {0};
	dms_error *error = exchange(control, mem, "null", &reply);
	if (error == NULL && reply.nonce == NULL)
		error = dms_error_new(DMS_E_DNS_BAD_ANSWER, "control channel %s: no nonce came",
				      control->address_text);
	if (error == NULL) {
		control->nonce = talloc_strdup(control, reply.nonce);
		control->connections++;
	}
	talloc_free(mem);
	/* BIND answers a message with a wrong signature by closing the connection. */
	return dms_error_wrap(error, "first message with the key of %s", control->key_file);
}

static dms_error *
ask_once(struct control *control, TALLOC_CTX *mem, const char *command, struct ccmsg_reply *reply)
{
	dms_error *error = control->fd < 0 ? control_open(control) : NULL;
	if (error == NULL)
		error = exchange(control, mem, command, reply);
	if (error != NULL)
		control_close(control);
	return error;
}

dms_error *
control_ask(struct control *control, TALLOC_CTX *mem, const char *command,
	    struct control_answer *answer)
{
	struct ccmsg_reply reply = {0};
	bool was_open = control->fd >= 0;
	dms_error *error = ask_once(control, mem, command, &reply);
	if (error != NULL && was_open && error->id == DMS_E_DNS_UNREACHABLE) {
		dms_error_free(error);
		error = ask_once(control, mem, command, &reply);
	}
	if (error != NULL)
		return error;
	*answer = (struct control_answer){
	    .result = reply.result,
	    .error = reply.error != NULL ? reply.error : "",
	    .text = reply.text != NULL ? reply.text : "",
	};
	return NULL;
}

dms_error *
control_do(struct control *control, TALLOC_CTX *mem, const char *command)
{
	struct control_answer answer;
	TRY(control_ask(control, mem, command, &answer));
	if (answer.result == 0)
		return NULL;
	return dms_error_put_int(dms_error_new(DMS_E_CONTROL, "%.*s: %s%s%s",
					       (int)strcspn(command, "{"), command, answer.error,
					       answer.text[0] != '\0' ? ": " : "", answer.text),
				 "result", answer.result);
}
