"""Two people edit one zone: who comes second is told what the first has done, and may have both."""

import json

import pytest
from dmsstack import RpcError
from test_edit_lock import OTHER
from test_zone_tool import EX_TEMPFAIL, Terminal, kept_text, script
from world import LOGIN, STALE_INSTANCE

MERGE_CONFLICT = -190
LINES = ["a IN A 192.0.2.1", "b IN A 192.0.2.2", "c IN A 192.0.2.3"]


def text(*lines):
    return "".join(line + "\n" for line in lines)


def overtaken(world, *lines, **flags):
    """A zone that has been changed to these lines since -> (zone, instance before)."""
    zone = world.make_zone(*LINES, **flags)
    base = zone.zi_id
    reply = world.rpc("update_zone", name=zone.name, zi_text=text(*lines), login_id=OTHER,
                      comment="the other one")
    return zone, base, reply["zi_id"]


def test_a_stale_write_is_refused_with_the_difference(world):
    zone, base, newer = overtaken(world, LINES[0], "b IN A 192.0.2.22", LINES[2])
    calls = [("update_zone", {"zi_text": text(*LINES)}), ("set_zone", {"use_apex_ns": False}),
             ("refresh_zone", {}), ("refresh_zone_ttl", {"zone_ttl": "5m"}),
             ("restore_rrset", {"zi_id": base, "label": "a", "type": "A"}),
             ("disable_zone", {}), ("reset_zone", {}), ("poke_zone_wrap_serial", {}),
             ("poke_zone_set_serial", {"force_soa_serial_update": True}), ("delete_zone", {})]
    for method, params in calls:
        with pytest.raises(RpcError) as caught:
            world.rpc(method, name=zone.name, login_id=LOGIN, if_zi_id=base, **params)
        assert caught.value.code == STALE_INSTANCE, method
        data = caught.value.data
        assert data["zi_candidate_id"] == newer and data["change_by"].startswith(OTHER)
        assert data["comment"] == "the other one"
        assert data["difference"]["json"] == [
            {"label": "b", "type": "A", "removed": [{"ttl": "3600", "rdata": "192.0.2.2"}],
             "added": [{"ttl": "3600", "rdata": "192.0.2.22"}]}]
        assert "+b 3600 IN A 192.0.2.22" in data["difference"]["text"]
    assert world.rpc("show_zone", name=zone.name)["zi_candidate_id"] == newer
    world.rpc("delete_zone", name=zone.name, login_id=LOGIN, if_zi_id=newer)


def test_disjoint_changes_are_merged(world):
    zone, base, newer = overtaken(world, LINES[0], "b IN A 192.0.2.22", "d IN A 192.0.2.4")
    mine = text("a IN A 192.0.2.11", *LINES[1:], 'new IN TXT "mine"')
    reply = world.rpc("update_zone", name=zone.name, zi_text=mine, login_id=LOGIN, if_zi_id=base,
                      merge=True)
    assert reply["merged_with"] == newer and reply["zi_id"] > newer
    zone.sync()
    for name, kind, answers in (("a", "A", ["192.0.2.11"]), ("b", "A", ["192.0.2.22"]),
                                ("c", "A", []), ("d", "A", ["192.0.2.4"]),
                                ("new", "TXT", ['"mine"'])):
        world.check_everywhere(f"{name}.{zone.name}", kind, answers)
    # nothing has come since: an ordinary save
    reply = world.rpc("update_zone", name=zone.name, zi_text=text(*LINES), login_id=LOGIN,
                      if_zi_id=reply["zi_id"], merge=True)
    assert reply["merged_with"] is None


def test_changes_that_meet_are_named(world):
    zone, base, newer = overtaken(world, "a IN A 192.0.2.10", *LINES[1:])
    mine = text("a IN A 192.0.2.11", "b IN A 192.0.2.22", LINES[2])
    with pytest.raises(RpcError) as caught:
        world.rpc("update_zone", name=zone.name, zi_text=mine, login_id=LOGIN, if_zi_id=base,
                  merge=True)
    assert caught.value.code == MERGE_CONFLICT
    [conflict] = caught.value.data["conflicts"]
    assert (conflict["label"], conflict["type"]) == ("a", "A")
    assert [conflict[side][0]["rdata"] for side in ("base", "theirs", "mine")] == \
        ["192.0.2.1", "192.0.2.10", "192.0.2.11"]
    assert world.rpc("show_zone", name=zone.name)["zi_candidate_id"] == newer
    with pytest.raises(RpcError) as caught:
        world.rpc("update_zone", name=zone.name, zi_text=mine, login_id=LOGIN, if_zi_id=999999999,
                  merge=True)
    assert caught.value.code == STALE_INSTANCE


