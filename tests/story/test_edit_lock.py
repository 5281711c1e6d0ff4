"""Edit locks: who edits a zone, who has to wait, and what becomes of a lock whose holder is gone."""

import json
import os
import threading

import dns.reversename
import pytest
from dmsstack import RpcError, wait_for
from test_zone_tool import EX_TEMPFAIL, EX_UNAVAILABLE, edit, kept_text, script
from world import LOGIN, records_of

CANCEL_REFUSED, LOCK_REFUSED, SAVE_REFUSED, DELETE_REFUSED = -33, -34, -35, -62
OTHER = "rival@tests"


def refusal(call, code):
    with pytest.raises(RpcError) as caught:
        call()
    assert caught.value.code == code, caught.value
    return caught.value


def expire(world, zone):
    world.sql("UPDATE edit_lock SET expires_at = clock_timestamp() WHERE zone_id = %s", zone.zone_id)


def locked_zone(world, *lines):
    return world.make_zone(*(lines or ["www 300 IN A 192.0.2.1"]), edit_lock=True)


def save(world, zone, text, **params):
    return world.rpc("update_zone", name=zone.name, zi_text=text, login_id=LOGIN, **params)


def test_an_edit_under_a_lock(world):
    zone = locked_zone(world)
    refusal(lambda: save(world, zone, "www A 192.0.2.2\n"), SAVE_REFUSED)
    opened, token = world.rpc("edit_zone", name=zone.name, login_id=LOGIN)
    assert opened["zi_candidate_id"] == zone.zi_id and opened["lock_state"] == "EDIT_LOCK"
    assert isinstance(token, str) and len(token) >= 32

    error = refusal(lambda: world.rpc("edit_zone", name=zone.name, login_id=OTHER), LOCK_REFUSED)
    assert error.data["locked_by"] == f"{LOGIN}/Admin" and error.data["locked_at"]
    shown = world.rpc("show_zone", name=zone.name)
    assert shown["locked_by"] == f"{LOGIN}/Admin" and shown["lock_expires_at"]
    assert token not in json.dumps(shown) and token not in json.dumps(error.data)
    for params in ({}, {"edit_lock_token": "0" * len(token)}):
        error = refusal(lambda p=params: save(world, zone, "www A 192.0.2.2\n", **p), SAVE_REFUSED)
        assert error.data["is_locked"] is True
    refusal(lambda: world.rpc("refresh_zone", name=zone.name, zi_id=zone.zi_id), SAVE_REFUSED)
    refusal(lambda: world.rpc("delete_zone", name=zone.name), DELETE_REFUSED)
    refusal(lambda: world.rpc("cancel_edit_zone", name=zone.name, edit_lock_token="x"),
            CANCEL_REFUSED)
    refusal(lambda: world.rpc("tickle_editlock", name=zone.name), SAVE_REFUSED)

    before = world.rpc("show_zone", name=zone.name)["lock_expires_at"]
    held = world.rpc("tickle_editlock", name=zone.name, edit_lock_token=token)
    assert held["lock_expires_at"] > before
    # what cannot be taken leaves the lock where it is
    with pytest.raises(RpcError):
        save(world, zone, "www A 192.0.2.777\n", edit_lock_token=token)
    assert world.rpc("show_zone", name=zone.name)["lock_state"] == "EDIT_LOCK"
    save(world, zone, "www 300 A 192.0.2.2\n", edit_lock_token=token)
    zone.sync()
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.2"])
    assert world.rpc("show_zone", name=zone.name)["lock_state"] == "EDIT_UNLOCK"
    refusal(lambda: save(world, zone, "www A 192.0.2.3\n", edit_lock_token=token), SAVE_REFUSED)


def test_a_failed_opening_leaves_no_lock(world):
    zone = locked_zone(world)
    for bad in ("999999999", "rubbish"):
        with pytest.raises(RpcError):
            world.rpc("edit_zone", name=zone.name, login_id=LOGIN, zi_id=bad)
    assert world.rpc("show_zone", name=zone.name)["lock_state"] == "EDIT_UNLOCK"


