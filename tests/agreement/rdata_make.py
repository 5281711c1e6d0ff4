"""Rdata out of a seed: right ones along each type's layout, and small mistakes in them."""

import base64
import random
import re

# Right and wrong corners that no dice would find soon. One line each: type, rdata.
CORNERS = """
A 192.0.2.1
A 192.0.2.01
A 192.0.2
A 256.0.0.1
A \\# 4 c0000201
A \\# 3 c00002
AAAA ::ffff:192.0.2.1
AAAA 1::2::3
AAAA 2001:db8::1%eth0
MX 0 .
MX 65536 a
SRV 0 0 0 .
TXT "a" b "c d"
TXT "a
TXT a\\;b
TXT "\\256"
TXT \\# 2 0161
TXT \\#
MX 10 "a"
MX "10" a
A "192.0.2.1"
CAA 0 issue ";"
CAA 0 is-sue ";"
CAA 256 issue ";"
URI 1 1 ""
URI 1 1 mailto:a@example.net
LOC 90 N 180 W 0m
LOC 91 N 1 W 0m
LOC 1 N 1 W 0m 15.5m 3m
LOC 1 1 1.5 N 1 W -100000m
LOC 1 N 1 W 42849672.95m
LOC 1 N 1 W 42849672.96m
LOC 1 N 1 W 1.234m
LOC 1 N 1 W 0m 15.5m +3m
SVCB 0 foo port=1
SVCB 1 foo alpn=h2,h3 port=8443 mandatory=alpn,port
SVCB 1 foo port=1 port=2
SVCB 1 foo key667=hello
SVCB 1 foo key667="a b"
SVCB 1 foo no-default-alpn
SVCB 1 foo mandatory=port
SVCB 1 foo mandatory=mandatory
SVCB 1 foo alpn="f\\\\\\\\oo\\\\,bar,h2"
SVCB 1 foo dohpath=/q{?dns} alpn=h2
SVCB 1 foo dohpath=q alpn=h2
SVCB 1 foo ipv4hint=192.0.2.1,192.0.2.2 ech=AAEC ipv6hint=::1
SVCB 1 foo ech=
SVCB 1 foo ech
SVCB 1 foo key3=x
SVCB 1 foo key65535=x
HTTPS 1 .
HTTPS 0 www.example.net.
X25 311
X25 31a1
X25 3110
GPOS x 1 2
GPOS -1.5 +2 .5
ISDN 1
ISDN 1 2
ISDN 1 2 3
NSAP 0x47.0005
NSAP 0x470
NSAP 0x4.70.
APL 1:192.0.2.0/24 !2:2001:db8::/32
APL 1:192.0.2.0/33
APL 3:00/8
APL \\# 0
EUI48 00-00-5e-00-53-2a
EUI48 0-0-5e-0-53-2a
EUI48 00-00-5e-00-53-+a
EUI64 00-00-5e-ef-10-00-00-2_a
NID 10 14:4fff:ff20:ee64
NID 10 0014:4fff:ff20:ee64
NID 10 ::1
NID 10 0014:4fff:ff20:ee64:
L32 1 10.1.2
DS 1 8 2 abcd
DS 1 RSASHA256 1 0123456789abcdef0123456789abcdef01234567
DS 1 8 4 ab
DS 1 8 9 ab
DS 1 8 9 "ab"
DS 1 8 3 abcd
SSHFP 1 1 abcd
SSHFP 1 9 abcd
SSHFP 1 9
TLSA 3 1 1 00
ZONEMD 1 1 1 00
ZONEMD 1 1 240 0123456789abcdef01234567
ZONEMD 1 1 240 0123456789abcdef012345
CSYNC 66 3
CSYNC 66 3 A NS AAAA TYPE1234
CERT PKIX 1 RSASHA256 AAEC
CERT 0 0 0 AAEC
CERT 65535 1 255 AAEC
KEY 512 3 13 AAEC
KEY 49152 3 0
KEY 512 3 13
KEY 5f1 3 13 AAEC
RKEY 8 1 0 AQID
CDNSKEY 0 3 0 AA==
CDNSKEY 0 3 0 "AA=="
CDS 0 0 0 00
HIP 2 2001 AwEA rvs
HIP 2 20 AwEA
HIP 2 200 AwEA
AMTRELAY 10 0 0 .
AMTRELAY 10 0 0 "."
AMTRELAY 10 1 3 relay
AMTRELAY 10 2 1 192.0.2.1
AMTRELAY 10 0 4 .
IPSECKEY 10 0 2 . AQNR
IPSECKEY 10 3 2 gw
IPSECKEY 10 4 2 gw AQNR
IPSECKEY 10 1 0 192.0.2.1
NAPTR 1 2 "u" "E2U+sip" "!^.*$!sip:a@b!" .
NAPTR 1 2 "u" "E2U+sip" "!^(.*$!sip:a@b!" .
NAPTR 1 2 "u" "E2U+sip" "!a!b" .
NAPTR 1 2 "u" "E2U+sip" "!(a)!\\\\2!" .
NAPTR 1 2 "" "" "" a
OPENPGPKEY AAA
OPENPGPKEY AA==
DHCID AA==
SOA a b 1 2 3 4 5
SOA a b 1 1w 2d 3h 4m
SOA a b 1 2147483648 3 4 5
SOA a b 4294967296 1 1 1 1
HINFO a b
HINFO a
PX 1 a b
RP . .
TALINK a b
SINK 1 2
SINK 1 2 AAEC
SINK 1 2 3 AAEC
DOA 1 2 1 "" AAEC
A6 0 2001:db8::1
ATMA 0x4700
WKS 192.0.2.1 6 25
NULL \\# 1 00
WKS \\# 6 c00002010640
EID ab cd
TYPE1234 \\# 3 0a0b0c
TYPE1234 \\# 1 00 ""
TYPE1234 \\# 1 "00"
TYPE1234 0a
"""
NAMES = ["a", "www.example.net.", "x.y.z", "@", ".", "_sip._tcp.example.net.", "*.w", "0/25", "a\\.b",
         "a\\032b.net.", "xn--bcher-kva.example.", "a-b.example.org.", "n" * 63 + ".net."]
