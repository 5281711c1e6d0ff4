/* Checks of addresses, forward and reverse. */
#include "dns/zonetext_check.h"

#include <stdlib.h>
#include <string.h>

/* RFC 4291 section 2.5.5.2: they are for programs, not for the wire. */
void
check_aaaa_mapped(struct check *check, const struct check_record *records, size_t count)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	const struct zone_text_record *record = records[0].record;

	if (record->rdata_size == 16 && memcmp(record->rdata, mapped, sizeof mapped) == 0)
		check_add(check, record,
			  "an IPv4-mapped address: nobody reaches a host by it, use an A record");
}

/* Labels of the owner and the zone before its last two, all of them digits that can be an
 * address's; -1: there are others (RFC 2317, DNS-SD), about which nothing is said. */
static int
count_digits(const char *name, bool is_ipv6)
{
	int labels = 0;

	while (*name != '\0' && strncmp(name, "in-addr.arpa.", 13) != 0 &&
	       strncmp(name, "ip6.arpa.", 9) != 0 && strncmp(name, "ip6.int.", 8) != 0) {
		size_t size = strcspn(name, ".");
		size_t digits = strspn(name, is_ipv6 ? "0123456789abcdef" : "0123456789");
		if (digits != size || size == 0 || size > (is_ipv6 ? 1 : 3))
			return -1;
		if (!is_ipv6 && strtol(name, NULL, 10) > UINT8_MAX)
			return -1;
		labels++;
		name += size + (name[size] == '.');
	}
	return labels;
}

/* How many of an address's labels the owner has, -1: it is about something else. `wanted`: how many
 * an address has. */
static int
address_labels(struct check *check, const struct zone_text_record *record, int *wanted)
{
	bool is_ipv6 = !name_is_within(check->text->zone, "in-addr.arpa.");

	*wanted = is_ipv6 ? 32 : 4;
	if (!check->is_reverse)
		return -1;
	char *name = name_absolute(check->scratch, record->label, check->text->zone);
	int labels = count_digits(name, is_ipv6);
	talloc_free(name);
	return labels;
}

void
check_ptr_owner(struct check *check, const struct check_record *records, size_t count)
{
	int wanted = 0, labels = address_labels(check, records[0].record, &wanted);

	if (labels >= 0 && labels != wanted)
		check_add(check, records[0].record, "the owner has %d of an address's %d labels",
			  labels, wanted);
}

/* Legal, but who asks for the name of an address takes any one of them. */
void
check_ptr_several(struct check *check, const struct check_record *records, size_t count)
{
	int wanted = 0;

	if (count > 1 && address_labels(check, records[0].record, &wanted) == wanted)
		check_add(check, check_first(records, count),
			  "the address has %zu names: most programs take any one of them", count);
}
