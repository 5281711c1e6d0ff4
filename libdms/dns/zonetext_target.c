/* Checks of the names that records point to: host names, and an address when they are inside the
 * zone and not below a delegation (spec/zone-data.md sections 5.3 and 6.2). */
#include "dns/zonetext_check.h"

#include <string.h>

/* The first sorted record that is not before `key` and `type`. */
static size_t
lower_bound(const struct check *check, const char *key, uint16_t type)
{
	size_t low = 0, high = check->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct check_record *record = &check->records[middle];
		int order = strcmp(record->key, key);
		if (order < 0 || (order == 0 && record->record->type < type))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
has_type(const struct check *check, const char *key, uint16_t type)
{
	size_t at = lower_bound(check, key, type);

	return at < check->count && check->records[at].record->type == type &&
	       strcmp(check->records[at].key, key) == 0;
}

enum name_kind {
	NAME_MISSING,
	NAME_OTHER, /* exists, if only because of names below it */
	NAME_ALIAS,
	NAME_WITH_ADDRESS,
};

/* What is at exactly this key. */
static enum name_kind
look_up(const struct check *check, const char *key)
{
	size_t at = lower_bound(check, key, 0), length = strlen(key);

	if (has_type(check, key, RR_A) || has_type(check, key, RR_AAAA))
		return NAME_WITH_ADDRESS;
	if (has_type(check, key, RR_CNAME))
		return NAME_ALIAS;
	if (at == check->count || strncmp(check->records[at].key, key, length) != 0)
		return NAME_MISSING;
	char next = check->records[at].key[length];
	return next == '\0' || next == CHECK_SEPARATOR || length == 0 ? NAME_OTHER : NAME_MISSING;
}

/* Cuts the last label of a key off. False: it was the apex. */
static bool
go_up(char *key)
{
	char *separator = strrchr(key, CHECK_SEPARATOR);

	if (key[0] == '\0')
		return false;
	*(separator != NULL ? separator : key) = '\0';
	return true;
}

/* The topmost delegation at or above the key: length of its key, 0: none. */
static size_t
find_cut(const struct check *check, const char *key, char *work)
{
	size_t cut = 0;

	memcpy(work, key, strlen(key) + 1);
	for (; work[0] != '\0'; go_up(work)) {
		if (has_type(check, work, RR_NS))
			cut = strlen(work);
	}
	return cut;
}

/* A name that is not there may be covered by a wildcard (RFC 4592 section 3.3.1): the "*" right
 * below the closest name above it that exists. */
static enum name_kind
look_up_wildcard(const struct check *check, const char *key, char *work)
{
	memcpy(work, key, strlen(key) + 1);
	while (go_up(work)) {
		size_t length = strlen(work);
		if (length > 0 && look_up(check, work) == NAME_MISSING)
			continue;
		/* One label was cut off, so there is room for one of one character. */
		const char *wildcard = length > 0 ? "\x01*" : "*";
		memcpy(work + length, wildcard, strlen(wildcard) + 1);
		return look_up(check, work);
	}
	return NAME_MISSING;
}

static void
check_inside(struct check *check, const struct zone_text_record *record, const char *target)
{
	char key[NAME_TEXT_MAX + 2], work[NAME_TEXT_MAX + 2];
	char *made = check_key(check->scratch, target);

	memcpy(key, made, strlen(made) + 1);
	talloc_free(made);
	size_t cut = find_cut(check, key, work);
	enum name_kind kind = look_up(check, key);
	if (cut > 0) {
		/* Below a delegation only the glue of that delegation's own NS is ours to give
		 * (RFC 1034 section 4.2.1). */
		char *owner = check_key(check->scratch, record->label);
		bool is_glue =
		    record->type == RR_NS && strlen(owner) == cut && strncmp(owner, key, cut) == 0;
		talloc_free(owner);
		if (!is_glue)
			return;
	} else if (kind == NAME_MISSING) {
		kind = look_up_wildcard(check, key, work);
	}
	if (kind == NAME_ALIAS)
		check_add(check, record, FINDING_WARNING, DMS_E_CNAME_TARGET,
			  "target %s is a CNAME", target);
	else if (kind != NAME_WITH_ADDRESS)
		check_add(check, record, FINDING_ERROR, DMS_E_ZONE_CHECK_INTEGRITY_NO_GLUE,
			  "target %s is inside the zone but has no %s there", target,
			  kind == NAME_MISSING ? "record" : "A or AAAA record");
}

static bool
is_reverse_zone(const char *zone)
{
	return name_is_within(zone, "in-addr.arpa.") || name_is_within(zone, "ip6.arpa.") ||
	       name_is_within(zone, "ip6.int.");
}

/* Where the target's name begins in rdata, -1: the type's target is not looked at. */
static int
target_offset(const struct check *check, uint16_t type)
{
	switch (type) {
	case RR_NS:
		return 0;
	case RR_MX:
		return 2;
	case RR_SRV:
		return 6;
	case RR_PTR:
		return is_reverse_zone(check->text->zone) ? 0 : -1;
	default:
		return -1;
	}
}

void
check_targets(struct check *check, const struct zone_text_record *record)
{
	char target[NAME_TEXT_MAX + 1];
	int offset = target_offset(check, record->type);

	if (offset < 0 || record->rdata_size <= (size_t)offset)
		return;
	const uint8_t *name = record->rdata + offset;
	size_t size = name_size(name, record->rdata_size - (size_t)offset);
	if (size == 0)
		return;
	/* "No service here": null MX (RFC 7505), SRV (RFC 2782). */
	bool may_be_root =
	    record->type == RR_SRV ||
	    (record->type == RR_MX && record->rdata[0] == 0 && record->rdata[1] == 0);
	if (size == 1 && may_be_root)
		return;
	name_print(name, size, NULL, 0, target);
	if (!name_is_host(target, false)) {
		check_add(check, record, FINDING_ERROR, DMS_E_BAD_NAME_RDATA,
			  "target %s is not a host name", target);
		return;
	}
	if (record->type == RR_PTR || !name_is_within(target, check->text->zone))
		return;
	char *inside = name_relative(check->scratch, target, check->text->zone);
	check_inside(check, record, inside);
	talloc_free(inside);
}
