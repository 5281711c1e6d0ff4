#include "push.h"

#include <string.h>

#include "base/log.h"
#include "dns/serial.h"
#include "model/history.h"
#include "proto/fact.pb-c.h"

/* Drift: the master holds what DMS did not publish, since somebody has used nsupdate or rndc. By
 * the configuration key drift_policy it is put right, or becomes a new instance. Either way it is
 * told.
 */

#define TOLD_MAX 50 /* records of each side in the fact */

static bool
is_signers(const struct rr *rr)
{
	return rr->type == RR_CDS || rr->type == RR_CDNSKEY;
}

static bool
has_signers(const struct rr_array *array)
{
	for (size_t i = 0; i < array->count; i++)
		if (is_signers(&array->items[i]))
			return true;
	return false;
}

static void
drop_signers(struct rr_array *array)
{
	size_t kept = 0;

	for (size_t i = 0; i < array->count; i++)
		if (!is_signers(&array->items[i]))
			array->items[kept++] = array->items[i];
	array->count = kept;
}

void
leave_to_signer(struct push *push, struct rr_array *there, const struct rr_array *published,
		struct rr_array *wanted)
{
	if (push->zone->auto_dnssec)
		drop_signers(wanted);
	if (push->zone->auto_dnssec || (!has_signers(published) && !has_signers(wanted)))
		drop_signers(there);
}

/* Tries whose answers got lost had serials after the published one, up to the last try's; any of
 * them may have arrived. What has such a serial is no stranger's. */
static bool
is_of_earlier_try(const struct zone *zone, uint32_t serial)
{
	return zone->publishing_serial != 0 && serial_lt(zone->soa_serial, serial) &&
	       !serial_lt(zone->publishing_serial, serial);
}

dms_error *
drift_find(struct sm_work *work, struct push *push, const struct soa *soa, struct rr_array *there,
	   struct rr_array *published)
{
	struct drift *drift = talloc_zero(work->mem, struct drift);

	drift->soa = *soa;
	drift->expected = push->zone->soa_serial;
	drift->there = there;
	if (is_of_earlier_try(push->zone, soa->serial))
		return NULL;
	if (push->zone->auto_dnssec)
		drop_signers(published);
	rr_array_diff(work->mem, published, there, &drift->removed, &drift->added);
	if (drift->removed->count == 0 && drift->added->count == 0 &&
	    is_same_soa(soa, &push->from->soa))
		return NULL;
	push->drift = drift;
	push->is_drift_adopted = strcmp(work->config->drift_policy, "adopt") == 0;
	return NULL;
}

/* The fact's lines for one side; on `mem`. */
static char **
told(TALLOC_CTX *mem, const struct rr_array *array, size_t *count)
{
	char **lines = talloc_array(mem, char *, TOLD_MAX);

	*count = 0;
	for (size_t i = 0; i < array->count && *count < TOLD_MAX; i++) {
		const struct rr *rr = &array->items[i];
		char *rdata = NULL;
		dms_error *error =
		    rdata_print(lines, rr->type, rr->rdata, rr->rdata_size, NULL, &rdata);

		dms_error_free(error);
		lines[(*count)++] =
		    talloc_asprintf(lines, "%s %u IN %s %s", rr->owner, rr->ttl,
				    rr_type_name(rr->type), rdata != NULL ? rdata : "?");
	}
	return lines;
}

static dms_error *
publish_fact(struct sm_work *work, const struct push *push, int64_t zi_id)
{
	const struct drift *drift = push->drift;
	Dms__ZoneDrift fact = DMS__ZONE_DRIFT__INIT;

	fact.zone_id = push->zone->id;
	fact.zone = (char *)push->zone->name;
	fact.serial = drift->soa.serial;
	fact.expected_serial = drift->expected;
	fact.policy = (char *)work->config->drift_policy;
	fact.zi_id = zi_id;
	fact.removed_count = (uint32_t)drift->removed->count;
	fact.added_count = (uint32_t)drift->added->count;
	fact.removed = told(work->mem, drift->removed, &fact.n_removed);
	fact.added = told(work->mem, drift->added, &fact.n_added);
	return sm_fact(work->db, work->bus, "system", "ZoneDrift", &fact.base, work->change_id);
}

