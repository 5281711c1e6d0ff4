/* Checks of what stands together at one owner: CNAMEs, duplicates, TTLs, and the owner itself. */
#include "dns/zonetext_check.h"

#include <string.h>

enum {
	WEEK = 7 * 24 * 3600,
	HEADER_SIZE = 12,     /* of a message, RFC 1035 section 4.1.1 */
	QUESTION_REST = 4,    /* behind the name, section 4.1.2 */
	RECORD_REST = 2 + 10, /* a pointer to the name, and all between it and the rdata */
};

/* DNSSEC's own may stand beside a CNAME (RFC 4034 section 3). */
static bool
is_beside_cname(uint16_t type)
{
	return type == RR_RRSIG || type == RR_NSEC;
}

/* The CNAME that comes first in the text, NULL: none. */
static const struct zone_text_record *
first_cname(const struct check_record *records, size_t count)
{
	const struct zone_text_record *first = NULL;

	for (size_t i = 0; i < count; i++) {
		if (records[i].type == RR_CNAME && (first == NULL || records[i].record < first))
			first = records[i].record;
	}
	return first;
}

/* What comes after the CNAME in the text is in its way. */
void
check_cname_first(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text_record *cname = first_cname(records, count);

	for (size_t i = 0; i < count && cname != NULL; i++) {
		const struct zone_text_record *record = records[i].record;
		if (record > cname && !is_beside_cname(record->type) &&
		    !check_is_same(cname, record))
			check_add(check, record, "the owner has a CNAME, which must be alone");
	}
}

/* A CNAME that comes last is in the way itself; so is one at the apex, where the SOA is. */
void
check_cname_last(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text_record *cname = first_cname(records, count);
	bool has_other = false;

	for (size_t i = 0; i < count && cname != NULL; i++) {
		const struct zone_text_record *record = records[i].record;
		if (record->type == RR_CNAME || is_beside_cname(record->type))
			continue;
		if (record > cname)
			return;
		has_other = true;
	}
	if (cname == NULL)
		return;
	if (has_other)
		check_add(check, cname, "the owner has other records, a CNAME must be alone");
	else if (records[0].key[0] == '\0')
		check_add(check, cname, "at the apex are SOA and NS, a CNAME must be alone");
}

void
check_duplicates(struct check *check, const struct check_record *records, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const struct zone_text_record *a = records[i - 1].record, *b = records[i].record;
		if (check_is_same(a, b))
			check_add(check, b, "the record is there already%s",
				  check_ttl(check, a) != check_ttl(check, b) ? " with another TTL"
									     : "");
	}
}

/* A name server keeps one TTL for all of an RRset. */
void
check_ttl_mismatch(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text_record *first = check_first(records, count), *other = NULL;
	int64_t lowest = check_ttl(check, first);

	for (size_t i = 0; i < count; i++) {
		int64_t ttl = check_ttl(check, records[i].record);
		lowest = ttl < lowest ? ttl : lowest;
	}
	for (size_t i = 0; i < count; i++) {
		const struct zone_text_record *record = records[i].record;
		if (check_ttl(check, record) != check_ttl(check, first) &&
		    (other == NULL || record < other))
			other = record;
	}
	if (other == NULL || lowest < 0)
		return;
	check_add(check, other,
		  "TTL %lld, but the owner's first record of the type has %lld; all are saved "
		  "with the lowest, %lld",
		  (long long)check_ttl(check, other), (long long)check_ttl(check, first),
		  (long long)lowest);
}

/* An RRset goes into one message or is not answered at all. */
void
check_rrset_size(struct check *check, const struct check_record *records, size_t count)
{
	size_t size = HEADER_SIZE + check->zone_size + QUESTION_REST;

	if (records[0].key[0] != '\0')
		size += strlen(records[0].key) + 1;
	for (size_t i = 0; i < count; i++)
		size += RECORD_REST + records[i].record->rdata_size;
	if (size > UINT16_MAX)
		check_add(check, check_first(records, count),
			  "an answer with all %zu records would have %zu octets, 65535 are the "
			  "most: nobody could ask for them",
			  count, size);
}

void
check_ttl_range(struct check *check, const struct check_record *records, size_t count)
{
	int64_t ttl = records[0].record->ttl;

	if (ttl > INT32_MAX)
		check_add(check, records[0].record, "TTL %lld is over 2147483647", (long long)ttl);
}

/* Only TTLs of their own: the zone's is looked at once. */
void
check_ttl_unusual(struct check *check, const struct check_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct zone_text_record *record = records[i].record;
		if (record->ttl == 0) {
			check_add(check, record, "TTL 0: no cache keeps the answer");
			return;
		}
		if (record->ttl > WEEK && record->ttl <= INT32_MAX) {
			check_add(check, record,
				  "TTL %lld is over a week (%d): so long may a change stay unseen",
				  (long long)record->ttl, WEEK);
			return;
		}
	}
}

/* The counterpart of BIND's check-names for owners; once an RRset. */
void
check_owner_host(struct check *check, const struct check_record *records, size_t count)
{
	if (!name_is_host(records[0].record->label, true))
		check_add(check, records[0].record, "the owner is not a host name");
}

/* Octets of the labels in wire form, without the root; -1: one of them is too long. */
static int
wire_length(const char *label)
{
	int total = 0, size = 0;

	for (; *label != '\0'; label++) {
		if (*label == '.') {
			total += size + 1;
			size = 0;
			continue;
		}
		bool is_number = label[0] == '\\' && label[1] >= '0' && label[1] <= '9';
		for (int skip = is_number ? 3 : *label == '\\'; skip > 0 && label[1] != '\0';
		     skip--)
			label++;
		if (++size > 63)
			return -1;
	}
	return total + size + 1;
}

/* A reader does not let them in; a content that moves to a zone with a longer name may have them.
 */
void
check_owner_length(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text_record *record = records[0].record;

	size_t shown = strlen(records[0].key); /* no shorter than in wire form */
	if (shown == 0 || (shown <= 63 && shown + 1 + check->zone_size <= NAME_WIRE_MAX))
		return;
	int length = wire_length(record->label);
	if (length < 0)
		check_add(check, record, "a label of the owner is longer than 63 octets");
	else if ((size_t)length + check->zone_size > NAME_WIRE_MAX)
		check_add(check, record, "the owner is %zu octets long, 255 is the most",
			  (size_t)length + check->zone_size);
}

void
check_obsolete(struct check *check, const struct check_record *records, size_t count)
{
	const struct rr_type_info *info = rr_type_find(records[0].type);

	if (info != NULL && info->status == RR_TYPE_OBSOLETE)
		check_add(check, records[0].record, "the type is obsolete%s%s",
			  info->note != NULL ? ": " : "", info->note != NULL ? info->note : "");
}

/* RFC 4592 sections 4.2 and 4.4 */
static void
check_wildcard(struct check *check, const struct zone_text_record *record, const char *why)
{
	if (record->label[0] == '*' && (record->label[1] == '.' || record->label[1] == '\0'))
		check_add(check, record, "%s", why);
}

void
check_wildcard_ns(struct check *check, const struct check_record *records, size_t count)
{
	check_wildcard(check, records[0].record, "a wildcard delegates nothing");
}

void
check_wildcard_dname(struct check *check, const struct check_record *records, size_t count)
{
	check_wildcard(check, records[0].record,
		       "a wildcard redirects what is below a name, not the name itself");
}
