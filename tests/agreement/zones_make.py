"""Zones out of a seed: lines that are right, and lines that bring a fault for every check."""

import random

# %d is a small number, so that names meet; %z the zone.
GOOD = r"""
h%d A 192.0.2.%d
h%d 60 IN AAAA 2001:db8::%d
h%d IN 5m A 192.0.2.%d
h%d TXT "text %d" more
t%d TXT ( "two" ; a comment\n   "lines" )
t%d TXT "a;b" c\;d "\"" \101
c%d CNAME h1
c%d CNAME x%d.example.net.
@ MX %d h1
@ MX 0 h2.%z
_s%d._tcp SRV 0 0 %d h2
*.w%d A 192.0.2.%d
d%d NS ns%d.example.net.
g%d NS n.g%d\nn.g%d A 192.0.2.%d\nn.g%d AAAA 2001:db8::%d
g%d NS n.g%d\ng%d DS 1 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\nn.g%d A 192.0.2.%d
n%d DNAME x%d.example.net.
$ORIGIN o%d\nx A 192.0.2.%d\ny CNAME x\n@ TXT "o"\n$ORIGIN %z
$GENERATE 1-3 gen%d-$ A 192.0.2.$
$GENERATE 10-20/5 ${0,3,d}.r%d CNAME h1
$TTL %d00
u%d TXT "one"\n  TXT "two"\n\tTXT "three"
a\.b%d TXT "escaped"
0/%d NS ns.example.net.
@ CAA 0 issue "ca.example.net"
@ HTTPS 1 . alpn=h2,h3
h%d HTTPS 1 h1 port=%d
_25._tcp.h%d TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
h%d SSHFP 4 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
e%d NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:info@example.net!" .
loc%d LOC 52 22 23.000 N 4 53 32.000 E -2.00m
@ TXT "v=spf1 -all"
_dmarc TXT "v=DMARC1; p=none"
p%d PTR h%d.example.net.
k%d TYPE65280 \# %d00
"""
# One for each check of the table, and what the reader refuses.
FAULTY = r"""
c%d TXT "beside"\nc%d CNAME h1
c%d CNAME h1\nc%d TXT "beside"
k%d CNAME h1\nk%d CNAME h2
@ CNAME x.net.
l%d CNAME l%d
k%d CNAME c%d\nc%d CNAME h1
c%d CNAME none%d
@ MX 10 none%d
@ MX 10 k%d\nk%d CNAME h1
@ MX 10 m.n%d\nn%d DNAME x.net.
@ MX 10 _x.net.
@ MX 10 .
@ MX 10 192.0.2.%d
@ MX 10 h1.%z%z
_s._tcp SRV 0 0 1 none%d
_s._tcp SRV 0 0 1 a_b.net.
_s._tcp SRV 0 0 1 k%d\nk%d CNAME h1
a_%d A 192.0.2.1
a_%d MX 10 h1
-a%d AAAA 2001:db8::1
a.*.b%d A 192.0.2.1
*.v%d NS ns.example.net.
sub%d NS ns.sub%d
sub%d NS none%d
sub%d NS h1\nsub%d TXT "below"
sub%d NS h1\nx.sub%d A 192.0.2.1
sub%d NS k%d\nk%d CNAME h1
sub%d NS a_b.net.
sub%d NS 192.0.2.%d
@ NS none%d
@ NS k%d\nk%d CNAME h1
s%d DS 1 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
@ CDNSKEY 257 3 13 AAEC
@ CDS 0 0 0 00\n@ CDS %d 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
s%d CDS 0 0 0 00
g%d NS h1\ng%d DS 1 8 1 0123456789abcdef0123456789abcdef01234567
r%d DNAME x.net.\ny.r%d A 192.0.2.1
r%d DNAME x.net.\nr%d DNAME z.net.
r%d DNAME x.net.\nr%d CNAME z.net.
h%d A 192.0.2.300
h%d A 192.0.2.1 192.0.2.2
h%d A
h%d NOTYPE x
h%d CH A 192.0.2.1
h%d AAAA ::ffff:192.0.2.%d
out%d.example.net. A 192.0.2.1
x%z A 192.0.2.%d
l%d 99999999999 A 192.0.2.1
l%d 2147483648 A 192.0.2.1
l%d 0 A 192.0.2.1
l%d 9d A 192.0.2.1
m%d 60 TXT "a"\nm%d 61 TXT "b"
m%d TXT "same"\nm%d TXT same
z%d TXT "unclosed
z%d TXT ( "never closed"
z%d TXT "closed twice" )
z%d..a TXT "empty label"
p%d.0123456789012345678901234567890123456789012345678901234567890123 A 192.0.2.1
p%d.012345678901234567890123456789012345678901234567890123456789012 A 192.0.2.1
@ TXT "v=spf1 -all"\n@ TXT "v=spf1 +all"
@ SPF "v=spf1 -all"
_dmarc TXT "v=DMARC1; p=what"
@ CAA 7 isue "x"
h%d TLSA 9 9 9 00
_25._tcp.h%d TLSA 3 1 1 00
h%d SSHFP 1 1 00
@ SOA ns1.net. host.net. 2 7200 900 604800 3600
h%d SOA ns1.net. host.net. 2 7200 900 604800 3600
$ORIGIN o..x
$TTL what
$NONSENSE x
$GENERATE 1-x h$ A 192.0.2.1
$GENERATE 1-3 h$ A 192.0.2.300
h%d TXT \# 2 00
h%d RRSIG A 13 2 60 20300101000000 20200101000000 1 x. AAAA
h%d NSEC a A
h%d ANY x
@ HTTPS 1 none%d
@ HTTPS 0 x.net. port=1
@ TXT "\300"
"""
REVERSE_GOOD = r"""
%d PTR h%d.example.net.
1%d CNAME 1%d.0/25
0/25 NS ns.example.net.
"""
REVERSE_FAULTY = r"""
%d PTR a_b.net.
%d PTR h%d.example.net
%d.%d.%d PTR h.example.net.
"""
HEADS = r"""
@ SOA ns1.net. host.net. %d 7200 900 604800 3600\n@ NS ns1.net.\n@ NS ns2.net.
@ SOA ns1.net. host.net. %d 7200 900 604800 3600\n@ NS ns1.net.\n@ NS ns2.net.
@ SOA ns1.net. host.net. %d 7200 900 604800 3600\n@ NS ns1.net.\n@ NS ns2.net.
@ SOA ( ns1.net. host.net. %d ; serial\n 2h 15m 1w 1h )\n  NS ns1.net.\n  NS ns2.net.
@ SOA ns1.net. host.net. %d 7200 900 604800 3600\n@ NS ns1.net.
@ SOA ns1.net. host.net. %d 60 90 60 0\n@ NS ns1.net.\n@ NS ns2.net.
@ SOA ns1.net. host.net. 0 7200 900 604800 3600\n@ NS ns1.net.\n@ NS ns2.net.
@ SOA ns_1.net. host.net. %d 7200 900 604800 3600\n@ NS ns1.net.\n@ NS ns2.net.
@ SOA ns1.net. ho.st_1.net. %d 7200 900 604800 3600\n@ NS ns1.net.\n@ NS ns2.net.
@ SOA ns1.net. host.net. %d 7200 900 604800 3600
@ SOA ns1.net. host.net. x%d 7200 900 604800 3600\n@ NS ns1.net.\n@ NS ns2.net.
@ SOA ns1.net. host.net. %d 7200 900 604800\n@ NS ns1.net.\n@ NS ns2.net.
@ NS ns1.net.\n@ NS ns2.net.
"""


