/* The types whose text only ldns knows. What it lets through by mistake is stopped here: numbers
 * out of range (it wraps them), half octets, latitudes beyond the poles. */
#include "dns/rdata_parts.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE_LOC = 29 };

/* The line that ldns reads. */
static char *
join(TALLOC_CTX *mem, uint16_t type, const struct rdata_text *text)
{
	size_t size = 64;

	for (size_t i = 0; i < text->count; i++)
		size += text->tokens[i].size + 3U;
	char *line = talloc_array(mem, char, size), *out = line;
	out += sprintf(out, ". 0 IN %s", rr_type_name(type));
	for (size_t i = 0; i < text->count; i++) {
		const struct token *token = &text->tokens[i];
		*out++ = ' ';
		if (token->is_quoted)
			*out++ = '"';
		memcpy(out, token->at, token->size);
		out += token->size;
		if (token->is_quoted)
			*out++ = '"';
	}
	*out = '\0';
	return line;
}

/* Fields are tokens one to one as long as they are numbers. */
static bool
check_numbers(uint16_t type, const struct rdata_text *text, struct rdata_fault *fault)
{
	const ldns_rr_descriptor *descriptor = ldns_rr_descript(type);
	uint32_t number, most;

	for (size_t i = 0; i < text->count; i++) {
		if (i >= ldns_rr_descriptor_maximum(descriptor))
			return true;
		switch (ldns_rr_descriptor_field_type(descriptor, i)) {
		case LDNS_RDF_TYPE_INT8:
			most = UINT8_MAX;
			break;
		case LDNS_RDF_TYPE_INT16:
			most = UINT16_MAX;
			break;
		case LDNS_RDF_TYPE_INT32:
			most = UINT32_MAX;
			break;
		case LDNS_RDF_TYPE_CERT_ALG: /* 0 is reserved, and ldns leaks when it refuses it */
			if (token_number(&text->tokens[i], UINT16_MAX, &number) && number == 0)
				return fault_at(fault, i, "0 is not a certificate type");
			continue;
		case LDNS_RDF_TYPE_ALG:
		case LDNS_RDF_TYPE_TYPE:
		case LDNS_RDF_TYPE_DNAME:
		case LDNS_RDF_TYPE_STR:
			continue;
		default:
			return true;
		}
		if (!token_number(&text->tokens[i], most, &number))
			return fault_at(fault, i, "not a number from 0 to %u", most);
	}
	return true;
}

/* Degrees, minutes and seconds come before the E or W. ldns wraps what is too large. */
static bool
check_loc(const struct rdata_text *text, struct rdata_fault *fault)
{
	uint32_t most = 90, number;

	for (size_t i = 0; i < text->count; i++) {
		const struct token *token = &text->tokens[i];
		char first = token->size > 0 ? token->at[0] : '\0';
		if (strchr("EeWw", first) != NULL && first != '\0')
			return true;
		if (strchr("NnSs", first) != NULL && first != '\0') {
			most = 180;
			continue;
		}
		/* Seconds have a fraction, the others must be plain numbers. */
		if (memchr(token->at, '.', token->size) == NULL &&
		    !token_number(token, most, &number))
			return fault_at(fault, i, "not a number from 0 to %u", most);
		most = 59;
	}
	return fault_at(fault, text->count, "no E or W");
}

static bool
is_loc_in_range(const uint8_t *rdata, size_t size)
{
	const uint32_t equator = 1U << 31, degree = 3600000;
	uint32_t parts[2];

	if (size != 16 || rdata[0] != 0)
		return size > 0 && rdata[0] != 0;
	for (size_t i = 0; i < 2; i++)
		parts[i] = (uint32_t)rdata[4 + 4 * i] << 24 | (uint32_t)rdata[5 + 4 * i] << 16 |
			   (uint32_t)rdata[6 + 4 * i] << 8 | rdata[7 + 4 * i];
	return parts[0] >= equator - 90 * degree && parts[0] <= equator + 90 * degree &&
	       parts[1] >= equator - 180 * degree && parts[1] <= equator + 180 * degree;
}

static bool
copy_fields(const ldns_rr *rr, struct rdata_buffer *rdata, struct rdata_fault *fault)
{
	rdata->size = 0;
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *field = ldns_rr_rdf(rr, i);
		if (!rdata_put(rdata, ldns_rdf_data(field), ldns_rdf_size(field), fault, 0))
			return false;
	}
	return true;
}

/* Reads the line; the origin completes names. */
static ldns_status
read_line(const char *line, const struct rdata_text *text, ldns_rr **rr)
{
	static const uint8_t root[1] = {0};
	ldns_rdf *origin = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME,
						 text->origin_size > 0 ? text->origin_size : 1,
						 text->origin_size > 0 ? text->origin : root);
	ldns_status status = ldns_rr_new_frm_str(rr, line, 0, origin, NULL);

	ldns_rdf_deep_free(origin);
	return status;
}

bool
rdata_ldns_encode(uint16_t type, const struct rdata_text *text, struct rdata_buffer *rdata,
		  struct rdata_fault *fault)
{
	ldns_rr *rr = NULL;

	if (!check_numbers(type, text, fault) || (type == TYPE_LOC && !check_loc(text, fault)))
		return false;
	char *line = join(NULL, type, text);
	ldns_status status = read_line(line, text, &rr);
	talloc_free(line);
	if (status != LDNS_STATUS_OK)
		return fault_at(fault, 0, "%s", ldns_get_errorstr_by_id(status));
	ldns_rr2canonical(rr);
	bool is_fine = copy_fields(rr, rdata, fault);
	ldns_rr_free(rr);
	if (is_fine && !rdata_ldns_check(type, rdata->octets, rdata->size))
		return fault_at(fault, 0, "the values are out of range or do not fit the type");
	return is_fine;
}

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

bool
rdata_ldns_check(uint16_t type, const uint8_t *rdata, size_t size)
{
	struct rdata_fault fault;
	ldns_rr *rr = size <= RDATA_MAX ? read_wire(type, rdata, size) : NULL;

	if (rr == NULL)
		return false;
	/* A name with a compression pointer comes out longer than it went in. */
	struct rdata_buffer *back = malloc(sizeof *back);
	bool is_same = back != NULL && copy_fields(rr, back, &fault) && back->size == size &&
		       memcmp(back->octets, rdata, size) == 0;
	free(back);
	ldns_rr_free(rr);
	return is_same && (type != TYPE_LOC || is_loc_in_range(rdata, size));
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
