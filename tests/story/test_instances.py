"""A zone's history: going back, comparing, taking one RRset, as of a time, copies, ageing; and what to
do about another hand on the master."""

import contextlib

import pytest
from dmsstack import RpcError, wait_for
from test_publish_ways import update_by_hand
from world import LOGIN, ask, is_newer, records_of, serial_of

ZI_IN_USE, ZI_NOT_FOUND, STALE = -38, -30, -131


def three_versions(world):
    """A zone with www at 192.0.2.1, then .2, then .3 -> (zone, ids)."""
    zone = world.make_zone("www IN A 192.0.2.1", "mail IN A 192.0.2.25")
    ids = [zone.zi_id]
    for number in (2, 3):
        zone.lines[0] = f"www IN A 192.0.2.{number}"
        zone.save()
        zone.sync()
        ids.append(zone.zi_id)
    return zone, ids


def test_roll_back_and_forward(world):
    zone, ids = three_versions(world)
    before = serial_of(world.slaves[0], zone.name)
    reply = world.rpc("refresh_zone", name=zone.name, zi_id=ids[0], login_id=LOGIN)
    assert reply["zi_id"] > ids[2], "history goes on"
    zone.sync()
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.1"])
    for slave in world.slaves:
        assert is_newer(serial_of(slave, zone.name), before)
    newest = world.rpc("list_zi", name=zone.name)["all_zis"][-1]
    assert newest["zi_id"] == reply["zi_id"] and str(ids[0]) in newest["comment"]
    assert newest["change_by"].startswith(LOGIN)
    assert newest["serials"] == [serial_of(world.master, zone.name)]
    diff = world.rpc("diff_zone_zi", name=zone.name, **{"from": ids[0], "to": "^"})
    assert diff["text"] == "" and diff["json"] == []
    world.rpc("refresh_zone", name=zone.name, zi_id="^-", comment="forward again")
    zone.sync()
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.3"])
    assert world.rpc("show_zi", name=zone.name)["comment"] == "forward again"


def test_differences(world):
    zone, ids = three_versions(world)
    diff = world.rpc("diff_zone_zi", name=zone.name, **{"from": ids[0]})
    assert diff["to"] == ids[2]
    assert diff["json"] == [{"label": "www", "type": "A",
                             "removed": [{"ttl": "3600", "rdata": "192.0.2.1"}],
                             "added": [{"ttl": "3600", "rdata": "192.0.2.3"}]}]
    assert diff["text"].splitlines()[2:] == ["@@ www A @@", "-www 3600 IN A 192.0.2.1",
                                             "+www 3600 IN A 192.0.2.3"]
    shown = world.stack.zone_tool("diff_zone_zi", zone.name, str(ids[1])).stdout
    assert "-www 3600 IN A 192.0.2.2" in shown
    other = world.make_zone("www IN A 192.0.2.3", "extra IN CNAME www", sync=False)
    shown = world.stack.zone_tool("diff_zones", zone.name, other.name).stdout
    assert shown.splitlines()[2:] == ["@@ extra CNAME @@", "+extra 3600 IN CNAME www",
                                      "@@ mail A @@", "-mail 3600 IN A 192.0.2.25"]


def test_one_rrset_comes_back(world):
    zone, ids = three_versions(world)
    reply = world.rpc("restore_rrset", name=zone.name, zi_id=ids[0], label="www." + zone.name,
                      type="a", login_id=LOGIN, if_zi_id=ids[2])
    assert reply["zi_id"] > ids[2]
    zone.sync()
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.1"])
    world.check_everywhere("mail." + zone.name, "A", ["192.0.2.25"])
    with pytest.raises(RpcError) as stale:
        world.rpc("restore_rrset", name=zone.name, zi_id=ids[1], label="www", type="A",
                  login_id=LOGIN, if_zi_id=ids[2])
    assert stale.value.code == -131
    with pytest.raises(RpcError) as nothing:
        world.rpc("restore_rrset", name=zone.name, zi_id=ids[0], label="nowhere", type="A",
                  login_id=LOGIN)
    assert nothing.value.code == -32602


