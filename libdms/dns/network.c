/* Networks and the reverse zones they make (spec/zone-data.md section 3.3, RFC 2317, RFC 4183). */
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

/* Whether one zone can have all of the network's addresses and no others. */
static bool
is_one_zone(const struct network *network)
{
	int step = network->size == 4 ? 8 : 4;
	bool is_classless = network->size == 4 && network->prefix > 24;

	return network->prefix >= step && (network->prefix % step == 0 || is_classless);
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
	if (!is_one_zone(&parsed))
		return dms_error_put_str(
		    dms_error_new(DMS_E_INVALID_DOMAIN_NAME,
				  "network %s makes no reverse zone: the prefix must be %s", cidr,
				  parsed.size == 4 ? "8, 16, or 24 to 32"
						   : "a multiple of 4 from 4 to 128"),
		    "name", cidr);
	clear_host_bits(&parsed);
	inet_ntop(parsed.size == 4 ? AF_INET : AF_INET6, parsed.address, address, sizeof address);
	*network = talloc_asprintf(mem, "%s/%d", address, parsed.prefix);
	int step = parsed.size == 4 ? 8 : 4;
	*zone = print_reverse(mem, parsed.address, parsed.size, (size_t)(parsed.prefix / step));
	if (parsed.prefix % step != 0) /* RFC 2317 section 4 */
		*zone = talloc_asprintf(mem, "%d/%d.%s", parsed.address[3], parsed.prefix, *zone);
	return NULL;
}

/* A number of at most `most` without leading zeros; moves `*at` behind it. */
static bool
take_decimal(const char **at, int most, int *number)
{
	size_t digits = strspn(*at, "0123456789");

	if (digits == 0 || digits > 3 || (**at == '0' && digits > 1))
		return false;
	for (*number = 0; digits > 0; digits--)
		*number = *number * 10 + (*(*at)++ - '0');
	return *number <= most;
}

/* The prefix length that the first label of a classless zone says, behind `octets` whole ones:
 * "64/26", "64-26" (RFC 4183) or, first and last, "64-127"; 0: none. */
static int
classless_prefix(int first, char delimiter, int second, int octets)
{
	int size = second - first + 1;
	bool is_block = delimiter == '-' && size >= 2 && size <= 128 && (size & (size - 1)) == 0 &&
			first % size == 0;

	if (is_block)
		return octets * 8 + 8 - __builtin_ctz((unsigned)size);
	int bits = second - octets * 8;
	return bits > 0 && bits < 8 && (first & (0xff >> bits)) == 0 ? second : 0;
}

/* Reads a classless zone's name; `*octets` is how many whole ones stand behind its first label. */
static bool
parse_classless(const char *zone, struct network *network, int *octets)
{
	const char *at = zone;
	int first, second, octet, reversed[3];
	char delimiter = '\0';

	if (!take_decimal(&at, UINT8_MAX, &first) || ((delimiter = *at) != '/' && delimiter != '-'))
		return false;
	at++;
	if (!take_decimal(&at, UINT8_MAX, &second))
		return false;
	for (*octets = 0; strcmp(at, ".in-addr.arpa.") != 0; (*octets)++) {
		if (*octets == 3 || *at++ != '.' || !take_decimal(&at, UINT8_MAX, &octet))
			return false;
		reversed[*octets] = octet;
	}
	memset(network, 0, sizeof *network);
	network->size = 4;
	network->prefix = classless_prefix(first, delimiter, second, *octets);
	if (*octets == 0 || network->prefix == 0)
		return false;
	for (int i = 0; i < *octets; i++)
		network->address[i] = (uint8_t)reversed[*octets - 1 - i];
	network->address[*octets] = (uint8_t)first;
	return true;
}

char *
classless_network(TALLOC_CTX *mem, const char *zone)
{
	char address[INET_ADDRSTRLEN];
	struct network network;
	int octets;

	if (!parse_classless(zone, &network, &octets))
		return NULL;
	inet_ntop(AF_INET, network.address, address, sizeof address);
	return talloc_asprintf(mem, "%s/%d", address, network.prefix);
}

char *
address_label(TALLOC_CTX *mem, const uint8_t *address, size_t size, const char *zone)
{
	char *name = address_to_reverse(mem, address, size);
	char *label = name_relative(mem, name, zone);
	struct network network, of_address = {.size = 4};
	int octets;

	talloc_free(name);
	if (label != NULL || size != 4 || !parse_classless(zone, &network, &octets))
		return label;
	memcpy(of_address.address, address, 4);
	of_address.prefix = network.prefix;
	clear_host_bits(&of_address);
	if (memcmp(of_address.address, network.address, 4) != 0)
		return NULL;
	label = talloc_asprintf(mem, "%d", address[3]);
	for (int i = 2; i >= octets; i--)
		label = talloc_asprintf_append(label, ".%d", address[i]);
	return label;
}

char *
address_to_reverse(TALLOC_CTX *mem, const uint8_t *address, size_t size)
{
	return print_reverse(mem, address, size, size == 4 ? 4 : 32);
}
