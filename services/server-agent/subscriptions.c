/* Announcements of new configuration and facts about zones, of this server's group. */
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "base/fault.h"
#include "base/log.h"
#include "proto/fact.pb-c.h"

struct delivery {
	struct agent *agent;
	struct bus_message *message;
};

static void
end_delivery(struct delivery *delivery)
{
	bus_message_free(delivery->message);
	talloc_free(delivery);
}

static void
on_announcement(struct service *service, void *arg)
{
	struct delivery *delivery = arg;
	struct agent *agent = delivery->agent;
	Dms__Announcement *announcement =
	    dms__announcement__unpack(NULL, delivery->message->size, delivery->message->data);
	if (announcement == NULL)
		log_warning("not an Announcement", F_STR("subject", delivery->message->subject));
	else if (!agent->is_stopping &&
		 (agent->sg[0] == '\0' || strcmp(announcement->sg, agent->sg) == 0) &&
		 announcement->generation > agent->generation &&
		 !agent_has_rejected(agent, announcement->sg, announcement->generation))
		jobs_pull_now(agent, announcement->generation);
	if (announcement != NULL)
		dms__announcement__free_unpacked(announcement, NULL);
	end_delivery(delivery);
}

static void
on_zone_published(struct service *service, void *arg)
{
	struct delivery *delivery = arg;
	struct agent *agent = delivery->agent;
	Dms__ZonePublished *fact =
	    dms__zone_published__unpack(NULL, delivery->message->size, delivery->message->data);
	log_context(delivery->message->change_id, 0);
	if (fact == NULL) {
		log_warning("not a ZonePublished", F_STR("subject", delivery->message->subject));
	} else if (!agent->is_stopping && !agent_is_primary(agent) &&
		   zones_have(agent->zones, fact->zone)) {
		log_info("zone published", F_STR("zone", fact->zone),
			 F_INT("serial", fact->serial));
		watch_zone(agent, fact->zone, fact->serial);
	}
	log_context(0, 0);
	if (fact != NULL)
		dms__zone_published__free_unpacked(fact, NULL);
	end_delivery(delivery);
}

static void
deliver(void *arg, struct bus_message *message, void (*fn)(struct service *, void *))
{
	if (FAULT_AT(HEARD, fn == on_announcement ? "config" : "ZonePublished") == FAULT_DROP) {
		bus_message_free(message);
		return;
	}
	struct delivery *delivery = talloc_zero(NULL, struct delivery);
	delivery->agent = arg;
	delivery->message = message;
	service_on_loop(delivery->agent->service, fn, delivery);
}

static void
hear_announcement(void *arg, struct bus_message *message)
{
	deliver(arg, message, on_announcement);
}

static void
hear_zone_published(void *arg, struct bus_message *message)
{
	deliver(arg, message, on_zone_published);
}

struct subscription {
	struct subscription *next;
	char *sg;
};

/* Subscriptions live as long as the process: those of a group that was left stay and are ignored.
 */
void
subscriptions_follow(struct agent *agent, const char *sg)
{
	struct subscription **end = &agent->subscriptions;
	if (sg[0] == '\0' || strpbrk(sg, " .*>\t") != NULL)
		return;
	for (; *end != NULL; end = &(*end)->next) {
		if (strcmp((*end)->sg, sg) == 0)
			return;
	}
	struct subscription *fresh = talloc_zero(agent->mem, struct subscription);
	fresh->sg = talloc_strdup(fresh, sg);
	char *subject = talloc_asprintf(fresh, "dms.config.%s", sg);
	dms_error *error =
	    bus_subscribe(agent->service->bus, subject, NULL, hear_announcement, agent);
	if (error == NULL) {
		*end = fresh;
		subject = talloc_asprintf(fresh, "dms.fact.%s.ZonePublished", sg);
		error =
		    bus_subscribe(agent->service->bus, subject, NULL, hear_zone_published, agent);
	}
	if (error == NULL)
		return;
	log_failure(LOG_ERR, "subscription failed", error, F_STR("subject", subject));
	dms_error_free(error);
}
