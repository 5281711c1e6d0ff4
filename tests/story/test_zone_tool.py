"""zone_tool: one command, or a file of commands."""

import json

EX_USAGE, EX_NOHOST = 64, 68


def test_one_shot(world):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    shown = world.stack.zone_tool("show_zone", zone.name).stdout
    assert "192.0.2.1" in shown and zone.name in shown


def test_a_zone_file_is_loaded(world, tmp_path):
    name = world.fresh_name()
    file = tmp_path / "a zone.txt"
    file.write_text(f"$TTL 1h\n$ORIGIN {name}\nwww IN A 192.0.2.7\nalias IN CNAME www\n")
    world.stack.zone_tool("load_zone", str(file), name)
    assert world.rpc("wait_zone_sync", name=name, timeout_ms=30000)["is_in_sync"]
    world.check_everywhere("www." + name, "A", ["192.0.2.7"])
    world.check_everywhere("alias." + name, "CNAME", ["www." + name])


def test_a_wrong_zone_file_says_where(world, tmp_path):
    file = tmp_path / "wrong.zone"
    file.write_text("www IN A 192.0.2.7\nbad IN A 192.0.2.777\n")
    result = world.stack.zone_tool("load_zone", str(file), world.fresh_name(), check=False)
    assert result.returncode == 65
    assert "2" in result.stdout + result.stderr and "192.0.2.777" in result.stdout + result.stderr


def test_commands_from_a_pipe(world):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    result = world.stack.zone_tool(stdin=f"ls_server\nshow_zone {zone.name}\nls_sg\n")
    assert "slave1" in result.stdout and "192.0.2.1" in result.stdout and "public" in result.stdout
    assert "zone_tool >" not in result.stdout, "no prompt without a terminal"


def test_the_exit_status_tells(world):
    tool = world.stack.zone_tool
    assert tool("show_zone", "nowhere.test", check=False).returncode == EX_NOHOST
    assert tool("no_such_command", check=False).returncode == EX_USAGE
    assert tool("show_zone", check=False).returncode == EX_USAGE
    assert tool("help").returncode == 0


def test_a_method_called_by_hand_on_the_bus(world):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    with world.stack.nats_client() as bus:
        reply = bus.request("dms.rpc.admin.show_zone", json.dumps({"name": zone.name}).encode())
    assert json.loads(reply.data)["name"] == zone.name
