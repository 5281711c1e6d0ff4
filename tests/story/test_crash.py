"""Promise 1: once a call has said yes, no crash loses the change, doubles it or changes the order."""

from dmsstack import wait_for
from world import SerialWatch, check_stream, numbered

EDITS = 200
# Each is killed with SIGKILL in the middle of the stream and started again at once, as a supervisor
# does; the stream does not wait for it.
VICTIMS = ("zone-sm", "master-sm", "reverse-ptr", "rpc-gateway", "agent-master1", "agent-slave1",
           "agent-slave2", "zone-sm", "rpc-gateway")


def test_killing_every_service_loses_no_edit(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    victims = iter(VICTIMS)
    pause = EDITS // (len(VICTIMS) + 1)
    with SerialWatch(world.slaves, zone.name) as watch:
        for number in range(EDITS):
            zone.add(numbered("e", number))
            if number % pause == pause // 2:
                victim = next(victims, None)
                if victim:
                    world.stack.kill(victim)
                    world.stack.restart(victim, wait=False)
        zone.sync()
    assert next(victims, None) is None, "every victim was killed"
    assert watch.backwards == []
    world.settled(zone)
    check_stream(world, zone, "e", EDITS)


def test_killing_the_name_servers_loses_no_edit(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    with SerialWatch(world.slaves, zone.name) as watch:
        for number in range(40):
            zone.add(numbered("e", number))
            if number == 10:
                world.stack.kill("named-slave1")
                world.stack.restart("named-slave1")
            if number == 20:
                world.stack.kill("named-master1")
                world.stack.restart("named-master1")
        zone.sync()
    assert watch.backwards == []
    world.settled(zone)
    check_stream(world, zone, "e", 40)


def test_zones_are_served_with_everything_else_dead(world):
    zone = world.make_zone('www 60 IN TXT "still here"')
    stack = world.stack
    names = {b.process.name for b in stack.name_servers}
    others = [p.name for p in stack.processes if p.name not in names]
    for name in reversed(others):
        stack.process(name).stop()
    try:
        world.check_everywhere("www." + zone.name, "TXT", ['"still here"'])
        stack.restart("named-slave1")
        # It answers before it has read all its zone files.
        wait_for(lambda: world.check_everywhere("www." + zone.name, "TXT", ['"still here"']) is None,
                 10, "slave1 serves from its own files")
    finally:
        stack.start()
    zone.add("later IN A 192.0.2.2")
    zone.sync()
    world.check_everywhere("later." + zone.name, "A", ["192.0.2.2"])
