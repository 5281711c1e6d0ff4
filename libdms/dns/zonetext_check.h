/* The checks of a zone's content: the table of them, what they see, and how they report. For the
 * zonetext_check*.c and zonetext_target.c files only. */
#pragma once

#include <stdarg.h>
#include <stdio.h>

#include "dns/name_parts.h"
#include "dns/zonetext.h"

enum {
	TYPE_DNAME = 39,
	TYPE_SSHFP = 44,
	TYPE_TLSA = 52,
	TYPE_SMIMEA = 53,
	TYPE_ZONEMD = 63,
	TYPE_SVCB = 64,
	TYPE_HTTPS = 65,
	TYPE_SPF = 99,
	TYPE_CAA = 257,
};

/* Below every character that a printed label has, so that sorted keys keep a name and all below it
 * together. */
#define CHECK_SEPARATOR '\x01'
#define CHECK_KEY_MAX   (NAME_TEXT_MAX + 2)

struct check_record {
	const struct zone_text_record *record;
	const char *key;
	uint64_t prefix; /* the key's first octets: most comparisons end there */
	uint64_t rdata;  /* likewise of the rdata */
	uint16_t type;
};

/* All records of one owner. */
struct check_owner {
	const char *key;
	uint64_t prefix;
	size_t first, count; /* among the sorted records */
	size_t alias_of;     /* of a CNAME: the owner it leads to, or CHECK_NO_OWNER */
	uint8_t has;         /* HAS_... */
	uint8_t alias_kind;  /* of a CNAME: enum check_kind of its target */
	bool is_in_loop;
};
enum { HAS_ADDRESS = 1, HAS_CNAME = 2, HAS_NS = 4, HAS_DNAME = 8, HAS_DS = 16 };
#define CHECK_NO_OWNER SIZE_MAX

/* What is at a name. */
enum check_kind {
	NAME_OUTSIDE, /* of the zone, or below a delegation: not ours to know */
	NAME_MISSING,
	NAME_OTHER, /* exists, if only because of names below it */
	NAME_ALIAS, /* a CNAME, or below a DNAME */
	NAME_WITH_ADDRESS,
};
struct check_target {
	enum check_kind kind;
	size_t owner;                 /* where it was found; CHECK_NO_OWNER */
	const char *cut;              /* key of the delegation it is below or at; NULL: none */
	char text[NAME_TEXT_MAX + 1]; /* absolute */
};

struct check_rule;
struct check {
	const struct zone_text *text;
	struct findings *findings;
	TALLOC_CTX *scratch;
	const struct check_rule *rule; /* the one that runs */
	uint8_t zone[NAME_WIRE_MAX];
	size_t zone_size;
	bool is_reverse;              /* in-addr.arpa, ip6.arpa, ip6.int */
	struct check_record *records; /* enabled ones, sorted */
	size_t count;
	struct check_owner *owners; /* sorted */
	size_t owner_count;
	/* Owners of the topmost delegations and of DNAMEs: sorted, no one below another. */
	size_t *cuts, *dnames;
	size_t cut_count, dname_count;
	const char **glue; /* keys of the names that NS records point to, sorted */
	size_t glue_count;
	/* The last target looked up: rules of one record ask for the same. */
	const struct zone_text_record *target_of;
	struct check_target target;
};

enum check_scope {
	CHECK_ZONE,   /* once, with all records */
	CHECK_OWNER,  /* with all records of one owner */
	CHECK_RRSET,  /* with those of one owner and type */
	CHECK_RECORD, /* one by one */
	CHECK_APEX,   /* once, with all records, when the apex is complete */
};
#define CHECK_TYPES_MAX 8
struct check_rule {
	enum dms_err id;
	int level;
	bool is_absence; /* something is not there: not asked where records could not be read */
	enum check_scope scope;
	uint16_t types[CHECK_TYPES_MAX]; /* of an RRset or record; none: any */
	const char *what, *source;
	void (*run)(struct check *check, const struct check_record *records, size_t count);
};
extern const struct check_rule check_rules[];
extern const size_t check_rule_count;

