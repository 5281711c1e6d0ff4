/* Reports: what an agent has applied, how its server is, what it serves. */
#include "master_sm.h"

#include <string.h>

#include "base/fault.h"
#include "base/log.h"
#include "proto/fact.pb-c.h"

#define LATE_MAX 1000

/* The state that a report calls for, and why. A server that follows a newer generation stays OK. */
static const char *
state_of(const Dms__Report *report, const struct server *server, TALLOC_CTX *mem,
	 const char **reason)
{
	*reason = NULL;
	if (report->health == DMS__REPORT__HEALTH__NONSENSE) {
		*reason = talloc_strdup(mem, report->health_reason);
		return "BROKEN";
	}
	if (report->health == DMS__REPORT__HEALTH__UNREACHABLE) {
		*reason = talloc_strdup(mem, report->health_reason);
		return "RETRY";
	}
	if (report->rejected_generation > report->generation) {
		*reason = talloc_asprintf(mem, "configuration %lld refused: %s",
					  (long long)report->rejected_generation,
					  report->rejected_reason);
		return "RETRY";
	}
	return report->generation == 0 || strcmp(report->sg, server->sg_name) != 0 ? "CONFIG"
										   : "OK";
}

/* Zones wait in UNCONFIG, UPDATE or BATCH_CREATE_2 for the master's agent: these it has applied
 * now, or has refused. */
static dms_error *
wake_zones(struct worker *worker, struct bus *bus, const struct server *server,
	   const Dms__Report *report)
{
	struct db_result *rows;

	TRY(db_query(
	    worker->db, worker->mem, &rows,
	    "SELECT DISTINCT z.id, z.name, z.publishing_change, z.state = "
	    "'BATCH_CREATE_2' AS is_bulk"
	    " FROM config_log c"
	    " JOIN zone z ON z.id = c.zone_id WHERE c.sg_id = $1"
	    " AND c.generation > $2 AND c.generation <= $3 AND "
	    " (z.state IN ('BATCH_CREATE_2', 'UNCONFIG', 'UPDATE') OR (z.state = 'PUBLISHED'"
	    " AND NOT (z.is_listed AND (z.alt_sg_id IS NULL OR z.is_alt_listed))))",
	    P_INT(server->sg_id), P_INT(server->applied_generation), P_INT(report->generation)));
	for (int i = 0; i < db_rows(rows); i++) {
		const char *name = db_text(rows, i, "name");
		json_t *parameters = json_object();
		dms_error *error;

		for (size_t r = 0; r < report->n_refused; r++)
			if (strcmp(report->refused[r]->zone, name) == 0)
				json_object_set_new(parameters, "refused",
						    json_string(report->refused[r]->reason));
		error = sm_post(worker->db, bus,
				&(struct sm_event){
				    .machine = "zone",
				    .sm_id = db_int(rows, i, "id"),
				    .sm_name = name,
				    .type = "ZoneSMReconfigUpdate",
				    .parameters = parameters,
				    .change_id = db_int(rows, i, "publishing_change"),
				    .is_bulk = db_bool(rows, i, "is_bulk"),
				    .is_single = true,
				},
				NULL);
		json_decref(parameters);
		TRY(error);
	}
	/* What it has removed it no longer holds. */
	return db_exec(
	    worker->db,
	    "UPDATE zone z SET is_on_master = false FROM config_log c WHERE c.sg_id = $1"
	    " AND c.generation > $2 AND c.generation <= $3 AND c.op = 'ZONE_REMOVE'"
	    " AND z.id = c.zone_id AND z.state IN ('DELETED', 'DISABLED') AND z.is_on_master",
	    P_INT(server->sg_id), P_INT(server->applied_generation), P_INT(report->generation));
}

/* The newest change in what a server has taken or refused; 0 when the log reaches back no more. */
static dms_error *
change_of(struct worker *worker, const struct server *server, int64_t generation,
	  int64_t *change_id)
{
	struct db_result *rows;

	TRY(db_query(worker->db, worker->mem, &rows,
		     "SELECT change_id FROM config_log WHERE sg_id = $1 AND generation = $2",
		     P_INT(server->sg_id), P_INT(generation)));
	*change_id = db_rows(rows) == 1 ? db_int(rows, 0, "change_id") : 0;
	return NULL;
}

static dms_error *
tell_applied(struct worker *worker, struct bus *bus, const struct server *server,
	     const Dms__Report *report)
{
	int64_t change_id;

	if (report->rejected_generation > report->generation &&
	    report->rejected_generation != server->rejected_generation) {
		Dms__ConfigRejected fact = DMS__CONFIG_REJECTED__INIT;

		fact.server = (char *)server->name;
		fact.generation = report->rejected_generation;
		fact.reason = report->rejected_reason;
		TRY(change_of(worker, server, report->rejected_generation, &change_id));
		TRY(sm_fact(worker->db, bus, server->sg_name, "ConfigRejected", &fact.base,
			    change_id));
	}
	if (report->generation > server->applied_generation) {
		Dms__ConfigApplied fact = DMS__CONFIG_APPLIED__INIT;

		fact.server = (char *)server->name;
		fact.generation = report->generation;
		fact.zone_count = report->zone_count;
		TRY(change_of(worker, server, report->generation, &change_id));
		TRY(sm_fact(worker->db, bus, server->sg_name, "ConfigApplied", &fact.base,
			    change_id));
	}
	return NULL;
}

