#include "push.h"

#include <ldns/ldns.h>
#include <string.h>

#include "base/fault.h"
#include "base/log.h"
#include "base/time.h"
#include "dns/serial.h"

/* ZoneSMUpdate: bring the candidate to the master by one DNS UPDATE, on the condition that the
 * master has the SOA we believe it has (RFC 2136 section 2.4.2). If it has another, look at what is
 * really there and go on from that. Too much for one message goes by the file way, so that slaves
 * never see half of it. */

static struct soa
soa_with(const struct instance *instance, uint32_t serial)
{
	struct soa soa = instance->soa;

	soa.serial = serial;
	return soa;
}

static uint32_t
soa_ttl(const struct instance *instance)
{
	return instance->soa_ttl >= 0 ? (uint32_t)instance->soa_ttl : instance->zone_ttl;
}

bool
is_same_soa(const struct soa *a, const struct soa *b)
{
	return strcmp(a->mname, b->mname) == 0 && strcmp(a->rname, b->rname) == 0 &&
	       a->refresh == b->refresh && a->retry == b->retry && a->expire == b->expire &&
	       a->minimum == b->minimum;
}

/* Nothing that a name server would see differs. */
static bool
is_same_to_servers(const struct push *push)
{
	return push->removed->count == 0 && push->added->count == 0 &&
	       is_same_soa(&push->from->soa, &push->to->soa) &&
	       soa_ttl(push->from) == soa_ttl(push->to);
}

static struct dns_update
update_from(const struct push *push, const struct soa *old_soa, const struct soa *new_soa)
{
	return (struct dns_update){
	    .zone = push->zone->name,
	    .old_soa = old_soa,
	    .new_soa = new_soa,
	    .new_soa_ttl = soa_ttl(push->to),
	    .removed = push->removed,
	    .added = push->added,
	};
}

static bool
is_too_large(const struct sm_work *work, const struct push *push)
{
	struct soa old_soa = soa_with(push->from, push->serial),
		   new_soa = soa_with(push->to, push->serial);
	struct dns_update update = update_from(push, &old_soa, &new_soa);
	size_t size = dns_update_size(push->peer, &update);

	if (size != SIZE_MAX) /* otherwise not even countable */
		json_object_set_new(work->results, "update_bytes", json_integer((json_int_t)size));
	return size > (size_t)work->config->update_bytes_max;
}

/* The candidate differs only in what servers never see: it is published as it is. */
static dms_error *
publish_silently(struct sm_work *work, const struct push *push)
{
	return db_exec(
	    work->db,
	    "UPDATE zone SET zi_id = $2, published_change = greatest(published_change, $3),"
	    " publishing_zi_id = NULL, publishing_serial = NULL, publishing_change = NULL"
	    " WHERE id = $1",
	    P_INT(push->zone->id), P_INT(push->to->id), P_ID(push->change_id));
}

/* The whole content through the master's agent; the zone waits in UPDATE until it says so. */
static dms_error *
send_as_file(struct sm_work *work, const struct push *push)
{
	TRY(ask_master_sm(work, push->zone, "ZONE_CONTENT", "master"));
	sm_goto(work, "UPDATE");
	return NULL;
}

/* What an operator asks for, when the master has `current`; 0: nothing. */
static uint32_t
asked_serial(const struct push *push, uint32_t current)
{
	return push->is_wrapped ? serial_furthest(current) : push->wanted;
}

/* The serial to publish with: one that is on its way already is kept, so that a repeated try after
 * a crash recognises its own work on the master; and so is one beyond which nothing can be reached.
 */
static dms_error *
choose_serial(struct push *push)
{
	const struct zone *zone = push->zone;
	uint32_t asked = asked_serial(push, zone->soa_serial);
	bool is_on_its_way = zone->publishing_zi_id == push->to->id &&
			     (asked == 0 || asked == zone->publishing_serial);

	if (zone->publishing_serial != 0 &&
	    (is_on_its_way || zone->publishing_serial == serial_furthest(zone->soa_serial))) {
		push->serial = zone->publishing_serial;
		return NULL;
	}
	return serial_next(zone->name, zone->soa_serial, zone->publishing_serial, asked,
			   serial_of_day(realtime_us()), &push->serial);
}

static void
take_wishes(struct push *push, const json_t *parameters)
{
	const json_t *wanted = json_object_get(parameters, "soa_serial");

	push->is_refresh |= json_is_true(json_object_get(parameters, "is_refresh"));
	push->is_wrapped |= json_is_true(json_object_get(parameters, "is_wrapped"));
	push->must_move |= json_is_true(json_object_get(parameters, "is_forced"));
	if (json_is_integer(wanted))
		push->wanted = (uint32_t)json_integer_value(wanted);
	push->must_move |= push->is_wrapped || push->wanted != 0;
}