def test_a_lock_is_given_back_broken_or_expires(world):
    zone = locked_zone(world)
    _, token = world.rpc("edit_zone", name=zone.name, login_id=LOGIN)
    assert world.rpc("cancel_edit_zone", name=zone.name, edit_lock_token=token)["was_locked"]
    assert not world.rpc("cancel_edit_zone", name=zone.name, edit_lock_token="any")["was_locked"]

    world.rpc("edit_zone", name=zone.name, login_id=LOGIN)
    reply = world.rpc("break_edit_lock", name=zone.name, login_id=OTHER)
    assert reply["was_locked"] and reply["locked_by"] == f"{LOGIN}/Admin"
    who = world.sql("SELECT method, actor, object_name FROM change WHERE id = %s",
                    reply["change_id"])
    assert who == [("break_edit_lock", f"{OTHER}/Admin", zone.name)]

    _, mine = world.rpc("edit_zone", name=zone.name, login_id=LOGIN)
    expire(world, zone)
    error = refusal(lambda: save(world, zone, "www A 192.0.2.4\n", edit_lock_token=mine),
                    SAVE_REFUSED)
    assert error.data["is_locked"] is False
    _, theirs = world.rpc("edit_zone", name=zone.name, login_id=OTHER)
    refusal(lambda: world.rpc("tickle_editlock", name=zone.name, edit_lock_token=mine),
            SAVE_REFUSED)
    assert world.rpc("show_zone", name=zone.name)["locked_by"] == f"{OTHER}/Admin"
    # without the flag nobody needs a lock, and none is left when the flag comes back
    world.rpc("set_zone", name=zone.name, edit_lock=False)
    save(world, zone, "www 300 A 192.0.2.5\n")
    world.rpc("set_zone", name=zone.name, edit_lock=True)
    refusal(lambda: save(world, zone, "www A 192.0.2.6\n", edit_lock_token=theirs), SAVE_REFUSED)


def test_automatic_records_wait_for_the_lock(world):
    """PTR records of a locked reverse zone go in on top of what its editor saves, or when his lock
    ends in any other way; with nobody left to end it, when it expires."""
    reply = world.rpc("create_zone", name="2001:db8:4c::/48", login_id=LOGIN, inc_updates=True,
                      edit_lock=True)
    name, zone_id = reply["name"], reply["zone_id"]
    forward = world.make_zone("www IN AAAA 2001:db8:4c::1")

    def owner(number):
        return dns.reversename.from_address(f"2001:db8:4c::{number}").to_text()

    def arrives(number):
        for bind in world.slaves:
            wait_for(lambda b=bind: records_of(b, owner(number), "PTR") != [], 60,
                     f"a PTR for {number} at {bind.name}")

    def waiting(number):
        """A new address; its PTR has been asked for and waits."""
        forward.add(f"h{number} IN AAAA 2001:db8:4c::{number}")
        wait_for(lambda: world.sql(
            "SELECT 1 FROM update_group g JOIN event e ON e.machine = 'zone' AND e.sm_id = g.zone_id"
            " AND e.change_id >= g.change_id WHERE g.zone_id = %s AND g.state = 'WAITING'"
            " AND g.change_id = %s AND e.state = 'SUCCESS'", zone_id, forward.change_id), 60,
            "a group that waits for the lock")

    arrives(1)
    opened, token = world.rpc("edit_zone", name=name, login_id=LOGIN)
    waiting(2)
    text = world.rpc("show_zone_text", name=name)["zi_text"] + 'note IN TXT "by hand"\n'
    world.rpc("update_zone", name=name, zi_text=text, login_id=LOGIN, edit_lock_token=token,
              if_zi_id=opened["zi_candidate_id"])
    arrives(2)
    for bind in world.slaves:
        assert records_of(bind, "note." + name, "TXT") == ['"by hand"']
    _, token = world.rpc("edit_zone", name=name, login_id=LOGIN)
    waiting(3)
    world.rpc("cancel_edit_zone", name=name, edit_lock_token=token)
    arrives(3)
    world.rpc("edit_zone", name=name, login_id=LOGIN)
    world.sql("UPDATE edit_lock SET expires_at = clock_timestamp() + interval '2 s'"
              " WHERE zone_id = %s", zone_id)
    forward.add("h4 IN AAAA 2001:db8:4c::4")
    arrives(4)
    assert world.sql("SELECT p.published_at > l.expires_at FROM publication p JOIN edit_lock l"
                     " USING (zone_id) WHERE zone_id = %s ORDER BY p.published_at DESC LIMIT 1",
                     zone_id) == [(True,)]


# --- the operator's side ---