/* --- reporting: id and level are the running rule's --- */

void check_add(struct check *check, const struct zone_text_record *record, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void check_add_soa(struct check *check, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* --- order (zonetext_check_sort.c) --- */

/* Sorts check->records by owner (parents before what is below them), type, rdata, place in the
 * text.
 */
void check_sort(struct check *check);

/* --- looking up (zonetext_check_find.c) --- */

/* The label with its labels in reverse order: "a.b" -> "b", separator, "a"; "@" -> "". `key` holds
 * CHECK_KEY_MAX. Returns the length. */
size_t check_key(const char *label, char *key);
uint64_t check_prefix(const char *key);
/* Whether `key` is below `upper`. */
bool check_is_below(const char *key, const char *upper);
/* The first owner that is not before `key`. */
size_t check_seek(const struct check *check, const char *key, uint64_t prefix);
void check_collect_cuts(struct check *check);
void check_collect_glue(struct check *check);
/* The name that a record's rdata has at `offset`; kept until another record's is asked for. NULL:
 * there is none. */
const struct check_target *check_target_at(struct check *check,
					   const struct zone_text_record *record, size_t offset);
/* The delegation that is at or above the key; CHECK_NO_OWNER. */
size_t check_cut_of(const struct check *check, const char *key);
size_t check_dname_above(const struct check *check, const char *key);
/* Where a wire name of the types NS, MX, SRV, PTR, CNAME, SVCB, HTTPS begins in rdata; -1: none. */
int check_target_offset(uint16_t type);

static inline int64_t
check_ttl(const struct check *check, const struct zone_text_record *record)
{
	const struct zone_text *text = check->text;

	if (record->ttl >= 0)
		return record->ttl;
	if (text->zone_ttl >= 0)
		return text->zone_ttl;
	return text->has_soa ? (int64_t)text->soa.minimum : -1;
}

static inline bool
check_is_same(const struct zone_text_record *a, const struct zone_text_record *b)
{
	return a->type == b->type && a->rdata_size == b->rdata_size &&
	       __builtin_memcmp(a->rdata, b->rdata, a->rdata_size) == 0;
}

/* The one that stands first in the zone: the records themselves are sorted by what they say. */
static inline const struct zone_text_record *
check_first(const struct check_record *records, size_t count)
{
	const struct zone_text_record *first = records[0].record;

	for (size_t i = 1; i < count; i++)
		first = records[i].record < first ? records[i].record : first;
	return first;
}

/* --- the checks, by subject --- */

typedef void check_fn(struct check *check, const struct check_record *records, size_t count);
check_fn check_cname_first, check_cname_last, check_duplicates, check_ttl_mismatch; /* owner */
check_fn check_obsolete, check_owner_host, check_owner_length, check_ttl_range, check_ttl_unusual,
    check_rrset_size;
check_fn check_wildcard_ns, check_wildcard_dname, check_dname_single, check_dname_occlusion,
    check_below_cut, check_ds;
check_fn check_target_host, check_target_address, check_target_alias_error,
    check_target_alias_warning, check_target_missing, check_target_dot, check_target_literal;
check_fn check_cname_loop, check_cname_chain, check_cname_nowhere; /* alias */
check_fn check_soa_names, check_soa_missing, check_ns_missing, check_ns_single, check_soa_timers,
    check_soa_serial, check_zone_ttl_range, check_zone_ttl;     /* apex */
check_fn check_ptr_owner, check_ptr_several, check_aaaa_mapped; /* address */
check_fn check_spf, check_spf_type, check_dmarc, check_caa;     /* policy */
check_fn check_digest_length, check_digest_sha1, check_tlsa, check_cds_unmatched,
    check_cds_location; /* digest */