def test_as_of_a_time(world):
    zone, ids = three_versions(world)
    for zi_id, days in zip(ids, (30, 20, 10)):
        world.sql("UPDATE zone_instance SET ctime = clock_timestamp() - make_interval(days => %s)"
                  " WHERE id = %s", days, zi_id)

    def seen(selector):
        return world.rpc("show_zi", name=zone.name, zi_id=selector)["zi_id"]

    assert seen("@25d") == ids[0] and seen("@2w") == ids[1] and seen("@1h") == ids[2]
    (day,), = world.sql("SELECT to_char(clock_timestamp() - interval '15 days', 'YYYY-MM-DD')")
    assert seen(day) == ids[1]
    assert seen(f"{ids[2]}--") == ids[0]
    assert "192.0.2.2" in world.rpc("show_zone_text", name=zone.name, zi_id="@15d")["zi_text"]
    assert "192.0.2.2" in world.stack.zone_tool("show_zone", zone.name, "^-").stdout
    for selector, code in (("@40d", -30), ("^-x", -101), ("@5y", -102), ("@d", -103),
                           ("25:00", -104), ("31/2", -105), ("1/x/2026", -106),
                           ("2026-1-x-", -107), ("newest", -100)):
        with pytest.raises(RpcError) as refused:
            seen(selector)
        assert refused.value.code == code, selector
    assert world.stack.zone_tool("show_zi", zone.name, "newest", check=False).returncode == 64
    listed = world.stack.zone_tool("ls_zi", "-v", zone.name).stdout.splitlines()
    assert listed[0].startswith(f"        *{ids[2]} ") and len(listed) == 3


def test_what_a_selector_means(world):
    zone, ids = three_versions(world)
    for selector, meant in (("^", ids[2]), ("^-", ids[1]), (f"{ids[0]}+", ids[1]), (ids[0], ids[0])):
        reply = world.rpc("list_resolv_zi_id", name=zone.name, zi_id=selector)
        assert reply["zi_id"] == ids[2], "the published one"
        assert [zi["zi_id"] for zi in reply["all_zis"]] == [meant], selector
    told = world.stack.zone_tool("list_resolv_zi_id", zone.name, "^-").stdout
    assert told.split()[0] == str(ids[1]) and len(told.splitlines()) == 1
    with pytest.raises(RpcError) as refused:
        world.rpc("list_resolv_zi_id", name=zone.name, zi_id="^-9")
    assert refused.value.code == ZI_NOT_FOUND


def test_another_zone_ttl(world):
    zone = world.make_zone("$TTL 1h", "a IN A 192.0.2.1", "b IN A 192.0.2.2", "c 5m IN A 192.0.2.3")

    def ttls():
        return [ask(bind, f"{label}.{zone.name}", "A").answer[0].ttl
                for bind in world.slaves for label in "abc"]

    count = len(world.slaves)
    assert ttls() == [3600, 3600, 300] * count
    world.stack.zone_tool("refresh_zone_ttl", zone.name, "90m")
    zone.sync()
    assert ttls() == [5400, 5400, 300] * count
    newest = world.rpc("show_zi", name=zone.name)
    assert (newest["zone_ttl"], newest["comment"]) == ("5400", "zone TTL 5400")
    world.rpc("refresh_zone_ttl", name=zone.name)  # as configured
    zone.sync()
    assert ttls() == [3600, 3600, 300] * count
    for wrong in ("", "1x", -1, "2147483648"):
        with pytest.raises(RpcError) as refused:
            world.rpc("refresh_zone_ttl", name=zone.name, zone_ttl=wrong)
        assert refused.value.code == -32602


def test_the_commonest_ttl_of_a_loaded_zone(world):
    lines = ["$TTL 1d", "a 10m IN A 192.0.2.1", "b 10m IN A 192.0.2.2", "c IN A 192.0.2.3"]
    zone = world.make_zone(*lines)

    def shown():
        return world.rpc("show_zone_text", name=zone.name, all_rrs=False)["zi_text"]

    assert shown().startswith("$TTL 10m\n") and " 1d " in shown()
    assert ask(world.slaves[0], "c." + zone.name, "A").answer[0].ttl == 86400
    assert ask(world.slaves[0], "a." + zone.name, "A").answer[0].ttl == 600
    # An edit is taken as it is typed, unless one asks.
    zone.save()
    zone.sync()
    assert shown().startswith("$TTL 1d\n")
    world.rpc("update_zone", name=zone.name, zi_text=zone.text, login_id=LOGIN, normalize_ttls=True)
    zone.sync()
    assert shown().startswith("$TTL 10m\n")


