/* Checks of the apex: SOA, its values, the zone's name servers and TTL. */
#include "dns/zonetext_check.h"

#include "dns/serial.h"

#include <string.h>

enum { MINUTE = 60, HOUR = 3600, DAY = 24 * HOUR, WEEK = 7 * DAY };

void
check_soa_names(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text *text = check->text;

	if (!text->has_soa || text->soa.mname == NULL || text->soa.rname == NULL)
		return;
	if (!name_is_host(text->soa.mname, false))
		check_add_soa(check, "master name %s is not a host name", text->soa.mname);
	/* The first label is a mailbox, which may hold what it likes (RFC 1035 section 8). */
	const char *domain = name_parent(text->soa.rname);
	if (domain != NULL && strcmp(domain, ".") != 0 && !name_is_host(domain, false))
		check_add_soa(check, "mailbox %s is not at a host name", text->soa.rname);
}

void
check_soa_missing(struct check *check, const struct check_record *records, size_t count)
{
	if (!check->text->has_soa)
		check_add_soa(check, "zone %s has no SOA", check->text->zone);
}

/* How many of the records are NS; `*last` is the last of them. */
static size_t
count_ns(const struct check_record *records, size_t count, const struct zone_text_record **last)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		if (records[i].record->type != RR_NS)
			continue;
		*last = records[i].record;
		found++;
	}
	return found;
}

void
check_ns_missing(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text_record *last = NULL, apex = {.label = "@", .type = RR_NS};

	if (count_ns(records, count, &last) == 0)
		check_add(check, &apex, "zone %s has no NS at its apex", check->text->zone);
}

void
check_ns_single(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text_record *last = NULL;

	if (count_ns(records, count, &last) == 1)
		check_add(check, last,
			  "the zone has no other name server: when this one is away, "
			  "so is the zone");
}

/* RFC 1912 section 2.2 gives the values for zones in general; ours are the widest that make sense
 * with NOTIFY. */
static void
check_span(struct check *check, const char *name, uint32_t value, uint32_t least, uint32_t most)
{
	if (value < least || value > most)
		check_add_soa(check, "%s %u is outside %u to %u seconds", name, value, least, most);
}

void
check_soa_timers(struct check *check, const struct check_record *records, size_t count)
{
	const struct soa *soa = &check->text->soa;

	if (!check->text->has_soa)
		return;
	check_span(check, "refresh", soa->refresh, 20 * MINUTE, 2 * DAY);
	check_span(check, "retry", soa->retry, 2 * MINUTE, DAY);
	check_span(check, "expire", soa->expire, WEEK, 8 * WEEK);
	if (soa->retry >= soa->refresh)
		check_add_soa(check, "retry %u is not less than refresh %u", soa->retry,
			      soa->refresh);
	if (soa->expire < (uint64_t)soa->refresh + soa->retry)
		check_add_soa(check,
			      "expire %u is less than refresh and retry, %llu: secondaries give "
			      "the zone up before they ask again",
			      soa->expire, (unsigned long long)soa->refresh + soa->retry);
	/* RFC 2308 section 5: one to three hours; over a day was found to be trouble. */
	if (soa->minimum == 0 || soa->minimum > DAY)
		check_add_soa(
		    check, "minimum %u, the time names are known to be missing, %s", soa->minimum,
		    soa->minimum == 0 ? "is 0: nobody remembers" : "is over a day (86400)");
}

/* A serial of 0 in a text stands for one that DMS chooses. */
void
check_soa_serial(struct check *check, const struct check_record *records, size_t count)
{
	if (check->text->has_soa && check->text->soa_line > 0 && check->text->soa.serial == 0)
		check_add_soa(check, "serial 0 is not published: the next one is chosen instead");
}

void
check_zone_ttl_range(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text *text = check->text;

	if (text->zone_ttl > INT32_MAX || text->soa_ttl > INT32_MAX)
		check_add_soa(
		    check, "the zone's TTL %lld is over 2147483647",
		    (long long)(text->zone_ttl > INT32_MAX ? text->zone_ttl : text->soa_ttl));
}

void
check_zone_ttl(struct check *check, const struct check_record *records, size_t count)
{
	int64_t ttl = check->text->zone_ttl;

	if (ttl == 0)
		check_add_soa(check, "the zone's TTL is 0: no cache keeps its answers");
	else if (ttl > WEEK && ttl <= INT32_MAX)
		check_add_soa(check, "the zone's TTL %lld is over a week (%d)", (long long)ttl,
			      WEEK);
}

/* Half way to where serials cannot be compared any more (RFC 1982 section 3.2). */
void
zone_text_check_serial(const struct zone_text *text, uint32_t published, struct findings *findings)
{
	uint32_t serial = text->soa.serial, ahead = serial - published;
	const struct finding finding = {.level = FINDING_WARNING,
					.id = DMS_E_SOA_SERIAL_DOUBTFUL,
					.line = text->soa_line,
					.column = text->soa_column,
					.label = "@",
					.type = RR_SOA};

	if (!text->has_soa || serial == 0 || published == 0)
		return;
	if (ahead > UINT32_C(1) << 30 && ahead < UINT32_C(3) << 30)
		finding_add(findings, (void *)text, &finding,
			    "@ SOA: serial %u is far from the published %u", serial, published);
}