/* What this event, and those that it takes in, want besides the candidate; the newest serial wins.
 */
static dms_error *
absorb(struct sm_work *work, struct push *push)
{
	json_t *others = NULL, *parameters;
	size_t i;

	TRY(sm_absorb(work, work->event_type, &others));
	take_wishes(push, work->parameters);
	json_array_foreach (others, i, parameters)
		take_wishes(push, parameters);
	json_decref(others);
	return NULL;
}

/* What the candidate changes for name servers. */
static dms_error *
find_difference(struct sm_work *work, struct push *push)
{
	const struct zone *zone = push->zone;

	TRY(instance_get(work->db, work->mem, zone->id, zone->zi_id, &push->from));
	TRY(instance_get(work->db, work->mem, zone->id, zone->zi_candidate_id, &push->to));
	TRY(instance_diff(work->db, work->mem, zone, zone->zi_id, zone->zi_candidate_id,
			  &push->removed, &push->added));
	if (zone->auto_dnssec)
		leave_to_signer(push, push->removed, push->added, push->added);
	return NULL;
}

/* Each server is told that there may be something newer, and asks the primaries. */
static dms_error *
ask_primaries(struct sm_work *work, const struct zone *zone)
{
	return zone_tell(work, zone, 0, 0, work->change_id, realtime_us());
}

static dms_error *
begin(struct sm_work *work, enum sm_step *step)
{
	struct push *push = talloc_zero(work->mem, struct push);
	struct zone *zone;

	TRY(load_zone(work, &zone));
	TRY(absorb(work, push));
	if (zone_is_secondary(zone)) {
		*step = SM_DONE;
		return ask_primaries(work, zone);
	}
	TRY(apply_waiting_updates(work, &zone));
	if (zone->zi_candidate_id == zone->zi_id && zone->publishing_zi_id == 0 &&
	    !push->is_refresh && !push->must_move) {
		*step = SM_NO_CHANGE;
		return NULL;
	}
	push->zone = zone;
	push->way = BY_UPDATE;
	TRY(find_difference(work, push));
	push->change_id =
	    work->change_id > push->to->change_id ? work->change_id : push->to->change_id;
	work->change_id = push->change_id;
	/* With nothing of ours possibly half-way there, sameness can be judged from here. */
	if (zone->publishing_zi_id == 0 && !push->is_refresh && !push->must_move &&
	    is_same_to_servers(push)) {
		*step = SM_NO_CHANGE;
		return publish_silently(work, push);
	}
	TRY(choose_serial(push));
	TRY(zone_set_publishing(work, zone, push->to->id, push->serial));
	TRY(master_peer(work, &push->peer));
	if (zone_is_static(zone) || is_too_large(work, push)) {
		*step = SM_DONE;
		return send_as_file(work, push);
	}
	work->mine = push;
	*step = SM_WORK;
	return NULL;
}

/* Reads the zone as it is on the master, whose SOA is not the one expected or has to be looked at,
 * and aims from it. `*is_there`: what was to be published is there already (a crash came between
 * the master's answer and our commit), or nothing is left to do here. */
static dms_error *
aim_again(struct sm_work *work, struct push *push, struct soa *old_soa, bool *is_there)
{
	struct rr_array *there, *published, *wanted;
	uint32_t today = serial_of_day(realtime_us());

	TRY(dns_axfr(push->peer, work->mem, push->zone->name, old_soa, &there));
	TRY(instance_records(work->db, work->mem, push->zone, push->from->id, &published));
	TRY(instance_records(work->db, work->mem, push->zone, push->to->id, &wanted));
	leave_to_signer(push, there, published, wanted);
	rr_array_diff(work->mem, there, wanted, &push->removed, &push->added);
	push->way = BY_TRANSFER;
	/* The serial that was asked for is what an earlier try of ours left there. */
	bool has_moved =
	    old_soa->serial == push->serial || (push->zone->publishing_serial != 0 &&
						old_soa->serial == push->zone->publishing_serial);
	bool must_move = push->must_move && !has_moved;
	*is_there = push->removed->count == 0 && push->added->count == 0 &&
		    is_same_soa(old_soa, &push->to->soa) && !must_move;
	push->is_nothing_to_do = *is_there && push->to->id == push->from->id &&
				 old_soa->serial == push->zone->soa_serial;
	*is_there = push->is_nothing_to_do ||
		    (*is_there && serial_lt(push->zone->soa_serial, old_soa->serial));
	if (*is_there) {
		push->serial = old_soa->serial;
		return NULL;
	}
	TRY(drift_find(work, push, old_soa, there, published));
	*is_there = push->is_drift_adopted;
	return serial_next(push->zone->name, old_soa->serial, push->zone->soa_serial,
			   must_move ? asked_serial(push, old_soa->serial) : 0, today,
			   &push->serial);
}

