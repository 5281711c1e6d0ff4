/* Networks and the reverse zones they make (spec/zone-data.md section 3.3). */
#include "dns/name.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct network {
	uint8_t address[16];
	size_t size; /* 4 or 16 octets */
	int prefix;
};

/* Digits only, no sign, no leading zero. */
static bool
parse_prefix(const char *text, int most, int *prefix)
{
	size_t length = strspn(text, "0123456789");

	if (length == 0 || length > 3 || text[length] != '\0' || (length > 1 && text[0] == '0'))
		return false;
	*prefix = 0;
	for (size_t i = 0; i < length; i++)
		*prefix = *prefix * 10 + (text[i] - '0');
	return *prefix <= most;
}

/* Fills a short form: "10" and "10." are "10.0.0.0". */
static bool
parse_ipv4(const char *text, uint8_t *address)
{
	char full[32];
	size_t length = strlen(text);

	if (length == 0 || length > 15)
		return false;
	if (text[length - 1] == '.')
		length--;
	int dots = 0;
	for (size_t i = 0; i < length; i++)
		dots += text[i] == '.';
	if (dots > 3)
		return false;
	snprintf(full, sizeof full, "%.*s%s", (int)length, text,
		 &".0.0.0"[(size_t)2 * (size_t)dots]);
	return inet_pton(AF_INET, full, address) == 1;
}

static bool
parse_network(const char *text, struct network *network)
{
	char address[64];
	const char *slash = strrchr(text, '/');

	if (slash == NULL || slash == text || (size_t)(slash - text) >= sizeof address)
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	memset(network->address, 0, sizeof network->address);
	if (strchr(address, ':') != NULL) {
		network->size = 16;
		return strchr(address, '.') == NULL &&
		       parse_prefix(slash + 1, 128, &network->prefix) &&
		       inet_pton(AF_INET6, address, network->address) == 1;
	}
	network->size = 4;
	return parse_prefix(slash + 1, 32, &network->prefix) &&
	       parse_ipv4(address, network->address);
}

bool
is_network(const char *text)
{
	struct network network;

	return parse_network(text, &network);
}

static void
clear_host_bits(struct network *network)
{
	for (size_t i = 0; i < network->size; i++) {
		int kept = network->prefix - (int)i * 8;
		if (kept <= 0)
			network->address[i] = 0;
		else if (kept < 8)
			network->address[i] &= (uint8_t)(0xff << (8 - kept));
	}
}

/* The first `digits` octets (IPv4) or nibbles (IPv6), last one first. */
static char *
print_reverse(TALLOC_CTX *mem, const uint8_t *address, size_t size, size_t digits)
{
	char text[80], *out = text;

	for (size_t i = digits; i-- > 0;) {
		if (size == 4)
			out += sprintf(out, "%d.", address[i]);
		else
			out += sprintf(out, "%x.", address[i / 2] >> (i % 2 == 0 ? 4 : 0) & 0xf);
	}
	return talloc_asprintf(mem, "%.*s%s", (int)(out - text), text,
			       size == 4 ? "in-addr.arpa." : "ip6.arpa.");
}

dms_error *
network_to_zone(TALLOC_CTX *mem, const char *cidr, char **zone, char **network)
{
	struct network parsed;
	char address[INET6_ADDRSTRLEN];

	if (!parse_network(cidr, &parsed))
		return dms_error_put_str(
		    dms_error_new(DMS_E_INVALID_DOMAIN_NAME, "\"%s\" is not a network", cidr),
		    "name", cidr);
	bool is_zone = parsed.size == 4
			   ? parsed.prefix >= 8 && parsed.prefix <= 24 && parsed.prefix % 8 == 0
			   : parsed.prefix >= 4 && parsed.prefix <= 64 && parsed.prefix % 4 == 0;
	if (!is_zone)
		return dms_error_put_str(
		    dms_error_new(DMS_E_INVALID_DOMAIN_NAME,
				  "network %s makes no reverse zone: the prefix must be %s", cidr,
				  parsed.size == 4 ? "8, 16 or 24"
						   : "a multiple of 4 from 4 to 64"),
		    "name", cidr);
	clear_host_bits(&parsed);
	inet_ntop(parsed.size == 4 ? AF_INET : AF_INET6, parsed.address, address, sizeof address);
	*network = talloc_asprintf(mem, "%s/%d", address, parsed.prefix);
	*zone = print_reverse(mem, parsed.address, parsed.size,
			      (size_t)parsed.prefix / (parsed.size == 4 ? 8 : 4));
	return NULL;
}

char *
address_to_reverse(TALLOC_CTX *mem, const uint8_t *address, size_t size)
{
	return print_reverse(mem, address, size, size == 4 ? 4 : 32);
}