def test_what_was_merged_is_checked_as_a_whole(world):
    """Each change alone is right, both together are not."""
    zone, base, _ = overtaken(world, *LINES, "x IN CNAME a")
    with pytest.raises(RpcError) as caught:
        world.rpc("update_zone", name=zone.name, zi_text=text(*LINES, "x IN A 192.0.2.9"),
                  login_id=LOGIN, if_zi_id=base, merge=True)
    assert caught.value.data["findings"][0]["label"] == "x"


def test_a_configured_apex_is_nobodys_change(world):
    """Between base and save the apex NS of the configuration have changed."""
    zone, base, _ = overtaken(world, LINES[0], "b IN A 192.0.2.22", LINES[2])
    shown = world.rpc("show_zone_text", name=zone.name, zi_id=base)["zi_text"]
    names = world.sql("SELECT name FROM apex_ns WHERE sg_id IS NULL ORDER BY rank")
    try:
        world.rpc("set_apex_ns", ns_servers=["ns8.example.net.", "ns9.example.net."])
        world.rpc("refresh_zone", name=zone.name, login_id=OTHER)
        world.rpc("set_apex_ns", ns_servers=["ns7.example.net.", "ns9.example.net."])
        world.rpc("update_zone", name=zone.name, zi_text=shown + "mine IN A 192.0.2.5\n",
                  login_id=LOGIN, if_zi_id=base, merge=True)
    finally:
        world.rpc("set_apex_ns", ns_servers=[name for (name,) in names])
    zone.sync()
    world.check_everywhere("b." + zone.name, "A", ["192.0.2.22"])
    world.check_everywhere("mine." + zone.name, "A", ["192.0.2.5"])


def racing_editor(world, tmp_path, zone, mine, *theirs):
    other = tmp_path / "other.zone"
    other.write_text(text(*theirs))
    tool = f'"{world.stack.program("zone_tool")}" -c "{world.stack.config("operator")}"'
    return script(tmp_path, "editor", f'{tool} load_zone_zi "{other}" {zone.name} </dev/null\n'
                                      f"{mine} \"$file\"")


def test_the_editor_offers_to_merge(world, tmp_path):
    zone = world.make_zone(*LINES)
    editor = racing_editor(world, tmp_path, zone, "sed -i s/192.0.2.1$/192.0.2.11/",
                           LINES[0], "b IN A 192.0.2.22", LINES[2])
    terminal = Terminal(world.stack, "edit_zone", zone.name, VISUAL=f"'{editor}'")
    assert "+b 3600 IN A 192.0.2.22" in terminal.expect("--[Y]/n> ")
    terminal.type("\r")
    assert terminal.status() == 0, terminal.seen
    zone.sync()
    world.check_everywhere("a." + zone.name, "A", ["192.0.2.11"])
    world.check_everywhere("b." + zone.name, "A", ["192.0.2.22"])


def test_the_editor_names_what_meets(world, tmp_path):
    zone = world.make_zone(*LINES)
    editor = racing_editor(world, tmp_path, zone, "sed -i s/192.0.2.1$/192.0.2.11/",
                           "a IN A 192.0.2.10", *LINES[1:])
    terminal = Terminal(world.stack, "edit_zone", zone.name, VISUAL=f"'{editor}'")
    terminal.expect("--[Y]/n> ")
    terminal.type("\r")
    assert terminal.status() == EX_TEMPFAIL
    assert "mine    192.0.2.11" in terminal.seen and "theirs  192.0.2.10" in terminal.seen
    assert "192.0.2.11" in kept_text(terminal.seen)


def event(zone, kind, parameters):
    """A request to the owner of a zone (proto/event.proto), in the wire form of protobuf."""
    def varint(number):
        out = b""
        while number > 127:
            out, number = out + bytes([number & 127 | 128]), number >> 7
        return out + bytes([number])

    def text(number, value):
        return varint(number << 3 | 2) + varint(len(value)) + value.encode()

    return text(2, "zone") + varint(3 << 3) + varint(zone.zone_id) + text(4, zone.name) + \
        text(5, kind) + text(8, json.dumps(parameters))


def test_the_owner_looks_again(world):
    """What comes between the door's look and the owner's is seen under the zone's lock."""
    zone, base, newer = overtaken(world, LINES[0], "b IN A 192.0.2.22", LINES[2])
    with world.stack.nats_client("rpc-gateway") as bus:
        for kind in ("ZoneSMDisable", "ZoneSMDoReset", "ZoneSMPokeSerial", "ZoneSMDelete"):
            reply = bus.request(f"dms.sm.zone.{kind}", event(zone, kind, {"if_zi_id": base}), 30)
            assert "StaleInstance" in str(reply.data) + str(reply.headers), kind
    shown = world.rpc("show_zone", name=zone.name)
    assert (shown["state"], shown["last_error"]) == ("PUBLISHED", None)
    reply = world.rpc("disable_zone", name=zone.name, login_id=LOGIN, if_zi_id=newer)
    assert reply["state"] == "DISABLED"
