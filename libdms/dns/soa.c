/* The SOA as a struct and as rdata (RFC 1035 section 3.3.13). */
#include "dns/name_parts.h"
#include "dns/rr.h"

#include <string.h>

static void
put_number(uint8_t *octets, uint32_t number)
{
	octets[0] = (uint8_t)(number >> 24);
	octets[1] = (uint8_t)(number >> 16);
	octets[2] = (uint8_t)(number >> 8);
	octets[3] = (uint8_t)number;
}

static uint32_t
get_number(const uint8_t *octets)
{
	return (uint32_t)octets[0] << 24 | (uint32_t)octets[1] << 16 | (uint32_t)octets[2] << 8 |
	       octets[3];
}

dms_error *
soa_to_rdata(TALLOC_CTX *mem, const struct soa *soa, uint8_t **rdata, size_t *size)
{
	uint8_t wire[2 * NAME_WIRE_MAX + 20];
	const uint32_t numbers[] = {soa->serial, soa->refresh, soa->retry, soa->expire,
				    soa->minimum};
	size_t mname_size, rname_size;

	TRY(name_to_wire(soa->mname, wire, &mname_size));
	TRY(name_to_wire(soa->rname, wire + mname_size, &rname_size));
	*size = mname_size + rname_size;
	name_lower(wire, *size);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++, *size += 4)
		put_number(wire + *size, numbers[i]);
	*rdata = talloc_memdup(mem, wire, *size);
	return NULL;
}

dms_error *
soa_from_rdata(TALLOC_CTX *mem, const uint8_t *rdata, size_t size, struct soa *soa)
{
	size_t mname_size = name_size(rdata, size);
	size_t rname_size = mname_size > 0 ? name_size(rdata + mname_size, size - mname_size) : 0;
	char *mname, *rname;

	if (rname_size == 0 || size - mname_size - rname_size != 20)
		return dms_error_new(DMS_E_FORMAT, "%zu octets are not the rdata of an SOA", size);
	TRY(name_from_wire(mem, rdata, size, &mname, &mname_size));
	TRY(name_from_wire(mem, rdata + mname_size, size - mname_size, &rname, &rname_size));
	const uint8_t *numbers = rdata + mname_size + rname_size;
	*soa = (struct soa){
	    .mname = mname,
	    .rname = rname,
	    .serial = get_number(numbers),
	    .refresh = get_number(numbers + 4),
	    .retry = get_number(numbers + 8),
	    .expire = get_number(numbers + 12),
	    .minimum = get_number(numbers + 16),
	};
	return NULL;
}
