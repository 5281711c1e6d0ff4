#include "zone_sm.h"

#define STATES \
	"CREATE BATCH_CREATE_1 BATCH_CREATE_2 RESET UNCONFIG PUBLISHED UPDATE DISABLED DELETED"
/* Not on the master yet, or to be rebuilt there: ZoneSMConfig is on its way. */
#define BEGINNING "CREATE BATCH_CREATE_1 RESET"
/* The master's agent has been sent something that it has not said it has. */
#define ON_ITS_WAY "BATCH_CREATE_2 UNCONFIG UPDATE"
#define WITHDRAWN  "DISABLED DELETED"

/* Every transition a zone can make. What an operator calls the life of a zone is this table;
 * docs/machines.md is printed from it. */
static const struct sm_transition transitions[] = {
    SM_ON("CREATE RESET", "ZoneSMConfig", on_config, "UNCONFIG PUBLISHED",
	  "a serial is chosen; definition and whole content go to the master's agent as one; a "
	  "secondary zone goes to the groups that serve it (PUBLISHED)"),
    SM_ON("BATCH_CREATE_1", "ZoneSMConfig", on_config, "BATCH_CREATE_2 PUBLISHED",
	  "the same, with all that follows behind interactive work"),
    SM_OVERTAKEN(ON_ITS_WAY " PUBLISHED", "ZoneSMConfig", "done already"),
    SM_OVERTAKEN(WITHDRAWN, "ZoneSMConfig",
		 "no longer wanted; posted anew when the zone comes back"),

    SM_ON("UNCONFIG", "ZoneSMReconfigUpdate", on_reconfig_update, "PUBLISHED UNCONFIG",
	  "the master's agent says it has applied it: the master is asked, then the groups that "
	  "serve the zone are told"),
    SM_ON("BATCH_CREATE_2", "ZoneSMReconfigUpdate", on_reconfig_update, "PUBLISHED BATCH_CREATE_2",
	  "the same"),
    SM_ON("UPDATE", "ZoneSMReconfigUpdate", on_reconfig_update, "PUBLISHED UPDATE", "the same"),
    SM_OVERTAKEN(BEGINNING, "ZoneSMReconfigUpdate", "a later report tells of what is sent next"),
    SM_OVERTAKEN("PUBLISHED", "ZoneSMReconfigUpdate", "nothing is on its way"),
    SM_OVERTAKEN(WITHDRAWN, "ZoneSMReconfigUpdate", "no longer wanted"),

    /* There is a newer candidate. Before the zone is published it needs no event of its own. */
    SM_ON("PUBLISHED", "ZoneSMUpdate", on_update, "PUBLISHED UPDATE UNCONFIG",
	  "the candidate goes to the master by DNS UPDATE; what is too large as a file (UPDATE), "
	  "and all of it when the master has lost the zone (UNCONFIG)"),
    SM_KEEP(BEGINNING, "ZoneSMUpdate", "the candidate goes out with the whole content"),
    SM_KEEP(ON_ITS_WAY, "ZoneSMUpdate",
	    "the candidate goes out when what is on its way has arrived"),
    SM_KEEP("DISABLED", "ZoneSMUpdate", "the candidate goes out when the zone is enabled"),
    SM_KEEP("DELETED", "ZoneSMUpdate", "the candidate goes out if the zone is undeleted"),

    SM_ON("CREATE BATCH_CREATE_1 BATCH_CREATE_2 RESET UNCONFIG PUBLISHED UPDATE DISABLED",
	  "ZoneSMDelete", on_delete, "DELETED", "withdrawn everywhere; content kept for undelete"),
    SM_REFUSE("DELETED", "ZoneSMDelete", ZONE_SM_FAILURE, "ZoneAlreadyDeleted",
	      "it is deleted already"),
    {0},
};

/* Zones that should move and that nothing will move: no event is waiting, and the last one ended a
 * while ago. The first condition is that of index zone_moving, which is empty on a quiet system. */
static const char revive_sql[] =
    "SELECT z.id, z.name, 0 AS change_id,"
    " CASE WHEN z.state IN ('CREATE', 'BATCH_CREATE_1', 'RESET') THEN 'ZoneSMConfig'"
    "  WHEN z.state IN ('BATCH_CREATE_2', 'UNCONFIG', 'UPDATE') THEN 'ZoneSMReconfigUpdate'"
    "  ELSE 'ZoneSMUpdate' END AS event_type,"
    " 'state ' || z.state || ', nothing pending' AS why"
    " FROM zone z WHERE (z.state NOT IN ('PUBLISHED', 'DISABLED', 'DELETED')"
    "  OR z.zi_candidate_id IS DISTINCT FROM z.zi_id OR z.publishing_zi_id IS NOT NULL)"
    " AND z.state NOT IN ('DISABLED', 'DELETED')"
    " AND NOT EXISTS (SELECT FROM event e WHERE e.machine = 'zone' AND e.sm_id = z.id"
    "  AND (e.processed_at IS NULL OR e.processed_at > clock_timestamp() - interval '10 s'))"
    " UNION SELECT z.id, z.name, 0, 'ZoneSMUpdate', 'incremental updates wait, nothing pending'"
    " FROM update_group u JOIN zone z ON z.id = u.zone_id WHERE u.state = 'WAITING'"
    " AND z.state = 'PUBLISHED' AND NOT EXISTS (SELECT FROM event e WHERE e.machine = 'zone'"
    "  AND e.sm_id = z.id AND e.processed_at IS NULL)"
    " AND NOT (z.edit_lock AND EXISTS (SELECT FROM edit_lock l WHERE l.zone_id = z.id"
    "  AND (l.expires_at IS NULL OR l.expires_at > clock_timestamp())))"
    " LIMIT 1000";

const struct sm_machine zone_machine = {
    .name = "zone",
    .table = "zone",
    .transitions = transitions,
    .states = STATES,
    .about = "The life of one zone (`services/zone-sm`).",
    .name_key = "name",
    .revive_sql = revive_sql,
};
