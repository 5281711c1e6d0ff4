"""Every change has a number: who made it, how far it has come, who is late and why."""

import re
import threading

import pytest
from dmsstack import RpcError, wait_for
from world import LOGIN, STALE_INSTANCE, serial_of

CHANGE_NOT_FOUND = -195


def state_of(world, change_id):
    return world.rpc("wait_change", change_id=change_id, timeout_ms=0)["state"]


def test_a_change_from_the_call_to_every_server(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    change_id = zone.add("mail IN A 192.0.2.25")
    reply = world.rpc("wait_change", change_id=change_id, timeout_ms=60000)
    assert reply["state"] == "IN_SYNC" and reply["is_in_sync"]
    [seen] = reply["zones"]
    assert (seen["name"], seen["zi_id"]) == (zone.name, zone.zi_id)
    assert seen["soa_serial"] == serial_of(world.slaves[0], zone.name)
    assert seen["published_at"] and seen["in_sync_at"] and seen["way"] == "update"
    assert {s["server_name"] for s in seen["servers"]} == {s.name for s in world.slaves}
    assert all(s["lag_ms"] is not None and s["late_ms"] is None for s in seen["servers"])

    shown = world.rpc("show_change", change_id=change_id)
    assert shown["method"] == "update_zone" and shown["actor"] == f"{LOGIN}/Admin"
    assert (shown["object_kind"], shown["object_name"]) == ("zone", zone.name)
    assert shown["source"] and shown["at"]
    assert {e["event_type"]: e["state"] for e in shown["events"]}["ZoneSMUpdate"] == "SUCCESS"
    assert all(e["change_id"] == change_id for e in shown["events"])
    text = world.stack.zone_tool("show_change", str(change_id)).stdout
    assert zone.name in text and "IN_SYNC" in text and LOGIN in text
    # an older change is in every newer publication
    zone.add("more IN A 192.0.2.26")
    zone.sync()
    assert state_of(world, change_id) == "IN_SYNC"
    with pytest.raises(RpcError) as unknown:
        world.rpc("show_change", change_id=999999999)
    assert unknown.value.code == CHANGE_NOT_FOUND


def test_the_late_server_is_named(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    away, there = world.slaves[0], world.slaves[1]
    away.process.stop()
    try:
        change_id = zone.add("late IN A 192.0.2.2")
        reply = world.rpc("wait_change", change_id=change_id, until="PUBLISHED", timeout_ms=60000)
        assert reply["state"] == "PUBLISHED"
        wait_for(lambda: serial_of(there, zone.name) == reply["zones"][0]["soa_serial"], 30,
                 "the other slave has it")
        waiter = []
        thread = threading.Thread(target=lambda: waiter.append(
            world.rpc("wait_change", change_id=change_id, timeout_ms=120000)))
        reply = world.rpc("wait_change", change_id=change_id, timeout_ms=0)
        late = [s for s in reply["zones"][0]["servers"] if not s["is_in_sync"]]
        assert away.name in [s["server_name"] for s in late]
        assert all(s["reason"] and s["late_ms"] >= 0 for s in late)
        shown = world.stack.zone_tool("wait_change", "-t", "0", str(change_id), check=False)
        assert shown.returncode == 75 and away.name in shown.stdout
        assert world.stack.zone_tool("wait_change", "-p", str(change_id)).returncode == 0
        thread.start()
    finally:
        world.stack.restart(away.process.name)
    thread.join()
    assert waiter[0]["state"] == "IN_SYNC"


def test_a_change_of_two_zones(world):
    """An address whose PTR record goes into a reverse zone: the change is in sync when both are."""
    reverse = world.rpc("create_zone", name="2001:db8:c4::/48", login_id=LOGIN, inc_updates=True)
    zone = world.make_zone("www IN AAAA 2001:db8:c4::1")
    change_id = zone.add("mail IN AAAA 2001:db8:c4::2")
    reply = world.rpc("wait_change", change_id=change_id, timeout_ms=60000)
    assert reply["state"] == "IN_SYNC"
    assert {z["name"] for z in reply["zones"]} == {zone.name, reverse["name"]}
    assert reply["zone_count"] == 2


def test_changes_of_other_kinds(world):
    zone = world.make_zone("www IN A 192.0.2.1", sync=False)
    created = world.rpc("wait_change", change_id=zone.change_id, timeout_ms=60000)
    assert created["state"] == "IN_SYNC" and created["configuration"]
    assert {s["server_name"] for s in created["configuration"]} == \
        {s.name for s in [world.master, *world.slaves]}
    deleted = world.rpc("delete_zone", name=zone.name)["change_id"]
    reply = world.rpc("wait_change", change_id=deleted, timeout_ms=60000)
    assert reply["state"] == "IN_SYNC" and all(s["is_applied"] for s in reply["configuration"])
    for slave in world.slaves:
        assert serial_of(slave, zone.name) is None
    other = world.make_zone("www IN A 192.0.2.1")
    # nothing that name servers see
    silent = world.rpc("set_zone", name=other.name, inc_updates=True)["change_id"]
    assert state_of(world, silent) == "IN_SYNC"
    again = world.rpc("refresh_zone", name=other.name)["change_id"]
    assert world.rpc("wait_change", change_id=again, timeout_ms=60000)["state"] == "IN_SYNC"
    config = world.rpc("reconfig_all")["change_id"]
    assert world.rpc("wait_change", change_id=config, timeout_ms=60000)["state"] == "IN_SYNC"


def test_updates_of_a_zone_that_is_edited(world):
    """A change can be taken in and wait for somebody; and it can turn out to be impossible then."""
    zone = world.make_zone("www IN A 192.0.2.1", "other IN A 192.0.2.2", inc_updates=True,
                           edit_lock=True)
    opened, token = world.rpc("edit_zone", name=zone.name, login_id=LOGIN)

    def update(kind, label, rr_type, rdata, **params):
        data = {"rr_groups": [{"rrs": [{"update_op": "ADD", "label": label, "type": rr_type,
                                        "rdata": rdata}]}]}
        return world.rpc("update_rrs", name=zone.name, login_id=LOGIN, update_type=kind,
                         update_data=data, **params)["change_id"]

    with pytest.raises(RpcError) as stale:
        update("stale", "x", "A", "192.0.2.9", if_zi_id=1)
    assert stale.value.code == STALE_INSTANCE
    good = update("good", "new", "A", "192.0.2.3", if_zi_id=zone.zi_id)
    bad = update("bad", "alias", "CNAME", "other")
    waiting = world.rpc("wait_change", change_id=good, timeout_ms=0)
    assert waiting["state"] == "PENDING" and waiting["updates"][0]["state"] == "WAITING"
    world.rpc("update_zone", name=zone.name, login_id=LOGIN, edit_lock_token=token,
              zi_text="www A 192.0.2.1\nother A 192.0.2.2\nalias A 192.0.2.4\n",
              if_zi_id=opened["zi_candidate_id"])
    done = world.rpc("wait_change", change_id=good, timeout_ms=60000)
    assert done["state"] == "IN_SYNC" and done["updates"][0]["state"] == "APPLIED"
    failed = world.rpc("wait_change", change_id=bad, timeout_ms=60000)
    assert failed["state"] == "FAILED" and failed["error"]
    world.check_everywhere("new." + zone.name, "A", ["192.0.2.3"])
    shown = world.stack.zone_tool("wait_change", str(bad), check=False)
    assert shown.returncode == 76 and "REFUSED" in shown.stdout


def test_a_change_that_fails_says_so(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    change_id = zone.add("new IN A 192.0.2.2")
    zone.sync()
    world.sql("INSERT INTO event (machine, sm_id, sm_name, type, change_id, relay_at, state,"
              " processed_at, last_error) VALUES ('master', 1, 'x', 'MasterSMPartialReconfig', %s,"
              " clock_timestamp(), 'FAILURE', clock_timestamp(), 'no such group')", change_id)
    reply = world.rpc("wait_change", change_id=change_id, timeout_ms=60000)
    assert (reply["state"], reply["error"]) == ("FAILED", "no such group")
    shown = world.stack.zone_tool("wait_change", str(change_id), check=False)
    assert shown.returncode != 0 and "no such group" in shown.stdout


def test_the_end_of_an_event_is_told(world):
    """Who waits for a change without anything to publish is woken by this, not by the clock."""
    zone = world.make_zone("www IN A 192.0.2.1")
    world.settled(zone)
    with world.stack.nats_client("rpc-gateway") as bus:
        bus.subscribe(f"dms.ended.zone.{zone.zone_id}")
        change_id = world.rpc("refresh_zone", name=zone.name)["change_id"]
        message = bus.next(30)
    assert message is not None and message.headers["Dms-Change"] == str(change_id)
    assert world.rpc("wait_change", change_id=change_id, timeout_ms=60000)["state"] == "IN_SYNC"


def test_the_logs_tell_the_way_of_a_change(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    change_id = zone.add("mail IN A 192.0.2.25")
    zone.sync()
    mark = re.compile(rf"\bchange_id={change_id}\b")
    for program in ("rpc-gateway", "zone-sm", "master-sm", "agent-" + world.slaves[0].name):
        log = world.stack.log_dir / f"{program}.log"
        wait_for(lambda file=log: mark.search(file.read_text(errors="replace")), 30,
                 f"change {change_id} in {log.name}")
