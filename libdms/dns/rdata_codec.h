/* Fields of rdata that are more than a number, an address, a name or a string: one codec each. For
 * the rdata_*.c files only. */
#pragma once

#include "dns/rdata_parts.h"

/* Rdata text on its way to octets; what all fields share. */
struct encoder {
	const struct rdata_text *text;
	struct rdata_buffer *rdata;
	struct rdata_fault *fault;
	size_t token; /* next one */
};

/* Octets on their way to text. `out` has room for what the codec's `expansion` promises. */
struct printer {
	char *out;
	const uint8_t *origin;
	size_t origin_size;
};

struct field_codec {
	char letter;
	uint8_t expansion; /* at most so many characters an octet, besides FIELD_TEXT_MIN */
	bool may_be_missing;
	/* How many octets the field has at the start of `rdata`, -1: it does not fit there. */
	int (*size)(const uint8_t *rdata, size_t size);
	/* Begins at `encoder->token`, which is there unless the field may be missing, and goes to
	 * behind the last token it took. */
	bool (*encode)(struct encoder *encoder);
	void (*print)(struct printer *printer, const uint8_t *rdata, size_t size);
};
#define FIELD_TEXT_MIN 160

/* Size of one field at the start of `rdata`, -1: it does not fit. */
int field_size(char field, const uint8_t *rdata, size_t size);
/* NULL: a plain field. */
const struct field_codec *field_codec_find(char letter);

extern const struct field_codec field_algorithm, field_certificate_type; /* rdata_mnemonic.c */
extern const struct field_codec field_digits, field_degrees,
    field_optional_string; /* rdata_word.c */
extern const struct field_codec field_eui48, field_eui64, field_locator,
    field_nsap; /* rdata_hex.c */
extern const struct field_codec field_bitmap, field_prefixes, field_place, field_hip, field_relay,
    field_service; /* each in its own file */

bool encode_octets(struct encoder *encoder, const void *octets, size_t size);
bool encode_number(struct encoder *encoder, const struct token *token, size_t octets);
bool encode_address(struct encoder *encoder, const struct token *token, bool is_ipv6);
bool encode_name(struct encoder *encoder, const struct token *token, bool is_lower);
/* A token as character-strings: one, or with `may_split` as many as its length needs. */
bool encode_string(struct encoder *encoder, const struct token *token, bool may_split);
bool parse_address(const struct token *token, bool is_ipv6, uint8_t *address);

/* As the quoted string of RFC 1035 section 5.1. */
char *print_string(char *out, const uint8_t *octets, size_t size);
char *print_hex(char *out, const uint8_t *octets, size_t size);
char *print_base64(char *out, const uint8_t *octets, size_t size);
char *print_address(char *out, const uint8_t *address, bool is_ipv6);
void print_name(struct printer *printer, const uint8_t *name, size_t size);

/* Whether the substitution of a NAPTR is well formed; empty is fine. */
bool regexp_is_fine(const uint8_t *text, size_t size);
/* What else must hold for a type, beyond its fields; NULL: it does. `rdata` fits the layout. */
const char *rdata_rule(uint16_t type, const uint8_t *rdata, size_t size);
