"""Jobs: work on many zones at once, which goes on behind what people do one by one."""

import threading

import pytest
from dmsstack import RpcError, wait_for
from world import LOGIN, is_newer, serial_of

NO_ZONES_FOUND, JOB_NOT_FOUND, JOB_ENDED = -32, -198, -199


def wait_end(world, job):
    """The job when it has ended; the gateway may be killed meanwhile."""
    return wait_for(lambda: (lambda j: j if j["has_ended"] else None)(
        world.rpc("wait_job", job_id=job["job_id"], timeout_ms=30000)), 300, "the job's end")


def texts(world, count):
    """{zone name: zone text} of zones that are not there yet."""
    return {world.fresh_name(): f"www IN A 192.0.2.{n % 250 + 1}\n" for n in range(count)}


def test_refresh_all_publishes_every_zone_anew(world):
    zones = [world.make_zone("www IN A 192.0.2.1") for _ in range(5)]
    before = {z.name: serial_of(world.master, z.name) for z in zones}
    old = next(c["value"] for c in world.rpc("show_config") if c["key"] == "soa_refresh")
    world.rpc("set_config", config_key="soa_refresh", value="7201")
    try:
        job = world.rpc("refresh_all", timeout_ms=300000)
    finally:
        world.rpc("set_config", config_key="soa_refresh", value=old)
    assert (job["state"], job["failed"], job["name"]) == ("DONE", 0, "refresh_all")
    assert job["done"] == job["total"] == job["results"]["refresh_zones"] >= len(zones)
    for zone in zones:
        zone.sync()
        assert serial_of(world.slaves[0], zone.name) != before[zone.name]
        [event] = world.sql("SELECT is_bulk, state FROM event WHERE change_id = %s AND sm_id = %s"
                            " AND machine = 'zone' AND type = 'ZoneSMUpdate'",
                            job["change_id"], zone.zone_id)
        assert event == (True, "SUCCESS")
    # The change of the job is the change of all that it did.
    change = world.rpc("show_change", change_id=job["change_id"])
    assert (change["method"], change["object_kind"], change["object_name"]) == \
        ("refresh_all", "job", str(job["job_id"]))
    assert job["job_id"] in [j["job_id"] for j in world.rpc("list_jobs")]
    assert job["job_id"] not in [j["job_id"] for j in world.rpc("list_jobs", show_active=True)]
    shown = world.stack.zone_tool("refresh_all", "-f").stdout
    assert shown == ""
    assert "refresh_all" in world.stack.zone_tool("ls_jobs").stdout


def test_many_zones_are_loaded_behind_other_work(world, tmp_path):
    """One of the files is no zone: the others are created, and somebody's zone in the middle."""
    count = 60
    zones = texts(world, count)
    bad, *_ = names = list(zones)
    zones[bad] = "www IN A not-an-address\n"
    for name, text in zones.items():
        (tmp_path / name.rstrip(".")).write_text(text)
    done = {}

    def load():
        done["load"] = world.stack.zone_tool(
            "load_zones", "-f", *[str(tmp_path / n.rstrip(".")) for n in names], check=False)
    loader = threading.Thread(target=load)
    loader.start()
    mine = world.make_zone("www IN A 192.0.2.1")
    mine.add("mail IN A 192.0.2.2")
    mine.sync()
    loader.join()
    assert done["load"].returncode == 75 and bad in done["load"].stdout
    assert f"{count}/{count}, 1 failed" in done["load"].stdout
    [job_id] = [j["job_id"] for j in world.rpc("list_jobs") if j["name"] == "load_zones"][:1]
    job = world.rpc("show_job", job_id=job_id)
    assert (job["state"], job["done"], job["failed"]) == ("DONE", count, 1)
    assert [f["name"] for f in job["failures"]] == [bad]
    for name in names[1:]:
        reply = world.rpc("wait_zone_sync", name=name, timeout_ms=60000)
        assert reply["is_in_sync"] and reply["state"] == "PUBLISHED"
    assert serial_of(world.slaves[0], names[-1]) is not None
    with pytest.raises(RpcError):
        world.rpc("show_zone", name=bad)
    assert world.sql("SELECT count(*) FROM job_item WHERE job_id = %s", job_id) == [(0,)]


def test_a_killed_gateway_goes_on_where_it_was(world):
    zones = texts(world, 120)
    names = list(zones)
    first = world.rpc("load_zones", login_id=LOGIN, more=True,
                      zones={n: zones[n] for n in names[:50]})
    assert (first["state"], first["total"], first["done"]) == ("COLLECTING", 50, 0)
    job = world.rpc("load_zones", login_id=LOGIN, job_id=first["job_id"],
                    zones={n: zones[n] for n in names[50:]})
    wait_for(lambda: world.sql("SELECT done FROM job WHERE id = %s", job["job_id"])[0][0] > 0,
             60, "the job has begun")
    world.stack.kill("rpc-gateway")
    world.stack.restart("rpc-gateway")
    job = wait_end(world, job)
    assert (job["state"], job["done"], job["total"], job["failed"]) == ("DONE", 120, 120, 0)
    # Each once, and none of them still on its way.
    assert world.sql("SELECT count(*), count(DISTINCT name) FROM zone WHERE name = ANY(%s)"
                     " AND state = 'PUBLISHED'", names) == [(120, 120)]


def test_a_job_can_be_cancelled(world):
    job = world.rpc("load_zones", login_id=LOGIN, more=True, zones=texts(world, 3))
    ended = world.rpc("cancel_job", job_id=job["job_id"])
    assert (ended["state"], ended["done"]) == ("CANCELLED", 0)
    with pytest.raises(RpcError) as again:
        world.rpc("cancel_job", job_id=job["job_id"])
    assert again.value.code == JOB_ENDED
    with pytest.raises(RpcError) as late:
        world.rpc("load_zones", login_id=LOGIN, job_id=job["job_id"], zones=texts(world, 1))
    assert late.value.code == JOB_ENDED
    with pytest.raises(RpcError) as unknown:
        world.rpc("show_job", job_id=999999999)
    assert unknown.value.code == JOB_NOT_FOUND


