/* rooms: dms_dns dms_base */
/* Two octets of type, then rdata as text and as wire. What is taken must print, and what is printed
 * must read back as the same octets, relative to the zone and absolute. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dns/name.h"
#include "dns/rr.h"

#define ORIGIN "example.org."

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool claim)
{
	if (!claim)
		abort();
}

static void
print_and_read_again(TALLOC_CTX *mem, uint16_t type, const uint8_t *rdata, size_t size,
		     const char *origin)
{
	char *text;
	uint8_t *again;
	size_t again_size;

	require(rdata_print(mem, type, rdata, size, origin, &text) == NULL);
	require(rdata_parse(mem, type, text, ORIGIN, &again, &again_size) == NULL);
	require(again_size == size && memcmp(again, rdata, size) == 0);
}

static void
try_text(TALLOC_CTX *mem, uint16_t type, const char *text)
{
	uint8_t *rdata;
	size_t size;
	dms_error *error = rdata_parse(mem, type, text, ORIGIN, &rdata, &size);

	if (error == NULL) {
		print_and_read_again(mem, type, rdata, size, ORIGIN);
		print_and_read_again(mem, type, rdata, size, NULL);
	}
	dms_error_free(error);
}

static void
try_wire(TALLOC_CTX *mem, uint16_t type, const uint8_t *rdata, size_t size)
{
	char *text, *name;
	size_t used;
	struct soa soa;

	dms_error_free(rdata_print(mem, type, rdata, size, ORIGIN, &text));
	dms_error_free(rdata_print(mem, type, rdata, size, NULL, &text));
	dms_error_free(soa_from_rdata(mem, rdata, size, &soa));
	dms_error_free(name_from_wire(mem, rdata, size, &name, &used));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	char *name, *zone, *network;

	if (size >= 2) {
		uint16_t type = (uint16_t)(data[0] << 8 | data[1]);
		char *text = talloc_strndup(mem, (const char *)data + 2, size - 2);
		try_text(mem, type, text);
		try_wire(mem, type, data + 2, size - 2);
		dms_error_free(name_normalise(mem, text, ORIGIN, &name));
		dms_error_free(zone_name_normalise(mem, text, &name));
		dms_error_free(network_to_zone(mem, text, &zone, &network));
		rr_type_parse(text);
	}
	talloc_free(mem);
	return 0;
}
