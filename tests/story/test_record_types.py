"""Every record type, from zone text over JSON and the master to the slaves, and nothing changes on
the way: compared octet by octet, and by BIND's own named-compilezone."""

import shutil
import subprocess

import dns.name
import dns.query
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tsig
import dns.tsigkeyring
import dns.zone
import pytest
from dmsstack import RpcError
from world import LOGIN, ask

SPECIAL = [
    "nomail 3600 IN MX 0 .", "_none._tcp 3600 IN SRV 0 0 0 .", "*.wild 3600 IN A 192.0.2.9",
    "0/25 3600 IN NS ns.example.net.", "0-25 3600 IN NS ns.example.net.",
    "1 3600 IN CNAME 1.0/25", "long 3600 IN TXT \"" + "x" * 600 + "\"",
    "utf8 3600 IN TXT \"gr\u00fc\u00df\"", "b\u00fccher 3600 IN CNAME caf\u00e9.example.net.",
    "unknown 3600 IN TYPE1234 \\# 3 0a0b0c", "octets 3600 IN A \\# 4 c0000207",
]

# Old types whose names servers may compress, which dnspython does not undo (RFC 3597 section 4).
COMPRESSED = {dns.rdatatype.from_text(kind) for kind in ("TYPE7", "TYPE8", "TYPE9", "TYPE14")}


@pytest.fixture(scope="module")
def examples(build_dir):
    """(type, rdata) of every type that users may have, out of the program's own table."""
    done = subprocess.run([build_dir / "tests/print_record_types", "--examples"], text=True,
                          capture_output=True, check=True)
    return [tuple(line.split(" ", 1)) for line in done.stdout.splitlines()
            if not line.startswith("SOA ")]


def lines_of(examples):
    """Every type at an owner of its own, because of CNAME and DNAME."""
    lines = [f"t-{kind.lower()} 3600 IN {kind} {rdata}" for kind, rdata in examples
             if kind not in ("DS", "DLV", "TA", "CDS", "CDNSKEY")]
    for kind, rdata in examples:
        if kind == "DS":
            lines += ["cut 3600 IN NS ns.example.net.", f"cut 3600 IN DS {rdata}"]
        elif kind in ("DLV", "TA"):
            lines.append(f"t-{kind.lower()} 3600 IN {kind} {rdata}")
        elif kind in ("CDS", "CDNSKEY"):
            lines.append(f"@ 3600 IN {kind} {rdata}")
    return lines


def transfer(world, zone):
    """The zone as the master gives it to those with a key: {(owner, type): {octets}}."""
    (name, secret), = world.sql("SELECT name, encode(secret, 'base64') FROM tsig_key"
                                " WHERE purpose = 'update'")
    ring = dns.tsigkeyring.from_text({name: secret.replace("\n", "")})
    messages = dns.query.xfr(world.master.address, zone.name, port=world.master.port,
                             keyring=ring, keyalgorithm=dns.tsig.HMAC_SHA256, relativize=False)
    found = {}
    for message in messages:
        for rrset in message.answer:
            if rrset.rdtype in COMPRESSED:
                continue
            found.setdefault((rrset.name, rrset.rdtype), set()).update(
                rdata.to_digestable() for rdata in rrset)
    return found


def compile_zone(zone, path, out):
    """The file as BIND writes it writes it: {(owner, type, rdata...)}."""
    program = shutil.which("named-compilezone", path="/usr/sbin:/usr/bin")
    subprocess.run([program, "-q", "-i", "none", "-k", "ignore", "-n", "ignore", "-m", "ignore",
                    "-M", "ignore", "-r", "ignore", "-S", "ignore", "-W", "ignore", "-s", "full",
                    "-o", out, zone, path], check=True, capture_output=True)
    lines = [line.lower().split() for line in open(out)]
    return {(line[0], *line[3:]) for line in lines
            if line[3] not in ("soa", "mb", "mg", "mr", "minfo")}


