/* What the files of zone-sm share: the machine, and the way of a zone's content to the master. */
#pragma once

#include "dns/wire.h"
#include "model/instance.h"
#include "model/server.h"
#include "model/zone.h"
#include "sm/sm.h"

extern const struct sm_machine zone_machine;

/* One handler an event; each in events/<name>.c. */
extern const struct sm_handler on_config;          /* ZoneSMConfig */
extern const struct sm_handler on_reconfig_update; /* ZoneSMReconfigUpdate */
extern const struct sm_handler on_update;          /* ZoneSMUpdate */
extern const struct sm_handler on_delete;          /* ZoneSMDelete */

/* How a zone's content got to the master: publication.way. */
enum publish_way { BY_FILE, BY_UPDATE, BY_TRANSFER };

/* The zone's row is locked by the engine; this loads it. */
dms_error *load_zone(struct sm_work *work, struct zone **zone);
/* Incremental updates that wait become the candidate, in this transaction; `*zone` is loaded anew
 * then. While somebody edits the zone they wait on: they are to go in on top of what he saves, not
 * under it. */
dms_error *apply_waiting_updates(struct sm_work *work, struct zone **zone);
/* Notes what is on its way to the master. */
dms_error *zone_set_publishing(struct sm_work *work, const struct zone *zone, int64_t zi_id,
			       uint32_t serial);
/* The master serves `serial` with the content of `zi_id`: pointers, publication, facts, and
 * whatever must follow. */
dms_error *zone_published(struct sm_work *work, struct zone *zone, int64_t zi_id, int64_t change_id,
			  uint32_t serial, enum publish_way way);
/* Tells every group that serves the zone that it has this serial; 0: any newer one. `published_us`:
 * microseconds since 1970. */
dms_error *zone_tell(struct sm_work *work, const struct zone *zone, uint32_t serial, int64_t zi_id,
		     int64_t change_id, int64_t published_us);
/* Asks master-sm to write the zone into the groups' logs. op as config_log.op; scope: "master" the
 * hidden master alone, "sgs" the groups that serve it, "all" both; of a secondary zone the master
 * hears nothing. */
dms_error *ask_master_sm(struct sm_work *work, const struct zone *zone, const char *op,
			 const char *scope);

/* This thread's kept connection to the hidden master, signed with the update key. Borrowed. */
dms_error *master_peer(struct sm_work *work, struct dns_peer **peer);
