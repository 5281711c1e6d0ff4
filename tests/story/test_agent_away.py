"""Promise 2: an agent that was away makes its server right again by itself, each zone moved once."""

import re

from world import records_of, serial_of


def transfers(stack, bind, zone):
    """How often a name server has finished a transfer of the zone, by its own log."""
    log = (stack.log_dir / f"{bind.process.name}.log").read_text(errors="replace")
    name = re.escape(zone.name.rstrip("."))
    return len(re.findall(rf"transfer of '{name}/IN' from \S+ Transfer status: success", log))


def test_fifty_changes_while_an_agent_is_away(world):
    stack, away, present = world.stack, world.slaves[1], world.slaves[0]
    old = world.make_zone("www IN A 192.0.2.1")
    before = transfers(stack, away, old)
    assert before >= 1, "named logs its transfers"
    stack.process(f"agent-{away.name}").stop()
    new = []
    try:
        for number in range(45):
            old.add(f"h{number} IN A 192.0.2.{number + 2}")
        new = [world.make_zone("www IN A 192.0.2.5", sync=False) for _ in range(5)]
        newest = old.changes[-1]
        reply = world.rpc("wait_zone_sync", name=old.name, change_id=newest, timeout_ms=1000)
        assert records_of(present, "h44." + old.name, "A") == ["192.0.2.46"]
        late = [s["server_name"] for s in reply["servers"] if not s["is_in_sync"]]
        assert late in ([], [away.name]), "only the one without its agent may be late"
        assert serial_of(away, new[0].name) is None, "no agent, no new zone"
    finally:
        stack.restart(f"agent-{away.name}")
    for zone in (old, *new):
        zone.sync()
    world.check_everywhere("h44." + old.name, "A", ["192.0.2.46"])
    for zone in new:
        world.check_everywhere("www." + zone.name, "A", ["192.0.2.5"])
        assert transfers(stack, away, zone) == 1, f"{zone.name} was moved once"


def test_an_emptied_name_server_is_filled_again(world):
    stack, bind = world.stack, world.slaves[1]
    zones = [world.make_zone(f"www IN A 192.0.2.{n + 1}") for n in range(3)]
    stack.process(f"agent-{bind.name}").stop()
    bind.process.stop()
    for folder in (bind.zone_dir, bind.state_dir, bind.agent_dir):
        for path in folder.iterdir():
            if path.is_file():
                path.unlink()
    try:
        bind.make()
    finally:
        stack.start()
    for number, zone in enumerate(zones):
        zone.add(f"back IN A 192.0.2.{number + 1}")
        zone.sync()
        world.check_everywhere("www." + zone.name, "A", [f"192.0.2.{number + 1}"])
        world.check_everywhere("back." + zone.name, "A", [f"192.0.2.{number + 1}"])
