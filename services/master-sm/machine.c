#include "master_sm.h"

/* READY: an announcement goes out at once and a hold begins. HOLD: the coalescing window: changes
 * are written to the logs and told together when it ends. */
static const struct sm_transition master_transitions[] = {
    SM_ON("READY", "MasterSMPartialReconfig", on_partial_reconfig, "READY HOLD",
	  "zones that came, went or changed, or a group's templates, are written into the groups' "
	  "logs and told; a hold begins"),
    SM_ON("HOLD", "MasterSMPartialReconfig", on_partial_reconfig, "HOLD",
	  "written into the logs; told when the hold ends, whose scope widens"),
    SM_ON("READY", "MasterSMAllReconfig", on_all_reconfig, "READY HOLD",
	  "the settings of all groups are made anew; what differs is told, and a hold begins"),
    SM_ON("HOLD", "MasterSMAllReconfig", on_all_reconfig, "HOLD",
	  "the same, told when the hold ends"),
    SM_ON("READY", "MasterSMHoldTimeout", on_hold_timeout, "READY",
	  "what was not told is told (the reconciler asks for it)"),
    SM_ON("HOLD", "MasterSMHoldTimeout", on_hold_timeout, "READY HOLD",
	  "what gathered is told and the next window begins, or nothing had and the hold ends"),
    {0},
};

/* A hold that nothing will end; a group that has servers in service and no settings; a log entry
 * that was never announced. */
static const char master_revive_sql[] =
    "SELECT 1 AS id, 'master' AS name, 0 AS change_id, 'MasterSMHoldTimeout' AS event_type,"
    " 'the hold has no end' AS why FROM master m WHERE m.state = 'HOLD' AND NOT EXISTS"
    "  (SELECT FROM event e WHERE e.machine = 'master' AND e.type = 'MasterSMHoldTimeout'"
    "   AND e.processed_at IS NULL)"
    " UNION ALL SELECT 1, 'master', 0, 'MasterSMAllReconfig', 'group ' || g.name || ' lacks "
    "settings'"
    "  FROM server_group g WHERE g.settings_sha256 IS NULL AND EXISTS"
    "   (SELECT FROM server s WHERE s.sg_id = g.id AND s.state <> 'DISABLED')"
    " UNION ALL SELECT 1, 'master', 0, 'MasterSMHoldTimeout', 'group ' || g.name || ' was not told'"
    "  FROM server_group g, master m WHERE g.announced < g.generation AND m.state = 'READY'"
    " LIMIT 1";

const struct sm_machine master_machine = {
    .name = "master",
    .table = "master",
    .transitions = master_transitions,
    .states = "READY HOLD",
    .about = "The one that tells the name servers of new configuration (`services/master-sm`).",
    .revive_sql = master_revive_sql,
};

#define IN_SERVICE "CONFIG OK RETRY BROKEN"

/* CONFIG: in service, its first configuration not yet applied. OK. RETRY: silent, unreachable, or
 * its checker refused the newest configuration. BROKEN: answers, but wrongly. */
static const struct sm_transition server_transitions[] = {
    SM_ON("DISABLED", "ServerSMEnable", on_server_enable, "CONFIG",
	  "in service, unless another one is at that address; its agent gets its configuration"),
    SM_REFUSE(IN_SERVICE, "ServerSMEnable", SERVER_SM_FAILURE, "ServerAlreadyEnabled",
	      "it is in service already"),
    SM_ON(IN_SERVICE, "ServerSMDisable", on_server_disable, "DISABLED",
	  "out of service; it keeps what it has, and nothing waits for it any more"),
    SM_REFUSE("DISABLED", "ServerSMDisable", SERVER_SM_FAILURE, "ServerAlreadyDisabled",
	      "it is out of service already"),
    SM_ON(IN_SERVICE, "ServerSMReplied", on_server_replied, IN_SERVICE,
	  "a report of its agent calls for another state"),
    SM_OVERTAKEN("DISABLED", "ServerSMReplied",
		 "the first report after it is enabled says it again"),
    SM_ON("CONFIG OK BROKEN", "ServerSMCheckServer", on_server_check, "RETRY " SM_STAYS,
	  "a silent agent makes it RETRY; the next look is set"),
    SM_ON("RETRY", "ServerSMCheckServer", on_server_check, SM_STAYS, "the next look is set"),
    SM_OVERTAKEN("DISABLED", "ServerSMCheckServer", "looks begin again when it is enabled"),
    {0},
};

/* A server in service that nobody will look at. */
static const char server_revive_sql[] =
    "SELECT s.id, s.name, 0 AS change_id, 'ServerSMCheckServer' AS event_type,"
    " 'no check is due' AS why FROM server s WHERE s.state <> 'DISABLED' AND NOT EXISTS"
    "  (SELECT FROM event e WHERE e.machine = 'server' AND e.sm_id = s.id"
    "   AND e.type = 'ServerSMCheckServer' AND e.processed_at IS NULL)";

const struct sm_machine server_machine = {
    .name = "server",
    .table = "server",
    .transitions = server_transitions,
    .states = "DISABLED " IN_SERVICE,
    .about = "One name server (`services/master-sm`).",
    .name_key = "server_name",
    .revive_sql = server_revive_sql,
};
