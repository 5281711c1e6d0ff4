"""Incremental updates: a few records change, all or nothing, without the rest of the zone."""

import dns.reversename
import pytest
from dmsstack import RpcError, wait_for
from world import LOGIN, records_of

NO_INC_UPDATES, WAITS_ALREADY, NO_TYPE, NO_OPERATION, NOT_WAITING = -90, -86, -87, -83, -200


def operation(op, label, rr_type, rdata=None, **more):
    return {"update_op": op, "label": label, "type": rr_type, "rdata": rdata, **more}


def update(world, zone, *operations, kind="story", **params):
    data = {"rr_groups": [{"rrs": list(operations)}]} if operations else None
    return world.rpc("update_rrs", name=zone.name, login_id=LOGIN, update_type=kind,
                     **({"update_data": data} if data else {}), **params)


def served(world, zone, change_id):
    """Waits for one change; what became of its update."""
    reply = world.rpc("wait_zone_sync", name=zone.name, change_id=change_id, timeout_ms=60000)
    assert reply["is_in_sync"], reply
    assert len(reply["updates"]) == 1, reply
    return reply["updates"][0]


def refusal(call, code):
    with pytest.raises(RpcError) as caught:
        call()
    assert caught.value.code == code, caught.value
    return caught.value


def updatable(world, *lines, **params):
    return world.make_zone(*lines, inc_updates=True, **params)


def test_records_come_go_and_are_replaced(world):
    zone = updatable(world, ";| front", ";# our best", "www 300 IN A 192.0.2.1", "; two of them",
                     "alt IN A 192.0.2.3", "alt IN A 192.0.2.4", "old IN A 192.0.2.5",
                     "old IN TXT \"gone\"", "", ";| mail", "mail IN A 192.0.2.25", "@ IN MX 10 mail")
    reply = update(world, zone, operation("ADD", "www", "A", "192.0.2.2", ttl="300"),
                   operation("DELETE", "alt", "A", "192.0.2.3"), operation("DELETE", "old", "ANY"),
                   operation("UPDATE_RRTYPE", "mail", "A", "192.0.2.26"), comment="hosting on")
    assert reply["is_deferred"] is False and reply["findings"] == []
    assert served(world, zone, reply["change_id"])["state"] == "APPLIED"
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.1", "192.0.2.2"])
    world.check_everywhere("alt." + zone.name, "A", ["192.0.2.4"])
    world.check_everywhere("old." + zone.name, "A", [])
    world.check_everywhere("mail." + zone.name, "A", ["192.0.2.26"])
    # the text is as it was but for what changed, each record in its place
    text = world.rpc("show_zone_text", name=zone.name)["zi_text"]
    order = [text.index(word) for word in (
        ";| front", ";# our best", "192.0.2.1\n", "192.0.2.2\n", "192.0.2.4\n", ";| mail",
        "192.0.2.26\n", "MX ")]
    assert order == sorted(order), text
    newest = world.rpc("list_zi", name=zone.name)["all_zis"][-1]
    assert (newest["change_by"], newest["comment"]) == (f"{LOGIN}/Admin", "hosting on")
    # again: nothing to do, and who waits for it hears so
    again = update(world, zone, operation("ADD", "www", "A", "192.0.2.2", ttl="300"))
    assert served(world, zone, again["change_id"])["state"] == "APPLIED"
    assert world.rpc("list_zi", name=zone.name)["all_zis"][-1]["zi_id"] == newest["zi_id"]


def test_what_is_refused_says_why_and_changes_nothing(world):
    zone = updatable(world, "mail IN A 192.0.2.25", "@ IN MX 10 mail",
                     "_sip._tcp IN SRV 0 0 5060 mail")
    error = refusal(lambda: update(
        world, zone, operation("ADD", "good", "A", "192.0.2.1"),
        operation("ADD", "loop", "CNAME", "loop"), operation("DELETE", "mail", "A")), -167)
    assert error.data["error_count"] == 3
    assert [f["name"] for f in error.data["findings"]] == [
        "CnameLoop", "ZoneCheckIntegrityNoGlue", "ZoneCheckIntegrityNoGlue"]
    # the first is about the second of the operations, the others about records that are there
    assert (error.data["rr_groups_index"], error.data["rrs_index"]) == (0, 1)
    assert "rrs_index" not in error.data["findings"][1]
    refusal(lambda: update(world, zone, {"label": "a", "type": "A", "rdata": "192.0.2.1"}),
            NO_OPERATION)
    refusal(lambda: update(world, zone, operation("PTR_UPDATE", "a", "A", "192.0.2.1")),
            NO_OPERATION)
    refusal(lambda: update(world, zone, operation("ADD", "@", "NS", "ns.example.net.")),
            NO_OPERATION)
    refusal(lambda: update(world, zone, operation("ADD", "@", "SOA", "a. b. 1 2 3 4 5")), -9)
    refusal(lambda: update(world, zone, operation("DELETE", "a", "A"), kind=""), NO_TYPE)
    plain = world.make_zone("www IN A 192.0.2.1", inc_updates=False)
    refusal(lambda: update(world, plain, operation("DELETE", "www", "A")), NO_INC_UPDATES)
    assert world.sql("SELECT count(*) FROM update_group WHERE zone_id IN (%s, %s)", zone.zone_id,
                     plain.zone_id) == [(0,)]


