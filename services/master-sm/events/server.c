#include "master_sm.h"

#include <string.h>

#include "proto/fact.pb-c.h"

/* The events of a server: put in service and out of it by operators, kept honest by its agent's
 * reports and by a timer that notices silence. */

static dms_error *
tell_state(struct sm_work *work, const struct server *server, const char *reason)
{
	Dms__ServerState fact = DMS__SERVER_STATE__INIT;

	fact.server = (char *)server->name;
	fact.sg = (char *)server->sg_name;
	fact.old_state = (char *)work->state;
	fact.new_state = (char *)work->next_state;
	fact.reason = (char *)(reason != NULL ? reason : "");
	TRY(sm_fact(work->db, work->bus, server->sg_name, "ServerState", &fact.base,
		    work->change_id));
	return sm_fact(work->db, work->bus, "system", "ServerState", &fact.base, work->change_id);
}

/* One timer a server: the next look for silence. */
static dms_error *
look_again(struct sm_work *work)
{
	return sm_post_next(work, (struct sm_event){
				      .machine = "server",
				      .sm_id = work->sm_id,
				      .sm_name = work->sm_name,
				      .type = "ServerSMCheckServer",
				      .delay_ms = work->config->heartbeat_missed / 2,
				      .is_single = true,
				  });
}

/* Addresses and keys of servers are part of the settings of others. */
static dms_error *
settings_may_differ(struct sm_work *work)
{
	return sm_post_next(work, (struct sm_event){
				      .machine = "master",
				      .sm_id = 1,
				      .sm_name = "master",
				      .type = "MasterSMAllReconfig",
				      .is_single = true,
				  });
}

static dms_error *
enable(struct sm_work *work, enum sm_step *step)
{
	struct server *server;
	struct db_result *twin;

	TRY(server_by_id(work->db, work->mem, work->sm_id, false, &server));
	TRY(db_query(work->db, work->mem, &twin,
		     "SELECT name FROM server WHERE address = $1::inet AND port = $2 AND id <> $3"
		     " AND state <> 'DISABLED'",
		     P_TEXT(server->address), P_INT(server->port), P_INT(server->id)));
	if (db_rows(twin) > 0)
		return dms_error_put_str(
		    dms_error_new(DMS_E_SERVER_SM_FAILURE,
				  "server '%s' cannot be enabled: '%s' is in service at %s port %d",
				  server->name, db_text(twin, 0, "name"), server->address,
				  server->port),
		    "server_name", server->name);
	TRY(db_exec(
	    work->db,
	    "UPDATE server SET state = 'CONFIG', retry_msg = NULL, last_reply = NULL WHERE id = $1",
	    P_INT(server->id)));
	sm_goto(work, "CONFIG");
	*step = SM_DONE;
	TRY(tell_state(work, server, "enabled"));
	TRY(settings_may_differ(work));
	return look_again(work);
}

const struct sm_handler on_server_enable = {.begin = enable};

static dms_error *
disable(struct sm_work *work, enum sm_step *step)
{
	struct server *server;

	TRY(server_by_id(work->db, work->mem, work->sm_id, false, &server));
	TRY(db_exec(work->db,
		    "UPDATE server SET state = 'DISABLED', last_reply = NULL, retry_msg = NULL "
		    "WHERE id = $1",
		    P_INT(server->id)));
	sm_goto(work, "DISABLED");
	*step = SM_DONE;
	TRY(tell_state(work, server, "disabled"));
	TRY(settings_may_differ(work));
	/* What waited for this server alone waits no more. */
	return sync_recheck(work->db, work->bus, work->mem);
}

const struct sm_handler on_server_disable = {.begin = disable};

/* ServerSMReplied {state, reason}: the report handler found that the state differs. */
static dms_error *
replied(struct sm_work *work, enum sm_step *step)
{
	const char *state = json_string_value(json_object_get(work->parameters, "state"));
	const char *reason = json_string_value(json_object_get(work->parameters, "reason"));
	struct server *server;

	if (state == NULL || strcmp(state, work->state) == 0) {
		*step = SM_NO_CHANGE;
		return NULL;
	}
	TRY(server_by_id(work->db, work->mem, work->sm_id, false, &server));
	TRY(db_exec(work->db, "UPDATE server SET retry_msg = $2 WHERE id = $1", P_INT(server->id),
		    P_TEXT(reason)));
	sm_goto(work, state);
	*step = SM_DONE;
	TRY(tell_state(work, server, reason));
	return look_again(work);
}

const struct sm_handler on_server_replied = {.begin = replied};

/* ServerSMCheckServer: has its agent been silent for too long? */
static dms_error *
check(struct sm_work *work, enum sm_step *step)
{
	struct db_result *row;
	struct server *server;
	char *reason;

	*step = SM_NO_CHANGE;
	TRY(look_again(work));
	TRY(db_query(work->db, work->mem, &row,
		     "SELECT coalesce(last_reply, mtime) < clock_timestamp() - $2 * interval '1 "
		     "ms' AS is_silent,"
		     " last_reply FROM server WHERE id = $1",
		     P_INT(work->sm_id), P_INT(work->config->heartbeat_missed)));
	if (!db_bool(row, 0, "is_silent") || strcmp(work->state, "RETRY") == 0)
		return NULL;
	TRY(server_by_id(work->db, work->mem, work->sm_id, false, &server));
	reason = talloc_asprintf(
	    work->mem, "no report from the agent of '%s' since %s", server->name,
	    db_is_null(row, 0, "last_reply") ? "it was enabled" : db_text(row, 0, "last_reply"));
	TRY(db_exec(work->db, "UPDATE server SET retry_msg = $2 WHERE id = $1", P_INT(server->id),
		    P_TEXT(reason)));
	sm_goto(work, "RETRY");
	*step = SM_DONE;
	return tell_state(work, server, reason);
}

const struct sm_handler on_server_check = {.begin = check};
