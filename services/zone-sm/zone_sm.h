/* What the files of zone-sm share: the machine, and the way of a zone's content to the master. */
#pragma once

#include "dns/wire.h"
#include "model/instance.h"
#include "model/server.h"
#include "model/zone.h"
#include "sm/sm.h"

extern const struct sm_machine zone_machine;

/* One handler an event; those that are alike share a file in events/. */
extern const struct sm_handler on_config;          /* ZoneSMConfig */
extern const struct sm_handler on_reconfig_update; /* ZoneSMReconfigUpdate */
extern const struct sm_handler on_group_update;    /* the same in PUBLISHED */
extern const struct sm_handler on_update;          /* ZoneSMUpdate */
extern const struct sm_handler on_update_kept;     /* the same but in PUBLISHED */
extern const struct sm_handler on_disable;         /* ZoneSMDisable */
extern const struct sm_handler on_delete;          /* ZoneSMDelete */
extern const struct sm_handler on_nuke;            /* ZoneSMNukeStart */
extern const struct sm_handler on_nuke_deleted;    /* the same in DELETED */
extern const struct sm_handler on_enable;          /* ZoneSMEnable */
extern const struct sm_handler on_undelete;        /* ZoneSMUndelete */
extern const struct sm_handler on_destroy;         /* ZoneSMDoDestroy */
extern const struct sm_handler on_remove_files;    /* ZoneSMRemoveZoneFiles */
extern const struct sm_handler on_reset;           /* ZoneSMDoReset */
extern const struct sm_handler on_poke_serial;     /* ZoneSMPokeSerial */
extern const struct sm_handler on_set_sg;          /* ZoneSMDoSetSg */
extern const struct sm_handler on_set_alt_sg;      /* ZoneSMDoSetAltSg */
extern const struct sm_handler on_swap_sg;         /* ZoneSMDoSgSwap */
extern const struct sm_handler on_sg_served;       /* ZoneSMSgServed */

/* How a zone's content got to the master: publication.way. */
enum publish_way { BY_FILE, BY_UPDATE, BY_TRANSFER };

/* The zone's row is locked by the engine; this loads it. */
dms_error *load_zone(struct sm_work *work, struct zone **zone);
/* The same for what somebody asks for: DMS_E_STALE_INSTANCE if its candidate is not the one that
 * the event's parameter if_zi_id names. */
dms_error *load_known_zone(struct sm_work *work, struct zone **zone);
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
 * hidden master alone, "sgs" the groups that serve it as `zone` has them, "all" both; of a
 * secondary zone the master hears nothing. */
dms_error *ask_master_sm(struct sm_work *work, const struct zone *zone, const char *op,
			 const char *scope);
/* The same for one group. */
dms_error *ask_for_group(struct sm_work *work, const struct zone *zone, const char *op,
			 int64_t sg_id);
/* Whether every server in service of the groups of zone row `z` has `serial`: an SQL expression. */
#define IS_SERVED_BY_ALL(serial)                                                  \
	"NOT EXISTS (SELECT FROM server s JOIN server_group g ON g.id = s.sg_id"  \
	" LEFT JOIN zone_sync y ON y.zone_id = z.id AND y.server_id = s.id"       \
	" WHERE s.state <> 'DISABLED'"                                            \
	" AND (s.sg_id = z.sg_id OR s.sg_id = z.alt_sg_id OR g.kind = 'replica')" \
	" AND serial_is_behind(y.served_serial, " serial "))"

/* --- groups.c --- */

/* Tells the groups that do not list the zone yet, when the master has applied all that was said of
 * the zone: then it has the zone, and lets them transfer it. `*is_told`: somebody was. */
dms_error *zone_list_groups(struct sm_work *work, const struct zone *zone, bool *is_told);
/* Whether the zone is served without its alternate group: by a server of the primary one, and by
 * all of those that are OK. */
dms_error *zone_is_served_by_primary(struct sm_work *work, const struct zone *zone, bool *answer);
/* The alternate group serves the zone no more. */
dms_error *zone_drop_alt_sg(struct sm_work *work, const struct zone *zone);
/* Notes whether all servers are in sync, after the groups have changed. */
dms_error *zone_judge_sync(struct sm_work *work);
/* A new instance with the apex of the zone's primary group, if that makes a difference, and its
 * publication. */
dms_error *zone_renew_apex(struct sm_work *work);

/* This thread's kept connection to the hidden master, signed with the update key. Borrowed. */
dms_error *master_peer(struct sm_work *work, struct dns_peer **peer);
