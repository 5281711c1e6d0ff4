"""How content reaches the master when one DNS UPDATE on the expected SOA will not do: somebody else
changed the zone there, the change is too large for a message, the master has lost the zone."""

import dns.query
import dns.rcode
import dns.tsig
import dns.tsigkeyring
import dns.update
import pytest
from dmsstack import wait_for
from world import SerialWatch, records_of, serial_of

LARGE = 4000  # records: far more than one message takes


def ways(world, zone):
    return [row[0] for row in world.sql(
        "SELECT way FROM publication WHERE zone_id = %s ORDER BY published_at", zone.zone_id)]


def update_by_hand(world, zone, label, kind, text):
    """What an operator with nsupdate and the key could do."""
    (name, secret), = world.sql("SELECT name, encode(secret, 'base64') FROM tsig_key"
                                " WHERE purpose = 'update'")
    ring = dns.tsigkeyring.from_text({name: secret.replace("\n", "")})
    update = dns.update.Update(zone.name, keyring=ring, keyalgorithm=dns.tsig.HMAC_SHA256)
    update.add(label, 60, kind, text)
    answer = dns.query.tcp(update, world.master.address, 5, port=world.master.port)
    assert answer.rcode() == dns.rcode.NOERROR, dns.rcode.to_text(answer.rcode())