STRINGS = ['"x"', '""', "bare", '"with blank"', '"\\"quoted\\""', '"\\000\\255"', "a\\;b", '"a;b"',
           '"' + "l" * 255 + '"', '"(not a parenthesis)"', "v=spf1"]
TYPES = ["A", "NS", "SOA", "MX", "TXT", "AAAA", "SRV", "TYPE1", "TYPE65280", "TYPE1234", "CAA"]


class Maker:
    """Right rdata along the layout letters of the table of record types."""

    def __init__(self, chance):
        self.chance = chance

    def number(self, bits):
        most = 2 ** bits - 1
        return str(self.chance.choice([0, 1, most, self.chance.randint(0, most)]))

    def octets(self, most=40):
        return self.chance.randbytes(self.chance.choice([1, 4, 20, 32, 48, self.chance.randint(1, most)]))

    def hex(self):
        text = self.octets().hex()
        return text.upper() if self.chance.random() < 0.2 else text

    def base64(self):
        return base64.b64encode(self.octets()).decode()

    def name(self):
        return self.chance.choice(NAMES)

    def ipv4(self):
        return ".".join(str(self.chance.choice([0, 10, 255, self.chance.randrange(256)])) for _ in "1234")

    def ipv6(self):
        groups = [f"{self.chance.choice([0, 0, 1, self.chance.randrange(65536)]):x}" for _ in range(8)]
        text = ":".join(groups)
        at = self.chance.randrange(8)
        if self.chance.random() < 0.5:
            end = self.chance.randint(at + 1, 8)
            text = ":".join(groups[:at]) + "::" + ":".join(groups[end:])
        return text

    def time(self):
        return self.chance.choice([self.number(31), "1h", "2w", "1d12h", "15M"])

    def string(self):
        return self.chance.choice(STRINGS)

    def strings(self):
        return " ".join(self.string() for _ in range(self.chance.randint(1, 4)))

    def digits(self):
        return "".join(self.chance.choice("0123456789") for _ in range(self.chance.randint(4, 14)))

    def degrees(self):
        return f'"{self.chance.choice(["", "-"])}{self.chance.randrange(90)}.{self.chance.randrange(1000)}"'

    def place(self):
        part = lambda most: " ".join([str(self.chance.randrange(most)), str(self.chance.randrange(60)),
                                      f"{self.chance.randrange(60)}.{self.chance.randrange(1000):03}"]
                                     [:self.chance.randint(1, 3)])
        sizes = [f"{self.chance.choice([0, 1, 10, 9000, 1000000])}m" for _ in range(self.chance.randrange(4))]
        return " ".join([part(90), self.chance.choice("NS"), part(180), self.chance.choice("EW"),
                         f"{self.chance.randint(-1000, 9000)}.{self.chance.randrange(100):02}m", *sizes])

    def prefixes(self):
        made = []
        for _ in range(self.chance.randint(1, 3)):
            made.append(self.chance.choice([f"1:{self.ipv4()}/{self.chance.randint(0, 32)}",
                                            f"!2:{self.ipv6()}/{self.chance.randint(0, 128)}"]))
        return " ".join(made)

    def parameters(self):
        made = ["alpn=h2,h3", f"port={self.number(16)}", "ipv4hint=" + self.ipv4(), "ipv6hint=2001:db8::1",
                "ech=" + self.base64(), "key667=x", 'key668="a b"', "key669=\\001"]
        self.chance.shuffle(made)
        return " ".join(made[:self.chance.randrange(5)])

    def gateway(self, kind):
        return [".", self.ipv4(), self.ipv6(), self.name()][kind]

    def relay(self):
        kind = self.chance.randrange(4)
        return f"{self.chance.randrange(2)} {kind} {self.gateway(kind)}"

    def locator(self):
        return ":".join(f"{self.chance.randrange(65536):04x}" for _ in range(4))

    def eui(self, count):
        return "-".join(f"{self.chance.randrange(256):02x}" for _ in range(count))

    def hip(self):
        tag, key = self.octets(), self.base64()
        return " ".join([self.number(8), tag.hex(), key] + [self.name()] * self.chance.randrange(3))

    def algorithm(self):
        return self.chance.choice([self.number(8), "RSASHA256", "ED25519", "ecdsap256sha256", "13"])

    def certificate_type(self):
        return self.chance.choice([self.number(16), "PKIX", "PGP", "OID"])

    def bitmap(self):
        return " ".join(self.chance.sample(TYPES, self.chance.randint(0, 5)))

    def tag(self):
        return self.chance.choice(["issue", "issuewild", "iodef", "tbs", "x1"])

    def long_string(self):
        return self.chance.choice(['"https://example.net/"', '"ca.example.net; a=b"', '"' + "u" * 300 + '"'])

    def nsap(self):
        return "0x" + self.octets().hex()

    def optional_string(self):
        return self.chance.choice(["", self.string()])

    def field(self, letter, before):
        """`before`: what was made for the fields before."""
        if letter == "g":  # the type of the gateway was said two fields before
            before[-2] = str(self.chance.randrange(4))
            return self.gateway(int(before[-2]))
        made = {
            "a": self.ipv4, "q": self.ipv6, "n": self.name, "N": self.name, "t": self.time, "s": self.string,
            "S": self.strings, "x": self.hex, "b": self.base64, "B": self.base64, "T": self.tag,
            "L": self.long_string, "d": self.algorithm, "c": self.certificate_type, "D": self.digits,
            "F": self.degrees, "o": self.optional_string, "p": self.nsap, "C": self.place,
            "P": self.prefixes, "H": self.hip, "w": self.bitmap, "V": self.parameters, "l": self.locator,
            "M": self.relay, "e": lambda: self.eui(6), "E": lambda: self.eui(8),
            "1": lambda: self.number(8), "2": lambda: self.number(16), "4": lambda: self.number(32),
        }
        return made[letter]()

    def rdata(self, layout):
        fields = []
        for letter in layout:
            fields.append(self.field(letter, fields))
        return " ".join(field for field in fields if field)

    def mistake(self, rdata):
        """One, of the kinds that fingers and scripts make."""
        words = rdata.split(" ")
        at = self.chance.randrange(len(words))
        kind = self.chance.randrange(10)
        if kind == 0:
            del words[at]
        elif kind == 1:
            words.insert(at, words[at])
        elif kind == 2:
            words[at] = self.chance.choice([
                "0", "1", "255", "256", "65535", "65536", "4294967295", "4294967296", "-1", "x", ".", "@",
                '""', "\\", "a..b", "*"])
        elif kind == 3 and words[at]:
            cut = self.chance.randrange(len(words[at]))
            words[at] = words[at][:cut] + words[at][cut + 1:]
        elif kind == 4:
            cut = self.chance.randrange(len(words[at]) + 1)
            words[at] = words[at][:cut] + self.chance.choice("09afgz.-_:/=,!+\\\"") + words[at][cut:]
        elif kind == 5:
            words[at] = re.sub(r"\d+", lambda m: str(self.chance.randrange(70000)), words[at], count=1)
        elif kind == 6:
            self.chance.shuffle(words)
        elif kind == 7:
            words[at] = "y" * self.chance.choice([63, 64, 255, 256])
        elif kind == 8:
            words[at] = f'"{words[at]}"'
        else:
            words = words[:self.chance.randrange(len(words)) + 1]
        return " ".join(words)


def generate(layouts, examples, count, seed):
    """Lines "TYPE rdata", none twice, the corners and the examples first."""
    maker = Maker(random.Random(seed))
    lines = [line for line in CORNERS.splitlines() if line] + examples
    known = [tuple(line.split(" ", 1)) for line in lines]
    lines = dict.fromkeys(lines)
    while len(lines) < count:
        kind, layout = maker.chance.choice(layouts)
        rdata = maker.rdata(layout)
        if maker.chance.random() < 0.3:
            kind, rdata = maker.chance.choice(known)
        for _ in range(maker.chance.choice([0, 1, 1, 2])):
            rdata = maker.mistake(rdata).strip()
        if rdata:
            lines[f"{kind} {rdata}"] = None
    return list(lines)