dms_error *
drift_tell(struct sm_work *work, const struct push *push, int64_t zi_id)
{
	const struct drift *drift = push->drift;

	if (drift == NULL)
		return NULL;
	log_warning(zi_id != 0 ? "the master holds what DMS did not publish; it is taken over"
			       : "the master holds what DMS did not publish; it is put right",
		    F_STR("zone", push->zone->name), F_INT("serial", drift->soa.serial),
		    F_INT("expected", drift->expected),
		    F_INT("removed", (int64_t)drift->removed->count),
		    F_INT("added", (int64_t)drift->added->count), F_INT("zi_id", zi_id));
	json_object_set_new(
	    work->results, "drift",
	    json_pack("{s:I, s:I, s:s, s:I, s:I, s:I}", "serial", (json_int_t)drift->soa.serial,
		      "expected", (json_int_t)drift->expected, "policy", work->config->drift_policy,
		      "removed", (json_int_t)drift->removed->count, "added",
		      (json_int_t)drift->added->count, "zi_id", (json_int_t)zi_id));
	return publish_fact(work, push, zi_id);
}

/* Theirs on top of ours. */
static void
merge(struct zone_text *text, const struct push *push)
{
	const struct drift *drift = push->drift;

	text_merge(text, drift->removed, drift->added);
	if (!is_same_soa(&drift->soa, &push->from->soa))
		text->soa = drift->soa;
	text->soa.serial = 0;
}

/* Whether the new instance is exactly what the master has. */
static dms_error *
is_what_is_there(struct sm_work *work, const struct push *push, int64_t zi_id, bool *is_it)
{
	struct rr_array *mine, *removed, *added;
	struct instance *instance;

	TRY(instance_get(work->db, work->mem, push->zone->id, zi_id, &instance));
	TRY(instance_records(work->db, work->mem, push->zone, zi_id, &mine));
	if (push->zone->auto_dnssec)
		drop_signers(mine);
	rr_array_diff(work->mem, push->drift->there, mine, &removed, &added);
	*is_it = removed->count == 0 && added->count == 0 &&
		 is_same_soa(&instance->soa, &push->drift->soa);
	return NULL;
}

/* The master's serial is the published one from now on; the merged instance is still to come. */
static dms_error *
publish_merged(struct sm_work *work, const struct push *push)
{
	TRY(db_exec(work->db,
		    "UPDATE zone SET soa_serial = $2, publishing_zi_id = NULL,"
		    " publishing_serial = NULL, publishing_change = NULL WHERE id = $1",
		    P_INT(push->zone->id), P_INT(push->drift->soa.serial)));
	return sm_post_next(work, (struct sm_event){
				      .machine = "zone",
				      .sm_id = push->zone->id,
				      .sm_name = push->zone->name,
				      .type = "ZoneSMUpdate",
				      .is_single = true,
				  });
}

dms_error *
drift_adopt(struct sm_work *work, struct push *push)
{
	struct instance_author author = {
	    .change_by = "master",
	    .change_id = push->change_id,
	    .comment = talloc_asprintf(work->mem, "found on the master with serial %u",
				       push->drift->soa.serial),
	};
	struct instance *candidate;
	struct zone_text *text;
	struct zone *zone;
	int64_t zi_id;
	bool is_it;

	/* Somebody may have saved while the master was being read. */
	TRY(load_zone(work, &zone));
	TRY(instance_load(work->db, work->mem, zone, zone->zi_candidate_id, &candidate, &text));
	merge(text, push);
	TRY(instance_store(work->db, zone, text, &author, &zi_id));
	TRY(drift_tell(work, push, zi_id));
	TRY(is_what_is_there(work, push, zi_id, &is_it));
	if (is_it)
		return zone_published(work, zone, zi_id, push->change_id, push->drift->soa.serial,
				      BY_TRANSFER);
	return publish_merged(work, push);
}