def test_vacuum_while_everything_runs(world):
    zone = world.make_zone("www IN A 192.0.2.1")
    world.settled(zone)
    world.sql("UPDATE event SET processed_at = processed_at - interval '200 d'"
              " WHERE machine = 'zone' AND sm_id = %s AND processed_at IS NOT NULL", zone.zone_id)
    world.sql("INSERT INTO syslog_message (received_at, from_host, facility, priority, message)"
              " SELECT clock_timestamp() - n * interval '50 d', 'ns1', 3, 6, 'hello'"
              " FROM generate_series(1, 5) n")
    zone.add("mail IN A 192.0.2.2")
    job = world.rpc("vacuum_event_queue")
    assert job["state"] == "DONE" and job["num_deleted"] == job["results"]["vacuum_event_queue"] > 0
    assert world.sql("SELECT count(*) FROM event WHERE processed_at < clock_timestamp()"
                     " - interval '121 d'") == [(0,)]
    zone.sync()
    # 150, 200 and 250 days are too old.
    job = world.rpc("vacuum_all")
    assert job["state"] == "DONE" and job["results"]["vacuum_syslog"] == 3
    assert world.rpc("vacuum_syslog", age_days=60)["num_deleted"] == 1
    assert world.sql("SELECT count(*) FROM syslog_message") == [(1,)]
    shown = world.stack.zone_tool("vacuum_syslog", "-fv", "0").stdout
    assert "vacuum_syslog: 1" in shown
    zone.add("more IN A 192.0.2.3")
    zone.sync()


def test_nuked_zones_are_destroyed_when_the_master_has_let_them_go(world):
    prefix = world.fresh_name().rstrip(".")
    zones = [world.make_zone("www IN A 192.0.2.1", name=f"{n}-{prefix}.") for n in range(4)]
    locked = world.make_zone("www IN A 192.0.2.1", name=f"locked-{prefix}.", edit_lock=True)
    _, token = world.rpc("edit_zone", name=locked.name, login_id=LOGIN)
    spared = world.make_zone("www IN A 192.0.2.1")
    with pytest.raises(RpcError) as nothing:
        world.rpc("nuke_zones", names=[f"nothing-of-{prefix}"])
    assert nothing.value.code == NO_ZONES_FOUND
    job = world.rpc("nuke_zones", names=[f"*-{prefix}"], timeout_ms=300000)
    assert (job["state"], job["done"], job["failed"]) == ("DONE", 5, 1)
    [failure] = world.rpc("show_job", job_id=job["job_id"])["failures"]
    assert failure["name"] == locked.name and failure["code"] < 0
    ids = [z.zone_id for z in zones]
    assert world.sql("SELECT count(*) FROM zone WHERE id = ANY(%s) AND is_nuked", ids) == [(4,)]
    wait_for(lambda: not world.sql("SELECT id FROM zone WHERE id = ANY(%s) AND is_on_master", ids),
             120, "the master has removed them")
    job = world.rpc("vacuum_zones")
    assert job["state"] == "DONE" and job["failed"] == 0 and job["num_deleted"] >= 4
    assert world.sql("SELECT id FROM zone WHERE id = ANY(%s)", ids) == []
    assert world.sql("SELECT id FROM zone_instance WHERE zone_id = ANY(%s)", ids) == []
    world.rpc("cancel_edit_zone", name=locked.name, edit_lock_token=token)
    # A zone deleted long ago goes with an age; the others stay.
    world.rpc("delete_zone", name=locked.name)
    world.sql("UPDATE zone SET deleted_start = deleted_start - interval '10 d' WHERE id = %s",
              locked.zone_id)
    wait_for(lambda: not world.sql("SELECT id FROM zone WHERE id = %s AND is_on_master",
                                   locked.zone_id), 120, "the master has removed it")
    assert world.stack.zone_tool("vacuum_zones", "-f", "9").returncode == 0
    assert world.sql("SELECT id FROM zone WHERE id = %s", locked.zone_id) == []
    assert world.rpc("show_zone", name=spared.name)["state"] == "PUBLISHED"


def test_all_zones_of_a_group_are_poked_and_reset(world):
    """A group of its own, without servers: the others' zones are left alone."""
    world.rpc("create_sg", sg_name="jobs-alone")
    zone = world.make_zone("www IN A 192.0.2.1", sg_name="jobs-alone")
    other = world.make_zone("www IN A 192.0.2.1")
    before, others = serial_of(world.master, zone.name), serial_of(world.master, other.name)
    for method, event in (("poke_all_zones", "ZoneSMPokeSerial"), ("refresh_sg", "ZoneSMUpdate"),
                          ("reset_all_zones", "ZoneSMDoReset")):
        job = world.rpc(method, sg_name="jobs-alone", timeout_ms=300000)
        assert (job["state"], job["done"], job["total"], job["failed"]) == ("DONE", 1, 1, 0)
        assert world.sql("SELECT DISTINCT sm_id, state FROM event WHERE change_id = %s"
                         " AND machine = 'zone' AND type = %s", job["change_id"], event) == \
            [(zone.zone_id, "SUCCESS")]
    wait_for(lambda: world.rpc("show_zone", name=zone.name)["state"] == "PUBLISHED", 60,
             "the zone is published again")
    assert is_newer(serial_of(world.master, zone.name), before)
    assert serial_of(world.master, other.name) == others
