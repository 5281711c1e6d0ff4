#!/usr/bin/python3
"""Where this project and BIND judge differently, and why: the lists that rdata.py and zones.py hold
to. Run, it prints docs/agreement.md."""

import re
from dataclasses import dataclass


@dataclass
class RdataDifference:
    types: str      # blank-separated; "": any
    pattern: str    # what the rdata has in it
    what: str
    why: str

    def explains(self, line):
        kind, rdata = line.split(" ", 1)
        rdata = re.sub(r"\s+", " ", rdata)
        return (not self.types or kind in self.types.split()) and re.search(self.pattern, rdata)


# Refused here, taken by named-rrchecker.
ONLY_BIND = [
    RdataDifference("NULL", "", "NULL", "RFC 1035 section 3.3.10 keeps it out of zones"),
    RdataDifference("WKS ATMA A6 SINK DOA", r"^(?!\\#)", "WKS, ATMA, A6, SINK, DOA in a form of their own",
                    "nobody uses them: they are taken as octets, `\\# size hex`"),
    RdataDifference("SOA", r"\b[2-9]\d{9}\b|\d[wdhms]", "times in an SOA above 2147483647",
                    "the limit of a TTL (RFC 2181 section 8)"),
    RdataDifference("SVCB HTTPS", r"^0+ |\bech\b|key65535",
                    "SVCB and HTTPS: an alias (priority 0) with parameters, an empty `ech`, `key65535`",
                    "RFC 9460 sections 2.4.2, 5 and 14.3.2"),
    RdataDifference("URI", r'""$', "URI with an empty target", "RFC 7553 section 4.4"),
    RdataDifference("GPOS", "", "GPOS with anything but numbers", "RFC 1712 section 3"),
    RdataDifference("EUI48 EUI64", "", "EUI48 and EUI64 with a sign, one digit or more than two for an octet",
                    "RFC 7043 sections 3.2 and 4.2"),
    RdataDifference("KEY CDNSKEY", r"^(?=\d*[a-fA-F])[0-9a-fA-F]+ ", "flags of KEY and CDNSKEY in hexadecimal",
                    "they are a decimal integer (RFC 4034 section 2.2)"),
    RdataDifference("LOC", r"\+", "LOC with a plus sign at a size or precision", "RFC 1876 section 3"),
    RdataDifference("NID L64", "", "NID and L64 with something behind the last group",
                    "RFC 6742 section 2.1.2"),
    RdataDifference("SSHFP", r"^\S+ \S+$", "SSHFP without a fingerprint",
                    "RFC 4255 section 3.2 has one; without it no key can match"),
    RdataDifference("DS CDS TA DLV", r"^\S+ \S+ 0*3 ", "a GOST digest (3) in DS and its kin that has not 32 octets",
                    "RFC 5933 section 5"),
    RdataDifference("", r"^\\#(?! \d+( |$))", "`\\#` without a size behind it, as words of a TXT",
                    "it is meant as RFC 3597 has it"),
    RdataDifference("", r"[;()]", "a semicolon or a parenthesis without quotes in rdata that comes alone (JSON)",
                    "a comment there would be lost, with all that stands behind it"),
    RdataDifference("", r'[^ ]"', "a quote inside or right behind a word (`a\"b\"`)",
                    "most often a lost blank or backslash"),
]
# Taken here, refused by named-rrchecker; it takes the form that is shown and published.
ONLY_US = [
    RdataDifference("", r'[^ "]{256}|"[^"]{256}', "a string of more than 255 octets in TXT and its kin",
                    "it is split (RFC 7208 section 3.3), which is what everybody does by hand"),
    RdataDifference("URI", r"^\S+ \S+ [^\"]", "URI without quotes",
                    "RFC 7553 section 4.4 shows quotes; without them it is as clear, and they are added"),
]


@dataclass
class StricterCheck:
    name: str       # of our error
    said: str       # what is in its words
    what: str
    bind: str       # what BIND does
    why: str

    def explains(self, finding):
        return self.name == finding["name"] and re.search(self.said, finding["message"])