def patterns(lines):
    """The lines of one of the lists above, each with what its escapes stand for."""
    return [line.replace("\\n", "\n").replace("\\t", "\t") for line in lines.strip("\n").split("\n")]


LISTS = {name: patterns(lines) for name, lines in (
    ("good", GOOD), ("faulty", FAULTY), ("reverse good", REVERSE_GOOD),
    ("reverse faulty", REVERSE_FAULTY), ("heads", HEADS))}


def filled(pattern, zone, chance):
    """Numbers of one pattern are often the same: what belongs together must meet."""
    number = chance.randint(3, 11)
    while "%d" in pattern:
        pattern = pattern.replace("%d", str(number if chance.random() < 0.9 else chance.randint(3, 11)), 1)
    return pattern.replace("%z", zone) + "\n"


def zone_text(zone, seed):
    chance = random.Random(seed)
    good, faulty = list(LISTS["good"]), list(LISTS["faulty"])
    if zone.endswith("arpa."):
        good += LISTS["reverse good"] * 8
        faulty += LISTS["reverse faulty"] * 8
    faults = chance.choice([0, 0, 1, 1, 2, 5])
    head = chance.choice(LISTS["heads"][:4] if faults != 1 or chance.random() < 0.8 else LISTS["heads"])
    body = [filled(chance.choice(good), zone, chance) for _ in range(chance.randrange(14))]
    body += [filled(chance.choice(faulty), zone, chance) for _ in range(faults)]
    chance.shuffle(body)
    ttl = chance.choice(["$TTL 3600\n", "$TTL 1h\n", "$TTL 1d2h\n"])
    text = ttl + filled(head, zone, chance) + "h1 A 192.0.2.1\nh2 AAAA 2001:db8::2\n" + "".join(body)
    return text.replace("\n", "\r\n") if chance.random() < 0.05 else text