def test_the_editor_holds_the_lock_and_gives_it_back(world, tmp_path):
    zone = locked_zone(world)
    notes = tmp_path / "notes"
    tool = f'"{world.stack.program("zone_tool")}" -c "{world.stack.config("operator")}"'
    editor = script(tmp_path, "editor", f'{tool} show_zonesm {zone.name} >"{notes}"\n'
                                        "sed -i 's/192.0.2.1$/192.0.2.9/' \"$file\"")
    result = edit(world, zone.name, f"'{editor}'")
    assert (result.returncode, result.stdout) == (0, "")
    assert "EDIT_LOCK" in notes.read_text()
    zone.sync()
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.9"])
    for given_up in ("true", "false"):  # nothing changed; the editor fails
        edit(world, zone.name, given_up)
        assert world.rpc("show_zone", name=zone.name)["lock_state"] == "EDIT_UNLOCK"


def test_a_zone_that_somebody_edits(world, tmp_path):
    zone = locked_zone(world)
    world.rpc("edit_zone", name=zone.name, login_id=OTHER)
    result = edit(world, zone.name, "true")
    assert result.returncode == EX_UNAVAILABLE and OTHER in result.stdout
    file = tmp_path / "a.zone"
    file.write_text("www 300 IN A 192.0.2.3\n")
    tool = world.stack.zone_tool
    assert tool("load_zone_zi", str(file), zone.name, check=False).returncode == EX_TEMPFAIL
    assert OTHER in tool("break_edit_lock", zone.name).stdout
    tool("load_zone_zi", str(file), zone.name)
    zone.sync()
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.3"])
    _, token = world.rpc("edit_zone", name=zone.name, login_id=OTHER)
    tool("tickle_editlock", zone.name, token)
    tool("cancel_edit_zone", zone.name, token)
    assert world.rpc("show_zone", name=zone.name)["lock_state"] == "EDIT_UNLOCK"


# Saves twice and waits until the lock's end has moved.
BUSY = """expiry() { %s --json show_zonesm %s | grep lock_expires_at; }
before=$(expiry)
echo 'busy 300 IN A 192.0.2.7' >>"$file"
while [ "$(expiry)" = "$before" ]; do :; done"""


def test_the_editor_extends_the_lock(world, tmp_path):
    zone = locked_zone(world)
    config = tmp_path / "zone_tool.conf"
    config.write_text(world.stack.config("operator").read_text() + "editor_look = 100ms\n")
    config.chmod(0o600)
    tool = f'"{world.stack.program("zone_tool")}" -c "{config}"'
    editor = script(tmp_path, "editor", BUSY % (tool, zone.name))
    result = edit(world, zone.name, f"'{editor}'", "-c", str(config))
    assert result.returncode == 0, result.stdout
    zone.sync()
    world.check_everywhere("busy." + zone.name, "A", ["192.0.2.7"])


@pytest.mark.parametrize("end", ["expired", "taken", "broken"])
def test_an_edit_that_lost_its_lock(world, tmp_path, end):
    """A lock that has expired is no harm if nobody has used the time: the edit is saved all the same.
    One that somebody has ended on purpose is not taken again."""
    zone = locked_zone(world)
    go, done = tmp_path / "go", tmp_path / "done"
    os.mkfifo(go)
    os.mkfifo(done)
    editor = script(tmp_path, "editor", f'echo "late 300 IN A 192.0.2.8" >>"$file"\n'
                                        f'echo >"{go}"; read x <"{done}"')
    results = []
    thread = threading.Thread(target=lambda: results.append(edit(world, zone.name, f"'{editor}'")))
    thread.start()
    go.read_text()
    if end == "broken":
        world.rpc("break_edit_lock", name=zone.name, login_id=OTHER)
    else:
        expire(world, zone)
    if end == "taken":
        world.rpc("edit_zone", name=zone.name, login_id=OTHER)
    done.write_text("\n")
    thread.join()
    if end == "expired":
        assert results[0].returncode == 0, results[0].stdout
        zone.sync()
        world.check_everywhere("late." + zone.name, "A", ["192.0.2.8"])
        return
    assert results[0].returncode == EX_TEMPFAIL and OTHER in results[0].stdout
    assert "192.0.2.8" in kept_text(results[0].stdout)
    shown = world.rpc("show_zone", name=zone.name)
    assert shown["zi_candidate_id"] == zone.zi_id
    assert shown["locked_by"] == (f"{OTHER}/Admin" if end == "taken" else None)
