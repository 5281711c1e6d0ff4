/* Rdata piece by piece, for the other files of this room: tokens of its text, and the table of what
 * each type's rdata is made of. */
#pragma once

#include "dns/name_parts.h"
#include "dns/rr.h"

#define RDATA_MAX        65535
#define RDATA_TOKENS_MAX 16384

/* A word or a quoted string (without its quotes); escapes as written. */
struct token {
	const char *at;
	uint32_t size;
	int line, column; /* 1-based */
	bool is_quoted;
};

struct rdata_text {
	const struct token *tokens;
	size_t count;
	const uint8_t *origin; /* wire form; NULL: none */
	size_t origin_size;
};

/* Rdata as it is being built. Large: not more than one on a stack. */
struct rdata_buffer {
	size_t size;
	uint8_t octets[RDATA_MAX];
};

/* What is wrong with rdata, and at which token; `token` is the count when something is missing. */
struct rdata_fault {
	char reason[160];
	size_t token;
};

/* False: `fault` says why. Server-made types are read too; who may write them is decided above. */
bool rdata_encode(uint16_t type, const struct rdata_text *text, struct rdata_buffer *rdata,
		  struct rdata_fault *fault);

/* The fields of a type's rdata, NULL when it only goes as \# octets:
 * a IPv4 address, q IPv6 address, 1 2 4 numbers of that many octets, t seconds with units in 4
 * octets, n name in lower case (RFC 4034 section 6.2, RFC 6840 section 5.1), N name with its case
 * kept, s character-string, o the same if there is any, S one or more of them to the end, D string
 * of digits, F string with degrees or metres, T tag of letters and digits, L quoted text to the
 * end, x hexadecimal to the end, b base64 to the end, B the same if there is any, g the gateway of
 * an IPSECKEY behind its three numbers, d algorithm of DNSSEC, c type of certificate, e E hardware
 * addresses of 6 and 8 octets, l 64-bit locator, p OSI address, w list of types, C place on earth,
 * P address prefixes, H host identity, M multicast relay, V service parameters. */
const char *rdata_layout(uint16_t type);
bool layout_encode(const char *layout, const struct rdata_text *text, struct rdata_buffer *rdata,
		   struct rdata_fault *fault);
/* Whether octets have that layout to the last one. */
bool layout_check(const char *layout, const uint8_t *rdata, size_t size);
/* Names of a checked rdata in lower case where the layout says so. */
void layout_lower(const char *layout, uint8_t *rdata, size_t size);
/* Text of a checked rdata, on `mem`. */
char *layout_print(TALLOC_CTX *mem, const char *layout, const uint8_t *rdata, size_t size,
		   const uint8_t *origin, size_t origin_size);

/* Text of what only servers make (RRSIG, NSEC...) by ldns, to be looked at; NULL when it cannot. */
char *rdata_ldns_print(TALLOC_CTX *mem, uint16_t type, const uint8_t *rdata, size_t size);

/* RFC 3597 section 5: `\# size hex`. */
bool generic_is(const struct rdata_text *text);
bool generic_encode(const struct rdata_text *text, struct rdata_buffer *rdata,
		    struct rdata_fault *fault);
char *generic_print(TALLOC_CTX *mem, const uint8_t *rdata, size_t size);

/* Splits the text of one record's rdata; at most RDATA_TOKENS_MAX tokens. They point into `text`.
 */
bool rdata_split(TALLOC_CTX *mem, const char *text, struct token **tokens, size_t *count,
		 struct rdata_fault *fault);
/* One character of a token, escape or not; 0: the token is at its end, -1: malformed escape. */
int token_octet(const struct token *token, size_t *at, uint8_t *octet);
bool token_number(const struct token *token, uint32_t most, uint32_t *number);
/* Hexadecimal or base64 digits of the tokens from `first` on, joined. */
bool tokens_hex(const struct rdata_text *text, size_t first, struct rdata_buffer *rdata,
		struct rdata_fault *fault);
bool tokens_base64(const struct rdata_text *text, size_t first, struct rdata_buffer *rdata,
		   struct rdata_fault *fault);

bool rdata_put(struct rdata_buffer *rdata, const void *octets, size_t size,
	       struct rdata_fault *fault, size_t token);
/* Always false, so that callers can return it. */
bool fault_at(struct rdata_fault *fault, size_t token, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Digits with units; as ttl_parse. */
bool ttl_read(const char *text, size_t size, uint32_t *ttl);
