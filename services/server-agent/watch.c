/* Watches: a NOTIFY at once, then looks with growing pauses until the serial is there. The server's
 * own NOTIFY (listener.c) nearly always ends a watch before its first look. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent.h"
#include "base/log.h"
#include "base/text.h"
#include "dns/serial.h"
#include "dns/wire.h"

#define BUCKETS      4096
#define WATCH_MAX    20000 /* more at once are left to NOTIFY, the round and master-sm */
#define FIRST_LOOK   300   /* milliseconds */
#define LONGEST_LOOK 5000
#define LOOKS_MAX    40 /* some minutes; then master-sm says when it is still late */

struct watch {
	uv_timer_t timer;
	struct agent *agent;
	struct watch *next;
	char *zone;
	uint32_t serial; /* 0: any */
	int looks;
};

struct watches {
	struct sockaddr_storage address;
	int socket;
	size_t count;
	struct watch *buckets[BUCKETS];
};

static struct watch **
find(struct agent *agent, const char *zone)
{
	struct watch **slot = &agent->watches->buckets[text_hash(zone) % BUCKETS];
	while (*slot != NULL && strcmp((*slot)->zone, zone) != 0)
		slot = &(*slot)->next;
	return slot;
}

static void
on_closed(uv_handle_t *handle)
{
	struct watch *watch = (struct watch *)handle;
	free(watch->zone);
	free(watch);
}

static void
end_watch(struct agent *agent, struct watch **slot)
{
	struct watch *watch = *slot;
	*slot = watch->next;
	agent->watches->count--;
	uv_close((uv_handle_t *)&watch->timer, on_closed);
}

/* The server's answers to our NOTIFYs come to the same socket; nobody needs them. */
static void
drain_answers(int socket)
{
	uint8_t octets[64];
	while (recv(socket, octets, sizeof(octets), MSG_DONTWAIT) > 0)
		;
}

static void
notify(struct agent *agent, const char *zone)
{
	if (agent_is_primary(agent))
		return;
	drain_answers(agent->watches->socket);
	dms_error *error = dns_notify(agent->watches->socket, &agent->watches->address, zone);
	if (error != NULL)
		log_failure(LOG_DEBUG, "NOTIFY not sent", error, F_STR("zone", zone));
	dms_error_free(error);
}

static void
on_probe(struct agent *agent, const char *zone, const struct probe *probe)
{
	if (probe->outcome == PROBE_ANSWERED && probe->is_served)
		agent_seen(agent, zone, probe->serial);
}

static uint64_t
pause_ms(int looks)
{
	uint64_t pause = FIRST_LOOK;
	for (int i = 0; i < looks && pause < LONGEST_LOOK; i++)
		pause *= 2;
	return pause < LONGEST_LOOK ? pause : LONGEST_LOOK;
}

static void
on_look(uv_timer_t *timer)
{
	struct watch *watch = (struct watch *)timer;
	struct agent *agent = watch->agent;
	if (watch->looks++ >= LOOKS_MAX || !zones_have(agent->zones, watch->zone)) {
		end_watch(agent, find(agent, watch->zone));
		return;
	}
	notify(agent, watch->zone);
	prober_ask(agent, watch->zone, on_probe);
	uv_timer_start(&watch->timer, on_look, pause_ms(watch->looks), 0);
}

void
watch_zone(struct agent *agent, const char *zone, uint32_t serial)
{
	struct watch **slot = find(agent, zone);
	if (agent->is_stopping)
		return;
	notify(agent, zone);
	if (*slot == NULL) {
		if (agent->watches->count >= WATCH_MAX)
			return;
		struct watch *fresh = calloc(1, sizeof(*fresh));
		if (fresh == NULL)
			return;
		fresh->agent = agent;
		fresh->zone = strdup(zone);
		fresh->serial = serial;
		uv_timer_init(agent->service->loop, &fresh->timer);
		agent->watches->count++;
		*slot = fresh;
	}
	struct watch *watch = *slot;
	if (watch->serial == 0 || serial_lt(watch->serial, serial))
		watch->serial = serial;
	watch->looks = 0;
	uv_timer_start(&watch->timer, on_look, FIRST_LOOK, 0);
}

bool
watch_seen(struct agent *agent, const char *zone, uint32_t serial)
{
	struct watch **slot = find(agent, zone);
	if (*slot == NULL || ((*slot)->serial != 0 && serial_lt(serial, (*slot)->serial)))
		return false;
	end_watch(agent, slot);
	return true;
}

dms_error *
watches_start(struct agent *agent)
{
	struct watches *watches = talloc_zero(agent->mem, struct watches);
	socklen_t size;
	TRY(endpoint_parse(agent->config->named_address, &watches->address, &size));
	watches->socket =
	    socket(watches->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (watches->socket < 0)
		return dms_error_new(DMS_E_SYSTEM, "UDP socket: %s", strerror(errno));
	agent->watches = watches;
	return NULL;
}

void
watches_stop(struct agent *agent)
{
	for (int i = 0; i < BUCKETS; i++) {
		while (agent->watches->buckets[i] != NULL)
			end_watch(agent, &agent->watches->buckets[i]);
	}
	close(agent->watches->socket);
}
