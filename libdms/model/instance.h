/* Zone instances: immutable versions that share unchanged records (table record: born, gone).
 *
 * Records with gone null are those of the newest instance of their zone. That is the candidate, but
 * for instances that copy_zi has put into the history: who means the candidate asks the zone for
 * it. All writers hold the zone's row lock. */
#pragma once

#include "dns/zonetext.h"
#include "model/zone.h"

struct instance {
	int64_t id, zone_id, change_id;
	const char *ctime, *change_by, *comment;
	struct soa soa;  /* serial: as begun with */
	int64_t soa_ttl; /* -1: zone_ttl */
	uint32_t zone_ttl;
	/* Layout of its zone text, as in struct zone_text. */
	const char *zone_ttl_text, *soa_ttl_text, *soa_comment, *soa_remark, *soa_tail, *end_remark;
};

struct instance_author {
	const char *change_by; /* "login/sectag" */
	int64_t change_id;
	const char *comment; /* NULL: none */
};

/* Stores `text` as the zone's newest instance and makes it the candidate (the shown one too where
 * nothing is published: in DISABLED, and in CREATE before the first publication). Rows are written
 * only for what differs from the newest instance so far. The apex is completed first by
 * instance_apply_apex. */
dms_error *instance_store(struct db *db, const struct zone *zone, struct zone_text *text,
			  const struct instance_author *author, int64_t *zi_id);
/* The same for a text that instance_apply_apex has completed already, in this transaction. Either
 * way each RRset gets one TTL, its lowest (RFC 2181 section 5.2), before anything is compared. */
dms_error *instance_store_completed(struct db *db, const struct zone *zone, struct zone_text *text,
				    const struct instance_author *author, int64_t *zi_id);
/* Finds the records whose reference nobody has (DMS_E_NO_REFERENCE_FOUND); what is found lives on
 * `text`. The order of the findings is the caller's to make. */
dms_error *references_check(struct db *db, struct zone_text *text, struct findings *findings);
/* SOA fields and, with use_apex_ns or for an empty zone, apex NS from the central configuration of
 * the zone's primary group (spec/zone-data.md section 13). DMS_E_ZONE_CFG_ITEM_NOT_FOUND. */
dms_error *instance_apply_apex(struct db *db, const struct zone *zone, struct zone_text *text);
/* The row alone. DMS_E_ZI_NOT_FOUND. */
dms_error *instance_get(struct db *db, TALLOC_CTX *mem, int64_t zone_id, int64_t zi_id,
			struct instance **instance);
/* All of it, in the order of its text. */
dms_error *instance_load(struct db *db, TALLOC_CTX *mem, const struct zone *zone, int64_t zi_id,
			 struct instance **instance, struct zone_text **text);
/* What a name server must lose and gain to come from `from_zi` to `to_zi`: by index range over
 * births and deaths, plus all records without own TTL when the zone TTL differs. Disabled records
 * are not on servers. SOA not included. */
dms_error *instance_diff(struct db *db, TALLOC_CTX *mem, const struct zone *zone, int64_t from_zi,
			 int64_t to_zi, struct rr_array **removed, struct rr_array **added);
/* All enabled records (without SOA), for comparing with a transfer. */
dms_error *instance_records(struct db *db, TALLOC_CTX *mem, const struct zone *zone, int64_t zi_id,
			    struct rr_array **records);
/* Addresses that came with applied updates, for the reverse automation. */
struct applied_reverse {
	int64_t change_id;
	json_t *parameters; /* of an event ReverseZoneSaved; freed with the array */
};
struct applied_updates {
	int count, refused_count; /* groups */
	int64_t zi_id;            /* the new candidate; 0: nothing has changed */
	struct applied_reverse *reverse;
	size_t reverse_count;
};
/* Applies the zone's waiting update groups (ADD, DELETE, UPDATE_RRTYPE, PTR_UPDATE) as one new
 * instance. A refused group keeps its reasons. The cost is that of what the groups touch.
 * `*applied` is on `mem`. */
dms_error *instance_apply_updates(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
				  struct applied_updates *applied);

/* A SOA number that ZI data did not give; instance_apply_apex fills it in (as it does NULL names).
 */
#define SOA_FIELD_MISSING UINT32_MAX
/* ZI data of spec/json-rpc.md 4.6 -> zone_text with findings. Wrong shapes and ZI fields are the
 * error; wrong records are findings, whose `line` is the record's number counted over all groups
 * from 1. */
dms_error *zi_data_parse(TALLOC_CTX *mem, const char *zone, const json_t *zi_data,
			 struct zone_text **text, struct findings *findings);
/* The same for the update_data of update_rrs, whose records have an update_op. */
dms_error *update_data_parse(TALLOC_CTX *mem, const char *zone, const json_t *update_data,
			     struct zone_text **text, struct findings *findings);
/* findings_error for findings about ZI data, also those that zone_text_check made of its zone_text:
 * places are rr_groups_index and rrs_index (from 0) instead of lines. */
dms_error *zi_data_error(const struct findings *findings, const char *zone, const json_t *zi_data);
/* findings_to_json with such places. */
json_t *zi_data_findings(const struct findings *findings, const json_t *zi_data);
/* An RR of spec/json-rpc.md 4.5 (new reference); of `text` only the zone counts. */
json_t *record_to_json(const struct instance *instance, const struct zone_text *text,
		       const struct zone_text_record *record);

#define RECORDS_FOUND_MAX 10000
struct record_query {
	const char *label;    /* as stored; a LIKE pattern with is_pattern */
	const int64_t *types; /* none: any */
	size_t type_count;
	const char *rdata; /* in presentation form, however written; NULL: any */
	bool is_pattern, with_disabled;
};
/* The records of an instance that the query means, without the SOA, in the order of the text, at
 * most RECORDS_FOUND_MAX, as JSON of 4.5 with comment_group_id (spec/zone-data.md section 19). */
dms_error *instance_find_records(struct db *db, TALLOC_CTX *mem, const struct zone *zone,
				 int64_t zi_id, const struct record_query *query, json_t **records);
/* zi object of spec/json-rpc.md 4.4 with rr_groups (new reference); `published_at` may be NULL. */
json_t *zi_to_json(const struct zone *zone, const struct instance *instance,
		   const struct zone_text *text, const char *published_at);