# Errors here in zones that named-checkzone -i local -k fail -n fail takes.
STRICTER = [
    StricterCheck("ZoneCheckIntegrityNoGlue", "", "an NS, MX or SRV target inside the zone has no address",
                  "says so and loads the zone", "mail or a delegation is broken from the first minute"),
    StricterCheck("TargetIsCname", "", "an NS target is a CNAME", "says so and loads the zone",
                  "resolvers may not follow it (RFC 2181 section 10.3)"),
    StricterCheck("BadNameRdataError", r"MX: target \. ", "an MX to `.` with another preference than 0",
                  "loads it", "RFC 7505 section 3 knows `0 .` only"),
    StricterCheck("CnameLoop", "", "CNAMEs that lead back to where they began", "does not follow CNAMEs",
                  "no question for the name can be answered"),
    StricterCheck("DnameOcclusion", "", "a record below a DNAME", "loads it",
                  "what is below is never served"),
    StricterCheck("DuplicateRecordInZone", "", "the same record twice", "drops the second in silence",
                  "one of the two was meant to be something else"),
    StricterCheck("LabelNotInDomain", "", "an owner outside the zone", "leaves the record out",
                  "the record would be lost"),
    StricterCheck("UnhandledTypeError", "RRSIG|NSEC", "RRSIG, NSEC and other records that signing makes",
                  "loads them", "the name server makes them itself"),
    StricterCheck("RdataParseError", "neither a TTL", "a TTL above 2147483647", "makes it 0",
                  "RFC 2181 section 8; what was meant is not 0"),
    StricterCheck("RdataParseError", "priority 0 is an alias", "rdata that the tables above name",
                  "loads it", "see there"),
]


def print_rdata_rows(differences):
    print("| What | Why |\n|---|---|")
    for difference in differences:
        print(f"| {difference.what} | {difference.why} |")


HEAD = """\
# Beside BIND

What this project takes and refuses is held to what BIND 9.18 takes and refuses, on large sets of
right and wrong input that a seed makes. `ctest` runs them; any difference that is not in the lists
below fails, and so does this page when it is not what `tests/agreement/differences.py` prints.

    tests/agreement/rdata.py build/release/tests/rdata_lines build/release/tests/print_record_types 200000 7

compares more, from another seed.

## Rdata, beside named-rrchecker

The set has corners, the examples of [record-types.md](record-types.md), rdata made along the layout
of every type, and small mistakes in all of them. Both must make the same octets of a line. What is
taken here is shown, and published, in a form that BIND reads as the same octets, without exception:
rdata that a name server would refuse in a DNS UPDATE is refused while its author still listens. That
holds for more than the RFCs ask: an IPSECKEY without a key, an RKEY with flags, and a NAPTR whose
third string is no substitution.

Refused here, taken by BIND:
"""

ZONES = """
## Zones, beside named-checkzone

Thousands of small zones, with lines that are right and lines with a fault for every check of
[checks.md](checks.md), are judged by both (`named-checkzone -i local -k fail -n fail`; most go
through `named-checkconf -z`, which loads them with the same code, all at once). What BIND refuses is
refused here, and with an error at each line that BIND names. Warnings have no counterpart in its exit
status; most have none in its words either. Of zones that both take, BIND reads the same from the
source, from the normal form and from the zone text that is written of it.

    tests/agreement/zones.py build/release/tests/zone_verdicts 20000 7

Refused here, taken by BIND:
"""

TAIL = """
On purpose different, and not in the set: a text without SOA is taken when central configuration gives
the SOA, as with `use_apex_ns`; BIND loads no zone without one of its own. An RRset that no answer of
65535 octets holds is refused (`RrsetTooLarge`); BIND loads it and cannot answer. And BIND asks the DNS about
targets outside the zone, unless told `-i local`, which is never done here: a check must not hang on
other people's servers. How zone text is read differently stands in [zone-text.md](zone-text.md).
"""


def main():
    print(HEAD)
    print_rdata_rows(ONLY_BIND)
    print("\nTaken here, refused by BIND in the form it was typed:\n")
    print_rdata_rows(ONLY_US)
    print(ZONES)
    print("| What | Name here | What BIND does | Why refuse |\n|---|---|---|---|")
    for check in STRICTER:
        print(f"| {check.what} | `{check.name}` | {check.bind} | {check.why} |")
    print(TAIL, end="")


if __name__ == "__main__":
    main()