static dms_error *
note(struct worker *worker, struct bus *bus, const struct server *server, const Dms__Report *report)
{
	bool is_of_group = strcmp(report->sg, server->sg_name) == 0;

	TRY(db_exec(worker->db,
		    "UPDATE server SET last_reply = clock_timestamp(), zone_count = $2,"
		    " agent_version = $3, applied_generation = $4, rejected_generation = $5,"
		    " applied_at = CASE WHEN applied_generation <> $4 THEN clock_timestamp()"
		    "  ELSE applied_at END WHERE id = $1",
		    P_INT(server->id), P_INT(report->zone_count), P_TEXT(report->agent_version),
		    P_INT(is_of_group ? report->generation : 0),
		    P_ID(report->rejected_generation)));
	if (!is_of_group)
		return NULL;
	TRY(tell_applied(worker, bus, server, report));
	if (strcmp(server->sg_kind, "master") == 0 &&
	    (report->generation > server->applied_generation || report->n_refused > 0))
		TRY(wake_zones(worker, bus, server, report));
	return sync_note(worker, bus, server, report);
}

/* Zones that the server should have by now and has not: told again with the reply. */
static dms_error *
add_late(struct service *service, struct worker *worker, const struct server *server,
	 Dms__ReportReply *answer)
{
	struct db_result *rows;

	if (strcmp(server->sg_kind, "master") == 0)
		return NULL;
	TRY(db_query(worker->db, worker->mem, &rows,
		     "SELECT z.name, z.soa_serial FROM zone z LEFT JOIN zone_sync y"
		     " ON y.zone_id = z.id AND y.server_id = $1 WHERE NOT z.is_in_sync"
		     " AND z.published_at < clock_timestamp() - $4::bigint * interval '1 ms'"
		     " AND z.state NOT IN ('DELETED', 'DISABLED')"
		     " AND (z.sg_id = $2 OR z.alt_sg_id = $2 OR $3 = 'replica')"
		     " AND serial_is_behind(y.served_serial, z.soa_serial)"
		     " ORDER BY z.published_at LIMIT $5",
		     P_INT(server->id), P_INT(server->sg_id), P_TEXT(server->sg_kind),
		     P_INT(service->config->sync_grace), P_INT(LATE_MAX)));
	answer->n_late = (size_t)db_rows(rows);
	answer->late = talloc_array(worker->mem, Dms__Late *, (unsigned)db_rows(rows));
	for (int i = 0; i < db_rows(rows); i++) {
		Dms__Late *late = talloc(worker->mem, Dms__Late);

		dms__late__init(late);
		late->zone = (char *)db_text(rows, i, "name");
		late->serial = (uint32_t)db_int(rows, i, "soa_serial");
		answer->late[i] = late;
	}
	return NULL;
}

/* Changes the server's state through its machine, and only when it does change. */
static dms_error *
move_server(struct service *service, struct worker *worker, const struct server *server,
	    const Dms__Report *report)
{
	struct master_sm *mine = service->mine;
	const char *reason;
	const char *state = state_of(report, server, worker->mem, &reason);
	json_t *parameters;
	dms_error *error;

	if (strcmp(state, server->state) == 0)
		return NULL;
	parameters = json_pack("{s:s, s:s?}", "state", state, "reason", reason);
	error = sm_run_now(mine->engine, worker,
			   &(struct sm_event){
			       .machine = "server",
			       .sm_id = server->id,
			       .sm_name = server->name,
			       .type = "ServerSMReplied",
			       .parameters = parameters,
			   },
			   NULL);
	json_decref(parameters);
	return error;
}

static dms_error *
answer_known(struct service *service, struct worker *worker, const Dms__Report *report,
	     Dms__ReportReply *answer)
{
	struct server *server;
	struct server_group *sg;

	TRY(db_begin(worker->db));
	TRY(server_by_name(worker->db, worker->mem, report->server, true, &server));
	TRY(sg_by_id(worker->db, worker->mem, server->sg_id, &sg));
	answer->sg = (char *)sg->name;
	answer->is_disabled = strcmp(server->state, "DISABLED") == 0;
	if (answer->is_disabled) {
		db_rollback(worker->db);
		return NULL;
	}
	TRY(note(worker, service->bus, server, report));
	answer->wanted_generation = sg->announced;
	TRY(add_late(service, worker, server, answer));
	TRY(db_commit(worker->db));
	return move_server(service, worker, server, report);
}

static dms_error *
send_reply(struct service *service, const struct bus_message *message,
	   const Dms__ReportReply *answer)
{
	size_t size = dms__report_reply__get_packed_size(answer);
	uint8_t *data = talloc_size(NULL, size);
	dms_error *error;

	dms__report_reply__pack(answer, data);
	error = bus_reply(service->bus, message, data, size);
	talloc_free(data);
	return error;
}

dms_error *
report_answer(struct service *service, struct worker *worker, const struct bus_message *message)
{
	const char *name = message->subject + strlen("dms.report.");
	Dms__Report *report = dms__report__unpack(NULL, message->size, message->data);
	Dms__ReportReply answer = DMS__REPORT_REPLY__INIT;
	dms_error *error;

	if (report == NULL || strcmp(report->server, name) != 0)
		error = dms_error_new(DMS_E_FORMAT, "%s: the body is not a Report of '%s'",
				      message->subject, name);
	else
		error = answer_known(service, worker, report, &answer);
	if (error != NULL)
		db_rollback(worker->db);
	else if (FAULT_AT(NOTED, "report") != FAULT_DROP)
		error = send_reply(service, message, &answer);
	if (report != NULL)
		dms__report__free_unpacked(report, NULL);
	return error;
}
