"""Zones below arpa as they are served: classless delegation in its spellings, names of telephone
numbers, wildcards for IPv6. Asked at the parent, as resolvers do."""

import dns.flags
import dns.rdatatype
import dns.reversename
import pytest
from dmsstack import RpcError, wait_for
from world import LOGIN, ask, records_of


def reverse(address):
    return dns.reversename.from_address(address).to_text()


def resolve(bind, name, kind):
    """What a resolver finds that knows this server only: it asks again for where an alias leads."""
    for _ in range(4):
        found = records_of(bind, name, kind)
        aliases = [rrset[0].target for rrset in ask(bind, name, kind).answer
                   if rrset.rdtype == dns.rdatatype.CNAME]
        if found or not aliases:
            return found
        name = aliases[-1].to_text()
    raise AssertionError(f"{name} leads nowhere")


def ptr_everywhere(world, address, names):
    for bind in world.slaves:
        assert resolve(bind, reverse(address), "PTR") == sorted(names), f"{address} at {bind.name}"


def wait_ptr(world, address, name):
    for bind in world.slaves:
        wait_for(lambda b=bind: resolve(b, reverse(address), "PTR") == [name], 30,
                 f"PTR of {address} is {name} at {bind.name}")


def test_classless_children_of_an_octet(world):
    """RFC 2317: the parent's CNAMEs lead into children that are named by block, with `/` or `-`."""
    world.make_zone(
        "0/25 IN NS ns1.example.net.", "$GENERATE 1-126 $ CNAME $.0/25",
        "128-26 IN NS ns1.example.net.", "$GENERATE 129-190 $ CNAME $.128-26",
        "192-223 IN NS ns1.example.net.", "$GENERATE 193-222 $ CNAME $.192-223",
        "240/28 IN NS ns.customer.example.org.", "$GENERATE 241-254 $ CNAME $.240/28",
        name="10.20.30.0/24")
    world.make_zone("5 IN PTR five.example.net.", name="10.20.30.0/25")
    mask = world.make_zone("133 IN PTR hyphen.example.net.",
                           name="128-26.30.20.10.in-addr.arpa.")
    world.make_zone("200 IN PTR span.example.net.", name="192-223.30.20.10.IN-ADDR.ARPA")
    ptr_everywhere(world, "10.20.30.5", ["five.example.net."])
    ptr_everywhere(world, "10.20.30.133", ["hyphen.example.net."])
    ptr_everywhere(world, "10.20.30.200", ["span.example.net."])
    for bind in world.slaves:
        alias, = ask(bind, reverse("10.20.30.5"), "PTR").answer
        assert alias[0].to_text() == "5.0/25.30.20.10.in-addr.arpa."
        # A child that is served elsewhere: the CNAME, and from there a referral.
        away = ask(bind, "250.240/28.30.20.10.in-addr.arpa.", "PTR")
        assert not away.flags & dns.flags.AA and not away.answer
        assert [rrset.to_text().split(None, 4)[4] for rrset in away.authority] == [
            "ns.customer.example.org."]

    # The same block with the other delimiter is another zone.
    other = world.make_zone("5 IN PTR other.example.net.", name="0-25.30.20.10.in-addr.arpa.")
    world.check_everywhere("5.0-25.30.20.10.in-addr.arpa.", "PTR", ["other.example.net."])
    ptr_everywhere(world, "10.20.30.5", ["five.example.net."])
    world.rpc("delete_zone", name=other.name)

    # Addresses and blocks find the zone that has them.
    names = {given: world.rpc("show_zone", name=given)["name"] for given in (
        "10.20.30.5", "10.20.30.0/25", "10.20.30.133", "10.20.30.210", "10.20.30.250")}
    assert names == {"10.20.30.5": "0/25.30.20.10.in-addr.arpa.",
                     "10.20.30.0/25": "0/25.30.20.10.in-addr.arpa.",
                     "10.20.30.133": mask.name.lower(),
                     "10.20.30.210": "192-223.30.20.10.in-addr.arpa.",
                     "10.20.30.250": "30.20.10.in-addr.arpa."}
    assert {zone["name"] for zone in world.rpc("list_zone", names=["10.20.30.0/24"])} >= {
        "30.20.10.in-addr.arpa.", "0/25.30.20.10.in-addr.arpa.", mask.name}

    # A PTR that an address makes goes where the delegation leads.
    forward = world.make_zone(";!TRACKREV", "here IN A 10.20.30.140",
                              ";!TRACKREV", "there IN A 10.20.30.201")
    wait_ptr(world, "10.20.30.140", "here." + forward.name)
    wait_ptr(world, "10.20.30.201", "there." + forward.name)


