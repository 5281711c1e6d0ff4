/* Types of records by name and number, and who may have them. */
#include "dns/rdata_parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* "TYPE1234" (RFC 3597 section 5): digits to the end, 1..65535; 0 when it is not that. */
static uint16_t
parse_generic(const char *text)
{
	uint32_t type = 0;

	if (text[4] == '\0')
		return 0;
	for (text += 4; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		type = type * 10 + (uint32_t)(*text - '0');
		if (type > UINT16_MAX)
			return 0;
	}
	return (uint16_t)type;
}

/* The types that fill zones stand near the top of the table, and most rows already differ in the
 * first letter, so a walk is fast. */
static const struct rr_type_info *
find_name(const char *text)
{
	size_t count;
	const struct rr_type_info *table = rr_type_table(&count);
	char first = text[0] >= 'a' && text[0] <= 'z' ? (char)(text[0] - 'a' + 'A') : text[0];

	for (size_t i = 0; i < count; i++) {
		if (table[i].name[0] == first && strcasecmp(table[i].name, text) == 0)
			return &table[i];
	}
	return NULL;
}

uint16_t
rr_type_parse(const char *text)
{
	if (strncasecmp(text, "TYPE", 4) == 0)
		return parse_generic(text);
	const struct rr_type_info *info = find_name(text);
	return info != NULL ? info->number : 0;
}

const char *
rr_type_name(uint16_t type)
{
	enum { SLOTS = 8, SLOT_SIZE = 12 };
	static _Thread_local char slots[SLOTS][SLOT_SIZE];
	static _Thread_local unsigned next;
	const struct rr_type_info *info = rr_type_find(type);

	if (info != NULL)
		return info->name;
	char *slot = slots[next++ % SLOTS];
	snprintf(slot, SLOT_SIZE, "TYPE%u", type);
	return slot;
}

const char *
rdata_layout(uint16_t type)
{
	const struct rr_type_info *info = rr_type_find(type);

	return info != NULL ? info->fields : NULL;
}

bool
rr_type_is_server_made(uint16_t type)
{
	const struct rr_type_info *info = rr_type_find(type);

	return type == RR_PRIVATE_SIGNING || (info != NULL && info->status == RR_TYPE_SERVER_MADE);
}

const char *
rr_type_refusal(const char *name, uint16_t number)
{
	const struct rr_type_info *info = rr_type_find(number);

	if (info == NULL && number == 0 && name != NULL)
		info = find_name(name);
	if (info != NULL)
		return info->status >= RR_TYPE_SERVER_MADE ? info->note : NULL;
	if (number == RR_PRIVATE_SIGNING)
		return "the name server keeps the state of its signing in these records";
	/* RFC 6895 section 3.1: 128 to 255 are for questions and messages. */
	if (number >= 128 && number <= 255)
		return "only questions and messages have it, never a zone";
	if (number == UINT16_MAX)
		return "RFC 6895 keeps this number out of use";
	return number == 0 ? "there is no such record type" : NULL;
}

const char *
rdata_advice(uint16_t type, const uint8_t *rdata, size_t size)
{
	enum { DIGEST_SHA1 = 1, TYPE_SSHFP = 44 };
	const struct rr_type_info *info = rr_type_find(type);

	if (info != NULL && info->status == RR_TYPE_OBSOLETE)
		return info->note;
	if ((type == RR_DS || type == RR_CDS) && size > 4 && rdata[3] == DIGEST_SHA1)
		return "a SHA-1 digest proves little; use digest type 2, SHA-256 (RFC 8624)";
	if (type == TYPE_SSHFP && size > 2 && rdata[1] == DIGEST_SHA1)
		return "a SHA-1 fingerprint proves little; use fingerprint type 2, SHA-256 "
		       "(RFC 6594)";
	return NULL;
}