def test_a_zone_is_made_of_any_instance(world):
    zone, ids = three_versions(world)
    name = world.fresh_name()
    world.rpc("delete_zone", name=zone.name)
    world.stack.zone_tool("create_zi_zone", str(ids[1]), name)
    assert world.rpc("wait_zone_sync", name=name, timeout_ms=30000)["is_in_sync"]
    world.check_everywhere("www." + name, "A", ["192.0.2.2"])
    assert str(ids[1]) in world.rpc("show_zi", name=name)["comment"]
    with pytest.raises(RpcError) as refused:
        world.rpc("create_zi_zone", zi_id=999999999, name=world.fresh_name(), login_id=LOGIN)
    assert refused.value.code == ZI_NOT_FOUND and refused.value.data["name"] == "*"


def test_a_zone_is_copied(world):
    zone, ids = three_versions(world)
    zone.add("alias IN CNAME www", "out IN CNAME www.example.org.")
    zone.sync()
    name = world.fresh_name()
    world.rpc("copy_zone", src_name=zone.name, name=name, login_id=LOGIN)
    assert world.rpc("wait_zone_sync", name=name, timeout_ms=30000)["is_in_sync"]
    world.check_everywhere("alias." + name, "CNAME", ["www." + name])
    world.check_everywhere("out." + name, "CNAME", ["www.example.org."])
    # an old instance goes into the copy's history, and is published only when it is asked for
    published = world.rpc("show_zi", name=name)["zi_id"]
    copied = world.rpc("copy_zi", src_name=zone.name, name=name, zi_id=ids[0], login_id=LOGIN)
    assert world.rpc("show_zi", name=name)["zi_id"] == published
    source = world.rpc("show_zi_byid", zi_id=ids[0])
    assert world.rpc("show_zi_byid", zi_id=copied["zi_id"])["ctime"] == source["ctime"]
    world.stack.zone_tool("refresh_zone", name, str(copied["zi_id"]))
    assert world.rpc("wait_zone_sync", name=name, timeout_ms=30000)["is_in_sync"]
    world.check_everywhere("www." + name, "A", ["192.0.2.1"])


def test_instances_in_use_are_not_deleted(world):
    zone, ids = three_versions(world)
    with pytest.raises(RpcError) as refused:
        world.rpc("delete_zi", name=zone.name, zi_id=str(ids[2]))
    assert refused.value.code == ZI_IN_USE
    assert world.stack.zone_tool("delete_zi", zone.name, str(ids[2]), check=False).returncode == 73
    with pytest.raises(RpcError) as stale:
        world.rpc("delete_zi", name=zone.name, zi_id=ids[1], if_zi_id=ids[0])
    assert stale.value.code == STALE and stale.value.data["zi_candidate_id"] == ids[2]
    world.rpc("delete_zi", name=zone.name, zi_id=ids[1], if_zi_id=ids[2])
    with pytest.raises(RpcError) as gone:
        world.rpc("show_zi", name=zone.name, zi_id=ids[1])
    assert gone.value.code == ZI_NOT_FOUND
    zone.add("next IN A 192.0.2.9")
    zone.sync()
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.3"])
    assert "192.0.2.1" in world.rpc("show_zone_text", name=zone.name, zi_id=ids[0])["zi_text"]


def test_history_ages(world):
    zone, ids = three_versions(world)
    world.sql("UPDATE zone_instance SET ctime = ctime - interval '100 days' WHERE id = %s", ids[0])
    assert world.rpc("vacuum_zis", age_days=90.5, zi_max_num=2)["num_deleted"] == 0, \
        "it was published of late"
    world.sql("UPDATE publication SET published_at = published_at - interval '100 days'"
              " WHERE zi_id = %s", ids[0])
    assert world.rpc("vacuum_zis", age_days=90.5, zi_max_num=3)["num_deleted"] == 0
    assert world.rpc("vacuum_zis", age_days=90.5, zi_max_num=2)["num_deleted"] == 1
    assert [z["zi_id"] for z in world.rpc("list_zi", name=zone.name)["all_zis"]] == ids[1:]
    (left,), = world.sql("SELECT count(*) FROM record WHERE zone_id = %s AND label = 'www'",
                         zone.zone_id)
    assert left == 2, "the record of the oldest instance alone has gone with it"


