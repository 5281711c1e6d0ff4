/* What can be done with a zone's history: compare, take from it, shorten it. */
#pragma once

#include "model/instance.h"

/* What differs between two contents, as name servers would see them; the SOA too (its serial alone
 * is no difference). */
struct zone_difference {
	const char *zone; /* absolute; owners in `removed` and `added` are at or below it */
	struct rr_array *removed, *added; /* sorted */
};

/* Two instances of one zone, by births and deaths. On `mem`. DMS_E_ZI_NOT_FOUND. */
dms_error *history_difference(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
			      int64_t from_zi, int64_t to_zi, struct zone_difference **difference);
/* Two contents in memory, maybe of two zones: the second one is moved to the first one's name. */
dms_error *text_difference(TALLOC_CTX *mem, const struct zone_text *from, struct zone_text *to,
			   struct zone_difference **difference);
/* One hunk for each RRset, "@@ label TYPE @@" and its records with - and +; `from` and `to` name
 * the sides in the first two lines. Empty when nothing differs. On `mem`. */
char *difference_to_text(TALLOC_CTX *mem, const struct zone_difference *difference,
			 const char *from, const char *to);
/* [{"label","type","removed":[{"ttl","rdata"}...],"added":[...]}...]; new reference. */
json_t *difference_to_json(const struct zone_difference *difference);

/* Gives a content another zone's name. Names at or below the old one follow, others stay. */
dms_error *text_move(struct zone_text *text, const char *zone);
/* Makes the records of `type` (RR_ANY: of any) at `label` those of `old`, with their flags,
 * comments and groups; they stand where the first of the former ones stood, else at the end.
 * `*is_changed` says whether there was or is any. */
void text_restore_rrset(struct zone_text *text, const struct zone_text *old, const char *label,
			uint16_t type, bool *is_changed);

/* Takes somebody else's changes into a content: what is not there to be removed, or is there
 * already, is no fault; a new TTL keeps comment and group. Disabled records take no part. */
void text_merge(struct zone_text *text, const struct rr_array *removed,
		const struct rr_array *added);

/* What `mine` changes of `base`, RRset by RRset with flags and comments, goes into `theirs`, which
 * others made of the same base. SOA fields and zone TTL count as one, "@ SOA"; the order of records
 * does not count. What both have changed, each in another way, is a conflict:
 * [{"label","type","base":[{"ttl","rdata"...}...],"theirs":[...],"mine":[...]}...] (new reference).
 * With any, `theirs` is half done and of no use. All three have a completed apex and unified TTLs.
 * About n log n. */
void text_merge_three(const struct zone_text *base, struct zone_text *theirs,
		      const struct zone_text *mine, json_t **conflicts);

/* Deletes one instance. DMS_E_ZI_NOT_FOUND; DMS_E_ZI_IN_USE for the published one, the candidate,
 * and one that is being published. Locks the zone's row. */
dms_error *history_delete(struct db *db, int64_t zone_id, int64_t zi_id);

struct history_limits {
	double age_days; /* older than this */
	int64_t max_num; /* beyond so many newest ones */
};
/* Zones with instances that the limits let go: not deleted ones with more than max_num, or, for
 * `is_deleted`, those deleted for longer than age_days with any that could go. Ids in ascending
 * order, at most `batch`, after `after`. talloc'ed array. */
dms_error *history_long_zones(struct db *db, TALLOC_CTX *mem, const struct history_limits *limits,
			      bool is_deleted, int64_t after, int batch, int64_t **ids,
			      size_t *count);
/* Deletes at most `batch` instances of one zone; `*deleted` less than `batch` says that no more can
 * go. `is_deleted`: all but those in use, whatever their age. One transaction's work. */
dms_error *history_shorten(struct db *db, int64_t zone_id, const struct history_limits *limits,
			   bool is_deleted, int batch, int64_t *deleted);
