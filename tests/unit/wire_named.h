/* A real BIND 9 of our own, in a private folder, for the tests of libdms/dns/wire.h. */
#pragma once

#include "dns/wire.h"
#include "host.h"

#define NAMED_PATH        "/usr/sbin/named"
#define NAMED_START_MS    20000
#define KEY_SECRET_BASE64 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define BIG_ZONE_RECORDS  20000

struct named {
	char dir[64];
	int port;
	pid_t pid;
};

static const uint8_t key_secret[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10,
				       11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
				       22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
static const struct tsig good_key = {"update-ddns.", "hmac-sha256", key_secret, 32};
static const struct tsig bad_secret = {"update-ddns.", "hmac-sha256", key_secret, 31};
static const struct tsig bad_name = {"nobody.", "hmac-sha256", key_secret, 32};

static inline void
loopback(int port, struct sockaddr_storage *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	*address = (struct sockaddr_storage){0};
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)port);
	v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

static inline struct dns_peer *
peer_to(TALLOC_CTX *mem, int port, const struct tsig *tsig, int64_t timeout_ms)
{
	struct sockaddr_storage address;
	struct dns_peer *peer;
	loopback(port, &address);
	if (dns_peer_new(mem, &address, tsig, timeout_ms, &peer) != NULL)
		abort();
	return peer;
}

static inline FILE *
create(const struct named *named, const char *name)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s", named->dir, name);
	FILE *file = fopen(path, "w");
	if (file == NULL)
		abort();
	return file;
}

static const char small_zone_text[] =
    "$TTL 3600\n"
    "@ 7200 IN SOA NS1.Example.ORG. Hostmaster.example.org. 2026030407 7200 900 604800 600\n"
    "@ IN NS ns1\n@ IN NS NS2.Example.ORG.\n@ IN MX 10 Mail.example.ORG.\n"
    "ns1 IN A 192.0.2.1\nns2 IN A 192.0.2.2\nns2 IN AAAA 2001:db8::2\n"
    "mail 300 IN A 192.0.2.3\nWWW IN CNAME mail\n*.wild IN TXT \"a b\" \"c\"\n"
    "dot\\.ted IN TXT point\n_sip._tcp IN SRV 1 2 5060 MAIL.example.org.\n"
    "naptr IN NAPTR 100 10 \"S\" \"SIP+D2U\" \"\" _sip._tcp.Example.org.\n"
    "sub IN NS ns1.sub\nns1.sub IN A 192.0.2.5\n"
    "odd IN TYPE65280 \\# 4 0A000001\n";

static inline void
write_big_zone(const struct named *named)
{
	FILE *file = create(named, "big.db");
	fprintf(file, "$TTL 3600\n@ IN SOA ns1 hostmaster 1 7200 900 604800 600\n@ IN NS ns1\n"
		      "ns1 IN A 192.0.2.1\n");
	for (int i = 0; i < BIG_ZONE_RECORDS; i++)
		fprintf(file, "host%d IN A 10.%d.%d.%d\n", i, i >> 16, i >> 8 & 255, i & 255);
	fclose(file);
}

static inline void
named_configure(struct named *named)
{
	strcpy(named->dir, "/tmp/dms-wire-XXXXXX");
	if (mkdtemp(named->dir) == NULL)
		abort();
	named->port = free_port();
	FILE *conf = create(named, "named.conf");
	fprintf(conf,
		"options { directory \"%s\"; listen-on { 127.0.0.1; }; listen-on-v6 { none; };\n"
		"  pid-file none; session-keyfile none; recursion no; notify no;\n"
		"  allow-transfer { none; }; dnssec-validation no; };\n"
		"controls { };\n"
		"key \"update-ddns\" { algorithm hmac-sha256; secret \"%s\"; };\n",
		named->dir, KEY_SECRET_BASE64);
	const char *zones[][2] = {{"example.org", "small.db"}, {"big.example", "big.db"}};
	for (size_t i = 0; i < 2; i++)
		fprintf(conf,
			"zone \"%s\" { type primary; file \"%s\";\n"
			"  allow-transfer { key \"update-ddns\"; };\n"
			"  update-policy { grant update-ddns zonesub ANY; }; };\n",
			zones[i][0], zones[i][1]);
	fclose(conf);
	FILE *small = create(named, "small.db");
	fputs(small_zone_text, small);
	fclose(small);
	write_big_zone(named);
}

/* Both zones are loaded. */
static inline bool
named_answers(const struct named *named)
{
	TALLOC_CTX *mem = talloc_new(NULL);
	struct dns_peer *peer = peer_to(mem, named->port, NULL, 2000);
	struct soa soa;
	dms_error *small = dns_soa(peer, mem, "example.org.", &soa);
	dms_error *big = dns_soa(peer, mem, "big.example.", &soa);
	bool answers = small == NULL && big == NULL;
	dms_error_free(small);
	dms_error_free(big);
	talloc_free(mem);
	return answers;
}

/* Returns when it serves its zones. */
static inline void
named_start(struct named *named)
{
	char conf[128], port[16], log[128];
	snprintf(conf, sizeof conf, "%s/named.conf", named->dir);
	snprintf(log, sizeof log, "%s/log", named->dir);
	snprintf(port, sizeof port, "%d", named->port);
	named->pid = start_program(
	    log, (const char *[]){NAMED_PATH, "-g", "-n", "1", "-c", conf, "-p", port, NULL});
	if (!HOLDS_WITHIN(NAMED_START_MS, named_answers(named))) {
		fprintf(stderr, "named does not serve; see %s\n", log);
		abort();
	}
}

static inline void
named_stop(struct named *named)
{
	stop_program(&named->pid);
}

static inline void
named_remove(struct named *named)
{
	named_stop(named);
	remove_tree(named->dir);
}
