/* Checks of the names that records point to: host names, and an address when they are inside the
 * zone and not below a delegation (spec/zone-data.md sections 5.3 and 6.2). */
#include "dns/zonetext_check.h"

#include <string.h>

/* The target of the record that a rule is shown, NULL: none. */
static const struct check_target *
target_of(struct check *check, const struct check_record *records)
{
	const struct zone_text_record *record = records[0].record;

	return check_target_at(check, record, (size_t)check_target_offset(record->type));
}

/* "No service here": null MX (RFC 7505), SRV (RFC 2782); the owner itself (RFC 9460). */
static bool
may_be_root(const struct zone_text_record *record)
{
	return record->type == RR_SRV || record->type == TYPE_SVCB || record->type == TYPE_HTTPS ||
	       (record->type == RR_MX && record->rdata[0] == 0 && record->rdata[1] == 0);
}

void
check_target_host(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text_record *record = records[0].record;
	const struct check_target *target = target_of(check, records);

	if (target == NULL || (record->type == RR_PTR && !check->is_reverse))
		return;
	if (strcmp(target->text, ".") == 0 && may_be_root(record))
		return;
	if (!name_is_host(target->text, false))
		check_add(check, record, "target %s is not a host name", target->text);
}

/* What the other rules look at: host names, about which the first one has nothing to say. */
static const struct check_target *
host_target_of(struct check *check, const struct check_record *records)
{
	const struct check_target *target = target_of(check, records);

	return target != NULL && name_is_host(target->text, false) ? target : NULL;
}

/* Below a delegation only the glue of its own NS is ours to give (RFC 1034 section 4.2.1). */
static bool
is_elsewhere(const struct check_target *target, const struct check_record *record)
{
	if (target == NULL || target->kind == NAME_OUTSIDE)
		return true;
	return target->cut != NULL &&
	       (record->record->type != RR_NS || strcmp(target->cut, record->key) != 0);
}

void
check_target_address(struct check *check, const struct check_record *records, size_t count)
{
	const struct check_target *target = host_target_of(check, records);

	if (is_elsewhere(target, records) || target->kind > NAME_OTHER)
		return;
	check_add(check, records[0].record, "target %s is inside the zone but has no %s there",
		  target->text, target->kind == NAME_MISSING ? "record" : "A or AAAA record");
}

/* One that is not there at all; it may be another alias or hold SVCB alone. */
void
check_target_missing(struct check *check, const struct check_record *records, size_t count)
{
	const struct check_target *target = host_target_of(check, records);

	if (!is_elsewhere(target, records) && target->kind == NAME_MISSING)
		check_add(check, records[0].record, "target %s is inside the zone but not there",
			  target->text);
}

void
check_target_alias_error(struct check *check, const struct check_record *records, size_t count)
{
	const struct check_target *target = host_target_of(check, records);

	if (!is_elsewhere(target, records) && target->kind == NAME_ALIAS)
		check_add(check, records[0].record, "target %s is a CNAME", target->text);
}

void
check_target_alias_warning(struct check *check, const struct check_record *records, size_t count)
{
	check_target_alias_error(check, records, count);
}

/* The zone's name twice, or the name of a host in a reverse zone, where hosts have none. */
void
check_target_dot(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text_record *record = records[0].record;
	const struct check_target *target = target_of(check, records);
	const char *zone = check->text->zone;

	if (target == NULL || strcmp(zone, ".") == 0)
		return;
	size_t length = strlen(target->text), zone_length = strlen(zone);
	bool is_in_zone = name_is_within(target->text, zone);
	bool is_twice = false;
	if (is_in_zone && length > 2 * zone_length) {
		const char *before = target->text + length - 2 * zone_length;
		is_twice = strncmp(before, zone, zone_length) == 0 && before[-1] == '.';
	} else if (is_in_zone && length == 2 * zone_length) {
		is_twice = strncmp(target->text, zone, zone_length) == 0;
	}
	if (is_twice || (is_in_zone && check->is_reverse && record->type == RR_PTR))
		check_add(check, record, "target %s: was a final dot forgotten?", target->text);
}

/* Four numbers, alone or before the zone's name. */
void
check_target_literal(struct check *check, const struct check_record *records, size_t count)
{
	const struct check_target *target = target_of(check, records);

	if (target == NULL || check->is_reverse)
		return;
	int dots = 0, digits = 0;
	const char *at = target->text;
	for (; dots < 4 && ((*at >= '0' && *at <= '9') || (*at == '.' && digits > 0)); at++) {
		dots += *at == '.';
		digits = *at == '.' ? 0 : digits + 1;
	}
	if (dots == 4 && (*at == '\0' || strcmp(at, check->text->zone) == 0))
		check_add(check, records[0].record, "target %s is an address, a name is wanted",
			  target->text);
}