def test_updates_wait_for_the_end_of_an_edit(world):
    """They go in on top of what the holder of the lock saves, all of them in one publish."""
    zone = updatable(world, "www 300 IN A 192.0.2.1", edit_lock=True)
    opened, token = world.rpc("edit_zone", name=zone.name, login_id=LOGIN)
    replies = [update(world, zone, operation("ADD", f"h{n}", "A", f"192.0.2.{n}"), kind=f"host-{n}")
               for n in range(10, 20)]
    assert all(r["is_deferred"] for r in replies)
    refusal(lambda: update(world, zone, operation("DELETE", "h10", "A"), kind="host-10"),
            WAITS_ALREADY)
    # tried on top of those that wait
    refusal(lambda: update(world, zone, operation("ADD", "h10", "CNAME", "www")), -19)
    waiting = world.rpc("wait_zone_sync", name=zone.name, change_id=replies[0]["change_id"],
                        timeout_ms=0)
    assert (waiting["is_in_sync"], waiting["updates"][0]["state"]) == (False, "WAITING")
    published = world.sql("SELECT count(*) FROM publication WHERE zone_id = %s", zone.zone_id)[0][0]
    text = world.rpc("show_zone_text", name=zone.name)["zi_text"] + "mine 300 IN A 192.0.2.2\n"
    world.rpc("update_zone", name=zone.name, zi_text=text, login_id=LOGIN, edit_lock_token=token,
              if_zi_id=opened["zi_candidate_id"])
    assert all(served(world, zone, r["change_id"])["state"] == "APPLIED" for r in replies)
    world.check_everywhere("mine." + zone.name, "A", ["192.0.2.2"])
    world.check_everywhere("h19." + zone.name, "A", ["192.0.2.19"])
    assert world.sql("SELECT count(*), count(DISTINCT zi_id) FROM update_group"
                     " WHERE zone_id = %s AND state = 'APPLIED'", zone.zone_id) == [(10, 1)]
    assert world.sql("SELECT count(*) FROM publication WHERE zone_id = %s",
                     zone.zone_id)[0][0] == published + 1


def test_what_the_edit_has_taken_away_is_refused_then(world):
    zone = updatable(world, "mail 300 IN A 192.0.2.25", edit_lock=True)
    opened, token = world.rpc("edit_zone", name=zone.name, login_id=LOGIN)
    reply = update(world, zone, operation("ADD", "@", "MX", "10 mail"))
    world.rpc("update_zone", name=zone.name, zi_text="www 300 IN A 192.0.2.1\n", login_id=LOGIN,
              edit_lock_token=token, if_zi_id=opened["zi_candidate_id"])
    outcome = served(world, zone, reply["change_id"])
    assert outcome["state"] == "REFUSED" and "mail." + zone.name in outcome["reason"]
    assert outcome["findings"][0]["code"] == -21
    world.check_everywhere(zone.name, "MX", [])


def test_an_update_file(world, tmp_path):
    zone = updatable(world, "www 300 IN A 192.0.2.1", "old IN A 192.0.2.5", "alt IN A 192.0.2.6")
    file = tmp_path / "fail.over"
    file.write_text(f"$ORIGIN {zone.name}\n$UPDATE_TYPE www-failover\n\n;!RROP:DELETE\n"
                    "old IN ANY \"\"\n;!RROP:DELETE\nalt IN A \"\"\n;!RROP:ADD\n"
                    "new IN TXT \"hello\"\n;!RROP:UPDATE_RRTYPE\nwww 30s IN CNAME host.example.net.\n"
                    ";!RROP:DELETE\nwww IN A \"\"\n")
    tool = world.stack.zone_tool
    assert tool("update_rrs", str(file)).stdout == ""
    zone.sync()
    world.check_everywhere("www." + zone.name, "CNAME", ["host.example.net."])
    world.check_everywhere("new." + zone.name, "TXT", ['"hello"'])
    world.check_everywhere("old." + zone.name, "A", [])
    world.check_everywhere("alt." + zone.name, "A", [])
    file.write_text("$UPDATE_TYPE broken\nwww A 192.0.2.1\n;!RROP:REPLACE\nx A 192.0.2.1\n"
                    ";!RROP:ADD\ny A 192.0.2.256\n;!RROP:ADD\nz ANY 192.0.2.1\n")
    result = tool("update_rrs", str(file), zone.name, check=False)
    assert result.returncode == 64 and "no operation" in result.stdout
    assert "REPLACE" in result.stdout and "192.0.2.256" in result.stdout
    file.write_text(";!RROP:DELETE\nwww CNAME\n")
    result = tool("update_rrs", str(file), check=False)
    assert result.returncode == 64 and "$ORIGIN" in result.stdout
    assert tool("update_rrs", "-n", zone.name, str(file), check=False).returncode == 64


