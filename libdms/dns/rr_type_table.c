/* The table of record types. A new type whose rdata is made of fields that rdata_layout() knows
 * needs one row here and nothing else. */
#include "dns/rr.h"

#define SIGNED_BY_SERVER "the name server makes these records itself when it signs the zone"
#define QUESTION_ONLY    "only questions and messages have it, never a zone"
#define NO_MAIL          "name servers refuse zones with it (RFC 973); write MX records"
#define OLD_MAIL         "write MX records (RFC 973)"
#define NO_NETWORK       "the network it was for is gone"

/* By number. */
static const struct rr_type_info table[] = {
    {0, RR_TYPE_REFUSED, "ALIAS", NULL, "-", "another name's addresses at the apex",
     "it is no type of the DNS but a trick of some servers, which no other server or slave "
     "understands; write A and AAAA, or HTTPS with a target name",
     NULL},
    {0, RR_TYPE_REFUSED, "ANAME", NULL, "-", "another name's addresses at the apex",
     "it never became a standard; write A and AAAA, or HTTPS with a target name", NULL},
    {1, RR_TYPE_USER, "A", "a", "RFC 1035", "IPv4 address of a host", NULL, "192.0.2.1"},
    {2, RR_TYPE_USER, "NS", "n", "RFC 1035", "name server of the zone or of one below", NULL,
     "ns1.example.net."},
    {3, RR_TYPE_REFUSED, "MD", "n", "RFC 1035", "mail destination", NO_MAIL, NULL},
    {4, RR_TYPE_REFUSED, "MF", "n", "RFC 1035", "mail forwarder", NO_MAIL, NULL},
    {5, RR_TYPE_USER, "CNAME", "n", "RFC 1035", "the real name of an alias", NULL, "www"},
    {6, RR_TYPE_USER, "SOA", "nn4tttt", "RFC 1035, 1912, 2308", "start of the zone, at the apex",
     NULL, "ns1.example.net. hostmaster 2026010100 24h 15m 7d 10m"},
    {7, RR_TYPE_OBSOLETE, "MB", "n", "RFC 1035", "mailbox", OLD_MAIL, "mail"},
    {8, RR_TYPE_OBSOLETE, "MG", "n", "RFC 1035", "mail group member", OLD_MAIL, "member"},
    {9, RR_TYPE_OBSOLETE, "MR", "n", "RFC 1035", "renamed mailbox", OLD_MAIL, "renamed"},
    {10, RR_TYPE_REFUSED, "NULL", NULL, "RFC 1035", "anything",
     "RFC 1035 section 3.3.10 keeps it out of zones", NULL},
    {11, RR_TYPE_OBSOLETE, "WKS", NULL, "RFC 1035", "well known services of a host",
     "nobody asks for it (RFC 1123 section 2.2); write SRV records", "\\# 6 c00002010640"},
    {12, RR_TYPE_USER, "PTR", "n", "RFC 1035", "name of an address, in a reverse zone", NULL,
     "host.example.net."},
    {13, RR_TYPE_USER, "HINFO", "ss", "RFC 1035, 8482", "hardware and system of a host", NULL,
     "\"x86\" \"Debian GNU\""},
    {14, RR_TYPE_OBSOLETE, "MINFO", "nn", "RFC 1035", "who keeps a mailing list",
     "no mail system uses it; write RP", "owner errors"},
    {15, RR_TYPE_USER, "MX", "2n", "RFC 1035, 7505", "mail server; \"0 .\": no mail here", NULL,
     "10 mail.example.net."},
    {16, RR_TYPE_USER, "TXT", "S", "RFC 1035, 1464, 4408", "text; longer ones are split at 255",
     NULL, "\"v=spf1 -all\""},
    {17, RR_TYPE_USER, "RP", "nn", "RFC 1183", "responsible person", NULL, "admin admin-text"},
    {18, RR_TYPE_USER, "AFSDB", "2n", "RFC 1183, 5864", "AFS cell's database server", NULL,
     "1 afs.example.net."},
    {19, RR_TYPE_USER, "X25", "D", "RFC 1183", "X.25 address: four or more digits", NULL,
     "\"311061700956\""},
    {20, RR_TYPE_USER, "ISDN", "so", "RFC 1183", "ISDN number, and subaddress if any", NULL,
     "\"150862028003217\" \"004\""},
    {21, RR_TYPE_USER, "RT", "2n", "RFC 1183", "intermediate host", NULL, "2 relay.example.net."},
    {22, RR_TYPE_OBSOLETE, "NSAP", "p", "RFC 1706", "OSI network address",
     "OSI networks are gone (RFC 9121)", "0x47000580005a00"},
    {23, RR_TYPE_OBSOLETE, "NSAP-PTR", "n", "RFC 1706", "name of an OSI network address",
     "OSI networks are gone (RFC 9121)", "host.example.net."},
    {24, RR_TYPE_REFUSED, "SIG", NULL, "RFC 2931", "signature of a message",
     "it signs messages; in zones RRSIG took its place (RFC 3755)", NULL},
    {25, RR_TYPE_USER, "KEY", "21dB", "RFC 2535, 3445", "public key for signed messages, SIG(0)",
     NULL, "512 3 13 AQIDBA=="},
    {26, RR_TYPE_USER, "PX", "2nn", "RFC 2163", "X.400 mail address mapping", NULL,
     "10 map822.example.net. mapx400.example.net."},
    {27, RR_TYPE_USER, "GPOS", "FFF", "RFC 1712",
     "longitude, latitude, altitude in degrees and "
     "metres",
     NULL, "\"-32.6882\" \"116.8652\" \"10.0\""},
    {28, RR_TYPE_USER, "AAAA", "q", "RFC 3596, 5952", "IPv6 address of a host", NULL,
     "2001:db8::1"},
    {29, RR_TYPE_USER, "LOC", "C", "RFC 1876", "place on earth", NULL,
     "52 22 23.000 N 4 53 32.000 E -2.00m"},
    {30, RR_TYPE_REFUSED, "NXT", NULL, "RFC 2535", "next name of a signed zone",
     "NSEC took its place (RFC 3755)", NULL},
    {31, RR_TYPE_OBSOLETE, "EID", "x", "-", "Nimrod endpoint", NO_NETWORK, "e32c6f78163a9348"},
    {32, RR_TYPE_OBSOLETE, "NIMLOC", "x", "-", "Nimrod locator", NO_NETWORK, "32251a030067"},
    {33, RR_TYPE_USER, "SRV", "222n", "RFC 2782", "server of a service; target \".\": none here",
     NULL, "0 5 5060 sip.example.net."},
    {34, RR_TYPE_OBSOLETE, "ATMA", NULL, "-", "ATM address", NO_NETWORK, "\\# 3 013132"},
    {35, RR_TYPE_USER, "NAPTR", "22sssn", "RFC 3403, 3958, 6116",
     "rule for the next look-up: ENUM, S-NAPTR", NULL,
     "100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:info@example.net!\" ."},
    {36, RR_TYPE_USER, "KX", "2n", "RFC 2230", "key exchange host", NULL, "10 kx.example.net."},
    {37, RR_TYPE_USER, "CERT", "c2db", "RFC 4398", "certificate or revocation list", NULL,
     "PKIX 12345 8 AAECAwQF"},
    {38, RR_TYPE_OBSOLETE, "A6", NULL, "RFC 2874, 6563", "IPv6 address in pieces",
     "write AAAA (RFC 6563)", "\\# 17 0020010db8000000000000000000000001"},
    {39, RR_TYPE_USER, "DNAME", "n", "RFC 6672", "another name for all that is below", NULL,
     "other.example.net."},
    {40, RR_TYPE_OBSOLETE, "SINK", NULL, "-", "anything, an idea of 1999", "it never came to be",
     "\\# 5 0102030001"},
    {41, RR_TYPE_REFUSED, "OPT", NULL, "RFC 6891", "EDNS", QUESTION_ONLY, NULL},
    {42, RR_TYPE_USER, "APL", "P", "RFC 3123", "list of address prefixes", NULL,
     "1:192.168.32.0/21 !1:192.168.38.0/28 2:ff00::/8"},
    {43, RR_TYPE_USER, "DS", "2d1x", "RFC 4034, 4509, 6605", "digest of the key of a zone below",
     NULL, "20326 8 2 e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d"},
    {44, RR_TYPE_USER, "SSHFP", "11x", "RFC 4255, 6594", "fingerprint of an SSH host key", NULL,
     "4 2 123456789abcdef67890123456789abcdef67890123456789abcdef123456789"},
    {45, RR_TYPE_USER, "IPSECKEY", "111gb", "RFC 4025", "IPsec gateway and key", NULL,
     "10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ=="},
    {46, RR_TYPE_SERVER_MADE, "RRSIG", NULL, "RFC 4034", "signature of an RRset", SIGNED_BY_SERVER,
     NULL},
    {47, RR_TYPE_SERVER_MADE, "NSEC", NULL, "RFC 4034", "next name and its types", SIGNED_BY_SERVER,
     NULL},
    {48, RR_TYPE_SERVER_MADE, "DNSKEY", NULL, "RFC 4034", "public key of the zone",
     SIGNED_BY_SERVER, NULL},
    {49, RR_TYPE_USER, "DHCID", "b", "RFC 4701", "which DHCP client a name belongs to", NULL,
     "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="},
    {50, RR_TYPE_SERVER_MADE, "NSEC3", NULL, "RFC 5155", "next hashed name and its types",
     SIGNED_BY_SERVER, NULL},
    {51, RR_TYPE_SERVER_MADE, "NSEC3PARAM", NULL, "RFC 5155", "how names are hashed",
     SIGNED_BY_SERVER "; the zone's flag nsec3 asks for it", NULL},
    {52, RR_TYPE_USER, "TLSA", "111x", "RFC 6698, 7671", "certificate of a TLS server", NULL,
     "3 1 1 92003ba34942dc74152e2f2c408d29eca5a520e7f2e06bb944f4dca346baf63c"},
    {53, RR_TYPE_USER, "SMIMEA", "111x", "RFC 8162", "certificate of a mail user", NULL,
     "3 0 0 00ff"},
    {55, RR_TYPE_USER, "HIP", "H", "RFC 8005", "host identity and rendezvous servers", NULL,
     "2 200100107b1a74df365639cc39f1d578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cI rvs.example.net."},
    {56, RR_TYPE_OBSOLETE, "NINFO", "S", "-", "state of a zone", "it never came to be", "\"ok\""},
    {57, RR_TYPE_OBSOLETE, "RKEY", "21db", "-", "key for NAPTR records", "it never came to be",
     "0 1 8 AQID"},
    {58, RR_TYPE_OBSOLETE, "TALINK", "NN", "-", "trust anchor history", "it never came to be",
     "before.example.net. after.example.net."},
    {59, RR_TYPE_USER, "CDS", "2d1x", "RFC 7344, 8078", "DS that the parent should take", NULL,
     "0 0 0 00"},
    {60, RR_TYPE_USER, "CDNSKEY", "21db", "RFC 7344, 8078", "key that the parent should take", NULL,
     "0 3 0 AA=="},
    {61, RR_TYPE_USER, "OPENPGPKEY", "b", "RFC 7929", "OpenPGP key of a mail user", NULL,
     "AAECAwQFBgcICQ=="},
    {62, RR_TYPE_USER, "CSYNC", "42w", "RFC 7477", "what the parent should copy", NULL,
     "66 3 A NS AAAA"},
    {63, RR_TYPE_USER, "ZONEMD", "411x", "RFC 8976",
     "digest of the whole zone, good for one "
     "serial only",
     NULL, "2026010100 1 240 0123456789abcdef01234567"},
    {64, RR_TYPE_USER, "SVCB", "2NV", "RFC 9460, 9461", "where and how a service is reached", NULL,
     "1 svc alpn=h2,h3 port=8443"},
    {65, RR_TYPE_USER, "HTTPS", "2NV", "RFC 9460", "where and how a web site is reached", NULL,
     "1 . alpn=h2,h3 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1"},
    {99, RR_TYPE_OBSOLETE, "SPF", "S", "RFC 4408, 7208", "mail senders",
     "mail servers only look at TXT (RFC 7208 section 3.1)", "\"v=spf1 -all\""},
    {104, RR_TYPE_USER, "NID", "2l", "RFC 6742", "ILNP node identifier", NULL,
     "10 0014:4fff:ff20:ee64"},
    {105, RR_TYPE_USER, "L32", "2a", "RFC 6742", "ILNP locator, 32 bits", NULL, "10 10.1.2.0"},
    {106, RR_TYPE_USER, "L64", "2l", "RFC 6742", "ILNP locator, 64 bits", NULL,
     "10 2001:0db8:1140:1000"},
    {107, RR_TYPE_USER, "LP", "2N", "RFC 6742", "name of an ILNP subnetwork", NULL,
     "10 l64-subnet1.example.net."},
    {108, RR_TYPE_USER, "EUI48", "e", "RFC 7043", "Ethernet address", NULL, "00-00-5e-00-53-2a"},
    {109, RR_TYPE_USER, "EUI64", "E", "RFC 7043", "64-bit hardware address", NULL,
     "00-00-5e-ef-10-00-00-2a"},
    {128, RR_TYPE_REFUSED, "NXNAME", NULL, "RFC 9824", "there is no such name", QUESTION_ONLY,
     NULL},
    {249, RR_TYPE_REFUSED, "TKEY", NULL, "RFC 2930", "key agreement", QUESTION_ONLY, NULL},
    {250, RR_TYPE_REFUSED, "TSIG", NULL, "RFC 8945", "signature of a message", QUESTION_ONLY, NULL},
    {251, RR_TYPE_REFUSED, "IXFR", NULL, "RFC 1995", "transfer of changes", QUESTION_ONLY, NULL},
    {252, RR_TYPE_REFUSED, "AXFR", NULL, "RFC 5936", "transfer of a zone", QUESTION_ONLY, NULL},
    {253, RR_TYPE_REFUSED, "MAILB", NULL, "RFC 1035", "old mail records", QUESTION_ONLY, NULL},
    {254, RR_TYPE_REFUSED, "MAILA", NULL, "RFC 1035", "older mail records", QUESTION_ONLY, NULL},
    {255, RR_TYPE_REFUSED, "ANY", NULL, "RFC 1035, 8482", "all records of a name", QUESTION_ONLY,
     NULL},
    {256, RR_TYPE_USER, "URI", "22L", "RFC 7553", "URI of a service", NULL,
     "10 1 \"https://www.example.net/path\""},
    {257, RR_TYPE_USER, "CAA", "1TL", "RFC 8659", "who may issue certificates", NULL,
     "0 issue \"ca.example.net; account=230123\""},
    {258, RR_TYPE_USER, "AVC", "S", "-", "application visibility, text", NULL, "\"app-name:x\""},
    {259, RR_TYPE_USER, "DOA", NULL, "-", "digital object, only as octets", NULL,
     "\\# 13 0000000000000001010000000a"},
    {260, RR_TYPE_USER, "AMTRELAY", "1M", "RFC 8777", "multicast relay of a network", NULL,
     "10 0 1 203.0.113.15"},
    {261, RR_TYPE_USER, "RESINFO", "S", "RFC 9606", "what a resolver can do", NULL,
     "\"qnamemin\" \"exterr=15-17\""},
    {262, RR_TYPE_USER, "WALLET", "S", "-", "address of a wallet, text", NULL, "\"BTC\" \"x\""},
    {32768, RR_TYPE_OBSOLETE, "TA", "2d1x", "-", "trust anchor",
     "it was for signing before the root was signed",
     "20326 8 2 e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d"},
    {32769, RR_TYPE_OBSOLETE, "DLV", "2d1x", "RFC 4431, 8749", "look-aside trust anchor",
     "look-aside validation has ended (RFC 8749)",
     "20326 8 2 e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d"},
};

const struct rr_type_info *
rr_type_table(size_t *count)
{
	*count = sizeof table / sizeof table[0];
	return table;
}

const struct rr_type_info *
rr_type_find(uint16_t number)
{
	size_t low = 0, high = sizeof table / sizeof table[0];

	if (number == 0)
		return NULL;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (table[middle].number == number)
			return &table[middle];
		if (table[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