def test_a_child_over_several_octets(world):
    """RFC 4183: one zone for a block between two octets; the parent leads there with DNAMEs."""
    world.make_zone("128-18 IN NS ns1.example.net.", "$GENERATE 128-191 $ DNAME $.128-18",
                    name="10.21/16")
    world.make_zone("7.130 IN PTR wide.example.net.", "1.128 IN PTR first.example.net.",
                    name="128-18.21.10.in-addr.arpa.")
    ptr_everywhere(world, "10.21.130.7", ["wide.example.net."])
    ptr_everywhere(world, "10.21.128.1", ["first.example.net."])
    assert world.rpc("show_zone", name="10.21.191.9")["name"] == "128-18.21.10.in-addr.arpa."


def test_single_hosts_and_wrong_blocks(world):
    world.make_zone("@ IN PTR alone.example.net.", name="10.22.0.9/32")
    ptr_everywhere(world, "10.22.0.9", ["alone.example.net."])
    for name, code in (("10.22.0.0/20", -89), ("2001:db8::/30", -89), ("10.22.0.0/33", -89),
                       ("0.22.10.in-addr.arpa.", -91), ("8.b.d.0.1.0.0.2.ip6.arpa", -91)):
        with pytest.raises(RpcError) as refused:
            world.rpc("create_zone", name=name, login_id=LOGIN)
        assert refused.value.code == code, name


def test_wildcards_for_ipv6(world):
    """RFC 4472 section 7: one wildcard for the hosts of a network, besides those with names."""
    world.make_zone("* IN PTR dynamic.example.net.",
                    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0 IN PTR router.example.net.",
                    name="2001:db8:99:1::/64")
    ptr_everywhere(world, "2001:db8:99:1::1", ["router.example.net."])
    ptr_everywhere(world, "2001:db8:99:1:8765:4321:fedc:ba98", ["dynamic.example.net."])
    # Names beside an existing one are not under the wildcard (RFC 4592 section 3.3.1).
    ptr_everywhere(world, "2001:db8:99:1::2", [])
    # A longer prefix than /64, nibble by nibble, inside of it.
    world.make_zone("* IN PTR inner.example.net.", name="2001:db8:99:1:abcd::/80")
    ptr_everywhere(world, "2001:db8:99:1:abcd::5", ["inner.example.net."])
    assert world.rpc("show_zone", name="2001:0DB8:99:1:ABCD::5")["name"].endswith(
        "d.c.b.a.1.0.0.0.9.9.0.0.8.b.d.0.1.0.0.2.ip6.arpa.")


def test_telephone_numbers(world):
    """RFC 3761, 3403 section 4.1, 3958 section 2: NAPTR of ENUM and S-NAPTR."""
    sip = r'100 10 "u" "E2U+sip" "!^\\+4989(.*)$!sip:\\1@example.net!" .'
    mail = '102 10 "u" "E2U+email:mailto" "!^.*$!mailto:info@example.net!" .'
    zone = world.make_zone(
        "* IN NAPTR " + sip, "8.7.6.5.4.3.2.1 IN NAPTR " + sip, "8.7.6.5.4.3.2.1 IN NAPTR " + mail,
        "9 IN NS ns.other-carrier.example.org.",
        '1 IN NAPTR 50 50 "s" "x-eau:x-sip.tcp" "" _sip._tcp.example.net.',
        name="9.8.9.4.e164.arpa.")
    number = "8.7.6.5.4.3.2.1." + zone.name
    world.check_everywhere(number, "NAPTR", [sip, mail])
    world.check_everywhere("5.5.5.2." + zone.name, "NAPTR", [sip])
    world.check_everywhere("1." + zone.name, "NAPTR",
                           ['50 50 "s" "x-eau:x-sip.tcp" "" _sip._tcp.example.net.'])
    for bind in world.slaves:
        ported = ask(bind, "1.9." + zone.name, "NAPTR")
        assert not ported.answer and "ns.other-carrier.example.org." in str(ported.authority[0])
    with pytest.raises(RpcError) as refused:
        world.rpc("update_zone", name=zone.name, login_id=LOGIN,
                  zi_text='1 IN NAPTR 1 1 "u" "E2U+sip" "!^(.*$!sip:\\\\2@example.net!" .\n')
    assert refused.value.code == -24