def test_an_address_brings_its_ptr_and_no_other(world):
    world.rpc("create_zone", name="2001:db8:66::/48", login_id=LOGIN, inc_updates=True)
    zone = updatable(world, "www IN AAAA 2001:db8:66::1")

    def arrives(address, name):
        owner = dns.reversename.from_address(address).to_text()
        for bind in world.slaves:
            wait_for(lambda b=bind: records_of(b, owner, "PTR") == [name], 60,
                     f"PTR of {address} at {bind.name}")

    arrives("2001:db8:66::1", "www." + zone.name)
    reply = update(world, zone, operation("ADD", "mail", "AAAA", "2001:db8:66::25"))
    arrives("2001:db8:66::25", "mail." + zone.name)
    assert world.sql("SELECT parameters->'labels' FROM event WHERE machine = 'reverse'"
                     " AND sm_id = %s AND change_id = %s", zone.zone_id,
                     reply["change_id"]) == [(["mail"],)]


def test_what_waits_is_seen_and_can_be_taken_back(world):
    zone = updatable(world, "www 300 IN A 192.0.2.1", edit_lock=True)
    _, token = world.rpc("edit_zone", name=zone.name, login_id=LOGIN)
    first = update(world, zone, operation("ADD", "first", "A", "192.0.2.2"), kind="first")
    second = update(world, zone, operation("ADD", "second", "A", "192.0.2.3"), kind="second")
    waiting = world.rpc("show_zone", name=zone.name)["waiting_updates"]
    assert [(u["update_id"], u["state"]) for u in waiting] == [
        (second["update_id"], "WAITING"), (first["update_id"], "WAITING")]
    assert waiting[1]["operations"] == [
        {"update_op": "ADD", "label": "first", "type": "A", "outcome": None}]
    tool = world.stack.zone_tool
    assert "Waiting updates:" in tool("show_zonesm", zone.name).stdout
    tool("cancel_update", zone.name, str(first["update_id"]))
    refusal(lambda: world.rpc("cancel_update", name=zone.name, update_id=first["update_id"],
                              login_id=LOGIN), NOT_WAITING)
    change = world.rpc("wait_change", change_id=first["change_id"], timeout_ms=60000)
    assert change["state"] == "FAILED" and change["error"].startswith("cancelled by "), change
    assert world.rpc("wait_change", change_id=second["change_id"], timeout_ms=0)["state"] == "PENDING"
    # the number is free again, and what is left goes in when the edit has ended
    again = update(world, zone, operation("ADD", "again", "A", "192.0.2.4"), kind="first")
    world.rpc("cancel_edit_zone", name=zone.name, edit_lock_token=token)
    for reply in (second, again):
        assert served(world, zone, reply["change_id"])["state"] == "APPLIED"
    world.check_everywhere("first." + zone.name, "A", [])
    world.check_everywhere("again." + zone.name, "A", ["192.0.2.4"])
    refusal(lambda: world.rpc("cancel_update", name=zone.name, update_id=again["update_id"],
                              login_id=LOGIN), NOT_WAITING)
    assert world.rpc("list_updates", name=zone.name, only="waiting") == []
    shown = tool("ls_updates", "-v", zone.name).stdout
    assert "cancelled by " in shown and "ADD again A" in shown


def test_settled_updates_age_with_the_events(world):
    zone = updatable(world, "www 300 IN A 192.0.2.1", edit_lock=True)
    old = update(world, zone, operation("ADD", "old", "A", "192.0.2.2"), kind="old")
    assert served(world, zone, old["change_id"])["state"] == "APPLIED"
    _, token = world.rpc("edit_zone", name=zone.name, login_id=LOGIN)
    late = update(world, zone, operation("ADD", "late", "A", "192.0.2.3"), kind="late")
    world.sql("UPDATE update_group SET ctime = clock_timestamp() - interval '1000 d'"
              " WHERE zone_id = %s", zone.zone_id)
    job = world.rpc("vacuum_event_queue", age_days=900)
    assert job["state"] == "DONE" and job["results"]["vacuum_updates"] >= 1, job
    # what waits was promised
    assert [u["update_id"] for u in world.rpc("list_updates", name=zone.name)] == [late["update_id"]]
    world.rpc("cancel_edit_zone", name=zone.name, edit_lock_token=token)
    assert served(world, zone, late["change_id"])["state"] == "APPLIED"
    world.rpc("vacuum_event_queue", age_days=900)
    assert world.rpc("list_updates", name=zone.name) == []
