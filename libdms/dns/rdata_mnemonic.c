/* Numbers that have names: algorithms of DNSSEC and types of certificates. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "dns/rdata_codec.h"

struct mnemonic {
	const char *name;
	uint16_t number;
};

/* RFC 4034 appendix A.1 and the IANA registry since; names of RFC 5155 in both spellings in use. */
static const struct mnemonic algorithms[] = {
    {"RSAMD5", 1},
    {"DH", 2},
    {"DSA", 3},
    {"RSASHA1", 5},
    {"DSA-NSEC3-SHA1", 6},
    {"NSEC3DSA", 6},
    {"NSEC3RSASHA1", 7},
    {"RSASHA1-NSEC3-SHA1", 7},
    {"RSASHA256", 8},
    {"RSASHA512", 10},
    {"ECC-GOST", 12},
    {"ECCGOST", 12},
    {"ECDSAP256SHA256", 13},
    {"ECDSAP384SHA384", 14},
    {"ED25519", 15},
    {"ED448", 16},
    {"INDIRECT", 252},
    {"PRIVATEDNS", 253},
    {"PRIVATEOID", 254},
    {NULL, 0},
};

/* RFC 4398 section 2.1. */
static const struct mnemonic certificate_types[] = {
    {"PKIX", 1},   {"SPKI", 2},    {"PGP", 3},   {"IPKIX", 4}, {"ISPKI", 5}, {"IPGP", 6},
    {"ACPKIX", 7}, {"IACPKIX", 8}, {"URI", 253}, {"OID", 254}, {NULL, 0},
};

static bool
encode(struct encoder *encoder, const struct mnemonic *mnemonics, size_t octets)
{
	const struct token *token = &encoder->text->tokens[encoder->token];

	for (; mnemonics->name != NULL && !token->is_quoted; mnemonics++) {
		if (strlen(mnemonics->name) != token->size ||
		    strncasecmp(mnemonics->name, token->at, token->size) != 0)
			continue;
		uint8_t wire[2] = {(uint8_t)(mnemonics->number >> 8), (uint8_t)mnemonics->number};
		if (!encode_octets(encoder, wire + 2 - octets, octets))
			return false;
		encoder->token++;
		return true;
	}
	if (!encode_number(encoder, token, octets))
		return false;
	encoder->token++;
	return true;
}

static bool
encode_algorithm(struct encoder *encoder)
{
	return encode(encoder, algorithms, 1);
}

static bool
encode_certificate_type(struct encoder *encoder)
{
	return encode(encoder, certificate_types, 2);
}

static int
algorithm_size(const uint8_t *rdata, size_t size)
{
	return size < 1 ? -1 : 1;
}

static int
certificate_type_size(const uint8_t *rdata, size_t size)
{
	return size < 2 ? -1 : 2;
}

static void
print_algorithm(struct printer *printer, const uint8_t *rdata, size_t size)
{
	printer->out += sprintf(printer->out, "%u", rdata[0]);
}

static void
print_certificate_type(struct printer *printer, const uint8_t *rdata, size_t size)
{
	unsigned number = (unsigned)rdata[0] << 8 | rdata[1];

	for (const struct mnemonic *known = certificate_types; known->name != NULL; known++) {
		if (known->number == number) {
			printer->out = stpcpy(printer->out, known->name);
			return;
		}
	}
	printer->out += sprintf(printer->out, "%u", number);
}

const struct field_codec field_algorithm = {
    'd', 4, false, algorithm_size, encode_algorithm, print_algorithm};
const struct field_codec field_certificate_type = {
    'c', 4, false, certificate_type_size, encode_certificate_type, print_certificate_type};
