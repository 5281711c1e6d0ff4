/* SOA queries over one connected UDP socket on the loop: a slot an open question. */
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "base/secret.h"
#include "base/time.h"
#include "dns/wire.h"

#define SLOT_BITS    10
#define SLOTS        (1 << SLOT_BITS)
#define TIMEOUT_US   1500000
#define SWEEP_MS     100
#define DATAGRAM_MAX 4096

struct slot {
	char *zone; /* NULL: free */
	probe_fn *fn;
	int64_t asked_us;
	uint16_t id;
};

struct prober {
	struct agent *agent;
	uv_udp_t socket;
	uv_timer_t sweep;
	struct slot slots[SLOTS];
	unsigned next, open;
	uint8_t buffer[DATAGRAM_MAX];
};

static void
give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct prober *prober = handle->data;
	*buffer = uv_buf_init((char *)prober->buffer, sizeof(prober->buffer));
}

static void
settle(struct prober *prober, struct slot *slot, const struct probe *probe)
{
	char *zone = slot->zone;
	slot->zone = NULL;
	prober->open--;
	slot->fn(prober->agent, zone, probe);
	free(zone);
}

/* The kernel says that nobody listens there: true of all that is asked just now. */
static void
settle_all(struct prober *prober, const char *reason)
{
	struct probe probe = {.outcome = PROBE_UNREACHABLE, .reason = reason};
	int64_t until_us = monotonic_us();
	for (int i = 0; i < SLOTS; i++) {
		/* Not what the callbacks ask anew. */
		if (prober->slots[i].zone != NULL && prober->slots[i].asked_us <= until_us)
			settle(prober, &prober->slots[i], &probe);
	}
}

static void
on_datagram(uv_udp_t *socket, ssize_t size, const uv_buf_t *buffer, const struct sockaddr *from,
	    unsigned flags)
{
	struct prober *prober = socket->data;
	if (size < 0) {
		settle_all(prober, uv_strerror((int)size));
		return;
	}
	if (size < 12)
		return;
	const uint8_t *data = (const uint8_t *)buffer->base;
	uint16_t id = (uint16_t)(data[0] << 8 | data[1]);
	struct slot *slot = &prober->slots[id & (SLOTS - 1)];
	if (slot->zone == NULL || slot->id != id)
		return;
	struct probe probe = {.outcome = PROBE_ANSWERED, .rcode = data[3] & 0x0f};
	dms_error *error = dns_soa_answer(data, (size_t)size, &id, &probe.is_served, &probe.serial);
	if (error != NULL) {
		probe.outcome = PROBE_NONSENSE;
		probe.reason = error->message;
	}
	settle(prober, slot, &probe);
	dms_error_free(error);
}

static void
on_sweep(uv_timer_t *timer)
{
	struct prober *prober = timer->data;
	struct probe probe = {.outcome = PROBE_TIMEOUT, .reason = "no answer"};
	int64_t before_us = monotonic_us() - TIMEOUT_US;
	for (int i = 0; i < SLOTS && prober->open > 0; i++) {
		if (prober->slots[i].zone != NULL && prober->slots[i].asked_us < before_us)
			settle(prober, &prober->slots[i], &probe);
	}
	if (prober->open == 0)
		uv_timer_stop(&prober->sweep);
}

bool
prober_ask(struct agent *agent, const char *zone, probe_fn *fn)
{
	struct prober *prober = agent->prober;
	uint8_t query[512], high;
	if (agent->is_stopping || prober->open == SLOTS)
		return false;
	while (prober->slots[prober->next].zone != NULL)
		prober->next = (prober->next + 1) % SLOTS;
	struct slot *slot = &prober->slots[prober->next];
	random_bytes(&high, sizeof(high));
	slot->id = (uint16_t)(high << SLOT_BITS | prober->next);
	prober->next = (prober->next + 1) % SLOTS;
	size_t size = dns_soa_query(slot->id, zone, query, sizeof(query));
	if (size == 0)
		return false;
	slot->zone = strdup(zone);
	slot->fn = fn;
	slot->asked_us = monotonic_us();
	if (prober->open++ == 0)
		uv_timer_start(&prober->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	/* What cannot be sent just now counts as asked: the sweep says so. */
	uv_buf_t out = uv_buf_init((char *)query, (unsigned)size);
	uv_udp_try_send(&prober->socket, &out, 1, NULL);
	return true;
}

dms_error *
prober_start(struct agent *agent)
{
	struct prober *prober = talloc_zero(agent->mem, struct prober);
	struct sockaddr_storage address;
	socklen_t size;
	prober->agent = agent;
	TRY(endpoint_parse(agent->config->named_address, &address, &size));
	uv_udp_init(agent->service->loop, &prober->socket);
	uv_timer_init(agent->service->loop, &prober->sweep);
	prober->socket.data = prober->sweep.data = prober;
	int failed = uv_udp_connect(&prober->socket, (struct sockaddr *)&address);
	if (failed == 0)
		failed = uv_udp_recv_start(&prober->socket, give_buffer, on_datagram);
	if (failed != 0)
		return dms_error_new(DMS_E_SYSTEM, "UDP to %s: %s", agent->config->named_address,
				     uv_strerror(failed));
	agent->prober = prober;
	return NULL;
}

void
prober_stop(struct agent *agent)
{
	struct prober *prober = agent->prober;
	for (int i = 0; i < SLOTS; i++) {
		free(prober->slots[i].zone);
		prober->slots[i].zone = NULL;
	}
	uv_close((uv_handle_t *)&prober->socket, NULL);
	uv_close((uv_handle_t *)&prober->sweep, NULL);
}
