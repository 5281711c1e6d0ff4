/* Resource records: types, and rdata between text and wire. Wire rdata here is uncompressed, with
 * absolute names in canonical (lower) case, RFC 4034 section 6.2. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/error.h"

enum {
	RR_A = 1,
	RR_NS = 2,
	RR_CNAME = 5,
	RR_SOA = 6,
	RR_PTR = 12,
	RR_MX = 15,
	RR_TXT = 16,
	RR_AAAA = 28,
	RR_SRV = 33,
	RR_DS = 43,
	RR_RRSIG = 46,
	RR_NSEC = 47,
	RR_DNSKEY = 48,
	RR_NSEC3 = 50,
	RR_NSEC3PARAM = 51,
	RR_CDS = 59,
	RR_CDNSKEY = 60,
	RR_ANY = 255,
	RR_PRIVATE_SIGNING = 65534
};

enum rr_type_status {
	RR_TYPE_USER,        /* taken */
	RR_TYPE_OBSOLETE,    /* taken, with a warning */
	RR_TYPE_SERVER_MADE, /* the signing name server makes and keeps these records */
	RR_TYPE_REFUSED,     /* cannot be in a zone */
};

/* What is known of a type: one row of the table in rr_type_table.c, from which parsing, printing,
 * the canonical form, messages and docs/record-types.md come. */
struct rr_type_info {
	uint16_t number; /* 0: has none, the name is only there to be refused with a reason */
	enum rr_type_status status;
	const char *name;
	const char *fields;    /* see rdata_layout(); NULL: only as \# size hex (RFC 3597) */
	const char *reference; /* "RFC 1035" */
	const char *help;      /* one line */
	const char *note;      /* what to use instead, or why it is refused; NULL: nothing */
	const char *example;   /* rdata; NULL for types that are refused */
};
/* NULL: not in the table, which is no fault: it goes as TYPE1234 with \# (RFC 3597). */
const struct rr_type_info *rr_type_find(uint16_t number);
/* All rows, by number. */
const struct rr_type_info *rr_type_table(size_t *count);
/* Why users may not have records of this type; NULL: they may. `name`, which may be NULL, is what
 * was written, for names without a number (ALIAS). */
const char *rr_type_refusal(const char *name, uint16_t number);
/* What is doubtful about rdata that was taken, for a warning: obsolete types (SPF), SHA-1 in DS and
 * SSHFP; NULL: nothing. Static text. */
const char *rdata_advice(uint16_t type, const uint8_t *rdata, size_t size);

/* "MX", "TYPE1234" in any case -> number; 0 when unknown. */
uint16_t rr_type_parse(const char *text);
/* "MX" or "TYPE1234"; static or thread-local storage. */
const char *rr_type_name(uint16_t type);
/* Made and kept by the signing name server; never taken from users, never diffed
 * (spec/zone-data.md section 17.2). */
bool rr_type_is_server_made(uint16_t type);

/* Rdata in presentation form -> wire. Relative names are completed with `origin`. DMS_E_RDATA_PARSE
 * names type, rdata and reason. */
dms_error *rdata_parse(TALLOC_CTX *mem, uint16_t type, const char *text, const char *origin,
		       uint8_t **rdata, size_t *size);
/* The way back; names within `origin` come out relative ("@" for it) when it is not NULL. */
dms_error *rdata_print(TALLOC_CTX *mem, uint16_t type, const uint8_t *rdata, size_t size,
		       const char *origin, char **text);
/* A TTL: digits with optional units w d h m s, "1w2d" (RFC 2308-style BIND syntax), 0..2^31-1. */
dms_error *ttl_parse(const char *text, uint32_t *ttl);

struct soa {
	const char *mname;
	const char *rname;
	uint32_t serial, refresh, retry, expire, minimum;
};
dms_error *soa_to_rdata(TALLOC_CTX *mem, const struct soa *soa, uint8_t **rdata, size_t *size);
dms_error *soa_from_rdata(TALLOC_CTX *mem, const uint8_t *rdata, size_t size, struct soa *soa);

/* One record as it goes to a name server. Owner absolute. */
struct rr {
	const char *owner;
	uint16_t type;
	uint32_t ttl;
	const uint8_t *rdata;
	uint16_t rdata_size;
};
/* A growing array of records; everything in it lives on the array. */
struct rr_array {
	struct rr *items;
	size_t count, capacity;
};
struct rr_array *rr_array_new(TALLOC_CTX *mem);
/* Copies the record in. */
void rr_array_add(struct rr_array *array, const struct rr *rr);
/* By owner, type, rdata, ttl: the order that diffs need. */
void rr_array_sort(struct rr_array *array);
/* What must go and what must come to make `from` into `to`; both get sorted; SOA and server-made
 * types are left out, and CDS and CDNSKEY too where `from` has a DNSKEY. A changed TTL shows as
 * removal and addition. Linear after sorting. */
void rr_array_diff(TALLOC_CTX *mem, struct rr_array *from, struct rr_array *to,
		   struct rr_array **removed, struct rr_array **added);
