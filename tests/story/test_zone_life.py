"""The life of a zone: out of service and back, deleted and back, gone for good, reset, poked."""

import pytest
from dmsstack import RpcError, wait_for
from world import LOGIN, STALE_INSTANCE, SerialWatch, is_newer, serial_of

ZONE_NOT_FOUND = -28
UPDATE_ZONE = -35
ZONE_NOT_DELETED = -37
ZONE_BEING_CREATED = -62
ACTIVE_ZONE_EXISTS = -69
ZONE_FILES_STILL_EXIST = -70
ZONE_SM_FAILURE = -80
ZONE_NOT_PUBLISHED = -117
CANDIDATE_IGNORED = -118
SERIAL_RANGE = -120
SERIAL_TYPE = -121


def state_of(world, zone):
    return world.sql("SELECT state FROM zone WHERE id = %s", zone.zone_id)[0][0]


def servers(world):
    return [world.master, *world.slaves]


def gone_everywhere(world, zone):
    wait_for(lambda: all(serial_of(b, zone.name) is None for b in servers(world)), 30,
             f"nobody serves {zone.name}")


def refused(world, method, code, reason=None, **params):
    with pytest.raises(RpcError) as refusal:
        world.rpc(method, **params)
    assert refusal.value.code == code, refusal.value
    if reason is not None:
        assert refusal.value.data["reason"] == reason
        assert refusal.value.data["event_results"]["reason"] == reason
        assert refusal.value.data["event_message"]


