"""NATS only moves things: killed, and its store thrown away, in the middle of a stream of edits."""

import json

from dmsstack import wait_for
from world import SerialWatch, check_stream, numbered

EDITS = 60


def test_a_wiped_store_loses_no_edit(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    nats = world.stack.nats
    with SerialWatch(world.slaves, zone.name) as watch:
        for number in range(EDITS):
            if number == 20:
                world.stack.kill("nats-server")
                nats.wipe()
            if number == 40:
                nats.start()
            zone.add(numbered("n", number))
        zone.sync()
    assert watch.backwards == []
    world.settled(zone)
    check_stream(world, zone, "n", EDITS)


def test_the_streams_are_made_again(world):
    world.stack.kill("nats-server")
    world.stack.nats.wipe()
    world.stack.nats.start()

    def streams():
        with world.stack.nats_client() as bus:
            reply = json.loads(bus.request("$JS.API.STREAM.NAMES").data)
        return set(reply.get("streams") or ())

    wait_for(lambda: streams() >= {"DMS_EVENT", "DMS_FACT", "DMS_CONFIG"}, 30, "the streams")
    zone = world.make_zone("www IN A 192.0.2.1")
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.1"])
