/* ReverseZoneSaved {zi_id, sectag}: a forward zone was saved. Every address in it, or at its
 * "labels" when an update was about those alone, may want a PTR in a reverse zone that DMS hosts
 * (spec/auto-reverse.md). The PTRs go there as incremental updates, which that zone's next publish
 * applies.
 *
 * The plain case: a PTR is made where there is none, by who is entitled to it. Replacing PTRs and
 * the privileges on single ones come with the full rules. */
#include "reverse_ptr.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "dns/name.h"
#include "dns/rr.h"
#include "model/server.h"
#include "model/zone.h"

/* One reverse zone that this save touches. */
struct target {
	struct zone *zone;
	int64_t group_id;
	int ranks;
};

struct collection {
	struct sm_work *work;
	struct zone *forward;
	bool makes_ipv4, makes_ipv6;
	struct target *targets;
	int target_count;
};

/* Rules 1 and 4 of spec/auto-reverse.md section 6; the others need PTRs with owners. */
static bool
is_entitled(const struct collection *all, const struct zone *reverse)
{
	const char *sectag = json_string_value(json_object_get(all->work->parameters, "sectag"));

	if (sectag != NULL && strcmp(sectag, "Admin") == 0)
		return true;
	return all->forward->reference != NULL && reverse->reference != NULL &&
	       strcasecmp(all->forward->reference, reverse->reference) == 0;
}

static dms_error *
target_for(struct collection *all, struct zone *reverse, struct target **target)
{
	struct sm_work *work = all->work;
	struct db_result *row;

	for (int i = 0; i < all->target_count; i++)
		if (all->targets[i].zone->id == reverse->id) {
			*target = &all->targets[i];
			return NULL;
		}
	TRY(db_query(work->db, work->mem, &row,
		     "INSERT INTO update_group (zone_id, is_ptr_only, sectag, change_by, change_id)"
		     " VALUES ($1, true, $2, $3, $4) RETURNING id",
		     P_INT(reverse->id),
		     P_TEXT(json_string_value(json_object_get(work->parameters, "sectag"))),
		     P_TEXT(talloc_asprintf(work->mem, "reverse-ptr for %s", all->forward->name)),
		     P_ID(work->change_id)));
	all->targets =
	    talloc_realloc(work->mem, all->targets, struct target, (unsigned)all->target_count + 1);
	*target = &all->targets[all->target_count++];
	**target = (struct target){.zone = reverse, .group_id = db_int(row, 0, "id")};
	return NULL;
}

/* What the reverse zone says of an address. */
enum ptr { PTR_NONE, PTR_SAME, PTR_OTHER };

/* A PTR that is there, or on its way, counts. */
static dms_error *
find_ptr(struct sm_work *work, const struct zone *reverse, const char *label, const uint8_t *target,
	 size_t size, enum ptr *ptr)
{
	struct db_result *row;

	TRY(db_query(
	    work->db, work->mem, &row,
	    "SELECT coalesce(bool_or(rdata = $4), false) AS is_same, count(*) AS count FROM"
	    " (SELECT rdata FROM record WHERE zone_id = $1 AND label = $2 AND type = $3"
	    "   AND gone IS NULL"
	    "  UNION ALL SELECT o.rdata FROM update_op o JOIN update_group u"
	    "   ON u.id = o.group_id WHERE u.zone_id = $1 AND u.state = 'WAITING'"
	    "   AND o.label = $2 AND o.type = $3) p",
	    P_INT(reverse->id), P_TEXT(label), P_INT(RR_PTR), P_BYTES(target, size)));
	*ptr = db_int(row, 0, "count") == 0 ? PTR_NONE
	       : db_bool(row, 0, "is_same") ? PTR_SAME
					    : PTR_OTHER;
	return NULL;
}

/* TRACKREV forces at every save; FORCEREV this once, so it came with the event and is stored
 * nowhere. */
static bool
is_forced(const struct collection *all, const struct db_result *rows, int row, const char *address)
{
	const json_t *list = json_object_get(all->work->parameters, "forced");
	const char *label = db_text(rows, row, "label");
	json_t *each;
	size_t i;

	json_array_foreach (list, i, each) {
		const char *l = json_string_value(json_object_get(each, "label"));
		const char *a = json_string_value(json_object_get(each, "address"));

		if (l != NULL && a != NULL && strcmp(l, label) == 0 && strcmp(a, address) == 0)
			return true;
	}
	return db_bool(rows, row, "tracks_reverse");
}

static dms_error *
add_ptr(struct collection *all, struct zone *reverse, const char *label, const uint8_t *ptr,
	size_t size, bool is_disabled, bool is_force)
{
	struct sm_work *work = all->work;
	struct target *target;

	TRY(target_for(all, reverse, &target));
	return db_exec(
	    work->db,
	    "INSERT INTO update_op (group_id, rank, op, label, type, rdata, is_disabled, ref_id)"
	    " SELECT $1::bigint, $2::integer, $8::text, $3::text, $4::integer, $5::bytea,"
	    "  $6::boolean, ref_id FROM zone WHERE id = $7",
	    P_INT(target->group_id), P_INT(++target->ranks), P_TEXT(label), P_INT(RR_PTR),
	    P_BYTES(ptr, size), P_BOOL(is_disabled), P_INT(all->forward->id),
	    P_TEXT(is_force ? "PTR_UPDATE_FORCE" : "PTR_UPDATE"));
}

