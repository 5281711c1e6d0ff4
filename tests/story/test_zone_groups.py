"""A zone that moves from one server group to another is served all the time."""

import threading

import pytest
from dmsstack import RpcError, Stack, story, wait_for
from world import LOGIN, World, ask, records_of, serial_of

import dns.exception
import dns.rcode


@pytest.fixture(scope="module")
def groups_stack(build_dir, private_folder):
    stack = Stack(private_folder / "groups", build_dir, 1, others=1)
    try:
        stack.start()
        story.define(stack)
        stack.rpc("set_apex_ns", ns_servers=["ns1.other.example.", "ns2.other.example."],
                  sg_name="other", login_id=LOGIN)
        story.enable(stack)
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def world(groups_stack, request):
    world = World(groups_stack, request.node.name.replace("_", "-")[:40])
    yield world
    world.close()


class ServiceWatch:
    """Notes every moment at which neither group answers for the zone."""

    def __init__(self, world, zone):
        self.binds, self.name = [*world.slaves, *world.stack.others], zone.name
        self.gaps, self.looks, self._stop = 0, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _is_served(self, bind):
        try:
            return ask(bind, self.name, "SOA").rcode() == dns.rcode.NOERROR
        except (OSError, dns.exception.DNSException):
            return False

    def _watch(self):
        while not self._stop.wait(0.01):  # the pace of looking, nothing waits for it
            self.looks += 1
            self.gaps += not any(self._is_served(b) for b in self.binds)


def groups_of(world, zone):
    shown = world.rpc("show_zone", name=zone.name)
    return shown["sg_name"], shown["alt_sg_name"], shown["alt_sg_leaves"]


def test_a_zone_moves_and_is_served_all_the_time(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    old, new = world.slaves[0], world.stack.others[0]
    assert serial_of(new, zone.name) is None
    with ServiceWatch(world, zone) as watch:
        world.stack.zone_tool("set_zone_alt_sg", zone.name, "other")
        zone.sync()
        assert serial_of(new, zone.name) == serial_of(old, zone.name)
        world.stack.zone_tool("swap_zone_sg", zone.name)
        zone.sync()
        assert records_of(old, zone.name, "NS") == ["ns1.other.example.", "ns2.other.example."]
        world.stack.zone_tool("delete_zone_alt_sg", zone.name)
        wait_for(lambda: serial_of(old, zone.name) is None, 30, "the old group has let it go")
    assert watch.looks > 0 and watch.gaps == 0
    assert groups_of(world, zone) == ("other", None, False)
    zone.zi_id = world.rpc("show_zone", name=zone.name)["zi_candidate_id"]
    zone.add("next IN A 192.0.2.2")
    zone.sync()
    assert records_of(new, "next." + zone.name, "A") == ["192.0.2.2"]
    # and back: what its servers had before counts for nothing
    world.rpc("set_zone_alt_sg", name=zone.name, sg_name="public")
    zone.sync()
    assert records_of(old, "next." + zone.name, "A") == ["192.0.2.2"]


def test_nobody_lets_go_before_the_other_serves(world):
    """The new group's server is away: the wish to drop the old group waits for it."""
    zone = world.make_zone("www IN A 192.0.2.1")
    old, new = world.slaves[0], world.stack.others[0]
    world.stack.kill("agent-other1")
    with ServiceWatch(world, zone) as watch:
        world.rpc("set_zone_alt_sg", name=zone.name, sg_name="other")
        world.rpc("swap_zone_sg", name=zone.name)
        reply = world.rpc("set_zone_alt_sg", name=zone.name)
        assert "as soon as the servers of other serve" in reply["message"]
        world.settled(zone)
        assert groups_of(world, zone) == ("other", "public", True)
        assert serial_of(old, zone.name) is not None
        world.stack.restart("agent-other1")
        wait_for(lambda: serial_of(old, zone.name) is None, 60, "the old group has let it go")
        assert serial_of(new, zone.name) is not None
    assert watch.gaps == 0
    zone.sync()
    assert groups_of(world, zone) == ("other", None, False)


def refused(world, method, code, **params):
    with pytest.raises(RpcError) as refusal:
        world.rpc(method, **params)
    assert refusal.value.code == code, refusal.value


def test_a_disabled_zone_is_moved_at_once(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    old, new = world.slaves[0], world.stack.others[0]
    refused(world, "set_zone_sg", -94, name=zone.name, sg_name="other")
    refused(world, "swap_zone_sg", -123, name=zone.name)
    refused(world, "set_zone_alt_sg", -59, name=zone.name, sg_name="nowhere")
    refused(world, "set_zone_alt_sg", -59, name=zone.name, sg_name="master")
    refused(world, "set_zone_alt_sg", -80, name=zone.name, sg_name="public")
    world.rpc("set_zone_alt_sg", name=zone.name)  # none there, nothing to do
    world.rpc("disable_zone", name=zone.name)
    world.stack.zone_tool("set_zone_sg", zone.name, "other")
    world.rpc("enable_zone", name=zone.name)
    zone.sync()
    wait_for(lambda: serial_of(old, zone.name) is None, 30, "the old group has removed it")
    assert records_of(new, "www." + zone.name, "A") == ["192.0.2.1"]
    assert records_of(new, zone.name, "NS") == ["ns1.other.example.", "ns2.other.example."]


def test_two_groups_lose_a_zone_and_get_it_back(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    both = [*world.slaves, *world.stack.others]
    world.rpc("set_zone_alt_sg", name=zone.name, sg_name="other")
    zone.sync()
    assert all(serial_of(b, zone.name) is not None for b in both)
    world.rpc("disable_zone", name=zone.name)
    wait_for(lambda: all(serial_of(b, zone.name) is None for b in both), 30, "gone from both")
    world.rpc("enable_zone", name=zone.name)
    zone.sync()
    assert all(records_of(b, "www." + zone.name, "A") == ["192.0.2.1"] for b in both)
    world.rpc("delete_zone", name=zone.name)
    wait_for(lambda: all(serial_of(b, zone.name) is None for b in both), 30, "gone from both")