def test_a_change_by_another_hand_is_seen_and_put_right(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    update_by_hand(world, zone, "intruder", "A", "192.0.2.66")
    assert records_of(world.master, "intruder." + zone.name, "A") == ["192.0.2.66"]
    before = serial_of(world.master, zone.name)
    zone.add("ours IN A 192.0.2.2")
    zone.sync()
    world.check_everywhere("ours." + zone.name, "A", ["192.0.2.2"])
    world.check_everywhere("intruder." + zone.name, "A", [])
    assert serial_of(world.master, zone.name) > before
    assert ways(world, zone)[-1] == "transfer"
    (drift,), = world.sql("SELECT results->'drift' FROM event WHERE machine = 'zone' AND sm_id = %s"
                          " AND results ? 'drift'", zone.zone_id)
    assert drift["serial"] == before
    zone.add("next IN A 192.0.2.3")
    zone.sync()
    assert ways(world, zone)[-1] == "update", "and from there as usual"


def test_a_large_change_goes_as_one_file(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    last = f"h{LARGE - 1}.{zone.name}"
    before = zone.sync()["soa_serial"]
    with SerialWatch(world.slaves, zone.name) as watch:
        zone.add(*(f"h{n} IN A 10.0.{n // 250}.{n % 250 + 1}" for n in range(LARGE)))
        after = zone.sync()["soa_serial"]
    assert watch.backwards == []
    for seen in watch.seen.values():
        assert set(seen) <= {before, after}, "from the old content to the new, no step between"
    assert ways(world, zone)[-1] == "file"
    world.check_everywhere("h0." + zone.name, "A", ["10.0.0.1"])
    world.check_everywhere(last, "A", [f"10.0.{(LARGE - 1) // 250}.{(LARGE - 1) % 250 + 1}"])
    zone.remove(zone.lines[-1])
    zone.sync()
    world.check_everywhere(last, "A", [])
    assert ways(world, zone)[-1] == "update"

def test_a_name_with_very_many_records(world):
    """More than BIND takes unless it is told to: by file when the zone is new, by DNS UPDATE later."""
    def octets(first, last):
        return [f"192.0.{n // 250}.{n % 250}" for n in range(first, last)]
    zone = world.make_zone(*(f"many IN A {a}" for a in octets(0, 150)))
    world.check_everywhere("many." + zone.name, "A", octets(0, 150))
    zone.add(*(f"many IN A {a}" for a in octets(150, 300)),
             *(f"types IN TYPE{n} \\# 1 00" for n in range(65300, 65450)))
    zone.sync()
    assert ways(world, zone)[-1] == "update"
    world.check_everywhere("many." + zone.name, "A", octets(0, 300))
    world.check_everywhere("types." + zone.name, "TYPE65449", ["\\# 1 00"])


def test_the_master_does_not_write_its_old_content_over_the_new(world):
    """BIND answers `freeze` while it still writes the zone out; with a zone of this size it ends
    after the new content has been laid down."""
    zone = world.make_zone("$GENERATE 1-60000 h$ A 10.9.8.7", "www IN A 192.0.2.1")
    zone.add("small IN A 192.0.2.2")  # by DNS UPDATE: now the master has something to write out
    zone.sync()
    assert ways(world, zone)[-1] == "update"
    zone.add(*(f"n{n} IN A 10.0.{n // 250}.{n % 250 + 1}" for n in range(LARGE)))
    zone.sync()
    assert ways(world, zone)[-1] == "file"
    world.check_everywhere(f"n{LARGE - 1}.{zone.name}", "A",
                           [f"10.0.{(LARGE - 1) // 250}.{(LARGE - 1) % 250 + 1}"])
    log = (world.stack.log_dir / "agent-master1.log").read_text()
    assert not [line for line in log.splitlines()
                if "zone refused" in line and f"zone={zone.name}" in line]


UPDATE_MAX = 60000  # update_bytes_max of the configuration, its default
TEXT = 200          # octets of the TXT records that fill a message


def filling(count, padding=0):
    """Lines of `count` records that take room for as many octets more as `padding` says."""
    return [f"t{n:03} IN TXT {'x' * (TEXT + padding // count + (n < padding % count))}"
            for n in range(count)]


def change_at_once(world, zone, lines):
    """Adds the lines and takes them away again -> how the adding went, and the size of the DNS UPDATE
    that it came to, sent or not. Slaves see nothing between before and after."""
    before = zone.sync()["soa_serial"]
    with SerialWatch(world.slaves, zone.name) as watch:
        zone.add(*lines)
        after = zone.sync()["soa_serial"]
    for seen in watch.seen.values():
        assert set(seen) <= {before, after}, "from the old content to the new, no step between"
    for line in (lines[0], lines[-1]):
        label, *_, text = line.split()
        world.check_everywhere(f"{label}.{zone.name}", "TXT", [f'"{text}"'])
    way = ways(world, zone)[-1]
    (size,), = world.sql("SELECT results->'update_bytes' FROM event WHERE machine = 'zone'"
                         " AND sm_id = %s AND results ? 'update_bytes' ORDER BY id DESC LIMIT 1",
                         zone.zone_id)
    zone.lines = zone.lines[:-len(lines)]
    zone.save()
    zone.sync()
    return way, size


def test_one_octet_decides_between_message_and_file(world):
    """Which is never sent in two: however a change goes, slaves see all of it or nothing."""
    zone = world.make_zone("www IN A 192.0.2.1")
    one = change_at_once(world, zone, filling(1))[1]
    step = change_at_once(world, zone, filling(2))[1] - one
    count, padding = divmod(UPDATE_MAX - one, step)
    assert change_at_once(world, zone, filling(count + 1, padding)) == ("update", UPDATE_MAX)
    assert change_at_once(world, zone, filling(count + 1, padding + 1)) == ("file", UPDATE_MAX + 1)


def test_a_save_while_a_large_change_is_under_way_is_not_lost(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    zone.add(*(f"h{n} IN A 10.1.{n // 250}.{n % 250 + 1}" for n in range(LARGE)))
    for number in range(5):
        zone.add(f"late{number} IN A 192.0.2.{number + 10}")
    zone.sync()
    for number in range(5):
        world.check_everywhere(f"late{number}.{zone.name}", "A", [f"192.0.2.{number + 10}"])
    world.check_everywhere(f"h{LARGE - 1}.{zone.name}", "A",
                           [f"10.1.{(LARGE - 1) // 250}.{(LARGE - 1) % 250 + 1}"])


def test_a_zone_that_the_master_lost_comes_back_with_the_next_edit(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    world.master.rndc("delzone", zone.name)
    zone.add("again IN A 192.0.2.2")
    zone.sync()
    world.check_everywhere("again." + zone.name, "A", ["192.0.2.2"])


def test_a_deleted_name_is_created_again_and_its_serial_goes_on(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    zone.add("more IN A 192.0.2.2")
    serial = zone.sync()["soa_serial"]
    world.rpc("delete_zone", name=zone.name)
    for bind in (world.master, *world.slaves):
        wait_for(lambda: serial_of(bind, zone.name) is None, 20, f"{bind.name} has dropped it")
    again = world.make_zone("www IN A 192.0.2.3", name=zone.name)
    assert again.sync()["soa_serial"] > serial
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.3"])
    world.check_everywhere("more." + zone.name, "A", [])


@pytest.mark.parametrize("is_trimmed", (False, True), ids=("delta", "snapshot"))
def test_an_agent_that_was_away_gets_what_it_lacks(world, is_trimmed):
    gone, kept = world.make_zone("a IN A 192.0.2.1"), world.make_zone("a IN A 192.0.2.2")
    agent = world.stack.process("agent-slave1")
    agent.stop()
    try:
        world.rpc("delete_zone", name=gone.name)
        new = [world.make_zone("a IN A 192.0.2.3", sync=False) for _ in range(3)]
        slave2 = world.slaves[1]
        for zone in new:
            wait_for(lambda: serial_of(slave2, zone.name) is not None, 20, f"slave2 serves {zone.name}")
        if is_trimmed:
            world.sql("UPDATE server_group SET log_floor = generation WHERE name = 'public'")
            world.sql("DELETE FROM config_log c USING server_group g WHERE g.id = c.sg_id"
                      " AND g.name = 'public'")
    finally:
        agent.start()
    for zone in (kept, *new):
        zone.sync()
        world.check_everywhere("a." + zone.name, "A", ["192.0.2.2" if zone is kept else "192.0.2.3"])
    wait_for(lambda: serial_of(world.slaves[0], gone.name) is None, 20, "slave1 has dropped it")
    kind = "snapshot" if is_trimmed else "delta"
    log = (world.stack.log_dir / "master-sm.log").read_text()
    assert [line for line in log.splitlines() if "server=slave1" in line and "pull" in line][
        -1].find(f"kind={kind}") > 0
