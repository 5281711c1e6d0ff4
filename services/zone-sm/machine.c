#include "zone_sm.h"

#define STATES \
	"CREATE BATCH_CREATE_1 BATCH_CREATE_2 RESET UNCONFIG PUBLISHED UPDATE DISABLED DELETED"
/* Not on the master yet, or to be rebuilt there: ZoneSMConfig is on its way. */
#define BEGINNING "CREATE BATCH_CREATE_1 RESET"
/* The master's agent has been sent something that it has not said it has. */
#define ON_ITS_WAY "BATCH_CREATE_2 UNCONFIG UPDATE"
#define WITHDRAWN  "DISABLED DELETED"
/* In service, or on the way to it. */
#define PRESENT "CREATE RESET UNCONFIG PUBLISHED UPDATE"
#define BATCH   "BATCH_CREATE_1 BATCH_CREATE_2"

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
    SM_ON("PUBLISHED", "ZoneSMReconfigUpdate", on_group_update, SM_STAYS,
	  "a group that serves the zone and has not been told of it is told"),
    SM_OVERTAKEN(WITHDRAWN, "ZoneSMReconfigUpdate", "no longer wanted"),

    /* There is a newer candidate. Before the zone is published it needs no event of its own. */
    SM_ON("PUBLISHED", "ZoneSMUpdate", on_update, "PUBLISHED UPDATE UNCONFIG",
	  "the candidate goes to the master by DNS UPDATE; what is too large as a file (UPDATE), "
	  "and all of it when the master has lost the zone (UNCONFIG)"),
    SM_ON(
	BEGINNING " " ON_ITS_WAY, "ZoneSMUpdate", on_update_kept, SM_STAYS,
	"*kept*: the candidate goes out with what is under way, or right after it; a poked serial "
	"is refused, -117"),
    SM_KEEP("DISABLED", "ZoneSMUpdate", "the candidate goes out when the zone is enabled"),
    SM_KEEP("DELETED", "ZoneSMUpdate", "the candidate goes out if the zone is undeleted"),

    SM_ON(PRESENT, "ZoneSMDisable", on_disable, "DISABLED",
	  "withdrawn from the master and from every group; its content stays and can be edited"),
    SM_REFUSE(BATCH, "ZoneSMDisable", ZONE_SM_FAILURE, "ZoneSMEventFailure",
	      "it is being created with many others"),
    SM_REFUSE("DISABLED", "ZoneSMDisable", ZONE_SM_FAILURE, "ZoneAlreadyDisabled",
	      "it is disabled already"),
    SM_REFUSE("DELETED", "ZoneSMDisable", ZONE_SM_FAILURE, "ZoneDeleted", "it is deleted"),

    SM_ON("DISABLED", "ZoneSMEnable", on_enable, "CREATE", "in service again, as if new"),
    SM_REFUSE(PRESENT " " BATCH, "ZoneSMEnable", ZONE_SM_FAILURE, "ZoneAlreadyEnabled",
	      "it is not disabled"),
    SM_REFUSE("DELETED", "ZoneSMEnable", ZONE_SM_FAILURE, "ZoneDeleted", "it is deleted"),

    SM_ON(PRESENT " " BATCH " DISABLED", "ZoneSMDelete", on_delete, "DELETED",
	  "withdrawn everywhere, its name is free; kept for undelete (from BATCH_CREATE_1: nuked); "
	  "refused while it is locked for editing, -62"),
    SM_REFUSE("DELETED", "ZoneSMDelete", ZONE_SM_FAILURE, "ZoneAlreadyDeleted",
	      "it is deleted already"),

    SM_ON(PRESENT " " BATCH " DISABLED", "ZoneSMNukeStart", on_nuke, "DELETED",
	  "as ZoneSMDelete, and the next vacuum destroys it; refused while it is locked, "
	  "-80"),
    SM_ON("DELETED", "ZoneSMNukeStart", on_nuke_deleted, SM_STAYS, "the next vacuum destroys it"),

    SM_ON("DELETED", "ZoneSMUndelete", on_undelete, "CREATE",
	  "in service again, as if new; refused while another zone has the name, "
	  "-69"),
    SM_REFUSE(PRESENT " " BATCH " DISABLED", "ZoneSMUndelete", ZONE_NOT_DELETED, "ZoneNotDeleted",
	      "it is not deleted"),

    SM_ON("DELETED", "ZoneSMDoDestroy", on_destroy, SM_GONE,
	  "the row goes with all instances; refused until the master has removed it, "
	  "-70"),
    SM_REFUSE(PRESENT " " BATCH " DISABLED", "ZoneSMDoDestroy", ZONE_NOT_DELETED, "ZoneNotDeleted",
	      "delete it first"),

    SM_ON(WITHDRAWN, "ZoneSMRemoveZoneFiles", on_remove_files, SM_STAYS,
	  "the master is asked whether it still has the zone (the reconciler wants to know); if so "
	  "it is told again"),
    SM_OVERTAKEN(PRESENT " " BATCH, "ZoneSMRemoveZoneFiles", "it is wanted again"),

    SM_ON(PRESENT " " BATCH, "ZoneSMDoReset", on_reset, "RESET",
	  "definition and content go to the master anew, if asked for with an older instance; the "
	  "servers go on serving"),
    SM_REFUSE("DISABLED", "ZoneSMDoReset", ZONE_SM_FAILURE, "ZoneResetDisabled",
	      "it is disabled: enabling it does the same"),
    SM_REFUSE("DELETED", "ZoneSMDoReset", ZONE_SM_FAILURE, "ZoneDeleted", "it is deleted"),

    SM_ON(
	"PUBLISHED", "ZoneSMPokeSerial", on_poke_serial, SM_STAYS,
	"published with another serial (ZoneSMUpdate); refused when the serial is no step forward, "
	"-118, or while it is locked, -35"),
    SM_REFUSE(BEGINNING " " ON_ITS_WAY " " WITHDRAWN, "ZoneSMPokeSerial", ZONE_NOT_PUBLISHED,
	      "ZoneNotPublished", "its serial can only be changed in PUBLISHED"),

    SM_ON("DISABLED", "ZoneSMDoSetSg", on_set_sg, SM_STAYS,
	  "another group is its primary one; the apex follows"),
    SM_REFUSE(PRESENT " " BATCH, "ZoneSMDoSetSg", ZONE_NOT_DISABLED, "ZoneNotDisabled",
	      "a zone that is served moves by an alternate group and a swap, or is disabled first"),
    SM_REFUSE("DELETED", "ZoneSMDoSetSg", ZONE_NOT_DISABLED, "ZoneDeleted", "it is deleted"),

    SM_ON(
	PRESENT " " BATCH " DISABLED", "ZoneSMDoSetAltSg", on_set_alt_sg, SM_STAYS,
	"another group serves it too, as soon as the master lets it; or the alternate group goes, "
	"as soon as the primary one serves"),
    SM_REFUSE("DELETED", "ZoneSMDoSetAltSg", ZONE_SM_FAILURE, "ZoneDeleted", "it is deleted"),

    SM_ON(
	PRESENT " " BATCH " DISABLED", "ZoneSMDoSgSwap", on_swap_sg, SM_STAYS,
	"primary and alternate group change places, the apex follows; refused without an alternate "
	"one, -123"),
    SM_REFUSE("DELETED", "ZoneSMDoSgSwap", ZONE_SM_FAILURE, "ZoneDeleted", "it is deleted"),

    SM_ON(PRESENT " " BATCH, "ZoneSMSgServed", on_sg_served, SM_STAYS,
	  "a server of its groups serves it: an alternate group that is to go goes if now it can"),
    SM_OVERTAKEN(WITHDRAWN, "ZoneSMSgServed", "no group serves it"),
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
    " UNION SELECT z.id, z.name, 0, CASE WHEN z.alt_sg_leaves THEN 'ZoneSMSgServed'"
    "  ELSE 'ZoneSMReconfigUpdate' END, 'a group waits to come or to go'"
    " FROM zone z WHERE z.state = 'PUBLISHED' AND (NOT z.is_listed OR z.alt_sg_leaves"
    "  OR (z.alt_sg_id IS NOT NULL AND NOT z.is_alt_listed))"
    " AND NOT EXISTS (SELECT FROM event e WHERE e.machine = 'zone' AND e.sm_id = z.id"
    "  AND (e.processed_at > clock_timestamp() - interval '10 s' AND e.state = 'SUCCESS'"
    "   OR (e.processed_at IS NULL"
    "   AND e.due_at < clock_timestamp() + interval '1 min')))"
    " UNION SELECT z.id, z.name, 0, 'ZoneSMRemoveZoneFiles', 'the master has not removed it'"
    " FROM zone z WHERE z.is_on_master AND z.state IN ('DISABLED', 'DELETED')"
    " AND NOT EXISTS (SELECT FROM event e WHERE e.machine = 'zone' AND e.sm_id = z.id"
    "  AND (e.processed_at > clock_timestamp() - interval '10 s' AND e.state = 'SUCCESS'"
    "   OR (e.processed_at IS NULL"
    "   AND e.due_at < clock_timestamp() + interval '1 min')))"
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
