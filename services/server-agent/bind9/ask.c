/* A connected UDP socket and its questions. */
#include "ask.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/time.h"
#include "dns/wire.h"

#define DATAGRAM_MAX 4096
#define TRY_MS       1000 /* then the question is put again */

struct asker {
	struct sockaddr_storage address;
	socklen_t address_size;
	int64_t timeout_ms;
	int fd;
};

static int
asker_end(struct asker *asker)
{
	if (asker->fd >= 0)
		close(asker->fd);
	return 0;
}

dms_error *
asker_new(TALLOC_CTX *mem, const char *address, int64_t timeout_ms, struct asker **out)
{
	struct asker *asker = talloc_zero(mem, struct asker);
	asker->fd = -1;
	asker->timeout_ms = timeout_ms;
	talloc_set_destructor(asker, asker_end);
	dms_error *error = endpoint_parse(address, &asker->address, &asker->address_size);
	if (error == NULL) {
		asker->fd = socket(asker->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		if (asker->fd < 0 || connect(asker->fd, (struct sockaddr *)&asker->address,
					     asker->address_size) != 0)
			error = dms_error_new(DMS_E_SYSTEM, "socket to %s: %s", address,
					      strerror(errno));
	}
	if (error != NULL)
		talloc_free(asker);
	else
		*out = asker;
	return error;
}

/* Waits for the answer with this id; `*got` false when `until_us` comes first. */
static dms_error *
receive(struct asker *asker, uint16_t wanted_id, int64_t until_us, bool *got, bool *is_served,
	uint32_t *serial)
{
	uint8_t datagram[DATAGRAM_MAX];
	for (;;) {
		int64_t left_ms = (until_us - monotonic_us() + 999) / 1000;
		struct pollfd poll_fd = {.fd = asker->fd, .events = POLLIN};
		*got = false;
		if (left_ms <= 0 || poll(&poll_fd, 1, (int)left_ms) == 0)
			return NULL;
		ssize_t size = recv(asker->fd, datagram, sizeof(datagram), MSG_DONTWAIT);
		if (size < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (size < 0)
			return dms_error_new(DMS_E_DNS_UNREACHABLE, "SOA query: %s",
					     strerror(errno));
		uint16_t id = 0;
		dms_error *error = dns_soa_answer(datagram, (size_t)size, &id, is_served, serial);
		*got = error == NULL && id == wanted_id;
		dms_error_free(error);
		if (*got)
			return NULL;
	}
}

dms_error *
asker_soa(struct asker *asker, const char *zone, bool *is_served, uint32_t *serial)
{
	uint8_t query[512];
	uint16_t id;
	random_bytes(&id, sizeof(id));
	size_t size = dns_soa_query(id, zone, query, sizeof(query));
	int64_t deadline_us = monotonic_us() + asker->timeout_ms * 1000;
	while (monotonic_us() < deadline_us) {
		bool got;
		if (send(asker->fd, query, size, 0) < 0 && errno != ECONNREFUSED)
			return dms_error_new(DMS_E_DNS_UNREACHABLE, "SOA query of %s: %s", zone,
					     strerror(errno));
		int64_t until_us = monotonic_us() + TRY_MS * 1000;
		TRY(receive(asker, id, until_us < deadline_us ? until_us : deadline_us, &got,
			    is_served, serial));
		if (got)
			return NULL;
	}
	return dms_error_new(DMS_E_DNS_TIMEOUT, "SOA query of %s: no answer in %lld ms", zone,
			     (long long)asker->timeout_ms);
}
