/* What the method handlers share. */
#pragma once

#include "call.h"
#include "dns/zonetext.h"
#include "model/instance.h"
#include "model/server.h"
#include "model/zone.h"

/* -32602 about one parameter; `fmt` says what is wanted. */
dms_error *param_error(const struct rpc_call *call, const char *param, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* An integer parameter within limits; `otherwise` when it is absent. */
dms_error *param_range(const struct rpc_call *call, const char *param, int64_t otherwise,
		       int64_t min, int64_t max, int64_t *value);
/* The instance of `zone` that a parameter means; the published one when it is absent. */
dms_error *param_zi(const struct rpc_call *call, const struct zone *zone, const char *param,
		    int64_t *zi_id);
/* A plain instance number, given as an integer or as digits. */
dms_error *param_zi_number(const struct rpc_call *call, const char *param, int64_t *zi_id);
/* Who makes a new instance, with parameter `comment`; `otherwise` (may be NULL) without one. */
dms_error *param_author(const struct rpc_call *call, const char *otherwise,
			struct instance_author *author);
/* '*' and '?' and nothing else. */
bool wildcard_match(const char *pattern, const char *text);
/* A pattern of zone names as names are: in lower case; what ends in neither '.' nor '*' gets its
 * final dot. On `mem`. */
char *zone_pattern(TALLOC_CTX *mem, const char *pattern);
/* A pattern for SQL LIKE, on `mem`: its own wildcards are escaped. */
char *wildcard_to_like(TALLOC_CTX *mem, const char *pattern);

/* The audit of a changing call; steals `before` and `after` (may be NULL). */
dms_error *describe(const struct rpc_call *call, const char *kind, const char *name, json_t *before,
		    json_t *after);

/* Asks the owner of a state machine to run an event now and waits for its answer. The change row of
 * the call must be there for others first, so this commits the open transaction, asks, and begins a
 * new one. An error (refusal, nobody there) leaves no transaction open. `parameters` (borrowed) may
 * be NULL; `*results` (may be NULL) is a new reference. */
dms_error *owner_request(struct rpc_call *call, const char *machine, int64_t sm_id,
			 const char *sm_name, const char *event, const json_t *parameters,
			 json_t **results);
/* Lets zone-sm run an event of a zone's life now. The result is {zone_id, name, state}, the state
 * that it led to, with what the event said as `message`. Takes `parameters` (may be NULL) over. */
dms_error *zone_event(struct rpc_call *call, const struct zone *zone, const char *event,
		      json_t *parameters);

/* A zone's content as a call gives it. */
struct content {
	struct zone_text *text;
	const json_t *zi_data; /* borrowed; NULL: not given so */
	struct findings *findings;
	bool is_given;
	bool normalises_ttls; /* spec/zone-data.md section 10.2 */
};
/* Reads zi_data or zi_text (both is an error); neither gives an empty text. Findings so far are
 * kept for content_check. */
dms_error *content_read(struct rpc_call *call, const char *zone_name, struct content *content);
/* What could not be read of it, as one error. */
dms_error *content_readable(const struct content *content, const char *zone_name);
/* Completes the apex, checks the whole, and gives what is wrong as one error. */
dms_error *content_check(struct rpc_call *call, const struct zone *zone, struct content *content);
/* What was doubtful about a content that was taken, for the reply: [] when nothing was. */
json_t *content_findings(const struct content *content);
/* Lets the reverse automation look at a saved content with addresses. `is_changed` false: only if
 * some record forces it. */
dms_error *content_post_reverse(struct rpc_call *call, const struct zone *zone,
				const struct content *content, int64_t zi_id, bool is_changed);

/* An instance as it is shown. On call->mem. */
struct shown {
	struct zone *zone;
	struct instance *instance; /* soa.serial: as published, if it was */
	struct zone_text *text;
	const char *published_at; /* NULL: never */
};
/* By parameters name and zi_id. */
dms_error *shown_load(struct rpc_call *call, struct shown *shown);
/* The same without the records: text is NULL. */
dms_error *shown_load_head(struct rpc_call *call, struct shown *shown);
/* Fills the rest of a shown one, whose zone is known, with instance `zi_id`. */
dms_error *shown_load_instance(struct rpc_call *call, struct shown *shown, int64_t zi_id,
			       bool with_text);
/* The zone that has instance `zi_id`. DMS_E_ZI_NOT_FOUND, of zone "*". */
dms_error *zone_of_zi(struct rpc_call *call, int64_t zi_id, struct zone **zone);
/* The zone as show_zone gives it becomes the call's result. */
dms_error *shown_set_result(struct rpc_call *call, struct shown *shown);
/* Sets waiting_events, last_error_code and needs_human. */
dms_error *add_machine(struct rpc_call *call, const struct zone *zone, json_t *json);
/* Sets waiting_updates: the newest 100 incremental updates that wait, as list_updates has them. */
dms_error *add_waiting_updates(struct rpc_call *call, const struct zone *zone, json_t *json);
/* Sets trouble: the machines whose last try failed, those that fail longest first, at most 100 of a
 * kind. */
dms_error *add_trouble(struct rpc_call *call, json_t *json);
/* Sets all_zis: the newest `limit` instances (0: all; `zi_id` not 0: this one), oldest first. */
dms_error *add_all_zis(struct rpc_call *call, const struct zone *zone, int64_t zi_id, int limit,
		       json_t *json);

/* No stale overwrites: whoever worked from an older candidate (parameter if_zi_id, where the method
 * has it) is told what has come since. */
dms_error *check_base(const struct rpc_call *call, const struct zone *zone);
/* Whether the caller may write a zone's content now: nobody holds the edit lock, and the candidate
 * is the one he worked from (parameter if_zi_id, where the method has it). */
dms_error *check_writable(const struct rpc_call *call, const struct zone *zone);
/* The same for a whole new content: where the zone has edit_lock, the caller must hold it. With
 * parameter `merge` the candidate may be a newer one, and merge_newer has to be called. */
dms_error *check_editable(const struct rpc_call *call, const struct zone *zone);
/* Puts a content made from an older candidate together with what has come since, or says where they
 * meet: DMS_E_MERGE_CONFLICT. DMS_E_STALE_INSTANCE when the older one is not kept any more. */
dms_error *merge_newer(struct rpc_call *call, const struct zone *zone, struct content *content,
		       bool *is_merged);
/* Whoever held the edit lock holds it no longer; incremental updates that waited for that go on. */
dms_error *end_edit(struct rpc_call *call, const struct zone *zone);
/* Posts ZoneSMUpdate. `is_refresh`: the master is looked at even when nothing
 * has changed here. */
dms_error *post_publish(struct rpc_call *call, const struct zone *zone, int64_t zi_id,
			bool is_refresh);
/* The end of a method that made `zi_id` the candidate of `zone`: event, reverse automation, audit,
 * result. `text` is its content. */
dms_error *content_saved(struct rpc_call *call, const struct zone *zone, struct zone_text *text,
			 int64_t zi_id, bool is_refresh);

/* Each server in service of a zone's groups, as JSON objects {server_name, served_serial, lag_ms:
 * how long it took, is_in_sync, late_ms: how long it has been missing, reason}. New reference. */
dms_error *zone_servers_json(struct rpc_call *call, TALLOC_CTX *mem, const struct zone *zone,
			     json_t **servers);

/* The events of a change, oldest first, as list_events has them; the first 500. New reference. */
dms_error *change_events_json(struct rpc_call *call, int64_t change_id, json_t **events);
/* What became of the incremental updates of a change, in one zone or (0) in all, the first 500:
 * [{name, update_type, state, reason, findings}]. New reference. */
dms_error *change_updates_json(struct rpc_call *call, TALLOC_CTX *mem, int64_t zone_id,
			       int64_t change_id, json_t **updates);
