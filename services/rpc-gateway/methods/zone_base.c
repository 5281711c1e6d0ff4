/* No stale overwrites: what a change was made from, what has come since, and both put together. */
#include "methods/methods.h"
#include "methods/zone_peers.h"
#include "model/edit_lock.h"
#include "model/history.h"
#include "model/shape.h"

/* A longer difference is only counted: a refusal should fit any message. */
#define SHOWN_RECORDS_MAX 1000

static int64_t
base_of(const struct rpc_call *call, const struct zone *zone)
{
	return call_integer(call, "if_zi_id", zone->zi_candidate_id);
}

/* {from, to, record_count, text, json} as diff_zone_zi has it. */
static dms_error *
difference_since(const struct rpc_call *call, const struct zone *zone, int64_t base, json_t **json)
{
	struct zone_difference *difference = NULL;
	TRY(history_difference(call->db, call->mem, zone, base, zone->zi_candidate_id,
			       &difference));
	size_t count = difference->removed->count + difference->added->count;
	*json = json_pack("{s:I,s:I,s:I}", "from", (json_int_t)base, "to",
			  (json_int_t)zone->zi_candidate_id, "record_count", (json_int_t)count);
	if (count > SHOWN_RECORDS_MAX)
		return NULL;
	json_object_set_new(*json, "text",
			    json_string(difference_to_text(
				call->mem, difference,
				talloc_asprintf(call->mem, "%s %lld", zone->name, (long long)base),
				talloc_asprintf(call->mem, "%s %lld", zone->name,
						(long long)zone->zi_candidate_id))));
	json_object_set_new(*json, "json", difference_to_json(difference));
	return NULL;
}

/* Who came between, and with what; as far as that can still be told. */
static dms_error *
describe_newer(const struct rpc_call *call, const struct zone *zone, int64_t base,
	       dms_error *refusal)
{
	struct instance *newer = NULL;
	json_t *difference = NULL;
	TRY(instance_get(call->db, call->mem, zone->id, zone->zi_candidate_id, &newer));
	dms_error_put_str(refusal, "change_by", newer->change_by);
	dms_error_put_str(refusal, "ctime", newer->ctime);
	dms_error_put_str(refusal, "comment", newer->comment);
	TRY(difference_since(call, zone, base, &difference));
	dms_error_put(refusal, "difference", difference);
	return NULL;
}

dms_error *
check_base(const struct rpc_call *call, const struct zone *zone)
{
	int64_t base = base_of(call, zone);
	TRY(check_has_content(zone));
	if (base == zone->zi_candidate_id)
		return NULL;
	dms_error *error = dms_error_new(
	    DMS_E_STALE_INSTANCE,
	    "zone %s: instance %lld has come since %lld, which this change was made from",
	    zone->name, (long long)zone->zi_candidate_id, (long long)base);
	dms_error_put_str(error, "name", zone->name);
	dms_error_put_int(error, "if_zi_id", base);
	dms_error_put(error, "zi_candidate_id", shape_id(zone->zi_candidate_id));
	/* Without the instance there is no difference, but the refusal stands. */
	dms_error_free(describe_newer(call, zone, base, error));
	return error;
}

dms_error *
check_writable(const struct rpc_call *call, const struct zone *zone)
{
	TRY(edit_lock_check_free(call->db, call->mem, zone, DMS_E_UPDATE_ZONE));
	return check_base(call, zone);
}

dms_error *
check_editable(const struct rpc_call *call, const struct zone *zone)
{
	TRY(check_has_content(zone));
	TRY(edit_lock_check(call->db, call->mem, zone, call_string(call, "edit_lock_token"),
			    DMS_E_UPDATE_ZONE));
	return call_boolean(call, "merge", false) ? NULL : check_base(call, zone);
}

static dms_error *
conflict_error(const struct zone *zone, int64_t base, json_t *conflicts)
{
	size_t count = json_array_size(conflicts);
	const json_t *first = json_array_get(conflicts, 0);
	dms_error *error = dms_error_new(
	    DMS_E_MERGE_CONFLICT,
	    "zone %s: instance %lld and this change have both changed %s %s%s", zone->name,
	    (long long)zone->zi_candidate_id, json_string_value(json_object_get(first, "label")),
	    json_string_value(json_object_get(first, "type")), count > 1 ? " and more" : "");
	dms_error_put_str(error, "name", zone->name);
	dms_error_put_int(error, "if_zi_id", base);
	dms_error_put_int(error, "zi_candidate_id", zone->zi_candidate_id);
	dms_error_put_int(error, "conflict_count", (json_int_t)count);
	while (json_array_size(conflicts) > SHOWN_RECORDS_MAX)
		json_array_remove(conflicts, json_array_size(conflicts) - 1);
	return dms_error_put(error, "conflicts", conflicts);
}

/* What a text does not say of the head is what it was made from. */
static void
fill_head(struct zone_text *mine, const struct zone_text *base)
{
	if (!mine->has_soa) {
		mine->has_soa = true;
		mine->soa = base->soa;
		mine->soa_ttl = base->soa_ttl;
	}
	if (mine->zone_ttl < 0)
		mine->zone_ttl = base->zone_ttl;
}

/* As the apex is completed today, so that a new configuration is nobody's change. */
static dms_error *
load_completed(struct rpc_call *call, const struct zone *zone, int64_t zi_id,
	       struct zone_text **text)
{
	struct instance *instance = NULL;
	TRY(instance_load(call->db, call->mem, zone, zi_id, &instance, text));
	TRY(instance_apply_apex(call->db, zone, *text));
	zone_text_unify_ttls(*text);
	return NULL;
}

dms_error *
merge_newer(struct rpc_call *call, const struct zone *zone, struct content *content,
	    bool *is_merged)
{
	int64_t base_id = base_of(call, zone);
	struct zone_text *base = NULL, *theirs = NULL;
	json_t *conflicts = NULL;
	*is_merged = false;
	if (base_id == zone->zi_candidate_id)
		return NULL;
	dms_error *error = load_completed(call, zone, base_id, &base);
	if (error != NULL && error->id == DMS_E_ZI_NOT_FOUND) {
		dms_error_free(error);
		return check_base(call, zone);
	}
	TRY(error);
	TRY(load_completed(call, zone, zone->zi_candidate_id, &theirs));
	fill_head(content->text, base);
	TRY(instance_apply_apex(call->db, zone, content->text));
	zone_text_unify_ttls(content->text);
	text_merge_three(base, theirs, content->text, &conflicts);
	if (json_array_size(conflicts) > 0)
		return conflict_error(zone, base_id, conflicts);
	json_decref(conflicts);
	/* Its serial goes on from the newest one. */
	theirs->soa.serial = 0;
	content->text = theirs;
	*is_merged = true;
	return NULL;
}
