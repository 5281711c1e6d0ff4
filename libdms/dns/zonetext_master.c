/* Plain master files for name servers (RFC 1035 section 5). */
#include "dns/zonetext_write.h"

#include "dns/name.h"

#include <string.h>

static void
write_soa(FILE *out, const struct zone_text *text, int64_t default_ttl, uint32_t serial)
{
	const struct soa *soa = &text->soa;

	fprintf(out, "%s %lld IN SOA %s %s %u %u %u %u %u\n", text->zone,
		(long long)(text->soa_ttl >= 0 ? text->soa_ttl : default_ttl), soa->mname,
		soa->rname, serial, soa->refresh, soa->retry, soa->expire, soa->minimum);
}

void
record_write_plain(FILE *out, const struct zone_text *text, const struct zone_text_record *record,
		   int64_t default_ttl)
{
	char *rdata = record_rdata_text(NULL, record, NULL);
	char *owner = name_absolute(rdata, record->label, text->zone);
	fprintf(out, "%s %lld IN %s %s\n", owner,
		(long long)(record->ttl >= 0 ? record->ttl : default_ttl),
		rr_type_name(record->type), rdata);
	talloc_free(rdata);
}

char *
zone_text_master_file(TALLOC_CTX *mem, const struct zone_text *text, uint32_t serial)
{
	struct text_stream stream;
	FILE *out = text_stream_open(&stream);
	/* Without a TTL of the zone the SOA's minimum is the default, as RFC 1035 had it. */
	int64_t default_ttl = text->zone_ttl >= 0 ? text->zone_ttl : text->soa.minimum;

	if (text->has_soa)
		write_soa(out, text, default_ttl, serial);
	for (size_t i = 0; i < text->record_count; i++) {
		const struct zone_text_record *record = &text->records[i];
		if (!record->is_disabled)
			record_write_plain(out, text, record, default_ttl);
	}
	return text_stream_take(mem, &stream);
}