/* The master's refusals, each to what it means here. */
static dms_error *
refusal(struct sm_work *work, struct push *push, int rcode)
{
	struct soa soa;
	dms_error *error;

	if (rcode == LDNS_RCODE_NXRRSET)
		return dms_error_new(DMS_E_ZONE_DRIFT, "zone '%s' keeps changing on the master",
				     push->zone->name);
	error = dns_soa(push->peer, work->mem, push->zone->name, &soa);
	if (error != NULL && error->id == DMS_E_NO_SUCH_ZONE_ON_SERVER) {
		dms_error_free(error);
		push->is_unknown_there = true;
		return NULL;
	}
	TRY(error);
	return dms_error_put_str(dms_error_new(DMS_E_DNS_REFUSED,
					       "the master answers %s to an update of '%s'",
					       dns_rcode_name(rcode), push->zone->name),
				 "rcode", dns_rcode_name(rcode));
}

static dms_error *
send_update(struct sm_work *work)
{
	struct push *push = work->mine;
	struct soa old_soa = soa_with(push->from, push->zone->soa_serial);
	struct soa new_soa = soa_with(push->to, push->serial);
	struct dns_update update = update_from(push, &old_soa, &new_soa);
	bool is_there;
	bool is_mine;
	int rcode;

	if (!push->is_refresh) {
		TRY(dns_update(push->peer, &update, &rcode));
		if (rcode == LDNS_RCODE_NOERROR)
			return NULL;
		if (rcode != LDNS_RCODE_NXRRSET)
			return refusal(work, push, rcode);
	}
	FAULT_TRY(LOOKING, work->event_type);
	dms_error *error = aim_again(work, push, &old_soa, &is_there);
	if (error != NULL && error->id == DMS_E_NO_SUCH_ZONE_ON_SERVER) {
		dms_error_free(error);
		push->is_unknown_there = true;
		return NULL;
	}
	TRY(error);
	if (is_there)
		return NULL;
	push->must_go_by_file = is_too_large(work, push);
	if (push->must_go_by_file)
		return NULL;
	FAULT_TRY(LOOKED, work->event_type);
	/* Who has overtaken us may have published what was found: it must not be put back. */
	TRY(sm_is_mine(work, &is_mine));
	if (!is_mine)
		return NULL;
	new_soa = soa_with(push->to, push->serial);
	update = update_from(push, &old_soa, &new_soa);
	TRY(dns_update(push->peer, &update, &rcode));
	return rcode == LDNS_RCODE_NOERROR ? NULL : refusal(work, push, rcode);
}

static dms_error *
settle(struct sm_work *work, enum sm_step *step)
{
	struct push *push = work->mine;

	*step = SM_DONE;
	if (push->is_unknown_there) {
		TRY(db_exec(work->db, "UPDATE zone SET is_on_master = false WHERE id = $1",
			    P_INT(push->zone->id)));
		TRY(ask_master_sm(work, push->zone, "ZONE_ADD", "master"));
		sm_goto(work, "UNCONFIG");
		return NULL;
	}
	if (push->is_nothing_to_do) {
		*step = SM_NO_CHANGE;
		return publish_silently(work, push);
	}
	if (push->is_drift_adopted)
		return drift_adopt(work, push);
	TRY(drift_tell(work, push, 0));
	if (push->must_go_by_file) {
		TRY(zone_set_publishing(work, push->zone, push->to->id, push->serial));
		return send_as_file(work, push);
	}
	return zone_published(work, push->zone, push->to->id, push->change_id, push->serial,
			      push->way);
}

/* Elsewhere than in PUBLISHED: the newest candidate goes out with, or right after, what is under
 * way; a serial that was asked for does not, and nobody shall believe it has. */
static dms_error *
keep(struct sm_work *work, enum sm_step *step)
{
	struct push wishes = {0};

	take_wishes(&wishes, work->parameters);
	if (wishes.must_move)
		return dms_error_put_str(
		    dms_error_new(DMS_E_ZONE_NOT_PUBLISHED,
				  "zone %s went to %s before its serial could be changed",
				  work->sm_name, work->state),
		    "name", work->sm_name);
	json_object_set_new(work->results, "message",
			    json_string("the candidate goes out with what is under way, or next"));
	*step = SM_NO_CHANGE;
	return NULL;
}

const struct sm_handler on_update_kept = {.begin = keep};

const struct sm_handler on_update = {.begin = begin, .work = send_update, .settle = settle};
