/* What the files of master-sm share: the machines, the groups' logs, pulls and reports. */
#pragma once

#include "model/server.h"
#include "model/zone.h"
#include "proto/config.pb-c.h"
#include "proto/report.pb-c.h"
#include "service/service.h"
#include "sm/sm.h"

extern const struct sm_machine master_machine;
extern const struct sm_machine server_machine;

/* One handler an event; each in events/. */
extern const struct sm_handler on_partial_reconfig; /* MasterSMPartialReconfig */
extern const struct sm_handler on_all_reconfig;     /* MasterSMAllReconfig */
extern const struct sm_handler on_hold_timeout;     /* MasterSMHoldTimeout */
extern const struct sm_handler on_server_enable;    /* ServerSMEnable */
extern const struct sm_handler on_server_disable;   /* ServerSMDisable */
extern const struct sm_handler on_server_replied;   /* ServerSMReplied */
extern const struct sm_handler on_server_check;     /* ServerSMCheckServer */

/* Goes to HOLD until MasterSMHoldTimeout comes after `hold_ms`. (events/hold_timeout.c) */
dms_error *hold_for(struct sm_work *work, int64_t hold_ms);

/* --- the groups' logs (generation.c); only under the lock of the master row --- */

/* Writes one entry a target group for each change {zone_id, zone_name, op, scope, groups} of a JSON
 * array, in order; a group that has no settings yet gets those first. */
dms_error *log_zone_changes(struct sm_work *work, const json_t *changes);
/* Reads the templates of a group anew (0: of all groups) and writes a SETTINGS entry for every
 * group whose settings came out different. */
dms_error *log_settings(struct sm_work *work, int64_t sg_id, bool must_read_templates);
/* Tells the agents of every group whose newest generation has not been told; `*told` counts groups.
 */
dms_error *announce(struct sm_work *work, int *told);
/* Forgets entries beyond the newest `log_keep` of each group. */
dms_error *trim_logs(struct sm_work *work);

/* --- settings (settings.c, templates.c) --- */

/* Takes the template files of the group's server types into table template. */
dms_error *templates_read(struct db *db, TALLOC_CTX *mem, const struct dms_config *config,
			  const struct server_group *sg);
/* What a group's servers of one type get besides zones; `*settings` lives on `mem`. DMS_E_NO_MASTER
 * when there is no hidden master to point slaves at. */
dms_error *settings_make(struct db *db, TALLOC_CTX *mem, const struct server_group *sg,
			 const char *server_type, Dms__Settings **settings);
/* One digest over what servers of any type in the group get. */
dms_error *settings_digest(struct db *db, TALLOC_CTX *mem, const struct server_group *sg,
			   uint8_t digest[32]);

/* --- pulls (pull.c, items.c) --- */

struct pulls; /* transfers that agents are in the middle of */
struct pulls *pulls_new(TALLOC_CTX *mem);
/* Answers one request on dms.pull.<server>. */
dms_error *pull_answer(struct service *service, struct worker *worker,
		       const struct bus_message *message);
/* The changes after `have` as a compressed stream of frames; `have` < 0: everything. Runs in one
 * transaction with one view of the database. */
struct pull_content {
	uint8_t *bytes; /* on `mem` */
	size_t size;
	int64_t item_count;
};
dms_error *pull_content_make(struct worker *worker, TALLOC_CTX *mem, const struct server *server,
			     const struct server_group *sg, int64_t have,
			     struct pull_content *content);

/* --- reports (report.c, sync.c) --- */

/* Answers one request on dms.report.<server>. */
dms_error *report_answer(struct service *service, struct worker *worker,
			 const struct bus_message *message);
/* Notes what a server serves and closes what has now reached every server. In the open transaction.
 */
dms_error *sync_note(struct worker *worker, struct bus *bus, const struct server *server,
		     const Dms__Report *report);
/* Zones that no longer wait for any server in service become in sync: after a server left. */
dms_error *sync_recheck(struct db *db, struct bus *bus, TALLOC_CTX *mem);

/* What the service keeps. */
struct master_sm {
	struct sm_engine *engine;
	struct pulls *pulls;
	int pull_endpoint, report_endpoint;
};
