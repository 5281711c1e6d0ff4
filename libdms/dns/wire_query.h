/* What answers to questions about a zone have in common. Not for other rooms. */
#pragma once

#include "dns/wire.h"
#include "dns/wire_message.h"

/* NULL for NOERROR; DMS_E_NO_SUCH_ZONE_ON_SERVER for REFUSED, NOTAUTH, NXDOMAIN; else
 * DMS_E_DNS_REFUSED. Data: rcode. */
dms_error *rcode_error(const struct wire_header *header);
/* Reads the first record of an answer, which must be the SOA of `zone`, said with authority. Else
 * DMS_E_NO_SUCH_ZONE_ON_SERVER: a referral, a CNAME, an empty name of the zone above. */
dms_error *read_soa(struct wire_reader *reader, const struct wire_header *header,
		    const struct wire_name *zone, struct wire_record *soa);