/* An address whose forward name may be a PTR's target: is there a reverse zone of ours, may this
 * save change it, is there room or is it forced? */
static dms_error *
want_ptr(struct collection *all, const char *text, const uint8_t *address, size_t size,
	 const char *owner, bool is_disabled, bool is_force)
{
	struct sm_work *work = all->work;
	uint8_t wire[NAME_WIRE_MAX];
	size_t wire_size;
	struct zone *reverse;
	enum ptr ptr;
	char *label;

	TRY(zone_of_address(work->db, work->mem, text, &reverse));
	if (reverse == NULL || !reverse->inc_updates || !is_entitled(all, reverse))
		return NULL;
	label = address_label(work->mem, address, size, reverse->name);
	if (label == NULL)
		return NULL;
	TRY(name_to_wire(owner, wire, &wire_size));
	TRY(find_ptr(work, reverse, label, wire, wire_size, &ptr));
	if (ptr == PTR_SAME || (ptr == PTR_OTHER && !is_force))
		return NULL;
	return add_ptr(all, reverse, label, wire, wire_size, is_disabled, is_force);
}

/* One address record. */
static dms_error *
consider(struct collection *all, const struct db_result *rows, int row)
{
	bool is_ipv6 = db_int(rows, row, "type") == RR_AAAA;
	char text[INET6_ADDRSTRLEN];
	const uint8_t *address;
	bool is_force;
	char *owner;
	size_t size;

	address = db_bytes(rows, row, "rdata", &size);
	if (size != (is_ipv6 ? 16U : 4U) ||
	    inet_ntop(is_ipv6 ? AF_INET6 : AF_INET, address, text, sizeof(text)) == NULL)
		return NULL;
	is_force = is_forced(all, rows, row, text);
	if (!is_force && !(is_ipv6 ? all->makes_ipv6 : all->makes_ipv4))
		return NULL;
	owner = name_absolute(all->work->mem, db_text(rows, row, "label"), all->forward->name);
	if (!name_is_host(owner, false))
		return NULL;
	return want_ptr(all, text, address, size, owner, db_bool(rows, row, "is_disabled"),
			is_force);
}

static dms_error *
publish_targets(struct collection *all)
{
	for (int i = 0; i < all->target_count; i++)
		TRY(sm_post_next(all->work, (struct sm_event){
						.machine = "zone",
						.sm_id = all->targets[i].zone->id,
						.sm_name = all->targets[i].zone->name,
						.type = "ZoneSMUpdate",
					    }));
	return NULL;
}

/* The owners that the event is about, as JSON; NULL: all of the zone. */
static const char *
labels_of(const struct sm_work *work)
{
	const json_t *labels = json_object_get(work->parameters, "labels");
	char *text, *kept;

	if (labels == NULL)
		return NULL;
	text = json_dumps(labels, JSON_COMPACT);
	kept = talloc_strdup(work->mem, text);
	free(text);
	return kept;
}

#define ADDRESSES                                                                       \
	"SELECT r.label, r.type, r.rdata, r.is_disabled, r.tracks_reverse, r.position," \
	" r.id FROM record r WHERE r.zone_id = $1 AND r.born <= $2 AND r.type IN (1, 28)"

/* The addresses of the instance: all, or those at the labels that were touched. These are looked
 * for one by one, live and gone ones apart, which is how the indexes are: a zone that was just
 * loaded has no statistics yet by which PostgreSQL would find that out. */
static dms_error *
load_addresses(struct sm_work *work, int64_t zi_id, struct db_result **rows)
{
	const char *labels = labels_of(work);

	if (labels == NULL)
		return db_query(work->db, work->mem, rows,
				ADDRESSES " AND (r.gone IS NULL OR r.gone > $2)"
					  " ORDER BY position, id",
				P_INT(work->sm_id), P_INT(zi_id));
	return db_query(work->db, work->mem, rows,
			"SELECT a.* FROM json_array_elements_text($3::json) n(label)"
			" CROSS JOIN LATERAL (" ADDRESSES
			" AND r.gone IS NULL AND r.label = n.label"
			" UNION ALL " ADDRESSES " AND r.gone > $2 AND r.label = n.label OFFSET 0) a"
			" ORDER BY a.position, a.id",
			P_INT(work->sm_id), P_INT(zi_id), P_TEXT(labels));
}

static dms_error *
begin(struct sm_work *work, enum sm_step *step)
{
	int64_t zi_id = json_integer_value(json_object_get(work->parameters, "zi_id"));
	struct collection all = {.work = work};
	bool is_on;
	struct db_result *rows;

	*step = SM_NO_CHANGE;
	TRY(config_flag(work->db, "auto_reverse", &is_on));
	TRY(config_flag(work->db, "auto_create_ipv4_ptr", &all.makes_ipv4));
	TRY(config_flag(work->db, "auto_create_ipv6_ptr", &all.makes_ipv6));
	TRY(zone_by_id(work->db, work->mem, work->sm_id, ZONE_READ, &all.forward));
	if (!is_on || all.forward->deleted_start != NULL)
		return NULL;
	TRY(load_addresses(work, zi_id, &rows));
	for (int row = 0; row < db_rows(rows); row++)
		TRY(consider(&all, rows, row));
	if (all.target_count > 0)
		*step = SM_DONE;
	json_object_set_new(work->results, "reverse_zones", json_integer(all.target_count));
	return publish_targets(&all);
}

const struct sm_handler on_zone_saved = {.begin = begin};
