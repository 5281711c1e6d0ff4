/* Checks of digests, their algorithms, and what they are asked for. */
#include "dns/zonetext_check.h"

#include <string.h>

/* Where the digest of a type begins, and how long each algorithm makes it. */
static const struct digest {
	uint16_t type;
	uint8_t algorithm_at, digest_at;
	struct {
		uint8_t algorithm, size;
		const char *name;
	} known[5];
} digests[] = {
    /* RFC 4034, 4509, 5933, 6605 */
    {RR_DS, 3, 4, {{1, 20, "SHA-1"}, {2, 32, "SHA-256"}, {3, 32, "GOST"}, {4, 48, "SHA-384"}}},
    {RR_CDS, 3, 4, {{1, 20, "SHA-1"}, {2, 32, "SHA-256"}, {3, 32, "GOST"}, {4, 48, "SHA-384"}}},
    /* RFC 4255, 6594 */
    {TYPE_SSHFP, 1, 2, {{1, 20, "SHA-1"}, {2, 32, "SHA-256"}}},
    /* RFC 6698, 8162 */
    {TYPE_TLSA, 2, 3, {{1, 32, "SHA-256"}, {2, 64, "SHA-512"}}},
    {TYPE_SMIMEA, 2, 3, {{1, 32, "SHA-256"}, {2, 64, "SHA-512"}}},
    /* RFC 8976 */
    {TYPE_ZONEMD, 5, 6, {{1, 48, "SHA-384"}, {2, 64, "SHA-512"}}},
};

static const struct digest *
digest_of(const struct zone_text_record *record)
{
	for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
		if (digests[i].type == record->type && record->rdata_size >= digests[i].digest_at)
			return &digests[i];
	}
	return NULL;
}

void
check_digest_length(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text_record *record = records[0].record;
	const struct digest *digest = digest_of(record);

	for (size_t i = 0; digest != NULL && i < 5 && digest->known[i].size > 0; i++) {
		size_t size = record->rdata_size - digest->digest_at;
		if (record->rdata[digest->algorithm_at] == digest->known[i].algorithm &&
		    size != digest->known[i].size)
			check_add(check, record, "the digest has %zu octets, %s makes %u", size,
				  digest->known[i].name, digest->known[i].size);
	}
}

void
check_digest_sha1(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text_record *record = records[0].record;
	const char *advice = rdata_advice(record->type, record->rdata, record->rdata_size);

	if (advice != NULL)
		check_add(check, record, "%s", advice);
}

/* RFC 6698 section 7, RFC 7218 */
void
check_tlsa(struct check *check, const struct check_record *records, size_t count)
{
	static const struct {
		const char *name;
		uint8_t most;
	} fields[] = {{"usage", 3}, {"selector", 1}, {"matching type", 2}};
	const struct zone_text_record *record = records[0].record;

	for (size_t i = 0; i < 3 && record->rdata_size > 3; i++) {
		uint8_t value = record->rdata[i];
		if (value > fields[i].most && value != 255)
			check_add(check, record, "%s %u has no meaning, they go from 0 to %u",
				  fields[i].name, value, fields[i].most);
	}
}

/* RFC 8078 section 4: the parent shall have no DS any more. */
static bool
is_delete_request(const struct zone_text_record *record)
{
	static const uint8_t cds[] = {0, 0, 0, 0, 0}, cdnskey[] = {0, 0, 3, 0, 0};

	return record->rdata_size == 5 &&
	       memcmp(record->rdata, record->type == RR_CDS ? cds : cdnskey, 5) == 0;
}

/* RFC 7344 section 4.1: it must be signed by a key of the zone's, and name one. Users' records hold
 * no DNSKEY, and BIND refuses the whole zone then. */
void
check_cds_unmatched(struct check *check, const struct check_record *records, size_t count)
{
	const struct zone_text_record *record = records[0].record;

	if (strcmp(record->label, "@") == 0 && !is_delete_request(record))
		check_add(check, record,
			  "no DNSKEY of the zone matches it: a name server that signs makes it by "
			  "itself, and users may only ask to delete (%s)",
			  record->type == RR_CDS ? "0 0 0 00" : "0 3 0 AA==");
}

void
check_cds_location(struct check *check, const struct check_record *records, size_t count)
{
	if (strcmp(records[0].record->label, "@") != 0)
		check_add(check, records[0].record, "parents look for it at the apex only");
}
