/* The kept connection: open, ask, read, give up in time. */
#include "dns/wire_peer.h"

#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"

/* How far a request came; decides whether it may be sent again. */
enum progress { NOT_SENT, SENT, ANSWERED };

static void
peer_close(struct dns_peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
	peer->is_proven = false;
}

static int
peer_free(struct dns_peer *peer)
{
	peer_close(peer);
	return 0;
}

dms_error *
dns_peer_new(TALLOC_CTX *mem, const struct sockaddr_storage *address, const struct tsig *tsig,
	     int64_t timeout_ms, struct dns_peer **out)
{
	struct dns_peer *peer = talloc_zero(mem, struct dns_peer);
	peer->fd = -1;
	peer->address = *address;
	peer->label = endpoint_print(peer, address);
	peer->timeout_ms = timeout_ms;
	peer->message = talloc_array(peer, uint8_t, 2 + WIRE_MESSAGE_MAX);
	talloc_set_destructor(peer, peer_free);
	dms_error *error = tsig != NULL ? tsig_key_new(peer, tsig, &peer->key) : NULL;
	if (error != NULL) {
		talloc_free(peer);
		return error;
	}
	*out = peer;
	return NULL;
}

int64_t
peer_deadline(const struct dns_peer *peer)
{
	return monotonic_us() + peer->timeout_ms * 1000;
}

static dms_error *
unreachable(const char *what, int error_number)
{
	return dms_error_new(DMS_E_DNS_UNREACHABLE, "%s: %s", what, strerror(error_number));
}

/* Until the socket can be read or written, or fails. */
static dms_error *
wait_for(const struct dns_peer *peer, short events, int64_t deadline_us)
{
	struct pollfd item = {.fd = peer->fd, .events = events};
	for (;;) {
		/* Rounded up: a wait of 0.4 ms must not become a spin. */
		int64_t left_ms = (deadline_us - monotonic_us() + 999) / 1000;
		if (left_ms <= 0)
			return dms_error_new(DMS_E_DNS_TIMEOUT, "no answer within %lld ms",
					     (long long)peer->timeout_ms);
		int ready = poll(&item, 1, left_ms > INT_MAX ? INT_MAX : (int)left_ms);
		if (ready > 0)
			return NULL;
		if (ready < 0 && errno != EINTR)
			return unreachable("poll", errno);
	}
}

static dms_error *
peer_connect(struct dns_peer *peer, int64_t deadline_us)
{
	int one = 1, error_number = 0;
	socklen_t size = sizeof error_number;

	peer->fd = socket(peer->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (peer->fd < 0)
		return unreachable("socket", errno);
	setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (connect(peer->fd, (const struct sockaddr *)&peer->address,
		    endpoint_size(&peer->address)) == 0)
		return NULL;
	if (errno != EINPROGRESS && errno != EINTR)
		return unreachable("cannot connect", errno);
	TRY(wait_for(peer, POLLOUT, deadline_us));
	if (getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &error_number, &size) < 0)
		error_number = errno;
	return error_number == 0 ? NULL : unreachable("cannot connect", error_number);
}

/* Nothing is due on an idle connection: whatever can be read is its end, or stray octets. */
static bool
is_stale(const struct dns_peer *peer)
{
	struct pollfd item = {.fd = peer->fd, .events = POLLIN};
	return poll(&item, 1, 0) != 0;
}

static dms_error *
write_all(struct dns_peer *peer, const uint8_t *octets, size_t size, int64_t deadline_us)
{
	while (size > 0) {
		ssize_t sent = send(peer->fd, octets, size, MSG_NOSIGNAL);
		if (sent >= 0) {
			octets += sent;
			size -= (size_t)sent;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			TRY(wait_for(peer, POLLOUT, deadline_us));
		} else if (errno != EINTR) {
			return unreachable("cannot send", errno);
		}
	}
	return NULL;
}

static dms_error *
read_all(struct dns_peer *peer, uint8_t *octets, size_t size, int64_t deadline_us)
{
	while (size > 0) {
		ssize_t got = recv(peer->fd, octets, size, 0);
		if (got == 0)
			return dms_error_new(
			    DMS_E_DNS_UNREACHABLE,
			    "the server closed the connection while an answer was due");
		if (got > 0) {
			octets += got;
			size -= (size_t)got;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			TRY(wait_for(peer, POLLIN, deadline_us));
		} else if (errno != EINTR) {
			return unreachable("cannot read", errno);
		}
	}
	return NULL;
}

dms_error *
peer_read(struct dns_peer *peer, int64_t deadline_us, uint8_t **answer, size_t *size)
{
	TRY(read_all(peer, peer->message, 2, deadline_us));
	*size = wire_u16(peer->message);
	*answer = peer->message + 2;
	return read_all(peer, *answer, *size, deadline_us);
}

/* One try over the connection that is open, or a new one. */
static dms_error *
ask_once(struct dns_peer *peer, const struct wire_writer *request, int64_t deadline_us,
	 enum progress *progress, uint8_t **answer, size_t *size)
{
	*progress = NOT_SENT;
	if (peer->fd >= 0 && is_stale(peer))
		peer_close(peer);
	if (peer->fd < 0)
		TRY(peer_connect(peer, deadline_us));

	wire_set_u16(peer->message, (uint16_t)request->size);
	memcpy(peer->message + 2, request->octets, request->size);
	TRY(write_all(peer, peer->message, 2 + request->size, deadline_us));
	*progress = SENT;

	TRY(read_all(peer, peer->message, 2, deadline_us));
	*progress = ANSWERED;
	*size = wire_u16(peer->message);
	*answer = peer->message + 2;
	return read_all(peer, *answer, *size, deadline_us);
}

dms_error *
peer_ask(struct dns_peer *peer, struct wire_writer *request, bool is_repeatable,
	 struct tsig_session **session, uint8_t **answer, size_t *size)
{
	*session = NULL;
	if (peer->key != NULL) {
		*session = tsig_session_new(request->mem, peer->key);
		TRY(tsig_sign(*session, request, realtime_us() / 1000000));
	}
	if (request->size > WIRE_MESSAGE_MAX)
		return dms_error_new(DMS_E_TOO_LARGE,
				     "a DNS message of %zu octets; the limit is %d", request->size,
				     WIRE_MESSAGE_MAX);

	int64_t deadline_us = peer_deadline(peer);
	enum progress progress;
	bool was_proven = peer->is_proven;
	dms_error *error = ask_once(peer, request, deadline_us, &progress, answer, size);
	if (error != NULL && error->id == DMS_E_DNS_UNREACHABLE && was_proven &&
	    (progress == NOT_SENT || (progress == SENT && is_repeatable))) {
		dms_error_free(error);
		peer_close(peer);
		error = ask_once(peer, request, deadline_us, &progress, answer, size);
	}
	if (error != NULL)
		return dms_error_put(error, "was_sent", json_boolean(progress != NOT_SENT));
	peer->is_proven = true;
	return NULL;
}

dms_error *
peer_result(struct dns_peer *peer, const char *zone, dms_error *error)
{
	if (error == NULL)
		return NULL;
	if (error->id != DMS_E_NO_SUCH_ZONE_ON_SERVER && error->id != DMS_E_DNS_REFUSED)
		peer_close(peer);
	dms_error_put_str(error, "server", peer->label);
	dms_error_put_str(error, "zone", zone);
	return dms_error_wrap(error, "name server %s, zone %s", peer->label, zone);
}
