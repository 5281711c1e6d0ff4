#include "zone_sm.h"

/* Every transition a zone can make. What an operator calls the life of a zone is this table; the
 * diagram in docs/ is printed from it. */
static const struct sm_transition transitions[] = {
    /* New content goes to the master as a file, with the zone's definition. */
    {"CREATE", "ZoneSMConfig", &on_config, "UNCONFIG"},
    {"RESET", "ZoneSMConfig", &on_config, "UNCONFIG"},
    {"UNCONFIG", "ZoneSMConfig", &on_nothing, "UNCONFIG"},
    {"PUBLISHED", "ZoneSMConfig", &on_nothing, "PUBLISHED"},
    {"UPDATE", "ZoneSMConfig", &on_nothing, "UPDATE"},
    {"DISABLED", "ZoneSMConfig", &on_nothing, "DISABLED"},
    {"DELETED", "ZoneSMConfig", &on_nothing, "DELETED"},

    /* The master's agent has applied it. */
    {"UNCONFIG", "ZoneSMReconfigUpdate", &on_reconfig_update, "PUBLISHED UNCONFIG"},
    {"UPDATE", "ZoneSMReconfigUpdate", &on_reconfig_update, "PUBLISHED UPDATE"},
    {"CREATE", "ZoneSMReconfigUpdate", &on_nothing, "CREATE"},
    {"RESET", "ZoneSMReconfigUpdate", &on_nothing, "RESET"},
    {"PUBLISHED", "ZoneSMReconfigUpdate", &on_nothing, "PUBLISHED"},
    {"DISABLED", "ZoneSMReconfigUpdate", &on_nothing, "DISABLED"},
    {"DELETED", "ZoneSMReconfigUpdate", &on_nothing, "DELETED"},

    /* There is a newer candidate. Before the zone is published it needs no event of its own: it
     * goes out with, or right after, what is under way. */
    {"PUBLISHED", "ZoneSMUpdate", &on_update, "PUBLISHED UPDATE UNCONFIG"},
    {"CREATE", "ZoneSMUpdate", &on_nothing, "CREATE"},
    {"RESET", "ZoneSMUpdate", &on_nothing, "RESET"},
    {"UNCONFIG", "ZoneSMUpdate", &on_nothing, "UNCONFIG"},
    {"UPDATE", "ZoneSMUpdate", &on_nothing, "UPDATE"},
    {"DISABLED", "ZoneSMUpdate", &on_nothing, "DISABLED"},
    {"DELETED", "ZoneSMUpdate", &on_nothing, "DELETED"},

    {"CREATE", "ZoneSMDelete", &on_delete, "DELETED"},
    {"RESET", "ZoneSMDelete", &on_delete, "DELETED"},
    {"UNCONFIG", "ZoneSMDelete", &on_delete, "DELETED"},
    {"UPDATE", "ZoneSMDelete", &on_delete, "DELETED"},
    {"PUBLISHED", "ZoneSMDelete", &on_delete, "DELETED"},
    {"DISABLED", "ZoneSMDelete", &on_delete, "DELETED"},
    {0},
};

/* Zones that should move and that nothing will move: no event is waiting, and the last one ended a
 * while ago. The first condition is that of index zone_moving, which is empty on a quiet system. */
static const char revive_sql[] =
    "SELECT z.id, z.name, 0 AS change_id,"
    " CASE WHEN z.state IN ('CREATE', 'RESET') THEN 'ZoneSMConfig'"
    "  WHEN z.state IN ('UNCONFIG', 'UPDATE') THEN 'ZoneSMReconfigUpdate'"
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
    " LIMIT 1000";

const struct sm_machine zone_machine = {
    .name = "zone",
    .table = "zone",
    .transitions = transitions,
    .revive_sql = revive_sql,
};