def test_the_apex_is_the_zones_own_when_it_wants(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    world.rpc("set_zone", name=zone.name, use_apex_ns=False, login_id=LOGIN)
    text = world.rpc("show_zone_text", name=zone.name)["zi_text"]
    configured = records_of(world.slaves[0], zone.name, "NS")
    own = text + "@ IN NS ns9.example.org.\n"
    world.rpc("update_zone", name=zone.name, zi_text=own, login_id=LOGIN)
    zone.sync()
    world.check_everywhere(zone.name, "NS", [*configured, "ns9.example.org."])
    world.rpc("refresh_zone", name=zone.name)
    zone.sync()
    world.check_everywhere(zone.name, "NS", [*configured, "ns9.example.org."])
    world.rpc("set_zone", name=zone.name, use_apex_ns=True, login_id=LOGIN)
    zone.sync()
    world.check_everywhere(zone.name, "NS", configured)


def test_a_refresh_finds_and_removes_what_another_hand_did(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    update_by_hand(world, zone, "intruder", "A", "192.0.2.66")
    world.rpc("refresh_zone", name=zone.name)
    zone.sync()
    world.settled(zone)
    wait_for(lambda: records_of(world.master, "intruder." + zone.name, "A") == [], 20,
             "the intruder is gone")
    serial = serial_of(world.master, zone.name)
    world.rpc("refresh_zone", name=zone.name)
    world.settled(zone)
    assert serial_of(world.master, zone.name) == serial, "nothing to put right, nothing published"


@contextlib.contextmanager
def adopting(world):
    """zone-sm takes over what it finds on the master."""
    config = world.stack.config("zone-sm")
    original = config.read_text()
    config.write_text(original + "\n[zone-sm]\ndrift_policy = adopt\n")
    world.stack.restart("zone-sm")
    try:
        yield
    finally:
        config.write_text(original)
        world.stack.restart("zone-sm")


def test_drift_is_adopted(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    with adopting(world):
        update_by_hand(world, zone, "hand", "A", "192.0.2.66")
        world.rpc("refresh_zone", name=zone.name)
        wait_for(lambda: world.rpc("show_zi", name=zone.name)["change_by"] == "master", 20,
                 "an instance by the master")
        adopted = world.rpc("show_zi", name=zone.name)
        assert "found on the master" in adopted["comment"]
        assert adopted["soa_serial"] == serial_of(world.master, zone.name)
        wait_for(lambda: all(records_of(s, "hand." + zone.name, "A") == ["192.0.2.66"]
                             for s in world.slaves), 20, "the slaves follow")
        # theirs and ours together
        update_by_hand(world, zone, "second", "A", "192.0.2.67")
        text = world.rpc("show_zone_text", name=zone.name)["zi_text"]
        world.rpc("update_zone", name=zone.name, zi_text=text + "ours IN A 192.0.2.2\n",
                  login_id=LOGIN)
        wait_for(lambda: all(records_of(s, f"{label}.{zone.name}", "A") == [address]
                             for s in world.slaves
                             for label, address in (("hand", "192.0.2.66"),
                                                    ("second", "192.0.2.67"),
                                                    ("ours", "192.0.2.2"))), 30, "both are served")
        shown = world.rpc("show_zone_text", name=zone.name)["zi_text"]
        assert "192.0.2.67" in shown and "192.0.2.2" in shown
        drifts = world.sql("SELECT results->'drift'->>'policy' FROM event WHERE machine = 'zone'"
                           " AND sm_id = %s AND results ? 'drift'", zone.zone_id)
        assert drifts == [("adopt",), ("adopt",)]


def test_a_refresh_brings_back_what_the_master_lost(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    world.master.rndc("delzone", zone.name)
    world.rpc("refresh_zone", name=zone.name)
    wait_for(lambda: records_of(world.master, "www." + zone.name, "A") == ["192.0.2.1"], 30,
             "the master has the zone again")
    zone.sync()
