/* Hearing our own name server's NOTIFY: the zone has arrived. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "agent.h"
#include "base/fault.h"
#include "base/log.h"
#include "dns/wire.h"

#define DATAGRAM_MAX 4096

struct listener {
	struct agent *agent;
	uv_udp_t socket;
	struct sockaddr_storage named;
	uint8_t buffer[DATAGRAM_MAX];
};

static void
give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct listener *listener = handle->data;
	*buffer = uv_buf_init((char *)listener->buffer, sizeof(listener->buffer));
}

/* From this host, or from the address at which the name server answers. */
static bool
is_ours(const struct listener *listener, const struct sockaddr *from)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
	if (from->sa_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127 ||
		       (listener->named.ss_family == AF_INET &&
			v4->sin_addr.s_addr ==
			    ((const struct sockaddr_in *)&listener->named)->sin_addr.s_addr);
	return from->sa_family == AF_INET6 &&
	       (IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) ||
		(listener->named.ss_family == AF_INET6 &&
		 memcmp(&v6->sin6_addr, &((const struct sockaddr_in6 *)&listener->named)->sin6_addr,
			sizeof(v6->sin6_addr)) == 0));
}

static void
on_probe(struct agent *agent, const char *zone, const struct probe *probe)
{
	if (probe->outcome == PROBE_ANSWERED && probe->is_served)
		agent_seen(agent, zone, probe->serial);
}

/* A primary tells of every change too. What it serves is zone-sm's own doing and only the applier
 * waits for it, unless the server signs the zone: then it makes serials of its own. */
static void
arrived(struct agent *agent, const char *zone, uint32_t serial)
{
	if (agent_is_primary(agent) && !zones_are_signed(agent->zones, zone))
		return;
	if (serial != 0)
		agent_seen(agent, zone, serial);
	else if (zones_have(agent->zones, zone))
		prober_ask(agent, zone, on_probe);
}

static void
on_datagram(uv_udp_t *socket, ssize_t size, const uv_buf_t *buffer, const struct sockaddr *from,
	    unsigned flags)
{
	struct listener *listener = socket->data;
	struct agent *agent = listener->agent;
	if (size <= 0 || from == NULL || !is_ours(listener, from))
		return;
	if (FAULT_AT(ARRIVAL, "NOTIFY") == FAULT_DROP)
		return;
	TALLOC_CTX *mem = talloc_new(NULL);
	char *zone;
	uint32_t serial = 0;
	uint8_t answer[512];
	size_t answer_size = 0;
	dms_error *error = dns_notify_parse(mem, (const uint8_t *)buffer->base, (size_t)size, &zone,
					    &serial, answer, &answer_size);
	if (error == NULL) {
		uv_buf_t out = uv_buf_init((char *)answer, (unsigned)answer_size);
		uv_udp_try_send(&listener->socket, &out, 1, from);
		log_debug("NOTIFY heard", F_STR("zone", zone), F_INT("serial", serial));
		arrivals_heard(agent->arrivals, zone);
		arrived(agent, zone, serial);
	} else {
		log_failure(LOG_DEBUG, "a datagram that is no NOTIFY", error);
		dms_error_free(error);
	}
	talloc_free(mem);
}

dms_error *
listener_start(struct agent *agent)
{
	struct listener *listener = talloc_zero(agent->mem, struct listener);
	struct sockaddr_storage address;
	socklen_t size;
	listener->agent = agent;
	TRY(endpoint_parse(agent->config->named_address, &listener->named, &size));
	dms_error *error = endpoint_parse(agent->config->notify_listen, &address, &size);
	if (error != NULL)
		return dms_error_wrap(error, "notify_listen");
	uv_udp_init(agent->service->loop, &listener->socket);
	listener->socket.data = listener;
	int failed = uv_udp_bind(&listener->socket, (struct sockaddr *)&address, 0);
	if (failed == 0)
		failed = uv_udp_recv_start(&listener->socket, give_buffer, on_datagram);
	if (failed != 0)
		return dms_error_new(DMS_E_CONFIG, "notify_listen %s: %s",
				     agent->config->notify_listen, uv_strerror(failed));
	/* A restarted name server tells of all its zones at once. */
	int wanted = 4 * 1024 * 1024;
	uv_recv_buffer_size((uv_handle_t *)&listener->socket, &wanted);
	agent->listener = listener;
	return NULL;
}

void
listener_stop(struct agent *agent)
{
	uv_close((uv_handle_t *)&agent->listener->socket, NULL);
}
