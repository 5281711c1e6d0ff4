/* What is where in a zone whose records are sorted: owners, delegations, wildcards. */
#include "dns/zonetext_check.h"

#include <stdlib.h>
#include <string.h>

size_t
check_key(const char *label, char *key)
{
	size_t length = strlen(label);
	char *out = key + length;

	if (strcmp(label, "@") == 0) {
		key[0] = '\0';
		return 0;
	}
	/* Filled from the back, so that labels swap ends and keep their own order. */
	*out = '\0';
	while (*label != '\0') {
		size_t size = 0;
		while (label[size] != '\0' && label[size] != '.')
			size += label[size] == '\\' && label[size + 1] != '\0' ? 2 : 1;
		out -= size;
		memcpy(out, label, size);
		label += size;
		if (*label == '.') {
			*--out = CHECK_SEPARATOR;
			label++;
		}
	}
	return length;
}

uint64_t
check_prefix(const char *key)
{
	uint64_t prefix = 0;
	bool is_over = false;

	for (size_t i = 0; i < sizeof prefix; i++) {
		is_over |= is_over || key[i] == '\0';
		prefix = prefix << 8 | (is_over ? 0 : (uint8_t)key[i]);
	}
	return prefix;
}

bool
check_is_below(const char *key, const char *upper)
{
	size_t length = strlen(upper);

	if (length == 0)
		return key[0] != '\0';
	return strncmp(key, upper, length) == 0 && key[length] == CHECK_SEPARATOR;
}

