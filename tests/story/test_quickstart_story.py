"""The way of a zone: loaded, edited, deleted; and the command that shows it to a newcomer."""

import os
import subprocess
import sys

import pytest
from conftest import REPOSITORY
from dmsstack import RpcError, wait_for
from world import LOGIN, records_of, serial_of

ZONE_FILE = REPOSITORY / "tests/data/zones/example-shop.zone"


def test_a_loaded_zone_is_served_by_both(world):
    name = world.fresh_name()
    world.rpc("create_zone", name=name, login_id=LOGIN,
              zi_text='www 300 IN A 192.0.2.80\n@ IN MX 10 mail.example.net.\n')
    reply = world.rpc("wait_zone_sync", name=name, timeout_ms=30000)
    assert reply["is_in_sync"]
    assert {s["server_name"] for s in reply["servers"]} >= {b.name for b in world.slaves}
    world.check_everywhere("www." + name, "A", ["192.0.2.80"])
    world.check_everywhere(name, "MX", ["10 mail.example.net."])
    world.check_everywhere(name, "NS", ["ns1.dms.example.", "ns2.dms.example."])
    assert {serial_of(b, name) for b in world.slaves} == {reply["soa_serial"]}


def test_an_edit_reaches_both_and_carries_its_change_id(world):
    zone = world.make_zone("www 300 IN A 192.0.2.1")
    before = zone.sync()["soa_serial"]
    zone.lines = ["www 300 IN A 192.0.2.2", "new 300 IN AAAA 2001:db8::2"]
    change = zone.save()
    reply = world.rpc("wait_zone_sync", name=zone.name, change_id=change, timeout_ms=30000)
    assert reply["is_in_sync"] and reply["soa_serial"] != before
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.2"])
    world.check_everywhere("new." + zone.name, "AAAA", ["2001:db8::2"])
    row = world.sql("SELECT method, actor FROM change WHERE id = %s", change)
    assert row[0][0] == "update_zone" and row[0][1].startswith(LOGIN)


def test_a_save_on_an_old_view_is_refused(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    old = zone.zi_id
    zone.add("a IN A 192.0.2.2")
    with pytest.raises(RpcError) as refusal:
        world.rpc("update_zone", name=zone.name, login_id=LOGIN, if_zi_id=old,
                  zi_text="stale IN A 192.0.2.3\n")
    assert refusal.value.code == -131
    zone.sync()
    world.check_everywhere("a." + zone.name, "A", ["192.0.2.2"])
    world.check_everywhere("stale." + zone.name, "A", [])


def test_a_deleted_zone_is_served_no_more(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    world.rpc("delete_zone", name=zone.name, login_id=LOGIN)
    for bind in (*world.slaves, world.master):
        wait_for(lambda b=bind: serial_of(b, zone.name) is None, 30, f"{bind.name} drops the zone")
    with pytest.raises(RpcError) as refusal:
        world.rpc("show_zone", name=zone.name)
    assert refusal.value.code == -28


def test_a_zone_made_again_goes_on_with_a_newer_serial(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    first = zone.sync()["soa_serial"]
    world.rpc("delete_zone", name=zone.name, login_id=LOGIN)
    again = world.make_zone("www IN A 192.0.2.9", name=zone.name)
    assert 0 < (again.sync()["soa_serial"] - first) % 2**32 < 2**31
    world.check_everywhere("www." + zone.name, "A", ["192.0.2.9"])


@pytest.mark.slow
def test_the_quick_start_does_it_all_and_twice_does_no_harm(private_folder, build_dir):
    home = private_folder / "quick start"

    def quickstart(*arguments, status=0):
        result = subprocess.run(
            [sys.executable, REPOSITORY / "deploy/stack/quickstart.py", *arguments, "--build",
             build_dir], env={**os.environ, "DMS_HOME": str(home)}, capture_output=True, text=True,
            timeout=240)
        assert result.returncode == status, result.stdout + result.stderr
        return result.stdout

    try:
        assert "hello.shop.example." in quickstart()
        assert "stopped" not in quickstart("status")
        second = quickstart()
        assert "running already" in second and "shop.example. is there already" in second
        for line in quickstart("env").splitlines():
            assert line.split("=")[0].isidentifier()
        quickstart("stop")
        assert "running" not in quickstart("status", status=1)
        quickstart()
    finally:
        quickstart("clean")
    assert not home.exists()


def test_a_large_zone_file_arrives_whole(world):
    name = world.fresh_name()
    lines = [f"h{n} 300 IN A 10.0.{n // 256}.{n % 256}" for n in range(5000)]
    world.rpc("create_zone", name=name, login_id=LOGIN, zi_text="\n".join(lines) + "\n")
    assert world.rpc("wait_zone_sync", name=name, timeout_ms=60000)["is_in_sync"]
    for bind in world.slaves:
        for n in range(0, 5000, 99):
            assert records_of(bind, f"h{n}.{name}", "A") == [f"10.0.{n // 256}.{n % 256}"]
