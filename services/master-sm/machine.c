#include "master_sm.h"

/* READY: an announcement goes out at once and a hold begins. HOLD: the coalescing window: changes
 * are written to the logs and told together when it ends. */
static const struct sm_transition master_transitions[] = {
    {"READY", "MasterSMPartialReconfig", &on_partial_reconfig, "READY HOLD"},
    {"HOLD", "MasterSMPartialReconfig", &on_partial_reconfig, "HOLD"},
    {"READY", "MasterSMAllReconfig", &on_all_reconfig, "READY HOLD"},
    {"HOLD", "MasterSMAllReconfig", &on_all_reconfig, "HOLD"},
    {"READY", "MasterSMHoldTimeout", &on_hold_timeout, "READY"},
    {"HOLD", "MasterSMHoldTimeout", &on_hold_timeout, "READY HOLD"},
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
    .revive_sql = master_revive_sql,
};

#define IN_SERVICE(state)                                                                \
	{state, "ServerSMDisable", &on_server_disable, "DISABLED"},                      \
	    {state, "ServerSMReplied", &on_server_replied, "CONFIG OK RETRY BROKEN"},    \
	{                                                                                \
		state, "ServerSMCheckServer", &on_server_check, "CONFIG OK RETRY BROKEN" \
	}

/* CONFIG: in service, its first configuration not yet applied. OK. RETRY: silent, unreachable, or
 * its checker refused the newest configuration. BROKEN: answers, but wrongly. */
static const struct sm_transition server_transitions[] = {
    {"DISABLED", "ServerSMEnable", &on_server_enable, "CONFIG"},
    {"DISABLED", "ServerSMReplied", &on_server_check, "DISABLED"},
    {"DISABLED", "ServerSMCheckServer", &on_server_check, "DISABLED"},
    IN_SERVICE("CONFIG"),
    IN_SERVICE("OK"),
    IN_SERVICE("RETRY"),
    IN_SERVICE("BROKEN"),
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
    .revive_sql = server_revive_sql,
};
