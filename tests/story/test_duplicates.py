"""Messages only knock: doubled, late and shuffled ones change nothing."""

import json
import random

from dmsstack import wait_for


def history(world, zone):
    return (world.sql("SELECT id FROM zone_instance WHERE zone_id = %s ORDER BY id", zone.zone_id),
            world.sql("SELECT serial FROM publication WHERE zone_id = %s ORDER BY serial",
                      zone.zone_id),
            world.sql("SELECT id, state FROM event WHERE machine = 'zone' AND sm_id = %s"
                      " ORDER BY id", zone.zone_id))


def waiting(bus):
    info = json.loads(bus.request("$JS.API.STREAM.INFO.DMS_EVENT").data)
    return info["state"]["messages"]


def overhear(bus, zone, until):
    """Every event message of the zone while `until` is being done."""
    bus.subscribe(f"dms.event.zone.{zone.zone_id}")
    until()
    heard = []
    while (message := bus.next(0.5)) is not None:
        heard.append(message)
    return heard


def test_old_messages_again_and_out_of_order(world):
    zone = world.make_zone("www IN A 192.0.2.1")

    def edits():
        for number in range(10):
            zone.add(f"h{number} IN A 192.0.2.{number + 2}")
        zone.sync()
        world.settled(zone)

    with world.stack.nats_client("zone-sm") as bus:
        heard = overhear(bus, zone, edits)
        assert len(heard) >= 10, "an event for every edit"
        before, serial = history(world, zone), zone.sync()["soa_serial"]
        again = heard * 3
        random.Random(7).shuffle(again)
        for message in again:  # without Nats-Msg-Id: JetStream takes them as new
            bus.publish(message.subject, message.data)
        bus.flush()
    with world.stack.nats_client("zone-sm") as bus:
        wait_for(lambda: waiting(bus) == 0, 30, "all messages are taken")
    assert history(world, zone) == before
    assert zone.sync()["soa_serial"] == serial
    zone.add("last IN A 192.0.2.99")
    zone.sync()
    world.check_everywhere("last." + zone.name, "A", ["192.0.2.99"])


def test_garbage_on_the_bus_harms_nobody(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    with world.stack.nats_client("zone-sm") as bus:
        for data in (b"", b"\xff" * 100, b"\x08\x01", b"{}", bytes(range(256)) * 100):
            for subject in (f"dms.event.zone.{zone.zone_id}", "dms.event.zone.x",
                            "dms.event.master.1", "dms.event.server.1", "dms.event.reverse.1",
                            "dms.pull.slave1", "dms.report.slave1", "dms.config.public",
                            "dms.fact.public.ZonePublished", "dms.sm.zone.ZoneSMEdit",
                            "dms.rpc.admin.show_zone"):
                bus.publish(subject, data, headers={"Dms-Change": "x" * 50, "Dms-Request": "\t"})
        bus.flush()
    with world.stack.nats_client("zone-sm") as bus:
        wait_for(lambda: waiting(bus) == 0, 30, "all messages are taken")
    assert world.stack.is_running
    zone.add("after IN A 192.0.2.2")
    zone.sync()
    world.check_everywhere("after." + zone.name, "A", ["192.0.2.2"])
