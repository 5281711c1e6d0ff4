"""New zones cost a line each: no name server reads its configuration anew for them."""

import re
import subprocess


def last_configured(bind):
    result = subprocess.run(
        ["rndc", "-s", "127.0.0.1", "-p", str(bind.control_port), "-k", str(bind.key_file), "status"],
        capture_output=True, text=True, timeout=20, check=True)
    return re.search(r"^last configured: (.+)$", result.stdout, re.M).group(1)


def configurations(stack, bind):
    log = (stack.log_dir / f"{bind.process.name}.log").read_text(errors="replace")
    return len(re.findall(r"loading configuration from", log))


def test_twenty_new_zones_start_no_reconfig(world):
    world.make_zone("www IN A 192.0.2.1")  # whatever waits for a first zone has happened
    binds = world.stack.name_servers
    before = {b.name: (last_configured(b), configurations(world.stack, b)) for b in binds}
    zones = [world.make_zone(f"www IN A 192.0.2.{n + 1}", sync=False) for n in range(20)]
    for number, zone in enumerate(zones):
        zone.sync()
        world.check_everywhere("www." + zone.name, "A", [f"192.0.2.{number + 1}"])
    after = {b.name: (last_configured(b), configurations(world.stack, b)) for b in binds}
    assert after == before
