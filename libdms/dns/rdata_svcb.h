/* Parameters of SVCB and HTTPS, for the rdata_svcb*.c files only. */
#pragma once

#include "dns/rdata_codec.h"

enum svcb_key {
	SVCB_MANDATORY,
	SVCB_ALPN,
	SVCB_NO_DEFAULT_ALPN,
	SVCB_PORT,
	SVCB_IPV4HINT,
	SVCB_ECH,
	SVCB_IPV6HINT,
	SVCB_DOHPATH, /* RFC 9461 */
	SVCB_OHTTP,   /* RFC 9540 */
	SVCB_KEYS,    /* the first one without a name */
};
#define SVCB_HEAD          4 /* octets of key and length */
#define SVCB_KEY_TEXT_SIZE 20

/* False: no name of a key. */
bool svcb_key_read(const char *text, size_t size, uint16_t *key);
void svcb_key_print(uint16_t key, char text[SVCB_KEY_TEXT_SIZE]);
/* What is wrong with the octets of one value, NULL: nothing. */
const char *svcb_value_fault(uint16_t key, const uint8_t *value, size_t size);
/* What is wrong with a whole list of parameters. */
const char *svcb_list_fault(const uint8_t *params, size_t size);
void svcb_print(struct printer *printer, const uint8_t *params, size_t size);
