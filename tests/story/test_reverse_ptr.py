"""An address saved makes its PTR in the reverse zone we hold."""

import dns.reversename
from dmsstack import wait_for
from world import LOGIN, records_of


def wait_ptr(world, address, names):
    owner = dns.reversename.from_address(address).to_text()
    for bind in world.slaves:
        wait_for(lambda b=bind: records_of(b, owner, "PTR") == sorted(names), 30,
                 f"PTR of {address} is {names} at {bind.name}")


def test_an_ipv6_address_makes_its_ptr(world):
    world.rpc("create_zone", name="2001:db8:77::/48", login_id=LOGIN, inc_updates=True)
    zone = world.make_zone("www IN AAAA 2001:db8:77::80")
    wait_ptr(world, "2001:db8:77::80", ["www." + zone.name])
    zone.add("mail IN AAAA 2001:db8:77::25")
    wait_ptr(world, "2001:db8:77::25", ["mail." + zone.name])
    wait_ptr(world, "2001:db8:77::80", ["www." + zone.name])


def test_an_ipv4_address_only_when_asked(world):
    world.rpc("create_zone", name="198.51.100.0/24", login_id=LOGIN, inc_updates=True)
    zone = world.make_zone("quiet IN A 198.51.100.7", ";!TRACKREV", "loud IN A 198.51.100.8")
    wait_ptr(world, "198.51.100.8", ["loud." + zone.name])
    wait_ptr(world, "198.51.100.7", [])


def test_a_forced_address_takes_its_ptr_over_once(world):
    world.rpc("create_zone", name="203.0.113.0/24", login_id=LOGIN, inc_updates=True)
    first = world.make_zone(";!FORCEREV", "a IN A 203.0.113.5")
    wait_ptr(world, "203.0.113.5", ["a." + first.name])
    second = world.make_zone(";!FORCEREV", "b IN A 203.0.113.5")
    wait_ptr(world, "203.0.113.5", ["b." + second.name])
    assert ";!FORCEREV" not in world.rpc("show_zone_text", name=first.name)["zi_text"]
    first.lines = ["a IN A 203.0.113.5", "more IN A 203.0.113.6"]
    first.save()
    first.sync()
    wait_ptr(world, "203.0.113.5", ["b." + second.name])