def test_a_disabled_zone_is_served_by_nobody_and_comes_back(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    before = serial_of(world.master, zone.name)
    assert world.rpc("disable_zone", name=zone.name, login_id=LOGIN)["state"] == "DISABLED"
    gone_everywhere(world, zone)
    refused(world, "disable_zone", ZONE_SM_FAILURE, "ZoneAlreadyDisabled", name=zone.name)
    refused(world, "reset_zone", ZONE_SM_FAILURE, "ZoneResetDisabled", name=zone.name)
    refused(world, "poke_zone_wrap_serial", ZONE_NOT_PUBLISHED, "ZoneNotPublished", name=zone.name)
    # it can be edited meanwhile, and shows what it will be
    zone.add("meanwhile IN A 192.0.2.2")
    world.settled(zone)
    assert "meanwhile" in world.rpc("show_zone_text", name=zone.name)["zi_text"]
    assert serial_of(world.master, zone.name) is None
    assert world.rpc("enable_zone", name=zone.name, login_id=LOGIN)["state"] == "CREATE"
    zone.sync()
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.1"])
    world.check_everywhere("meanwhile." + zone.name, "A", ["192.0.2.2"])
    assert is_newer(serial_of(world.master, zone.name), before)
    refused(world, "enable_zone", ZONE_SM_FAILURE, "ZoneAlreadyEnabled", name=zone.name)
    refused(world, "undelete_zone", ZONE_NOT_DELETED, "ZoneNotDeleted", zone_id=zone.zone_id)


def test_disabled_and_enabled_at_once(world):
    """Whatever the servers have heard of it: at the end all serve it."""
    zone = world.make_zone("www IN A 192.0.2.1")
    for _ in range(3):
        world.rpc("disable_zone", name=zone.name)
        world.rpc("enable_zone", name=zone.name)
    zone.sync()
    world.settled(zone)
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.1"])
    zone.add("next IN A 192.0.2.2")
    zone.sync()
    world.check_everywhere("next." + zone.name, "A", ["192.0.2.2"])


def test_a_deleted_zone_comes_back_unless_its_name_is_taken(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    world.rpc("delete_zone", name=zone.name, login_id=LOGIN)
    refused(world, "show_zone", ZONE_NOT_FOUND, name=zone.name)
    other = world.make_zone("www IN A 192.0.2.99", name=zone.name)
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.99"])
    serial = serial_of(world.master, zone.name)
    refused(world, "undelete_zone", ACTIVE_ZONE_EXISTS, "ZoneSMUndeleteFailure",
            zone_id=zone.zone_id)
    tool = world.stack.zone_tool("undelete_zone", str(zone.zone_id), check=False)
    assert tool.returncode == 73 and "another zone of that name" in " ".join(tool.stdout.split())
    world.rpc("delete_zone", name=zone.name)
    world.stack.zone_tool("undelete_zone", str(zone.zone_id))
    zone.sync()
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.1"])
    assert is_newer(serial_of(world.master, zone.name), serial), "beyond the other zone's serial"
    # the other one can be destroyed without harm to this one, when nothing of it is left
    wait_for(lambda: destroyed(world, other), 30, "the other zone is destroyed")
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.1"])


def destroyed(world, zone):
    try:
        world.rpc("destroy_zone", zone_id=zone.zone_id)
        return True
    except RpcError as e:
        if e.code != ZONE_FILES_STILL_EXIST:
            raise
        return False


def test_destroyed_is_gone_for_good(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    refused(world, "destroy_zone", ZONE_NOT_DELETED, "ZoneNotDeleted", zone_id=zone.zone_id)
    world.rpc("delete_zone", name=zone.name)
    wait_for(lambda: destroyed(world, zone), 30, "destroyed, as the master has removed it")
    gone_everywhere(world, zone)
    left, = world.sql("SELECT (SELECT count(*) FROM zone WHERE id = %s),"
                      " (SELECT count(*) FROM zone_instance WHERE zone_id = %s),"
                      " (SELECT count(*) FROM record WHERE zone_id = %s)", *[zone.zone_id] * 3)
    assert left == (0, 0, 0)
    refused(world, "undelete_zone", -29, zone_id=zone.zone_id)
    # what it was told is known still, and the name is free
    assert world.sql("SELECT count(*) FROM event WHERE machine = 'zone' AND sm_id = %s"
                     " AND type = 'ZoneSMDoDestroy' AND state = 'SUCCESS'", zone.zone_id) == [(1,)]
    world.make_zone("www IN A 192.0.2.7", name=zone.name)
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.7"])


def test_a_removal_that_was_not_reported_is_asked_after(world):
    """The master has removed it, but its agent's word was lost: the reconciler looks."""
    zone = world.make_zone("www IN A 192.0.2.1")
    world.rpc("delete_zone", name=zone.name)
    gone_everywhere(world, zone)
    wait_for(lambda: world.sql("SELECT is_on_master FROM zone WHERE id = %s", zone.zone_id)
             == [(False,)], 30, "the report has come")
    world.sql("UPDATE zone SET is_on_master = true WHERE id = %s", zone.zone_id)
    refused(world, "destroy_zone", ZONE_FILES_STILL_EXIST, "ZoneNotDestroyedFilesExist",
            zone_id=zone.zone_id)
    world.sql("UPDATE event SET processed_at = processed_at - interval '1 min' WHERE"
              " machine = 'zone' AND sm_id = %s AND state = 'SUCCESS'", zone.zone_id)
    world.stack.restart("zone-sm")  # it looks at once
    wait_for(lambda: world.sql("SELECT is_on_master FROM zone WHERE id = %s", zone.zone_id)
             == [(False,)], 60, "the master was asked")
    assert destroyed(world, zone)


def test_nuked_zones_are_marked_once_and_for_all(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    world.rpc("delete_zone", name=zone.name)
    assert world.sql("SELECT is_nuked FROM zone WHERE id = %s", zone.zone_id) == [(False,)]
    for _ in range(2):
        world.rpc("nuke_zone", zone_id=zone.zone_id)
    assert world.sql("SELECT is_nuked FROM zone WHERE id = %s", zone.zone_id) == [(True,)]
    second = world.make_zone("www IN A 192.0.2.1")
    world.stack.zone_tool("nuke_zone", second.name)
    gone_everywhere(world, second)
    assert world.sql("SELECT state, is_nuked FROM zone WHERE id = %s", second.zone_id) == [
        ("DELETED", True)]


def test_a_lock_keeps_a_zone(world):
    """From being deleted, nuked or poked; not from being disabled, which loses nothing."""
    zone = world.make_zone("www IN A 192.0.2.1", edit_lock=True)
    _, token = world.rpc("edit_zone", name=zone.name, login_id=LOGIN)
    for method, code in (("delete_zone", ZONE_BEING_CREATED), ("nuke_zone", ZONE_SM_FAILURE),
                         ("poke_zone_wrap_serial", UPDATE_ZONE)):
        with pytest.raises(RpcError) as refusal:
            world.rpc(method, name=zone.name)
        assert refusal.value.code == code
        assert refusal.value.data["locked_by"].startswith(LOGIN)
    world.rpc("disable_zone", name=zone.name)
    world.rpc("update_zone", name=zone.name, zi_text="www IN A 192.0.2.2\n", login_id=LOGIN,
              edit_lock_token=token)
    world.rpc("enable_zone", name=zone.name)
    zone.sync()
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.2"])


def test_a_reset_interrupts_nothing(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    first = zone.zi_id
    zone.remove("www IN A 192.0.2.1")
    zone.add("www IN A 192.0.2.2")
    zone.sync()
    with SerialWatch(servers(world), zone.name) as watch:
        assert world.rpc("reset_zone", name=zone.name, login_id=LOGIN)["state"] == "RESET"
        zone.sync()
        world.check_everywhere("www." + zone.name, "A", ["192.0.2.2"])
        world.stack.zone_tool("reset_zonesm", zone.name, str(first))
        zone.sync()
        world.check_everywhere("www." + zone.name, "A", ["192.0.2.1"])
        world.settled(zone)
    assert watch.backwards == []
    ways = [w for w, in world.sql("SELECT way FROM publication WHERE zone_id = %s"
                                  " ORDER BY published_at", zone.zone_id)]
    assert ways[-2:] == ["file", "file"]
    newest = world.rpc("show_zi", name=zone.name)
    assert newest["comment"].startswith(f"reset to instance {first}")
    zone.zi_id = newest["zi_id"]
    zone.lines = ["www IN A 192.0.2.1"]
    zone.add("next IN A 192.0.2.3")
    zone.sync()
    world.check_everywhere("next." + zone.name, "A", ["192.0.2.3"])


def test_serials_are_set_moved_on_and_wrapped(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    serial = serial_of(world.master, zone.name)

    def published(expected):
        wait_for(lambda: all(serial_of(b, zone.name) == expected for b in servers(world)), 30,
                 f"serial {expected} everywhere")
        world.settled(zone)

    world.rpc("poke_zone_set_serial", name=zone.name, soa_serial=serial + 20)
    published(serial + 20)
    refused(world, "poke_zone_set_serial", CANDIDATE_IGNORED, name=zone.name, soa_serial=serial)
    refused(world, "poke_zone_set_serial", SERIAL_RANGE, name=zone.name, soa_serial=0)
    refused(world, "poke_zone_set_serial", SERIAL_RANGE, name=zone.name, soa_serial=2**32)
    refused(world, "poke_zone_set_serial", SERIAL_TYPE, name=zone.name, soa_serial="5")
    world.stack.zone_tool("poke_zone_set_serial", "-u", zone.name)
    published(serial + 21)
    instances = len(world.rpc("list_zi", name=zone.name)["all_zis"])
    world.stack.zone_tool("poke_zone_wrap_serial", zone.name)
    published((serial + 21 + 2**31 - 1) % 2**32)
    assert len(world.rpc("list_zi", name=zone.name)["all_zis"]) == instances, "no new content"
    # the next change brings the date back
    zone.add("next IN A 192.0.2.2")
    zone.sync()
    today, = world.sql("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD')::bigint")
    published(today[0] * 100)
    world.check_everywhere("next." + zone.name, "A", ["192.0.2.2"])


def test_zones_of_a_batch_give_way(world):
    """What is done for them is bulk work all the way; at the end they are zones like others."""
    zones = [world.rpc("create_zone_batch", name=world.fresh_name(), login_id=LOGIN,
                       zi_text="www IN A 192.0.2.1\n") for _ in range(3)]
    for zone in zones:
        assert world.rpc("wait_zone_sync", name=zone["name"], timeout_ms=60000)["is_in_sync"]
        world.check_everywhere("www." + zone["name"], "A", ["192.0.2.1"])
    rows = world.sql("SELECT type, bool_and(is_bulk) FROM event WHERE machine = 'zone'"
                     " AND sm_id = ANY(%s) AND type IN ('ZoneSMConfig', 'ZoneSMReconfigUpdate')"
                     " GROUP BY type ORDER BY type", [z["zone_id"] for z in zones])
    assert rows == [("ZoneSMConfig", True), ("ZoneSMReconfigUpdate", True)]


def test_who_knows_an_older_instance_is_refused(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    known = zone.zi_id
    zone.add("more IN A 192.0.2.2")

    def is_stale(method, **params):
        with pytest.raises(RpcError) as refusal:
            world.rpc(method, login_id=LOGIN, if_zi_id=known, **params)
        assert refusal.value.code == STALE_INSTANCE, method

    for method, params in (("set_zone_alt_sg", {}), ("swap_zone_sg", {}), ("nuke_zone", {}),
                           ("copy_zi", {"src_name": zone.name}), ("disable_zone", {})):
        is_stale(method, name=zone.name, **params)
    world.rpc("disable_zone", name=zone.name, login_id=LOGIN)
    is_stale("enable_zone", name=zone.name)
    is_stale("set_zone_sg", name=zone.name)
    world.rpc("delete_zone", name=zone.name, login_id=LOGIN)
    is_stale("undelete_zone", zone_id=zone.zone_id)
    is_stale("destroy_zone", zone_id=zone.zone_id)
    world.rpc("undelete_zone", zone_id=zone.zone_id, login_id=LOGIN, if_zi_id=zone.zi_id)
    zone.sync()
