#!/usr/bin/python3
"""Rdata, right and wrong, read by this project and by BIND's named-rrchecker.

    rdata.py RDATA_LINES PRINT_RECORD_TYPES NAMED_RRCHECKER [COUNT [SECONDS [SEED]]]
Both must make the same octets of it. What we take, BIND must take. What only BIND takes must be one
of the differences below, which docs/record-types.md explains. Names are generated in lower case:
BIND keeps their case, we store the canonical form.
"""

import random
import re
import subprocess
import sys
import time

ORIGIN = "example.org."
ALWAYS = """
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
CAA 0 issue ";"
CAA 0 is-sue ";"
CAA 256 issue ";"
URI 1 1 ""
LOC 90 N 180 W 0m
LOC 91 N 1 W 0m
LOC 1 N 1 W 0m 15.5m 3m
LOC 1 1 1.5 N 1 W -100000m
LOC 1 N 1 W 42849672.95m
LOC 1 N 1 W 42849672.96m
LOC 1 N 1 W 1.234m
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
APL 1:192.0.2.0/24 !2:2001:db8::/32
APL 1:192.0.2.0/33
APL 3:00/8
APL \\# 0
EUI48 00-00-5e-00-53-2a
EUI48 0-0-5e-0-53-2a
NID 10 14:4fff:ff20:ee64
NID 10 0014:4fff:ff20:ee64
NID 10 ::1
L32 1 10.1.2
DS 1 8 2 abcd
DS 1 RSASHA256 1 0123456789abcdef0123456789abcdef01234567
DS 1 8 4 ab
DS 1 8 9 ab
SSHFP 1 1 abcd
SSHFP 1 9 abcd
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
CDNSKEY 0 3 0 AA==
CDS 0 0 0 00
HIP 2 2001 AwEA rvs
HIP 2 20 AwEA
HIP 2 200 AwEA
AMTRELAY 10 0 0 .
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
NULL \\# 1 00
WKS \\# 6 c00002010640
EID ab cd
TYPE1234 \\# 3 0a0b0c
TYPE1234 0a
"""

# What only BIND takes, and why that is fine: docs/record-types.md has a row for each.
ONLY_BIND = [
    ({"NULL", "WKS", "ATMA", "A6", "SINK", "DOA"}, ""),
    ({"GPOS"}, ""),
    ({"SOA"}, r"\b[2-9]\d{9}\b|\d[wdhms]"),
    ({"URI"}, r'""$'),
    ({"SVCB", "HTTPS"}, r"^0 |\bech=|key65535"),
    ({"EUI48", "EUI64"}, r"\b[0-9a-f]-|-[0-9a-f]\b"),
    ({"NID", "L64"}, ""),
    (None, r'[^ ]"'),
    (None, r"^\\# "),
]


def mutate(rdata, chance):
    """One small mistake, of the kinds that fingers and scripts make."""
    words = rdata.split(" ")
    at = chance.randrange(len(words))
    kind = chance.randrange(9)
    if kind == 0:
        del words[at]
    elif kind == 1:
        words.insert(at, words[at])
    elif kind == 2:
        words[at] = chance.choice(["0", "1", "255", "256", "65535", "65536", "4294967295",
                                   "4294967296", "-1", "x", ".", "@", '""', "\\", "a..b", "*"])
    elif kind == 3 and words[at]:
        cut = chance.randrange(len(words[at]))
        words[at] = words[at][:cut] + words[at][cut + 1:]
    elif kind == 4:
        cut = chance.randrange(len(words[at]) + 1)
        words[at] = words[at][:cut] + chance.choice("09afgz.-_:/=,!\\\"") + words[at][cut:]
    elif kind == 5:
        words[at] = re.sub(r"\d+", lambda m: str(chance.randrange(70000)), words[at], count=1)
    elif kind == 6:
        chance.shuffle(words)
    elif kind == 7:
        words[at] = "y" * chance.choice([63, 64, 255, 256])
    else:
        words = words[:chance.randrange(len(words)) + 1]
    return " ".join(words)


def generate(examples, count, seed):
    chance = random.Random(seed)
    lines = [line for line in ALWAYS.splitlines() if line] + examples
    fixed = len(lines)
    known = [tuple(line.split(" ", 1)) for line in lines]
    while len(lines) < count:
        kind, rdata = chance.choice(known)
        for _ in range(chance.choice([1, 1, 2])):
            rdata = mutate(rdata, chance).strip()
        if rdata:
            lines.append(f"{kind} {rdata}")
    return list(dict.fromkeys(lines)), fixed


def ask_bind(rrchecker, line):
    """The rdata in hexadecimal, or None."""
    done = subprocess.run([rrchecker, "-o", ORIGIN, "-u"], input=f"IN {line}\n", text=True,
                          capture_output=True, timeout=10)
    match = re.search(r"\\#\s+(\d+)\s*([0-9A-Fa-f ]*)", done.stdout)
    if done.returncode != 0 or not match:
        return None
    return match[2].replace(" ", "").lower()


def ask_us(program, lines):
    done = subprocess.run([program, ORIGIN], input="\n".join(lines) + "\n", text=True,
                          capture_output=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(lines)
    return answers


def is_form_ours(line):
    """Text that only we take, and print in a form that BIND takes: long strings."""
    return any(len(word) > 255 for word in line.split(" "))


def explained(line):
    kind, rdata = line.split(" ", 1)
    return any(re.search(pattern, rdata) and (kinds is None or kind in kinds)
               for kinds, pattern in ONLY_BIND)


def compare(rrchecker, line, us):
    """What is wrong, None: nothing; and whether only BIND took it."""
    bind = ask_bind(rrchecker, line)
    if not us.startswith("ok"):
        fault = f"{line}: BIND takes {bind}, we say {us}"
        return (fault if bind is not None and not explained(line) else None), bind is not None
    _, octets, text = us.split(" ", 2)
    if bind != octets and (bind or not is_form_ours(line)):
        return f"{line}: we take {octets}, BIND {bind or 'refuses'}", False
    ours = line.split(" ")[0] + " " + text
    again = octets if ours == line else ask_bind(rrchecker, ours)
    return (None if again == octets else f"{line}: we print {text}, BIND reads {again}"), False


def main():
    program, table, rrchecker = sys.argv[1:4]
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 5000
    seconds = float(sys.argv[5]) if len(sys.argv) > 5 else 8
    seed = int(sys.argv[6]) if len(sys.argv) > 6 else 1
    end = time.monotonic() + seconds
    examples = subprocess.run([table, "--examples"], text=True, capture_output=True,
                              check=True).stdout.splitlines()
    lines, fixed = generate(examples, count, seed)
    ours = ask_us(program, lines)
    compared, only_bind, faults = 0, 0, []
    for line, us in zip(lines, ours):
        if compared >= fixed and time.monotonic() > end:
            break
        fault, is_only_bind = compare(rrchecker, line, us)
        compared += 1
        only_bind += is_only_bind
        if fault:
            faults.append(fault)
    print(f"{compared} rdata compared: {only_bind} taken only by BIND, "
          f"{len(faults)} differences without explanation")
    print("\n".join(faults))
    refused = [line for line, us in zip(lines, ours) if line in examples and us[:2] != "ok"]
    assert not refused, f"examples refused: {refused}"
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
