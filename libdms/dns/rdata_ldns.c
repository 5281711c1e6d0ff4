/* Text of the types that only name servers make, for those who look at what a server holds. */
#include "dns/rdata_parts.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

/* A record that ldns makes of the octets, NULL when they do not fit the type. */
static ldns_rr *
read_wire(uint16_t type, const uint8_t *rdata, size_t size)
{
	enum { HEADER = 11 }; /* root, type, class, ttl, size */
	uint8_t *wire = malloc(HEADER + size);
	size_t at = 0;
	ldns_rr *rr = NULL;

	if (wire == NULL)
		return NULL;
	memset(wire, 0, HEADER);
	ldns_write_uint16(wire + 1, type);
	ldns_write_uint16(wire + 3, LDNS_RR_CLASS_IN);
	ldns_write_uint16(wire + 9, (uint16_t)size);
	memcpy(wire + HEADER, rdata, size);
	ldns_status status = ldns_wire2rr(&rr, wire, HEADER + size, &at, LDNS_SECTION_ANSWER);
	free(wire);
	/* ldns is content with rdata that ends after any field. */
	if (status == LDNS_STATUS_OK && at == HEADER + size &&
	    ldns_rr_rd_count(rr) >= ldns_rr_descriptor_minimum(ldns_rr_descript(type)))
		return rr;
	ldns_rr_free(rr);
	return NULL;
}

/* The rdata is what follows the fourth tab of the line. */
static char *
cut_line(TALLOC_CTX *mem, const char *line)
{
	for (int tabs = 0; tabs < 4; tabs++) {
		line = strchr(line, '\t');
		if (line == NULL)
			return NULL;
		line++;
	}
	size_t length = strlen(line);
	while (length > 0 && strchr(" \t\n", line[length - 1]) != NULL)
		length--;
	return talloc_strndup(mem, line, length);
}

char *
rdata_ldns_print(TALLOC_CTX *mem, uint16_t type, const uint8_t *rdata, size_t size)
{
	ldns_rr *rr = read_wire(type, rdata, size);

	if (rr == NULL)
		return NULL;
	char *line = ldns_rr2str_fmt(ldns_output_format_nocomments, rr);
	char *text = line != NULL ? cut_line(mem, line) : NULL;
	free(line);
	ldns_rr_free(rr);
	return text;
}
