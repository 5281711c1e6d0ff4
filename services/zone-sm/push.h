/* One publish on its way through claim, work and settle. */
#pragma once

#include "zone_sm.h"

/* What somebody else did to the zone on the master: the way from what was published to what is
 * there, SOA apart. */
struct drift {
	struct soa soa;    /* as it is there */
	uint32_t expected; /* serial that was last published */
	struct rr_array *there, *removed, *added;
};

struct push {
	struct zone *zone;
	struct instance *from, *to;
	struct rr_array *removed, *added;
	struct dns_peer *peer;
	uint32_t serial;
	int64_t change_id;     /* newest change in what is pushed */
	enum publish_way way;  /* how it got there */
	bool is_refresh;       /* the master is looked at whatever we believe */
	uint32_t wanted;       /* serial an operator asks for, 0: none */
	bool is_wrapped;       /* the farthest serial is asked for */
	bool must_move;        /* another serial is asked for, whatever else there is to do */
	bool is_nothing_to_do; /* and has what it should have */
	bool must_go_by_file;
	bool is_unknown_there; /* the master does not have the zone */
	struct drift *drift;   /* NULL: none was found */
	bool is_drift_adopted; /* instead of being put right */
};

/* But for the serial. */
bool is_same_soa(const struct soa *a, const struct soa *b);

/* --- drift.c --- */

/* Takes out of what a transfer brought and of what is to be published the CDS and CDNSKEY records
 * that are the signing master's own: all of them when it signs the zone, and those on the master
 * when no instance of ours has any. */
void leave_to_signer(struct push *push, struct rr_array *there, const struct rr_array *published,
		     struct rr_array *wanted);
/* Sets push->drift when `there` is neither what was published nor an earlier try of ours. */
dms_error *drift_find(struct sm_work *work, struct push *push, const struct soa *soa,
		      struct rr_array *there, struct rr_array *published);
/* Says so in the log, the event's results, and as the fact ZoneDrift. In settle; `zi_id` is the
 * instance that took it in, 0: none. */
dms_error *drift_tell(struct sm_work *work, const struct push *push, int64_t zi_id);
/* In settle: what is there becomes part of a new instance, on top of the candidate. */
dms_error *drift_adopt(struct sm_work *work, struct push *push);
