"""Zones that the hidden master signs."""

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsig
import dns.tsigkeyring
import dns.update
import pytest
from dmsstack import wait_for
from world import LOGIN


def rrsets_of(bind, name, kind):
    """All of an answer with the DNSSEC records: {type text: [rdata text]}, answer and authority."""
    query = dns.message.make_query(name, kind, want_dnssec=True)
    answer = dns.query.tcp(query, bind.address, 5, bind.port)
    found = {}
    for rrset in answer.answer + answer.authority:
        found.setdefault(dns.rdatatype.to_text(rrset.rdtype), []).extend(r.to_text() for r in rrset)
    return found


def wait_signed(world, name, kind="A"):
    for bind in world.slaves:
        wait_for(lambda: "RRSIG" in rrsets_of(bind, name, kind), 60, f"{bind.name} signs {name}")


@pytest.mark.parametrize("nsec3, denial", ((False, "NSEC"), (True, "NSEC3")))
def test_a_zone_is_signed_and_edited(world, nsec3, denial):
    zone = world.make_zone("www IN A 192.0.2.1", auto_dnssec=True, nsec3=nsec3)
    wait_signed(world, "www." + zone.name)
    zone.add("more IN A 192.0.2.2")
    zone.sync()
    world.check_everywhere("more." + zone.name, "A", ["192.0.2.2"])
    wait_signed(world, "more." + zone.name)
    for bind in world.slaves:
        assert denial in wait_for(lambda: rrsets_of(bind, "nowhere." + zone.name, "A"), 10, "an answer")
    zone.remove("more IN A 192.0.2.2")
    zone.sync()
    world.check_everywhere("more." + zone.name, "A", [])
    shown = world.rpc("show_zone_text", name=zone.name)["zi_text"]
    assert "RRSIG" not in shown and "DNSKEY" not in shown, "what the name server makes is its own"
    assert world.sql("SELECT count(*) FROM event WHERE machine = 'zone' AND sm_id = %s"
                     " AND results ? 'drift'", zone.zone_id)[0][0] == 0


def test_signing_is_switched_on_and_off(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    name = "www." + zone.name
    for flags, is_there in (({"auto_dnssec": True}, {"RRSIG"}), ({"nsec3": True}, {"RRSIG"}),
                            ({"auto_dnssec": False}, set())):
        world.rpc("set_zone", name=zone.name, login_id=LOGIN, **flags)
        for bind in world.slaves:
            wait_for(lambda: set(rrsets_of(bind, name, "A")) - {"A"} == is_there, 60,
                     f"{bind.name} after {flags}")
        zone.sync()
        if "nsec3" in flags:
            for bind in world.slaves:
                wait_for(lambda: "NSEC3" in rrsets_of(bind, "nowhere." + zone.name, "A"), 60, "NSEC3")
    zone.add("after IN A 192.0.2.9")
    zone.sync()
    world.check_everywhere("after." + zone.name, "A", ["192.0.2.9"])
    for bind in (world.master, *world.slaves):
        assert not {"DNSKEY", "NSEC3PARAM"} & {*rrsets_of(bind, zone.name, "DNSKEY"),
                                               *rrsets_of(bind, zone.name, "NSEC3PARAM")}


def update_by_hand(world, zone, *changes):
    """What the signer does by itself, days later: an update of its own at the master."""
    (name, secret), = world.sql("SELECT name, encode(secret, 'base64') FROM tsig_key"
                                " WHERE purpose = 'update'")
    ring = dns.tsigkeyring.from_text({name: secret.replace("\n", "")})
    update = dns.update.Update(zone.name, keyring=ring, keyalgorithm=dns.tsig.HMAC_SHA256)
    for change in changes:
        update.add(*change)
    answer = dns.query.tcp(update, world.master.address, 5, port=world.master.port)
    assert answer.rcode() == dns.rcode.NOERROR, dns.rcode.to_text(answer.rcode())


def test_what_the_signer_says_of_its_keys_stays(world):
    zone = world.make_zone("www IN A 192.0.2.1", auto_dnssec=True)
    wait_signed(world, "www." + zone.name)
    key = min(rrsets_of(world.master, zone.name, "DNSKEY")["DNSKEY"])
    digest = "1 13 2 " + "ab" * 32
    update_by_hand(world, zone, ("@", 300, "CDNSKEY", key), ("@", 300, "CDS", digest),
                   ("stray", 300, "TXT", "somebody's"))
    # The SOA at the master is not the expected one: the zone is looked at whole.
    zone.add("more IN A 192.0.2.2")
    zone.sync()
    world.check_everywhere("more." + zone.name, "A", ["192.0.2.2"])
    for bind in (world.master, *world.slaves):
        assert "CDS" in rrsets_of(bind, zone.name, "CDS"), bind.name
        assert "CDNSKEY" in rrsets_of(bind, zone.name, "CDNSKEY"), bind.name
        assert "TXT" not in rrsets_of(bind, "stray." + zone.name, "TXT"), "another hand's is put right"