size_t
check_seek(const struct check *check, const char *key, uint64_t prefix)
{
	size_t low = 0, high = check->owner_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct check_owner *owner = &check->owners[middle];
		bool is_before =
		    owner->prefix != prefix ? owner->prefix < prefix : strcmp(owner->key, key) < 0;
		if (is_before)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What is at exactly this key. */
static enum check_kind
look_up(const struct check *check, const char *key, size_t *owner)
{
	size_t at = check_seek(check, key, check_prefix(key));

	*owner = CHECK_NO_OWNER;
	if (at == check->owner_count)
		return key[0] == '\0' ? NAME_OTHER : NAME_MISSING;
	const struct check_owner *found = &check->owners[at];
	if (strcmp(found->key, key) != 0)
		return check_is_below(found->key, key) ? NAME_OTHER : NAME_MISSING;
	*owner = at;
	if (found->has & HAS_CNAME)
		return NAME_ALIAS;
	return found->has & HAS_ADDRESS ? NAME_WITH_ADDRESS : NAME_OTHER;
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

/* A name that is not there may be covered by a wildcard (RFC 4592 section 3.3.1): the "*" right
 * below the closest name above it that exists. Changes `key`. */
static enum check_kind
look_up_wildcard(const struct check *check, char *key, size_t *owner)
{
	while (go_up(key)) {
		size_t length = strlen(key);
		if (length > 0 && look_up(check, key, owner) == NAME_MISSING)
			continue;
		/* One label was cut off, so there is room for one of one character. */
		const char *wildcard = length > 0 ? "\x01*" : "*";
		memcpy(key + length, wildcard, strlen(wildcard) + 1);
		return look_up(check, key, owner);
	}
	return NAME_MISSING;
}

/* The last of some owners that is not after `key`, if `key` is at or below it. Owners none of which
 * is below another: what is between one and the next is below it, or below none. */
static size_t
find_above(const struct check *check, const size_t *owners, size_t count, const char *key)
{
	size_t low = 0, high = count;
	uint64_t prefix = check_prefix(key);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct check_owner *owner = &check->owners[owners[middle]];
		bool is_not_after =
		    owner->prefix != prefix ? owner->prefix < prefix : strcmp(owner->key, key) <= 0;
		if (is_not_after)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return CHECK_NO_OWNER;
	const char *above = check->owners[owners[low - 1]].key;
	bool is_above = strcmp(above, key) == 0 || check_is_below(key, above);
	return is_above ? owners[low - 1] : CHECK_NO_OWNER;
}

size_t
check_cut_of(const struct check *check, const char *key)
{
	return find_above(check, check->cuts, check->cut_count, key);
}

size_t
check_dname_above(const struct check *check, const char *key)
{
	size_t owner = find_above(check, check->dnames, check->dname_count, key);
	bool is_there = owner != CHECK_NO_OWNER && strcmp(check->owners[owner].key, key) == 0;

	return is_there ? CHECK_NO_OWNER : owner;
}

/* The owners that have one of `has` and are not below another of them. */
static size_t
collect_topmost(const struct check *check, uint8_t has, bool takes_apex, size_t **topmost)
{
	const char *last = NULL;
	size_t count = 0;

	*topmost = talloc_array(check->scratch, size_t, check->owner_count + 1);
	for (size_t i = 0; i < check->owner_count; i++) {
		const struct check_owner *owner = &check->owners[i];
		if ((owner->has & has) == 0 || (owner->key[0] == '\0' && !takes_apex) ||
		    (last != NULL && check_is_below(owner->key, last)))
			continue;
		last = owner->key;
		(*topmost)[count++] = i;
	}
	return count;
}

void
check_collect_cuts(struct check *check)
{
	check->cut_count = collect_topmost(check, HAS_NS, false, &check->cuts);
	check->dname_count = collect_topmost(check, HAS_DNAME, true, &check->dnames);
}

int
check_target_offset(uint16_t type)
{
	switch (type) {
	case RR_NS:
	case RR_PTR:
	case RR_CNAME:
		return 0;
	case RR_MX:
	case TYPE_SVCB:
	case TYPE_HTTPS:
		return 2;
	case RR_SRV:
		return 6;
	default:
		return -1;
	}
}

static void
find_target(const struct check *check, const char *relative, struct check_target *target)
{
	char key[CHECK_KEY_MAX];

	check_key(relative, key);
	size_t cut = check_cut_of(check, key);
	if (cut != CHECK_NO_OWNER)
		target->cut = check->owners[cut].key;
	if (cut == CHECK_NO_OWNER && check_dname_above(check, key) != CHECK_NO_OWNER) {
		target->kind = NAME_ALIAS;
		return;
	}
	target->kind = look_up(check, key, &target->owner);
	if (target->kind == NAME_MISSING && cut == CHECK_NO_OWNER)
		target->kind = look_up_wildcard(check, key, &target->owner);
}

const struct check_target *
check_target_at(struct check *check, const struct zone_text_record *record, size_t offset)
{
	char relative[NAME_TEXT_MAX + 1];
	struct check_target *target = &check->target;

	if (check->target_of == record)
		return target;
	if (record->rdata_size <= offset)
		return NULL;
	const uint8_t *name = record->rdata + offset;
	size_t size = name_size(name, record->rdata_size - offset);
	if (size == 0)
		return NULL;
	check->target_of = record;
	target->kind = NAME_OUTSIDE;
	target->owner = CHECK_NO_OWNER;
	target->cut = NULL;
	name_print(name, size, NULL, 0, target->text);
	if (name_find_suffix(name, size, check->zone, check->zone_size) < 0)
		return target;
	name_print(name, size, check->zone, check->zone_size, relative);
	find_target(check, relative, target);
	return target;
}

static int
compare_keys(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

void
check_collect_glue(struct check *check)
{
	char relative[NAME_TEXT_MAX + 1], key[CHECK_KEY_MAX];

	check->glue = talloc_array(check->scratch, const char *, check->count + 1);
	for (size_t i = 0; i < check->count; i++) {
		const struct zone_text_record *record = check->records[i].record;
		if (check->records[i].type != RR_NS)
			continue;
		size_t size = name_size(record->rdata, record->rdata_size);
		if (size == 0 ||
		    name_find_suffix(record->rdata, size, check->zone, check->zone_size) < 0)
			continue;
		name_print(record->rdata, size, check->zone, check->zone_size, relative);
		check_key(relative, key);
		if (check_cut_of(check, key) != CHECK_NO_OWNER)
			check->glue[check->glue_count++] = talloc_strdup(check->scratch, key);
	}
	qsort(check->glue, check->glue_count, sizeof check->glue[0], compare_keys);
}