def test_every_type_goes_round(world, examples, tmp_path):
    zone = world.make_zone(*lines_of(examples), *SPECIAL)
    kinds = {kind for kind, _ in examples}
    assert len(kinds) > 60

    # JSON and text, given back as they came, change nothing.
    shown = world.rpc("show_zone", name=zone.name)
    shown_kinds = {rr["type"] for group in shown["zi"]["rr_groups"] for rr in group["rrs"]}
    assert kinds <= shown_kinds, f"missing: {kinds - shown_kinds}"
    before = transfer(world, zone)
    zone.zi_id = world.rpc("update_zone", name=zone.name, zi_data=shown["zi"],
                           login_id=LOGIN)["zi_id"]
    zone.sync()
    assert same(before, transfer(world, zone)), "JSON given back changes nothing"
    text = world.rpc("show_zone_text", name=zone.name)["zi_text"]
    world.rpc("update_zone", name=zone.name, zi_text=text, login_id=LOGIN)
    zone.sync()
    after = transfer(world, zone)
    assert same(before, after), "text given back changes nothing"

    # Every slave answers every RRset with the same octets.
    for bind in world.slaves:
        for (name, kind), octets in after.items():
            if kind == dns.rdatatype.SOA:
                continue
            answer = ask(bind, name, kind)
            sections = answer.answer or answer.authority
            got = {rdata.to_digestable() for rrset in sections
                   if rrset.name == name and rrset.rdtype == kind for rdata in rrset}
            assert got == octets, f"{name} {dns.rdatatype.to_text(kind)} at {bind.name}"

    # BIND reads our text, without the marks of our dialect, as what it serves.
    source, served = tmp_path / "source", tmp_path / "served"
    source.write_text(f"$ORIGIN {zone.name}\n$TTL 3600\n" + text)
    served.write_text("".join(
        f"{name} 3600 IN {'SOA' if kind == dns.rdatatype.SOA else f'TYPE{kind}'} "
        + (dns.rdata.from_wire(1, kind, data, 0, len(data)).to_text()
           if kind == dns.rdatatype.SOA else f"\\# {len(data)} {data.hex()}") + "\n"
        for (name, kind), datas in after.items() for data in datas))
    ours = compile_zone(zone.name, source, tmp_path / "a")
    theirs = compile_zone(zone.name, served, tmp_path / "b")
    assert ours == theirs


def same(before, after):
    """Two transfers, but for the SOA."""
    def content(found):
        return {key: value for key, value in found.items() if key[1] != dns.rdatatype.SOA}
    return content(before) == content(after)


@pytest.mark.parametrize("kind, rdata, reason", [
    ("RRSIG", "A 8 2 60 20260101000000 20250101000000 1 example.org. AAEC", "signs"),
    ("NSEC", "a.example.org. A", "signs"),
    ("DNSKEY", "257 3 13 AAEC", "signs"),
    ("ALIAS", "www.example.net.", "ALIAS"),
    ("ANY", "\\# 0", "ANY"),
])
def test_refused_types_say_so(world, kind, rdata, reason):
    with pytest.raises(RpcError) as raised:
        world.rpc("create_zone", name=world.fresh_name(), login_id=LOGIN,
                  zi_text=f"a IN {kind} {rdata}\n")
    assert raised.value.code == -9
    assert kind in str(raised.value) and reason in str(raised.value)


def test_a_zone_with_a_name_beyond_ascii(world):
    name = world.fresh_name()
    zone = world.make_zone("caf\u00e9 IN A 192.0.2.1", name="b\u00fccher." + name)
    shown = world.rpc("show_zone", name=zone.name)
    assert (shown["name"], shown["name_u"]) == ("xn--bcher-kva." + name, "b\u00fccher." + name)
    owners = {(rr["label"], rr.get("label_u")) for group in shown["zi"]["rr_groups"]
              for rr in group["rrs"]}
    assert ("xn--caf-dma", "caf\u00e9") in owners
    assert "; IDN:        xn--caf-dma = caf\u00e9\n" in world.rpc(
        "show_zone_text", name=zone.name)["zi_text"]
    world.check_everywhere("xn--caf-dma.xn--bcher-kva." + name, "A", ["192.0.2.1"])
