/* Checks of what TXT and CAA records say to mail servers and certificate authorities. They warn
 * only: the DNS itself does not mind. */
#include "dns/zonetext_check.h"

#include <string.h>
#include <strings.h>

enum { POLICY_MAX = 4096, LOOKUPS_MAX = 10 };

/* The strings of a TXT as one text, cut to what a policy may have. False: not text. */
static bool
join_strings(const struct zone_text_record *record, char *text)
{
	size_t at = 0, size = 0;

	while (at < record->rdata_size) {
		size_t length = record->rdata[at++];
		if (length > record->rdata_size - at)
			return false;
		if (size + length >= POLICY_MAX)
			length = POLICY_MAX - 1 - size;
		memcpy(text + size, record->rdata + at, length);
		size += length;
		at += record->rdata[at - 1];
	}
	text[size] = '\0';
	return strlen(text) == size;
}

/* RFC 7208 section 4.5: the version, then a blank or nothing. */
static bool
is_spf(const struct zone_text_record *record, char *text)
{
	return join_strings(record, text) && strncasecmp(text, "v=spf1", 6) == 0 &&
	       (text[6] == ' ' || text[6] == '\0');
}

/* Terms for which a receiver asks the DNS (RFC 7208 section 4.6.4). */
static int
count_lookups(const char *text)
{
	static const char *const asking[] = {"include:", "redirect=", "exists:", "a", "mx", "ptr"};
	int lookups = 0;

	for (const char *term = text; *term != '\0'; term += strspn(term, " ")) {
		const char *name = term + (strchr("+-~?", *term) != NULL);
		size_t length = strcspn(name, " ");
		for (size_t i = 0; i < sizeof asking / sizeof asking[0]; i++) {
			size_t size = strlen(asking[i]);
			bool is_word = i >= 3 && size < length && strchr(":/", name[size]) == NULL;
			if (size <= length && strncasecmp(name, asking[i], size) == 0 && !is_word) {
				lookups++;
				break;
			}
		}
		term = name + length;
	}
	return lookups;
}

typedef bool policy_fn(const struct zone_text_record *record, char *text);

/* The policy that stands first in the zone, with its text. NULL: there is none. The records are
 * sorted by what they say, and which of two was one too many is told by their places. */
static const struct zone_text_record *
first_policy(const struct check_record *records, size_t count, policy_fn *is_policy, char *text)
{
	const struct zone_text_record *first = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct zone_text_record *record = records[i].record;
		if (is_policy(record, text) && (first == NULL || record < first))
			first = record;
	}
	if (first != NULL)
		is_policy(first, text);
	return first;
}

void
check_spf(struct check *check, const struct check_record *records, size_t count)
{
	char text[POLICY_MAX];
	const struct zone_text_record *first = first_policy(records, count, is_spf, text);

	if (first != NULL && count_lookups(text) > LOOKUPS_MAX)
		check_add(check, first, "the SPF record needs %d look-ups, %d are allowed",
			  count_lookups(text), LOOKUPS_MAX);
	for (size_t i = 0; i < count; i++) {
		if (records[i].record != first && is_spf(records[i].record, text))
			check_add(check, records[i].record,
				  "the owner has another SPF record: receivers use neither");
	}
}

/* Type SPF is asked for by nobody any more (RFC 7208 section 3.1). */
void
check_spf_type(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text_record *old = NULL;
	char text[POLICY_MAX];

	for (size_t i = 0; i < count; i++) {
		if (records[i].record->type == RR_TXT && is_spf(records[i].record, text))
			return;
		if (records[i].record->type == TYPE_SPF)
			old = records[i].record;
	}
	if (old != NULL)
		check_add(check, old,
			  "receivers ask for TXT only, and the owner has no TXT for SPF");
}

/* The value of a tag in "v=DMARC1; p=none; ...", NULL: it is not there. */
static const char *
dmarc_tag(const char *text, const char *tag)
{
	for (const char *at = strchr(text, ';'); at != NULL; at = strchr(at, ';')) {
		at += strspn(at, "; \t");
		size_t size = strlen(tag);
		if (strncmp(at, tag, size) != 0)
			continue;
		const char *equals = at + size + strspn(at + size, " \t");
		if (*equals == '=')
			return equals + 1 + strspn(equals + 1, " \t");
	}
	return NULL;
}

static bool
is_dmarc_policy(const char *value)
{
	static const char *const policies[] = {"none", "quarantine", "reject"};
	size_t size = strcspn(value, "; \t");

	for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
		if (size == strlen(policies[i]) && strncasecmp(value, policies[i], size) == 0)
			return true;
	}
	return false;
}

/* RFC 7489 section 6.3: the version comes first. */
static bool
is_dmarc(const struct zone_text_record *record, char *text)
{
	return join_strings(record, text) && strncmp(text, "v=DMARC1", 8) == 0 &&
	       strchr("; \t", text[8]) != NULL;
}

void
check_dmarc(struct check *check, const struct check_record *records, size_t count)
{
	const char *label = records[0].record->label;
	char text[POLICY_MAX] = "";

	if (strcmp(label, "_dmarc") != 0 && strncmp(label, "_dmarc.", 7) != 0)
		return;
	const struct zone_text_record *first = first_policy(records, count, is_dmarc, text);
	if (first == NULL) {
		check_add(check, records[0].record,
			  "no record here begins with v=DMARC1, so receivers see none");
		return;
	}
	const char *policy = dmarc_tag(text, "p");
	if (policy == NULL)
		check_add(check, first, "the DMARC record has no policy: p=");
	else if (!is_dmarc_policy(policy))
		check_add(check, first, "the DMARC policy is not none, quarantine or reject");
	for (size_t i = 0; i < count; i++) {
		if (records[i].record != first && is_dmarc(records[i].record, text))
			check_add(check, records[i].record,
				  "the owner has another DMARC record: receivers use neither");
	}
}

/* RFC 8659 section 4, and the registry of its tags. */
static bool
is_caa_tag(const uint8_t *tag, size_t size)
{
	static const char *const tags[] = {"issue",        "issuewild",    "iodef",   "issuemail",
					   "contactemail", "contactphone", "issuevmc"};

	for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
		if (size == strlen(tags[i]) && strncasecmp((const char *)tag, tags[i], size) == 0)
			return true;
	}
	return false;
}

void
check_caa(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text_record *record = records[0].record;
	const uint8_t *rdata = record->rdata;

	if (record->rdata_size < 2 || record->rdata_size < 2U + rdata[1])
		return;
	if (rdata[0] != 0 && rdata[0] != 128)
		check_add(check, record, "flags %u: only 0 and 128 (critical) have a meaning",
			  rdata[0]);
	if (!is_caa_tag(rdata + 2, rdata[1]))
		check_add(check, record, "tag %.*s is not known to certificate authorities",
			  rdata[1], (const char *)rdata + 2);
	const char *value = (const char *)rdata + 2 + rdata[1];
	size_t size = record->rdata_size - 2U - rdata[1];
	bool is_iodef = rdata[1] == 5 && strncasecmp((const char *)rdata + 2, "iodef", 5) == 0;
	bool is_url = (size > 7 && strncasecmp(value, "mailto:", 7) == 0) ||
		      (size > 7 && strncasecmp(value, "http://", 7) == 0) ||
		      (size > 8 && strncasecmp(value, "https://", 8) == 0);
	if (is_iodef && !is_url)
		check_add(check, record,
			  "the value of iodef is not a mailto:, http: or https: URL");
}
