"""New zones cost a line each: no name server reads its configuration anew for them."""

import re


def configurations(stack, bind):
    """How often a name server has read its configuration, and been asked to, by its own log."""
    log = (stack.log_dir / f"{bind.process.name}.log").read_text(errors="replace")
    return (len(re.findall(r"loading configuration from", log)),
            len(re.findall(r"received control channel command '(?:reconfig|reload)", log)))


def test_twenty_new_zones_start_no_reconfig(world):
    world.make_zone("www IN A 192.0.2.1")  # whatever waits for a first zone has happened
    binds = world.stack.name_servers
    before = {b.name: configurations(world.stack, b) for b in binds}
    assert all(loads > 0 for loads, _ in before.values()), "named logs the reading"
    zones = [world.make_zone(f"www IN A 192.0.2.{n + 1}", sync=False) for n in range(20)]
    for number, zone in enumerate(zones):
        zone.sync()
        world.check_everywhere("www." + zone.name, "A", [f"192.0.2.{number + 1}"])
    assert {b.name: configurations(world.stack, b) for b in binds} == before
