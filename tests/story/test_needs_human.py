"""A zone that does not get on by itself says so, in show_zonesm and as an Alert fact, and stops saying so
when somebody has helped."""

import contextlib

from dmsstack import wait_for
from world import LOGIN

PATIENT = "\n[{}]\nalert_attempts = 2\n"


@contextlib.contextmanager
def quick_alerts(world):
    """The services give an event up for stuck after two tries."""
    programs = ("zone-sm", "rpc-gateway")
    originals = {p: world.stack.config(p).read_text() for p in programs}
    for program, text in originals.items():
        world.stack.config(program).write_text(text + PATIENT.format(program))
        world.stack.restart(program)
    try:
        yield
    finally:
        for program, text in originals.items():
            world.stack.config(program).write_text(text)
            world.stack.restart(program)


def alert_about(bus, zone):
    """Waits for the Alert fact that names the zone."""
    while (message := bus.next(60)) is not None:
        if zone.name.encode() in message.data:
            return message
    return None


def trouble_of(world, zone):
    return [t for t in world.rpc("show_master_status")["trouble"] if t["name"] == zone.name]


def test_a_zone_that_is_stuck_says_so(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    tool = world.stack.zone_tool
    assert world.rpc("show_zone", name=zone.name)["needs_human"] is False
    with quick_alerts(world):
        with world.stack.nats_client() as bus:
            bus.subscribe("dms.fact.system.Alert")
            world.stack.kill("named-master1")
            try:
                world.rpc("update_zone", name=zone.name, zi_text="www IN A 192.0.2.2\n",
                          login_id=LOGIN)
                shown = wait_for(lambda: (s := world.rpc("show_zone", name=zone.name))
                                 ["needs_human"] and s, 60, "a zone that needs a human")
                assert alert_about(bus, zone) is not None
                (trouble,) = trouble_of(world, zone)
                text = tool("show_master_status").stdout
            finally:
                world.stack.restart("named-master1")
        (event,) = shown["waiting_events"]
        assert event["event_type"] == "ZoneSMUpdate" and event["state"] in ("RETRY", "RUNNING")
        assert event["attempts"] >= 2 and event["last_error"]
        assert shown["last_error"] and shown["last_error_code"] < 0
        assert trouble["machine"] == "zone" and trouble["needs_human"] is True
        assert trouble["last_error"] and f"! zone   {zone.name} PUBLISHED since" in text
        zone.sync()
        world.settled(zone)
        assert trouble_of(world, zone) == []
        shown = world.rpc("show_zone", name=zone.name)
        assert (shown["needs_human"], shown["last_error"], shown["waiting_events"]) == (False, None, [])
        text = tool("show_zonesm", zone.name).stdout
        assert "needs_human:     False" in text and "Waiting events" not in text


def test_show_zonesm_names_what_waits(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    world.stack.kill("zone-sm")
    try:
        world.rpc("update_zone", name=zone.name, zi_text="www IN A 192.0.2.2\n", login_id=LOGIN)
        text = world.stack.zone_tool("show_zonesm", zone.name).stdout
    finally:
        world.stack.restart("zone-sm")
    waiting = text[text.index("Waiting events:"):]
    assert "ZoneSMUpdate" in waiting and "NEW" in waiting
    zone.sync()
    assert "Waiting events" not in world.stack.zone_tool("show_zonesm", zone.name).stdout
