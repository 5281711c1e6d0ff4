/* What must hold for the rdata of some types beyond their fields. What a name server would refuse
 * in a DNS UPDATE is refused here already, where its author still listens. */
#include "dns/rdata_codec.h"

enum {
	KEY = 25,
	NAPTR = 35,
	RKEY = 57,
	SVCB = 64,
	HTTPS = 65,
	ZONEMD = 63,
	SSHFP = 44,
	URI = 256,
	TA = 32768,
	DLV = 32769
};

/* Octets of a digest by its number (RFC 4034, 4509, 6605); 0: any. */
static size_t
ds_digest_size(uint8_t digest)
{
	static const uint8_t sizes[] = {0, 20, 32, 32, 48};

	return digest < sizeof sizes ? sizes[digest] : 0;
}

static const char *
ds_rule(const uint8_t *rdata, size_t size)
{
	size_t wanted = ds_digest_size(rdata[3]);

	return wanted == 0 || size == 4 + wanted ? NULL
						 : "the digest has not the length of its type";
}

/* RFC 4255 section 3.1.2, RFC 6594 section 4. */
static const char *
sshfp_rule(const uint8_t *rdata, size_t size)
{
	size_t wanted = rdata[1] == 1 ? 20 : rdata[1] == 2 ? 32 : 0;

	return wanted == 0 || size == 2 + wanted ? NULL
						 : "the fingerprint has not the length of its type";
}

/* RFC 8976 section 2.2.4: SHA-384 and SHA-512, and never less than 12 octets. */
static const char *
zonemd_rule(const uint8_t *rdata, size_t size)
{
	size_t digest = size - 6, wanted = rdata[5] == 1 ? 48 : rdata[5] == 2 ? 64 : 0;

	if (digest < 12)
		return "a digest has 12 octets or more";
	return wanted == 0 || digest == wanted ? NULL : "the digest has not the length of its type";
}

/* RFC 9460 section 2.4.2: an alias has no parameters. */
static const char *
svcb_rule(const uint8_t *rdata, size_t size)
{
	bool is_alias = rdata[0] == 0 && rdata[1] == 0;

	return !is_alias || name_size(rdata + 2, size - 2) == size - 2
		   ? NULL
		   : "priority 0 is an alias, which has no parameters";
}

/* RFC 2535 section 3.1.2, as RFC 3445 left it: both bits say that there is no key. */
static const char *
key_rule(const uint8_t *rdata, size_t size)
{
	bool has_no_key = (rdata[0] & 0xc0) == 0xc0;

	if (has_no_key)
		return size == 4 ? NULL : "these flags say that there is no key, but there is one";
	return size > 4 ? NULL : "the key is missing";
}

/* draft-reid-dnsext-rkey section 2.1: all bits of the flags are reserved. */
static const char *
rkey_rule(const uint8_t *rdata, size_t size)
{
	return rdata[0] == 0 && rdata[1] == 0 ? NULL : "the flags are 0";
}

static const char *
naptr_rule(const uint8_t *rdata, size_t size)
{
	const uint8_t *flags = rdata + 4, *service = flags + flags[0] + 1,
		      *regexp = service + service[0] + 1;

	return regexp_is_fine(regexp + 1, regexp[0])
		   ? NULL
		   : "the third string is no substitution like !^.*$!sip:info@example.net!";
}

const char *
rdata_rule(uint16_t type, const uint8_t *rdata, size_t size)
{
	switch (type) {
	case KEY:
		return key_rule(rdata, size);
	case RKEY:
		return rkey_rule(rdata, size);
	case NAPTR:
		return naptr_rule(rdata, size);
	case RR_DS:
	case RR_CDS:
	case TA:
	case DLV:
		return ds_rule(rdata, size);
	case SSHFP:
		return sshfp_rule(rdata, size);
	case ZONEMD:
		return zonemd_rule(rdata, size);
	case SVCB:
	case HTTPS:
		return svcb_rule(rdata, size);
	case URI:
		return size > 4 ? NULL : "the URI is empty";
	default:
		return NULL;
	}
}
